"""A collector's hold on a job: lost, given back, failed, and taken up again behind what is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from collectors._kit.base import DnsRequest, DnsResponse, Request
from collectors._kit.dialing import Endpoint
from collectors._kit.egress import Asker, Egress, direct_egress
from collectors._kit.manifest import Rate
from collectors._kit.pages import Exchange
from collectors._kit.registry import Listed, Registry
from collectors._kit.resolvers import fixed
from graph.errors import StorageFull, StoreUnavailable
from graph.model.network import DomainName
from graph.queries import job
from graph.store import Store
from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.isolation import Isolation
from server.jobs.planning import MOST_ATTEMPTS, advance
from server.jobs.queue import Hint
from server.vault.secrets import Secrets
from tests.live.test_planning import MANIFESTS, REGISTRY, World, begun
from tests.support.keys import MASTERS
from tests.support.skewing import skew
from tests.support.waiting import eventually

LONG_AFTER = datetime.now(UTC) + timedelta(days=1)  # when nobody has renewed anything
NAMES = [DomainName(name=f"n{number}.example") for number in range(4)]
TAKEN_OVER = {"state": "TAKEN", "worker": "other", "attempts": 2, "reason": None}


class Answering(Egress):
    """Says of names that they do not exist, and nothing at all from the name on of this number."""

    asked: dict[str, None]  # in order
    waits_at: int

    async def fetch(self, request: Request, asker: Asker) -> Exchange:  # noqa: ARG002
        asked = cast(DnsRequest, request)
        self.asked.setdefault(asked.name)
        if len(self.asked) > self.waits_at:
            await asyncio.Event().wait()
        return Exchange(DnsResponse(asked, "NXDOMAIN"), None)


def egress(waits_at: int = len(NAMES), sort: type[Answering] = Answering) -> Answering:
    found = sort(direct_egress(fixed(Endpoint("127.0.0.1", 1))).channels)
    found.asked, found.waits_at = {}, waits_at
    return found


def one_at_a_time() -> Registry:
    """`dns.resolve` as it is, but looking at one name after another."""
    narrow = MANIFESTS["dns.resolve"].model_copy(update={"rate": Rate(concurrency=1)})
    listed = Listed(narrow, REGISTRY.get("dns.resolve").source)
    return replace(REGISTRY, collectors={"dns.resolve": listed})


class Work:
    """A job of one run, and workers that have a go at it."""

    def __init__(self, store: Store, writer: Writer, world: World, lease: str) -> None:
        self.store, self.writer, self.world, self.lease = store, writer, world, lease
        self.moved: list[str] = []

    async def go(self, worker: str, way_out: Egress, isolation: Isolation | None = None) -> str:
        async def move(run: str) -> None:
            self.moved.append(run)

        secrets = Secrets(self.store, MASTERS)
        working = Collecting(
            self.store, self.writer, way_out, one_at_a_time(), secrets, worker, move, isolation
        )
        return await working.carry_out(self.lease)

    async def take(self, at: datetime) -> bool:
        """Whether another worker that comes at this moment gets the job."""
        taking = job.TakeParams(lease=self.lease, worker="other", at=at, held_s=3600)
        return await self.store.fetch_one(job.TAKE_LEASE.bind(taking)) is not None

    async def hinted(self) -> list[Hint]:
        """What a conductor hints that comes now."""
        step = await advance(self.store, self.world.run, MANIFESTS)
        assert step is not None
        return step.hints

    async def held_until(self) -> datetime:
        """The end of the holder's term."""
        found = await self.store.read_single(
            "MATCH (l:Lease {id: $id}) RETURN l.expires_at", {"id": self.lease}
        )
        moment: datetime = found.to_native()
        return moment.astimezone(UTC)

    async def stands(self) -> dict[str, object]:
        return dict(
            await self.store.read_single(
                "MATCH (l:Lease {id: $id}) RETURN l {.state, .worker, .attempts, .reason}",
                {"id": self.lease},
            )
        )

    async def observed(self) -> list[str]:
        """The names that the collector's answers are about, sorted."""
        rows = await self.store.read(
            "MATCH (o:Observation {run: $run, collector: 'dns.resolve'})-[:OF]->(n:Entity) "
            "RETURN DISTINCT n.key AS key ORDER BY key",
            {"run": self.world.run},
        )
        return [row["key"] for row in rows]


@asynccontextmanager
async def work(store: Store, **more: Any) -> AsyncIterator[Work]:
    world = await begun(store, *NAMES, collectors=("dns.resolve",), **more)
    (lease,) = await store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))
    async with Writer(store) as writer:
        yield Work(store, writer, world, lease.id)


async def holding(it: Work, worker: str, way_out: Answering) -> asyncio.Task[str]:
    """A worker at the job, once it asks about the name at which it gets no answer."""
    going = asyncio.create_task(it.go(worker, way_out))

    async def has_come_there() -> bool:
        assert not going.done(), going.result()
        return len(way_out.asked) > way_out.waits_at

    await eventually(has_come_there)
    return going


async def stop(going: asyncio.Task[str]) -> None:
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going


async def test_a_job_is_nobody_elses_while_it_is_held(store: Store) -> None:
    async with work(store) as it:
        first, second = egress(waits_at=0), egress()
        going = await holding(it, "first", first)

        assert await it.go("second", second) == "gone"

        assert second.asked == {}
        assert (await it.stands())["worker"] == "first"
        await stop(going)


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_a_clock_that_is_wrong_takes_nothing_from_others_and_gives_nothing_away(
    store: Store, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    async with work(store) as it:
        going = await holding(it, "right", egress(waits_at=0))
        with monkeypatch.context() as wrong:
            skew(wrong, timedelta(minutes=minutes))
            assert await it.go("wrong", egress()) == "gone"
            assert await it.hinted() == []
        assert (await it.stands())["worker"] == "right"
        await stop(going)

        with monkeypatch.context() as wrong:
            skew(wrong, timedelta(minutes=minutes))
            going = await holding(it, "wrong", egress(waits_at=0))
        assert await it.go("right", egress()) == "gone"
        assert await it.hinted() == []
        assert (await it.stands())["worker"] == "wrong"
        await stop(going)


async def test_whoever_notices_that_the_hold_is_lost_stops_and_writes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.jobs.collecting.RENEWED_EVERY_S", 0.05)
    async with work(store) as it:
        going = await holding(it, "slow", egress(waits_at=1))
        assert await it.take(LONG_AFTER)

        assert await asyncio.wait_for(going, 20) == "gone"

        assert await it.observed() == []
        assert await it.stands() == TAKEN_OVER
        assert it.moved == []


async def test_whoever_does_not_notice_cannot_write(store: Store) -> None:
    async with work(store) as it:

        class Overtaken(Answering):
            """The job is taken over while it asks."""

            async def fetch(self, request: Request, asker: Asker) -> Exchange:
                await it.take(LONG_AFTER)
                return await super().fetch(request, asker)

        way_out = egress(sort=Overtaken)

        assert await it.go("slow", way_out) == "gone"

        assert set(way_out.asked) == {name.key for name in NAMES}
        assert await it.observed() == []
        assert await it.stands() == TAKEN_OVER
        assert it.moved == []


async def test_a_holder_that_renews_keeps_the_job_beyond_its_first_term(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.jobs.collecting.RENEWED_EVERY_S", 0.05)
    async with work(store) as it:
        going = await holding(it, "first", egress(waits_at=0))
        first_term = await it.held_until()

        async def is_renewed() -> bool:
            return await it.held_until() > first_term

        await eventually(is_renewed)

        assert not await it.take(first_term + timedelta(milliseconds=1))

        assert not going.done()
        await stop(going)


async def test_a_stopped_worker_gives_its_job_back_and_another_begins_behind_what_is_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.jobs.looking.FLUSH_AT", 1)
    async with work(store) as it:
        way_out = egress(waits_at=2)
        going = await holding(it, "stopped", way_out)
        await stop(going)
        held = await it.stands()
        assert (held["state"], held["reason"]) == ("READY", "its worker was stopped")
        written = await it.observed()
        assert written == list(way_out.asked)[:1]

        rest = egress()
        assert await it.go("next", rest) == "done"

        assert set(rest.asked) == {name.key for name in NAMES} - set(written)
        assert await it.observed() == [name.key for name in NAMES]
        assert await it.stands() == {
            "state": "DONE",
            "worker": "next",
            "attempts": 2,
            "reason": None,
        }
        assert it.moved == [it.world.run]


async def test_a_job_that_cannot_be_done_fails_with_its_reason(store: Store) -> None:
    async with work(store, options={"dns.resolve": {"colour": "red"}}) as it:
        assert await it.go("w", egress()) == "failed"

        held = await it.stands()
        assert held["state"] == "FAILED"
        assert held["reason"] == "dns.resolve: there is no option 'colour'; there are: none"
        assert it.moved == [it.world.run]


async def test_a_job_whose_answers_have_no_room_waits_for_some_as_long_as_that_lasts(
    store: Store,
) -> None:
    class Full(Answering):
        """Keeps no answer: there is no room."""

        async def fetch(self, request: Request, asker: Asker) -> Exchange:
            await super().fetch(request, asker)
            raise StorageFull("no room is left for raw answers; make some")

    async with work(store) as it:
        for _ in range(MOST_ATTEMPTS + 1):
            with pytest.raises(StorageFull):
                await it.go("w", egress(sort=Full))
        assert await it.observed() == [], "that nothing could be kept is no answer of anybody's"
        await it.hinted()
        held = await it.stands()
        assert (held["state"], held["attempts"]) == ("READY", 0)
        assert await it.go("w", egress()) == "done"
        assert await it.observed() == [name.key for name in NAMES]


async def test_a_job_that_the_database_left_in_the_lurch_is_given_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with work(store) as it:

        async def away(*_: object) -> None:
            raise StoreUnavailable("Neo4j does not answer now; try again")

        with monkeypatch.context() as patched:
            patched.setattr(Writer, "write", away)
            for _ in range(MOST_ATTEMPTS + 1):
                with pytest.raises(StoreUnavailable, match="does not answer"):
                    await it.go("w", egress())

        held = await it.stands()
        assert (held["state"], held["reason"]) == ("READY", "Neo4j does not answer now; try again")
        assert held["attempts"] == 0, "it waits for the database, however long"
        await it.hinted()
        assert await it.go("w", egress()) == "done"
