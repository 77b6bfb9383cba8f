"""What happened to a finding, as `finding/list_acts` has it, and who set it aside."""

from __future__ import annotations

from graph.errors import InvalidQuestion
from graph.select import rows, shaping
from graph.select.paging import page_size
from graph.select.scope import Scope
from graph.select.statement import Expression
from graph.select.tree import Acts, Field, Nested, Read

_SUPPRESSION = {
    "by": "{x}.by",
    "reason": "{x}.reason",
    "since": "toString({x}.created_at)",
    "until": "toString({x}.until)",
}
_CHANGE = {
    "field": "{x}.fields[{x}i]",
    "before": "{x}.before[{x}i]",
    "after": "{x}.after[{x}i]",
}
_PLAIN = frozenset({"happening", "by", "comment"})


def history(scope: Scope, f: str, wanted: Acts) -> Expression:
    """What the rule said of the finding at `f` and what people did with it, latest first."""
    inner = scope.inner()
    x = inner.variable("x")

    def render(field: Field) -> Expression:
        match field:
            case Read(name="at"):
                return Expression(f"toString({x}.at)")
            case Read() if field.name in _PLAIN:
                return Expression(f"{x}.{field.name}")
            case Nested(name="changes"):
                return _changes(x, field)
        raise InvalidQuestion(f"an act has no {field.alias!r}")

    made = rows.row(wanted.fields, render)
    text = (
        f"COLLECT {{ CALL ({f}) {{ {_of_the_rule(f, x)} UNION ALL {_of_people(f, x)} }}"
        f" WITH {x} ORDER BY {x}.at DESC, {x}.happening"
        f" LIMIT {inner.statement.use(wanted.first, page_size)} RETURN {made.text} }}"
    )
    return Expression(text, shaping.each(made.shape))


def _of_the_rule(f: str, x: str) -> str:
    """Openings and closings by turns, of which only the last one says why."""
    is_last_closing = f"{x}n % 2 = 1 AND {x}n = size({x}s) - 1"
    return (
        f"WITH {f}, coalesce({f}.past, []) + [{f}.opened_at]"
        f" + CASE WHEN {f}.closed_at IS NULL THEN [] ELSE [{f}.closed_at] END AS {x}s"
        f" UNWIND range(0, size({x}s) - 1) AS {x}n"
        f" RETURN {{at: {x}s[{x}n], by: null, fields: [], before: [], after: [],"
        f" happening: CASE WHEN {x}n = 0 THEN 'OPENED' WHEN {x}n % 2 = 0 THEN 'REOPENED' ELSE 'CLOSED' END,"
        f" comment: CASE WHEN {is_last_closing} THEN {f}.cleared_reason END}} AS {x}"
    )


def _of_people(f: str, x: str) -> str:
    return (
        f"MATCH ({x}a:FindingAct)-[:ABOUT]->({f})"
        f" RETURN {{at: {x}a.at, by: {x}a.by, fields: {x}a.fields, before: {x}a.before, after: {x}a.after,"
        f" happening: CASE WHEN {x}a.fields <> ['SUPPRESSED_UNTIL'] THEN 'TRIAGED'"
        f" WHEN {x}a.after = [''] THEN 'LIFTED' ELSE 'SUPPRESSED' END,"
        f" comment: CASE {x}a.comment WHEN '' THEN null ELSE {x}a.comment END}} AS {x}"
    )


def _changes(x: str, wanted: Nested) -> Expression:
    """What was changed by hand: `fields`, `before` and `after` have a value for each."""
    made = rows.row(wanted.fields, rows.plain(_CHANGE, x, "a change"))
    text = f"[{x}i IN range(0, size({x}.fields) - 1) | {made.text}]"
    return Expression(text, shaping.each(made.shape))


def suppression(scope: Scope, f: str, wanted: Nested) -> Expression:
    """Who set the finding at `f` aside, where that stands; as `finding/find_suppression` has it."""
    inner = scope.inner()
    x = inner.variable("x")
    made = rows.row(wanted.fields, rows.plain(_SUPPRESSION, x, "a suppression"))
    text = (
        f"head(COLLECT {{ MATCH ({f})-[:SUPPRESSED_BY]->({x}:Suppression)"
        f" WHERE {x}.org = $org AND {x}.lifted_at IS NULL AND ({x}.until IS NULL OR {x}.until > datetime.realtime())"
        f" RETURN {made.text} LIMIT 1 }})"
    )
    shape = made.shape
    return Expression(
        text, None if shape is None else lambda row: None if row is None else shape(row)
    )
