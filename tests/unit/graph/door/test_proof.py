"""The order of conditions, which the planner chooses: none that may fail stands before the organization."""

from __future__ import annotations

from typing import Any

import pytest

from graph.door.proof import NotBound, prove


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
