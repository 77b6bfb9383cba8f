"""Documents as they come in, prepared once: limited, parsed, validated, with the permissions each operation needs.

Preparing costs milliseconds, most documents come again and again, so what was found good is kept by its text.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    validate,
)

from graph.errors import InvalidQuestion, LimitExceeded
from server.auth.policy import Permission
from server.graphql.limits import (
    MOST_COMMENTS,
    MOST_OPERATIONS,
    MOST_QUERY_LENGTH,
    MOST_TOKENS,
    Meter,
    Sum,
    check_text,
    weight,
)
from server.graphql.permissions import permissions_of

MOST_KEPT = 1_000
MOST_ERRORS = 10


def hash_of(text: str) -> str:
    """The SHA-256 of a document in UTF-8, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class InvalidDocument(Exception):
    """The document cannot be executed. `errors` say where and why."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(eq=False)
class Operation:
    """One operation of a prepared document."""

    name: str
    node: OperationDefinitionNode
    permissions: Mapping[Permission, str]
    sized_by: frozenset[str]
    least: Sum
    measured: dict[tuple[Any, ...], Sum] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`query`, `mutation` or `subscription`."""
        return self.node.operation.value

    @property
    def is_introspection(self) -> bool:
        """Whether it asks for nothing but the schema itself, so that its answer never changes."""
        names = [getattr(each, "name", None) for each in self.node.selection_set.selections]
        return all(
            name is not None and name.value in ("__schema", "__type", "__typename")
            for name in names
        ) and all(each.kind == "field" for each in self.node.selection_set.selections)


@dataclass(eq=False)
class Prepared:
    """A document that passed limits, parser and validator. `hash` is that of its text."""

    hash: str
    document: DocumentNode
    operations: Mapping[str, Operation]

    def operation(self, name: str | None) -> Operation:
        """The operation to execute. Raises InvalidQuestion where the name does not decide it."""
        if name is None or name == "":
            if len(self.operations) == 1:
                return next(iter(self.operations.values()))
            raise InvalidQuestion("the document has several operations; say operationName")
        if name not in self.operations:
            raise InvalidQuestion(f"the document has no operation named {name!r}")
        return self.operations[name]


class Documents:
    """Prepares documents against one schema and keeps the latest used ones."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, query: str) -> Prepared:
        """The document `query`. Raises LimitExceeded, InvalidDocument."""
        digest = hash_of(query)
        found = self._kept.get(digest)
        if found is None:
            found = self._prepare(digest, query)
            self._kept[digest] = found
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(digest)
        return found

    def sum_of(self, prepared: Prepared, operation: Operation, variables: Mapping[str, Any]) -> Sum:
        """What an operation asks for; page sizes and filters may be variables. Raises LimitExceeded."""
        if not operation.sized_by:
            return operation.least
        sizes = tuple(
            (name in variables, variables.get(name) is None, weight(variables.get(name)))
            for name in sorted(operation.sized_by)
        )
        found = operation.measured.get(sizes)
        if found is None:
            found = Meter(self._schema, prepared.document, variables).measure(operation.node)
            if len(operation.measured) < MOST_KEPT:
                operation.measured[sizes] = found
        return found

    def _prepare(self, digest: str, query: str) -> Prepared:
        check_text(query)
        try:
            document = parse(
                query,
                max_lexical_tokens=MOST_TOKENS,
                max_comments=MOST_COMMENTS,
                max_source_length=MOST_QUERY_LENGTH,
            )
        except GraphQLError as error:
            raise InvalidDocument([error]) from error
        nodes = [n for n in document.definitions if isinstance(n, OperationDefinitionNode)]
        if len(nodes) > MOST_OPERATIONS:
            raise LimitExceeded(
                f"the document has {len(nodes)} operations, more than {MOST_OPERATIONS}"
            )
        Meter(self._schema, document).measure_fragments()
        sized = [self._measure(document, node) for node in nodes]
        for node in nodes:
            _check_subscription(document, node)
        if errors := validate(self._schema, document, max_errors=MOST_ERRORS):
            raise InvalidDocument(errors)
        if not nodes:
            raise InvalidDocument([GraphQLError("The document has no operation to execute.")])
        operations = {}
        for node, (by, least) in zip(nodes, sized, strict=True):
            name = node.name.value if node.name else ""
            needs = permissions_of(self._schema, document, node)
            operations[name] = Operation(name, node, needs, by, least)
        return Prepared(digest, document, operations)

    def _measure(
        self, document: DocumentNode, node: OperationDefinitionNode
    ) -> tuple[frozenset[str], Sum]:
        meter = Meter(self._schema, document)
        least = meter.measure(node)
        return frozenset(meter.sized_by), least


def _check_subscription(document: DocumentNode, operation: OperationDefinitionNode) -> None:
    """Refuse a subscription whose field may be left out: there would be nothing to follow.

    The specification says so since 2025; the validator does not yet, and trips over the directives.
    """
    if operation.operation is not OperationType.SUBSCRIPTION:
        return
    fragments = {
        each.name.value: each.selection_set
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    for directive in _root_directives(operation.selection_set, fragments):
        if directive.name.value in ("skip", "include"):
            message = f"A subscription's field cannot be left out: @{directive.name.value} has no place here."
            raise InvalidDocument([GraphQLError(message, nodes=[directive])])


def _root_directives(
    selections: SelectionSetNode, fragments: Mapping[str, SelectionSetNode]
) -> Iterator[DirectiveNode]:
    """The directives on root fields and on the fragments they stand in, each fragment once."""
    waiting, seen = [selections], set()
    while waiting:
        for each in waiting.pop().selections:
            yield from each.directives
            if isinstance(each, InlineFragmentNode):
                waiting.append(each.selection_set)
            elif not isinstance(each, FieldNode):
                name = each.name.value  # type: ignore[attr-defined]
                if name in fragments and name not in seen:
                    seen.add(name)
                    waiting.append(fragments[name])
