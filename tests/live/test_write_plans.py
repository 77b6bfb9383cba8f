"""How Neo4j carries out the write path's statements: what a row costs must not grow with a hub's degree.

Nothing is written first: plans that are made while there is next to nothing are kept while the graph grows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import neo4j
import pytest

from graph.model.network import DomainName
from graph.model.resolution import ResolvesTo
from graph.store import Store
from graph.upsert import facts, markings
from tests.support.stack import Neo4jAddress

BY_BOTH_ENDS = {
    "read": facts.read_relationships(ResolvesTo),
    "read any": facts.READ_ANY_RELATIONSHIPS,
    "confirm": facts.confirm_relationships(ResolvesTo),
    "confirm any": facts.CONFIRM_ANY_RELATIONSHIPS,
    "update": facts.update_relationships(ResolvesTo),
    "update any": facts.UPDATE_ANY_RELATIONSHIPS,
    "keep former": facts.copy_relationship_versions(ResolvesTo),
    "mark any": markings.MARK_RELATIONSHIPS,
    "delete former": facts.delete_relationship_versions(ResolvesTo),
}
BY_ID = {
    "lock": facts.LOCK_ENTITIES,
    "confirm": facts.CONFIRM_ENTITIES,
    "gain": facts.GAIN_ENTITIES,
    "update": facts.UPDATE_ENTITIES,
    "values": facts.UPDATE_ENTITY_VALUES,
    "keep former": facts.copy_entity_versions(DomainName),
}


@pytest.fixture(scope="module")
def driver(neo4j_server: Neo4jAddress, store: Store) -> Iterator[neo4j.Driver]:  # noqa: ARG001 - it makes the indexes
    auth = (neo4j_server.user, neo4j_server.password)
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=auth) as opened:
        yield opened


def operators(driver: neo4j.Driver, text: str) -> list[str]:
    """The names of the plan's operators, from the result down."""
    given: dict[str, Any] = {"rows": [], "ids": [], "times": [], "org": "org"}
    with driver.session() as session:
        anew = f"EXPLAIN /* {uuid.uuid4()} */ {text}"  # not the plan of when there was less
        waiting: list[Any] = [session.run(anew, given).consume().plan]
    found = []
    while waiting:
        plan = waiting.pop(0)
        found.append(plan["operatorType"].split("@")[0])
        waiting.extend(plan.get("children", ()))
    return found


@pytest.mark.parametrize("name", BY_BOTH_ENDS)
def test_a_relationship_is_found_between_its_ends(driver: neo4j.Driver, name: str) -> None:
    found = operators(driver, BY_BOTH_ENDS[name])

    assert "Expand(Into)" in found
    assert "Expand(All)" not in found
    assert sum(each.startswith("NodeUniqueIndexSeek") for each in found) == 2


@pytest.mark.parametrize("name", BY_ID)
def test_an_entity_is_found_by_its_id(driver: neo4j.Driver, name: str) -> None:
    found = operators(driver, BY_ID[name])

    assert sum(each.startswith("NodeUniqueIndexSeek") for each in found) == 1
    assert not any(each.startswith(("AllNodesScan", "NodeByLabelScan")) for each in found)
