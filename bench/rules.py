"""What it costs to look by all rules at a large estate, by each rule alone, and at what a change of 1 % touched.

The estate is made up (`bench/_kit/estate.py`), with each rule's own firing cases among it (`bench/_kit/incidents.py`).
"""

from __future__ import annotations

import itertools
import random
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench._kit.caller import wipe
from bench._kit.commons import Commons
from bench._kit.estate import domains
from bench._kit.events import events
from bench._kit.figure import Figure, Goal
from bench._kit.filling import fill, ledger_of, reach
from bench._kit.incidents import incidents
from bench._kit.plan import Plan
from bench._kit.profiling import Profiler
from bench._kit.servers import Servers, servers
from bench._kit.spiderfoot import theirs
from graph.correlate.books import Rulebook
from graph.correlate.engine import Engine, Evaluated
from graph.correlate.rules import Rule
from graph.correlate.subjects import read_page
from graph.correlate.triage import seen_again
from graph.facts import Answer, Outcome
from graph.identity.alikes import LookAlikes, Looked
from graph.model.base import Entity, Fact
from graph.model.network import IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from graph.writer import Writer
from server import memory
from server.jobs.events import settle_touched, touched_since

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)  # that of the rules' cases
COPY_FOR_EACH = 20_000  # entities to each copy of the cases
SHOWN = 8  # how many of the slowest rules are figures
_WARMING = "a few first"
PROFILED = 2_000  # subjects that a rule is profiled with
# Without it this rule has nothing to compare with.
SETTINGS = {"exp.shadow_it": {"approved": ["atlassian"]}}


# What changes in a fact: the first of these that its kind has.
_CHANGES: dict[str, tuple[Any, ...]] = {
    "banner": ("ready", "go ahead"),
    "status": (200, 403, 500),
    "statuses": (("ok",), ("clientTransferProhibited",)),
    "dmarc_policy": ("none", "quarantine"),
    "key_size_bits": (2048, 4096),
    "data_classes": (("names",),),
    "name": ("Renamed",),
}


@dataclass(frozen=True)
class Estate:
    """What was filled: the answers about each domain, which can change, and how much there is."""

    domains: Sequence[Sequence[Answer]]
    entities: int
    relationships: int
    theirs: Mapping[str, float]  # seconds of SpiderFoot, by our rules' names


@dataclass(frozen=True)
class _Change:
    """Answers that will be given again at a later moment, each with a change, until `least` entities are touched."""

    name: str
    answers: Iterator[Answer]
    at: datetime
    least: int


@dataclass(frozen=True)
class Correlated:
    """What correlating a change took."""

    name: str
    touched: int
    took_s: float
    done: Evaluated


@dataclass(frozen=True)
class Alone:
    """What one rule costs over everything."""

    rule: Rule
    took_s: float
    looks: int
    findings: int
    hits: float  # a subject


async def measure(plan: Plan) -> Sequence[Figure]:
    """Fill, look at all by all rules twice and by each alone, change a hundredth, look at that."""
    size, org = plan.entities or plan.size(200_000, 3_000), str(uuid.uuid4())
    book = Rulebook.of(SETTINGS)
    with servers(with_redis=False) as found:
        async with found.store() as store:
            engine = Engine(store, book)
            try:
                estate, fill_s = await _filled(plan, store, org, size, found.folder)
                alike_s, alike = await _alike(store, org)
                plan.say(
                    f"rules: {alike_s:.1f} s, {alike.found:,} of {alike.names:,} names look like one's own"
                )
                first_s, first = await _timed(engine.pass_over(org, NOW))
                plan.say(f"rules: {first_s:.1f} s, {len(first.events):,} findings; again")
                again_s, again = await _timed(engine.pass_over(org, NOW))
                plan.say(f"rules: {again_s:.1f} s; each rule by itself")
                alone = await _each_alone(plan, found, store, book, org)
                changed = [
                    await _changed(plan, store, engine, org, each) for each in _changes(estate)
                ]
            finally:
                if found.is_neo4j_given:
                    await wipe(store, org)
    for done in (first, again):
        assert not done.failed, done.failed
    return [
        Figure("filling", fill_s, "s", note=f"{estate.entities:,} entities, {estate.relationships:,} relationships"),
        Figure("names held against one's own", alike_s, "s", note=f"{alike.found:,} of {alike.names:,} look like one"),
        Figure("all rules over everything, the first time", first_s, "s", goal=Goal(60, of="value"),
               note=f"{len(first.events):,} findings, {first.looks:,} looks"),
        Figure("all rules over everything, again", again_s, "s", goal=Goal(60, of="value")),
        *(each for one in changed[1:] for each in _of_change(one, again_s, again.looks)),
        *_of_rules(alone),
        *_beside(alone, estate.theirs),
    ]  # fmt: skip


async def _alike(store: Store, org: str) -> tuple[float, Looked]:
    """Hold all names against one's own, which rules read; what that leaves for them is looked at with the rest."""
    began = time.perf_counter()
    done = await LookAlikes(store).catch_up(org, NOW)
    took_s = time.perf_counter() - began
    _, left = await touched_since(store, org, limit=1_000_000)
    await settle_touched(store, left)
    return took_s, done


def _of_change(one: Correlated, all_s: float, all_looks: int) -> list[Figure]:
    note = f"{one.touched:,} entities touched, {len(one.done.events):,} findings changed"
    ratio = one.took_s / all_s
    return [
        Figure(f"a change of 1 %, {one.name}", one.took_s, "s", all_s, ratio, Goal(0.05), note),
        Figure.beside(f"looks for it, {one.name}", one.done.looks, all_looks, "looks"),
    ]


def _of_rules(alone: Sequence[Alone]) -> list[Figure]:
    slow = sum(each.took_s > 2 for each in alone)
    silent = sum(each.findings == 0 for each in alone)
    return [
        Figure("rules that take over 2 s by themselves", slow, "rules", goal=Goal(0, of="value")),
        Figure("rules that find nothing here", silent, "rules"),
        *(
            Figure(
                each.rule.id, each.took_s, "s", goal=Goal(2, of="value"),
                note=f"{each.looks:,} subjects, {each.hits:.1f} db hits each, {each.findings:,} findings",
            )
            for each in alone[:SHOWN]
        ),
    ]  # fmt: skip


def _beside(alone: Sequence[Alone], theirs: Mapping[str, float]) -> list[Figure]:
    """Rules that SpiderFoot has, too, over the same facts."""
    ours = {each.rule.id: each.took_s for each in alone}
    return [
        Figure.beside(f"{rule} beside SpiderFoot's", ours[rule], took, "s")
        for rule, took in theirs.items()
    ]


async def _timed(work: Any) -> tuple[float, Evaluated]:
    began = time.perf_counter()
    done = await work
    return time.perf_counter() - began, done


async def _filled(
    plan: Plan, store: Store, org: str, size: int, folder: Path
) -> tuple[Estate, float]:
    plan.say(f"rules: about {size:,} entities are made up")
    commons, planted = Commons(NOW, size), list(incidents(max(1, size // COPY_FOR_EACH)))
    answers = [*commons.answers(), *(answer for each in planted for answer in each.answers)]
    reached = [pair for each in planted for pair in each.reached]
    known = {(e.label, e.key) for answer in answers for e in _named(answer)}
    changing: list[list[Answer]] = []
    for domain in domains(commons, size):
        changing.append(domain.answers)
        reached += domain.reached
        known.update((e.label, e.key) for answer in domain.answers for e in _named(answer))
        if len(known) >= size:
            break
    ledger, applied = ledger_of(org, itertools.chain(answers, *changing))
    memory.settle()  # as every role does
    entities, relationships = len(ledger.entities), len(ledger.relationships)
    beside = theirs(folder, events(ledger, NOW))
    plan.say(f"rules: {entities:,} entities, {relationships:,} relationships are written")
    began = time.perf_counter()
    await fill(store, org, ledger, applied)
    distances: dict[str, int] = {}
    for entity, hops in reached:
        entity_id = entity.id_in(org)
        distances[entity_id] = min(hops, distances.get(entity_id, hops))
    rows = [each for each in sorted(distances.items()) if each[0] in ledger.entities]
    for n in range(2):  # what is scanned again has been reached by several runs
        await reach(store, org, f"{org} {n}", NOW - timedelta(days=9 - 7 * n), rows)
    return Estate(changing, entities, relationships, beside), time.perf_counter() - began


def _named(answer: Answer) -> list[Entity]:
    found = [answer.about]
    for fact in answer.facts:
        found += [fact] if isinstance(fact, Entity) else [fact.source, fact.target]
    return found


async def _each_alone(
    plan: Plan, found: Servers, store: Store, book: Rulebook, org: str
) -> list[Alone]:
    """Every rule over everything by itself, the slowest first."""
    findings = dict(
        await store.read_single(
            "MATCH (f:Finding {org: $org, state: 'OPEN'}) WITH f.rule AS rule, count(*) AS found"
            " RETURN collect([rule, found])",
            {"org": org},
        )
    )
    measured = []
    with Profiler(found) as profiler:
        for rule in book.rules.values():
            engine = Engine(store, Rulebook({rule.id: rule}, book.settings))
            took_s, done = await _timed(engine.pass_over(org, NOW))
            page = await read_page(store, org, rule.subjects, "", PROFILED)
            given = {
                **book.parameters(rule),
                "org": org,
                "now": NOW,
                "touched": [i for i, _ in page],
            }
            hits = profiler.hits(rule.text, given) / max(1, len(page))
            measured.append(Alone(rule, took_s, done.looks, findings.get(rule.id, 0), hits))
    measured.sort(key=lambda each: -each.took_s)
    for each in measured:
        plan.say(
            f"rules: {each.rule.id:28} {each.took_s:6.2f} s {each.looks:8,} subjects"
            f" {each.hits:8.1f} db hits each {each.findings:6,} findings"
        )
    return measured


async def _changed(
    plan: Plan, store: Store, engine: Engine, org: str, change: _Change
) -> Correlated:
    """Write answers until a hundredth of the entities is touched, and correlate that as the role does."""
    touched: set[str] = set()
    chance = random.Random(change.name)
    async with Writer(store) as writer:
        while len(touched) < change.least:
            part = [_other(a, change.at, chance) for a in itertools.islice(change.answers, 50)]
            if not part:
                break
            touched.update((await writer.write(org, part)).touched)
    plan.say(f"rules: {change.name}: {len(touched):,} entities are touched")
    began, total = time.perf_counter(), Evaluated()
    alikes = LookAlikes(store)
    while (given := await touched_since(store, org))[1]:
        if (await alikes.compare(org, given[0], NOW)).changed:
            continue
        done = await engine.evaluate(org, given[0], NOW)
        total.written += done.written
        total.looks += done.looks
        total.failed |= done.failed
        await seen_again(store, org, NOW)
        await settle_touched(store, given[1])
    took_s = time.perf_counter() - began
    plan.say(f"rules: {took_s:.2f} s, {total.looks:,} looks")
    assert not total.failed, total.failed
    return Correlated(change.name, len(touched), took_s, total)


def _changes(estate: Estate) -> Iterator[_Change]:
    """A few first, so that plans are made; in one place: of small domains, all there is; spread: some of all."""
    chance, least = random.Random("changes"), estate.entities // 100
    small = [each for each in estate.domains if len(each) <= least]
    here = chance.sample(small, len(small))
    everywhere = [answer for each in estate.domains for answer in each]
    chance.shuffle(everywhere)
    one = itertools.chain.from_iterable(here)
    yield _Change(_WARMING, iter(everywhere[-20:]), NOW - timedelta(hours=4), least)
    yield _Change("in one place", iter(one), NOW - timedelta(hours=3), least)
    yield _Change("spread", iter(everywhere), NOW - timedelta(hours=2), least)


def _other(answer: Answer, at: datetime, chance: random.Random) -> Answer:
    """What the same collector says later: the same with a change, or that it is gone."""
    if not answer.facts or chance.random() < 0.1:
        return replace(answer, outcome=Outcome.ABSENT, facts=(), started_at=at, ended_at=at)
    facts: list[Fact] = [*answer.facts]
    place = chance.randrange(len(facts))
    facts[place] = _altered(facts[place], chance)
    return replace(answer, facts=tuple(facts), started_at=at, ended_at=at)


def _altered(fact: Fact, chance: random.Random) -> Fact:
    if isinstance(fact, ResolvesTo):
        moved = IPAddress(address=f"77.0.{chance.randrange(256)}.{chance.randrange(256)}")
        return ResolvesTo(source=fact.source, target=moved, rrtype=fact.rrtype)
    for name, values in _CHANGES.items():
        if name in type(fact).properties():
            return fact.model_copy(update={name: chance.choice(values)})
    return fact
