"""What the database gives for a person's own statement, as JSON has it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest_asyncio

from graph.door.values import MOST_DEPTH, plain
from graph.store import Limits, Store

MAKE = """
CREATE (a:Note {id: $one, text: 'one', at: datetime('2026-01-01T00:00:00Z')})
       -[r:BEFORE {weight: 0.5}]->(b:Note:Other {id: $other})
"""
PATH = "MATCH p = (a:Note {id: $one})-[r:BEFORE]->(b) RETURN a, r, p"


@pytest_asyncio.fixture(loop_scope="session")
async def ids(store: Store) -> AsyncIterator[dict[str, str]]:
    made = {"one": str(uuid.uuid4()), "other": str(uuid.uuid4())}
    await store.execute(MAKE, made)
    yield made
    await store.execute("MATCH (n:Note) WHERE n.id IN [$one, $other] DETACH DELETE n", made)


async def asked(store: Store, text: str, **given: Any) -> list[Any]:
    """The plain values of a statement's one row."""
    _, (row,) = await store.read_some(text, given, 2, Limits())
    found = [plain(value) for value in row]
    assert orjson.loads(orjson.dumps(found)) == found
    return found


async def test_nodes_relationships_and_paths_are_objects(store: Store, ids: dict[str, str]) -> None:
    node, link, path = await asked(store, PATH, **ids)
    assert (node["labels"], node["properties"]) == (
        ["Note"],
        {"at": "2026-01-01T00:00:00.000000000+00:00", "id": ids["one"], "text": "one"},
    )
    assert (link["type"], link["from"], link["properties"]) == (
        "BEFORE",
        node["elementId"],
        {"weight": 0.5},
    )
    assert path["nodes"][0] == node
    assert path["relationships"] == [link]
    far = path["nodes"][1]
    assert (far["elementId"], far["labels"]) == (link["to"], ["Note", "Other"])


async def test_values_of_every_sort(store: Store) -> None:
    (found,) = await asked(
        store,
        "RETURN {n: null, b: true, i: 1, f: 0.5, t: 'x', l: [1, [date('2026-01-02')]],"
        " d: duration('P1DT2H'), m: {t: time('12:00Z')}, p: point({x: 1, y: 2}), r: $raw} AS x",
        raw=b"\x00\xff",
    )
    assert found == {
        "n": None, "b": True, "i": 1, "f": 0.5, "t": "x", "l": [1, ["2026-01-02"]],
        "d": "P1DT2H", "m": {"t": "12:00:00.000000000+00:00"}, "p": [1.0, 2.0],
        "r": "00ff",
    }  # fmt: skip


async def test_what_nests_too_deep_is_left_out(store: Store) -> None:
    deep: Any = 1
    for _ in range(MOST_DEPTH + 5):
        deep = [deep]
    (found,) = await asked(store, "RETURN $deep", deep=deep)
    for _ in range(MOST_DEPTH + 1):
        (found,) = found
    assert found is None
