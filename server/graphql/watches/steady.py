"""What of a watched query's answer counts: all but what is different each time though nothing changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)

from graph.errors import InvalidQuestion

VOLATILE = frozenset({
    "cursor", "endCursor",  # places in a list, which move with what is before them
    "lastSeen", "lastSeenAt", "lastUsedAt",  # that something was there again is no change
    "tookMs", "milliseconds", "p50Milliseconds", "p95Milliseconds", "loopLagMs", "secondsLeft",  # measured
})  # fmt: skip
"""Fields whose values do not count, wherever they stand."""

NOT_WATCHED: Mapping[str, str] = {
    "Query.cypher": "each time it is asked leaves a row in the audit",
    "Query.tryPattern": "each time it is asked leaves a row in the audit",
    "Query.tryRule": "each time it is asked leaves a row in the audit",
    "SavedQuery.watch": "looking at a watch changes it",
}
"""Fields that no watched query may ask for, and why."""

Selections = Iterable[SelectionSetNode]
Fragments = Mapping[str, SelectionSetNode]


def steady(document: DocumentNode, operation: OperationDefinitionNode, data: Any) -> Any:
    """The data of an answer to an operation without what does not count."""
    return _steady([operation.selection_set], _fragments(document), data)


def _steady(selections: Selections, fragments: Fragments, data: Any) -> Any:
    if isinstance(data, list):
        return [_steady(selections, fragments, each) for each in data]
    if not isinstance(data, dict):
        return data
    asked: dict[str, list[FieldNode]] = {}
    for field in _fields(selections, fragments):
        asked.setdefault(_called(field), []).append(field)
    return {
        name: _below(asked.get(name, []), fragments, value)
        for name, value in data.items()
        if not any(field.name.value in VOLATILE for field in asked.get(name, []))
    }


def _below(fields: Iterable[FieldNode], fragments: Fragments, value: Any) -> Any:
    selections = [each.selection_set for each in fields if each.selection_set]
    # What has no selection is a value, also where it is an object: its members are no fields.
    return _steady(selections, fragments, value) if selections else value


def _fields(selections: Selections, fragments: Fragments) -> Iterator[FieldNode]:
    """The fields of some selections, those of fragments among them, whatever type they are for."""
    for selection in selections:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from _fields([node.selection_set], fragments)
            elif isinstance(node, FragmentSpreadNode):
                yield from _fields([fragments[node.name.value]], fragments)


def _called(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _fragments(document: DocumentNode) -> Fragments:
    return {
        each.name.value: each.selection_set
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }


class _Refusing(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self._types.get_parent_type()
        field = f"{parent.name}.{node.name.value}" if parent else ""
        if why := NOT_WATCHED.get(field):
            raise InvalidQuestion(f"id: {field} cannot be watched: {why}")


def check_watchable(schema: GraphQLSchema, document: DocumentNode) -> None:
    """Raise InvalidQuestion where a document asks for what cannot be watched."""
    types = TypeInfo(schema)
    visit(document, TypeInfoVisitor(types, _Refusing(types)))
