"""A page of an organization's entities, read in the order of an index wherever there is one."""

from __future__ import annotations

from collections.abc import Sequence

from graph.errors import InvalidQuestion
from graph.select import clearance, rows
from graph.select.clearance import Told, may_read
from graph.select.conditions import in_labels, predicate
from graph.select.cursors import Order
from graph.select.facts import known, last_seen, subject_at
from graph.select.paging import Key, PageText, Sorting, Wanted, connection, limit_of
from graph.select.scope import Scope
from graph.select.search import full_text
from graph.select.statement import Expression, Statement, all_kinds, name
from graph.select.tree import Common, Field, Many, Nested, Node, Sort

FEW_KINDS = 4
"""As many kinds are read one by one; more by the index of all entities, since planning takes time for each."""


def many(statement: Statement, root: Many) -> tuple[str, Expression]:
    """A page of entities of some kinds, chosen by a filter, a full-text question, or both."""
    scope = Scope(statement)
    n = scope.variable("n")
    wanted = Wanted(root.fields)
    sorting = _sorting(statement, root.sort, n, is_unique=len(root.kinds) == 1)
    columns = [_column(scope, n, each) for each in wanted.shown]
    tests = _tests(statement, root, n)
    counted = f"COUNT {{ {_found(statement, root, n, tests)} RETURN {n} }}"
    if root.page.after is not None:
        tests.append(f"({sorting.behind(statement, root.page.after)})")
    ordered = f" ORDER BY {_by_index(sorting, n)} LIMIT {limit_of(statement, root.page, wanted)}"
    top = f" WITH {n}{ordered}" if sorting.order is Order.KEY else ""
    values = [*sorting.places(wanted), *(each.text for each in columns)]
    rows_text = (
        f"COLLECT {{ {_found(statement, root, n, tests, top)} WITH *{ordered}{scope.clause}"
        f" RETURN [{', '.join(values)}] }}"
    )
    made = connection(statement, root.page, wanted, PageText(sorting, columns, rows_text, counted))
    return f"RETURN {made.text} AS value", made


def _column(scope: Scope, n: str, wanted: Nested | Node) -> Expression:
    def edge(field: Field) -> Expression:
        return rows.entity(scope, n, field.shape) if isinstance(field, Node) else Expression("null")

    if isinstance(wanted, Node):
        return rows.entity(scope, n, wanted.shape)
    return rows.row(wanted.fields, edge)


def _sorting(statement: Statement, sort: Sort, n: str, *, is_unique: bool) -> Sorting:
    down = sort.is_descending
    last = Key(f"{n}.id")
    match sort.name:
        case Common.KEY:
            return Sorting(Order.KEY, (Key(f"{n}.key", down), last), needed=1 if is_unique else 2)
        case Common.FIRST_SEEN:
            first = clearance.first_seen(statement, Told(n))
            return Sorting(Order.FIRST_SEEN, (Key(first, down, is_moment=True), last))
        case Common.LAST_SEEN:
            latest = last_seen(statement, subject_at(statement, n))
            return Sorting(Order.LAST_SEEN, (Key(latest, down, is_moment=True), last))
        case Common.CONFIDENCE:
            return Sorting(Order.CONFIDENCE, (Key(clearance.doubt(statement, Told(n)), down), last))
    raise InvalidQuestion(f"entities are not ordered by {sort.name!r}")


def _by_index(sorting: Sorting, n: str) -> str:
    """The order as the index on (org, key) has it; the organization is the same for all rows."""
    if sorting.order is not Order.KEY:
        return sorting.sorted
    return f"{n}.org{' DESC' if sorting.keys[0].is_descending else ''}, {sorting.sorted}"


def _tests(statement: Statement, root: Many, n: str) -> list[str]:
    found = subject_at(statement, n, kinds=root.kinds)
    tests = [
        known(statement, Told(n), include_closed=root.include_closed),
        *may_read(statement, n),
        predicate(statement, found, root.where, 0),
    ]
    return [test for test in tests if test and test != "true"]


def _found(statement: Statement, root: Many, n: str, tests: Sequence[str], top: str = "") -> str:
    """The clauses that bind `n` to what the list has. Where several kinds are read one by one, `top` cuts each."""
    if not root.kinds:
        return f"UNWIND [] AS {n}"
    kinds = [] if root.kinds == all_kinds() else [in_labels(n, root.kinds)]
    if root.search is not None:
        query = statement.use(root.search, full_text)
        read = f"CALL db.index.fulltext.queryNodes('entity_search', {query}) YIELD node AS {n} WITH {n}"
        return f"{read} WHERE {' AND '.join([f'{n}.org = $org', *kinds, *tests])}"
    if len(root.kinds) > FEW_KINDS:
        return _of_label(n, "Entity", [*kinds, *tests])
    reads = [_of_label(n, kind, tests) for kind in root.kinds]
    if len(reads) == 1:
        return reads[0]
    return f"CALL () {{ {' UNION ALL '.join(f'{each}{top} RETURN {n}' for each in reads)} }}"


def _of_label(n: str, label: str, tests: Sequence[str]) -> str:
    """Entities of a label in the organization, by the index on (org, key)."""
    own = [f"{n}.org = $org", f"{n}.key IS NOT NULL"]
    return f"MATCH ({n}:{name(label)}) WHERE {' AND '.join([*own, *tests])}"
