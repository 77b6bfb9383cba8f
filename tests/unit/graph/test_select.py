"""The selection compiler without a database: cursors, full-text questions, texts, parameters, shapes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidQuestion, Refused
from graph.select import shaping
from graph.select.conditions import predicate
from graph.select.cursors import Order, decode, encode
from graph.select.facts import Subject
from graph.select.plan import Plan, Reader, compile_root
from graph.select.search import full_text
from graph.select.statement import Statement
from graph.select.tree import (
    ALWAYS,
    All,
    AnyOf,
    Compare,
    Condition,
    Constant,
    Has,
    Links,
    Many,
    Neighborhood,
    Nested,
    Node,
    Not,
    One,
    Operator,
    Page,
    Part,
    Paths,
    Read,
    Reasons,
    Related,
    Seen,
    Shape,
    Sort,
    Value,
    Variant,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CLEARED = Reader("o-1")
LIMITED = Reader("o-1", "user-1", ("", "CLEAR", "GREEN"))


def value(constant: object) -> Value:
    return Value(constant=constant)


def shape(kind: str, *fields: Any) -> Shape:
    return Shape((Variant((kind,), fields),))


ADDRESS = shape("IPAddress", Constant("__typename", "IPAddress"), Read("address", "address"))
RESOLVES = Related(
    "resolvesTo", "RESOLVES_TO", "OUT", Page(value(2)), ALWAYS, ALWAYS, False,
    (Node("nodes", "nodes", ADDRESS),),
)  # fmt: skip
NAME = shape("DomainName", Read("id", "id"), RESOLVES)


def page_of(*fields: Any, **others: Any) -> Many:
    given: dict[str, Any] = {
        "kinds": ("DomainName",), "page": Page(value(5)), "where": ALWAYS, "search": None, "sort": Sort(),
        "include_closed": False,
    }  # fmt: skip
    return Many(**{**given, **others}, fields=fields)


# --- cursors --------------------------------------------------------------------------------------------------


@given(st.text(), st.text())
def test_a_cursor_gives_its_place_back(key: str, entity_id: str) -> None:
    assert decode(Order.KEY, encode(Order.KEY, [key, entity_id])) == [key, entity_id]


@given(st.text(max_size=60))
def test_anything_else_is_refused_as_a_cursor(text: str) -> None:
    with pytest.raises(InvalidQuestion, match="is not one of this list"):
        decode(Order.KEY, text)


@pytest.mark.parametrize(
    "cursor",
    [
        encode(Order.CONNECTION, ["a", "b"]),  # of another order
        encode(Order.KEY, ["a"]),  # too short
        encode(Order.KEY, ["a", 1]),  # of another type
        encode(Order.KEY, ["a", "b"]) + "=",  # not as it was given
    ],
)
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidQuestion):
        decode(Order.KEY, cursor)


# --- full text ------------------------------------------------------------------------------------------------


def test_all_words_are_required_and_the_last_may_be_a_beginning() -> None:
    assert full_text("mail Orr", "o-1") == '+org:"o-1" +search:"mail" +(search:"Orr" search:orr*)'


def test_what_is_typed_never_becomes_an_operator() -> None:
    made = full_text('a"b OR* org:other', "o-1")
    assert made == (
        '+org:"o-1" +search:"a\\"b" +search:"OR*" +(search:"org:other" search:org\\:other*)'
    )


@pytest.mark.parametrize("search", ["", "  ", "a " * 17, "a" * 401])
def test_searches_without_words_or_too_long_are_refused(search: str) -> None:
    with pytest.raises(InvalidQuestion):
        full_text(search, "o-1")


# --- texts ----------------------------------------------------------------------------------------------------


def test_one_entity_with_a_page_below_it() -> None:
    plan = compile_root(One("", value("id-1"), NAME))
    assert plan.text == (
        "CYPHER 25 MATCH (n0:Entity {id: $p0}) WHERE n0.org = $org RETURN [n0.id, [COLLECT {"
        " MATCH (n0)-[r1:RESOLVES_TO]->(n1) WHERE r1.holds_since IS NOT NULL"
        " WITH * ORDER BY n1.key, r1.id LIMIT $p1"
        " WITH * WHERE r1.org = $org AND n1.org = $org"
        " RETURN [[null, n1.`address`]] }]] AS value"
    )
    assert plan.bind(CLEARED, {}) == {"org": "o-1", "p0": "id-1", "p1": 2}
    assert plan.answer(["id-1", [[[[None, "192.0.2.1"]]]]]) == {
        "id": "id-1",
        "resolvesTo": {"nodes": [{"__typename": "IPAddress", "address": "192.0.2.1"}]},
    }
    assert plan.answer(None) is None


def test_a_list_of_one_kind_reads_in_the_order_of_its_index() -> None:
    node = shape("DomainName", Read("name", "name"))
    edges = Nested("edges", "edges", (Node("node", "node", node), Part("cursor", "cursor")))
    info = Nested("info", "page_info", (Part("more", "has_next_page"), Part("end", "end_cursor")))
    after = encode(Order.KEY, ["b.example", "id-b"])
    plan = compile_root(page_of(edges, info, page=Page(value(1), value(after))))
    assert plan.text == (
        "CYPHER 25 RETURN [COLLECT { MATCH (n0:DomainName) WHERE n0.org = $org AND n0.key IS NOT NULL"
        " AND n0.holds_since IS NOT NULL AND (n0.key > $p0) WITH * ORDER BY n0.org, n0.key LIMIT $p1"
        " RETURN [n0.key, n0.id, [[n0.`name`], null]] }, $p2] AS value"
    )
    assert plan.bind(CLEARED, {}) == {"org": "o-1", "p0": "b.example", "p1": 2, "p2": 1}
    cursor = encode(Order.KEY, ["c.example", "id-c"])
    found = [[["c.example", "id-c", [["c.example"], None]], ["d", "id-d", [["d"], None]]], 1]
    assert plan.answer(found) == {
        "edges": [{"node": {"name": "c.example"}, "cursor": cursor}],
        "info": {"more": True, "end": cursor},
    }


def test_only_what_is_asked_of_a_page_is_read() -> None:
    plan = compile_root(page_of(Part("n", "total_count")))
    assert plan.text == (
        "CYPHER 25 RETURN [COUNT { MATCH (n0:DomainName) WHERE n0.org = $org AND n0.key IS NOT NULL"
        " AND n0.holds_since IS NOT NULL RETURN n0 }] AS value"
    )
    assert plan.answer([3]) == {"n": 3}


def test_a_list_of_no_kind_has_nothing() -> None:
    total = Part("n", "total_count")
    plan = compile_root(page_of(total, Node("nodes", "nodes", ADDRESS), kinds=()))
    assert plan.text.count("UNWIND [] AS n0") == 2
    assert "MATCH (n0" not in plan.text


def test_at_a_moment_values_come_from_what_held_them_then() -> None:
    node = shape("DomainName", Read("name", "name"), Read("status", "dns_status"))
    text = compile_root(One("", value("id-1"), node, at=value(NOW))).text
    assert "WHERE n0.org = $org AND n0.first_seen <= $p0" in text
    assert "RETURN [n0.`name`, n0v.`dns_status`]" in text, "keys have no history"
    assert (
        "MATCH (n0)-[:WAS]->(_former:Version) WHERE _former.from <= $p0 AND $p0 < _former.until"
        in text
    )


def test_nothing_is_bound_for_a_moment_that_is_not_read() -> None:
    node = shape("DomainName", Read("name", "name"))
    assert "WAS" not in compile_root(One("", value("id-1"), node, at=value(NOW))).text


def test_kinds_with_selections_of_their_own_are_told_apart() -> None:
    either = Shape(
        (
            Variant(("IPAddress", "URL"), (Read("kind", "kind"),)),
            Variant(("DomainName",), (Read("kind", "kind"), Read("name", "name"))),
        )
    )
    plan = compile_root(One("", value("id-1"), either))
    assert "CASE WHEN n0:DomainName THEN [0, [null, n0.`name`]] ELSE [1, [head(" in plan.text
    assert plan.answer([0, [None, "a.example"]]) == {"kind": "DomainName", "name": "a.example"}
    assert plan.answer([1, ["URL"]]) == {"kind": "URL"}


def test_intervals_keep_the_order_of_their_fields() -> None:
    seen = Seen(
        "seen", (Part("to", "to"), Constant("__typename", "Interval"), Part("from", "from"))
    )
    plan = compile_root(One("", value("id-1"), shape("DomainName", seen)))
    answer = plan.answer([[["2026-01-01", "2026-01-02", None]]])
    assert list(answer["seen"][0].items()) == [
        ("to", "2026-01-02"),
        ("__typename", "Interval"),
        ("from", "2026-01-01"),
    ]


# --- every statement ------------------------------------------------------------------------------------------

LINK = (Read("id", "id"), Read("own", "properties"), Node("to", "target", ADDRESS))
EDGES = Nested("edges", "edges", (Nested("link", "link", LINK),))
LINKS = Links("links", ("RESOLVES_TO", "CNAME_TO"), ("OUT", "IN"), Page(value(7)), False, (EDGES,))
WHY = Reasons("why", value(3), (Read("claim", "claim"),))
AROUND = (Nested("links", "links", LINK),)
ROOTS = [
    One("", value("s3cret"), NAME),
    One("DomainName", value("s3cret.example"), NAME, at=value(NOW)),
    One("", value("s3cret"), shape("DomainName", LINKS)),
    page_of(Node("nodes", "nodes", NAME), search=value("s3cret"), at=value(NOW)),
    page_of(Node("nodes", "nodes", NAME), where=Compare("name", Operator.EQ, value("s3cret"))),
    page_of(
        Node("nodes", "nodes", shape("DomainName", WHY)),
        where=Compare("key", Operator.IN, value(("s3cret",))),
        sort=Sort("last_seen", is_descending=True),
        at=value(NOW),
    ),
    Neighborhood(value("s3cret"), 2, ("RESOLVES_TO",), ("IPAddress",), value(7), AROUND),
    Paths(value("s3cret"), value("s3cret"), 2, 3, ("RESOLVES_TO",), AROUND),
    Neighborhood(
        value("s3cret"), 2, ("RESOLVES_TO",), ("IPAddress",), value(7), AROUND, is_resolved=True
    ),
    Paths(value("s3cret"), value("s3cret"), 2, 3, ("RESOLVES_TO",), AROUND, is_resolved=True),
]


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: type(root).__name__)
def test_no_value_becomes_text(root: Any) -> None:
    plan = compile_root(root)
    assert "s3cret" not in plan.text
    assert any("s3cret" in str(each) for each in plan.bind(CLEARED, {}).values())
    assert set(re.findall(r"'([^']*)'", plan.text)) <= {"", "entity_search", "OUT", "IN"}


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: type(root).__name__)
def test_every_entity_and_relationship_is_bound_to_the_organization(root: Any) -> None:
    text = compile_root(root).text
    entities = set(re.findall(r"\((n\d+|_m\d+|_beside|_stop)[:)]", text)) - {"n0"}
    relationships = set(re.findall(r"\[(r\d+|_r\d+|_step|_hop):", text))
    bound = set(re.findall(r"(\w+)\.org = \$org", text))
    assert relationships <= bound
    assert {each for each in entities if f"({each})-[:WAS]" not in text} <= bound | {"n1"}


def test_plans_of_equal_shape_have_equal_texts() -> None:
    one = compile_root(One("", Value(("id",)), NAME))
    other = compile_root(One("", Value(("other",)), NAME))
    assert one.text == other.text
    assert one.bind(CLEARED, {"id": "x"})["p0"] == other.bind(CLEARED, {"other": "x"})["p0"] == "x"


def test_a_value_used_twice_is_one_parameter() -> None:
    statement = Statement()
    assert statement.use(value("a")) == statement.use(value("a")) == "$p0"
    assert statement.use(value(1)) != statement.use(value(True)), "1 is not true"
    assert statement.use(value("a"), lambda raw, _: raw) == "$p3"


# --- binding --------------------------------------------------------------------------------------------------


def test_keys_are_normalised_when_bound() -> None:
    plan = compile_root(One("DomainName", Value(("key",)), NAME))
    assert plan.bind(CLEARED, {"key": "WWW.Bücher.example."})["p0"] == "www.xn--bcher-kva.example"
    with pytest.raises(Refused):
        plan.bind(CLEARED, {"key": "not a name"})


@pytest.mark.parametrize("first", [-1, 501, 10**9])
def test_a_page_out_of_bounds_is_refused_when_bound(first: int) -> None:
    plan = compile_root(page_of(Node("nodes", "nodes", NAME), page=Page(Value(("n",)))))
    assert 500 in plan.bind(CLEARED, {"n": 500}).values()
    with pytest.raises(InvalidQuestion, match="0 to 500"):
        plan.bind(CLEARED, {"n": first})


def test_a_cursor_of_another_order_is_refused_when_bound() -> None:
    page = Page(value(1), Value(("after",)))
    plan = compile_root(page_of(Node("nodes", "nodes", NAME), page=page))
    with pytest.raises(InvalidQuestion):
        plan.bind(CLEARED, {"after": encode(Order.CONNECTION, ["a", "b"])})


@pytest.mark.parametrize(
    "root",
    [
        Neighborhood(value("x"), 4, (), (), value(1), ()),
        Paths(value("x"), value("y"), 11, 3, (), ()),
        Paths(value("x"), value("y"), 1, 0, (), ()),
        Paths(value("x"), value("y"), 1, 3, ("RESOLVES_TO",), (), value(NOW), is_resolved=True),
        One("", value("x"), shape("Nothing", Read("id", "id"))),
        One("", value("x"), shape("DomainName", Read("x", "x`) DETACH DELETE n //"))),
        page_of(Node("nodes", "nodes", NAME), sort=Sort("banner")),
    ],
)  # fmt: skip
def test_what_the_ontology_does_not_have_is_refused(root: Any) -> None:
    with pytest.raises(InvalidQuestion):
        compile_root(root)


# --- conditions -----------------------------------------------------------------------------------------------

IS_A = Compare("name", Operator.EQ, value("a"))
IS_OLD = Compare("first_seen", Operator.LT, value(NOW))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ALWAYS, ""),
        (IS_A, "n.`name` = $p0"),
        (All((IS_A, IS_OLD)), "(n.`name` = $p0 AND n.first_seen < $p1)"),
        (AnyOf((IS_A, IS_OLD)), "(n.`name` = $p0 OR n.first_seen < $p1)"),
        (AnyOf((IS_A, ALWAYS)), ""),
        (AnyOf(()), "false"),
        (Not(IS_A), "NOT (coalesce(n.`name` = $p0, false))"),
        (Not(ALWAYS), "false"),
        (Not(AnyOf(())), "NOT (false)"),
        (Compare("aliases", Operator.IS_ABSENT), "size(coalesce(n.`aliases`, [])) = 0"),
        (Compare("dns_status", Operator.IS_PRESENT), "n.`dns_status` IS NOT NULL"),
        (Compare("tags", Operator.HAS, value("x")), "$p0 IN coalesce(n.tags, [])"),
        (Compare("marking", Operator.EQ, value("RED")), "n.tlp = $p0"),
        (
            Has("RESOLVES_TO", "OUT", Compare("version", Operator.EQ, value(4))),
            "EXISTS { MATCH (n)-[_r0:RESOLVES_TO]->(_m0) WHERE _r0.holds_since IS NOT NULL"
            " AND _r0.org = $org AND _m0.org = $org AND _m0.`version` = $p0 }",
        ),
    ],
)
def test_conditions(condition: Condition, expected: str) -> None:
    assert predicate(Statement(), Subject("n", "", kinds=("DomainName",)), condition, 0) == expected


# --- shapes ---------------------------------------------------------------------------------------------------


def test_records_keep_the_order_of_their_names() -> None:
    build = shaping.record(["b", "a", "c"], [None, shaping.constant(7), shaping.each(str)])
    assert list(build([1, None, [2, 3]]).items()) == [("b", 1), ("a", 7), ("c", ["2", "3"])]


def test_columns_and_items_of_plain_values_are_given_as_they_are() -> None:
    assert shaping.each(None) is None
    found = shaping.Paged([["a", 1], ["b", 2]], limit=None, total=None)
    assert shaping.column(1, None)(found) == [1, 2]
    assert shaping.column(1, str)(found) == ["1", "2"]


def test_absent_properties_are_left_out_of_a_mapping() -> None:
    build = shaping.mapping({"valid_from": "validFrom", "rrtype": "rrtype", "score": "score"})
    assert build([None, "", 0]) == {"score": 0}


def test_a_plan_without_shape_gives_what_it_found() -> None:
    assert Plan("RETURN 1 AS value", {}, None).answer([1]) == [1]
