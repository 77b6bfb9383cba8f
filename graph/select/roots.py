"""Where a statement begins: one entity, a page of entities, why something holds.

Every root is bound to the organization and enters the graph by an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from graph.errors import InvalidQuestion
from graph.model import registry
from graph.select import pages, rows
from graph.select.conditions import in_labels, predicate
from graph.select.cursors import Order
from graph.select.facts import Subject, known, last_seen
from graph.select.paging import Key, Sorting, Wanted, connection, limit_of
from graph.select.scope import Scope
from graph.select.search import full_text
from graph.select.statement import Expression, Statement, all_kinds, all_types, name
from graph.select.tree import Common, Field, Many, Nested, Node, One, Reasons, Sort, WhyOf


FEW_KINDS = 4
"""As many kinds are read one by one; more by the index of all entities, since planning takes time for each."""


def canonical_key(raw: Any, org: str, *, kind: str) -> str:  # noqa: ARG001 - the form of a conversion
    """The key that any spelling stands for. Raises Refused."""
    return registry.make(kind, str(raw)).key


def one(statement: Statement, root: One) -> tuple[str, Expression]:
    """One entity, or no row."""
    scope = Scope(statement)
    n = scope.variable("n")
    if root.kind:
        convert = _key_conversion(root.kind)
        match = f"MATCH ({n}:{name(root.kind)}) WHERE {n}.org = $org AND {n}.key = {statement.use(root.value, convert)}"
    else:
        match = f"MATCH ({n}:Entity {{id: {statement.use(root.value)}}}) WHERE {n}.org = $org"
    if statement.at:
        match += f" AND {n}.first_seen <= {statement.at}"
    made = rows.entity(scope, n, root.shape)
    return f"{match}{scope.clause} RETURN {made.text} AS value", made


_KEYS: dict[str, Any] = {}


def _key_conversion(kind: str) -> Any:
    """One conversion a kind, so that equal parameters are seen to be equal."""
    return _KEYS.setdefault(kind, partial(canonical_key, kind=kind))


def many(statement: Statement, root: Many) -> tuple[str, Expression]:
    """A page of entities."""
    scope = Scope(statement)
    n = scope.variable("n")
    wanted = Wanted(root.fields)
    sorting = _sorting(root.sort, n, statement.at, is_unique=len(root.kinds) == 1)
    limit = limit_of(statement, root.page, wanted) if wanted.needs_rows else ""
    columns = [_column(scope, n, each) for each in [*wanted.edge_fields, *wanted.node_fields]]
    place = [key.shown for key in sorting.keys] if wanted.needs_place else []
    values = [*place, *(each.text for each in columns)]
    after = [] if root.page.after is None else [f"({sorting.behind(statement, root.page.after)})"]
    found = _found(statement, root, n, after, sorting, limit)
    text = (
        f"COLLECT {{ {found} WITH * ORDER BY {sorting.sorted} LIMIT {limit}{scope.clause}"
        f" RETURN [{', '.join(values)}] }}"
    )
    counted = _found(statement, root, n, [], None, "") if wanted.needs_total else ""
    total = f"COUNT {{ {counted} RETURN {n} }}"
    made = connection(statement, root.page, wanted, sorting, columns, text, total)
    return f"RETURN {made.text} AS value", made


def _column(scope: Scope, n: str, wanted: Field) -> Expression:
    if isinstance(wanted, Node):
        return rows.entity(scope, n, wanted.shape)
    if isinstance(wanted, Nested):
        return rows.row(wanted.fields, partial(_edge, scope, n))
    raise InvalidQuestion(f"a page has no {wanted.alias!r}")


def _edge(scope: Scope, n: str, wanted: Field) -> Expression:
    if isinstance(wanted, Node):
        return rows.entity(scope, n, wanted.shape)
    return Expression("null")


def _sorting(sort: Sort, n: str, at: str, *, is_unique: bool) -> Sorting:
    down = sort.is_descending
    last = Key(f"{n}.id")
    match sort.name:
        case Common.KEY:
            return Sorting(Order.KEY, (Key(f"{n}.key", down), last), needed=1 if is_unique else 2)
        case Common.FIRST_SEEN:
            return Sorting(Order.FIRST_SEEN, (Key(f"{n}.first_seen", down, is_moment=True), last))
        case Common.LAST_SEEN:
            return Sorting(Order.LAST_SEEN, (Key(last_seen(n, at), down, is_moment=True), last))
        case Common.CONFIDENCE:
            return Sorting(Order.CONFIDENCE, (Key(f"coalesce({n}.doubt, 0)", down), last))
    raise InvalidQuestion(f"entities are not ordered by {sort.name!r}")


def _found(
    statement: Statement, root: Many, n: str, after: Sequence[str], sorting: Sorting | None, limit: str
) -> str:
    """The clauses that bind `n` to what the list has. With a `sorting` whose order the indexes have, each kind gives its
    first rows of it only."""
    subject = Subject(n, statement.at, kinds=root.kinds)
    tests = [
        known(n, statement.at, include_closed=root.include_closed),
        predicate(statement, subject, root.where, 0),
        *after,
    ]
    chosen = " AND ".join(["", *(t for t in tests if t and t != "true")])
    if root.search is not None:
        query = statement.use(root.search, full_text)
        kinds = "" if root.kinds == all_kinds() else f" AND {in_labels(n, root.kinds)}"
        return f"CALL db.index.fulltext.queryNodes('entity_search', {query}) YIELD node AS {n} WITH {n} WHERE {n}.org = $org{kinds}{chosen}"
    top = ""
    if sorting and sorting.order is Order.KEY:
        direction = " DESC" if root.sort.is_descending else ""
        keys = [f"{n}.org{direction}", sorting.sorted]
        top = f" WITH {n} ORDER BY {', '.join(keys)} LIMIT {limit}"
    if len(root.kinds) > FEW_KINDS:
        some = "" if root.kinds == all_kinds() else f" AND {in_labels(n, root.kinds)}"
        return f"{_of_label(n, 'Entity')}{some}{chosen}{top}"
    reads = [f"{_of_label(n, kind)}{chosen}{top}" for kind in root.kinds]
    if len(reads) == 1:
        return reads[0]
    if not reads:
        return f"UNWIND [] AS {n}"
    return f"CALL () {{ {' UNION ALL '.join(f'{each} RETURN {n}' for each in reads)} }}"


def _of_label(n: str, label: str) -> str:
    """All entities of a label in the organization, in the order of the index on (org, key)."""
    return f"MATCH ({n}:{name(label)}) WHERE {n}.org = $org AND {n}.key IS NOT NULL"


def why_of(statement: Statement, root: WhyOf) -> tuple[str, Expression]:
    """Why an entity, a finding (by what it is about and rests on) or a relationship holds, by its id.

    Relationships have no index on their ids. They are looked for last, among the organization's own.
    """
    scope, wanted = Scope(statement), Reasons("", root.first, root.fields)
    given = statement.use(root.of)
    of_entity = pages.reasons(scope, "_known", "", wanted)
    of_finding = pages.reasons_among(scope, pages.basis_of("_about"), "", wanted)
    link = (
        f"MATCH (_s:Entity)-[_r:{all_types()}]->(:Entity) WHERE _s.org = $org AND _s.key IS NOT NULL"
        f" AND _r.id = {given} WITH _s, _r LIMIT 1 MATCH (_s)<-[:PRODUCED]-({{o}}:Observation)"
    )
    of_link = pages.reasons_among(scope, link, " AND _r.id IN {o}.relationships", wanted)
    text = (
        f"OPTIONAL MATCH (_known:Entity {{id: {given}}}) WHERE _known.org = $org"
        f" OPTIONAL MATCH (_about:Finding {{id: {given}}}) WHERE _about.org = $org"
        f" RETURN CASE WHEN _known IS NOT NULL THEN {of_entity.text}"
        f" WHEN _about IS NOT NULL THEN {of_finding.text} ELSE {of_link.text} END AS value"
    )
    return text, of_entity
