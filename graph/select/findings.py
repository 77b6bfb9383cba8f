"""Pages of findings about an entity. A finding is of now, and so is all that is read below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from graph.errors import InvalidQuestion
from graph.model import registry
from graph.select import acts, rows, shaping
from graph.select.clearance import also, may_read, may_read_finding
from graph.select.cursors import Order
from graph.select.facts import Subject
from graph.select.notes import notes
from graph.select.pages import Listed, page_of
from graph.select.paging import Wanted
from graph.select.provenance import basis_of, columns_of, latest, reasons_among
from graph.select.scope import Scope
from graph.select.statement import Expression, all_types
from graph.select.tree import (
    Acts,
    Derived,
    Differing,
    Field,
    Findings,
    Nested,
    Node,
    Notes,
    Read,
    Reasons,
)

OPENED, CLEARED = "findings_opened", "findings_cleared"
"""What differs between two moments and is findings."""
_PLAIN = (
    "id",
    "rule",
    "severity",
    "title",
    "state",
    "score",
    "fingerprint",
    "confidence",
    "cleared_reason",
    "assignee",
)
_OF_ITS_RULE = ("explanation", "remediation", "references")
_RISK = (
    "risk",
    "severity",
    "confidence",
    "score",
    "risk_exposure",
    "risk_specificity",
    "risk_shared_by",
    "risk_is_common",
    "risk_criticality",
)
_MOMENTS = ("opened_at", "closed_at", "first_opened_at", "changed_at", "due_at")
_FINDING: Mapping[str, Expression] = {
    **{name: Expression(f"{{f}}.{name}") for name in _PLAIN},
    **{name: Expression(f"toString({{f}}.{name})") for name in _MOMENTS},
    "details": Expression("{f}.details", orjson.loads),
    "triage": Expression("coalesce({f}.triage, 'NEW')"),
}


def findings(scope: Scope, near: Subject, wanted: Findings) -> Expression:
    """A page of the findings about an entity, latest first."""
    inner = scope.inner(is_of_now=True)
    f = inner.variable("f")
    state = [] if wanted.state is None else [f"{f}.state = {inner.statement.use(wanted.state)}"]
    listed = Listed(
        f"MATCH ({near.variable})<-[:ABOUT]-({f}:Finding)",
        latest(Order.FINDINGS, f"{f}.opened_at", f"{f}.id"),
        [*state, *may_read_finding(inner.statement, f)],
        [f"{f}.org = $org"],
    )
    columns = columns_of(_render(inner, f, near.variable))
    return page_of(inner, Wanted(wanted.fields), wanted.page, listed, columns)


def between(
    inner: Scope, moments: tuple[str, str], tests: Sequence[str], wanted: Differing
) -> Expression:
    """A page of the findings that were open at one of two moments and not at the other, latest opened first.

    `tests` are of what they are about, at the variable `subject` of this scope.
    """
    f = inner.variable("f")
    start, end = (was_open(f, moment) for moment in moments)
    differs = f"{end} AND NOT {start}" if wanted.name == OPENED else f"{start} AND NOT {end}"
    listed = Listed(
        f"MATCH ({f}:Finding)-[:ABOUT]->({subject_of(inner)}:Entity)",
        latest(Order.FINDINGS, f"{f}.opened_at", f"{f}.id"),
        [
            f"{f}.org = $org AND {f}.state IN ['OPEN', 'CLOSED', 'SUPPRESSED']",
            *tests,
            differs,
            *may_read_finding(inner.statement, f),
        ],
        [],
    )
    columns = columns_of(_render(inner, f, subject_of(inner)))
    return page_of(inner, Wanted(wanted.fields), wanted.page, listed, columns)


def subject_of(scope: Scope) -> str:
    """The variable of what findings between two moments are about."""
    return scope.variable("about")


def was_open(f: str, moment: str) -> str:
    """The predicate that the rule of the finding at `f` matched at a moment, whether or not it was set aside."""
    past = f"coalesce({f}.past, [])"
    # Up to two less than its size: from 0 to -1 by steps of two has one member in Cypher, to -2 none.
    return (
        f"(({f}.opened_at <= {moment} AND ({f}.closed_at IS NULL OR {f}.closed_at > {moment}))"
        f" OR any(_i IN range(0, size({past}) - 2, 2) WHERE {past}[_i] <= {moment} AND {past}[_i + 1] > {moment}))"
    )


def _render(scope: Scope, f: str, subject: str) -> rows.Render:
    """Gives the fields of the finding at `f`, which is about the entity at `subject`."""

    def render(field: Field) -> Expression:
        match field:
            case Node(name="subject"):
                return rows.entity(scope, subject, field.shape)
            case Node(name="evidence"):
                return _evidence(scope, f, field)
            case Nested(name="evidence_links"):
                return _evidence_links(scope, f, subject, field)
            case Notes() | Acts() | Nested(name="suppression"):
                return _of_people(scope, f, field)
            case Reasons():
                return reasons_among(scope, basis_of(f), "", field)
        return _stored(scope, f, field)

    return render


def _of_people(scope: Scope, f: str, wanted: Notes | Acts | Nested) -> Expression:
    """What people said of the finding at `f`, and did with it."""
    match wanted:
        case Notes():
            return notes(scope, f, wanted)
        case Acts():
            return acts.history(scope, f, wanted)
    return acts.suppression(scope, f, wanted)


def _stored(scope: Scope, f: str, wanted: Field) -> Expression:
    """A property of the finding at `f`, or a word of its rule."""
    match wanted:
        case Read() if wanted.name in _FINDING:
            made = _FINDING[wanted.name]
            return Expression(made.text.format(f=f), made.shape)
        case Derived(name="risk"):
            stored = ", ".join(f".{name}" for name in _RISK)
            return Expression(f"{f} {{{stored}}}", wanted.make)
        case Derived() if wanted.name in _OF_ITS_RULE:
            return _of_its_rule(scope, f, wanted)
    raise InvalidQuestion(f"a finding has no {wanted.alias!r}")


def _of_its_rule(scope: Scope, f: str, wanted: Derived) -> Expression:
    """A word of the rule of the finding at `f`: its name, and what a rule of the organization's own says."""
    s = scope.inner().variable("s")
    said = f"MATCH ({s}:RuleSetting {{org: $org, rule: {f}.rule}}) RETURN {s}.{wanted.name}"
    return Expression(f"[{f}.rule, head(COLLECT {{ {said} }})]", wanted.make)


def _evidence(scope: Scope, f: str, wanted: Node) -> Expression:
    """The entities that a finding rests on, by id."""
    inner = scope.inner()
    n = inner.variable("n")
    made = rows.entity(inner, n, wanted.shape)
    text = (
        f"COLLECT {{ MATCH ({n}:Entity) WHERE {n}.id IN {f}.evidence AND {n}.org = $org"
        f"{also(may_read(inner.statement, n))}"
        f" WITH * ORDER BY {n}.id{inner.clause} RETURN {made.text} }}"
    )
    return Expression(text, shaping.each(made.shape))


def _evidence_links(scope: Scope, f: str, subject: str, wanted: Nested) -> Expression:
    """The relationships that a finding rests on, by id; their ends are its subject and evidence."""
    inner = scope.inner()
    r, start, end = inner.variable("r"), inner.variable("s"), inner.variable("t")
    made = rows.link(inner, r, tuple(registry.relationship_types()), wanted.fields)
    ends = f"[{subject}.id] + coalesce({f}.evidence, [])"
    # Without links to look for, nothing is walked: an end may be a hub.
    text = (
        f"COLLECT {{ MATCH ({start}:Entity)"
        f" WHERE {start}.id IN CASE WHEN {f}.evidence_relationships <> [] THEN {ends} ELSE [] END"
        f" AND {start}.org = $org MATCH ({start})-[{r}:{all_types()}]->({end})"
        f" WHERE {r}.id IN {f}.evidence_relationships AND {r}.org = $org AND {end}.id IN {ends}"
        f" AND {end}.org = $org{also(may_read(inner.statement, r, start, end))}"
        f" WITH * ORDER BY {r}.id{inner.clause} RETURN {made.text} }}"
    )
    return Expression(text, shaping.each(made.shape))
