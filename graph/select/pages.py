"""Lists below an entity: relationships of one type or of all, answers, reasons, findings. Each is one subquery.

The organization's predicate stands behind the limit of a page: a relationship's id contains both ends' ids and those the
organization, so it holds for all rows, and a hub's hundred thousand rows need not be asked for it one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from graph.errors import InvalidQuestion
from graph.select import rows, shaping
from graph.select.conditions import hop, predicate
from graph.select.cursors import Order
from graph.select.facts import Subject, known
from graph.select.paging import (
    Key,
    Sorting,
    Wanted,
    connection,
    limit_of,
    reason_count,
)
from graph.select.scope import Scope
from graph.select.statement import (
    Expression,
    all_kinds,
    any_of,
    far_kinds,
    relationship_of,
)
from graph.select.tree import (
    Condition,
    Field,
    Findings,
    Links,
    Nested,
    Node,
    Observations,
    Page,
    Read,
    Reasons,
    Related,
    Way,
)

MOST_STEPS_BACK = 12

Column = Callable[[Field], Expression]


def _page(
    inner: Scope,
    wanted: Wanted,
    page: Page,
    sorting: Sorting,
    match: str,
    tests: Sequence[str],
    guards: Sequence[str],
    column: Column,
) -> Expression:
    """The page as a subquery. `tests` choose the rows; `guards` are asserted of what the limit let through."""
    statement = inner.statement
    chosen = [test for test in tests if test and test != "true"]
    total = f"COUNT {{ {match}{_where([*chosen, *guards])} }}"
    shown: list[Field] = [*wanted.edge_fields, *wanted.node_fields]
    columns = [column(each) for each in shown]
    place = [key.shown for key in sorting.keys] if wanted.needs_place else []
    values = [*place, *(each.text for each in columns)]
    if page.after is not None:
        chosen.append(f"({sorting.behind(statement, page.after)})")
    text = (
        f"COLLECT {{ {match}{_where(chosen)} WITH * ORDER BY {sorting.sorted}"
        f" LIMIT {limit_of(statement, page, wanted)}{inner.clause or ' WITH *'}{_where(guards)}"
        f" RETURN [{', '.join(values)}] }}"
    )
    return connection(statement, page, wanted, sorting, columns, text, total)


def _where(tests: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(tests)}" if tests else ""


def related(scope: Scope, near: Subject, wanted: Related) -> Expression:
    """A page of the relationships of one type, at one side."""
    inner = scope.inner()
    r, m = inner.variable("r"), inner.variable("n")
    kinds = far_kinds(wanted.type, wanted.way)
    ends = (near.variable, m) if wanted.way == "OUT" else (m, near.variable)
    subject = inner.relationship(r, (wanted.type,), ends)
    render = rows.relationship_render(inner, subject, {"node": m}, {"cursor": _NOTHING})
    made = _page(
        inner,
        Wanted(wanted.fields),
        wanted.page,
        _by_key(wanted.type, wanted.way, m, r),
        f"MATCH {hop(near.variable, r, wanted.type, wanted.way, m)}",
        [
            known(r, inner.statement.at, include_closed=wanted.include_closed),
            *_tests(inner, subject, m, kinds, wanted),
        ],
        [f"{r}.org = $org", f"{m}.org = $org"],
        _columns(inner, render, subject, m),
    )
    return made


_NOTHING = Expression("null")


def _tests(inner: Scope, subject: Subject, m: str, kinds: tuple[str, ...], wanted: Related) -> list[str]:
    """The filters, read at the moment asked about; nothing is bound yet where they stand."""
    at, depth = inner.statement.at, inner.depth
    edge = Subject(subject.variable, at, types=subject.types, ends=subject.ends)
    far = Subject(m, at, kinds=kinds)
    conditions: list[tuple[Subject, Condition]] = [(edge, wanted.edge), (far, wanted.where)]
    return [predicate(inner.statement, each, condition, depth) for each, condition in conditions]


def _columns(inner: Scope, render: rows.Render, subject: Subject, m: str) -> Column:
    def column(wanted: Field) -> Expression:
        if isinstance(wanted, Node):
            return rows.entity(inner, m, wanted.shape)
        if isinstance(wanted, Nested):
            made = rows.row(wanted.fields, render)
            inner.settle(subject)
            return made
        raise InvalidQuestion(f"a page has no {wanted.alias!r}")

    return column


def _by_key(type_name: str, way: Way, m: str, r: str) -> Sorting:
    """By the far end's key, then the relationship's id, which is needed only where the key does not tell all apart."""
    has_qualifier = any(p.is_qualifier for p in relationship_of(type_name).properties().values())
    is_unique = len(far_kinds(type_name, way)) == 1 and not has_qualifier
    return Sorting(Order.CONNECTION, (Key(f"{m}.key"), Key(f"{r}.id")), needed=1 if is_unique else 2)


def links(scope: Scope, near: Subject, wanted: Links) -> Expression:
    """A page of an entity's relationships, of whichever types."""
    inner = scope.inner()
    r, m, n = inner.variable("r"), inner.variable("n"), near.variable
    start = f"CASE WHEN startNode({r}) = {n} THEN {n} ELSE {m} END"
    end = f"CASE WHEN startNode({r}) = {n} THEN {m} ELSE {n} END"
    outgoing = Expression(f"CASE WHEN startNode({r}) = {n} THEN 'OUT' ELSE 'IN' END")
    arrows = {("OUT",): ("-", "->"), ("IN",): ("<-", "-")}.get(wanted.ways, ("-", "-"))

    def column(field: Field) -> Expression:
        source, target = inner.bind(f"{r}s", start), inner.bind(f"{r}e", end)
        subject = inner.relationship(r, wanted.types, (source, target))
        nodes = {"node": m, "source": source, "target": target}
        parts = {"cursor": _NOTHING, "direction": outgoing}
        return _columns(inner, rows.relationship_render(inner, subject, nodes, parts), subject, m)(field)

    return _page(
        inner,
        Wanted(wanted.fields),
        wanted.page,
        Sorting(Order.LINKS, (Key(f"type({r})"), Key(f"{m}.key"), Key(f"{r}.id"))),
        f"MATCH ({n}){arrows[0]}[{r}:{any_of(wanted.types)}]{arrows[1]}({m})",
        [known(r, inner.statement.at, include_closed=wanted.include_closed)],
        [f"{r}.org = $org", f"{m}.org = $org"],
        column,
    )


def observations(scope: Scope, near: Subject, wanted: Observations) -> Expression:
    """A page of the answers of looking at an entity, latest first."""
    inner = scope.inner()
    o = inner.variable("o")
    render = rows.observation_render(inner, o, near.variable)

    def column(field: Field) -> Expression:
        fields = field.fields if isinstance(field, Nested) else ()
        if isinstance(field, Nested) and field.name == "nodes":
            return rows.row(fields, render)
        return rows.row(fields, _edge_render(render))

    return _page(
        inner,
        Wanted(wanted.fields),
        wanted.page,
        _latest(Order.OBSERVATIONS, f"{o}.ended_at", f"{o}.id"),
        f"MATCH ({near.variable})<-[:OF]-({o}:Observation)",
        [],
        [f"{o}.org = $org"],
        column,
    )


def _edge_render(render: rows.Render) -> rows.Render:
    """An edge of something that is no relationship: its cursor, and the thing itself as `node`."""

    def edge(field: Field) -> Expression:
        if isinstance(field, Nested) and field.name == "node":
            return rows.row(field.fields, render)
        return _NOTHING

    return edge


def _latest(order: Order, moment: str, id_text: str) -> Sorting:
    return Sorting(order, (Key(moment, is_descending=True, is_moment=True), Key(id_text)))


def reasons(scope: Scope, near: str, link: str, wanted: Reasons) -> Expression:
    """The answers that the entity at `near` rests on, or the relationship at `link` that has it as an end."""
    test = f" AND {link}.id IN {{o}}.relationships" if link else ""
    return reasons_among(scope, f"MATCH ({near})<-[:PRODUCED]-({{o}}:Observation)", test, wanted)


def reasons_among(scope: Scope, match: str, test: str, wanted: Reasons) -> Expression:
    """Current reasons among the observations that `match` finds as `{o}`: most reliable first, then latest."""
    inner = scope.inner()
    o, c, about = inner.variable("o"), inner.variable("c"), inner.variable("a")
    made = rows.row(wanted.fields, _reason_render(inner, o, c, about))
    limit = inner.statement.use(wanted.first, reason_count)
    text = (
        f"COLLECT {{ {match.format(o=o)} MATCH ({c}:Claim {{id: {o}.claim}})"
        f" WHERE {c}.content = {o}.id AND {o}.org = $org{test.format(o=o)}"
        f" WITH DISTINCT {o}, {c} ORDER BY {c}.doubt DESC, {o}.ended_at DESC, {o}.id LIMIT {limit}"
        f" MATCH ({o})-[:OF]->({about}:Entity){inner.clause or ' WITH *'} WHERE {about}.org = $org"
        f" RETURN {made.text} }}"
    )
    return Expression(text, shaping.each(made.shape))


def _reason_render(inner: Scope, o: str, c: str, about: str) -> rows.Render:
    render = rows.observation_render(inner, o, about)

    def reason(wanted: Field) -> Expression:
        match wanted:
            case Nested(name="observation"):
                return rows.row(wanted.fields, render)
            case Node(name="derived_from"):
                return rows.entity(inner, about, wanted.shape)
            case Node(name="path"):
                return _path(inner, o, about, wanted)
        name = getattr(wanted, "name", "")
        texts = {
            "claim": f"{c}.id",
            "collector": f"{o}.collector",
            "reliability": f"(1 - exp(-{c}.doubt / 1000000.0))",
        }
        if name not in texts:
            raise InvalidQuestion(f"a reason has no {wanted.alias!r}")
        return Expression(texts[name])

    return reason


def _path(scope: Scope, o: str, about: str, wanted: Node) -> Expression:
    """The way of derivation from a seed of the answer's run to what was looked at, as `entity/path_from_seed` says it."""
    inner = scope.inner()
    x, way = inner.variable("n"), inner.variable("w")
    made = rows.entity(inner, x, wanted.shape)
    back = (
        f"WITH last(_back) AS _last MATCH (_run:Run {{id: {o}.run}})-[_far:REACHED]->(_last)"
        " WHERE _run.org = $org AND _far.distance > 0"
        " MATCH (_last)<-[:PRODUCED]-(:Observation)-[:OF]->(_next:Entity)<-[_near:REACHED]-(_run)"
        " WHERE _near.distance <= _far.distance AND NOT _next IN _back"
        " RETURN _next ORDER BY _near.distance, _next.id LIMIT 1"
    )
    text = (
        f"COLLECT {{ WITH reverse(reduce(_back = [{about}], _number IN range(1, {MOST_STEPS_BACK}) | _back + COLLECT {{ {back} }}))"
        f" AS {way} UNWIND {way} AS {x} WITH * WHERE {x}.org = $org{inner.clause} RETURN {made.text} }}"
    )
    return Expression(text, shaping.each(made.shape))


_PLAIN = "id rule severity title state score fingerprint confidence cleared_reason".split()
_MOMENTS = "opened_at closed_at first_opened_at changed_at".split()
_FINDING = {
    **{name: Expression(f"{{f}}.{name}") for name in _PLAIN},
    **{name: Expression(f"toString({{f}}.{name})") for name in _MOMENTS},
    "details": Expression("{f}.details", orjson.loads),
}


def findings(scope: Scope, near: Subject, wanted: Findings) -> Expression:
    """A page of the findings about an entity, latest first."""
    inner = scope.inner()
    f = inner.variable("f")
    render = _finding_render(inner, f, near.variable)

    def column(field: Field) -> Expression:
        fields = field.fields if isinstance(field, Nested) else ()
        is_node = isinstance(field, Nested) and field.name == "nodes"
        return rows.row(fields, render if is_node else _edge_render(render))

    state = [] if wanted.state is None else [f"{f}.state = {inner.statement.use(wanted.state)}"]
    return _page(
        inner,
        Wanted(wanted.fields),
        wanted.page,
        _latest(Order.FINDINGS, f"{f}.opened_at", f"{f}.id"),
        f"MATCH ({near.variable})<-[:ABOUT]-({f}:Finding)",
        state,
        [f"{f}.org = $org"],
        column,
    )


def _finding_render(scope: Scope, f: str, subject: str) -> rows.Render:
    """Gives the fields of the finding at `f`, which is about the entity at `subject`."""

    def render(field: Field) -> Expression:
        match field:
            case Read() if field.name in _FINDING:
                made = _FINDING[field.name]
                return Expression(made.text.format(f=f), made.shape)
            case Node(name="subject"):
                return rows.entity(scope, subject, field.shape)
            case Reasons():
                return reasons_among(scope, basis_of(f), "", field)
        raise InvalidQuestion(f"a finding has no {field.alias!r}")

    return render


def basis_of(f: str) -> str:
    """The answers that the entities rest on which a finding is about or rests on."""
    return f"MATCH ({f})-[:ABOUT|RESTS_ON]->(_basis:Entity)<-[:PRODUCED]-({{o}}:Observation)"


__all__ = ["all_kinds", "findings", "links", "observations", "reasons", "reasons_among", "related"]
