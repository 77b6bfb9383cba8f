"""How answers are grouped in transactions changes nothing but the time it takes, and a failure stays alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from graph import writer as writer_module
from graph.errors import InvalidFact, StoreUnavailable
from graph.facts import Answer
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.rows import MANY
from graph.store import Limits, Store, Transaction
from graph.writer import Fence, Writer
from tests.support.facts import answer, dump, new_org, wipe

NAMES = [DomainName(name=f"n{number}.orrery.example") for number in range(MANY + 20)]
ADDRESS = IPAddress(address="192.0.2.1")


def round_of(second: int, status: str, since: str) -> list[Answer]:
    """An answer about each name: its state, and its address with a validity."""
    return [
        answer(
            name,
            second,
            name.model_copy(update={"dns_status": status}),
            ResolvesTo(source=name, target=ADDRESS, rrtype="A", valid_from=since),
        )
        for name in NAMES
    ]


# Made, seen again, changed (so that versions are kept), seen again, gone.
ROUNDS = [
    round_of(0, "resolves", "2020-01-01T00:00:00Z"),
    round_of(10, "resolves", "2020-01-01T00:00:00Z"),
    round_of(20, "no_addresses", "2021-01-01T00:00:00Z"),
    round_of(30, "no_addresses", "2021-01-01T00:00:00Z"),
    [answer(name, 40) for name in NAMES],
]


async def test_a_large_group_and_small_ones_give_one_graph(store: Store) -> None:
    org, everything = new_org(), [*NAMES, ADDRESS]  # one for both: ids break ties

    async def grown(size: int) -> list[Any]:
        """The graph after each round, written in groups of that size."""
        await wipe(store, org, everything)
        graphs = []
        async with Writer(store) as writer:
            for said in ROUNDS:
                for start in range(0, len(said), size):
                    await writer.write(org, said[start : start + size])
                graphs.append(await dump(store, org, everything))
        return graphs

    large, small = await grown(len(NAMES)), await grown(50)
    for number, (one, other) in enumerate(zip(large, small, strict=True), 1):
        assert len([place for place in one if place[0] == "entity"]) == len(everything), number
        assert one == other, f"after round {number}"


async def test_an_answer_too_large_for_a_transaction_is_refused_whole(store: Store) -> None:
    org = new_org()
    async with Writer(store, most_rows=1) as writer:
        with pytest.raises(InvalidFact, match=r"test\.one: .* too large .* give it in parts"):
            await writer.write(org, [answer(NAMES[0], 0, *NAMES[:20])])

    assert await dump(store, org, NAMES[:20]) == {}


async def test_organizations_are_written_apart_though_asked_at_once(store: Store) -> None:
    orgs = [new_org(), new_org()]
    async with Writer(store) as writer:
        done = await asyncio.gather(
            *(
                writer.write(org, [answer(name, 0, name)])
                for org, name in zip(orgs, NAMES, strict=False)
            )
        )

        assert [written.org for written in done] == orgs
        assert writer.commits == 2
    for org, own, other in zip(orgs, NAMES, reversed(NAMES[:2]), strict=False):
        assert await dump(store, org, [own]) != {}
        assert await dump(store, org, [other]) == {}


class Failing(Store):
    """A store whose transactions fail as long as `fails` says so of their number."""

    def __init__(self, store: Store, fails: Callable[[int], bool]) -> None:
        self._real, self._fails, self.count = store, fails, 0

    async def transact(self, work: Callable[[Any], Awaitable[Any]], **given: Any) -> Any:
        """The real one's, unless it is to fail."""
        self.count += 1
        if self._fails(self.count):
            raise StoreUnavailable("the database went away")
        return await self._real.transact(work, **given)


async def write_at_once(writer: Writer, org: str, names: Sequence[DomainName]) -> list[object]:
    """What became of writes that were asked for together."""
    asked = (writer.write(org, [answer(name, 0, name)]) for name in names)
    return list(await asyncio.gather(*asked, return_exceptions=True))


async def test_a_group_that_fails_is_tried_one_by_one_and_what_fails_then_fails_alone(
    store: Store,
) -> None:
    org = new_org()
    failing = Failing(store, lambda count: count in (1, 3))  # the group, and the second of it
    async with Writer(failing) as writer:
        done = await write_at_once(writer, org, NAMES[:3])

    assert [isinstance(one, StoreUnavailable) for one in done] == [False, True, False]
    assert failing.count == 4
    assert await dump(store, org, [NAMES[0]]) != {}
    assert await dump(store, org, [NAMES[1]]) == {}


class Gated(Store):
    """A store whose transactions wait until they may go on, then are the real ones, or fail."""

    def __init__(self, store: Store, error: Exception | None = None) -> None:
        self._real, self._error = store, error
        self.has_begun, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def transact(self, work: Callable[[Any], Awaitable[Any]], **given: Any) -> Any:
        """The real one's, later."""
        self.has_begun.set()
        await self.may_go_on.wait()
        if error := self._error:
            self._error = None
            raise error
        return await self._real.transact(work, **given)


async def test_leaving_a_writer_waits_for_all_that_was_submitted(store: Store) -> None:
    org, gated = new_org(), Gated(store)
    async with Writer(gated) as writer:
        asked = [asyncio.create_task(writer.write(org, [answer(NAMES[0], 0, NAMES[0])]))]
        await gated.has_begun.wait()
        asked += [
            asyncio.create_task(writer.write(org, [answer(name, 0, name)])) for name in NAMES[1:4]
        ]
        await asyncio.sleep(0)  # they are in the queue now, and behind them comes the end
        asyncio.get_running_loop().call_soon(gated.may_go_on.set)

    assert [task.done() for task in asked] == [True] * 4
    assert writer.commits == 2
    for name in NAMES[:4]:
        assert await dump(store, org, [name]) != {}


async def test_whoever_waits_no_longer_does_not_stop_a_writer(store: Store) -> None:
    org, gated = new_org(), Gated(store, StoreUnavailable("the database went away"))
    async with Writer(gated) as writer:
        asked = asyncio.create_task(writer.write(org, [answer(NAMES[0], 0, NAMES[0])]))
        await gated.has_begun.wait()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        gated.may_go_on.set()

        await writer.write(org, [answer(NAMES[1], 0, NAMES[1])])

    assert await dump(store, org, [NAMES[0]]) == {}
    assert await dump(store, org, [NAMES[1]]) != {}


async def test_a_writer_goes_on_after_the_database_was_away(store: Store) -> None:
    org = new_org()
    failing = Failing(store, lambda count: count <= 3)
    async with Writer(failing) as writer:
        done = await write_at_once(writer, org, NAMES[:2])
        assert all(isinstance(one, StoreUnavailable) for one in done)

        await writer.write(org, [answer(NAMES[2], 0, NAMES[2])])

    assert await dump(store, org, [NAMES[2]]) != {}


async def test_who_writes_for_a_lease_lets_go_of_it_before_others_have_waited_too_long(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that stands still in a transaction keeps its locks for as long as the transaction may take."""
    org, lease = new_org(), new_org()
    await store.execute("CREATE (:Lease {id: $id, fence: 1})", {"id": lease})
    monkeypatch.setattr(writer_module, "FENCED_LIMITS", Limits(timeout_s=1.0, retry_s=0.0))
    locked, over = asyncio.Event(), asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await tx.execute("MATCH (l:Lease {id: $id}) SET l._lock = true", {"id": lease})
        locked.set()
        await over.wait()

    holder = asyncio.create_task(store.transact(hold, limits=Limits(timeout_s=30.0)))
    await locked.wait()
    said = [answer(ADDRESS, 0, ADDRESS)]
    async with Writer(store) as writer:
        with pytest.raises(StoreUnavailable, match="a lock was held too long by others"):
            await writer.write(org, said, Fence(lease, 1))
        assert (await writer.write(org, said)).touched
    over.set()
    await holder


def test_the_bound_for_leases_leaves_others_time_to_take_them_up() -> None:
    assert writer_module.FENCED_LIMITS.timeout_s <= 30 < writer_module.WRITE_LIMITS.timeout_s
