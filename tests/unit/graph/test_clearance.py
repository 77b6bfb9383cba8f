"""What compiled statements hold against a reader's clearance, and that they say nothing of it to the cleared."""

from __future__ import annotations

import re
from typing import Any

import pytest

from graph.select.plan import Reader, compile_root
from graph.select.tree import (
    ALWAYS,
    Compare,
    Constant,
    Difference,
    Differing,
    Field,
    Findings,
    Has,
    Links,
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
    WhyOf,
)

LIMITED = Reader("o-1", "user-1", ("", "CLEAR", "GREEN"))
MOMENT = Value(constant="2026-01-02T00:00:00Z")


def value(constant: object) -> Value:
    return Value(constant=constant)


def shape(*fields: Any) -> Shape:
    return Shape((Variant(("DomainName",), fields),))


PAGE = Page(value(5))
SUMS: tuple[Field, ...] = tuple(
    Read(name, name)
    for name in ("first_seen", "last_seen", "changed_at", "confidence", "supports", "holds")
)
NAMED = shape(Read("key", "key"), *SUMS, Seen("seen", (Part("from", "from"),)))
LINK = (Read("id", "id"), *SUMS, Node("from", "source", NAMED), Node("to", "target", NAMED))
OBSERVATION = (Read("run", "run_id"), Node("about", "about", NAMED))
WHY = Reasons(
    "why",
    value(3),
    (
        Read("claim", "claim"),
        Nested("observation", "observation", OBSERVATION),
        Node("derivedFrom", "derived_from", NAMED),
        Node("path", "path", NAMED),
    ),
)
NODES = (Node("nodes", "nodes", NAMED), Part("count", "total_count"))
FINDING = (
    Node("subject", "subject", NAMED),
    Node("evidence", "evidence", NAMED),
    Nested("links", "evidence_links", LINK),
    Notes("notes", value(2), (Read("text", "text"),)),
    WHY,
)
ALL = shape(
    Related("resolvesTo", "RESOLVES_TO", "OUT", PAGE, ALWAYS, ALWAYS, False, (
        Nested("edges", "edges", (*SUMS, WHY)), Part("count", "total_count"),
    )),
    Links("links", ("RESOLVES_TO", "CNAME_TO"), ("OUT", "IN"), PAGE, True, (
        Nested("edges", "edges", (Nested("link", "link", LINK),)), Part("count", "total_count"),
    )),
    WHY,
    Observations("observations", PAGE, (Nested("nodes", "nodes", OBSERVATION), Part("n", "total_count"))),
    Findings("findings", PAGE, None, (Nested("nodes", "nodes", FINDING), Part("n", "total_count"))),
    Notes("notes", value(2), (Read("text", "text"),)),
)  # fmt: skip
AROUND = (Node("nodes", "nodes", NAMED), Nested("links", "links", LINK))
HAS = Has("RESOLVES_TO", "OUT", Compare("confidence", Operator.GT, value(0.5)))
ITEM: tuple[Field, ...] = (
    Node("entity", "entity", NAMED),
    Nested("link", "link", LINK),
    Nested("changes", "changes", (Part("before", "before"),)),
)


def many(**others: Any) -> Many:
    given: dict[str, Any] = {
        "kinds": ("DomainName",), "page": PAGE, "where": ALWAYS, "search": None, "sort": Sort(), "include_closed": True,
    }  # fmt: skip
    return Many(**{**given, **others}, fields=NODES)


def difference(way: str, *, is_of_runs: bool = False) -> Difference:
    items = (Nested("items", "items", ITEM), Part("count", "total_count"))
    return Difference(MOMENT, MOMENT, ("DomainName",), is_of_runs, (Differing(way, way, PAGE, items),))  # fmt: skip


ROOTS: dict[str, Root] = {
    "one": One("", value("x"), ALL),
    "one at a moment": One("DomainName", value("a.example"), ALL, at=MOMENT),
    "many": many(where=HAS),
    "many kinds": many(kinds=("DomainName", "IPAddress", "URL", "Malware", "Feed"), at=MOMENT),
    "search": many(search=value("x"), sort=Sort("last_seen")),
    "order": many(sort=Sort("first_seen", is_descending=True)),
    "neighborhood": Neighborhood(
        value("x"), 2, ("RESOLVES_TO",), ("IPAddress",), value(7), AROUND
    ),
    "paths": Paths(value("x"), value("y"), 2, 3, ("RESOLVES_TO",), (*AROUND, Part("c", "confidence"))),
    "neighborhood of identities": Neighborhood(
        value("x"), 2, ("RESOLVES_TO",), ("IPAddress",), value(7), (*AROUND, Part("i", "identities")), is_resolved=True
    ),
    "neighborhood of identities at a moment": Neighborhood(
        value("x"), 1, ("RESOLVES_TO",), ("IPAddress",), value(7), (Part("i", "identities"),), MOMENT, is_resolved=True
    ),
    "paths through identities": Paths(value("x"), value("y"), 1, 3, ("RESOLVES_TO",), AROUND, is_resolved=True),
    "why": WhyOf(value("x"), value(3), WHY.fields),
    **{way: difference(way) for way in ("appeared", "gone", "changed", "reappeared", "not_rechecked")},
    "runs": difference("gone", is_of_runs=True),
}  # fmt: skip

# Variables that need no test of their own, each with its reason.
GIVEN = {
    "_former": "a former state, told of only where all that gave values may be read",
    "_origin": "the answer that a readable one repeats, so equally marked",
    "_raw": "the evidence of an answer that was tested",
    "_run": "tested as a run",
    "_first": "tested as a run",
    "_second": "tested as a run",
    "_either": "one of two runs that were tested",
    "_claim": "the claim of an answer that was tested",
    "_again": "the same answer given again, so equally marked",
    "_right": "among entities shown",
    "_basis": "what a finding rests on that was tested with all it rests on",
    "_one": "only looked between for relationships",
    "_two": "only looked between for relationships",
    "_how": "the way an answer is tied to what it states",
    "_far": "how far a run came",
    "_near": "how far a run came, or the start of a relationship that was tested",
    "_named": "the predicate of runs itself",
    "_looked": "the predicate of answers itself",
    "_last": "the entity before on a way, tested then",
    "_twin_pair": "a pair of two that were tested",
    "_decision": "what was decided of such a pair",
}


def bound(text: str) -> set[str]:
    """The variables that the patterns of a text bind; what is only another name of them (AS) is left out."""
    nodes = re.findall(r"\((\w+)(?:\)(?=<?-\[)|:\w| WHERE )", text) + re.findall(
        r"->?\((\w+)[):]", text
    )
    relationships = re.findall(r"\[(\w+):", text)
    return {*nodes, *relationships} - set(re.findall(r" AS (\w+)", text))


@pytest.mark.parametrize("name", ROOTS)
def test_every_fact_answer_and_note_is_held_against_the_clearance(name: str) -> None:
    text = compile_root(ROOTS[name], is_cleared=False).text
    tested = set(re.findall(r"coalesce\((\w+)\.tlp, ''\) IN \$readable", text))
    # Claims of answers, and what these looked at, which is tested with them.
    others = {each for each in bound(text) if re.fullmatch(r"[ca]\d+", each)}
    runs = set(re.findall(r"\((\w+)\.started_by = \$user OR NOT EXISTS", text))
    findings = set(re.findall(r"MATCH \((\w+)\)-\[:ABOUT\|RESTS_ON\]", text))
    assert bound(text) - others - GIVEN.keys() <= tested | runs | findings
    assert {"_run", "_first", "_second"} & bound(text) <= runs


@pytest.mark.parametrize("name", ROOTS)
def test_the_cleared_pay_nothing(name: str) -> None:
    plan = compile_root(ROOTS[name])
    assert not re.search(r"readable|strictest|\.tlp|started_by", plan.text)
    assert set(plan.bind(Reader("o-1", "user-1"), {})) == {"org", *plan.parameters}


def test_the_limited_bring_what_they_may_read() -> None:
    bound = compile_root(ROOTS["one"], is_cleared=False).bind(LIMITED, {})
    assert (bound["readable"], bound["user"]) == (["", "CLEAR", "GREEN"], "user-1")


def test_of_what_others_stated_too_times_and_sums_are_those_that_may_be_read() -> None:
    now = compile_root(One("", value("x"), NAMED), is_cleared=False).text
    then = compile_root(One("", value("x"), NAMED, at=MOMENT), is_cleared=False).text
    whole = "CASE WHEN coalesce(n0.strictest, '') IN $readable THEN"
    values = (
        "CASE WHEN n0.changed_at IS NULL OR coalesce(n0.strictest_values, '') IN $readable THEN"
    )
    assert (now.count(whole), now.count(values)) == (5, 1), (
        "not whether it holds: it is seen for that"
    )
    assert then.count(whole) == 7, "whether it held, too, and whether it was known"


def test_a_condition_counts_only_the_claims_that_may_be_read() -> None:
    well_known = many(where=Compare("supports", Operator.GT, value(1)))
    text = compile_root(well_known, is_cleared=False).text
    counted = re.search(
        r"CASE WHEN coalesce\(n0\.strictest, ''\) IN \$readable"
        r" THEN coalesce\(n0\.supports, 0\) ELSE COUNT \{ (.+?) \} END > ",
        text,
    )
    assert counted
    assert "coalesce(_said.tlp, '') IN $readable" in counted[1]
    assert "(_claim:Claim {id: _said.claim})" in counted[1]
    cleared = compile_root(well_known).text
    assert "coalesce(n0.supports, 0) > " in cleared


def test_former_values_are_told_only_where_nobody_else_gave_any() -> None:
    status = shape(Read("dns_status", "dns_status"))
    then = compile_root(One("", value("x"), status, at=MOMENT), is_cleared=False).text
    told = "CASE WHEN n0.changed_at IS NULL OR coalesce(n0.strictest_values, '') IN $readable THEN"
    assert f"WITH *, {told}" in then
    assert "strictest" not in compile_root(One("", value("x"), status), is_cleared=False).text


def test_what_is_of_now_is_held_against_what_it_is_now() -> None:
    fields = (Constant("__typename", "Finding"), Node("subject", "subject", NAMED))
    findings = Findings("findings", PAGE, None, (Nested("nodes", "nodes", fields),))
    text = compile_root(One("", value("x"), shape(findings), at=MOMENT), is_cleared=False).text
    assert "WHERE NOT coalesce(_basis.tlp, '') IN $readable" in text
    assert "THEN n0.first_seen ELSE" in text
