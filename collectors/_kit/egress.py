"""The one way out: every request of every collector passes here, and policy holds for all of them.

In this order: scope, the run's memory, breaker, rate, the address policy on each address a name
has at that moment, the connection, and the raw answer into the evidence store. What failed for now
(SourceUnavailable) is tried again with growing pauses; nothing else is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from collectors._kit.base import (
    DnsRequest,
    DnsResponse,
    FileRequest,
    HttpRequest,
    HttpResponse,
    Request,
    Response,
    TcpRequest,
    TlsRequest,
)
from collectors._kit.dialing import Dialer, DirectDialer, LabState
from collectors._kit.evidence import DiscardedEvidence, EvidenceStore
from collectors._kit.faults import Busy, QuotaSpent, RateLimited
from collectors._kit.limits import (
    CircuitBreaker,
    Monotonic,
    RateLimiter,
    Retry,
    Sleep,
    TokenBuckets,
    Unlimited,
)
from collectors._kit.manifest import ModuleManifest
from collectors._kit.pages import Exchange, PageCache
from collectors._kit.policy import (
    EVERYWHERE,
    AddressPolicy,
    Network,
    Place,
    Scope,
    address_of,
    not_excluded,
)
from collectors._kit.protocols.dns import DnsChannel
from collectors._kit.protocols.files import FileChannel
from collectors._kit.protocols.http import HttpChannel, verifying_context
from collectors._kit.protocols.tcp import TcpChannel
from collectors._kit.protocols.tls import TlsChannel
from collectors._kit.raw import as_evidence, has_content, without
from collectors._kit.record import content_key, protocol_of
from collectors._kit.redaction import Redactor, redact
from collectors._kit.resolvers import Resolvers, fixed
from graph.errors import MirageError, NotPermitted, SourceRejected, SourceUnavailable
from graph.facts import Evidence
from graph.tracing import Attributes, noted, spanned

USER_AGENT = "Mirage/0.1 (attack surface inventory)"


@dataclass(frozen=True)
class Asker:
    """On whose behalf something is asked: a collector, in a run, within a scope, until a moment; or a channel."""

    manifest: ModuleManifest
    scope: Scope = EVERYWHERE
    run: str = ""
    deadline: float = float("inf")  # on the monotonic clock
    source: str = ""  # the folder's name, whose rate is shared by its collectors
    secrets: tuple[str, ...] = ()  # kept out of what is stored about the requests
    has_other_key: Callable[[], bool] | None = None  # where it asks with one of several keys

    def gives_up(self, error: SourceUnavailable) -> bool:
        """Whether to ask again in a moment is of no use: with another key it is, or nothing is left of this one."""
        if isinstance(error, QuotaSpent):
            return True
        asks = self.has_other_key
        return isinstance(error, RateLimited) and asks is not None and asks()


@dataclass(frozen=True)
class Channels:
    """One channel a protocol."""

    dns: DnsChannel
    http: HttpChannel
    tls: TlsChannel
    tcp: TcpChannel
    files: FileChannel


@dataclass
class Egress:
    """Carries out requests under policy. One of it serves a whole process."""

    channels: Channels
    addresses: AddressPolicy = field(default_factory=AddressPolicy)
    evidence: EvidenceStore = field(default_factory=DiscardedEvidence)
    limiter: RateLimiter = field(default_factory=TokenBuckets)
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    pages: PageCache = field(default_factory=PageCache)
    retry: Retry = field(default_factory=Retry)
    clock: Monotonic = time.monotonic
    sleep: Sleep = asyncio.sleep

    @property
    def trouble(self) -> str:
        """What keeps everything from being reached now, with what to do; empty while nothing does."""
        return self.channels.dns.trouble

    async def fetch(self, request: Request, asker: Asker) -> Exchange:
        """The answer to `request` with its evidence.

        Raises NotPermitted where policy forbids to ask, SourceUnavailable after the last attempt,
        SourceRejected.
        """
        await refuse_out_of_scope(request, asker)

        async def ask() -> Exchange:
            response = await self._stubbornly(request, asker)
            return Exchange(response, await self._keep_evidence(response, asker))

        return await self.pages.get(asker.run, content_key(request), ask)

    async def _stubbornly(self, request: Request, asker: Asker) -> Response:
        """Try until there is an answer, a refusal, or no attempt or time left."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._once(request, asker)
            except SourceUnavailable as error:
                if asker.gives_up(error):
                    raise
                after = error.retry_after_s if isinstance(error, Busy) else 0.0
                pause = self.retry.pause_s(attempt, after)
                if attempt >= self.retry.attempts or self.clock() + pause >= asker.deadline:
                    raise
                await self.sleep(pause)

    async def _once(self, request: Request, asker: Asker) -> Response:
        """One attempt, with the host's breaker told how it went.

        The resolvers have none: SERVFAIL tells of one zone, not of them.
        """
        host = _host(request)
        if not host:
            return await self._in_time(request, asker, host)
        key = f"{protocol_of(request)} {host}"
        self.breaker.check(key)
        try:
            response = await self._in_time(request, asker, host)
        except SourceUnavailable as error:
            if isinstance(error, RateLimited) and asker.has_other_key is not None:
                self.breaker.succeeded(key)  # it answers others, who show another key
                raise
            # Others are told the reason, too: those of other organizations.
            self.breaker.failed(key, redact(str(error), asker.secrets))
            raise
        except SourceRejected:
            self.breaker.succeeded(key)
            raise
        self.breaker.succeeded(key)
        return response

    async def _in_time(self, request: Request, asker: Asker, host: str) -> Response:
        await self._wait_for_turn(request, asker, host)
        seconds = max(0.0, min(asker.manifest.timeout_s, asker.deadline - self.clock()))
        try:
            with spanned("request", {"mirage.protocol": protocol_of(request)}, kind="client"):
                async with asyncio.timeout(seconds):
                    response = await self._send(request, asker)
                noted(_told(response))
                return response
        except TimeoutError as error:
            what = f"{protocol_of(request)} {host}".strip()
            raise SourceUnavailable(f"{what} did not finish within {seconds:.0f} s") from error

    async def _wait_for_turn(self, request: Request, asker: Asker, host: str) -> None:
        if isinstance(request, FileRequest):
            return
        rate = asker.manifest.rate
        await self.limiter.acquire(f"source {asker.source or asker.manifest.id}", rate.source_per_s)
        if host:
            machine = await self._machine(request, asker, host)
            await self.limiter.acquire(f"host {machine}", rate.host_per_s)

    async def _machine(self, request: Request, asker: Asker, host: str) -> str:
        """What is spared together: names of one address are one host, unless a third party is asked by its name."""
        if asker.manifest.keeps_to_hosts:
            return host
        if isinstance(request, HttpRequest) and request.connect_to:
            return request.connect_to
        return next(iter(await self._addresses_of(host, asker)), host)

    async def _send(self, request: Request, asker: Asker) -> Response:
        if isinstance(request, DnsRequest):
            if request.server:
                self.addresses.permitted(request.server, [request.server])
            return await self.channels.dns.ask(request)
        if isinstance(request, HttpRequest):
            return await self.channels.http.ask(request, await self._http_addresses(request, asker))
        if isinstance(request, TlsRequest):
            self.addresses.permitted(request.address, [request.address])
            return await self.channels.tls.ask(request)
        if isinstance(request, TcpRequest):
            addresses = await self._addresses_of(request.host, asker)
            if not addresses:
                raise SourceUnavailable(f"{request.host} has no address")
            return await self.channels.tcp.ask(request, addresses[0])
        # There is no other: `content_key` has refused what is no request of the kit.
        return await self.channels.files.ask(cast(FileRequest, request))

    async def _http_addresses(self, request: HttpRequest, asker: Asker) -> list[str]:
        if request.connect_to:
            return await self._dialled(request.connect_to, [request.connect_to], asker)
        return await self._addresses_of(Place.of(request.url).host, asker)

    async def _addresses_of(self, host: str, asker: Asker) -> list[str]:
        """The addresses of `host` that may be dialled, version 4 first; none if it has no address.

        Raises NotPermitted where it has addresses, but none that may be dialled.
        """
        literal = address_of(host)
        if literal:
            return self.addresses.permitted(literal, [literal])
        found: list[str] = []
        problem: MirageError | None = None
        for rrtype in ("A", "AAAA"):
            try:
                answer = await self._resolve(host, rrtype, asker)
            except SourceUnavailable as error:
                problem = error
            else:
                found += [r.value for r in answer.answers if r.rrtype == rrtype]
        if not found and problem is not None:
            raise problem
        return await self._dialled(host, found, asker) if found else []

    async def _dialled(self, host: str, found: Sequence[str], asker: Asker) -> list[str]:
        kept = self.addresses.permitted(host, found)
        # Third parties are asked at their own hosts, which no scan excludes.
        return kept if asker.manifest.keeps_to_hosts else await not_excluded(asker.scope, kept)

    async def _resolve(self, host: str, rrtype: str, asker: Asker) -> DnsResponse:
        request = DnsRequest(host, rrtype)

        async def ask() -> Exchange:
            return Exchange(await self.channels.dns.ask(request), None)

        run = f"{asker.run}/addresses" if asker.run else ""
        exchange = await self.pages.get(run, content_key(request), ask)
        return cast(DnsResponse, exchange.response)

    async def _keep_evidence(self, response: Response, asker: Asker) -> Evidence | None:
        if not has_content(response):
            return None
        redactor = Redactor(asker.secrets)
        media_type, body = as_evidence(
            response if redactor.is_idle else without(response, redactor)
        )
        url = response.request.url if isinstance(response, HttpResponse) else ""
        return await self.evidence.put(body, media_type, redactor.text(url))


def direct_egress(
    resolvers: Resolvers,
    *,
    allowed: Sequence[Network] = (),
    evidence: EvidenceStore | None = None,
    file_roots: Sequence[Path] = (),
    ca_file: Path | None = None,
    user_agent: str = USER_AGENT,
) -> Egress:
    """A way out to the internet: public addresses and those of the `allowed` networks.

    `resolvers` may be anywhere, on loopback too: they are the operator's or the system's.
    """
    policy = AddressPolicy(allowed)
    channels = _channels(DirectDialer(), resolvers, ca_file, file_roots, user_agent)
    return Egress(channels, policy, evidence or DiscardedEvidence())


def lab_egress(
    state: LabState, *, evidence: EvidenceStore | None = None, user_agent: str = USER_AGENT
) -> Egress:
    """A way out to the lab and to nothing else, as fast as it answers."""
    roots = sorted({path.parent for path in state.files.values()})
    channels = _channels(state.dialer(), fixed(*state.resolvers), state.ca_file, roots, user_agent)
    policy = AddressPolicy(state.networks)
    return Egress(channels, policy, evidence or DiscardedEvidence(), limiter=Unlimited())


def _channels(
    dialer: Dialer,
    resolvers: Resolvers,
    ca_file: Path | None,
    file_roots: Sequence[Path],
    user_agent: str,
) -> Channels:
    return Channels(
        dns=DnsChannel(dialer, resolvers),
        http=HttpChannel(dialer, user_agent, verifying_context(ca_file)),
        tls=TlsChannel(dialer),
        tcp=TcpChannel(dialer),
        files=FileChannel(file_roots),
    )


async def refuse_out_of_scope(request: Request, asker: Asker) -> None:
    """Raise NotPermitted where `asker` may not contact the host of `request`.

    Collectors of class P0 and channels may contact the hosts of their manifest, the others what is in scope.
    Resolvers answer for any name.
    """
    host = _host(request)
    if isinstance(request, FileRequest) or not host:
        return
    if asker.manifest.keeps_to_hosts:
        if not asker.manifest.may_contact(host):
            raise NotPermitted(f"{asker.manifest.id} may not contact {host}: not among its hosts")
        return
    reason = await asker.scope.refusal(host, _port(request))
    if reason:
        raise NotPermitted(reason)


def _told(response: Response) -> Attributes:
    """What traces tell of an answer. Hosts and addresses stay out: they say whom somebody looks into."""
    if isinstance(response, HttpResponse) and response.closed:
        return {"mirage.outcome": response.closed}
    if isinstance(response, HttpResponse):
        return {"mirage.outcome": "answered", "http.response.status_code": response.status}
    return {"mirage.outcome": "answered"}


def _host(request: Request) -> str:
    """The host that `request` contacts; empty for the resolvers and for files."""
    if isinstance(request, HttpRequest):
        return Place.of(request.url).host
    if isinstance(request, DnsRequest):
        return request.server
    if isinstance(request, TlsRequest):
        return request.address
    return request.host if isinstance(request, TcpRequest) else ""


def _port(request: Request) -> int | None:
    """The port of the host that `request` contacts."""
    if isinstance(request, HttpRequest):
        return Place.of(request.url).port
    if isinstance(request, DnsRequest):
        return 53
    return request.port if isinstance(request, (TlsRequest, TcpRequest)) else None
