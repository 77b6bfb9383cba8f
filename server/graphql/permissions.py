"""Which permission each field needs, and the sum of them for an operation.

A type made from the ontology, or decorated with `@requires`, says it for its fields; a field may say its own. What
only gives form to other things (a page, what to mend) is `@framing`: it needs what leads to it. There is no default: a
type that says nothing makes the schema invalid (`unguarded` lists such fields, a test wants none).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

from server.auth.policy import Permission

C = TypeVar("C", bound=type)

ATTRIBUTE = "__mirage_requires__"
FRAMING = "framing"
INTROSPECTION = ("__schema", "__type")
METADATA = "requires"
_DEFINITION = "strawberry-definition"


def requires(permission: Permission) -> Callable[[C], C]:
    """Say what the fields of a Strawberry class need."""

    def decorate(made: C) -> C:
        setattr(made, ATTRIBUTE, permission)
        return made

    return decorate


def framing(made: C) -> C:
    """Say that the fields of a Strawberry class need what leads to them, and nothing more."""
    setattr(made, ATTRIBUTE, FRAMING)
    return made


def metadata_of(declared: GraphQLField | GraphQLArgument | GraphQLInputField) -> Mapping[Any, Any]:
    """What was said with the declaration of a field or an argument in Strawberry."""
    definition = (declared.extensions or {}).get(_DEFINITION)
    return getattr(definition, "metadata", None) or {}


def permission_of(parent: GraphQLNamedType, field: GraphQLField) -> Permission | None:
    """What a field needs: its own word, else its type's; None for what needs no more than leads to it."""
    found = _declared(parent, field)
    return Permission(found) if found and found != FRAMING else None


def _declared(parent: GraphQLNamedType, field: GraphQLField) -> str | None:
    metadata = metadata_of(field)
    if METADATA in metadata:
        return str(metadata[METADATA])
    definition = parent.extensions.get(_DEFINITION)
    found: str | None = getattr(getattr(definition, "origin", None), ATTRIBUTE, None)
    return found


def unguarded(schema: GraphQLSchema) -> list[str]:
    """The fields for which nobody said what they need."""
    return [
        f"{kind.name}.{name}"
        for kind in schema.type_map.values()
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))
        and not kind.name.startswith("__")
        for name, field in kind.fields.items()
        if _declared(kind, field) is None
    ]


def permissions_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> dict[Permission, str]:
    """What an operation of a valid document needs, each with one field that needs it."""
    walk = _Walk(schema, document)
    root = schema.get_root_type(operation.operation)
    found: dict[Permission, str] = {}
    for permission, name in walk.selection(operation.selection_set, root):
        found.setdefault(permission, name)
    return found


class _Walk:
    """Goes through an operation's selections, each fragment once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._waiting = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def selection(
        self, node: SelectionSetNode, parent: GraphQLNamedType | None
    ) -> Iterator[tuple[Permission, str]]:
        """The permissions of the fields below, with the names of the fields."""
        for each in node.selections:
            if isinstance(each, FieldNode):
                yield from self._field(each, parent)
            elif isinstance(each, InlineFragmentNode):
                condition = each.type_condition
                kind = self._schema.get_type(condition.name.value) if condition else parent
                yield from self.selection(each.selection_set, kind)
            elif isinstance(each, FragmentSpreadNode):
                fragment = self._waiting.pop(each.name.value, None)
                if fragment is not None:
                    kind = self._schema.get_type(fragment.type_condition.name.value)
                    yield from self.selection(fragment.selection_set, kind)

    def _field(
        self, node: FieldNode, parent: GraphQLNamedType | None
    ) -> Iterator[tuple[Permission, str]]:
        fields: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
        declared = fields.get(node.name.value)
        if node.name.value in INTROSPECTION:
            yield Permission.READ_SCHEMA, node.name.value
        if parent is None or declared is None:
            return  # introspection, and what it consists of
        permission = permission_of(parent, declared)
        if permission is not None:
            yield permission, f"{parent.name}.{node.name.value}"
        if node.selection_set:
            yield from self.selection(node.selection_set, get_named_type(declared.type))
