"""What rows of patterns say, and which entered and left."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from graph.errors import InvalidRule, LimitExceeded
from graph.patterns.books import read_pattern
from graph.patterns.rows import MOST_BASIS, Known, Said, moves, read_rows
from tests.support.patterns import NAME, TEXT

ORG = "org"
PATTERN = read_pattern(NAME, TEXT)


class Node(dict[str, Any]):
    """An entity as the driver gives it."""

    labels = frozenset({"Entity"})


def node(id_: str, **properties: Any) -> Node:
    return Node({"id": id_, "org": ORG, "key": id_, **properties})


def row(**columns: Any) -> dict[str, Any]:
    until = datetime(2026, 5, 1, tzinfo=UTC)
    return {
        "subject": node("s"),
        "evidence": [node("c")],
        "links": ["l"],
        "until": until,
        **columns,
    }


def read(*rows: dict[str, Any]) -> list[Said]:
    return list(read_rows(PATTERN, ORG, {"s"}, rows).values())


def test_a_row_is_known_by_all_that_it_says() -> None:
    [one] = read(row(), row())
    assert one.values == '{"evidence": ["c"], "subject": "s", "until": "2026-05-01T00:00:00+00:00"}'
    assert (one.subject, one.basis, one.links) == ("s", ("c", "s"), ("l",))
    others = (row(until=None), row(links=["m"]), row(evidence=[node("d")]))
    assert len({one.key, *(read(each)[0].key for each in others)}) == 4
    twice = row(evidence=[node("c"), None, node("c")], links=["l", None, "l"])
    assert read(twice)[0].key == one.key


def test_it_has_the_markings_of_its_entities() -> None:
    hidden = node("c", tlp="AMBER", strictest="RED")
    assert read(row(evidence=[hidden]))[0].marked == ("", "AMBER")
    assert read(row())[0].marked == ("",)


def test_what_is_no_row_is_refused() -> None:
    for wrong, says in (
        (row(subject=node("t")), "not given"),
        (row(evidence=[Node(id="c", org="another", key="c")]), "another organization"),
        (row(evidence=["c"]), "evidence is not a list of entities"),
        (row(until={"a": 1}), "until holds what no column can"),
    ):
        with pytest.raises(InvalidRule, match=says):
            read(wrong)
    with pytest.raises(LimitExceeded, match=f"more than {MOST_BASIS} entities"):
        read(row(evidence=[node(str(n)) for n in range(MOST_BASIS)]))
    with pytest.raises(LimitExceeded, match="20,000 characters"):
        read(row(until="x" * 20_001))


def test_what_is_found_enters_and_what_is_not_leaves() -> None:
    [a], [b] = read(row()), read(row(until=None))
    moved = moves({a.key: a}, [Known("1", b.key, ("",))])
    assert (moved.entered, moved.left, moved.marked) == ((a,), ("1",), ())
    assert moves({a.key: a}, [Known("1", a.key, ("",))]) == moves({}, [])
    # What was hidden as it entered may be open by now.
    assert moves({a.key: a}, [Known("1", a.key, ("", "RED"))]).marked == (("1", a),)
