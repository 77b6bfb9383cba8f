"""What is read off a statement's text."""

from __future__ import annotations

import pytest

from graph.correlate.statement import Statement, blank
from graph.errors import InvalidRule


def statement(text: str) -> Statement:
    return Statement.of("x.cypher", 10, text)


def test_blanks_comments_strings_and_quoted_names_in_place() -> None:
    text = "RETURN 'it''s (a)' AS x // (b)\n, \"c\\\"d\" AS y /* $e */, `f g` AS z"
    found = blank(text)

    assert len(found) == len(text)
    assert [word for word in ("a", "b", "c", "d", "$e", "f", "g") if word in found] == []
    assert found.count("\n") == 1


def test_reads_relationships_of_every_spelling() -> None:
    found = statement(
        "MATCH (a:One {id: id})-[r:R WHERE r.x IS NOT NULL]->(b:Two|Three)\n"
        "MATCH (b)<-[:S|T {way: 'a)b'}]-(:Four)-[u:U]-(c:Five WHERE c.y > size([1, 2]))\n"
        "WHERE EXISTS { (c)-[v:V]->{1,8}(:Six) } AND c.z - [1][0] > 0"
    ).edges()

    assert [
        (
            e.name,
            e.types,
            e.arrow,
            e.repeats,
            e.left.name,
            e.left.labels,
            e.right.name,
            e.right.labels,
        )
        for e in found
    ] == [
        ("r", ("R",), "->", None, "a", ("One",), "b", ("Two", "Three")),
        ("", ("S", "T"), "<-", None, "b", (), "", ("Four",)),
        ("u", ("U",), "--", None, "", ("Four",), "c", ("Five",)),
        ("v", ("V",), "->", (1, 8), "c", (), "", ("Six",)),
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("MATCH (a:A)\n-[r:R*1..3]->(b:B)", 11, "a relationship is `-[name:TYPE]->`"),
        ("MATCH (a:A)-[]->(b:B)", 10, "a relationship is `-[name:TYPE]->`"),
        ("MATCH (a:A)-[r:R]->{1,3}", 10, "a relationship leads to a node"),
        ("MATCH (a:A)-[r:R", 10, "a relationship is `-[name:TYPE]->`"),
        ("WITH 1 AS x\nMATCH a:A)-[r:R]->(b:B)", 11, "a node is `(name:Kind)`"),
        ("MATCH (a:!A)-[r:R]->(b:B)", 10, "a node is `(name:Kind)`"),
    ],
)
def test_refuses_what_it_cannot_be_sure_about(text: str, line: int, said: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        statement(text).edges()
    assert str(refused.value).startswith(f"x.cypher:{line}: ")
    assert said in str(refused.value)


def test_names_the_columns_of_the_last_return() -> None:
    found = statement(
        "MATCH (a:A) WITH a, COLLECT { RETURN 1 AS inner, 2 AS other } AS list\n"
        "RETURN a, [x IN list | x, 1] AS b, coalesce(a.c, 'd, e') AS c"
    )
    assert found.columns() == ["a", "b", "c"]

    with pytest.raises(InvalidRule, match=r"x.cypher:10: the column 'a.name' has no name"):
        statement("MATCH (a:A) RETURN a.name").columns()


def test_a_statement_without_a_result_or_a_beginning_is_told_as_one() -> None:
    with pytest.raises(InvalidRule, match=r"x.cypher:11: the statement does not RETURN anything"):
        statement("MATCH (a:A)\nWHERE a.x = 'RETURN 1 AS x'").columns()
    with pytest.raises(InvalidRule, match=r"x.cypher:10: the statement has no MATCH that begins"):
        statement("UNWIND [1] AS a\nMATCH p = (b:B) RETURN a").opening_node()


def test_gives_parameters_and_clauses_outside_of_brackets() -> None:
    found = statement(
        "MATCH (a {id: $one}) WHERE a.name STARTS WITH $two\n"
        "WITH a, COUNT { MATCH (b) WHERE b.x = '$none' RETURN b LIMIT 3 } AS n ORDER BY n LIMIT $three"
    )
    assert found.parameters() == {"one", "two", "three"}
    assert len(found.clauses("MATCH")) == 1
    assert len(found.clauses("WITH")) == 1
    assert len(found.clauses("LIMIT")) == 1
