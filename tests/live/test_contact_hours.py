"""Runs that contact hosts at some hours only: what is asked meanwhile, what waits, and what that costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from collectors._kit.dialing import Endpoint
from collectors._kit.egress import direct_egress
from collectors._kit.resolvers import fixed
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.queries import job
from graph.store import Store
from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.lifecycle import RunState
from server.jobs.spec import ScopeRules
from server.vault.secrets import Secrets
from tests.live.test_planning import REGISTRY, World, begun
from tests.support.keys import MASTERS

SEED, ADDRESS = DomainName(name="heron.example"), IPAddress(address="192.0.2.7")
DAY = datetime(2026, 11, 30, 12, tzinfo=UTC)
NIGHT = DAY.replace(hour=22)
NIGHTLY = {"hours": ("22:00-06:00",)}


async def by_day(store: Store, *collectors: str, **more: Any) -> World:
    """A run that contacts hosts at night, at noon, before its first step."""
    more.setdefault("presets", ("deep",))
    world = await begun(store, SEED, collectors=collectors, scope=NIGHTLY, steps=0, **more)
    world.now = DAY
    return world


async def stored(store: Store, world: World) -> Any:
    (row,) = await store.read(
        "MATCH (r:Run {id: $run}) RETURN properties(r) AS r", {"run": world.run}
    )
    return row["r"]


async def test_by_day_only_those_are_asked_who_contact_no_hosts(store: Store) -> None:
    world = await by_day(store, "dns.resolve", "http.probe", "tcp.connect")
    assert [hint.collector for hint in (await world.step()).hints] == ["dns.resolve"]
    assert "idle_at" not in await stored(store, world), "it is at work"
    await world.found("dns.resolve", SEED, ResolvesTo(source=SEED, target=ADDRESS, rrtype="A"))
    step = await world.step()
    assert (step.state, step.hints, step.jobs_open) == (RunState.RUNNING, [], 2)
    world.now = NIGHT
    step = await world.step()
    assert {hint.collector for hint in step.hints} == {"http.probe", "tcp.connect"}
    assert "idle_at" not in await stored(store, world)


async def test_waiting_for_the_night_spends_no_minutes(store: Store) -> None:
    world = await by_day(store, "http.probe", budget={"minutes": 30})
    while world.now < NIGHT - timedelta(minutes=20):
        assert (await world.step()).state == RunState.RUNNING
        world.now += timedelta(minutes=15)
    world.now = NIGHT
    step = await world.step()
    assert len(step.hints) == 1
    assert (await stored(store, world))["paused_s"] == (NIGHT - DAY).total_seconds()
    world.now = NIGHT + timedelta(minutes=31)
    assert (await world.step()).reason == "the budget of 30 minutes is spent", "now they count"


async def test_a_pause_while_it_waits_counts_once(store: Store) -> None:
    world = await by_day(store, "http.probe", budget={"minutes": 30})
    await world.step()
    at = {"run": world.run, "at": DAY + timedelta(hours=1)}
    await store.execute("MATCH (r:Run {id: $run}) SET r.state = 'PAUSED', r.paused_at = $at", at)
    # As resume_run does, two hours later.
    await store.execute(
        "MATCH (r:Run {id: $run}) SET r.state = 'RUNNING', r.paused_s = coalesce(r.paused_s, 0.0) + 7200.0",
        {"run": world.run},
    )
    world.now = DAY + timedelta(hours=3)
    await world.step()
    waited = (await stored(store, world))["paused_s"]
    assert waited - 3 * 3600 < 5, "an hour idle, two paused"


async def test_a_run_without_hours_never_waits(store: Store) -> None:
    world = await begun(store, SEED, collectors=("http.probe",))
    assert len((await world.step()).hints) <= 1
    assert "idle_at" not in await stored(store, world)


async def test_a_job_that_reaches_its_worker_too_late_is_given_back(store: Store) -> None:
    now = datetime.now(UTC)
    closed = {"hours": (f"{now + timedelta(hours=2):%H}:00-{now + timedelta(hours=3):%H}:00",)}
    world = await begun(store, SEED, collectors=("http.probe",), steps=0)
    await world.step()
    spec = world.spec.model_copy(update={"scope": ScopeRules.model_validate(closed)})
    await store.execute(
        "MATCH (r:Run {id: $run}) SET r.spec = $spec",
        {"run": world.run, "spec": spec.model_dump_json()},
    )
    egress = direct_egress(fixed(Endpoint("127.0.0.1", 1)))
    params = job.RunParams(run=world.run)
    async with Writer(store) as writer:
        working = Collecting(store, writer, egress, REGISTRY, Secrets(store, MASTERS), "w", nobody)
        (lease,) = await store.fetch(job.LIST_LEASES.bind(params))
        assert await working.carry_out(lease.id) == "continued"
    (lease,) = await store.fetch(job.LIST_LEASES.bind(params))
    assert (lease.state, lease.attempts, lease.reason) == (
        "READY", 0, "its run contacts no hosts at this hour",
    )  # fmt: skip


async def nobody(_: str) -> None:
    """Nobody is told."""
