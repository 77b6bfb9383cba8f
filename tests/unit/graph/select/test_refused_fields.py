"""A tree that asks of something what it has not is refused before a statement is made of it, and told why."""

from __future__ import annotations

import pytest

from graph.errors import InvalidQuestion
from graph.select.plan import compile_root
from graph.select.tree import (
    ALWAYS,
    Compare,
    Condition,
    Difference,
    Differing,
    Field,
    Findings,
    Has,
    Many,
    Neighborhood,
    Nested,
    Node,
    Notes,
    Observations,
    One,
    Operator,
    Page,
    Part,
    Paths,
    Read,
    Reasons,
    Related,
    Root,
    Seen,
    Shape,
    Sort,
    Value,
    Variant,
)

X = Read("x", "x")
FEW = Value(constant=3)
PAGE = Page(FEW)
NAME = Shape((Variant(("DomainName",), (Read("id", "id"),)),))


def of_a_name(*fields: Field) -> One:
    return One("", Value(constant="id-1"), Shape((Variant(("DomainName",), fields),)))


def nodes(*fields: Field) -> Nested:
    return Nested("nodes", "nodes", fields)


def resolves(type_name: str = "RESOLVES_TO", edge: Condition = ALWAYS) -> Related:
    return Related("to", type_name, "OUT", PAGE, ALWAYS, edge, False, (nodes(Read("id", "id")),))


def names(*fields: Field) -> Many:
    return Many(("DomainName",), PAGE, ALWAYS, None, Sort(), False, fields)


def difference(*fields: Field) -> Difference:
    return Difference(Value(("from",)), Value(("to",)), ("DomainName",), False, fields)


def gone(*of_each: Field) -> Difference:
    return difference(Differing("gone", "gone", PAGE, (Nested("items", "items", of_each),)))


REFUSED: list[tuple[Root, str]] = [
    (of_a_name(Part("x", "x")), "there is no 'x' here"),
    (of_a_name(Seen("seen", (Part("x", "x"),))), "an interval has no 'x'"),
    (of_a_name(Reasons("why", FEW, (X,))), "a reason has no 'x'"),
    (of_a_name(Notes("notes", FEW, (X,))), "a note has no 'x'"),
    (of_a_name(Findings("f", PAGE, None, (nodes(X),))), "a finding has no 'x'"),
    (of_a_name(Observations("o", PAGE, (nodes(X),))), "an observation has no 'x'"),
    (
        of_a_name(Observations("o", PAGE, (nodes(Nested("raw", "evidence", (X,))),))),
        "evidence has no 'x'",
    ),
    (of_a_name(Observations("o", PAGE, (Node("n", "nodes", NAME),))), "a page has no 'n'"),
    (of_a_name(resolves("NOTHING")), "there is no relationship type 'NOTHING'"),
    (
        of_a_name(resolves(edge=Has("RESOLVES_TO", "OUT", ALWAYS))),
        "only entities have relationships to ask for",
    ),
    (
        of_a_name(resolves(edge=Compare("x", Operator.EQ, FEW))),
        "ResolvesTo has no property 'x'",
    ),
    (One("Domain Name", FEW, NAME), "'Domain Name' is not a name of the ontology"),
    (names(X), "a page has no 'x'"),
    (names(Nested("info", "page_info", (X,))), "page information has no 'x'"),
    (
        Neighborhood(FEW, 1, ("RESOLVES_TO",), ("DomainName",), FEW, (X,)),
        "a neighbourhood has no 'x'",
    ),
    (Paths(FEW, FEW, 1, 1, ("RESOLVES_TO",), (X,)), "a way has no 'x'"),
    (difference(X), "a difference has no 'x'"),
    (
        difference(Differing("d", "moved", PAGE, (Part("n", "total_count"),))),
        "nothing differs by being 'moved'",
    ),
    (gone(X), "what differs has no 'x'"),
    (
        difference(
            Differing(
                "d", "changed", PAGE, (Nested("items", "items", (Nested("c", "changes", (X,)),)),)
            )
        ),
        "a change has no 'x'",
    ),
]


@pytest.mark.parametrize(("root", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_what_is_not_there_is_refused(root: Root, reason: str) -> None:
    with pytest.raises(InvalidQuestion) as refused:
        compile_root(root)
    assert str(refused.value) == reason
