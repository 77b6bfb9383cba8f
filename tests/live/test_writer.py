"""The write path against a brute-force model, on a real Neo4j: any order, grouping and repetition gives one graph."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graph.facts import Answer, Outcome
from graph.model.base import Fact
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from graph.writer import Writer
from tests.support.facts import answer, dump, moment, new_org, wipe
from tests.support.model import Model, where

NAMES = [
    DomainName(name=n) for n in ("orrery.example", "www.orrery.example", "mail.orrery.example")
]
ADDRESSES = [IPAddress(address=a) for a in ("192.0.2.1", "192.0.2.2")]
EVERYTHING = [*NAMES, *ADDRESSES]
STATES = st.sampled_from([None, "resolves", "no_addresses"])


def facts() -> st.SearchStrategy[Fact]:
    """Entities with and without values (one winner, and united lists), relationships with and without values."""
    names = st.builds(
        lambda n, s, a: n.model_copy(update={"dns_status": s, "aliases": a}),
        st.sampled_from(NAMES), STATES, st.sampled_from([(), ("Orrery",), ("ORRERY", "orrery!")]),
    )  # fmt: skip
    resolves = st.builds(
        lambda n, a, v: ResolvesTo(source=n, target=a, rrtype="A", valid_from=v),
        st.sampled_from(NAMES), st.sampled_from(ADDRESSES), st.sampled_from([None, "2020-01-01T00:00:00Z"]),
    )  # fmt: skip
    return st.one_of(names, resolves)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    found = tuple(draw(st.lists(facts(), max_size=3)))
    outcome = Outcome.FOUND if found else draw(st.sampled_from([Outcome.ABSENT, Outcome.ERROR]))
    return answer(
        draw(st.sampled_from(NAMES[:2])), draw(st.integers(0, 9)), *found,
        collector=draw(st.sampled_from(["test.a", "test.b", "test.c"])), outcome=outcome,
        reliability=draw(st.sampled_from([0.5, 0.9])), nonce=draw(st.sampled_from(["", "x"])),
        tlp=draw(st.sampled_from(["", "", "GREEN", "RED"])),
    )  # fmt: skip


def distinct(drawn: Sequence[Answer]) -> list[Answer]:
    """One answer per observation id: a second answer under the same id is by contract the same answer."""
    return list({a.observation_id("o"): a for a in drawn}.values())


async def write(store: Store, org: str, batches: Sequence[Sequence[Answer]]) -> None:
    async with Writer(store) as writer:
        for batch in batches:
            await writer.write(org, batch)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    drawn=st.lists(answers(), min_size=1, max_size=9),
    seed=st.integers(0, 10_000),
    organization=st.uuids(version=4),
)
@pytest.mark.timeout(600)
async def test_any_order_grouping_and_replay_gives_one_graph(
    store: Store, drawn: list[Answer], seed: int, organization: uuid.UUID
) -> None:
    said = distinct(drawn)
    spread = random.Random(seed)
    in_order = sorted(said, key=lambda a: a.ended_at)
    shuffled = spread.sample(said, len(said))
    replayed = [[a] for a in shuffled] + [spread.sample(said, len(said))]
    cut = spread.randint(0, len(said))

    orders = ([[a] for a in in_order], [shuffled], replayed, [said[:cut], said[cut:]])
    graphs = []
    # One for all orders, and drawn: ids break the ties of answers in the same millisecond.
    org = str(organization)
    for batches in orders:
        await wipe(store, org, EVERYTHING)
        await write(store, org, batches)
        graphs.append(await dump(store, org, EVERYTHING))
        await assert_equals_model(store, org, Model(org, said))

    assert all(other == graphs[0] for other in graphs[1:])


HELD_AT = """
UNWIND $ids AS id MATCH (n:Entity {id: id}) WHERE {held}
WITH n, CASE WHEN n.changed_at IS NULL OR n.changed_at <= datetime({epochMillis: $at}) THEN n
             ELSE head([(n)-[:WAS]->(v) WHERE v.from <= datetime({epochMillis: $at})
                                          AND datetime({epochMillis: $at}) < v.until | v]) END AS v
RETURN [labels(n)[0], n.key] AS fact, v.dns_status AS status, coalesce(v.aliases, []) AS aliases, null AS valid
UNION ALL
UNWIND $ids AS id MATCH (a:Entity {id: id})-[n]->(b:Entity) WHERE NOT type(n) STARTS WITH 'WAS_' AND {held}
WITH a, b, n, CASE WHEN n.changed_at IS NULL OR n.changed_at <= datetime({epochMillis: $at}) THEN n
             ELSE head([(a)-[v]->(b) WHERE type(v) = 'WAS_' + type(n) AND v.id = n.id
                  AND v.from <= datetime({epochMillis: $at}) AND datetime({epochMillis: $at}) < v.until | v]) END AS v
RETURN [a.key, type(n), b.key, coalesce(n.rrtype, '')] AS fact, null AS status, [] AS aliases, v.valid_from AS valid
""".replace(
    "{held}",
    """(n.holds_since <= datetime({epochMillis: $at}) OR any(i IN range(0, size(coalesce(n.past, [])) - 3, 3)
       WHERE n.past[i] <= datetime({epochMillis: $at}) AND datetime({epochMillis: $at}) < n.past[i + 2]))""",
)


async def assert_equals_model(store: Store, org: str, model: Model) -> None:
    """Compare the graph with the model at every moment, then the intervals and the state that holds now."""
    for at in model.moments:
        rows = await store.read(HELD_AT, {"ids": _ids(org), "at": at})
        got = {
            _place(r["fact"]): (r["status"], sorted(r["aliases"]), r["valid"] is not None)
            for r in rows
        }
        wanted = {
            place: (
                seen.values.get("dns_status"), seen.values.get("aliases", []), "valid_from" in seen.values
            )
            for place, seen in model.at(at).items()
        }  # fmt: skip
        unlike = {k: (got.get(k), wanted.get(k)) for k in got.keys() | wanted.keys()}
        assert got == wanted, f"at {at}: {[(k, v) for k, v in unlike.items() if v[0] != v[1]]}"
    for place, row in (await stored(store, org)).items():
        assert intervals(row) == model.intervals(place), place
        now = model.at(model.moments[-1]).get(place) if model.moments else None
        assert (row["supports"], row["doubt"]) == ((now.supports, now.doubt) if now else (0, 0)), (
            place
        )
        # It may have been forgotten, never be wrong.
        assert row.get("agreeing") in (None, now.agreeing if now else 0), place
        assert row.get("tlp", "") == model.marking(place), place
        assert row.get("strictest", "") == model.strictest(place), place
        assert row.get("strictest_values", "") == model.strictest_values(place), place


def _ids(org: str) -> list[str]:
    return [entity.id_in(org) for entity in EVERYTHING]


def _place(parts: list[str]) -> tuple[str, ...]:
    return tuple(p for p in parts) if len(parts) != 2 else (_kind(parts[1]), parts[1])


def _kind(key: str) -> str:
    return "IPAddress" if key[0].isdigit() else "DomainName"


async def stored(store: Store, org: str) -> dict[tuple[str, ...], dict[str, Any]]:
    rows = await store.read(
        "UNWIND $ids AS id MATCH (n:Entity {id: id}) RETURN [n.key] AS fact, properties(n) AS p UNION ALL "
        "UNWIND $ids AS id MATCH (a:Entity {id: id})-[n]->(b:Entity) WHERE NOT type(n) STARTS WITH 'WAS' "
        "RETURN [a.key, type(n), b.key, coalesce(n.rrtype, '')] AS fact, properties(n) AS p",
        {"ids": _ids(org)},
    )
    return {
        tuple(r["fact"]) if len(r["fact"]) > 1 else (_kind(r["fact"][0]), r["fact"][0]): r["p"]
        for r in rows
    }


def intervals(row: dict[str, Any]) -> list[tuple[int, int, int | None]]:
    past = [_ms(p) for p in row.get("past", [])]
    found: list[tuple[int, int, int | None]] = [
        (past[i], past[i + 1], past[i + 2]) for i in range(0, len(past), 3)
    ]
    if row.get("holds_since") is not None:
        found.append((_ms(row["holds_since"]), _ms(row["last_seen"]), None))
    return found


def _ms(value: Any) -> int:
    native: datetime = value.to_native()
    return round(native.astimezone(UTC).timestamp() * 1000)


async def test_equal_values_of_two_organizations_stay_apart(store: Store) -> None:
    said = [answer(NAMES[0], 1, ResolvesTo(source=NAMES[0], target=ADDRESSES[0], rrtype="A"))]
    one, two = new_org(), new_org()

    await write(store, one, [said])
    await write(store, two, [said])

    assert await dump(store, one, EVERYTHING) == await dump(store, two, EVERYTHING)
    assert not {e.id_in(one) for e in EVERYTHING} & {e.id_in(two) for e in EVERYTHING}
    crossing = await store.read_single(
        "UNWIND $ids AS id MATCH (a:Entity {id: id})--(b) WHERE b.org <> a.org RETURN count(*)",
        {"ids": _ids(one) + _ids(two)},
    )
    assert crossing == 0


async def test_an_answer_replaces_only_its_own_claim(store: Store) -> None:
    org = new_org()
    to_first = ResolvesTo(source=NAMES[0], target=ADDRESSES[0], rrtype="A")
    to_second = ResolvesTo(source=NAMES[0], target=ADDRESSES[1], rrtype="A")
    await write(store, org, [[
        answer(NAMES[0], 1, to_first, to_second, collector="test.a"),
        answer(NAMES[0], 2, to_second, collector="test.b"),
        answer(NAMES[0], 3, to_first, collector="test.a"),
        answer(NAMES[0], 4, outcome=Outcome.ERROR, collector="test.a"),
        answer(NAMES[0], 5, outcome=Outcome.ABSENT, collector="test.b"),
    ]])  # fmt: skip

    rows = await stored(store, org)

    start = round(moment(0).timestamp() * 1000)
    assert intervals(rows[where(to_first)]) == [(start + 1000, start + 3000, None)]
    assert intervals(rows[where(to_second)]) == [(start + 1000, start + 2000, start + 5000)]


async def test_a_fact_without_a_source_cannot_be_made() -> None:
    with pytest.raises(ValueError, match=r"reliability 1 is not between"):
        answer(NAMES[0], 1, NAMES[1], reliability=1)
