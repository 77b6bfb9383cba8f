"""Arguments of a document as references into a request's variables, and the shape by which plans are told apart.

A plan's text may depend on which members of a variable are given, on its truth values and on its words (enums),
never on its texts, numbers and times. `shape_of` gives exactly the former, so requests of equal shape share a plan.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedInputType,
    GraphQLNonNull,
    GraphQLSchema,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    Visitor,
    get_named_type,
    type_from_ast,
    value_from_ast,
    visit,
)

from graph.select.tree import Value

Given: TypeAlias = "Value | list[Given] | dict[str, Given] | None"
"""What was given for an argument: a reference, or the members of an input object, or None for null and nothing."""

SHAPING = frozenset({"depth", "k", "maxLength"})
"""Arguments whose number becomes part of the text: quantifiers of patterns take no parameters."""

Shaper = Callable[[Any], Hashable]


@dataclass(frozen=True)
class Arguments:
    """Reads arguments of a document with the variables of one request."""

    variables: Mapping[str, Any]

    def of(self, defined: Mapping[str, GraphQLArgument], node: FieldNode) -> dict[str, Given]:
        """The field's arguments by name. What is null or left out has its default, without one None."""
        nodes = {each.name.value: each for each in node.arguments}
        return {name: self._one(argument, nodes.get(name)) for name, argument in defined.items()}

    def _one(self, argument: GraphQLArgument, node: ArgumentNode | None) -> Given:
        given = self._read(argument.type, node.value) if node else None
        if given is None and argument.default_value is not Undefined:
            return _constant(argument.default_value)
        return given

    def now(self, value: Given) -> Any:
        """What `value` is in this request. Only for what the shape tells apart."""
        if not isinstance(value, Value):
            return None
        found = value.read(self.variables)
        return [_word(each) for each in found] if isinstance(found, list) else _word(found)

    def _read(self, kind: GraphQLInputType, node: ValueNode) -> Given:
        if isinstance(kind, GraphQLNonNull):
            return self._read(kind.of_type, node)
        if isinstance(node, VariableNode):
            name = node.name.value
            return self._variable(kind, self.variables.get(name), (name,))
        if isinstance(node, NullValueNode):
            return None
        named = _innermost(kind)
        if isinstance(named, GraphQLInputObjectType):
            return self._object(kind, named, node)
        if not _has_variable(node):
            return _constant(value_from_ast(node, kind))
        return self._items(cast("GraphQLList[GraphQLInputType]", kind), cast(ListValueNode, node))

    def _object(
        self, kind: GraphQLInputType, named: GraphQLInputObjectType, node: ValueNode
    ) -> Given:
        if isinstance(kind, GraphQLList):
            nodes = node.values if isinstance(node, ListValueNode) else (node,)
            return [
                each
                for each in (self._read(kind.of_type, each) for each in nodes)
                if each is not None
            ]
        given: dict[str, Given] = {}
        members = {each.name.value: each.value for each in cast(ObjectValueNode, node).fields}
        for name, member in named.fields.items():
            if name in members:
                given[name] = self._read(member.type, members[name])
            elif member.default_value is not Undefined:
                given[name] = _constant(member.default_value)
        return given

    def _items(self, kind: GraphQLList[GraphQLInputType], node: ListValueNode) -> Value:
        """`in: [$a, "b"]`: values from several places."""
        items = tuple(self._read(kind.of_type, each) for each in node.values)
        if not all(isinstance(each, Value) for each in items):
            raise Uncompilable(f"a null in a list of {_innermost(kind)}, which is an error")
        return Value(items=cast("tuple[Value, ...]", items))

    def _variable(self, kind: GraphQLInputType, found: Any, path: tuple[str | int, ...]) -> Given:
        if found is None:
            return None
        if isinstance(kind, GraphQLNonNull):
            return self._variable(kind.of_type, found, path)
        named = _innermost(kind)
        if not isinstance(named, GraphQLInputObjectType):
            return Value(path)
        if isinstance(kind, GraphQLList):
            items = (self._variable(kind.of_type, each, (*path, i)) for i, each in enumerate(found))
            return [each for each in items if each is not None]
        return {
            name: self._variable(member.type, found[name], (*path, name))
            for name, member in named.fields.items()
            if name in found
        }


class Uncompilable(Exception):
    """The operation is answered field by field; the message says why."""


def _constant(value: Any) -> Value | None:
    return None if value is None else Value(constant=_plain(value))


def _plain(value: Any) -> Any:
    return tuple(_word(each) for each in value) if isinstance(value, list) else _word(value)


def _word(value: Any) -> Any:
    return str(value.value) if isinstance(value, enum.Enum) else value


def _innermost(kind: GraphQLInputType) -> GraphQLNamedInputType:
    return cast(GraphQLNamedInputType, get_named_type(kind))


def _has_variable(node: ValueNode) -> bool:
    if isinstance(node, VariableNode):
        return True
    return isinstance(node, ListValueNode) and any(_has_variable(each) for each in node.values)


# --- shapes ---------------------------------------------------------------------------------------------------


def shape_of(
    schema: GraphQLSchema, operation: OperationDefinitionNode, shaping: frozenset[str]
) -> Callable[[Mapping[str, Any]], Hashable]:
    """What gives the shape of an operation's coerced variables. `shaping` are those whose value is part of it."""
    readers: list[tuple[str, Shaper]] = []
    for definition in operation.variable_definitions:
        name = definition.variable.name.value
        kind = cast(GraphQLInputType, type_from_ast(schema, definition.type))
        readers.append((name, _value if name in shaping else _shaper(kind)))
    return lambda variables: tuple(shape(variables.get(name)) for name, shape in readers)


def _shaper(kind: GraphQLInputType) -> Shaper:
    """The shape of values of a type. The types of filters are recursive, so theirs are made when asked for."""
    if isinstance(kind, GraphQLNonNull):
        return _shaper(kind.of_type)
    named = _innermost(kind)
    if isinstance(named, GraphQLEnumType) or named is GraphQLBoolean:
        return _value
    if not isinstance(named, GraphQLInputObjectType):
        return _presence
    if isinstance(kind, GraphQLList):
        inner = kind.of_type
        return lambda found: (
            None if found is None else tuple(_shaper(inner)(each) for each in found)
        )
    return lambda found: None if found is None else tuple(_members(named, found))


def _members(
    kind: GraphQLInputObjectType, found: Mapping[str, Any]
) -> Iterator[tuple[str, Hashable]]:
    for name, each in found.items():
        yield name, _shaper(kind.fields[name].type)(each)


def _value(found: Any) -> Hashable:
    return tuple(found) if isinstance(found, list) else cast(Hashable, found)


def _presence(found: Any) -> Hashable:
    return found is not None


class _ShapingVariables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        if node.name.value in SHAPING and isinstance(node.value, VariableNode):
            self.names.add(node.value.name.value)


def shaping_variables(*nodes: OperationDefinitionNode | FragmentDefinitionNode) -> frozenset[str]:
    """The variables that are given to arguments whose number becomes part of the text."""
    visitor = _ShapingVariables()
    for node in nodes:
        visit(node, visitor)
    return frozenset(visitor.names)
