"""What findings have in common: how a rule names it, whom lists of common things concern, and what rests on more."""

from __future__ import annotations

import pytest

from graph.correlate.anchors import anchors
from graph.correlate.findings import Finding, specific
from graph.correlate.rules import Rule, load
from graph.errors import InvalidRule
from tests.unit.graph.correlate.test_checks import HEADER, STATEMENT, parse

KEYED = "// keyed-by:    space\n"


def sharing(*columns: str) -> str:
    return HEADER.replace(KEYED, f"{KEYED}// shared:      {', '.join(columns)}\n") + STATEMENT


def listed(rule: Rule) -> set[str]:
    """The ways on which a list of common things lies."""
    return {str(path) for path in rule.watched if path not in rule.paths}


def test_a_list_concerns_whoever_it_may_carry() -> None:
    assert listed(parse(HEADER + STATEMENT)) == set()
    assert listed(parse(sharing("subject"))) == {"(DomainName)-[:LISTED_IN]->(Feed)"}
    by_address = parse(sharing("evidence"))
    assert listed(by_address) == {"(DomainName)-[:RESOLVES_TO]->(IPAddress)-[:LISTED_IN]->(Feed)"}
    [feed] = [each for each in anchors(by_address) if each.path.kinds == ("Feed",)]
    assert feed.types == frozenset(), "of a list only its own change counts"
    [address] = [each for each in anchors(by_address) if each.path.kinds == ("IPAddress",)]
    assert "LISTED_IN" in address.types


def test_what_is_shared_changes_what_findings_depend_on() -> None:
    digests = {
        parse(text).digest for text in (HEADER + STATEMENT, sharing("subject"), sharing("evidence"))
    }
    assert len(digests) == 3


@pytest.mark.parametrize("column", ["space", "links", "nothing"])
def test_only_columns_of_entities_are_shared(column: str) -> None:
    with pytest.raises(InvalidRule, match=f"no column called {column} holds entities"):
        parse(sharing(column))


def finding(*shared: str) -> Finding:
    return Finding("f", "mark", "s", "t", "LOW", 1.0, (), (), "{}", shared)


@pytest.mark.parametrize(
    ("shared", "is_left"),
    [((), True), (("a",), False), (("b",), True), (("a", "c"), False), (("a", "b"), True)],
)
def test_what_is_common_alone_joins_nobody(shared: tuple[str, ...], is_left: bool) -> None:
    assert bool(specific({"f": finding(*shared)}, {"a", "c"})) == is_left


def test_rules_that_join_by_something_say_so() -> None:
    """Their names tell: what two parties share, or how close somebody comes by it."""
    joining = [rule for rule in load().values() if "shared" in rule.id]
    assert len(joining) >= 6
    assert [rule.id for rule in joining if not rule.header.shared] == []
