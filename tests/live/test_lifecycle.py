"""Runs paused, resumed and cancelled, on the real database: what stands still, what is kept, and who wins a race."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from graph.errors import Conflict, InvalidQuestion, MirageError, NotFound
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.queries import job
from graph.store import Store
from server.jobs.lifecycle import MOVING
from server.jobs.planning import advance
from server.jobs.queue import Hint, Queue
from server.jobs.scans import Runs
from server.jobs.spec import ScanSpec
from tests.live.test_planning import FREE, KNOWN, MANIFESTS, World, begun

ADDRESS = IPAddress(address="198.51.100.7")
RESOLVE = ("dns.resolve",)


def runs_of(world: World, queue: Queue, user: str = "ann") -> Runs:
    return Runs(world.store, queue, world.org, user, lambda: world.now)


async def leases(world: World) -> list[job.LeaseRow]:
    return await world.store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))


async def take(world: World, lease: str) -> job.TakenRow | None:
    params = job.TakeParams(lease=lease, worker="w", at=world.now, held_s=60)
    return await world.store.fetch_one(job.TAKE_LEASE.bind(params))


async def stored(world: World) -> dict[str, object]:
    query = "MATCH (r:Run {id: $run}) RETURN properties(r)"
    return dict(await world.store.read_single(query, {"run": world.run}))


async def is_looked_after(world: World) -> bool:
    """Whether a conductor that has just started would move the run on."""
    going_on = job.StatesParams(states=sorted(MOVING))
    rows = await world.store.fetch(job.LIST_OPEN_RUNS.bind(going_on))
    return world.run in {row.id for row in rows}


async def test_while_paused_nothing_is_handed_out_and_what_is_under_way_ends(
    store: Store, queue: Queue
) -> None:
    world = await begun(store, KNOWN, collectors=("dns.resolve", "dns.records"))
    under_way, ready = sorted(await leases(world), key=lambda each: each.collector, reverse=True)
    taken = await take(world, under_way.id)
    assert taken is not None
    assert await runs_of(world, queue).pause(world.run) == "PAUSED"
    world.now += timedelta(seconds=30)  # a hint would be repeated after 20
    step = await world.step()
    assert (step.state, step.hints) == ("PAUSED", [])
    assert await take(world, ready.id) is None
    assert not await is_looked_after(world)
    holding = job.RenewParams(lease=under_way.id, fence=taken.fence, held_s=540, at=world.now)
    assert await store.fetch(job.RENEW_LEASE.bind(holding)) != []
    fence = job.FinishParams(
        lease=under_way.id, fence=taken.fence, state="DONE", reason="", requests=3, at=world.now
    )
    assert await store.fetch(job.FINISH_LEASE.bind(fence)) != []
    assert (await world.step()).requests == 0, "it is followed once the run goes on"
    assert await runs_of(world, queue).resume(world.run) == "RUNNING"
    step = await world.step()
    assert (step.state, step.requests, step.jobs_done) == ("RUNNING", 3, 1)
    assert step.hints == [Hint(ready.id, ready.collector)], "what lay ready is hinted at once"
    await runs_of(world, queue).pause(world.run)
    await runs_of(world, queue).resume(world.run)
    assert (await world.step()).hints == [Hint(ready.id, ready.collector)], "again, a second later"
    assert await take(world, ready.id) is not None


async def test_a_job_whose_worker_died_meanwhile_is_taken_up_again(
    store: Store, queue: Queue
) -> None:
    world = await begun(store, KNOWN, collectors=RESOLVE)
    (lease,) = await leases(world)
    assert await take(world, lease.id)
    await runs_of(world, queue).pause(world.run)
    world.now += timedelta(minutes=5)
    await world.step()
    assert await take(world, lease.id) is None
    await runs_of(world, queue).resume(world.run)
    assert (await world.step()).hints == [Hint(lease.id, lease.collector, 2)], (
        "taken, then taken back"
    )
    assert await take(world, lease.id)


async def test_what_a_job_found_is_followed_after_the_pause(store: Store, queue: Queue) -> None:
    world = await begun(store, KNOWN, collectors=("dns.resolve", "tcp.connect"), presets=("deep",))
    await world.found("dns.resolve", KNOWN, ResolvesTo(source=KNOWN, target=ADDRESS, rrtype="A"))
    await runs_of(world, queue).pause(world.run)
    await world.step()
    assert "tcp.connect" not in await world.jobs()
    await runs_of(world, queue).resume(world.run)
    await world.step()
    assert (await world.jobs())["tcp.connect"] == {ADDRESS.key}


async def test_paused_time_is_not_taken_from_the_budget(store: Store, queue: Queue) -> None:
    world = await begun(store, KNOWN, collectors=RESOLVE, budget={"minutes": 10})
    for _ in range(2):
        world.now += timedelta(minutes=3)
        await runs_of(world, queue).pause(world.run)
        world.now += timedelta(hours=2)
        await runs_of(world, queue).resume(world.run)
        assert (await world.step()).state == "RUNNING"
    world.now += timedelta(minutes=5)
    step = await world.step()
    assert (step.state, step.reason) == ("FINISHED", "the budget of 10 minutes is spent")


async def test_a_run_that_is_paused_twice_stays_with_who_did_so_first(
    store: Store, queue: Queue
) -> None:
    world = await begun(store, KNOWN, collectors=RESOLVE)
    await runs_of(world, queue, "ann").pause(world.run)
    first = await stored(world)
    world.now += timedelta(minutes=1)
    assert await runs_of(world, queue, "bob").pause(world.run) == "PAUSED"
    assert await stored(world) == first
    assert first["paused_by"] == "ann"
    await runs_of(world, queue, "bob").resume(world.run)
    resumed = await stored(world)
    assert (resumed["resumed_by"], resumed["paused_s"]) == ("bob", 60.0)
    world.now += timedelta(minutes=1)
    assert await runs_of(world, queue, "ann").resume(world.run) == "RUNNING"
    assert await stored(world) == resumed


async def test_a_run_paused_before_its_start_begins_once_resumed(
    store: Store, queue: Queue
) -> None:
    world = await begun(store, KNOWN, collectors=RESOLVE, steps=0)
    await runs_of(world, queue).pause(world.run)
    world.now += timedelta(hours=3)
    assert (await world.step()).state == "PAUSED"
    assert await world.jobs() == {}
    await runs_of(world, queue).resume(world.run)
    assert (await world.step()).state == "RUNNING"
    assert await world.jobs() == {"dns.resolve": {KNOWN.key}}
    assert (await stored(world))["paused_s"] == 0.0, "it had not started"


async def test_a_paused_run_is_cancelled_at_once(store: Store, queue: Queue) -> None:
    world = await begun(store, KNOWN, FREE, collectors=("dns.resolve", "dns.records"))
    under_way, *_ = await leases(world)
    taken = await take(world, under_way.id)
    assert taken
    await runs_of(world, queue).pause(world.run)
    world.now += timedelta(seconds=90)
    assert await runs_of(world, queue).cancel(world.run) == "CANCELLED"
    found = await stored(world)
    assert (found["state"], found["paused_s"], found["jobs_open"]) == ("CANCELLED", 90.0, 0)
    late = job.FinishParams(
        lease=under_way.id, fence=taken.fence, state="DONE", reason="", requests=1, at=world.now
    )
    assert await store.fetch(job.FINISH_LEASE.bind(late)) == [], "its fence has moved on"
    assert await leases(world) == []
    with pytest.raises(Conflict, match=r"it was cancelled at .* UTC; `runAgain` starts another"):
        await runs_of(world, queue).resume(world.run)
    assert await runs_of(world, queue).cancel(world.run) == "CANCELLED"


async def test_what_belongs_to_others_is_not_there(store: Store, queue: Queue) -> None:
    world = await begun(store, KNOWN, collectors=RESOLVE)
    strange = Runs(store, queue, "another", "eve")
    for act in (strange.pause, strange.resume, strange.cancel):
        with pytest.raises(NotFound):
            await act(world.run)
    assert (await stored(world))["state"] == "RUNNING"


async def test_of_two_acts_at_once_one_wins(store: Store, queue: Queue) -> None:
    """A run's last step against a pause: it is over and the pause is refused, or it is paused and no longer over."""
    ends = set()
    for number in range(12):
        name = DomainName(name=f"race{number}.example")
        world = await begun(store, name, collectors=RESOLVE)
        await world.end("dns.resolve")

        async def pause(world: World = world) -> str:
            try:
                return await runs_of(world, queue).pause(world.run)
            except Conflict as refused:
                return str(refused)

        acts = [pause(), advance(store, world.run, MANIFESTS, world.now)]
        told = await asyncio.gather(*(acts if number % 2 else reversed(acts)))
        paused = next(each for each in told if isinstance(each, str))
        state = (await stored(world))["state"]
        ends.add(state)
        assert (state, paused[:17]) in [
            ("PAUSED", "PAUSED"), ("FINISHED", "the run has ended"),
        ]  # fmt: skip
    assert ends <= {"PAUSED", "FINISHED"}


async def test_whatever_else_happens_at_once_a_cancelled_run_stays_cancelled(
    store: Store, queue: Queue
) -> None:
    for number in range(6):
        world = await begun(store, DomainName(name=f"end{number}.example"), collectors=RESOLVE)
        who = runs_of(world, queue)

        async def step(world: World = world) -> object:
            return await advance(store, world.run, MANIFESTS, world.now)

        acts = [who.pause(world.run), who.cancel(world.run), who.resume(world.run), step()]
        told = await asyncio.gather(
            *acts[number % 4 :], *acts[: number % 4], return_exceptions=True
        )
        faults = [each for each in told if isinstance(each, BaseException)]
        assert [each for each in faults if not isinstance(each, Conflict)] == []
        assert all(isinstance(each, MirageError) for each in faults)
        assert (await stored(world))["state"] == "CANCELLED"
        assert await leases(world) == []


async def test_a_raised_budget_lets_a_run_go_on_with_what_had_no_room(
    store: Store, queue: Queue
) -> None:
    names = [DomainName(name=f"n{number}.example") for number in range(5)]
    world = await begun(store, *names, collectors=RESOLVE, budget={"entities": 2})
    first = set((await world.jobs())["dns.resolve"])
    assert len(first) == 2
    found = await stored(world)
    assert (found["reached"], found["reason"]) == (2, "the budget of 2 entities is spent")
    await runs_of(world, queue).change_budget(world.run, {"entities": 4})
    assert (await stored(world)).get("reason") is None
    step = await world.step()
    second = (await world.jobs())["dns.resolve"]
    assert (step.reached, len(second), second > first) == (4, 4, True)
    assert step.reason == "the budget of 4 entities is spent", "one has still no room"
    await runs_of(world, queue).change_budget(world.run, {"entities": 90})
    step = await world.step()
    assert (step.reached, step.reason) == (5, "")
    assert (await world.jobs())["dns.resolve"] == {name.key for name in names}
    await world.end("dns.resolve")
    assert (await world.step()).state == "FINISHED"


@pytest.mark.parametrize(("kind", "spent"), [("entities", 3), ("requests", 2), ("minutes", 5)])
async def test_a_budget_lowered_below_what_is_spent_ends_the_run(
    store: Store, queue: Queue, kind: str, spent: int
) -> None:
    names = [DomainName(name=f"low{number}.example") for number in range(3)]
    world = await begun(store, *names, collectors=("dns.resolve", "dns.records"))
    await world.end("dns.resolve")
    world.now += timedelta(minutes=6)
    assert (await world.step()).state == "RUNNING"
    await runs_of(world, queue).change_budget(world.run, {kind: 1})
    step = await world.step()
    assert (step.state, step.reason) == ("FINISHED", f"the budget of 1 {kind} is spent")
    assert step.jobs_open == 0
    assert await leases(world) == []
    with pytest.raises(Conflict, match=r"it finished at .*larger budget"):
        await runs_of(world, queue).change_budget(world.run, {kind: spent + 1_000})


async def test_a_raised_budget_keeps_a_run_from_ending(store: Store, queue: Queue) -> None:
    world = await begun(store, KNOWN, collectors=RESOLVE, budget={"minutes": 1})
    world.now += timedelta(minutes=5)
    await runs_of(world, queue).change_budget(world.run, {"minutes": 30})
    assert (await world.step()).state == "RUNNING"
    assert len(await leases(world)) == 1


async def test_a_budget_may_be_changed_while_paused_but_not_by_others_or_out_of_bounds(
    store: Store, queue: Queue
) -> None:
    world = await begun(store, KNOWN, collectors=RESOLVE)
    who = runs_of(world, queue)
    await who.pause(world.run)
    await who.change_budget(world.run, {"requests": 7})
    spec = ScanSpec.model_validate_json(str((await stored(world))["spec"]))
    assert (spec.budget.requests, spec.budget.minutes) == (7, 60)
    with pytest.raises(NotFound):
        await Runs(store, queue, "another", "eve").change_budget(world.run, {"requests": 9})
    with pytest.raises(InvalidQuestion, match=r"budget.minutes: .* greater than or equal to 1"):
        await who.change_budget(world.run, {"minutes": 0})
    with pytest.raises(InvalidQuestion, match="name at least one of"):
        await who.change_budget(world.run, {})
    after = ScanSpec.model_validate_json(str((await stored(world))["spec"]))
    assert after == spec
