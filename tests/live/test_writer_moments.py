"""Answers that meet in one moment or come late: cases chosen by hand, each held against the brute-force model.

`test_writer` draws such cases by luck; these are here every time.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from graph.facts import Answer, Outcome
from graph.model.base import Fact
from graph.model.network import DomainName
from graph.model.resolution import ResolvesTo
from graph.store import Store
from tests.live.test_writer import ADDRESSES, EVERYTHING, NAMES, assert_equals_model, write
from tests.support.facts import answer, dump, new_org, wipe
from tests.support.model import Model

LOOKED_AT, NAME = NAMES[1], NAMES[0]
Batches = Sequence[Sequence[Answer]]


def named(status: str | None) -> DomainName:
    return NAME.model_copy(update={"dns_status": status})


def resolves(year: int) -> ResolvesTo:
    since = f"{year}-01-01T00:00:00Z"
    return ResolvesTo(source=NAME, target=ADDRESSES[0], rrtype="A", valid_from=since)


def says(collector: str, second: float, *facts: Fact, nonce: str = "") -> Answer:
    return answer(LOOKED_AT, second, *facts, collector=f"test.{collector}", nonce=nonce)


UP, DOWN = named("resolves"), named("no_addresses")
CASES: dict[str, Batches] = {
    "of two answers of a claim in one millisecond one counts": [
        [says("a", 1, UP, resolves(2020))],
        [says("a", 1, ADDRESSES[1], nonce="x")],
    ],
    "and what only the other one stated was never stated": [
        [says("a", 1, UP, resolves(2020), nonce="x")],
        [says("a", 1, ADDRESSES[1])],
    ],
    "claims differ on a relationship alone": [
        [says("a", 1, resolves(2020))],
        [says("b", 2, resolves(2021))],
    ],
    "a relationship changes again and again in one transaction": [
        [says("a", 1, resolves(2020)), says("a", 2, resolves(2021)), says("a", 3, resolves(2022))],
    ],
    "a late answer comes together with one that repeats the newest": [
        [says("a", 5, UP)],
        [says("a", 3, DOWN), says("a", 6, UP)],
    ],
    "a late answer comes together with another claim's change": [
        [says("a", 5, UP), says("b", 5, UP)],
        [says("a", 3, DOWN), says("b", 6, DOWN)],
    ],
    "one claim drops a value in the millisecond in which another states it": [
        [says("a", 0, UP)],
        [says("a", 5, NAME)],
        [says("b", 5, DOWN)],
    ],
    "and what it states is what held before": [
        [says("a", 0, UP)],
        [says("a", 5, NAME)],
        [says("b", 5, UP)],
    ],
    "a claim states a value before another did that has ended meanwhile": [
        [says("a", 1, NAME)],
        [says("b", 9, UP)],
        [says("b", 12)],
        [says("a", 5, DOWN)],
    ],
    "a claim begins to state a value before another did that came first": [
        [says("a", 1, NAME)],
        [says("b", 9, UP)],
        [says("a", 5, DOWN)],
    ],
    "the last claim turns out to have ended before the one with the values": [
        [says("a", 0, UP)],
        [says("b", 0, NAME)],
        [says("a", 5)],
        [says("b", 4)],
    ],
}  # fmt: skip


@pytest.mark.parametrize("batches", CASES.values(), ids=CASES.keys())
async def test_order_and_grouping_change_nothing(store: Store, batches: Batches) -> None:
    said = [each for batch in batches for each in batch]
    org = new_org()  # one for all orders: ids break the ties of answers in the same millisecond
    orders: list[Batches] = [
        batches,
        [[each] for each in said],
        [said],
        [[each] for each in reversed(said)],
    ]
    graphs = []
    for order in orders:
        await wipe(store, org, EVERYTHING)
        await write(store, org, order)
        graphs.append(await dump(store, org, EVERYTHING))
        await assert_equals_model(store, org, Model(org, said))
    assert all(graph == graphs[0] for graph in graphs[1:])


async def test_a_fact_that_was_never_stated_is_known_and_does_not_hold(store: Store) -> None:
    org = new_org()
    both = [says("a", 1, UP), says("a", 1, ADDRESSES[0], nonce="x")]
    await write(store, org, [[each] for each in both])

    lost, won = sorted((NAME, ADDRESSES[0]), key=lambda e: both[e is not NAME].observation_id(org))
    rows = await store.read(
        "MATCH (n:Entity) WHERE n.id IN $ids RETURN n.key AS key, n.holds_since IS NOT NULL AS holds,"
        " n.supports AS supports, n.dns_status AS status",
        {"ids": [lost.id_in(org), won.id_in(org)]},
    )
    assert {row["key"]: (row["holds"], row["supports"]) for row in rows} == {
        lost.key: (False, 0),
        won.key: (True, 1),
    }
    assert {row["status"] for row in rows if row["key"] == lost.key} == {None}


def test_absent_answers_are_absent() -> None:
    assert says("a", 5).outcome is Outcome.ABSENT
