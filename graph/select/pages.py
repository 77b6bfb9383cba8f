"""Pages of relationships below an entity, of one type or of all. Each is one subquery.

The organization's predicate stands behind the limit of a page: a relationship's id contains both ends' ids and those
the organization, so it holds for all rows, and a hub's hundred thousand rows need not be asked for it one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graph.select import rows
from graph.select.clearance import Bound, bind, may_read
from graph.select.conditions import hop, predicate
from graph.select.cursors import Order
from graph.select.facts import Subject, known, subject_at
from graph.select.identity import members
from graph.select.paging import (
    Key,
    PageText,
    Sorting,
    Wanted,
    connection,
    limit_of,
)
from graph.select.scope import Scope
from graph.select.statement import (
    Expression,
    any_of,
    far_kinds,
    relationship_of,
)
from graph.select.tree import (
    Condition,
    Links,
    Nested,
    Node,
    Page,
    Related,
    Way,
)

NOTHING = Expression("null")

Column = Callable[[Nested | Node], Expression]


@dataclass(frozen=True)
class Listed:
    """A list as Cypher: `tests` choose its rows, `guards` are asserted of what a page's limit let through."""

    match: str
    sorting: Sorting
    tests: Sequence[str]
    guards: Sequence[str]


def page_of(inner: Scope, wanted: Wanted, page: Page, listed: Listed, column: Column) -> Expression:
    """A page of a list as a subquery."""
    statement, sorting = inner.statement, listed.sorting
    tests = [test for test in listed.tests if test and test != "true"]
    total = f"COUNT {{ {listed.match}{_where([*tests, *listed.guards])} }}"
    columns = [column(each) for each in wanted.shown]
    values = [*sorting.places(wanted), *(each.text for each in columns)]
    if page.after is not None:
        tests.append(f"({sorting.behind(statement, page.after)})")
    rows_text = (
        f"COLLECT {{ {listed.match}{_where(tests)} WITH * ORDER BY {sorting.sorted}"
        f" LIMIT {limit_of(statement, page, wanted)}{inner.clause or ' WITH *'}{_where(listed.guards)}"
        f" RETURN [{', '.join(values)}] }}"
    )
    return connection(statement, page, wanted, PageText(sorting, columns, rows_text, total))


def _where(tests: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(tests)}" if tests else ""


def related(scope: Scope, near: Subject, wanted: Related) -> Expression:
    """A page of the relationships of one type, at one side."""
    inner = scope.inner()
    r, m = inner.variable("r"), inner.variable("n")
    n, walked = _start(inner, near)
    ends = (n, m) if wanted.way == "OUT" else (m, n)
    subject = inner.relationship(r, (wanted.type,), ends)
    match = f"{walked}MATCH {hop(n, r, wanted.type, wanted.way, m)}"
    told = inner.told(r, ends[0])
    match, tests = _known(inner, match, told, m, include_closed=wanted.include_closed)
    listed = Listed(
        match,
        _by_key(wanted.type, wanted.way, m, r, is_resolved=bool(walked)),
        [*tests, *_tests(inner, subject, m, wanted)],
        [f"{r}.org = $org", f"{m}.org = $org"],
    )
    render = rows.relationship_render(inner, subject, {"node": m}, {"cursor": NOTHING})
    return page_of(
        inner, Wanted(wanted.fields), wanted.page, listed, _columns(inner, render, subject, m)
    )


def _known(
    inner: Scope, match: str, told: Bound, m: str, *, include_closed: bool
) -> tuple[str, list[str]]:
    """What finds the relationships that belong into a list, and the tests of them: what these need bound is."""
    test = known(inner.statement, told, include_closed=include_closed)
    readable, bound = may_read(inner.statement, told.n, m), bind(told)
    return (f"{match}{_where(readable)}{bound}", [test]) if bound else (match, [test, *readable])


def _tests(inner: Scope, link: Subject, m: str, wanted: Related) -> list[str]:
    """The filters, read at the moment asked about; nothing is bound yet where they stand."""
    statement, depth = inner.statement, inner.depth
    edge = subject_at(statement, link.variable, types=link.types, ends=link.ends)
    far = subject_at(statement, m, kinds=far_kinds(wanted.type, wanted.way))
    conditions: list[tuple[Subject, Condition]] = [(edge, wanted.edge), (far, wanted.where)]
    return [predicate(statement, each, condition, depth) for each, condition in conditions]


def _columns(inner: Scope, render: rows.Render, subject: Subject, m: str) -> Column:
    def column(wanted: Nested | Node) -> Expression:
        if isinstance(wanted, Node):
            return rows.entity(inner, m, wanted.shape)
        made = rows.row(wanted.fields, render)
        inner.settle(subject)
        return made

    return column


def _start(inner: Scope, near: Subject) -> tuple[str, str]:
    """Where relationships start from, and the clause that binds it: the entity itself, or all that are one with it."""
    if not inner.statement.is_resolved:
        return near.variable, ""
    member = inner.variable("s")
    return member, members(inner.statement, near.variable, member)


def _by_key(type_name: str, way: Way, m: str, r: str, *, is_resolved: bool) -> Sorting:
    """By the far end's key, then the relationship's id, which is needed only where the key does not tell all apart."""
    has_qualifier = any(p.is_qualifier for p in relationship_of(type_name).properties().values())
    is_unique = len(far_kinds(type_name, way)) == 1 and not has_qualifier and not is_resolved
    return Sorting(
        Order.CONNECTION, (Key(f"{m}.key"), Key(f"{r}.id")), needed=1 if is_unique else 2
    )


def links(scope: Scope, near: Subject, wanted: Links) -> Expression:
    """A page of an entity's relationships, of whichever types."""
    inner = scope.inner()
    r, m = inner.variable("r"), inner.variable("n")
    n, walked = _start(inner, near)
    left = "<-" if wanted.ways == ("IN",) else "-"
    right = "->" if wanted.ways == ("OUT",) else "-"
    match = f"{walked}MATCH ({n}){left}[{r}:{any_of(wanted.types)}]{right}({m})"
    told = inner.told(r, n)
    match, tests = _known(inner, match, told, m, include_closed=wanted.include_closed)
    listed = Listed(
        match,
        Sorting(Order.LINKS, (Key(f"type({r})"), Key(f"{m}.key"), Key(f"{r}.id"))),
        tests,
        [f"{r}.org = $org", f"{m}.org = $org"],
    )
    is_start = f"startNode({r}) = {n}"
    direction = Expression(f"CASE WHEN {is_start} THEN 'OUT' ELSE 'IN' END")

    def column(field: Nested | Node) -> Expression:
        start = inner.bind(f"{r}s", f"CASE WHEN {is_start} THEN {n} ELSE {m} END")
        end = inner.bind(f"{r}e", f"CASE WHEN {is_start} THEN {m} ELSE {n} END")
        subject = inner.relationship(r, wanted.types, (start, end))
        nodes = {"node": m, "source": start, "target": end}
        parts = {"cursor": NOTHING, "direction": direction}
        render = rows.relationship_render(inner, subject, nodes, parts)
        return _columns(inner, render, subject, m)(field)

    return page_of(inner, Wanted(wanted.fields), wanted.page, listed, column)
