"""DNS questions over UDP, or TCP where the answer does not fit, to resolvers that must agree.

Two of them where two answer; whether a name exists and has a record is what they must agree on.

It follows no delegations itself: recursion is the resolvers' work. A resolver that validates
DNSSEC says so by the AD flag; nothing is validated here.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from collectors._kit.base import DnsRecord, DnsRequest, DnsResponse
from collectors._kit.dialing import Dialer, Endpoint, connect_datagram, connect_stream
from collectors._kit.limits import CircuitBreaker
from collectors._kit.protocols.agreement import agreed, largest_group
from collectors._kit.protocols.zone import transfer
from collectors._kit.resolvers import NoResolvers, Resolvers
from graph.errors import MirageError, SourceRejected, SourceUnavailable

_PAYLOAD_BYTES = 1232  # what fits everywhere without fragments (DNS flag day 2020)
_UDP_WAITS_S = (2.0, 3.0)  # a datagram may be lost: it is sent as often as there are waits
_TCP_WAIT_S = 4.0
_LIFE_WAITS_S = (1.0, 1.0)
_SILENCES, _LEFT_OUT_S = 2, 15.0
_NO_EDNS = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS})
_HOST_VALUED = frozenset({"CNAME", "DNAME", "NS", "PTR", "MX", "SRV", "SOA", "AFSDB", "KX", "RP"})


class Silent(SourceUnavailable):
    """Whoever was asked did not answer at all, or not in DNS."""


class Unwilling(SourceRejected):
    """Whoever was asked does not answer us: REFUSED and its like."""


@dataclass
class DnsChannel:
    """Asks the resolvers, or one server directly.

    `agreement` of the resolvers must say the same, or as many as answer where that is fewer. They
    are asked in order, the next ones where an earlier one fails or they differ. One that keeps
    silent is left out for a while. `trouble` says what is wrong while none of them answers.
    """

    dialer: Dialer
    resolvers: Resolvers
    agreement: int = 2
    breaker: CircuitBreaker = field(default_factory=lambda: CircuitBreaker(_SILENCES, _LEFT_OUT_S))
    trouble: str = field(default="", init=False)

    async def ask(self, request: DnsRequest) -> DnsResponse:
        """The answer to `request`. Raises SourceUnavailable, SourceRejected."""
        query = _query(request, is_recursive=not request.server)
        if request.server:
            return await self._from_server(request, query)
        try:
            found = await self._from_resolvers(request, query)
        except NoResolvers as error:
            self.trouble = str(error)
            raise
        return agreed(request, found, self.agreement)

    async def _from_server(self, request: DnsRequest, query: dns.message.Message) -> DnsResponse:
        try:
            udp = self.dialer.route(request.server, 53, "udp")
            tcp = self.dialer.route(request.server, 53, "tcp")
        except ConnectionRefusedError as error:
            raise SourceUnavailable(f"{request.server}: {error}") from error
        if request.rrtype != "AXFR":
            return _read(request, await _exchange(query, udp, tcp), request.server)
        rrsets = await transfer(query, tcp)
        rcode = "REFUSED" if rrsets is None else "NOERROR"
        records = tuple(_records(rrsets or ()))
        return DnsResponse(request, rcode, records, resolvers=(request.server,))

    async def _from_resolvers(
        self, request: DnsRequest, query: dns.message.Message
    ) -> list[DnsResponse]:
        """What the resolvers say, those that agree first; more than one, where more answer."""
        waiting = self._awake()
        found: list[DnsResponse] = []
        failed: list[MirageError] = []
        while waiting and (wanted := self.agreement - len(largest_group(found))) > 0:
            now, waiting = waiting[:wanted], waiting[wanted:]
            for end in await asyncio.gather(*(self._hear(request, query, one) for one in now)):
                if isinstance(end, DnsResponse):
                    found.append(end)
                else:
                    failed.append(end)
        group = largest_group(found)
        if len(group) >= self.agreement:
            return group
        # Who is silent or does not serve us takes no side; who failed at this name (SERVFAIL) does.
        if found and all(isinstance(error, (Silent, Unwilling)) for error in failed):
            return found
        if not found and all(isinstance(error, Silent) for error in failed):
            raise _nobody(map(str, failed))
        raise next((e for e in failed if not e.is_retryable), failed[0])

    async def _hear(
        self, request: DnsRequest, query: dns.message.Message, resolver: Endpoint
    ) -> DnsResponse | MirageError:
        """The answer of one resolver, or how it failed."""
        key = str(resolver)
        try:
            answer = _read(request, await _exchange(query, resolver, resolver), key)
        except Silent as error:
            if await _lives(resolver):  # it waits in vain for the name's own servers
                return SourceUnavailable(str(error))
            self.breaker.failed(key, str(error))
            return error
        except MirageError as error:
            self._heard(key)
            return error
        self._heard(key)
        return answer

    def _heard(self, key: str) -> None:
        self.breaker.succeeded(key)
        self.trouble = ""

    def _awake(self) -> list[Endpoint]:
        """The resolvers without those that kept silent lately. Raises NoResolvers if none is left."""
        silences: list[str] = []
        awake: list[Endpoint] = []
        for one in self.resolvers():
            try:
                self.breaker.check(str(one))
            except SourceUnavailable as error:
                silences.append(str(error))
            else:
                awake.append(one)
        if not awake:
            raise _nobody(silences)
        return awake


def _nobody(silences: Iterable[str]) -> NoResolvers:
    said = "; ".join(dict.fromkeys(silences))
    return NoResolvers(f"no DNS resolver answers ({said}); the setting `resolvers` names others")


async def _lives(resolver: Endpoint) -> bool:
    """Whether `resolver` answers at all: every one knows the root's name servers."""
    try:
        return (
            await _over_udp(dns.message.make_query(".", "NS"), resolver, _LIFE_WAITS_S) is not None
        )
    except OSError:
        return False


def _query(request: DnsRequest, *, is_recursive: bool) -> dns.message.Message:
    try:
        name = dns.name.from_text(request.name)
        rrtype = dns.rdatatype.from_text(request.rrtype)
    except (dns.exception.DNSException, ValueError, UnicodeError) as error:
        raise SourceRejected(f"{request.name} {request.rrtype} cannot be asked: {error}") from error
    query = dns.message.make_query(name, rrtype, use_edns=0, payload=_PAYLOAD_BYTES)
    query.flags |= dns.flags.AD  # asks for the AD flag in the answer without the signatures
    if not is_recursive:
        query.flags &= ~dns.flags.RD
    if request.unchecked:
        query.flags |= dns.flags.CD
    return query


async def _exchange(
    query: dns.message.Message, udp: Endpoint, tcp: Endpoint
) -> dns.message.Message:
    """The answer to `query`; where EDNS is not understood, to the question without it."""
    try:
        answer = await _over_udp(query, udp)
        if answer is None or answer.flags & dns.flags.TC:
            async with asyncio.timeout(_TCP_WAIT_S):
                answer = await _over_tcp(query, tcp)
    except (OSError, EOFError) as error:  # TimeoutError is an OSError
        raise Silent(f"{udp} gave no answer: {str(error) or 'timed out'}") from error
    except dns.exception.DNSException as error:
        raise Silent(f"{udp} gave an answer that cannot be read: {error!r}") from error
    if answer.rcode() in _NO_EDNS and query.edns >= 0:
        plain = dns.message.from_wire(query.to_wire())
        plain.use_edns(False)
        return await _exchange(plain, udp, tcp)
    return answer


async def _over_udp(
    query: dns.message.Message, endpoint: Endpoint, waits_s: tuple[float, ...] = _UDP_WAITS_S
) -> dns.message.Message | None:
    """The answer, or None where none came in time, though asked again, and TCP may do better.

    Datagrams that answer another question (late or forged ones) are passed over.
    """
    loop = asyncio.get_running_loop()
    made = await connect_datagram(endpoint)
    try:
        for wait_s in waits_s:
            await loop.sock_sendall(made, query.to_wire())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    return await _datagram(query, made)
        return None
    finally:
        made.close()


async def _datagram(query: dns.message.Message, made: socket.socket) -> dns.message.Message:
    """The first datagram that answers `query`."""
    loop = asyncio.get_running_loop()
    while True:
        wire = await loop.sock_recv(made, 65_535)
        with contextlib.suppress(dns.exception.DNSException):
            answer = dns.message.from_wire(wire, ignore_trailing=True, raise_on_truncation=False)
            if query.is_response(answer):
                return answer


async def _over_tcp(query: dns.message.Message, endpoint: Endpoint) -> dns.message.Message:
    reader, writer = await connect_stream(endpoint)
    try:
        wire = query.to_wire()
        writer.write(len(wire).to_bytes(2, "big") + wire)
        await writer.drain()
        size = int.from_bytes(await reader.readexactly(2), "big")
        answer = dns.message.from_wire(await reader.readexactly(size))
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    if not query.is_response(answer):
        raise Silent(f"{endpoint} answered another question")
    return answer


def _read(request: DnsRequest, answer: dns.message.Message, server: str) -> DnsResponse:
    rcode = dns.rcode.to_text(answer.rcode())
    if rcode == "SERVFAIL":
        raise SourceUnavailable(f"{server}: SERVFAIL for {request.name}{_extended(answer)}")
    if rcode not in ("NOERROR", "NXDOMAIN"):
        raise Unwilling(f"{server}: {rcode} for {request.name} {request.rrtype}")
    return DnsResponse(
        request=request,
        rcode=rcode,
        answers=tuple(_records(answer.answer)),
        authority=tuple(_records(answer.authority)),
        is_authenticated=bool(answer.flags & dns.flags.AD),
        resolvers=(server,),
    )


def _extended(answer: dns.message.Message) -> str:
    """What the resolver says about its failure (RFC 8914)."""
    found = [option for option in answer.options if isinstance(option, dns.edns.EDEOption)]
    return "".join(f" ({option.text or f'extended error {option.code}'})" for option in found)


def _records(rrsets: Iterable[dns.rrset.RRset]) -> Iterable[DnsRecord]:
    """The records in an order that does not depend on the server's."""
    for rrset in rrsets:
        rrtype = dns.rdatatype.to_text(rrset.rdtype)
        name = _name(rrset.name.to_text())
        for value in sorted(rdata.to_text() for rdata in rrset):
            yield DnsRecord(name, rrtype, rrset.ttl, _value(rrtype, value))


def _value(rrtype: str, value: str) -> str:
    if rrtype not in _HOST_VALUED:
        return value
    return " ".join(_name(word) for word in value.split(" "))


def _name(text: str) -> str:
    return text.lower() if text == "." else text.lower().removesuffix(".")
