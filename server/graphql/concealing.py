"""Keeping the secrets that a question carries out of what is answered and logged about it.

An argument that takes a secret has the type `SecretText`. A refusal by GraphQL itself repeats what was sent; here the
texts that were sent at such places are taken out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from graphql import (
    DocumentNode,
    FloatValueNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    StringValueNode,
    TypeNode,
    Visitor,
    get_named_type,
    parse,
    print_ast,
    visit,
)

from collectors._kit.redaction import Redactor
from server.graphql.scalars import SECRET_TEXT


class Concealer:
    """Knows which places of a schema take secrets."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    @cached_property
    def _types(self) -> frozenset[str]:
        """The names of input types that a secret can be in, `SecretText` itself among them."""
        found = {SECRET_TEXT}
        while True:
            more = {
                name
                for name, kind in self._schema.type_map.items()
                if isinstance(kind, GraphQLInputObjectType)
                and any(get_named_type(field.type).name in found for field in kind.fields.values())
            }
            if more <= found:
                return frozenset(found)
            found |= more

    @cached_property
    def _fields(self) -> frozenset[str]:
        """The names of fields with an argument that a secret can be in."""
        return frozenset(
            name
            for kind in self._schema.type_map.values()
            if isinstance(kind, GraphQLObjectType)
            for name, field in kind.fields.items()
            if any(get_named_type(each.type).name in self._types for each in field.args.values())
        )

    def secrets_of(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> list[str]:
        """The texts in the variables that may be secrets, right or wrong in form."""
        return [
            text
            for definition in operation.variable_definitions or ()
            for text in self._at(
                _name_of(definition.type), variables.get(definition.variable.name.value)
            )
        ]

    def _at(self, kind: str, value: object) -> Iterator[str]:
        """The secrets in a value that is given for an input type: whatever is not known to be something else."""
        if kind not in self._types:
            return
        if isinstance(value, list):
            for each in value:
                yield from self._at(kind, each)
            return
        declared: GraphQLNamedType | None = self._schema.type_map.get(kind)
        if isinstance(declared, GraphQLInputObjectType) and isinstance(value, Mapping):
            for name, each in value.items():
                field = declared.fields.get(name)
                of = get_named_type(field.type).name if field else SECRET_TEXT
                yield from self._at(of, each)
            return
        yield from _leaves(value)

    def executed(
        self,
        operation: OperationDefinitionNode,
        secrets: Iterable[str],
        errors: Iterable[GraphQLError],
    ) -> list[GraphQLError]:
        """The errors of an operation that was executed, without its secrets."""
        types = {
            definition.variable.name.value: definition.type
            for definition in operation.variable_definitions or ()
            if _name_of(definition.type) in self._types
        }
        redactor = Redactor(secrets)
        return [reworded(error, _bounded(redactor.text(error.message), types)) for error in errors]

    def invalid(
        self, query: str, variables: Mapping[str, Any], errors: Iterable[GraphQLError]
    ) -> list[GraphQLError]:
        """The errors of a document that cannot be executed, without what it says where a secret could be."""
        try:
            document = parse(query, no_location=True)
        except GraphQLError:
            # The parser quotes the word it stumbled over.
            return [reworded(error, _unquoted(error.message)) for error in errors]
        secrets = self._said(document)
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                secrets.extend(self.secrets_of(node, variables))
        redactor = Redactor(secrets)
        return [reworded(error, redactor.text(error.message)) for error in errors]

    def _said(self, document: DocumentNode) -> list[str]:
        """Every text of a document in which a field takes secrets: written there, it can stand at any wrong place."""
        fields, said = self._fields, []
        takes_secrets = False

        class Reader(Visitor):
            def enter_field(self, node: Any, *_: object) -> None:
                nonlocal takes_secrets
                takes_secrets = takes_secrets or node.name.value in fields

            def enter(self, node: Any, *_: object) -> None:
                if isinstance(node, (StringValueNode, IntValueNode, FloatValueNode)):
                    said.append(node.value)

        visit(document, Reader())
        return said if takes_secrets else []


def reworded(error: GraphQLError, message: str) -> GraphQLError:
    """The same error in other words."""
    return GraphQLError(
        message,
        error.nodes,
        error.source,
        error.positions,
        error.path,
        error.original_error,
        error.extensions,
    )


def _bounded(message: str, types: Mapping[str, TypeNode]) -> str:
    """The refusal of a variable, without the value: of a long one GraphQL shows both ends."""
    found = re.match(r"Variable '\$(\w+)' got invalid value ", message)
    if found is None or found[1] not in types:
        return message
    return f"Variable '${found[1]}' got an invalid value: {print_ast(types[found[1]])} is right"


def _name_of(node: TypeNode) -> str:
    inner: Any = node
    while hasattr(inner, "type"):
        inner = inner.type
    return str(inner.name.value)


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield str(value)


def _unquoted(message: str) -> str:
    """A syntax error without the text or number that it found."""
    return re.sub(r"(String|Int|Float) (\"|').*", r"\1", message, flags=re.DOTALL)
