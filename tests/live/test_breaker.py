"""A collector that breaks is asked no more, others go on, and it comes back by itself: on a real database."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors._kit.faults import Fault
from graph.facts import Outcome
from graph.model.network import DomainName
from graph.queries import job, run_acts
from graph.queries.catalog import Bound
from graph.store import Store, Transaction
from graph.writer import Fence
from server.jobs.handing import BATCH, Means
from server.jobs.plan import LeftOut, plan
from server.modules import breaker
from server.modules.breaker import Told, Turn, health_of
from server.modules.health import (
    MOST_FAILURES,
    NOTHING,
    WELL,
    WORKS,
    Evidence,
    Health,
    HealthState,
    failing,
)
from tests.live.test_planning import MANIFESTS, World, begun

CRTSH, RDAP, WHOIS, DNS = "ct.crtsh", "rdap.domain", "whois.domain", "dns.records"
SILENT = failing(Fault.UNAVAILABLE)
HEARD = "it failed 3 times in a row and is not asked until "
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NAMES = [DomainName(name=f"n{number}.example") for number in range(2 * BATCH + 1)]


def organization() -> str:
    return str(uuid.uuid4())


async def count(
    store: Store,
    org: str,
    module: str,
    evidence: Evidence,
    at: datetime,
    fence: Fence | None = None,
) -> Turn | None:
    told = Told(org, module, fence or Fence(str(uuid.uuid4()), 1), evidence, at)
    turn, _ = await store.transact(lambda tx: breaker.count(tx, told))
    return turn


async def opened(store: Store, org: str, module: str, at: datetime, times: int = 1) -> None:
    """Let a module fail so often that it opened so many times in a row, the last time `at` this moment."""
    for _ in range(MOST_FAILURES):
        await count(store, org, module, SILENT, at)
    await store.execute(
        "MATCH (h:ModuleHealth {org: $org, module: $module}) "
        "SET h.openings = $times, h.until = h.failed_at + duration({minutes: 2 ^ ($times - 1)})",
        {"org": org, "module": module, "times": times},
    )


async def state(store: Store, world: World, module: str) -> HealthState:
    found = await health_of(store, world.org, world.now)
    return found.get(module, WELL).state(world.now)


async def ready(world: World, collector: str) -> list[job.LeaseRow]:
    rows = await world.store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))
    return [row for row in rows if row.collector == collector and row.state == "READY"]


async def take(world: World, lease: str) -> job.TakenRow | None:
    params = job.TakeParams(lease=lease, worker="w", at=world.now, held_s=600)
    return await world.store.fetch_one(job.TAKE_LEASE.bind(params))


async def finish(world: World, lease: str, taken: job.TakenRow, evidence: Evidence) -> Turn | None:
    """End a job as its holder does, and give what became of its module."""
    fence = Fence(lease, taken.fence)
    params = job.FinishParams(
        lease=lease, fence=fence.number, state="DONE", reason="", requests=1, at=world.now
    )
    ending: Bound[job.EndedRow] = job.FINISH_LEASE.bind(params)
    told = Told(world.org, taken.collector, fence, evidence, world.now)

    async def end(tx: Transaction) -> Turn | None:
        return await breaker.count(tx, told) if await tx.fetch(ending) else None

    turn, _ = await world.store.transact(end)
    return turn


async def run_of(world: World) -> dict[str, Any]:
    found = "MATCH (r:Run {id: $id}) RETURN r {.state, .left_out, .reason}"
    return dict(await world.store.read_single(found, {"id": world.run}))


async def waiting(store: Store, collectors: Sequence[str] = (CRTSH,)) -> World:
    """A run with three jobs of each of the collectors."""
    return await begun(store, *NAMES, collectors=tuple(collectors))


async def test_failures_in_a_row_open_it_and_are_kept_in_one_record(store: Store) -> None:
    org, at = organization(), datetime(2026, 1, 1, tzinfo=UTC)
    assert await health_of(store, org, at) == {}
    assert await count(store, org, CRTSH, NOTHING, at) is None
    assert await count(store, org, CRTSH, WORKS, at) is None
    assert await health_of(store, org, at) == {}, "nothing is kept of what works"
    for _ in range(MOST_FAILURES - 1):
        assert await count(store, org, CRTSH, SILENT, at) is None
    turn = await count(store, org, CRTSH, failing(Fault.DEATH, "by SIGKILL"), at)
    opened_now = Health(3, 1, Fault.DEATH, "by SIGKILL", at, at, at + MINUTE)
    assert turn == Turn(CRTSH, opened_now)
    assert await health_of(store, org, at) == {CRTSH: opened_now}
    nodes = "MATCH (h:ModuleHealth) WHERE h.org = $org RETURN count(h)"
    assert await store.read_single(nodes, {"org": org}) == 1


async def test_a_success_in_between_begins_a_new_row(store: Store) -> None:
    org, at = organization(), datetime(2026, 1, 1, tzinfo=UTC)
    for evidence in (SILENT, SILENT, WORKS, SILENT, SILENT):
        assert await count(store, org, CRTSH, evidence, at) is None
    assert (await health_of(store, org, at))[CRTSH].failures == 2


async def test_failures_at_once_are_each_counted_and_open_it_once(store: Store) -> None:
    org, at = organization(), datetime(2026, 1, 1, tzinfo=UTC)
    turns = await asyncio.gather(*(count(store, org, CRTSH, SILENT, at) for _ in range(8)))
    assert len([turn for turn in turns if turn]) == 1
    health = (await health_of(store, org, at))[CRTSH]
    assert (health.failures, health.openings) == (MOST_FAILURES, 1)


async def test_an_end_that_is_told_twice_is_counted_once(store: Store) -> None:
    world = await begun(store, NAMES[0], collectors=(CRTSH,))
    (lease,) = await ready(world, CRTSH)
    taken = await take(world, lease.id)
    assert taken is not None
    for _ in range(MOST_FAILURES):
        await finish(world, lease.id, taken, SILENT)
    assert (await health_of(store, world.org, world.now))[CRTSH].failures == 1


async def test_while_it_is_open_no_jobs_of_it_are_made_and_others_go_on(store: Store) -> None:
    world = await begun(store, NAMES[0], collectors=(CRTSH, DNS), steps=0)
    await opened(store, world.org, CRTSH, world.now)
    step = await world.step()
    assert await world.jobs() == {DNS: {NAMES[0].key}}
    assert [hint.collector for hint in step.hints] == [DNS]
    await world.end(DNS)
    step = await world.step()
    assert step.state == "FINISHED"
    (told,) = (await run_of(world))["left_out"]
    assert told.startswith(f"{CRTSH}: {HEARD}")
    assert told.endswith("UTC: its source does not answer")


async def test_a_run_of_nothing_else_ends_and_does_not_fail(store: Store) -> None:
    world = await begun(store, NAMES[0], collectors=(CRTSH,), steps=0)
    await opened(store, world.org, CRTSH, world.now)
    step = await world.step()
    assert (step.state, await world.jobs()) == ("FINISHED", {})
    assert list(step.left_out) == [CRTSH], "it says why, though it was named"


async def test_the_plan_says_so(store: Store) -> None:
    world = await begun(store, NAMES[0], collectors=(CRTSH,), steps=0)
    await opened(store, world.org, CRTSH, world.now)
    why = (await health_of(store, world.org, world.now))[CRTSH].told()
    made = plan(world.spec, [], MANIFESTS, Means(broken={CRTSH: why}))
    assert LeftOut(CRTSH, "", why) in made.left_out


async def test_what_stands_in_for_it_is_asked_at_once(store: Store) -> None:
    world = await begun(store, NAMES[0], collectors=(RDAP, WHOIS), steps=0)
    await opened(store, world.org, RDAP, world.now)
    step = await world.step()
    assert await world.jobs() == {WHOIS: {NAMES[0].key}}
    assert list(step.left_out) == [RDAP]


async def test_what_stands_in_and_is_open_is_left_out(store: Store) -> None:
    world = await begun(store, NAMES[0], collectors=(RDAP, WHOIS))
    await opened(store, world.org, WHOIS, world.now)
    await world.answer(RDAP, NAMES[0], Outcome.ERROR)
    await world.end(RDAP)
    step = await world.step()
    assert (step.state, list(step.left_out)) == ("FINISHED", [WHOIS])


async def test_jobs_that_are_ready_are_neither_hinted_nor_taken_nor_spent(store: Store) -> None:
    world = await waiting(store, (CRTSH, DNS))
    await opened(store, world.org, CRTSH, world.now, times=2)
    world.now += 30 * SECOND
    step = await world.step()
    assert {hint.collector for hint in step.hints} == {DNS}
    for lease in await ready(world, CRTSH):
        assert await take(world, lease.id) is None
    for lease in await ready(world, CRTSH):
        assert (lease.attempts, lease.state) == (0, "READY")
    assert (step.state, step.left_out) == ("RUNNING", {})


async def test_it_comes_back_by_itself_with_one_trial_at_a_time(store: Store) -> None:
    world = await waiting(store)
    await opened(store, world.org, CRTSH, world.now)
    assert (await world.step()).hints == []
    world.now += MINUTE
    assert await state(store, world, CRTSH) is HealthState.HALF_OPEN
    (hint,) = (await world.step()).hints
    assert (await world.step()).hints == [], "one was hinted just now"
    taken = await take(world, hint.lease)
    assert taken is not None
    others = [lease.id for lease in await ready(world, CRTSH)]
    assert len(others) == 2
    for lease in others:
        assert await take(world, lease) is None, "another one is tried"
    world.now += MINUTE
    assert (await world.step()).hints == []

    turn = await finish(world, hint.lease, taken, WORKS)

    assert turn == Turn(CRTSH, WELL)
    assert await state(store, world, CRTSH) is HealthState.CLOSED
    step = await world.step()
    assert {hint.lease for hint in step.hints} == set(others)
    for lease in others:
        assert await take(world, lease) is not None


async def test_of_many_who_come_at_once_one_has_the_trial(store: Store) -> None:
    world = await waiting(store)
    await opened(store, world.org, CRTSH, world.now)
    world.now += MINUTE
    leases = [lease.id for lease in await ready(world, CRTSH)]
    taken = await asyncio.gather(*(take(world, lease) for lease in leases))
    assert len([each for each in taken if each]) == 1


async def test_a_trial_that_fails_opens_it_for_longer(store: Store) -> None:
    world = await waiting(store)
    await opened(store, world.org, CRTSH, world.now)
    since = (await health_of(store, world.org, world.now))[CRTSH].since
    world.now += MINUTE
    lease = (await ready(world, CRTSH))[0].id
    taken = await take(world, lease)
    assert taken is not None
    turn = await finish(world, lease, taken, failing(Fault.RATE_LIMITED))
    assert turn is not None
    health = turn.health
    assert (health.failures, health.openings, health.fault) == (4, 2, Fault.RATE_LIMITED)
    assert (health.since, health.until) == (since, world.now + 2 * MINUTE)


@pytest.mark.parametrize("how", ["it says nothing", "its holder is gone", "its run is cancelled"])
async def test_a_trial_that_tells_nothing_makes_room_for_the_next(store: Store, how: str) -> None:
    world = await waiting(store)
    await opened(store, world.org, CRTSH, world.now)
    world.now += MINUTE
    first, second = [lease.id for lease in await ready(world, CRTSH)][:2]
    taken = await take(world, first)
    assert taken is not None
    assert await take(world, second) is None
    if how == "it says nothing":
        assert await finish(world, first, taken, NOTHING) is None
    elif how == "its holder is gone":
        world.now += 11 * MINUTE
    else:
        await store.execute(
            "MATCH (l:Lease {id: $id}) SET l.state = 'CANCELLED', l.fence = l.fence + 1",
            {"id": first},
        )
    assert await take(world, second) is not None


async def test_what_was_begun_before_it_opened_neither_closes_nor_lengthens_it(
    store: Store,
) -> None:
    world = await waiting(store)
    first, second = [lease.id for lease in await ready(world, CRTSH)][:2]
    early, late = await take(world, first), await take(world, second)
    assert early is not None
    assert late is not None
    await opened(store, world.org, CRTSH, world.now)
    before = await health_of(store, world.org, world.now)
    assert await finish(world, first, early, WORKS) is None
    assert await finish(world, second, late, SILENT) is None
    assert await health_of(store, world.org, world.now) == before


async def test_a_run_that_waits_only_for_what_comes_back_too_late_ends(store: Store) -> None:
    world = await waiting(store)
    await opened(store, world.org, CRTSH, world.now, times=5)
    step = await world.step()
    assert (step.state, step.jobs_open, step.jobs_failed) == ("FINISHED", 0, 0)
    assert step.left_out[CRTSH].startswith(HEARD)
    kept = await store.read(
        "MATCH (l:Lease {run: $run}) RETURN DISTINCT l.state AS state, l.reason AS reason, l.attempts AS attempts",
        {"run": world.run},
    )
    assert [dict(row) for row in kept] == [
        {"state": "CANCELLED", "reason": "not asked: its module does not work", "attempts": 0}
    ]


async def test_what_stands_in_is_asked_where_a_run_waits_no_longer(store: Store) -> None:
    world = await begun(store, NAMES[0], collectors=(RDAP, WHOIS))
    await opened(store, world.org, RDAP, world.now, times=5)
    step = await world.step()
    assert (step.state, [hint.collector for hint in step.hints]) == ("RUNNING", [WHOIS])
    await world.end(WHOIS)
    step = await world.step()
    assert (step.state, list(step.left_out)) == ("FINISHED", [RDAP])


async def test_a_run_waits_no_longer_than_its_own_time(store: Store) -> None:
    world = await begun(store, NAMES[0], collectors=(CRTSH,), budget={"minutes": 1})
    await opened(store, world.org, CRTSH, world.now, times=2)
    assert (await world.step()).state == "FINISHED"


async def test_organizations_do_not_influence_each_other(store: Store) -> None:
    mine, theirs = await waiting(store), await waiting(store)
    await opened(store, theirs.org, CRTSH, theirs.now)
    assert await health_of(store, mine.org, mine.now) == {}
    for lease in await ready(mine, CRTSH):
        assert await take(mine, lease.id) is not None
    for lease in await ready(theirs, CRTSH):
        assert await take(theirs, lease.id) is None


async def test_a_reset_closes_it_and_counts_nothing_of_before(store: Store) -> None:
    world, other = await waiting(store), organization()
    await opened(store, world.org, CRTSH, world.now, times=3)
    await opened(store, other, CRTSH, world.now)
    assert await breaker.reset(store, world.org, CRTSH) == Turn(CRTSH, WELL)
    assert await breaker.reset(store, world.org, CRTSH) is None
    assert await breaker.reset(store, world.org, DNS) is None
    assert await health_of(store, world.org, world.now) == {CRTSH: WELL}
    assert (await health_of(store, other, world.now))[CRTSH].until is not None
    world.now += MINUTE
    assert len((await world.step()).hints) == 3
    lease = (await ready(world, CRTSH))[0].id
    taken = await take(world, lease)
    assert taken is not None
    await finish(world, lease, taken, SILENT)
    assert (await health_of(store, world.org, world.now))[CRTSH].failures == 1


async def test_a_retry_of_what_is_open_ends_without_a_failure(store: Store) -> None:
    world = await begun(store, NAMES[0], collectors=(CRTSH,))
    await world.end(CRTSH, "FAILED", "its code is broken")
    assert (await world.step()).state == "FAILED"
    again = World(store, world.org, str(uuid.uuid4()), world.now, world.spec)
    params = run_acts.RetryParams(run=world.run, retry=again.run, jobs=None, by="me", at=world.now)
    await store.fetch(run_acts.UPSERT_RETRY.bind(params))
    await opened(store, world.org, CRTSH, world.now)
    step = await again.step()
    assert (step.state, list(step.left_out), step.reason) == ("FINISHED", [CRTSH], "")
