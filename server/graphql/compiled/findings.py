"""Selections on findings and notes as fields of the tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from graph.correlate.risk import Risk
from graph.select.tree import (
    Acts,
    Constant,
    Derived,
    Differing,
    Field,
    Findings,
    Nested,
    Notes,
    Read,
    Value,
)
from server.graphql.compiled.arguments import Uncompilable
from server.graphql.entities.reads import to_snake
from server.graphql.findings.rules import explanation, references, remediation

if TYPE_CHECKING:
    from server.graphql.compiled.entities import Entities, Parent
    from server.graphql.compiled.selections import Picked

STORED = frozenset(
    {
        "id",
        "rule",
        "severity",
        "title",
        "state",
        "score",
        "fingerprint",
        "confidence",
        "clearedReason",
        "openedAt",
        "closedAt",
        "firstOpenedAt",
        "changedAt",
        "details",
        "triage",
        "assignee",
        "dueAt",
    }
)
"""What a finding has stored."""
OF_ITS_RULE: Mapping[str, Callable[[Any], object]] = {
    "explanation": explanation,
    "remediation": remediation,
    "references": references,
}
"""What a finding's rule says: shipped rules are files, an organization's own are in the graph."""


def findings(entities: Entities, picked: Picked, parent: Parent) -> Findings:
    """A page of the findings about an entity."""
    given = entities.given(picked, parent)
    state = given["state"]
    word = None if state is None else Value(constant=entities.arguments.now(state))

    return Findings(
        picked.alias, entities.page(given), word, _page_fields(entities, picked, parent)
    )


def between(entities: Entities, picked: Picked, parent: Parent) -> Differing:
    """A page of the findings that were opened or cleared between two moments."""
    page = entities.page(entities.given(picked, parent))
    fields = _page_fields(entities, picked, parent)
    return Differing(picked.alias, to_snake(picked.name), page, fields)


def _page_fields(entities: Entities, picked: Picked, parent: Parent) -> tuple[Field, ...]:
    """What is asked of a page of findings."""

    def thing(each: Picked, of: Parent) -> Field:
        return _finding_field(entities, each, of)

    declared = entities.type_of(picked, parent)
    return entities.fields(picked.sets, declared, entities.of_things(thing))


def notes(entities: Entities, picked: Picked, parent: Parent) -> Notes:
    """The notes about an entity or a finding."""
    first = cast(Value, entities.given(picked, parent)["first"])
    declared = entities.type_of(picked, parent)
    return Notes(picked.alias, first, entities.fields(picked.sets, declared, entities.read))


def _history(entities: Entities, picked: Picked, parent: Parent) -> Acts:
    """What happened to a finding."""

    def read(each: Picked, of: Parent) -> Field:
        if each.name != "changes":
            return entities.read(each, of)
        return _nested(entities, each, of)

    first = cast(Value, entities.given(picked, parent)["first"])
    declared = entities.type_of(picked, parent)
    return Acts(picked.alias, first, entities.fields(picked.sets, declared, read))


def _nested(entities: Entities, picked: Picked, parent: Parent) -> Nested:
    declared = entities.type_of(picked, parent)
    fields = entities.fields(picked.sets, declared, entities.read)
    return Nested(picked.alias, to_snake(picked.name), fields)


def _finding_field(entities: Entities, picked: Picked, parent: Parent) -> Field:
    name = picked.name
    if name in STORED:
        return Read(picked.alias, to_snake(name))
    if name in OF_ITS_RULE:
        return Derived(picked.alias, name, OF_ITS_RULE[name])
    match name:
        case "risk":
            return _risk(entities, picked, parent)
        case "subject" | "evidence":
            return entities.node(picked, parent)
        case "evidenceLinks":
            links = entities.link_fields(picked.sets, entities.type_of(picked, parent))
            return Nested(picked.alias, "evidence_links", links)
    make = _TOLD.get(name)
    if make is None:
        raise Uncompilable(f"{parent.name}.{name}")
    return make(entities, picked, parent)


def _risk(entities: Entities, picked: Picked, parent: Parent) -> Derived:
    """How much a finding matters here: what it has stored, told in words."""

    def read(each: Picked, of: Parent) -> Field:
        return _nested(entities, each, of) if each.name == "parts" else entities.read(each, of)

    wanted = entities.fields(picked.sets, entities.type_of(picked, parent), read)

    def make(stored: Mapping[str, Any]) -> dict[str, Any] | None:
        risk = Risk.of(stored)
        return None if risk is None else _shown(risk, wanted)

    return Derived(picked.alias, "risk", make)


def _shown(thing: object, wanted: Sequence[Field]) -> dict[str, Any]:
    """What is asked of an object in memory."""
    made: dict[str, Any] = {}
    for each in wanted:
        match each:
            case Constant():
                made[each.alias] = each.value
            case Nested():
                made[each.alias] = [_shown(one, each.fields) for one in getattr(thing, each.name)]
            case Read():
                made[each.alias] = getattr(thing, each.name)
    return made


_TOLD: Mapping[str, Callable[[Entities, Picked, Parent], Field]] = {
    "notes": notes,
    "history": _history,
    "suppression": _nested,
    "why": lambda entities, picked, parent: entities.reasons(picked, parent),
}
"""What people and sources say of a finding."""
