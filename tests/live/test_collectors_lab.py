"""Each protocol collector against the running lab, compared with the lab's own truth."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from collectors._kit.dialing import LabState
from collectors._kit.egress import Egress, lab_egress
from collectors._kit.registry import discover
from collectors._kit.runner import Batch, Runner
from graph.facts import Answer, Outcome
from graph.model.base import Entity, Fact
from graph.model.registry import make
from lab import run
from lab.truth import Facts, Truth

REGISTRY = discover(with_entry_points=False)


@dataclass
class World:
    """The running lab, a way into it, and what is true of it."""

    truth: Truth
    egress: Egress

    async def answers(self, collector: str, targets: Iterable[Entity]) -> list[Answer]:
        listed = REGISTRY.get(collector)
        taken = [target for target in targets if listed.manifest.accepts(target)]
        assert taken, f"nothing in the lab for {collector} to look at"
        batch = Batch(REGISTRY.make(collector), listed.manifest, taken, run="lab")
        return [answer async for answer in Runner(self.egress).run(batch)]

    async def about(self, collector: str, kind: str, key: str) -> dict[str, Answer]:
        """The answers about one entity, by part."""
        return {a.part: a for a in await self.answers(collector, [make(kind, key)])}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("lab")
    async with run(folder=folder) as lab:
        lab.state.write(folder / "state.json")
        yield World(Truth(lab.world), lab_egress(LabState.read(folder / "state.json")))


def found(answers: Iterable[Answer]) -> Facts:
    """What is stated, without the entity looked at where it is stated by itself.

    A claim about an entity always supports that entity; the truth lists what is found beyond it.
    """
    facts = Facts()
    for answer in answers:
        about = (answer.about.label, answer.about.key)
        stated = Facts.of(answer.facts)
        ends = {key for _, *keys in stated.relationships for key in keys}
        alone = {about} if about[1] not in ends else set()
        facts |= Facts(stated.entities - alone, stated.relationships)
    return facts


def expected(world: World, collector: str) -> Facts:
    facts = Facts()
    for about in world.truth.scanned:
        true = world.truth.answer(collector, about)
        ends = {key for _, *keys in true.relationships for key in keys}
        alone = {(about.label, about.key)} if about.key not in ends else set()
        facts |= Facts(true.entities - alone, true.relationships)
    return facts


def values(facts: Iterable[Fact], kind: str, key: str) -> Entity:
    """The entity among `facts` with this key."""
    return next(f for f in facts if isinstance(f, Entity) and (f.label, f.key) == (kind, key))


BOGUS = "orrery-labs.example"  # its signatures have expired, so resolvers refuse to answer


@pytest.mark.parametrize(
    "collector",
    ["dns.resolve", "dns.records", "dns.mailauth", "dns.reverse", "dns.wildcard", "dns.srv"],
)
async def test_what_the_dns_says_is_found_and_nothing_else(world: World, collector: str) -> None:
    answers = await world.answers(collector, world.truth.scanned)
    assert found(answers) == expected(world, collector)
    failed = [a for a in answers if a.outcome is Outcome.ERROR]
    assert not [a.reason for a in failed if BOGUS not in a.about.key]
    if collector in ("dns.resolve", "dns.records"):
        assert {a.about.key for a in failed} >= {BOGUS}
        assert all("SERVFAIL" in a.reason for a in failed)
