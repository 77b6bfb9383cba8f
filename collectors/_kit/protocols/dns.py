"""DNS questions over UDP, or TCP where the answer does not fit, to resolvers that must agree.

It follows no delegations itself: recursion is the resolvers' work. A resolver that validates
DNSSEC says so by the AD flag; nothing is validated here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
from collectors._kit.protocols.zone import transfer
from graph.errors import MirageError, SourceRejected, SourceUnavailable

_PAYLOAD_BYTES = 1232  # what fits everywhere without fragments (DNS flag day 2020)
_UDP_WAIT_S = 2.5
_HOST_VALUED = frozenset({"CNAME", "DNAME", "NS", "PTR", "MX", "SRV", "SOA", "AFSDB", "KX", "RP"})


@dataclass(frozen=True)
class DnsChannel:
    """Asks the configured resolvers, or one server directly.

    `agreement` resolvers must give a record for it to count; they are asked in order, the next
    ones only where an earlier one gives no answer.
    """

    dialer: Dialer
    resolvers: Sequence[Endpoint]
    agreement: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.agreement <= len(self.resolvers):
            raise ValueError(
                f"{self.agreement} resolvers are to agree, but {len(self.resolvers)} are configured"
            )

    async def ask(self, request: DnsRequest) -> DnsResponse:
        """The answer to `request`. Raises SourceUnavailable, SourceRejected."""
        query = _query(request, is_recursive=not request.server)
        if request.server:
            return await self._from_server(request, query)
        return agreed(request, await self._from_resolvers(request, query), self.agreement)

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
        found: list[DnsResponse] = []
        errors: list[MirageError] = []
        waiting = list(self.resolvers)
        while len(found) < self.agreement and waiting:
            now = [waiting.pop(0) for _ in range(min(len(waiting), self.agreement - len(found)))]
            for end in await asyncio.gather(
                *(_ask_one(request, query, one) for one in now), return_exceptions=True
            ):
                if isinstance(end, MirageError):
                    errors.append(end)
                elif isinstance(end, BaseException):
                    raise end
                else:
                    found.append(end)
        if len(found) < self.agreement:
            raise next((e for e in errors if not e.is_retryable), errors[0])
        return found


def agreed(request: DnsRequest, answers: Sequence[DnsResponse], agreement: int) -> DnsResponse:
    """What at least `agreement` of the `answers` say; records of fewer are disputed.

    Names that are balanced over many addresses differ a little from one resolver to another, and
    keep what is common. Raises SourceUnavailable where the answers contradict each other.
    """
    first = answers[0]
    kinds = {(answer.rcode, bool(answer.answers)) for answer in answers}
    counts = Counter(
        identity for answer in answers for identity in {_identity(r) for r in answer.answers}
    )
    common = tuple(r for r in first.answers if counts[_identity(r)] >= agreement)
    if len(kinds) > 1 or (first.answers and not _has_value(common, request.rrtype, first)):
        said = "; ".join(f"{', '.join(a.resolvers)}: {_summary(a)}" for a in answers)
        raise SourceUnavailable(
            f"the resolvers disagree about {request.name} {request.rrtype}: {said}"
        )
    disputed = {
        _identity(r): r
        for answer in answers
        for r in answer.answers
        if counts[_identity(r)] < agreement
    }
    return DnsResponse(
        request=request,
        rcode=first.rcode,
        answers=common,
        authority=first.authority,
        is_authenticated=all(answer.is_authenticated for answer in answers),
        resolvers=tuple(name for answer in answers for name in answer.resolvers),
        disputed=tuple(sorted(disputed.values(), key=_identity)),
    )


def _identity(record: DnsRecord) -> tuple[str, str, str]:
    return record.name, record.rrtype, record.value


def _has_value(common: Iterable[DnsRecord], rrtype: str, first: DnsResponse) -> bool:
    """Whether the agreed records still hold one of the type asked for, if there was one at all."""
    if not any(record.rrtype == rrtype for record in first.answers):
        return bool(tuple(common))
    return any(record.rrtype == rrtype for record in common)


def _summary(answer: DnsResponse) -> str:
    values = ", ".join(sorted(record.value for record in answer.answers)[:4])
    return f"{answer.rcode} {values or 'nothing'}"


async def _ask_one(
    request: DnsRequest, query: dns.message.Message, resolver: Endpoint
) -> DnsResponse:
    return _read(request, await _exchange(query, resolver, resolver), str(resolver))


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
    try:
        answer = await _over_udp(query, udp)
        if answer is None or answer.flags & dns.flags.TC:
            answer = await _over_tcp(query, tcp)
    except (OSError, EOFError, TimeoutError) as error:
        raise SourceUnavailable(f"{udp} gave no answer: {error or 'timed out'}") from error
    except dns.exception.DNSException as error:
        raise SourceUnavailable(f"{udp} gave an answer that cannot be read: {error!r}") from error
    return answer


async def _over_udp(query: dns.message.Message, endpoint: Endpoint) -> dns.message.Message | None:
    """The answer, or None where none came in time and TCP may do better.

    Datagrams that answer another question (late or forged ones) are passed over.
    """
    loop = asyncio.get_running_loop()
    made = await connect_datagram(endpoint)
    try:
        await loop.sock_sendall(made, query.to_wire())
        async with asyncio.timeout(_UDP_WAIT_S):
            while True:
                wire = await loop.sock_recv(made, 65_535)
                with contextlib.suppress(dns.exception.DNSException):
                    answer = dns.message.from_wire(
                        wire, ignore_trailing=True, raise_on_truncation=False
                    )
                    if query.is_response(answer):
                        return answer
    except TimeoutError:
        return None
    finally:
        made.close()


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
        raise SourceUnavailable(f"{endpoint} answered another question")
    return answer


def _read(request: DnsRequest, answer: dns.message.Message, server: str) -> DnsResponse:
    rcode = dns.rcode.to_text(answer.rcode())
    if rcode == "SERVFAIL":
        raise SourceUnavailable(f"{server}: SERVFAIL for {request.name}{_extended(answer)}")
    if rcode not in ("NOERROR", "NXDOMAIN"):
        raise SourceRejected(f"{server}: {rcode} for {request.name} {request.rrtype}")
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
