"""Selections of a document as GraphQL collects them: by response name, fragments and conditions applied, merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    value_from_ast_untyped,
)

from server.graphql.compiled.arguments import Uncompilable

ABSTRACT = (GraphQLInterfaceType, GraphQLUnionType)


@dataclass(frozen=True)
class Picked:
    """One response field: its name in the answer, and every node that asks for it."""

    alias: str
    nodes: tuple[FieldNode, ...]

    @property
    def name(self) -> str:
        """The field's name in the schema."""
        return self.nodes[0].name.value

    @property
    def node(self) -> FieldNode:
        """The first node; the others have equal arguments, which validation made sure of."""
        return self.nodes[0]

    @property
    def sets(self) -> tuple[SelectionSetNode, ...]:
        """What is asked of the field's value."""
        return tuple(node.selection_set for node in self.nodes if node.selection_set)


@dataclass(frozen=True)
class Selections:
    """Collects fields of one operation with the variables of one request."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def pick(
        self, sets: Iterable[SelectionSetNode], parent: GraphQLObjectType | GraphQLInterfaceType
    ) -> list[Picked]:
        """The fields asked of `parent`, in the order of the answer; of an interface, those asked of all its types."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for each in sets:
            self._collect(each, parent, found, seen)
        return [Picked(alias, tuple(nodes)) for alias, nodes in found.items()]

    def conditions(self, sets: Iterable[SelectionSetNode]) -> set[str]:
        """The names of the types that fragments of these selections are bound to."""
        found: set[str] = set()
        seen: set[str] = set()
        for each in sets:
            self._conditions(each, found, seen)
        return found

    def _collect(
        self,
        selected: SelectionSetNode,
        parent: GraphQLObjectType | GraphQLInterfaceType,
        found: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for node in selected.selections:
            if not self._is_included(node.directives):
                continue
            if isinstance(node, FieldNode):
                alias = node.alias.value if node.alias else node.name.value
                found.setdefault(alias, []).append(node)
            elif (inner := self._fragment(node, seen)) and self._applies(inner, parent):
                self._collect(inner.selection_set, parent, found, seen)

    def _conditions(self, selected: SelectionSetNode, found: set[str], seen: set[str]) -> None:
        for node in selected.selections:
            inner = self._fragment(node, seen)
            if inner is not None:
                if inner.type_condition:
                    found.add(inner.type_condition.name.value)
                self._conditions(inner.selection_set, found, seen)

    def _fragment(
        self, node: object, seen: set[str]
    ) -> FragmentDefinitionNode | InlineFragmentNode | None:
        """The fragment at `node`; a named one once only."""
        if isinstance(node, InlineFragmentNode):
            return node
        if not isinstance(node, FragmentSpreadNode) or node.name.value in seen:
            return None
        seen.add(node.name.value)
        return self.fragments[node.name.value]

    def _applies(
        self,
        fragment: FragmentDefinitionNode | InlineFragmentNode,
        parent: GraphQLObjectType | GraphQLInterfaceType,
    ) -> bool:
        if fragment.type_condition is None or fragment.type_condition.name.value == parent.name:
            return True
        condition = self.schema.type_map[fragment.type_condition.name.value]
        return isinstance(condition, ABSTRACT) and self.schema.is_sub_type(condition, parent)

    def _is_included(self, directives: Iterable[DirectiveNode]) -> bool:
        for each in directives:
            if each.name.value not in ("skip", "include"):
                raise Uncompilable(f"directive @{each.name.value}")
            node = each.arguments[0].value
            is_given = (
                self.variables.get(node.name.value)
                if isinstance(node, VariableNode)
                else value_from_ast_untyped(node)
            )
            if is_given is None:
                raise Uncompilable(f"@{each.name.value} without a truth value, which is an error")
            if bool(is_given) is (each.name.value == "skip"):
                return False
        return True
