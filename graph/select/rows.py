"""What is given of one entity, relationship or observation: a list in Cypher, and the object made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from graph.errors import InvalidQuestion
from graph.model.base import Property
from graph.select import facts, findings, notes, pages, provenance, shaping
from graph.select.clearance import may_read_run
from graph.select.conditions import in_labels
from graph.select.facts import Subject
from graph.select.scope import Scope
from graph.select.statement import Expression, camel_case, relationship_of
from graph.select.tree import (
    Common,
    Constant,
    Field,
    Findings,
    Links,
    Nested,
    Node,
    Notes,
    Observations,
    Part,
    Read,
    Reasons,
    Related,
    Seen,
    Shape,
)

Render = Callable[[Field], Expression]


def row(fields: Sequence[Field], render: Render) -> Expression:
    """The fields as one list, and the object with their aliases."""
    made = [_fixed(each) or render(each) for each in fields]
    text = f"[{', '.join(each.text for each in made)}]"
    return Expression(
        text, shaping.record([each.alias for each in fields], [each.shape for each in made])
    )


def plain(texts: Mapping[str, str], variable: str, what: str) -> Render:
    """Gives the fields of `texts` by their names, which say in Cypher how each is had of `{x}`, the variable."""

    def render(wanted: Field) -> Expression:
        if isinstance(wanted, Read) and wanted.name in texts:
            return Expression(texts[wanted.name].format(x=variable))
        raise InvalidQuestion(f"{what} has no {wanted.alias!r}")

    return render


def _fixed(wanted: Field) -> Expression | None:
    return (
        Expression("null", shaping.constant(wanted.value)) if isinstance(wanted, Constant) else None
    )


def entity(scope: Scope, variable: str, shape: Shape) -> Expression:
    """The entity at `variable`, by its kind."""
    cases: list[tuple[tuple[str, ...], Expression]] = []
    for variant in shape.variants:
        subject = scope.entity(variable, variant.kinds)
        cases.append((variant.kinds, row(variant.fields, _entity_render(scope, subject))))
        scope.settle(subject)
    if len(cases) == 1:
        return cases[0][1]
    cases.sort(key=lambda case: len(case[0]))
    texts = [f"[{index}, {made.text}]" for index, (_, made) in enumerate(cases)]
    tests = [f"WHEN {in_labels(variable, kinds)} THEN" for kinds, _ in cases[:-1]]
    text = " ".join(f"{test} {each}" for test, each in zip(tests, texts, strict=False))
    return Expression(
        f"CASE {text} ELSE {texts[-1]} END",
        shaping.chosen([made.shape for _, made in cases if made.shape]),
    )


def _fact_field(scope: Scope, subject: Subject, wanted: Field) -> Expression:
    """What entities and relationships give alike."""
    match wanted:
        case Read(name=Common.PROPERTIES):
            return properties(subject)
        case Read():
            return facts.read(scope.statement, subject, wanted.name)
        case Seen():
            return facts.seen(scope.statement, subject, scope.told_of(subject), wanted)
    raise InvalidQuestion(f"there is no {wanted.alias!r} here")


def _entity_render(scope: Scope, subject: Subject) -> Render:
    def render(wanted: Field) -> Expression:
        match wanted:
            case Related():
                return pages.related(scope, subject, wanted)
            case Links():
                return pages.links(scope, subject, wanted)
            case Reasons() | Observations() | Findings() | Notes():
                return _told(scope, subject, wanted)
        return _fact_field(scope, subject, wanted)

    return render


def _told(
    scope: Scope, subject: Subject, wanted: Reasons | Observations | Findings | Notes
) -> Expression:
    """What collectors, rules and analysts say of an entity."""
    match wanted:
        case Reasons():
            return provenance.reasons(scope, subject.variable, "", wanted)
        case Observations():
            return provenance.observations(scope, subject, wanted)
        case Findings():
            return findings.findings(scope, subject, wanted)
    return notes.notes(scope, subject.variable, wanted)


def relationship_render(
    scope: Scope, subject: Subject, nodes: Mapping[str, str], parts: Mapping[str, Expression]
) -> Render:
    """Gives the fields of a relationship.

    `nodes` says which variable lies at each named place, `parts` what else there is.
    """

    def render(wanted: Field) -> Expression:
        match wanted:
            case Reasons():
                near = _end_with_fewer_answers(scope, subject)
                return provenance.reasons(scope, near, subject.variable, wanted)
            case Node() if wanted.name in nodes:
                return entity(scope, nodes[wanted.name], wanted.shape)
            case Part() if wanted.name in parts:
                return parts[wanted.name]
            case Nested(name="link"):
                return row(wanted.fields, render)
        return _fact_field(scope, subject, wanted)

    return render


def link(
    scope: Scope, variable: str, types: tuple[str, ...], fields: Sequence[Field]
) -> Expression:
    """The relationship at `variable`, wherever it came from."""
    start = scope.bind(f"{variable}s", f"startNode({variable})")
    end = scope.bind(f"{variable}e", f"endNode({variable})")
    subject = scope.relationship(variable, types, (start, end))
    nodes = {"source": start, "target": end}
    made = row(fields, relationship_render(scope, subject, nodes, {}))
    scope.settle(subject)
    return made


def _end_with_fewer_answers(scope: Scope, subject: Subject) -> str:
    """The end to look for a relationship's answers at: both know them, and one may be a hub."""
    start, end = subject.ends
    fewer = (
        f"CASE WHEN COUNT {{ ({start})<-[:PRODUCED]-() }} <= COUNT {{ ({end})<-[:PRODUCED]-() }}"
        f" THEN {start} ELSE {end} END"
    )
    return scope.bind(f"{subject.variable}a", fewer)


def properties(subject: Subject) -> Expression:
    """A relationship's own properties as one object, by their names in camelCase, without those not known."""
    declared: dict[str, Property] = {}
    for type_name in subject.types:
        for name, each in relationship_of(type_name).properties().items():
            if name not in declared or each.python_type is datetime:
                declared[name] = each
    texts = [facts.shown(subject, each) for each in declared.values()]
    return Expression(
        f"[{', '.join(texts)}]", shaping.mapping({name: camel_case(name) for name in declared})
    )


_OBSERVED = {
    "id": "{o}.id",
    "collector": "{o}.collector",
    "collector_version": "{o}.collector_version",
    "outcome": "{o}.outcome",
    "reason": "nullIf({o}.reason, '')",
    "part": "nullIf({o}.part, '')",
    "started_at": "toString({o}.started_at)",
    "ended_at": "toString({o}.ended_at)",
    "reliability": "round(1 - exp(-{o}.doubt / 1000000.0), 6)",
    "is_current": "EXISTS {{ MATCH (_claim:Claim {{id: {o}.claim}}) WHERE _claim.latest = {o}.id }}",
}
_EVIDENCE = {
    "sha256": "_raw.sha256",
    "media_type": "_raw.media_type",
    "size_bytes": "_raw.size_bytes",
    "source_url": "nullIf(_raw.source_url, '')",
    "removed_at": "toString(_raw.removed_at)",
}


def observation_render(scope: Scope, o: str, about: str) -> Render:
    """Gives the fields of the observation at `o`, which looked at the entity at `about`."""

    def render(wanted: Field) -> Expression:
        match wanted:
            case Read(name="run_id"):
                return Expression(_run_of(scope, o))
            case Read() if wanted.name in _OBSERVED:
                return Expression(_OBSERVED[wanted.name].format(o=o))
            case Node(name="about"):
                return entity(scope, about, wanted.shape)
            case Nested(name="evidence"):
                return _evidence(o, wanted)
        raise InvalidQuestion(f"an observation has no {wanted.alias!r}")

    return render


def _run_of(scope: Scope, o: str) -> str:
    """The id of the run that an answer was part of; null also where the run may not be read."""
    run = f"nullIf({o}.run, '')"
    tests = may_read_run(scope.statement, "_run")
    if not tests:
        return run
    hidden = f"EXISTS {{ MATCH (_run:Run {{id: {o}.run}}) WHERE NOT {' AND '.join(tests)} }}"
    return f"CASE WHEN NOT {hidden} THEN {run} END"


def _evidence(o: str, wanted: Nested) -> Expression:
    def render(each: Field) -> Expression:
        if isinstance(each, Read) and each.name in _EVIDENCE:
            return Expression(_EVIDENCE[each.name])
        raise InvalidQuestion(f"evidence has no {each.alias!r}")

    made = row(wanted.fields, render)
    text = (
        f"COLLECT {{ MATCH ({o})-[:EVIDENCED_BY]->(_raw:Evidence) WITH _raw ORDER BY _raw.sha256"
        f" RETURN {made.text} }}"
    )
    return Expression(text, shaping.each(made.shape))
