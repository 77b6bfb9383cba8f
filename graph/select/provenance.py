"""Why things hold: pages of answers, and lists of the reasons that a fact rests on."""

from __future__ import annotations

from graph.errors import InvalidQuestion
from graph.select import rows, shaping
from graph.select.clearance import also, may_read, may_read_answer, may_read_run
from graph.select.cursors import Order
from graph.select.facts import Subject
from graph.select.pages import NOTHING, Column, Listed, page_of
from graph.select.paging import Key, Sorting, Wanted, reason_count
from graph.select.scope import Scope
from graph.select.statement import Expression
from graph.select.tree import Field, Nested, Node, Observations, Reasons

MOST_STEPS_BACK = 12


def observations(scope: Scope, near: Subject, wanted: Observations) -> Expression:
    """A page of the answers of looking at an entity, latest first."""
    inner = scope.inner()
    o = inner.variable("o")
    render = rows.observation_render(inner, o, near.variable)
    listed = Listed(
        f"MATCH ({near.variable})<-[:OF]-({o}:Observation)",
        latest(Order.OBSERVATIONS, f"{o}.ended_at", f"{o}.id"),
        may_read(inner.statement, o),
        [f"{o}.org = $org"],
    )
    return page_of(inner, Wanted(wanted.fields), wanted.page, listed, columns_of(render))


def columns_of(render: rows.Render) -> Column:
    """The nodes and edges of a page of things that are no entities."""

    def edge(field: Field) -> Expression:
        if isinstance(field, Nested) and field.name == "node":
            return rows.row(field.fields, render)
        return NOTHING

    def column(field: Nested | Node) -> Expression:
        if isinstance(field, Node):
            raise InvalidQuestion(f"a page has no {field.alias!r}")
        return rows.row(field.fields, render if field.name == "nodes" else edge)

    return column


def latest(order: Order, moment: str, id_text: str) -> Sorting:
    """The latest first, of equally late ones by id."""
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
    readable = also(may_read_answer(inner.statement, o))
    text = (
        f"COLLECT {{ {match.format(o=o)} MATCH ({c}:Claim {{id: {o}.claim}})"
        f" WHERE {c}.content = {o}.id AND {o}.org = $org{test.format(o=o)}{readable}"
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
            "reliability": f"round(1 - exp(-{c}.doubt / 1000000.0), 6)",
        }
        if name not in texts:
            raise InvalidQuestion(f"a reason has no {wanted.alias!r}")
        return Expression(texts[name])

    return reason


def _path(scope: Scope, o: str, about: str, wanted: Node) -> Expression:
    """The way of derivation from a seed of the run to what was looked at, as `entity/path_from_seed` says it."""
    inner = scope.inner()
    x, way = inner.variable("n"), inner.variable("w")
    made = rows.entity(inner, x, wanted.shape)
    statement = scope.statement
    step = may_read(statement, "_told", "_next")
    back = (
        f"WITH last(_back) AS _last MATCH (_run:Run {{id: {o}.run}})-[_far:REACHED]->(_last)"
        f" WHERE _run.org = $org AND _far.distance > 0{also(may_read_run(statement, '_run'))}"
        " MATCH (_last)<-[:PRODUCED]-(_told:Observation)-[:OF]->(_next:Entity)<-[_near:REACHED]-(_run)"
        f" WHERE _near.distance <= _far.distance AND NOT _next IN _back{also(step)}"
        " RETURN _next ORDER BY _near.distance, _next.id LIMIT 1"
    )
    text = (
        f"COLLECT {{ WITH reduce(_back = [{about}], _number IN range(1, {MOST_STEPS_BACK})"
        f" | _back + COLLECT {{ {back} }}) AS {way} UNWIND reverse({way}) AS {x}"
        f" WITH * WHERE {x}.org = $org{inner.clause} RETURN {made.text} }}"
    )
    return Expression(text, shaping.each(made.shape))


def basis_of(f: str) -> str:
    """The answers that the entities rest on which a finding is about or rests on."""
    return f"MATCH ({f})-[:ABOUT|RESTS_ON]->(_basis:Entity)<-[:PRODUCED]-({{o}}:Observation)"
