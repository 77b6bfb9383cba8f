"""Trial calls: what a collector would state is told, what goes wrong is told, and nothing of it is kept."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from collectors._kit.base import DnsRequest, Request
from collectors._kit.egress import Asker, Egress
from collectors._kit.evidence import DirectoryEvidence
from collectors._kit.faults import Fault, RateLimited, Unauthorized
from collectors._kit.pages import Exchange
from collectors._kit.registry import Registry, discover
from graph.errors import SourceUnavailable, StoreUnavailable
from graph.facts import Answer, Outcome
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from server.jobs import probing
from server.jobs.probing import OwnScope, Probing, Question, Stated, Told, ask, summed_up
from server.jobs.queue import Queue, open_queue
from server.modules.settings import Change, Settings
from server.vault.envelope import SealBroken
from server.vault.secrets import NewValue, SecretName, Secrets
from tests.live.test_collecting_secrets import VALUE, Answering
from tests.support import keyed
from tests.support.egress import opened
from tests.support.facts import moment
from tests.support.keys import MASTERS
from tests.support.waiting import eventually

OWN = discover(with_entry_points=False)
SITE = DomainName(name="site.example")


@pytest_asyncio.fixture
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    made = await open_queue(redis_url)
    yield made
    await made.aclose()


@dataclass
class World:
    """An organization, and a process that makes trial calls."""

    store: Store
    queue: Queue
    org: str

    def probing(self, egress: Egress, registry: Registry = OWN) -> Probing:
        return Probing(self.queue, egress, registry, Secrets(self.store, MASTERS))

    async def tell(self, worker: Probing, collector: str, kind: str, key: str) -> Told:
        """Ask as the API does, while the process does its part."""
        probe = str(uuid.uuid4())
        question = Question(org=self.org, collector=collector, kind=kind, key=key)
        asked = asyncio.create_task(ask(self.queue, MASTERS, probe, question))

        async def is_made() -> bool:
            return await worker.carry_out(probe) == "told"

        await eventually(is_made)
        told = await asked
        assert told is not None
        return told

    async def nodes(self) -> int:
        found: int = await self.store.read_single(
            "MATCH (n) WHERE n.org = $org RETURN count(n)", {"org": self.org}
        )
        return found


@pytest_asyncio.fixture
async def world(store: Store, queue: Queue) -> World:
    return World(store, queue, str(uuid.uuid4()))


async def test_what_it_would_state_is_told_and_nothing_is_written(
    world: World, tmp_path: Any
) -> None:
    async with opened() as lab:
        lab.egress.evidence = DirectoryEvidence(tmp_path)
        told = await world.tell(world.probing(lab.egress), "dns.resolve", "DomainName", SITE.key)
    assert (told.outcome, told.error, told.requests) == (Outcome.FOUND, "", 2)
    assert Stated(name="IPAddress", key="192.0.2.1") in told.facts
    assert Stated(name="RESOLVES_TO", key=SITE.key, target="192.0.2.1") in told.facts
    assert told.count == len(told.facts)
    assert told.milliseconds > 0
    assert await world.nodes() == 0
    assert list(tmp_path.iterdir()) == [], "nor is raw evidence kept"


async def test_a_source_that_does_not_answer_is_an_answer(world: World) -> None:
    class Away(Answering):
        async def fetch(self, request: Request, asker: Asker) -> Exchange:  # noqa: ARG002 - the parent's form
            raise SourceUnavailable("no answer within 5 s")

    async with opened() as lab:
        worker = world.probing(Away(lab.egress.channels))
        told = await world.tell(worker, "dns.resolve", "DomainName", SITE.key)
    assert (told.outcome, told.facts) == (Outcome.ERROR, ())
    assert told.error == "A: no answer within 5 s"


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (Unauthorized("403"), Fault.UNAUTHORIZED),
        (RateLimited("429", 1.0), Fault.RATE_LIMITED),
        (SourceUnavailable("no answer"), Fault.UNAVAILABLE),
    ],
)
async def test_whose_fault_it_is_is_told(world: World, error: Exception, fault: Fault) -> None:
    class Refusing(Answering):
        async def fetch(self, request: Request, asker: Asker) -> Exchange:  # noqa: ARG002 - the parent's form
            raise error

    async with opened() as lab:
        worker = world.probing(Refusing(lab.egress.channels))
        told = await world.tell(worker, "dns.resolve", "DomainName", SITE.key)
    assert (told.outcome, told.fault) == (Outcome.ERROR, fault)


def test_what_a_newer_process_tells_beside_is_passed_over() -> None:
    assert Told.model_validate_json('{"outcome": "FOUND", "since": 1}').fault is None


async def test_policy_holds_as_in_a_scan_of_that_entity(world: World) -> None:
    async with opened() as lab:
        told = await world.tell(
            world.probing(lab.egress), "http.probe", "DomainName", "inside.example"
        )
    assert told.outcome is Outcome.SKIPPED
    assert told.error == "http: inside.example: 127.0.0.1 is not a public address"
    scope = OwnScope.of(SITE)
    assert await scope.refusal("www.site.example") == ""
    assert await scope.refusal("other.example") == "other.example is not in the scan's scope"


async def test_the_secret_is_used_and_told_to_nobody(world: World) -> None:
    which = SecretName(world.org, keyed.SOURCE, keyed.SECRET)
    await Secrets(world.store, MASTERS).set(which, NewValue(VALUE, "me", "one"))
    async with opened() as lab:
        worker = world.probing(Answering(lab.egress.channels), keyed.registry())
        told = await world.tell(worker, keyed.COLLECTOR, "DomainName", SITE.key)
    assert Stated(name="DomainName", key="heron.site.example") in told.facts
    assert told.error == "breaks: defect in parse: ValueError({'key': '[redacted]'})"
    assert VALUE not in told.model_dump_json()


async def test_without_its_secret_it_says_which_one_is_missing(world: World) -> None:
    async with opened() as lab:
        worker = world.probing(Answering(lab.egress.channels), keyed.registry())
        told = await world.tell(worker, keyed.COLLECTOR, "DomainName", SITE.key)
    assert told.error == "the secret api_key of heron is not set, or has expired"
    assert (told.outcome, told.requests) == (Outcome.ERROR, 0)


async def test_the_organization_s_options_are_used(world: World) -> None:
    options = {"selectors": ["own-selector"]}
    await Settings(world.store).set(world.org, "dns.mailauth", Change(None, options, "me", "one"))
    asked: list[str] = []

    class Noting(Answering):
        async def fetch(self, request: Request, asker: Asker) -> Exchange:  # noqa: ARG002 - the parent's form
            asked.append(request.name if isinstance(request, DnsRequest) else "")
            raise SourceUnavailable("not now")

    async with opened() as lab:
        worker = world.probing(Noting(lab.egress.channels))
        await world.tell(worker, "dns.mailauth", "DomainName", SITE.key)
    selectors = {name for name in asked if "_domainkey" in name}
    assert selectors == {"own-selector._domainkey.site.example"}


async def test_a_defect_is_told_without_ending_the_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(Registry, "make", broken)
    async with opened() as lab:
        told = await world.tell(world.probing(lab.egress), "dns.resolve", "DomainName", SITE.key)
    assert (told.outcome, told.error) == (Outcome.ERROR, "a defect: ValueError('broken')")
    assert told.fault is Fault.DEFECT


async def test_what_lies_in_redis_is_sealed_and_goes(world: World) -> None:
    probe = str(uuid.uuid4())
    question = Question(org=world.org, collector="dns.resolve", kind="DomainName", key=SITE.key)
    asked = asyncio.create_task(ask(world.queue, MASTERS, probe, question))
    name = probing.PREFIX + probe

    async def is_there() -> bool:
        return bool(await world.queue.exists(name))

    await eventually(is_there)
    kept = await world.queue.get(name)
    assert SITE.key.encode() not in kept
    assert 0 < await world.queue.ttl(name) <= probing.KEPT_S
    other = str(uuid.uuid4())
    await world.queue.set(probing.PREFIX + other, kept)
    async with opened() as lab:
        worker = world.probing(lab.egress)
        with pytest.raises(SealBroken):
            await worker.carry_out(other)
        assert await worker.carry_out(probe) == "told"
        assert await worker.carry_out(probe) == "gone", "delivered twice, it is made once"
    assert (await asked) is not None
    assert [key async for key in world.queue.scan_iter(match=f"{name}*")] == []


async def test_one_that_nobody_takes_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("BEGUN_WITHIN_S", "DEADLINE_S", "_SLACK_S"):
        monkeypatch.setattr(probing, each, 0.1)
    question = Question(org=world.org, collector="dns.resolve", kind="DomainName", key=SITE.key)
    assert await ask(world.queue, MASTERS, str(uuid.uuid4()), question) is None


async def test_without_redis_it_is_told_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise OSError("refused")

    monkeypatch.setattr(type(world.queue), "set", away)
    question = Question(org=world.org, collector="dns.resolve", kind="DomainName", key=SITE.key)
    with pytest.raises(StoreUnavailable, match="the queue does not answer"):
        await ask(world.queue, MASTERS, str(uuid.uuid4()), question)


def part(name: str, outcome: Outcome, *facts: Any, reason: str = "") -> Answer:
    return Answer(
        SITE, "dns.resolve", outcome, moment(1), moment(2), facts, part=name, reason=reason
    )


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        ((Outcome.ABSENT, Outcome.FOUND, Outcome.ERROR), Outcome.FOUND),
        ((Outcome.ABSENT, Outcome.ERROR), Outcome.ERROR),
        ((Outcome.SKIPPED, Outcome.ABSENT), Outcome.ABSENT),
        ((Outcome.SKIPPED,), Outcome.SKIPPED),
        ((), Outcome.SKIPPED),
    ],
)
def test_the_outcome_of_the_whole(outcomes: tuple[Outcome, ...], whole: Outcome) -> None:
    assert summed_up([part(str(n), each) for n, each in enumerate(outcomes)]).outcome is whole


def test_many_facts_are_counted_and_the_first_are_told() -> None:
    links = [
        ResolvesTo(source=SITE, target=IPAddress(address=f"192.0.2.{n}"), rrtype="A")
        for n in range(1, 31)
    ]
    told = summed_up(
        [
            part("A", Outcome.FOUND, *links),
            part("AAAA", Outcome.ERROR, reason="SERVFAIL"),
        ]
    )
    assert (told.count, len(told.facts), told.error) == (61, probing.MOST_FACTS, "AAAA: SERVFAIL")
    assert {each.target for each in told.facts} == {None}, "entities first"
