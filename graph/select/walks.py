"""Walks from an entity: what lies around it, and the ways to another. Directions of relationships do not matter.

Each ring of a neighbourhood is cut to what can still be shown, so a walk's cost follows the relationships of the
entities shown, not what lies behind them. Through identities, whoever is one with an entity lies in its ring, behind
those that lie there by themselves; a way passes from one to the other in a step.
"""

from __future__ import annotations

from collections.abc import Sequence

from graph.errors import InvalidQuestion
from graph.select import rows, shaping
from graph.select.clearance import Told, also, may_read
from graph.select.conditions import in_labels
from graph.select.facts import confidence, holds, known_by
from graph.select.identity import SAME, check_now, members
from graph.select.paging import one_more, page_size
from graph.select.scope import Scope
from graph.select.statement import Expression, Statement, all_kinds, any_of
from graph.select.tree import Field, Neighborhood, Nested, Node, Part, Paths

MOST_DEPTH = 3
MOST_PATHS = 10
LONGEST_PATH = 10


def neighborhood(statement: Statement, root: Neighborhood) -> tuple[str, Expression]:
    """The entities within some hops, the nearest first, and the relationships among them."""
    depth = within("depth", root.depth, MOST_DEPTH)
    first = statement.use(root.first, page_size)
    known = f" AND {known_by(statement, Told('_center'))}" if statement.at else ""
    known += also(may_read(statement, "_center"))
    rings = "".join(_ring(statement, root, each, first) for each in range(1, depth + 1))
    made = rows.row(root.fields, lambda field: _around(Scope(statement), root.types, field))
    text = (
        f"OPTIONAL MATCH (_center:Entity {{id: {statement.use(root.start)}}}) WHERE _center.org = $org{known}"
        f" WITH [_each IN [_center] WHERE _each IS NOT NULL] AS _near0{_joined(statement, root, 0, first)}{rings}"
        f" WITH _found{depth}[..{first}] AS _shown, size(_found{depth}) > {first} AS _more RETURN {made.text} AS value"
    )
    return text, made


def _ring(statement: Statement, root: Neighborhood, number: int, first: str) -> str:
    """One ring further: what is not yet found and lies beside the last ring, as much of it as can be shown."""
    before, last = f"_found{number - 1}", f"_ring{number - 1}"
    tests = [
        holds(statement, Told("_step", "_here"), statement.at),
        "_step.org = $org",
        "_beside.org = $org",
    ]
    tests += may_read(statement, "_step", "_beside")
    if root.kinds != all_kinds():
        tests.append(in_labels("_beside", root.kinds))
    return (
        f" CALL ({before}, {last}) {{ UNWIND CASE WHEN size({before}) > {first} THEN [] ELSE {last} END AS _here"
        f" MATCH (_here)-[_step:{any_of(root.types)}]-(_beside) WHERE {' AND '.join(tests)} AND NOT _beside IN {before}"
        f" WITH DISTINCT _beside ORDER BY _beside.key, _beside.id LIMIT {statement.use(root.first, one_more)}"
        f" RETURN collect(_beside) AS _near{number} }}{_joined(statement, root, number, first)}"
    )


def _joined(statement: Statement, root: Neighborhood, number: int, first: str) -> str:
    """What was found and the last ring with what lies in it, and where wanted with who is one with that."""
    near, before = f"_near{number}", f"_found{number - 1} + " if number else ""
    if not root.is_resolved:
        return f" WITH *, {near} AS _ring{number}, {before}{near} AS _found{number}"
    same = f"_same{number}"
    tests = [f"NOT _twin IN {before}{near}"]
    if number and root.kinds != all_kinds():
        tests.append(in_labels("_twin", root.kinds))
    return (
        f" CALL ({'_found' + str(number - 1) + ', ' if number else ''}{near}) {{"
        f" UNWIND CASE WHEN size({before}{near}) > {first} THEN [] ELSE {near} END AS _here"
        f" {members(statement, '_here', '_twin')}WHERE {' AND '.join(tests)}"
        f" WITH DISTINCT _twin ORDER BY _twin.key, _twin.id LIMIT {statement.use(root.first, one_more)}"
        f" RETURN collect(_twin) AS {same} }}"
        f" WITH *, {near} + {same} AS _ring{number}, {before}{near} + {same} AS _found{number}"
    )


def _around(scope: Scope, types: tuple[str, ...], wanted: Field) -> Expression:
    match wanted:
        case Part(name="truncated"):
            return Expression("_more")
        case Part(name="identities"):
            return Expression(
                f"COLLECT {{ UNWIND _shown AS _left {members(scope.statement, '_left', '_twin')}"
                " WHERE _twin IN _shown WITH _left, _twin ORDER BY _twin.id"
                " WITH _left, collect(_twin.id) AS _group WHERE size(_group) > 1"
                " WITH DISTINCT _group RETURN _group ORDER BY _group[0] }"
            )
        case Node(name="nodes"):
            return _nodes(scope, "_shown", wanted)
        case Nested(name="links"):
            inner = scope.inner()
            r = inner.variable("r")
            made = rows.link(inner, r, types, wanted.fields)
            held = holds(scope.statement, Told(r, "_left"), scope.statement.at)
            text = (
                f"COLLECT {{ UNWIND _shown AS _left MATCH (_left)-[{r}:{any_of(types)}]->(_right)"
                f" WHERE _right IN _shown AND {held} AND {r}.org = $org"
                f"{also(may_read(scope.statement, r))}"
                f" WITH * ORDER BY {r}.id{inner.clause} RETURN {made.text} }}"
            )
            return Expression(text, shaping.each(made.shape))
    raise InvalidQuestion(f"a neighbourhood has no {wanted.alias!r}")


def _nodes(scope: Scope, nodes: str, wanted: Node) -> Expression:
    inner = scope.inner()
    n = inner.variable("n")
    made = rows.entity(inner, n, wanted.shape)
    text = f"COLLECT {{ UNWIND {nodes} AS {n}{inner.clause} RETURN {made.text} }}"
    return Expression(text, shaping.each(made.shape))


def paths(statement: Statement, root: Paths) -> tuple[str, Expression]:
    """The shortest ways between two entities, shortest first.

    Where more are equally short than asked for, which of them is open: telling them apart would mean finding all.
    """
    k, longest = within("k", root.k, MOST_PATHS), within("maxLength", root.longest, LONGEST_PATH)
    known = f" AND {known_by(statement, Told('_start'))}" if statement.at else ""
    made = rows.row(root.fields, lambda field: _way(Scope(statement), root.types, field))
    hop, stop, end = (also(may_read(statement, each)) for each in ("_hop", "_stop", "_end"))
    held, types = holds(statement, Told("_hop", "startNode(_hop)"), statement.at), root.types
    if root.is_resolved:
        check_now(statement.at)
        held, types = f"(_hop:{SAME} OR {held})", (*types, SAME)
    # Neo4j 2025 and 2026 cannot run subqueries in a hop's test where a single shortest path is wanted.
    found = max(k, 2) if "{" in held else k
    step = (
        f"(()-[_hop:{any_of(types)} WHERE {held} AND _hop.org = $org{hop}]-"
        f"(_stop WHERE _stop.org = $org{stop})){{1,{longest}}}"
    )
    known += also(may_read(statement, "_start"))
    text = (
        f"RETURN COLLECT {{ MATCH (_start:Entity {{id: {statement.use(root.start)}}}) WHERE _start.org = $org{known}"
        f" MATCH (_end:Entity {{id: {statement.use(root.end)}}}) WHERE _end.org = $org{end}"
        f" MATCH _path = SHORTEST {found} ACYCLIC PATHS (_start){step}(_end)"
        f" WITH * ORDER BY length(_path), reduce(_ids = '', _each IN relationships(_path) | _ids + _each.id)"
        f"{'' if found == k else f' LIMIT {k}'} RETURN {made.text} }} AS value"
    )
    return text, Expression(text, shaping.each(made.shape))


def _way(scope: Scope, types: tuple[str, ...], wanted: Field) -> Expression:
    match wanted:
        case Part(name="length"):
            return Expression("length(_path)")
        case Part(name="confidence"):
            links = _links(scope.statement)
            sure = confidence(scope.statement, Told("_each", "startNode(_each)"))
            return Expression(f"round(reduce(_sure = 1.0, _each IN {links} | _sure * {sure}), 6)")
        case Node(name="nodes"):
            return _nodes(scope, "nodes(_path)", wanted)
        case Nested(name="links"):
            inner = scope.inner()
            r = inner.variable("r")
            made = rows.link(inner, r, types, wanted.fields)
            text = f"COLLECT {{ UNWIND {_links(scope.statement)} AS {r}{inner.clause} RETURN {made.text} }}"
            return Expression(text, shaping.each(made.shape))
    raise InvalidQuestion(f"a way has no {wanted.alias!r}")


def _links(statement: Statement) -> str:
    """The relationships of a way; that two are one is none."""
    links = "relationships(_path)"
    return f"[_each IN {links} WHERE NOT _each:{SAME}]" if statement.is_resolved else links


def within(name: str, value: int, most: int) -> int:
    """`value`, which an argument called `name` gave. Raises InvalidQuestion unless it is 1 to `most`."""
    if not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidQuestion(f"{name} is {value}; it may be 1 to {most}")
    return value


__all__ = ["Sequence", "neighborhood", "paths"]
