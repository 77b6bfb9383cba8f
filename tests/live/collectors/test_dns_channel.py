import asyncio
import gc
from contextlib import AsyncExitStack

import dns.flags
import dns.message
import dns.rcode
import pytest

from collectors._kit.base import DnsRecord, DnsRequest, DnsResponse
from collectors._kit.dialing import Endpoint, RoutedDialer, connect_datagram
from collectors._kit.policy import networks
from collectors._kit.protocols.dns import DnsChannel
from collectors._kit.resolvers import NoResolvers, fixed
from graph.errors import LimitExceeded, SourceRejected, SourceUnavailable
from tests.support.loopback import DnsServer, dns_server, tcp_server

NETWORKS = networks(["192.0.2.0/24"])
ZONE = {
    ("www.heron.example.", "CNAME"): ["Edge.Heron.example."],
    ("edge.heron.example.", "A"): ["192.0.2.2", "192.0.2.1"],
    ("heron.example.", "MX"): ["10 Mail.heron.example."],
    ("heron.example.", "TXT"): ['"v=SPF1" " -all"'],
}


async def ask(
    request: DnsRequest, *servers: DnsServer, agreement: int = 2, closed: int = 0
) -> DnsResponse:
    async with AsyncExitStack() as stack:
        ports = [await stack.enter_async_context(dns_server(server)) for server in servers]
        resolvers = [Endpoint("127.0.0.1", 1)] * closed
        resolvers += [Endpoint("127.0.0.1", port) for port in ports]
        channel = DnsChannel(RoutedDialer({}, NETWORKS), fixed(*resolvers), agreement)
        return await channel.ask(request)


async def test_two_resolvers_that_agree_give_one_answer_in_a_fixed_order() -> None:
    answer = await ask(DnsRequest("www.heron.example", "A"), DnsServer(ZONE), DnsServer(ZONE))
    assert answer.rcode == "NOERROR"
    assert answer.answers == (
        DnsRecord("www.heron.example", "CNAME", 60, "edge.heron.example"),
        DnsRecord("edge.heron.example", "A", 60, "192.0.2.1"),
        DnsRecord("edge.heron.example", "A", 60, "192.0.2.2"),
    )
    assert len(answer.resolvers) == 2
    assert not answer.is_authenticated


async def test_host_values_are_lower_case_and_texts_are_not() -> None:
    mail = await ask(DnsRequest("heron.example", "MX"), DnsServer(ZONE), DnsServer(ZONE))
    text = await ask(DnsRequest("heron.example", "TXT"), DnsServer(ZONE), DnsServer(ZONE))
    assert [r.value for r in mail.answers] == ["10 mail.heron.example"]
    assert [r.value for r in text.answers] == ['"v=SPF1" " -all"']


async def test_no_such_name_and_no_such_record_are_told_apart() -> None:
    gone = await ask(DnsRequest("gone.example", "A"), DnsServer(ZONE), DnsServer(ZONE))
    none = await ask(DnsRequest("heron.example", "A"), DnsServer(ZONE), DnsServer(ZONE))
    assert (gone.rcode, gone.answers) == ("NXDOMAIN", ())
    assert (none.rcode, none.answers) == ("NOERROR", ())


async def test_what_only_one_resolver_says_is_disputed() -> None:
    other = {**ZONE, ("edge.heron.example.", "A"): ["192.0.2.2", "192.0.2.3"]}
    answer = await ask(DnsRequest("edge.heron.example", "A"), DnsServer(ZONE), DnsServer(other))
    assert [r.value for r in answer.answers] == ["192.0.2.2"]
    assert [r.value for r in answer.disputed] == ["192.0.2.1", "192.0.2.3"]


@pytest.mark.parametrize("other", [{("edge.heron.example.", "AAAA"): ["2001:db8::1"]}, {}])
async def test_a_contradiction_is_no_answer(other: dict[tuple[str, str], list[str]]) -> None:
    with pytest.raises(SourceUnavailable, match=r"disagree about edge\.heron\.example A"):
        await ask(DnsRequest("edge.heron.example", "A"), DnsServer(ZONE), DnsServer(other))


async def test_a_contradiction_is_settled_by_the_next_resolver() -> None:
    servers = DnsServer({}), DnsServer(ZONE), DnsServer(ZONE)
    answer = await ask(DnsRequest("edge.heron.example", "A"), *servers)
    assert (answer.rcode, len(answer.answers), len(answer.resolvers)) == ("NOERROR", 2, 2)


async def test_a_name_served_by_place_has_the_first_resolvers_addresses() -> None:
    other = {**ZONE, ("edge.heron.example.", "A"): ["192.0.2.9"]}
    answer = await ask(DnsRequest("www.heron.example", "A"), DnsServer(ZONE), DnsServer(other))
    assert [r.value for r in answer.answers] == ["edge.heron.example", "192.0.2.1", "192.0.2.2"]
    assert [r.value for r in answer.disputed] == ["192.0.2.9"]


async def test_other_types_must_have_a_value_in_common() -> None:
    other = {**ZONE, ("heron.example.", "MX"): ["10 mail.evil.example."]}
    with pytest.raises(SourceUnavailable, match=r"disagree about heron\.example MX"):
        await ask(DnsRequest("heron.example", "MX"), DnsServer(ZONE), DnsServer(other))


async def test_a_truncated_answer_is_fetched_over_tcp() -> None:
    server = DnsServer(ZONE, is_cut=True)
    answer = await ask(DnsRequest("edge.heron.example", "A"), server, agreement=1)
    assert [r.value for r in answer.answers] == ["192.0.2.1", "192.0.2.2"]
    assert [transport for _, _, transport in server.asked] == ["udp", "tcp"]


async def test_an_answer_is_authenticated_where_every_resolver_says_so() -> None:
    request = DnsRequest("edge.heron.example", "A")
    signed = [DnsServer(ZONE, flags=dns.flags.AD) for _ in range(2)]
    assert (await ask(request, *signed)).is_authenticated
    assert not (await ask(request, signed[0], DnsServer(ZONE))).is_authenticated


async def test_a_resolver_that_fails_is_replaced_by_the_next() -> None:
    servers = DnsServer(ZONE, "SERVFAIL"), DnsServer(ZONE), DnsServer(ZONE), DnsServer(ZONE)
    answer = await ask(DnsRequest("edge.heron.example", "A"), *servers)
    assert len(answer.answers) == 2
    assert [len(server.asked) for server in servers] == [1, 1, 1, 0]


async def test_signatures_can_be_left_unchecked() -> None:
    server = DnsServer(ZONE)
    await ask(DnsRequest("edge.heron.example", "A"), server, agreement=1)
    await ask(DnsRequest("edge.heron.example", "A", unchecked=True), server, agreement=1)
    assert [bool(flags & dns.flags.CD) for flags in server.flags_seen] == [False, True]


async def test_a_resolver_that_keeps_silent_takes_no_side() -> None:
    answer = await ask(DnsRequest("edge.heron.example", "A"), DnsServer(ZONE), closed=1)
    assert (len(answer.answers), len(answer.resolvers)) == (2, 1)


async def test_a_resolver_that_does_not_serve_us_takes_no_side() -> None:
    servers = DnsServer(ZONE, "REFUSED"), DnsServer(ZONE)
    answer = await ask(DnsRequest("edge.heron.example", "A"), *servers)
    assert (len(answer.answers), len(answer.resolvers)) == (2, 1)


async def test_a_name_at_which_one_of_two_fails_has_no_answer() -> None:
    servers = DnsServer(ZONE, "SERVFAIL"), DnsServer(ZONE)
    with pytest.raises(SourceUnavailable, match="SERVFAIL for edge"):
        await ask(DnsRequest("edge.heron.example", "A"), *servers)


async def test_that_nobody_answers_is_told_and_known_until_somebody_does() -> None:
    async with dns_server(DnsServer(ZONE)) as port:
        living, closed = Endpoint("127.0.0.1", port), Endpoint("127.0.0.1", 1)
        known = [closed]
        now = [0.0]
        channel = DnsChannel(RoutedDialer({}, NETWORKS), lambda: known)
        channel.breaker.clock = lambda: now[0]
        for _ in range(4):
            with pytest.raises(
                NoResolvers, match=r"no DNS resolver answers \(127\.0\.0\.1:1 .*`res"
            ):
                await channel.ask(DnsRequest("edge.heron.example", "A"))
        assert channel.trouble.startswith("no DNS resolver answers")
        assert "not asked for 15 s" in channel.trouble
        known.append(living)
        assert (await channel.ask(DnsRequest("edge.heron.example", "A"))).answers
        assert channel.trouble == ""


async def test_silence_about_one_name_is_not_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(DnsServer):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            if b"\x04edge" not in data:
                super().datagram_received(data, addr)

        async def stream(self, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            await reader.read()

    monkeypatch.setattr("collectors._kit.protocols.dns._UDP_WAITS_S", (0.1, 0.1))
    monkeypatch.setattr("collectors._kit.protocols.dns._TCP_WAIT_S", 0.1)
    async with dns_server(Slow(ZONE)) as port:
        channel = DnsChannel(RoutedDialer({}, NETWORKS), fixed(Endpoint("127.0.0.1", port)))
        for _ in range(3):
            with pytest.raises(SourceUnavailable, match="gave no answer: timed out") as told:
                await channel.ask(DnsRequest("edge.heron.example", "A"))
            assert not isinstance(told.value, NoResolvers)
        assert (await channel.ask(DnsRequest("heron.example", "MX"))).answers
        assert channel.trouble == ""


async def test_a_lost_datagram_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Losing(DnsServer):
        lost = 1

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self.lost -= 1
            if self.lost < 0:
                super().datagram_received(data, addr)

    monkeypatch.setattr("collectors._kit.protocols.dns._UDP_WAITS_S", (0.1, 2.0))
    server = Losing(ZONE)
    assert (await ask(DnsRequest("edge.heron.example", "A"), server)).answers
    assert [transport for _, _, transport in server.asked] == ["udp"]


async def test_a_server_without_edns_is_asked_without_it() -> None:
    class Old(DnsServer):
        def answer(self, query: dns.message.Message, transport: str) -> dns.message.Message:
            answer = super().answer(query, transport)
            if query.edns >= 0:
                answer.answer.clear()
                answer.set_rcode(dns.rcode.FORMERR)
            return answer

    assert len((await ask(DnsRequest("edge.heron.example", "A"), Old(ZONE))).answers) == 2


@pytest.mark.parametrize(
    ("rcode", "error", "message"),
    [
        ("SERVFAIL", SourceUnavailable, "SERVFAIL for edge.heron.example"),
        ("REFUSED", SourceRejected, "REFUSED for edge.heron.example A"),
    ],
)
async def test_other_rcodes_are_errors(rcode: str, error: type[Exception], message: str) -> None:
    servers = DnsServer(ZONE, rcode), DnsServer(ZONE, rcode)
    with pytest.raises(error, match=message):
        await ask(DnsRequest("edge.heron.example", "A"), *servers)


async def test_a_server_can_be_asked_directly_without_recursion() -> None:
    server = DnsServer(ZONE)
    async with dns_server(server) as port:
        here = Endpoint("127.0.0.1", port)
        routes = {("192.0.2.53", 53, "udp"): here, ("192.0.2.53", 53, "tcp"): here}
        channel = DnsChannel(RoutedDialer(routes, NETWORKS), fixed(Endpoint("127.0.0.1", 1)), 1)
        answer = await channel.ask(DnsRequest("edge.heron.example", "A", server="192.0.2.53"))
    assert (answer.resolvers, len(answer.answers)) == (("192.0.2.53",), 2)


SOA = "heron.example. 60 IN SOA ns.heron.example. x.heron.example. 1 2 3 4 5"


async def transfer(server: DnsServer) -> DnsResponse:
    async with dns_server(server) as port:
        here = Endpoint("127.0.0.1", port)
        routes = {("192.0.2.53", 53, "udp"): here, ("192.0.2.53", 53, "tcp"): here}
        channel = DnsChannel(RoutedDialer(routes, NETWORKS), fixed(Endpoint("127.0.0.1", 1)), 1)
        return await channel.ask(DnsRequest("heron.example", "AXFR", server="192.0.2.53"))


async def test_a_zone_comes_in_as_many_messages_as_it_takes() -> None:
    server = DnsServer(ZONE)
    server.transfer = [[SOA], ["a.heron.example. 60 IN A 192.0.2.1"], [SOA]]
    answer = await transfer(server)
    assert answer.rcode == "NOERROR"
    assert [(r.name, r.rrtype) for r in answer.answers] == [
        ("heron.example", "SOA"),
        ("a.heron.example", "A"),
        ("heron.example", "SOA"),
    ]


@pytest.mark.parametrize("rcode", ["REFUSED", "NOTAUTH", "SERVFAIL"])
async def test_a_refused_transfer_is_an_answer(rcode: str) -> None:
    assert (await transfer(DnsServer(ZONE, rcode))).rcode == "REFUSED"


async def test_a_transfer_that_breaks_off_is_no_answer() -> None:
    server = DnsServer(ZONE)
    server.transfer = [[SOA], ["a.heron.example. 60 IN A 192.0.2.1"]]
    with pytest.raises(SourceUnavailable, match="broke the transfer off"):
        await transfer(server)


async def test_a_zone_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors._kit.protocols.zone._MOST_RECORDS", 3)
    server = DnsServer(ZONE)
    server.transfer = [[SOA], *([f"a{i}.heron.example. 60 IN A 192.0.2.1"] for i in range(5))]
    with pytest.raises(LimitExceeded, match="the zone has more than 3 records"):
        await transfer(server)


async def answered_with(wire: bytes, request: DnsRequest) -> DnsResponse:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(2)
        writer.write(wire)
        await writer.drain()

    async with tcp_server(talk) as port:
        routes = {
            ("192.0.2.53", 53, "udp"): Endpoint("127.0.0.1", 1),
            ("192.0.2.53", 53, "tcp"): Endpoint("127.0.0.1", port),
        }
        channel = DnsChannel(RoutedDialer(routes, NETWORKS), fixed(Endpoint("127.0.0.1", 1)), 1)
        return await channel.ask(request)


async def test_answers_that_cannot_be_read_are_no_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silence(*_: object) -> None:
        return None

    monkeypatch.setattr("collectors._kit.protocols.dns._over_udp", silence)
    asked = DnsRequest("heron.example", "A", server="192.0.2.53")
    zone = DnsRequest("heron.example", "AXFR", server="192.0.2.53")
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        await answered_with(b"\x00\x04junk", asked)
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        await answered_with(b"\x00\x04junk", zone)
    other = dns.message.make_response(dns.message.make_query("other.example", "A")).to_wire()
    with pytest.raises(SourceUnavailable, match="answered another question"):
        await answered_with(len(other).to_bytes(2, "big") + other, asked)
    with pytest.raises(SourceUnavailable, match="gave no answer"):
        await answered_with(b"", asked)
    assert (await answered_with(b"", zone)).rcode == "REFUSED"


async def test_a_server_without_an_open_port_is_no_answer() -> None:
    channel = DnsChannel(RoutedDialer({}, NETWORKS), fixed(Endpoint("127.0.0.1", 1)), 1)
    with pytest.raises(SourceUnavailable, match=r"192\.0\.2\.53 has no open port 53/udp"):
        await channel.ask(DnsRequest("heron.example", "AXFR", server="192.0.2.53"))


async def test_a_server_that_takes_no_connection_gives_no_zone() -> None:
    nobody = Endpoint("127.0.0.1", 1)
    routes = {("192.0.2.53", 53, protocol): nobody for protocol in ("udp", "tcp")}
    channel = DnsChannel(RoutedDialer(routes, NETWORKS), fixed(nobody), 1)
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1:1 takes no connection"):
        await channel.ask(DnsRequest("heron.example", "AXFR", server="192.0.2.53"))


async def test_an_address_that_nothing_may_be_sent_to_leaves_no_socket_behind() -> None:
    with pytest.raises(OSError, match=r"denied|unreachable"):
        await connect_datagram(Endpoint("255.255.255.255", 53))
    gc.collect()  # a socket that was left open is told now, and fails the test


async def test_a_name_that_cannot_be_asked_is_refused() -> None:
    with pytest.raises(SourceRejected, match="cannot be asked"):
        await ask(DnsRequest("a" * 64 + ".example", "A"), DnsServer(ZONE), agreement=1)
