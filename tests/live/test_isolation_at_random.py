"""Whatever graph another organization has, however alike: no answer is another one for it."""

from __future__ import annotations

import random
import sys

import pytest

from graph.store import Store
from server.graphql.compiled import Compiler
from server.graphql.schema import core_schema
from tests.live.test_differential import pool
from tests.support.differing import Asked
from tests.support.facts import new_org
from tests.support.investigation import investigation_of, write_graph
from tests.support.questions import Asker

QUESTIONS = 6
SEEDS = [random.randrange(1 << 32) for _ in range(2)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(len(SEEDS)))
@pytest.mark.parametrize("clearance", ["RED", "GREEN"])
async def test_a_random_graph_of_another_changes_no_answer(
    store: Store, number: int, clearance: str
) -> None:
    seed = SEEDS[number]
    sys.stdout.write(f"drawn with seed {seed}\n")
    mine, theirs = new_org(), new_org()
    await write_graph(store, mine, seed)
    asked = Asked(Compiler(core_schema()), store, mine, clearance)
    asker = Asker(core_schema(), pool(investigation_of(mine, theirs)), random.Random(seed))
    questions = [asker.question() for _ in range(QUESTIONS)]
    before = [await asked.both(each) for each in questions]
    # The same names and addresses, and other facts about them.
    await write_graph(store, theirs, seed + 1)
    after = [await asked.both(each) for each in questions]

    for question, one, other in zip(questions, before, after, strict=True):
        assert one == other, f"{question.text}\n{question.variables}"
    rows = await store.read(
        "MATCH (n) WHERE n.org = $org AND n.id IS NOT NULL RETURN n.id AS id", {"org": theirs}
    )
    ids = {row["id"] for row in rows} | {theirs}
    assert len(ids) > 100
    told = repr(after)
    assert [each for each in ids if each in told] == []
