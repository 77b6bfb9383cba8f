"""Selections on findings and notes as fields of the tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from graph.select.tree import Acts, Derived, Field, Findings, Nested, Notes, Read, Value
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

    def thing(each: Picked, of: Parent) -> Field:
        return _finding_field(entities, each, of)

    declared = entities.type_of(picked, parent)
    fields = entities.fields(picked.sets, declared, entities.of_things(thing))
    return Findings(picked.alias, entities.page(given), word, fields)


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
        case "subject" | "evidence":
            return entities.node(picked, parent)
        case "evidenceLinks":
            links = entities.link_fields(picked.sets, entities.type_of(picked, parent))
            return Nested(picked.alias, "evidence_links", links)
    make = _TOLD.get(name)
    if make is None:
        raise Uncompilable(f"{parent.name}.{name}")
    return make(entities, picked, parent)


_TOLD: Mapping[str, Callable[[Entities, Picked, Parent], Field]] = {
    "notes": notes,
    "history": _history,
    "suppression": _nested,
    "why": lambda entities, picked, parent: entities.reasons(picked, parent),
}
"""What people and sources say of a finding."""
