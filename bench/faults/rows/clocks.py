"""Rows about clocks that tell a wrong time."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import httpx

from bench.faults import load, scanning
from bench.faults.client import Client
from bench.faults.clocks import Clock, wrong
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import APIS, COLLECTORS, CONDUCTOR, World
from server.auth.passwords import USUAL

SCAN = scanning.Workload(60)
OFF_S = 600.0
LEEWAY_S = 30.0  # of access tokens (docs/sign-in.md)
PASSWORD = "tern-colony-on-the-shingle"  # noqa: S105 - of somebody who exists for one injection
LATE = timedelta(seconds=30)  # conductors look every five seconds, and one of them is replaced

_SCHEDULED = """
mutation Start { startScan(input: {seeds: ["orrery-labs.example"], collectors: ["dns.resolve"]}) {
  run { id scan { id } } errors { message } } }
"""
_SCHEDULE = """
mutation Every($scan: ID!) {
  setSchedule(scan: $scan, input: {cron: "* * * * *", overlapPolicy: QUEUE, missedRunPolicy: RUN_ONCE}) {
    schedule { id } errors { message } } }
"""
_PLANNED = """
MATCH (r:Run {scan: $scan}) WHERE r.planned_for IS NOT NULL
RETURN r.planned_for AS planned, r.created_at AS began ORDER BY planned
"""
_NOW = "RETURN datetime.realtime() AS now"
_PERSON = "MATCH (u:User {id: $user}) SET u.password = $hash RETURN u.email AS email"
_OWNER = "MATCH (u:User)-[:HAS_MEMBERSHIP]->(:Membership {org: $org}) RETURN u.id"


@dataclass(frozen=True)
class Schedule:
    """A scan of every minute, and since when."""

    scan: str
    since: datetime


class WrongClocks(Row):
    """One process at a time ten minutes fast or slow, then a jump to the other side, while a scan is carried out."""

    number = 14
    goal = Goal(
        "no job taken twice; each moment of a schedule once, not early, not over 30 s late; tokens by their leeway"
    )
    workload = SCAN
    limit_s = 900.0
    kinds: ClassVar[tuple[str, ...]] = (APIS[1], CONDUCTOR, COLLECTORS[0])

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """An API, the conductor and a collector by turns, in an order that the dice choose."""
        _, asking = await world.caller()
        scheduled = await self._schedule(world, Client(asking.ports, asking.key))
        outcomes: list[Outcome] = []
        order = dice.sample(self.kinds, len(self.kinds))
        for name in order:
            if outcomes:
                await world.begin()
            outcomes.append(await self._once(world, name, dice))
        broken = await self._moments(world, scheduled)
        return Outcome(
            tuple(each for one in outcomes for each in one.lost),
            tuple(each for one in outcomes for each in one.doubled),
            broken=tuple(each for one in outcomes for each in one.broken) + broken,
            note="; ".join(one.note for one in outcomes),
        )

    async def _once(self, world: World, name: str, dice: random.Random) -> Outcome:
        off_s = dice.choice((-OFF_S, OFF_S))
        role = name.partition("-")[0]
        broken: tuple[str, ...] = ()
        async with wrong(world.keeper, world.role(name, role), off_s) as clock:
            asked = Client([world.ports[name]], world.client.key) if role == "api" else None
            began = time.monotonic()
            async with load.acting(world) as acts:
                run = await scanning.start(world, SCAN, asked)
                await scanning.under_way(world, run)
                await scanning.moment(dice, 3)
                clock.become(-off_s)
                broken += await scanning.ended(world, run)
            took = time.monotonic() - began
            broken += await scanning.taken_again(world, run)
            broken += await acts.answered_otherwise()
            broken += load.final(acts.client.replies)
            if asked is not None:
                broken += await self._tokens(world, name, clock)
                await asked.aclose()
        return Outcome.of(
            await scanning.compared(world, SCAN), await acts.balance(), await scanning.runs_lost(world),
            broken=tuple(f"{name}: {each}" for each in broken),
            note=f"{name} {off_s:+g} s and then {-off_s:+g} s: {took:.0f} s, {len(acts.answers)} notes",
        )  # fmt: skip

    async def _schedule(self, world: World, client: Client) -> Schedule:
        began = await client.do(_SCHEDULED, {}, str(uuid.uuid4()))
        scan = str(began["startScan"]["run"]["scan"]["id"])
        told = await client.do(_SCHEDULE, {"scan": scan}, str(uuid.uuid4()))
        if told["setSchedule"]["errors"]:
            raise RuntimeError(f"setSchedule: {told['setSchedule']['errors']}")
        since = (await world.store.read(_NOW))[0]["now"].to_native()
        await client.aclose()
        return Schedule(scan, since)

    async def _moments(self, world: World, scheduled: Schedule) -> tuple[str, ...]:
        """What of the schedule's moments is missing, twice there, early or late, by the database's clock."""
        await asyncio.sleep(LATE.total_seconds())
        now = (await world.store.read(_NOW))[0]["now"].to_native()
        rows = await world.store.read(_PLANNED, {"scan": scheduled.scan})
        runs = [(row["planned"].to_native(), row["began"].to_native()) for row in rows]
        begins = [planned for planned, _ in runs]
        broken = [f"two runs of the moment {at}" for at in set(begins) if begins.count(at) > 1]
        minute = scheduled.since.replace(second=0, microsecond=0) + timedelta(minutes=1)
        while minute < now - LATE:
            if minute not in begins:
                broken.append(f"no run of the moment {minute}")
            minute += timedelta(minutes=1)
        for planned, began in runs:
            if began < planned:
                broken.append(f"the run of {planned} began at {began}")
            if began > planned + LATE:
                broken.append(f"the run of {planned} began {began - planned} late")
        return tuple(broken) if runs else ("the schedule began no run",)

    async def _tokens(self, world: World, name: str, clock: Clock) -> tuple[str, ...]:
        """Whether tokens of an API whose clock jumps are good within the leeway, and refused with a code beyond."""
        user = await world.store.read_single(_OWNER, {"org": world.org})
        given = {"user": user, "hash": USUAL.hash(PASSWORD)}
        email = (await world.store.execute(_PERSON, given))[0]["email"]
        broken = []
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{world.ports[name]}", timeout=10, trust_env=False
        ) as http:
            for off_s, is_good in (
                (OFF_S, True),
                (OFF_S - LEEWAY_S + 5, True),
                (OFF_S - LEEWAY_S - 5, False),
                (-OFF_S, False),
            ):
                # A token of its own each time: one that was good is believed for some seconds more.
                clock.become(OFF_S)
                person = {"email": email, "password": PASSWORD}
                signed = await http.post("/auth/sign-in", json=person)
                if signed.status_code != httpx.codes.OK:
                    return (f"signing in by a fast clock is answered {signed.status_code}",)
                token = signed.json()["accessToken"]
                clock.become(off_s)
                answer = await http.post(
                    "/graphql",
                    json={"query": "{ me { role } }"},
                    headers={"Authorization": f"Bearer {token}"},
                )
                wanted = httpx.codes.OK if is_good else httpx.codes.UNAUTHORIZED
                if answer.status_code != wanted:
                    broken.append(f"a token {OFF_S - off_s:g} s early: {answer.status_code}")
        return tuple(broken)
