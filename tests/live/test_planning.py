"""Runs moved on by hand: which jobs are made when, and how a run says what stood in its way."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from collectors._kit.base import DnsRequest, DnsResponse, Request
from collectors._kit.dialing import Endpoint
from collectors._kit.egress import Asker, Egress, direct_egress
from collectors._kit.limits import Retry
from collectors._kit.manifest import CollectorManifest, Rate
from collectors._kit.pages import Exchange
from collectors._kit.registry import Listed, discover
from collectors._kit.resolvers import fixed
from graph.errors import LimitExceeded, StoreUnavailable
from graph.facts import Answer, Outcome
from graph.model.base import Entity, Fact
from graph.model.network import DomainName, IPAddress
from graph.model.registration import DomainRegistration
from graph.model.resolution import MailHandledBy, ResolvesTo
from graph.model.web import URL
from graph.queries import job
from graph.store import Store
from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.looking import Doorkeeper
from server.jobs.planning import advance
from server.jobs.queue import Hint
from server.jobs.scope import Scope
from server.jobs.spec import ScanSpec
from server.jobs.step import Step
from server.vault.secrets import Secrets
from tests.support.keys import MASTERS

REGISTRY = discover(with_entry_points=False)
MANIFESTS = {name: listed.manifest for name, listed in REGISTRY.collectors.items()}
KNOWN, FREE, UNANSWERED = (DomainName(name=f"{n}.example") for n in ("known", "free", "unanswered"))


@dataclass
class World:
    """One run, moved step by step."""

    store: Store
    org: str
    run: str
    now: datetime
    spec: ScanSpec

    async def step(self, manifests: Mapping[str, CollectorManifest] = MANIFESTS) -> Step:
        self.now += timedelta(seconds=1)
        step = await advance(self.store, self.run, manifests, self.now)
        assert step is not None
        return step

    async def jobs(self) -> dict[str, set[str]]:
        """The entities that each collector's jobs are about."""
        rows = await self.store.read(
            "MATCH (l:Lease {run: $run}) UNWIND l.entities AS id MATCH (n:Entity {id: id}) "
            "RETURN l.collector AS collector, collect(n.key) AS keys",
            {"run": self.run},
        )
        return {row["collector"]: set(row["keys"]) for row in rows}

    async def end(self, collector: str, state: str = "DONE", reason: str = "") -> None:
        """Let the jobs of `collector` end."""
        for lease in await self.store.fetch(job.LIST_LEASES.bind(job.RunParams(run=self.run))):
            if lease.collector != collector:
                continue
            taking = job.TakeParams(lease=lease.id, worker="w", at=self.now, held_s=60)
            taken = await self.store.fetch_one(job.TAKE_LEASE.bind(taking))
            assert taken is not None
            ending = job.FinishParams(
                lease=lease.id,
                fence=taken.fence,
                state=state,
                reason=reason,
                requests=1,
                at=self.now,
            )
            await self.store.fetch(job.FINISH_LEASE.bind(ending))

    async def found(self, collector: str, about: Entity, *facts: Fact) -> None:
        """Let `collector` find something, and its jobs end."""
        said = Answer(
            about, collector, Outcome.FOUND, self.now, self.now, facts, run=self.run
        )  # fmt: skip
        async with Writer(self.store) as writer:
            await writer.write(self.org, [said])
        await self.end(collector)

    async def answer(self, collector: str, about: Entity, outcome: Outcome) -> None:
        facts = (DomainRegistration(domain=about.key),) if outcome is Outcome.FOUND else ()
        said = Answer(about, collector, outcome, self.now, self.now, facts, run=self.run)
        async with Writer(self.store) as writer:
            await writer.write(self.org, [said])


async def begun(
    store: Store,
    *seeds: Entity,
    collectors: tuple[str, ...],
    known: Sequence[Answer] = (),
    steps: int = 1,
    org: str = "",
    **more: Any,
) -> World:
    """A run after its first steps, in `org` or an organization of its own, in which `known` was answered before."""
    spec = ScanSpec(seeds=tuple(seed.key for seed in seeds), collectors=collectors, **more)
    world = World(store, org or str(uuid.uuid4()), str(uuid.uuid4()), datetime.now(UTC), spec)
    async with Writer(store) as writer:
        await writer.write(world.org, known)
    params = job.UpsertRunParams(
        org=world.org, scan=str(uuid.uuid4()), run=world.run, name="test",
        spec=spec.model_dump_json(), named=spec.named_ids(world.org), by="tester", at=world.now,
    )  # fmt: skip
    await store.fetch(job.UPSERT_RUN.bind(params))
    for _ in range(steps):
        await world.step()
    return world


async def test_a_collector_stands_in_only_where_the_first_one_has_no_answer(store: Store) -> None:
    both = ("rdap.domain", "whois.domain")
    world = await begun(store, KNOWN, FREE, UNANSWERED, collectors=both)
    assert await world.jobs() == {"rdap.domain": {KNOWN.key, FREE.key, UNANSWERED.key}}
    await world.answer("rdap.domain", KNOWN, Outcome.FOUND)
    await world.answer("rdap.domain", FREE, Outcome.ABSENT)
    await world.answer("rdap.domain", UNANSWERED, Outcome.ERROR)
    await world.end("rdap.domain")
    step = await world.step()
    assert (await world.jobs())["whois.domain"] == {UNANSWERED.key}
    assert (step.state, step.jobs_open, [hint.collector for hint in step.hints]) == (
        "RUNNING", 1, ["whois.domain"],
    )  # fmt: skip
    await world.end("whois.domain")
    assert (await world.step()).state == "FINISHED"


async def test_it_stands_in_for_a_job_that_failed_as_a_whole(store: Store) -> None:
    world = await begun(store, KNOWN, collectors=("rdap.domain", "whois.domain"))
    await world.end("rdap.domain", "FAILED", "its code is broken")
    assert (await world.step()).state == "RUNNING"
    assert (await world.jobs())["whois.domain"] == {KNOWN.key}


async def test_without_the_first_one_it_is_asked_at_once(store: Store) -> None:
    world = await begun(store, KNOWN, collectors=("whois.domain",))
    assert await world.jobs() == {"whois.domain": {KNOWN.key}}


async def test_other_peoples_names_are_not_searched_nor_intruded_upon(store: Store) -> None:
    ours, mail = DomainName(name="ours.example"), DomainName(name="mail.provider.example")
    chosen = ("dns.records", "ct.crtsh", "dns.axfr", "rdap.domain", "http.exposed", "tcp.connect")
    world = await begun(store, ours, collectors=chosen, presets=("deep",))
    facts = (
        MailHandledBy(source=ours, target=mail, preference=10),
        ResolvesTo(source=ours, target=IPAddress(address="198.51.100.7"), rrtype="A"),
        URL(url="https://mail.provider.example/"),
        URL(url="https://ours.example/"),
    )
    await world.found("dns.records", ours, *facts)
    await world.step()
    provider, address = "provider.example", "198.51.100.7"
    assert await world.jobs() == {
        "dns.records": {ours.key, mail.key, provider},
        "ct.crtsh": {ours.key},
        "dns.axfr": {ours.key},
        "rdap.domain": {ours.key, provider},
        "http.exposed": {"https://ours.example/"},
        "tcp.connect": {address},
    }


@pytest.mark.parametrize("contact_distance", [0, 1])
async def test_other_peoples_hosts_are_contacted_only_where_the_scan_says_so(
    store: Store, contact_distance: int
) -> None:
    ours, mail = DomainName(name="ours.example"), DomainName(name="mail.provider.example")
    scope = {"max_distance": 2, "contact_distance": contact_distance}
    chosen = ("dns.records", "dns.resolve", "http.probe", "tcp.connect")
    world = await begun(store, ours, collectors=chosen, presets=("deep",), scope=scope)
    at, theirs = IPAddress(address="198.51.100.7"), IPAddress(address="203.0.113.9")
    await world.found("dns.records", ours, MailHandledBy(source=ours, target=mail, preference=10))
    await world.found("dns.resolve", ours, ResolvesTo(source=ours, target=at, rrtype="A"))
    await world.step()
    await world.found("dns.resolve", mail, ResolvesTo(source=mail, target=theirs, rrtype="A"))
    await world.step()
    jobs = await world.jobs()
    contacted = {0: ({ours.key}, {at.key}), 1: ({ours.key, mail.key}, {at.key, theirs.key})}
    assert (jobs["http.probe"] - {"provider.example"}, jobs["tcp.connect"]) == contacted[
        contact_distance
    ]
    asked = Doorkeeper(store, world.org, world.run, Scope.of(world.spec))
    hosts = ("www.ours.example", at.key, mail.key, theirs.key, "elsewhere.example")
    assert [await asked.refusal(host) for host in hosts] == [
        "",
        "",
        "" if contact_distance else f"{mail.key} is somebody else's: 1 hop from what the scan includes",
        "" if contact_distance else f"{theirs.key} is somebody else's: 2 hops from what the scan includes",
        "elsewhere.example is not in the scan's scope",
    ]  # fmt: skip


async def test_a_run_says_what_stood_in_its_way(store: Store) -> None:
    world = await begun(store, KNOWN, FREE, collectors=("dns.resolve",))
    await world.answer("dns.resolve", KNOWN, Outcome.ERROR)
    await world.end("dns.resolve", reason="no DNS resolver answers")
    step = await world.step()
    assert (step.state, step.reason) == ("FAILED", "dns.resolve: no DNS resolver answers")
    rows = await store.read("MATCH (r:Run {id: $r}) RETURN r.reason AS reason", {"r": world.run})
    assert rows == [{"reason": "dns.resolve: no DNS resolver answers"}]


async def test_the_first_reason_stays(store: Store) -> None:
    world = await begun(store, KNOWN, collectors=("dns.resolve", "dns.records"))
    await world.end("dns.resolve", reason="first")
    assert (await world.step()).state == "RUNNING"
    await world.end("dns.records", reason="second")
    assert (await world.step()).reason == "dns.resolve: first"


async def test_entities_that_a_job_had_no_time_for_are_taken_up_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(Egress):
        """Takes two fifths of a job's time for each request."""

        async def fetch(self, request: Request, asker: Asker) -> Exchange:  # noqa: ARG002
            await asyncio.sleep(0.4)
            return Exchange(DnsResponse(cast(DnsRequest, request), "NXDOMAIN"), None)

    monkeypatch.setattr("server.jobs.looking.DEADLINE_S", 1.0)
    narrow = MANIFESTS["dns.resolve"].model_copy(update={"rate": Rate(concurrency=1)})
    listed = REGISTRY.get("dns.resolve")
    registry = replace(REGISTRY, collectors={"dns.resolve": Listed(narrow, listed.source)})
    names = [DomainName(name=f"n{number}.example") for number in range(4)]
    world = await begun(store, *names, collectors=("dns.resolve",))
    (lease,) = await store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))
    moved: list[str] = []

    async def move(run: str) -> None:
        moved.append(run)

    ends: list[str] = []
    async with Writer(store) as writer:
        egress = direct_egress(fixed(Endpoint("127.0.0.1", 1)))
        slow = Slow(egress.channels)
        working = Collecting(store, writer, slow, registry, Secrets(store, MASTERS), "w", move)
        while not ends or ends[-1] == "continued":
            ends.append(await working.carry_out(lease.id))
            assert len(ends) < 6
            if ends[-1] == "continued":
                step = await world.step()
                assert (step.state, step.hints) == ("RUNNING", [Hint(lease.id, "dns.resolve", 1)])
    assert ends[-1] == "done"
    assert len(ends) > 1
    assert len(moved) == len(ends)
    rows = await store.read(
        "MATCH (o:Observation {run: $run}) WHERE o.outcome = 'ABSENT' AND o.collector = 'dns.resolve' "
        "RETURN count(DISTINCT o.claim) AS claims",
        {"run": world.run},
    )
    assert rows == [{"claims": 8}]


async def test_a_job_that_a_busy_database_cut_off_is_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(*_: object) -> tuple[int, int]:
        raise LimitExceeded("the database stopped the query at its time limit")

    async def nobody(_: str) -> None:
        return

    monkeypatch.setattr(Collecting, "_look", cut)
    world = await begun(store, KNOWN, collectors=("dns.resolve",))
    egress = direct_egress(fixed(Endpoint("127.0.0.1", 1)))
    async with Writer(store) as writer:
        working = Collecting(store, writer, egress, REGISTRY, Secrets(store, MASTERS), "w", nobody)
        (lease,) = await store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))
        with pytest.raises(StoreUnavailable, match="too busy"):
            await working.carry_out(lease.id)
    (lease,) = await store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))
    assert (lease.state, lease.attempts) == ("READY", 1)


@pytest.mark.timeout(60)
async def test_without_any_resolver_a_run_ends_soon_and_says_so_once(store: Store) -> None:
    egress = direct_egress(fixed(Endpoint("127.0.0.1", 1)))
    egress.retry = Retry(attempts=2, first_s=0.01)
    world = await begun(store, KNOWN, collectors=("dns.resolve", "dns.records", "rdap.domain"))

    async def nobody(_: str) -> None:
        return

    async with Writer(store) as writer:
        working = Collecting(store, writer, egress, REGISTRY, Secrets(store, MASTERS), "w", nobody)
        for lease in await store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run))):
            assert await working.carry_out(lease.id) == "done"
    step = await world.step()
    assert step.state == "FAILED"
    assert "no DNS resolver answers (127.0.0.1:1 " in step.reason
    assert step.reason.endswith("the setting `resolvers` names others")
