"""What of a run is not asked again since it was answered lately, and what follows from that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from collectors._kit.manifest import CollectorManifest
from graph.facts import Outcome
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import MailHandledBy, ResolvesTo
from graph.queries import job
from graph.store import Store
from server.jobs.lifecycle import RunState
from server.modules.settings import Change, Settings
from tests.live.test_planning import MANIFESTS, World, begun

SEED, ADDRESS = DomainName(name="heron.example"), IPAddress(address="192.0.2.7")
BOTH = ("dns.resolve", "dns.reverse")


async def answered(store: Store, **more: Any) -> World:
    """A run that has asked about a name and about its address, to its end."""
    world = await begun(store, SEED, collectors=BOTH, **more)
    await world.found("dns.resolve", SEED, ResolvesTo(source=SEED, target=ADDRESS, rrtype="A"))
    await world.step()
    await world.answer("dns.reverse", ADDRESS, Outcome.ABSENT)
    await world.end("dns.reverse")
    assert (await world.step()).state == RunState.FINISHED
    return world


async def again(
    store: Store, first: World, *, later: timedelta = timedelta(), **more: Any
) -> World:
    """Another run in its organization, not yet moved."""
    world = await begun(store, SEED, collectors=BOTH, org=first.org, steps=0, **more)
    world.now = first.now + later
    return world


async def shares(store: Store, world: World) -> list[tuple[str, int, bool]]:
    """The jobs of a run: collector, how many entities, and whether earlier answers stand for it."""
    rows = await store.read(
        "MATCH (l:Lease {run: $run}) RETURN l.collector AS c, size(l.entities) AS n, "
        "l.reused_at IS NOT NULL AS r ORDER BY c",
        {"run": world.run},
    )
    return [(row["c"], row["n"], row["r"]) for row in rows]


async def test_what_is_fresh_is_followed_and_nobody_is_asked(store: Store) -> None:
    world = await again(store, await answered(store))
    step = await world.step()
    assert (step.hints, step.goes_on, step.state) == ([], True, RunState.RUNNING)
    assert step.reached == 2, "the address, by an old answer"
    step = await world.step()
    assert (step.hints, step.goes_on, step.state) == ([], False, RunState.FINISHED)
    assert (step.jobs_done, step.requests, step.reason) == (0, 0, "")
    assert await shares(store, world) == [("dns.resolve", 1, True), ("dns.reverse", 1, True)]


@pytest.mark.parametrize(
    ("minutes", "later", "is_asked"),
    [
        (None, timedelta(minutes=45), False),
        (None, timedelta(minutes=55), True),
        (0, timedelta(seconds=5), True),
        (120, timedelta(minutes=115), False),
        (30, timedelta(minutes=35), True),
    ],
)
async def test_how_old_an_answer_may_be(
    store: Store, minutes: int | None, later: timedelta, is_asked: bool
) -> None:
    first = await answered(store)
    world = await again(store, first, later=later, max_age_minutes=minutes)
    step = await world.step()
    assert bool(step.hints) is is_asked
    assert step.goes_on is not is_asked


async def test_who_would_be_asked_otherwise_is_asked_again(store: Store) -> None:
    first = await answered(store)
    world = await again(store, first, options={"dns.resolve": {}})
    assert (await world.step()).hints == [], "that no option is set makes no difference"
    newer = MANIFESTS["dns.resolve"].model_copy(update={"version": 99})
    world = await again(store, first)
    assert len((await world.step({**MANIFESTS, newer.id: newer})).hints) == 1


async def test_options_of_the_organization_and_of_the_scan_tell_questions_apart(
    store: Store,
) -> None:
    ports = {"ports": [22]}
    collectors = ("tcp.connect",)
    first = await begun(
        store, ADDRESS, collectors=collectors, presets=("deep",), options={"tcp.connect": ports}
    )
    await first.answer("tcp.connect", ADDRESS, Outcome.ABSENT)
    await first.end("tcp.connect")
    await first.step()

    async def is_asked(**more: Any) -> bool:
        world = await begun(
            store, ADDRESS, collectors=collectors, presets=("deep",), org=first.org, steps=0, **more
        )
        world.now = first.now
        return bool((await world.step()).hints)

    assert await is_asked()
    assert not await is_asked(options={"tcp.connect": ports})
    await Settings(store).set(first.org, "tcp.connect", Change(None, ports, "me", "one"))
    assert not await is_asked()


async def test_a_part_that_failed_is_no_answer(store: Store) -> None:
    first = await begun(store, SEED, collectors=("dns.resolve",))
    await first.answer("dns.resolve", SEED, Outcome.ERROR)
    await first.end("dns.resolve")
    await first.step()
    world = await begun(store, SEED, collectors=("dns.resolve",), org=first.org)
    assert [lease for lease, _ in await hinted(store, world)]


async def hinted(store: Store, world: World) -> list[tuple[str, str]]:
    rows = await store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))
    return [(row.id, row.collector) for row in rows if row.state == "READY"]


async def test_what_was_taken_back_since_is_not_followed(store: Store) -> None:
    first = await answered(store)
    newer = await again(store, first, max_age_minutes=0)
    await newer.step()
    other = DomainName(name="other.example")
    await newer.found("dns.resolve", SEED, MailHandledBy(source=SEED, target=other, preference=10))
    await newer.step()
    world = await again(store, newer)
    await world.step()
    assert (await world.step()).reached == 2
    (reached,) = await store.read(
        "MATCH (:Run {id: $run})-[:REACHED]->(n) WHERE n.key <> $seed RETURN collect(n.key) AS keys",
        {"run": world.run, "seed": SEED.key},
    )
    assert reached["keys"] == [other.key], "what the newest answer says"


async def test_some_of_a_batch_is_asked_where_the_rest_is_fresh(store: Store) -> None:
    first = await answered(store)
    other = DomainName(name="ibis.example")
    world = await begun(store, SEED, other, collectors=("dns.resolve",), org=first.org, steps=0)
    world.now = first.now
    assert [hint.collector for hint in (await world.step()).hints] == ["dns.resolve"]
    assert sorted(await shares(store, world)) == [
        ("dns.resolve", 1, False),
        ("dns.resolve", 1, True),
    ]


async def test_what_asks_nobody_is_always_asked(store: Store) -> None:
    never: Mapping[str, CollectorManifest] = {
        **MANIFESTS,
        "dns.resolve": MANIFESTS["dns.resolve"].model_copy(update={"fresh_s": 0}),
    }
    first = await answered(store)
    world = await again(store, first, max_age_minutes=600)
    assert (await world.step(never)).hints


async def test_nobody_stands_in_for_whoever_has_answered_lately(store: Store) -> None:
    both = ("rdap.domain", "whois.domain")
    first = await begun(store, SEED, collectors=both)
    await first.answer("rdap.domain", SEED, Outcome.FOUND)
    await first.end("rdap.domain")
    assert (await first.step()).state == RunState.FINISHED
    world = await begun(store, SEED, collectors=both, org=first.org, steps=0)
    world.now = first.now
    await world.step()
    step = await world.step()
    assert (step.state, step.hints) == (RunState.FINISHED, [])
    assert await shares(store, world) == [("rdap.domain", 1, True)]
