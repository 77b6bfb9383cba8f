"""Schedules on the real database: one run for a moment, whoever looks and whatever dies; what is told of the rest."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from graph.queries.catalog import Bound, Row
from graph.store import Store, Transaction
from server.audit.journal import Audit
from server.jobs import scans
from server.jobs.queue import Queue
from server.jobs.scans import Started
from server.jobs.spec import ScanSpec
from server.scheduling.deciding import MissedRunPolicy, OverlapPolicy
from server.scheduling.firing import Fired, Firing, run_id
from server.scheduling.schedules import Schedules, Wanted, id_of
from server.scheduling.timing import Timing
from tests.support.keys import keyring

T = TypeVar("T")
R = TypeVar("R", bound=Row)

NOON = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)
SET_AT = NOON - timedelta(minutes=20)
HOUR = timedelta(hours=1)
HOURLY = Wanted("0 * * * *")

MEMBER = """
CREATE (u:User {id: $user, email: $user + '@users.example', created_at: datetime()})
CREATE (o:Organization {id: $org, name: 'Herons', created_at: datetime()})
CREATE (u)-[:HAS_MEMBERSHIP]->(m:Membership {id: $user, org: $org, user: $user, role: 'ANALYST', clearance: 'RED'})
SET m.created_at = datetime()
CREATE (m)-[:IN]->(o)
"""


@dataclass
class World:
    """A scan with a schedule that Ann set, and a first run that has ended."""

    store: Store
    queue: Queue
    org: str
    user: str
    scan: str

    @property
    def schedule(self) -> str:
        return id_of(self.org, self.scan)

    async def set(self, wanted: Wanted, now: datetime = SET_AT) -> None:
        await Schedules(self.store, self.org, self.user, now).set(self.scan, wanted)

    async def fire(self, now: datetime, store: Store | None = None) -> Fired | None:
        firing = Firing(store or self.store, self.queue, keyring(), now=now)
        return await firing.fire(self.org, self.scan)

    async def outcomes(self, now: datetime) -> list[str]:
        fired = await self.fire(now)
        return [each.outcome.value for each in fired.told] if fired else []

    async def stored(self) -> dict[str, Any]:
        query = "MATCH (x:Schedule {id: $id}) RETURN properties(x)"
        found = await self.store.read_single(query, {"id": self.schedule})
        return dict(found or {})

    async def runs(self) -> dict[str, str]:
        """The runs of the schedule and their states, by their moments."""
        query = """MATCH (:Scan {id: $scan})-[:RAN]->(r:Run) WHERE r.schedule IS NOT NULL
                   RETURN toString(r.planned_for) AS moment, r.state AS state ORDER BY moment"""
        rows = await self.store.read(query, {"scan": self.scan})
        found = {row["moment"][:16]: row["state"] for row in rows}
        assert len(found) == len(rows)
        return found

    async def end_runs(self) -> None:
        query = "MATCH (:Scan {id: $scan})-[:RAN]->(r:Run) SET r.state = 'FINISHED', r.ended_at = r.created_at"
        await self.store.execute(query, {"scan": self.scan})


async def world_of(store: Store, queue: Queue, spec: ScanSpec | None = None) -> World:
    org, user, scan = (str(uuid.uuid4()) for _ in range(3))
    await store.execute(MEMBER, {"org": org, "user": user})
    spec = spec or ScanSpec(seeds=("heron.example",), presets=("passive",))
    await scans.start(store, queue, org, user, spec, Started(scan, str(uuid.uuid4())))
    world = World(store, queue, org, user, scan)
    await world.end_runs()
    return world


@pytest.fixture
async def world(store: Store, queue: Queue) -> World:
    return await world_of(store, queue)


async def test_a_moment_makes_one_run_and_the_schedule_moves_on(world: World) -> None:
    await world.set(HOURLY)
    assert await world.fire(NOON - timedelta(milliseconds=1)) is None, "never early"
    assert await world.outcomes(NOON + timedelta(seconds=3)) == ["STARTED"]
    assert await world.runs() == {"2031-03-01T12:00": "ACCEPTED"}
    stored = await world.stored()
    assert stored["next_at"].to_native() == NOON + HOUR
    assert stored["last_fired_at"].to_native() == NOON + timedelta(seconds=3)
    assert stored["told_runs"] == [run_id(world.schedule, NOON)]
    assert await world.fire(NOON + timedelta(seconds=3)) is None, "never twice"
    assert await world.fire(NOON - timedelta(days=9)) is None, "also where the clock is set back"
    query = "MATCH (r:Run {id: $id}) RETURN r.started_by + ' ' + r.org"
    made = await world.store.read_single(query, {"id": run_id(world.schedule, NOON)})
    assert made == f"{world.user} {world.org}"


async def test_conductors_that_fire_at_once_make_one_run(world: World) -> None:
    await world.set(HOURLY)
    fired = await asyncio.gather(*(world.fire(NOON) for _ in range(8)))
    assert sum(each is not None for each in fired) == 1
    assert await world.runs() == {"2031-03-01T12:00": "ACCEPTED"}
    assert (await world.stored())["told_outcomes"] == ["STARTED"]


class Killed(Exception):
    """The process dies here."""


@dataclass
class Dying:
    """A store whose process dies before the statement with this number, or with the last one done but not committed."""

    store: Store
    before: int
    done: int = 0

    async def fetch(self, query: Bound[R]) -> list[R]:
        return await self.store.fetch(query)

    async def transact(
        self, work: Callable[[Transaction], Awaitable[T]]
    ) -> tuple[T, tuple[str, ...]]:
        async def dying(tx: Transaction) -> T:
            fetch = tx.fetch

            async def counted(query: Bound[R]) -> list[R]:
                self.done += 1
                if self.done >= self.before:
                    raise Killed
                return await fetch(query)

            tx.fetch = counted  # type: ignore[assignment,method-assign]
            found = await work(tx)
            if self.done < self.before:
                raise Killed
            return found

        return await self.store.transact(dying)


@pytest.mark.parametrize("before", range(1, 8))
async def test_killed_between_any_two_writes_it_is_wholly_done_once(
    world: World, before: int
) -> None:
    await world.set(replace(HOURLY, overlap=OverlapPolicy.CANCEL_RUNNING))
    spec = ScanSpec(seeds=("heron.example",), presets=("passive",))
    under_way = Started(world.scan, str(uuid.uuid4()))
    await scans.start(world.store, world.queue, world.org, world.user, spec, under_way)
    dying = Dying(world.store, before)
    with pytest.raises(Killed):
        await world.fire(NOON, dying)  # type: ignore[arg-type]
    assert before == 1 or dying.done > 0
    assert await world.runs() == {}
    stored = await world.stored()
    assert stored["next_at"].to_native() == NOON
    assert stored.get("told_outcomes", []) == []
    assert await world.outcomes(NOON + timedelta(seconds=9)) == ["STARTED"]
    assert await world.runs() == {"2031-03-01T12:00": "ACCEPTED"}
    query = "MATCH (r:Run {id: $id}) RETURN r.state"
    assert await world.store.read_single(query, {"id": under_way.run}) == "CANCELLED"
    assert await world.fire(NOON + timedelta(seconds=20)) is None


async def test_what_is_due_is_found_and_nothing_else(
    world: World, store: Store, queue: Queue
) -> None:
    later = await world_of(store, queue)
    await world.set(HOURLY)
    await later.set(Wanted("30 * * * *"))
    now = NOON + timedelta(seconds=1)
    fired = await Firing(store, queue, keyring(), now=now).fire_due()
    ours = [each for each in fired if each.org in (world.org, later.org)]
    assert [(each.scan, each.run) for each in ours] == [(world.scan, run_id(world.schedule, NOON))]


async def test_without_a_time_the_databases_is_taken(world: World) -> None:
    await Schedules(world.store, world.org, world.user).set(world.scan, Wanted("* * * * *"))
    stored = await world.stored()
    now = await world.store.read_single("RETURN datetime.realtime()")
    ahead = (stored["next_at"].to_native() - now.to_native()).total_seconds()
    assert 0 < ahead <= 60
    assert await Firing(world.store, world.queue, keyring()).fire(world.org, world.scan) is None


async def test_what_waits_begins_when_the_earlier_run_has_ended(world: World) -> None:
    await world.set(replace(HOURLY, overlap=OverlapPolicy.QUEUE))
    assert await world.outcomes(NOON) == ["STARTED"]
    assert await world.outcomes(NOON + HOUR) == ["QUEUED"]
    assert await world.outcomes(NOON + 2 * HOUR) == ["OVERLAPPED"]
    firing = Firing(world.store, world.queue, keyring(), now=NOON + 2.5 * HOUR)
    assert world.org not in {each.org for each in await firing.fire_due()}
    await world.end_runs()
    ours = [each for each in await firing.fire_due() if each.org == world.org]
    assert [told.outcome for each in ours for told in each.told] == ["STARTED_LATE"]
    assert list(await world.runs()) == ["2031-03-01T12:00", "2031-03-01T13:00"]
    told = (await world.stored())["told_outcomes"]
    assert told == ["STARTED_LATE", "OVERLAPPED", "QUEUED", "STARTED"]


async def test_the_running_one_is_cancelled_where_that_is_wanted(world: World) -> None:
    await world.set(replace(HOURLY, overlap=OverlapPolicy.CANCEL_RUNNING))
    await world.outcomes(NOON)
    fired = await world.fire(NOON + HOUR)
    assert fired is not None
    assert list(fired.cancelled) == [run_id(world.schedule, NOON)]
    assert await world.runs() == {
        "2031-03-01T12:00": "CANCELLED",
        "2031-03-01T13:00": "ACCEPTED",
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("MATCH (o:Organization {id: $org}) SET o.suspended_at = datetime()", "the organization is suspended"),
        ("MATCH (m:Membership {org: $org}) DETACH DELETE m", "who set the schedule does not belong"),
        ("MATCH (m:Membership {org: $org}) SET m.suspended_at = datetime()", "who set the schedule does not belong"),
        ("MATCH (u:User {id: $user}) SET u.suspended_at = datetime()", "who set the schedule does not belong"),
        ("MATCH (m:Membership {org: $org}) SET m.role = 'VIEWER'", "a scan needs the permission RUN_SCANS"),
        ("MATCH (s:Scan {id: $scan}) SET s.spec = replace(s.spec, '\"minutes\":60', '\"minutes\":0')",
         "budget.minutes: Input should be greater than or equal to 1"),
        ("MATCH (s:Scan {id: $scan}) SET s.spec = replace(s.spec, '\"passive\"', '\"deep\"')",
         "preset DEEP needs the permission RUN_INTRUSIVE_SCANS"),
        ("MATCH (x:Schedule {scan: $scan}) SET x.timezone = 'Old/Place'", "there is no time zone 'Old/Place'"),
    ],
)  # fmt: skip
async def test_a_refusal_is_kept_and_the_next_moment_is_tried_again(
    world: World, change: str, said: str
) -> None:
    await world.set(HOURLY)
    await world.store.execute(change, {"org": world.org, "user": world.user, "scan": world.scan})
    assert await world.outcomes(NOON) == ["REFUSED"]
    stored = await world.stored()
    assert said in stored["told_reasons"][0]
    assert stored["told_runs"] == [""]
    assert "last_fired_at" not in stored
    assert await world.runs() == {}
    if "Old/Place" not in said:
        assert stored["next_at"].to_native() == NOON + HOUR


async def test_a_missed_moment_runs_once_late_within_its_grace(world: World) -> None:
    wanted = replace(HOURLY, missed=MissedRunPolicy.RUN_ONCE, grace_s=1_800)
    await world.set(wanted)
    assert await world.outcomes(NOON + 3 * HOUR + timedelta(minutes=29)) == [
        "MISSED",
        "STARTED_LATE",
    ]
    assert list(await world.runs()) == ["2031-03-01T15:00"]
    assert await world.outcomes(NOON + 4 * HOUR + timedelta(minutes=31)) == ["MISSED"]


async def test_only_the_last_outcomes_are_kept(world: World) -> None:
    await world.set(HOURLY)
    for hour in range(23):
        await world.outcomes(NOON + hour * HOUR)
    stored = await world.stored()
    assert [len(stored[name]) for name in stored if name.startswith("told_")] == [20] * 5
    assert stored["told_for"][0].to_native() == NOON + 22 * HOUR


async def test_setting_it_again_makes_no_second_run_and_loses_no_moment(world: World) -> None:
    late = NOON + timedelta(seconds=60)
    jitter = next(
        each
        for each in range(1_800, 1_700, -1)
        if Timing(world.schedule, "0 * * * *", "UTC", each).moment(NOON).begins_at > late
    )
    spread = replace(HOURLY, jitter_s=jitter)
    await world.set(spread)
    delayed = (await world.stored())["next_at"].to_native()
    assert delayed > late
    between = NOON + timedelta(seconds=30)
    await world.set(spread, between)
    assert (await world.stored())["next_at"].to_native() == delayed
    await world.set(HOURLY, between)
    assert (await world.stored())["next_at"].to_native() == between
    assert await world.outcomes(between) == ["STARTED"], "with less jitter it is not late"
    await world.end_runs()
    await world.set(replace(HOURLY, cron="*/30 * * * *"), NOON - timedelta(minutes=1))
    assert await world.outcomes(NOON) == ["DROPPED"], "the clock was set back"
    await Schedules(world.store, world.org, world.user).remove(world.scan)
    await world.set(HOURLY, NOON - timedelta(minutes=1))
    assert await world.outcomes(NOON) == ["DROPPED"]
    assert await world.runs() == {"2031-03-01T12:00": "FINISHED"}


async def test_disabled_it_fires_nothing_and_drops_what_waits(world: World) -> None:
    await world.set(replace(HOURLY, overlap=OverlapPolicy.QUEUE))
    await world.outcomes(NOON)
    await world.outcomes(NOON + HOUR)
    await world.set(replace(HOURLY, is_enabled=False), NOON + 1.1 * HOUR)
    stored = await world.stored()
    assert stored["told_outcomes"] == ["DROPPED", "QUEUED", "STARTED"]
    assert not {"next_at", "due_at", "queued_for"} & set(stored)
    await world.end_runs()
    assert await world.fire(NOON + 5 * HOUR) is None
    await world.set(HOURLY, NOON + 9.5 * HOUR)
    assert (await world.stored())["next_at"].to_native() == NOON + 10 * HOUR, (
        "none of them is missed"
    )


async def test_removed_it_is_gone_and_its_runs_stay(world: World) -> None:
    await world.set(HOURLY)
    await world.outcomes(NOON)
    schedules = Schedules(world.store, world.org, world.user)
    assert not await Schedules(world.store, "other", world.user).remove(world.scan)
    assert await schedules.remove(world.scan)
    assert not await schedules.remove(world.scan)
    assert await world.stored() == {}
    assert await world.fire(NOON + HOUR) is None
    assert len(await world.runs()) == 1


async def test_what_became_of_a_moment_is_in_the_audit_once(world: World, audit: Audit) -> None:
    await world.set(HOURLY)
    firing = Firing(world.store, world.queue, keyring(), audit, NOON)
    fired = await firing.fire(world.org, world.scan)
    assert fired is not None
    await firing._tell(fired)
    query = "MATCH (e:AuditEvent {org: $org}) RETURN e.action AS action, e.subject AS subject, e.details AS details"
    (row,) = await world.store.read(query, {"org": world.org})
    assert (row["action"], row["subject"]) == ("schedule.fire", world.schedule)
    assert fired.run in row["details"]
