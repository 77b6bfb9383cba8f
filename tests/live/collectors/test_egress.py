"""The way out as a whole: policy, memory, retries, breaker, evidence; servers on loopback."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from collectors._kit import base
from collectors._kit.base import DnsRequest, HttpRequest, HttpResponse, TcpRequest, TlsRequest
from collectors._kit.dialing import DirectDialer, Endpoint, LabState, RoutedDialer
from collectors._kit.egress import Asker, direct_egress, lab_egress
from collectors._kit.evidence import DirectoryEvidence
from collectors._kit.limits import Retry
from collectors._kit.policy import ScopeRules, networks
from collectors._kit.resolvers import fixed
from graph.errors import MirageError, NotFound, NotPermitted, SourceRejected, SourceUnavailable
from tests.support.egress import LAB, World, manifest, opened
from tests.support.loopback import page, says, tcp_server

ASKER = Asker(manifest(), run="run-1")


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with opened() as made:
        yield made


SITE = HttpRequest("http://site.example/")


async def test_a_name_is_resolved_by_our_resolvers_and_dialled_by_address(world: World) -> None:
    async with tcp_server(says(page(b"x"))) as port:
        world.serve(port)
        exchange = await world.egress.fetch(SITE, ASKER)
    assert isinstance(exchange.response, HttpResponse)
    assert (exchange.response.body, exchange.response.address) == (b"x", "192.0.2.1")
    assert [(name, rrtype) for name, rrtype, _ in world.resolver.asked] == [
        ("site.example.", "A"),
        ("site.example.", "AAAA"),
    ]


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("http://inside.example/"),
        HttpRequest("http://cloud.example/latest/meta-data/"),
        HttpRequest("http://six.example/"),
        HttpRequest("http://127.0.0.1/"),
        HttpRequest("http://[::ffff:10.0.0.1]/"),
        HttpRequest("http://[64:ff9b::7f00:1]/"),
        HttpRequest("http://site.example/", connect_to="127.0.0.1"),
        TlsRequest("127.0.0.1"),
        TcpRequest("127.0.0.1", 22),
        TcpRequest("inside.example", 22),
        DnsRequest("a.example", "A", server="127.0.0.1"),
    ],
    ids=repr,
)
async def test_internal_addresses_are_never_dialled(
    world: World, request_: HttpRequest | TlsRequest | TcpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def route(*_: object) -> Endpoint:
        raise AssertionError("a dialer was asked")

    monkeypatch.setattr(RoutedDialer, "route", route)
    with pytest.raises(NotPermitted, match="is not a public address"):
        await world.egress.fetch(request_, ASKER)


@pytest.mark.parametrize(
    "url", ["http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://u@site.example/"]
)
async def test_disguised_urls_are_refused(world: World, url: str) -> None:
    with pytest.raises(SourceRejected):
        await world.egress.fetch(HttpRequest(url), ASKER)


async def test_of_several_addresses_only_the_permitted_ones_are_dialled(world: World) -> None:
    async with tcp_server(says(page(b"x"))) as port:
        world.serve(port)
        exchange = await world.egress.fetch(HttpRequest("http://mixed.example/"), ASKER)
    assert isinstance(exchange.response, HttpResponse)
    assert exchange.response.address == "192.0.2.1"


async def test_a_name_that_changes_its_address_gains_nothing(world: World) -> None:
    """The address that was judged is the one that is dialled; the name is not looked up again."""
    async with tcp_server(says(page(b"x"))) as port:
        world.serve(port)
        await world.egress.fetch(SITE, ASKER)
        world.resolver.zone[("site.example.", "A")] = ["127.0.0.1"]
        await world.egress.fetch(HttpRequest("http://site.example/two"), ASKER)
        with pytest.raises(NotPermitted):
            await world.egress.fetch(SITE, Asker(manifest(), run="run-2"))
    world.resolver.zone[("site.example.", "A")] = ["192.0.2.1"]


async def test_out_of_scope_is_refused_before_anything_is_asked(world: World) -> None:
    asker = Asker(manifest(), ScopeRules(names=("heron.example",)))
    with pytest.raises(NotPermitted, match=r"site\.example is outside the scope"):
        await world.egress.fetch(SITE, asker)
    assert world.resolver.asked == []
    await world.egress.fetch(DnsRequest("site.example", "A"), asker)


async def test_a_third_party_collector_contacts_the_hosts_of_its_manifest_only(
    world: World,
) -> None:
    asker = Asker(manifest(**{"class": "P0", "hosts": ["api.example"]}))
    with pytest.raises(NotPermitted, match=r"test\.one may not contact site\.example"):
        await world.egress.fetch(SITE, asker)


async def test_what_cannot_be_sent_is_told(world: World) -> None:
    with pytest.raises(SourceUnavailable, match=r"nowhere\.example has no address"):
        await world.egress.fetch(TcpRequest("nowhere.example", 22), ASKER)
    with pytest.raises(MirageError, match="Request is not a request that the kit can send"):
        await world.egress.fetch(base.Request(), ASKER)


async def test_the_same_question_is_sent_once_in_a_run(world: World) -> None:
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await says(page(b"x"), then_wait_s=0.05)(reader, writer)

    async with tcp_server(talk) as port:
        world.serve(port)
        asked = [HttpRequest(SITE.url, part=str(n)) for n in range(4)]
        await asyncio.gather(*(world.egress.fetch(request, ASKER) for request in asked))
        await world.egress.fetch(SITE, Asker(manifest(id="test.two"), run="run-1"))
        assert connections == 1
        await world.egress.fetch(SITE, Asker(manifest(), run="run-2"))
        await world.egress.fetch(SITE, Asker(manifest()))
        await world.egress.fetch(SITE, Asker(manifest()))
        assert connections == 4
        world.egress.pages.forget("run-1")
        await world.egress.fetch(SITE, ASKER)
        assert connections == 5


async def test_what_fails_for_now_is_tried_again_with_growing_pauses(world: World) -> None:
    answers = page(status="500 Oh"), page(b"", "Retry-After: 9", status="429 Slow"), page(b"x")
    async with tcp_server(says(*answers)) as port:
        world.serve(port)
        exchange = await world.egress.fetch(SITE, ASKER)
    assert isinstance(exchange.response, HttpResponse)
    assert exchange.response.body == b"x"
    assert world.slept == [1.0, 9.0]


async def test_a_refusal_is_not_tried_again(world: World) -> None:
    async with tcp_server(says(page(status="403 No"), page(b"x"))) as port:
        world.serve(port)
        with pytest.raises(SourceRejected):
            await world.egress.fetch(SITE, ASKER)
    assert world.slept == []


async def test_attempts_end_with_the_deadline(world: World) -> None:
    async with tcp_server(says(page(status="500 Oh"))) as port:
        world.serve(port)
        soon = Asker(manifest(), deadline=world.egress.clock() + 1.0)
        with pytest.raises(SourceUnavailable):
            await world.egress.fetch(SITE, soon)
    assert world.slept == []


async def test_a_host_that_keeps_failing_is_left_alone(world: World) -> None:
    errors: list[str] = []
    for number in range(2):
        with pytest.raises(MirageError) as caught:
            await world.egress.fetch(HttpRequest(f"http://site.example/{number}"), ASKER)
        errors.append(str(caught.value))
    assert errors[0] == "http://site.example/0: the connection was refused"
    assert errors[1].startswith(
        "http site.example failed 4 times in a row, "
        "last: http://site.example/1: the connection was refused; not asked for "
    )


async def test_a_slow_answer_ends_at_its_time_limit(world: World) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with tcp_server(drip) as port:
        world.serve(port)
        began = world.egress.clock()
        world.egress.retry = Retry(attempts=1)
        with pytest.raises(
            SourceUnavailable, match=r"http site\.example did not finish within 0 s"
        ):
            await world.egress.fetch(SITE, Asker(manifest(timeout_s=0.3)))
        assert world.egress.clock() - began < 2


@pytest.mark.parametrize(
    ("about", "host"),
    [
        ({}, "192.0.2.1"),  # other names of the address are spared with it
        ({"class": "P0", "hosts": ["site.example"]}, "site.example"),
    ],
)
async def test_rates_hold_for_the_source_and_for_each_host(
    world: World, about: dict[str, object], host: str
) -> None:
    acquired: list[tuple[str, float]] = []

    class Noting:
        async def acquire(self, key: str, per_s: float) -> None:
            acquired.append((key, per_s))

    world.egress.limiter = Noting()
    async with tcp_server(says(page(b"x"))) as port:
        world.serve(port)
        asked = manifest(rate={"source_per_s": 3, "host_per_s": 2}, **about)
        await world.egress.fetch(SITE, Asker(asked, source="heron"))
    assert acquired == [("source heron", 3.0), (f"host {host}", 2.0)]


def files_below(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def test_the_raw_answer_is_kept_by_content(world: World, tmp_path: Path) -> None:
    world.egress.evidence = DirectoryEvidence(tmp_path)
    async with tcp_server(says(page(b"hello", "Server: x"))) as port:
        world.serve(port)
        keyed = HttpRequest("http://site.example/?key=s%2Fcret")
        asker = Asker(manifest(), secrets=("s/cret",))
        kept = (await world.egress.fetch(keyed, asker)).evidence
        again = (await world.egress.fetch(keyed, asker)).evidence
    assert kept is not None
    assert kept == again
    assert kept.source_url == "http://site.example/?key=[redacted]"
    assert kept.media_type == "application/http"
    body = await world.egress.evidence.get(kept.sha256)
    assert body == b"HTTP/1.1 200\r\ncontent-length: 5\r\nserver: x\r\n\r\nhello"
    assert files_below(tmp_path) == [kept.sha256[2:]]
    for wrong in ("0" * 64, "../" + kept.sha256):
        with pytest.raises(NotFound):
            await world.egress.evidence.get(wrong)


async def test_of_a_sensitive_answer_only_the_digest_is_kept(world: World, tmp_path: Path) -> None:
    world.egress.evidence = DirectoryEvidence(tmp_path)
    async with tcp_server(says(page(b"DB_PASSWORD=hunter22"))) as port:
        world.serve(port)
        request = HttpRequest("http://site.example/.env", is_sensitive=True)
        exchange = await world.egress.fetch(request, ASKER)
    assert isinstance(exchange.response, HttpResponse)
    assert exchange.response.body == b"DB_PASSWORD=hunter22"
    assert exchange.evidence is not None
    kept = await world.egress.evidence.get(exchange.evidence.sha256)
    digest = hashlib.sha256(b"DB_PASSWORD=hunter22").hexdigest()
    assert kept.endswith(f"(not kept: 20 bytes with the SHA-256 {digest})".encode())
    assert b"hunter22" not in kept


async def test_other_answers_are_kept_as_json(world: World, tmp_path: Path) -> None:
    world.egress.evidence = DirectoryEvidence(tmp_path)
    kept = (await world.egress.fetch(DnsRequest("site.example", "A"), ASKER)).evidence
    assert kept is not None
    assert kept.media_type == "application/json"
    record = json.loads(await world.egress.evidence.get(kept.sha256))
    assert record["request"] == {"name": "site.example", "rrtype": "A"}
    assert record["response"]["answers"] == [["site.example", "A", 60, "192.0.2.1"]]


async def test_answers_without_content_need_no_evidence(world: World, tmp_path: Path) -> None:
    world.egress.evidence = DirectoryEvidence(tmp_path)
    asked = [
        DnsRequest("gone.example", "A"),
        TcpRequest("192.0.2.1", 22),
        TlsRequest("192.0.2.1"),
        HttpRequest("http://site.example/", accept_closed=True),
    ]
    kept = [(await world.egress.fetch(request, ASKER)).evidence for request in asked]
    assert kept == [None] * 4
    assert files_below(tmp_path) == []


async def test_the_lab_is_all_there_is(tmp_path: Path) -> None:
    state = {
        "version": 1,
        "networks": ["192.0.2.0/24", "2001:db8::/32"],
        "resolvers": ["127.0.0.1:5353/udp+tcp"],
        "routes": {"192.0.2.1:80/tcp": "127.0.0.1:81", "[2001:db8::1]:443/tcp": "127.0.0.1:82"},
        "ca_file": str(tmp_path / "ca.pem"),
        "files": {"geo_mmdb": str(tmp_path / "geo.mmdb")},
        "seeds": ["heron.example"],
    }
    path = tmp_path / "lab.json"
    path.write_text(json.dumps(state))
    read = LabState.read(path)
    dialer = read.dialer()
    assert dialer.route("192.0.2.1", 80, "tcp") == Endpoint("127.0.0.1", 81)
    assert dialer.route("2001:db8::1", 443, "tcp") == Endpoint("127.0.0.1", 82)
    with pytest.raises(ConnectionRefusedError):
        dialer.route("192.0.2.1", 80, "udp")
    for outside in ("8.8.8.8", "127.0.0.1", "10.0.0.1", "2606:4700::1"):
        with pytest.raises(NotPermitted, match="does not exist in the lab"):
            dialer.route(outside, 80, "tcp")
    path.write_text(json.dumps({**state, "routes": {"192.0.2.1:80/tcp": "192.0.2.1:80"}}))
    with pytest.raises(ValueError, match="a lab endpoint must be on loopback"):
        LabState.read(path)
    path.write_text(json.dumps({**state, "version": 2}))
    with pytest.raises(ValueError, match="version 2"):
        LabState.read(path)


def test_the_ways_out_are_wired(tmp_path: Path) -> None:
    resolvers = fixed(Endpoint.of("9.9.9.9"), Endpoint.of("[2620:fe::fe]:53"))
    out = direct_egress(resolvers, allowed=networks(["10.0.0.0/8"]), file_roots=[tmp_path])
    assert isinstance(out.channels.tcp.dialer, DirectDialer)
    assert out.channels.dns.agreement == 2
    assert out.addresses.refusal("10.0.0.1") == ""
    assert str(resolvers()[1]) == "[2620:fe::fe]:53"
    assert out.channels.tcp.dialer.route("9.9.9.9", 53, "tcp") == resolvers()[0]


def test_the_lab_verifies_against_its_own_authority(tmp_path: Path) -> None:
    missing = LabState({}, (Endpoint("127.0.0.1", 53),), tmp_path / "none.pem", LAB)
    with pytest.raises(FileNotFoundError):
        lab_egress(missing)


async def test_an_excluded_address_is_dialled_under_no_name() -> None:
    asker = Asker(
        manifest(), ScopeRules(is_open=True, excluded_networks=networks(["192.0.2.1/32"]))
    )
    asked = HttpRequest("http://site.example/"), TcpRequest("mixed.example", 80)
    async with opened() as world:
        for request in (*asked, HttpRequest("http://a.example/", connect_to="192.0.2.1")):
            with pytest.raises(NotPermitted, match=r"192\.0\.2\.1 is excluded from the scope"):
                await world.egress.fetch(request, asker)
        third_party = Asker(manifest(**{"class": "P0", "hosts": ["site.example"]}), asker.scope)
        with pytest.raises(SourceUnavailable):  # it is dialled; nobody listens there
            await world.egress.fetch(asked[0], third_party)
