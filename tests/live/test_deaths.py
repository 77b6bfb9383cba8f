"""What becomes of jobs whose process died: apart from others, once more, then given up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graph.errors import MirageError, SourceUnavailable, StoreUnavailable
from graph.store import Store
from graph.writer import Fence
from server.cells import CellDied
from server.jobs.isolation import Isolation, Outcome
from server.jobs.looking import Looked
from tests.live.test_collecting import NAMES, egress, work

DIED = "its process was ended by SIGKILL"


@dataclass
class Apart(Isolation):
    """Notes which jobs it is given, and lets their processes die or answer."""

    dies: bool = True
    given: list[Fence] = field(default_factory=list)

    async def look(self, fence: Fence, lost: asyncio.Event, kept_for: str = "") -> Looked:  # noqa: ARG002
        self.given.append(fence)
        if self.dies:
            raise CellDied(DIED)
        return Looked(len(NAMES), 0)


async def kept(store: Store, lease: str) -> dict[str, Any]:
    found = "MATCH (l:Lease {id: $id}) RETURN l {.state, .attempts, .deaths, .reason}"
    return dict(await store.read_single(found, {"id": lease}))


async def test_a_job_whose_holder_never_died_is_carried_out_among_others(store: Store) -> None:
    async with work(store) as it:
        apart = Apart()
        assert await it.go("w", egress(), apart) == "done"
        assert apart.given == []


@pytest.mark.parametrize("by", ["another worker", "the conductor"])
async def test_a_job_whose_holder_stopped_answering_is_carried_out_apart(
    store: Store, by: str
) -> None:
    async with work(store) as it:
        assert await it.take(datetime.now(UTC))
        await store.execute(
            "MATCH (l:Lease {id: $id}) SET l.expires_at = $past",
            {"id": it.lease, "past": datetime.now(UTC) - timedelta(minutes=1)},
        )
        if by == "the conductor":
            await it.world.step()
            assert (await kept(store, it.lease))["deaths"] == 1
        apart = Apart(dies=False)
        assert await it.go("next", egress(), apart) == "done"
        assert len(apart.given) == 1
        assert await kept(store, it.lease) == {
            "state": "DONE", "attempts": 2, "deaths": 1, "reason": None,
        }  # fmt: skip


async def test_a_job_that_takes_its_process_along_twice_is_given_up(store: Store) -> None:
    async with work(store) as it:
        await store.execute("MATCH (l:Lease {id: $id}) SET l.deaths = 1", {"id": it.lease})
        apart = Apart()
        assert await it.go("w", egress(), apart) == "died"
        assert await kept(store, it.lease) == {
            "state": "FAILED", "attempts": 1, "deaths": 2, "reason": DIED,
        }  # fmt: skip
        assert await it.go("w", egress(), apart) == "gone"
        assert it.moved == [it.world.run]


async def test_the_fence_of_a_dead_process_counts_no_more(store: Store) -> None:
    async with work(store) as it:
        await store.execute("MATCH (l:Lease {id: $id}) SET l.deaths = -1", {"id": it.lease})
        apart = Apart()
        assert await it.go("w", egress(), apart) == "done"  # no death so far
    async with work(store) as it:
        await store.execute("MATCH (l:Lease {id: $id}) SET l.deaths = 1", {"id": it.lease})
        apart = Apart()
        await it.go("w", egress(), apart)
        fence = await store.read_single(
            "MATCH (l:Lease {id: $id}) RETURN l.fence", {"id": it.lease}
        )
        assert fence > apart.given[0].number


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (Outcome(failure="the key is unknown"), MirageError),
        (Outcome(failure="the source is away", is_passing=True), SourceUnavailable),
        (
            Outcome(failure="the database is away", is_passing=True, is_blameless=True),
            StoreUnavailable,
        ),
    ],
)
def test_what_went_wrong_in_a_process_is_raised_by_its_holder(
    outcome: Outcome, error: type[MirageError]
) -> None:
    with pytest.raises(error, match=outcome.failure):
        outcome.looked()


async def test_who_could_not_renew_while_the_database_was_away_has_not_died(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with work(store) as it:
        assert await it.take(datetime.now(UTC))
        past = it.world.now - timedelta(seconds=5)
        await store.execute(
            "MATCH (l:Lease {id: $id}) SET l.expires_at = $past", {"id": it.lease, "past": past}
        )
        monkeypatch.setattr(store, "was_away", lambda _: True)
        await it.world.step()
        found = await kept(store, it.lease)
        assert (found["state"], found["deaths"]) == ("TAKEN", None)
        it.world.now += timedelta(seconds=30)
        await it.world.step()
        found = await kept(store, it.lease)
        assert (found["state"], found["deaths"]) == ("READY", 1), "patience has an end"
