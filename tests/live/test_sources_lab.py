"""Each collector that asks sources, against the running lab, compared with the lab's own truth."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from collectors._kit.dialing import LabState
from collectors._kit.egress import Egress, lab_egress
from collectors._kit.registry import discover
from collectors._kit.runner import Batch, Runner
from graph.facts import Answer, Content, Outcome
from graph.model.base import Entity, Fact
from graph.model.network import AutonomousSystem, DomainName, IPAddress
from lab import run
from lab.internet import Lab
from lab.truth import Facts, Truth

REGISTRY = discover(with_entry_points=False)
LAPSED = "orrery.test"  # in no RDAP registry


class Unhurried:
    """A rate limiter for sources that are our own."""

    async def acquire(self, key: str, per_s: float) -> None:
        """Return at once."""


@dataclass
class World:
    """The running lab, a way into it, and what is true of it."""

    lab: Lab
    truth: Truth
    egress: Egress

    async def answers(
        self, collector: str, targets: Iterable[Entity], options: dict[str, object]
    ) -> list[Answer]:
        listed = REGISTRY.get(collector)
        taken = [target for target in targets if listed.manifest.accepts(target)]
        assert taken, f"nothing in the lab for {collector} to look at"
        batch = Batch(REGISTRY.make(collector, options), listed.manifest, taken, run="lab")
        return [answer async for answer in Runner(self.egress).run(batch)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("lab")
    async with run(folder=folder) as lab:
        lab.state.write(folder / "state.json")
        egress = lab_egress(LabState.read(folder / "state.json"))
        yield World(lab, Truth(lab.world), replace(egress, limiter=Unhurried()))


def whole(facts: Iterable[Fact]) -> Facts:
    """The facts with what their keys imply."""
    content = Content.of(facts)
    return Facts.of([*content.entities.values(), *content.relationships.values()])


def beyond(about: Entity, facts: Iterable[Fact]) -> Facts:
    """What is stated beyond the entity itself, which every claim about it supports."""
    stated, known = whole(facts), whole([about])
    return Facts(stated.entities - known.entities, stated.relationships - known.relationships)


def found(answers: Iterable[Answer]) -> Facts:
    facts = Facts()
    for answer in answers:
        facts |= beyond(answer.about, answer.facts)
    return facts


def expected(world: World, collector: str, targets: Iterable[Entity]) -> Facts:
    facts = Facts()
    oracle = world.truth.oracles[collector]
    for about in targets:
        if REGISTRY.get(collector).manifest.accepts(about):
            facts |= beyond(about, oracle.answer(world.truth.world, about))
    return facts


def options_of(world: World, collector: str) -> dict[str, object]:
    state = world.lab.state
    by_collector: dict[str, dict[str, object]] = {
        "geo.mmdb": {"files": [state.files["geo_mmdb"]]},
        "rep.feeds": {"feeds": state.feeds},
    }
    return by_collector.get(collector, {})


def targets_of(world: World, collector: str) -> list[Entity]:
    if collector == "rdap.asn":
        return [AutonomousSystem(number=number) for number in world.lab.world.company.systems]
    consumes = world.truth.oracles[collector].consumes
    return [entity for entity in world.truth.scanned if entity.label in consumes]


@pytest.mark.parametrize(
    "collector",
    [
        "rdap.domain",
        "rdap.ip",
        "rdap.asn",
        "whois.domain",
        "ct.crtsh",
        "archive.wayback",
        "geo.mmdb",
        "rep.feeds",
    ],
)
async def test_a_source_is_read_as_it_is(world: World, collector: str) -> None:
    targets = targets_of(world, collector)
    answers = await world.answers(collector, targets, options_of(world, collector))
    mine, true = found(answers), expected(world, collector, targets)
    assert sorted(mine.entities ^ true.entities) == []
    assert sorted(mine.relationships ^ true.relationships) == []
    failed = {(a.about.key, a.reason) for a in answers if a.outcome is Outcome.ERROR}
    no_service = {(LAPSED, "there is no RDAP service for .test")}
    assert failed == (no_service if collector == "rdap.domain" else set())


async def test_a_name_that_nobody_registered_is_absent(world: World) -> None:
    free = DomainName(name="nobody-has-this.example")
    for collector in ("rdap.domain", "whois.domain"):
        (answer,) = await world.answers(collector, [free], {})
        assert answer.outcome is Outcome.ABSENT


async def test_an_address_on_no_list_is_absent_from_each(world: World) -> None:
    answers = await world.answers(
        "rep.feeds", [IPAddress(address="203.0.113.99")], options_of(world, "rep.feeds")
    )
    assert {answer.outcome for answer in answers} == {Outcome.ABSENT}
    assert len(answers) == len(world.lab.state.feeds)
