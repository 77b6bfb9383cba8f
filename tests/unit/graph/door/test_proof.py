"""The order of conditions, which the planner chooses: none that may fail stands before the organization."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from graph.door.proof import ALSO_OF_ACCOUNTS, OTHER_TYPES, NotBound, prove
from graph.model.registry import relationship_types


def plan(filtered: str, leaf: str = "n:DomainName") -> dict[str, Any]:
    scan = {"operatorType": "NodeByLabelScan@neo4j", "args": {"Details": leaf}, "children": []}
    filters = {"operatorType": "Filter@neo4j", "args": {"Details": filtered}, "children": [scan]}
    return {"operatorType": "ProduceResults@neo4j", "args": {"Details": "n"}, "children": [filters]}


@pytest.mark.parametrize(
    "filtered",
    [
        "n.org = $org",
        "cache[n.org] = $org AND $autoint_0 / size(n.key) > $autoint_1",
        "n.key = $autostring_0 AND n.org = $org",
        "cache[n.key] CONTAINS $autostring_0 AND n.seen IS NOT NULL AND n.org = $org",
        "getDegree((n)-[:RESOLVES_TO]->()) > 0 AND n.org = $org",
    ],
)
def test_bound(filtered: str) -> None:
    prove(plan(filtered), "neo4j")


@pytest.mark.parametrize(
    "filtered",
    [
        "",
        "$autoint_0 / size(n.key) > $autoint_1 AND n.org = $org",
        "(n.org = $org AND n.key = $x)",
        "n.key = $x OR n.org = $org AND n.key = $x",
        "m.org = $org",
        "n.org = $organization",
        "`n.org = $org AND x`.key = $x",
        "n.key = $x AND `n.org = $org",
    ],
)
def test_not_bound(filtered: str) -> None:
    with pytest.raises(NotBound):
        prove(plan(filtered), "neo4j")


def test_another_database_and_other_labels() -> None:
    with pytest.raises(NotBound, match="another database"):
        prove(plan("n.org = $org"), "other")
    with pytest.raises(NotBound, match="ApiKey is not a label of collected data"):
        prove(plan("n.org = $org", "n:DomainName|ApiKey"), "neo4j")
    with pytest.raises(NotBound, match="no label"):
        prove(plan("n.org = $org", "n"), "neo4j")


def chain(*operators: tuple[str, str, list[str]]) -> dict[str, Any]:
    """A plan of operators above each other, the leaf last: operator, details, identifiers."""
    made: dict[str, Any] = {}
    for name, details, identifiers in reversed(operators):
        below = [made] if made else []
        args = {"Details": details}
        made = {
            "operatorType": f"{name}@neo4j",
            "args": args,
            "identifiers": identifiers,
            "children": below,
        }
    return made


LEAF = ("NodeByLabelScan", "m:IPAddress", ["m"])
WAY = ("Expand(All)", "(m)<-[r:RESOLVES_TO]-(n)", ["m", "r", "n"])


def test_the_planner_may_begin_at_the_other_end() -> None:
    prove(chain(("Filter", "n.org = $org AND n:DomainName", ["m", "r", "n"]), WAY, LEAF), "neo4j")
    types = ("DirectedRelationshipTypeScan", "(n)-[r:RESOLVES_TO]->(m)", ["n", "r", "m"])
    prove(chain(("Filter", "n:DomainName AND m.org = $org", ["n", "r", "m"]), types), "neo4j")
    cached = ("CacheProperties", "cache[n.org]", ["m", "r", "n"])
    prove(chain(("Filter", "n.org = $org", ["m", "r", "n"]), cached, WAY, LEAF), "neo4j")


@pytest.mark.parametrize(
    "operators",
    [
        [("Projection", "m.key AS k", ["m", "r", "n"]), WAY, LEAF],
        [("Filter", "o.org = $org", ["m", "r", "n"]), WAY, LEAF],
        [("Filter", "n.org = $org", ["n", "m"]), ("Apply", "", ["n", "m"]), LEAF],
        [
            ("Filter", "n.org = $org", ["n", "c"]),
            ("EagerAggregation", "count(m) AS c", ["c"]),
            WAY,
            LEAF,
        ],
        [("Filter", "n.org = $org", ["m"]), ("Filter", "$a / size(m.key) > $b", ["m"]), WAY, LEAF],
        [
            ("Filter", "n.org = $org", ["n"]),
            ("DirectedRelationshipTypeScan", "(n)-[r:HAS_KEY]->(m)", ["n"]),
        ],
        [
            ("Filter", "n.org = $org", ["n"]),
            ("DirectedAllRelationshipsScan", "(n)-[r]->(m)", ["n"]),
        ],
        [
            ("Filter", "n.org = $org", ["n"]),
            ("DirectedRelationshipTypeScan", "(n)-[r]->(m)", ["n"]),
        ],
        [
            ("Projection", "r", ["r"]),
            ("DirectedRelationshipTypeScan", "(n)-[r:RESOLVES_TO]->(m)", ["r"]),
        ],
    ],
)
def test_what_is_made_of_others_first_is_not_bound(
    operators: list[tuple[str, str, list[str]]],
) -> None:
    with pytest.raises(NotBound):
        prove(chain(*operators), "neo4j")


def test_types_of_accounts_are_known_as_such() -> None:
    files = (Path(__file__).parents[4] / "cypher" / "account").glob("*.cypher")
    used = {
        each
        for file in files
        for types in re.findall(r"\[\w*:([A-Z_|]+)", file.read_text("utf-8"))
        for each in types.split("|")
    }
    assert {"HAS_KEY", "HAS_MEMBERSHIP"} <= used
    assert used & relationship_types().keys() == ALSO_OF_ACCOUNTS
    assert not used & OTHER_TYPES
