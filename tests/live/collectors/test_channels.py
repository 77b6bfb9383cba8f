"""HTTP and TLS against real servers on loopback, reached by routes."""

import asyncio
import gzip
import ssl
import zlib
from pathlib import Path

import pytest
import trustme

from collectors._kit.base import (
    FileRequest,
    HttpRequest,
    HttpResponse,
    TcpRequest,
    TlsRequest,
    TlsResponse,
)
from collectors._kit.dialing import Endpoint, RoutedDialer
from collectors._kit.faults import Busy
from collectors._kit.policy import networks
from collectors._kit.protocols.files import FileChannel
from collectors._kit.protocols.http import HttpChannel, verifying_context
from collectors._kit.protocols.tcp import TcpChannel
from collectors._kit.protocols.tls import TlsChannel, chain_of
from graph.errors import NotPermitted, SourceRejected, SourceUnavailable
from tests.support.loopback import Talk, page, says, tcp_server

HERE = "192.0.2.1"
AUTHORITY = trustme.CA()


def dialer(**ports: int) -> RoutedDialer:
    """Routes from `192.0.2.1` port 80 (http), 443 (https), 22 (ssh) to loopback ports."""
    numbers = {"http": 80, "https": 443, "ssh": 22}
    routes = {
        (HERE, numbers[word], "tcp"): Endpoint("127.0.0.1", port) for word, port in ports.items()
    }
    return RoutedDialer(routes, networks(["192.0.2.0/24"]))


def server_context(*names: str, authority: trustme.CA = AUTHORITY) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    return path


async def get(talk: Talk, request: HttpRequest) -> HttpResponse:
    async with tcp_server(talk) as port:
        channel = HttpChannel(dialer(http=port), "tests", verifying_context())
        return await channel.ask(request, [HERE])


PAGE = HttpRequest("http://a.example/x/?q=%20#part")


async def test_a_page_comes_back_with_headers_in_order_and_the_address() -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(page(b"hello", "X-One: 1", "x-ONE: 2", "Server: caf\u00e9"))

    answer = await get(talk, HttpRequest(PAGE.url, headers=(("Accept", "text/html"),)))
    assert (answer.status, answer.body, answer.address) == (200, b"hello", HERE)
    assert answer.headers == (
        ("content-length", "5"),
        ("x-one", "1"),
        ("x-one", "2"),
        ("server", "café"),
    )
    head = seen[0].decode().split("\r\n")
    assert head[0] == "GET /x/?q=%20 HTTP/1.1"
    assert sorted(head[1:-2]) == [
        "Accept: text/html",
        "accept-encoding: gzip, deflate",
        "connection: close",
        "host: a.example",
        "user-agent: tests",
    ]


async def test_a_body_is_sent_with_its_length() -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head + await reader.readexactly(3))
        writer.write(page())

    await get(talk, HttpRequest("http://a.example:80/", method="POST", body=b"a=b"))
    assert b"content-length: 3\r\n" in seen[0]
    assert seen[0].endswith(b"\r\n\r\na=b")


async def test_redirects_are_answers_and_not_followed() -> None:
    answer = await get(says(page(b"", "Location: http://b.example/", status="302 Found")), PAGE)
    assert (answer.status, answer.header("Location")) == (302, "http://b.example/")


@pytest.mark.parametrize(
    ("packing", "packed"),
    [
        ("gzip", gzip.compress(b"a" * 5000)),
        ("gzip", gzip.compress(b"a" * 2000) + gzip.compress(b"a" * 3000)),
        ("deflate", zlib.compress(b"a" * 5000)),
        ("deflate", zlib.compress(b"a" * 5000)[2:-4]),
    ],
    ids=["gzip", "two members", "zlib", "bare deflate"],
)
async def test_a_packed_body_is_unpacked(packing: str, packed: bytes) -> None:
    answer = await get(says(page(packed, f"Content-Encoding: {packing}")), PAGE)
    assert (answer.body, answer.is_truncated) == (b"a" * 5000, False)


@pytest.mark.parametrize("body", [b"a" * 5000, gzip.compress(b"a" * 50_000_000)])
async def test_a_body_is_cut_at_its_bound(body: bytes) -> None:
    packing = ["Content-Encoding: gzip"] if body[:2] == b"\x1f\x8b" else []
    answer = await get(says(page(body, *packing)), HttpRequest(PAGE.url, max_bytes=1000))
    assert (answer.body, answer.is_truncated) == (b"a" * 1000, True)
    exact = await get(says(page(b"a" * 1000)), HttpRequest(PAGE.url, max_bytes=1000))
    assert (len(exact.body), exact.is_truncated) == (1000, False)


async def test_a_body_that_is_not_packed_as_it_says_is_refused() -> None:
    with pytest.raises(SourceRejected, match="not packed as it says"):
        await get(says(page(b"\x1f\x8bnonsense", "Content-Encoding: gzip")), PAGE)


@pytest.mark.parametrize(
    ("status", "error"),
    [("404 No", SourceRejected), ("403 No", SourceRejected), ("500 Oh", SourceUnavailable)],
)
async def test_a_status_that_is_no_answer_is_an_error(status: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"a.example answered with HTTP status {status[:3]}"):
        await get(says(page(status=status)), PAGE)
    code = int(status[:3])
    accepted = await get(says(page(status=status)), HttpRequest(PAGE.url, accept_statuses=(code,)))
    assert accepted.status == code


async def test_a_busy_source_says_when_to_come_again() -> None:
    with pytest.raises(Busy) as caught:
        await get(says(page(b"", "Retry-After: 7", status="429 Slow")), PAGE)
    assert caught.value.retry_after_s == 7


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (("Date: Sat, 03 Jan 2026 10:00:00 GMT", "Retry-After: Sat, 03 Jan 2026 10:01:30 GMT"), 90),
        (("Date: Sat, 03 Jan 2026 10:00:00 GMT", "Retry-After: Sat, 03 Jan 2026 09:00:00 GMT"), 0),
        (("Retry-After: Sat, 03 Jan 2026 10:01:30 GMT",), 5),
        (("Retry-After: soon",), 5),
        ((), 5),
    ],
)
async def test_a_busy_source_is_left_alone_as_long_as_it_says(
    headers: tuple[str, ...], seconds: float
) -> None:
    with pytest.raises(Busy) as caught:
        await get(says(page(b"", *headers, status="429 Slow")), PAGE)
    assert caught.value.retry_after_s == seconds
    with pytest.raises(Busy) as caught:
        await get(says(page(b"", status="503 Oh")), PAGE)
    assert caught.value.retry_after_s == 0


async def test_an_address_in_any_characters_is_asked_as_it_travels() -> None:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.write(page())
        await writer.drain()

    await get(talk, HttpRequest("http://a.example/domain/bücher?q=a b&r=%20"))
    assert heard == [b"GET /domain/b%C3%BCcher?q=a%20b&r=%20 HTTP/1.1\r\n"]


async def test_nobody_there_is_an_answer_where_the_request_takes_it() -> None:
    channel = HttpChannel(dialer(), "tests", verifying_context())
    taking = HttpRequest(PAGE.url, accept_closed=True)
    assert (await channel.ask(taking, [HERE])).closed == "refused"
    assert (await channel.ask(taking, [])).closed == "no_address"
    assert (await get(says(b"SSH-2.0-x\r\n"), taking)).closed == "not_http"
    for addresses, message in (([HERE], "refused"), ([], "no address")):
        with pytest.raises(SourceUnavailable, match=message):
            await channel.ask(PAGE, addresses)


async def test_the_next_address_is_tried_and_one_outside_the_lab_is_not() -> None:
    async with tcp_server(says(page(b"x"))) as port:
        channel = HttpChannel(dialer(http=port), "tests", verifying_context())
        assert (await channel.ask(PAGE, ["192.0.2.99", HERE])).address == HERE
        with pytest.raises(NotPermitted, match=r"198\.51\.100\.1 does not exist in the lab"):
            await channel.ask(PAGE, ["198.51.100.1", HERE])


async def test_sources_are_verified_and_targets_are_not(ca_file: Path) -> None:
    request = HttpRequest("https://a.example/")
    async with tcp_server(says(page(b"x")), server_context("a.example")) as port:
        ours = HttpChannel(dialer(https=port), "tests", verifying_context(ca_file))
        answer = await ours.ask(request, [HERE])
        assert (answer.body, len(answer.certificates)) == (b"x", 1)
        strange = HttpChannel(dialer(https=port), "tests", verifying_context())
        with pytest.raises(SourceRejected, match="certificate"):
            await strange.ask(request, [HERE])
        with pytest.raises(SourceRejected, match=r"not valid for 'b\.example'"):
            await ours.ask(HttpRequest("https://b.example/"), [HERE])
        lax = HttpRequest("https://b.example/", verify_tls=False)
        assert (await strange.ask(lax, [HERE])).body == b"x"


async def test_https_where_no_tls_is_spoken_is_said() -> None:
    taking = HttpRequest("https://a.example/", accept_closed=True, verify_tls=False)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with tcp_server(talk) as port:
        channel = HttpChannel(dialer(https=port), "tests", verifying_context())
        assert (await channel.ask(taking, [HERE])).closed == "tls"


async def shake(request: TlsRequest, context: ssl.SSLContext | None, talk: Talk) -> TlsResponse:
    async with tcp_server(talk, context) as port:
        return await TlsChannel(dialer(https=port)).ask(request)


async def quiet(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def test_a_handshake_gives_the_chain_as_sent() -> None:
    middle = AUTHORITY.create_child_ca()
    context = server_context("a.example", authority=middle)
    answer = await shake(TlsRequest(HERE), context, quiet)
    assert len(answer.chain) == 2
    assert all(der[:1] == b"\x30" for der in answer.chain)
    assert (answer.protocol, answer.refusal) == ("TLSv1.3", "")
    assert answer.cipher.startswith("TLS_")


async def test_the_server_name_is_sent_only_where_it_is_given() -> None:
    seen: list[str | None] = []
    context = server_context("a.example")
    context.sni_callback = lambda _object, name, _context: seen.append(name)
    await shake(TlsRequest(HERE, server_name="b.example"), context, quiet)
    await shake(TlsRequest(HERE), context, quiet)
    assert seen == ["b.example", None]


async def test_old_versions_can_be_asked_for() -> None:
    old = server_context("a.example")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    old.set_ciphers("ALL:@SECLEVEL=0")
    request = TlsRequest(HERE, max_version="TLSv1.1")
    assert (await shake(request, old, quiet)).protocol == "TLSv1.1"
    new = server_context("a.example")
    new.minimum_version = ssl.TLSVersion.TLSv1_2
    assert (await shake(request, new, quiet)).refusal == "no_handshake"


async def test_what_is_no_tls_is_an_answer() -> None:
    assert (await TlsChannel(dialer()).ask(TlsRequest(HERE))).refusal == "closed"

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()

    assert (await shake(TlsRequest(HERE), None, shout)).refusal == "no_handshake"


async def test_silence_in_a_handshake_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors._kit.protocols.tls._HANDSHAKE_S", 0.2)
    with pytest.raises(SourceUnavailable, match="no TLS handshake"):
        await shake(TlsRequest(HERE), None, says(b""))


async def test_an_unknown_version_cannot_be_offered() -> None:
    with pytest.raises(SourceRejected, match="'SSLv3' is none of TLSv1"):
        await TlsChannel(dialer()).ask(TlsRequest(HERE, max_version="SSLv3"))


def test_a_python_without_the_chain_gives_the_leaf() -> None:
    class Old:
        def getpeercert(self, binary_form: bool) -> bytes:
            return b"leaf" if binary_form else b""

    class New:
        def get_unverified_chain(self) -> list[bytes]:
            return [b"leaf", b"issuer"]

    assert chain_of(Old()) == (b"leaf",)
    assert chain_of(New()) == (b"leaf", b"issuer")


async def test_a_network_that_cannot_be_reached_is_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unreachable(*_: object) -> None:
        raise OSError(101, "Network is unreachable")

    for module in ("tcp", "http"):
        monkeypatch.setattr(f"collectors._kit.protocols.{module}.connect_stream", unreachable)
    with pytest.raises(SourceUnavailable, match="Network is unreachable"):
        await TcpChannel(dialer(ssh=1)).ask(TcpRequest(HERE, 22), HERE)
    channel = HttpChannel(dialer(http=1), "tests", verifying_context())
    with pytest.raises(SourceUnavailable, match="Network is unreachable"):
        await channel.ask(HttpRequest(PAGE.url, accept_closed=True), [HERE])


async def test_a_request_that_is_no_http_is_refused() -> None:
    async with tcp_server(says(page())) as port:
        channel = HttpChannel(dialer(http=port), "tests", verifying_context())
        with pytest.raises(SourceRejected, match="cannot be asked"):
            await channel.ask(HttpRequest(PAGE.url, headers=(("bad name", "x"),)), [HERE])


async def test_files_are_read_from_their_folders_only(tmp_path: Path) -> None:
    inside = tmp_path / "lists"
    inside.mkdir()
    (inside / "a.txt").write_bytes(b"one\n")
    (tmp_path / "secret").write_bytes(b"no")
    (inside / "link").symlink_to(tmp_path / "secret")
    channel = FileChannel([inside], max_bytes=4)
    assert (await channel.ask(FileRequest(str(inside / "a.txt")))).body == b"one\n"
    for path in (inside / "link", inside / "../secret", Path("/etc/hostname")):
        with pytest.raises(NotPermitted, match="is not in a folder for collectors' files"):
            await channel.ask(FileRequest(str(path)))
    with pytest.raises(SourceUnavailable, match="cannot be read: No such file"):
        await channel.ask(FileRequest(str(inside / "none")))
    (inside / "a.txt").write_bytes(b"12345")
    with pytest.raises(SourceRejected, match="larger than 4 bytes"):
        await channel.ask(FileRequest(str(inside / "a.txt")))
