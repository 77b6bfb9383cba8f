"""Operations compiled once and run many times: the cache of plans, and an answer from them.

Root fields are shared out: reads of collected entities go by statements, all others by resolvers, side by side. A read
that cannot be compiled, or whose arguments are refused, goes by its resolvers, too: errors of callers have one maker.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_operation_ast,
    is_non_null_type,
)
from graphql.execution.values import get_variable_values

from graph.errors import InvalidFact, InvalidQuestion
from graph.select.plan import Plan, Reader, compile_root
from graph.store import Limits, Store
from server.graphql.compiled.arguments import Uncompilable, shape_of, shaping_variables
from server.graphql.compiled.roots import Roots, is_read
from server.graphql.compiled.selections import Picked, Selections

Shape = Callable[[Mapping[str, Any]], Hashable]


@dataclass(frozen=True)
class RootPlan:
    """A root field: its place in the answer, and its plan; a constant has none."""

    picked: Picked
    is_nullable: bool
    plan: Plan | None
    constant: str = ""


@dataclass(frozen=True)
class Plans:
    """How operations of one shape are carried out: `roots` by statements, `rest` (None: nothing) by resolvers.

    `picked` are all root fields in the order of the answer.
    """

    picked: Sequence[Picked]
    roots: Sequence[RootPlan]
    rest: DocumentNode | None = None


@dataclass(frozen=True)
class Operation:
    """A parsed and validated operation that may be compiled."""

    key: Hashable
    definition: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    shape: Shape


class Bound(NamedTuple):
    """An operation with the values of one request."""

    plans: Plans
    given: Sequence[dict[str, Any]]

    async def answer(
        self, store: Store, limits: Limits | None, rest: Awaitable[ExecutionResult] | None = None
    ) -> ExecutionResult:
        """The answer; `rest` gives that of `plans.rest`, where there is one.

        Root fields are read at the same time. What the database refuses is an error of its field, as in any execution.
        """
        if rest is None:
            return assembled(self.plans, await self._read(store, limits))
        found, resolved = await asyncio.gather(self._read(store, limits), rest)
        return assembled(self.plans, found, resolved)

    async def _read(self, store: Store, limits: Limits | None) -> list[Any]:
        pairs = zip(self.plans.roots, self.given, strict=True)
        reads = [_read(root, given, store, limits) for root, given in pairs]
        return [await reads[0]] if len(reads) == 1 else await asyncio.gather(*reads)


@dataclass
class Compiler:
    """Compiles operations on one schema. One per process; `most` bounds the plans that are kept."""

    schema: GraphQLSchema
    most: int = 1_000
    compiled: int = 0
    _plans: OrderedDict[Hashable, Plans | None] = field(default_factory=OrderedDict)

    def operation(
        self, document: DocumentNode, key: Hashable, operation_name: str | None = None
    ) -> Operation | None:
        """The operation of a validated document, if one of its root fields is a read of collected entities.

        `key` stands for the document (its hash) and for all that a plan may depend on beside it, such as the caller's
        access class. Worth keeping beside the document.
        """
        definition = get_operation_ast(document, operation_name)
        if definition is None or definition.operation is not OperationType.QUERY:
            return None
        fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        if not _is_compilable(definition, fragments):
            return None
        shaping = shaping_variables(definition, *fragments.values())
        shape = shape_of(self.schema, definition, shaping)
        return Operation((key, operation_name), definition, fragments, shape)

    def plans(
        self, operation: Operation, variables: Mapping[str, Any], *, is_cleared: bool = True
    ) -> Plans | None:
        """The plans for coerced variables; None where no root field of this shape can be compiled.

        Readers who may read whatever its marking have plans of their own.
        """
        key = (operation.key, is_cleared, operation.shape(variables))
        if key in self._plans:
            self._plans.move_to_end(key)
            return self._plans[key]
        try:
            plans = self._compile(operation, variables, is_cleared)
        except Uncompilable:
            plans = None
        self._plans[key] = plans
        if len(self._plans) > self.most:
            self._plans.popitem(last=False)
        return plans

    def _compile(
        self, operation: Operation, variables: Mapping[str, Any], is_cleared: bool
    ) -> Plans | None:
        self.compiled += 1
        query = self.schema.query_type
        assert isinstance(query, GraphQLObjectType)  # noqa: S101 - a schema has one
        selections = Selections(self.schema, operation.fragments, variables)
        roots = Roots.of(selections)
        plans: list[RootPlan] = []
        picked = selections.pick([operation.definition.selection_set], query)
        for each in picked:
            if each.name == "__typename":
                plans.append(RootPlan(each, False, None, query.name))
            elif is_read(each.name):
                is_nullable = not is_non_null_type(query.fields[each.name].type)
                with suppress(Uncompilable, InvalidQuestion):
                    plan = compile_root(roots.root(each, query), is_cleared=is_cleared)
                    plans.append(RootPlan(each, is_nullable, plan))
        return _shared_out(operation, picked, plans)

    def bind(
        self, operation: Operation, variables: Mapping[str, Any], reader: Reader
    ) -> Bound | None:
        """A reader's request for `operation`; None where all of it is to be executed field by field.

        A root field whose arguments are refused is left to its resolver, which says why.
        """
        coerced = get_variable_values(
            self.schema, tuple(operation.definition.variable_definitions), dict(variables)
        )
        if isinstance(coerced, list):
            return None
        plans = self.plans(operation, coerced, is_cleared=reader.is_cleared)
        if plans is None:
            return None
        try:
            return Bound(plans, [_given(each, reader, coerced) for each in plans.roots])
        except (InvalidQuestion, InvalidFact):
            return _bound_partly(operation, plans, reader, coerced)


def _given(root: RootPlan, reader: Reader, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a root field's statement. Raises InvalidQuestion, InvalidFact."""
    return root.plan.bind(reader, variables) if root.plan else {}


def _bound_partly(
    operation: Operation, plans: Plans, reader: Reader, variables: Mapping[str, Any]
) -> Bound | None:
    bound: list[tuple[RootPlan, dict[str, Any]]] = []
    for root in plans.roots:
        with suppress(InvalidQuestion, InvalidFact):
            bound.append((root, _given(root, reader, variables)))
    shared = _shared_out(operation, plans.picked, [root for root, _ in bound])
    return Bound(shared, [given for _, given in bound]) if shared else None


def _shared_out(
    operation: Operation, picked: Sequence[Picked], roots: Sequence[RootPlan]
) -> Plans | None:
    """The root fields shared out between statements (`roots`) and resolvers; None where there is no statement."""
    if all(root.plan is None for root in roots):
        return None
    planned = {root.picked.alias for root in roots}
    nodes = [node for each in picked if each.alias not in planned for node in each.nodes]
    return Plans(picked, roots, _document_of(operation, nodes) if nodes else None)


def _document_of(operation: Operation, nodes: Sequence[FieldNode]) -> DocumentNode:
    """The operation with these root fields only. Fragments and conditions around them have been applied."""
    whole = operation.definition
    part = OperationDefinitionNode(
        operation=whole.operation,
        name=whole.name,
        variable_definitions=whole.variable_definitions,
        directives=whole.directives,
        selection_set=SelectionSetNode(selections=tuple(nodes)),
        loc=whole.loc,
    )
    return DocumentNode(definitions=(part, *operation.fragments.values()))


async def _read(root: RootPlan, bound: dict[str, Any], store: Store, limits: Limits | None) -> Any:
    """What a root field gives, or the error it ends with."""
    if root.plan is None:
        return root.constant
    try:
        value = await store.read_single(root.plan.text, bound, limits=limits)
    except Exception as error:
        nodes, path = list(root.picked.nodes), [root.picked.alias]
        return GraphQLError(str(error), nodes=nodes, path=path, original_error=error)
    return root.plan.answer(value)


def assembled(
    plans: Plans, found: Sequence[Any], resolved: ExecutionResult | None = None
) -> ExecutionResult:
    """One answer of what the statements (`found`) and the resolvers gave."""
    data = {root.picked.alias: value for root, value in zip(plans.roots, found, strict=True)}
    errors = [each for each in found if isinstance(each, GraphQLError)]
    if resolved is None and not errors:
        return ExecutionResult(data, None)
    rest = ExecutionResult({}, None) if resolved is None else resolved
    errors += rest.errors or []
    # As graphql-core has them.
    errors.sort(key=lambda each: (each.locations or [], each.path or [], each.message))
    is_null = rest.data is None
    for root in plans.roots:
        if isinstance(data[root.picked.alias], GraphQLError):
            data[root.picked.alias] = None
            is_null = is_null or not root.is_nullable
    if is_null:
        return ExecutionResult(None, errors)
    data |= rest.data or {}
    return ExecutionResult({each.alias: data[each.alias] for each in plans.picked}, errors or None)


def _is_compilable(
    definition: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> bool:
    """Whether a quick look at the root fields speaks for compiling; the rest shows when it is tried."""
    seen: set[str] = set()
    waiting: list[Any] = list(definition.selection_set.selections)
    while waiting:
        node = waiting.pop()
        if isinstance(node, FieldNode):
            if is_read(node.name.value):
                return True
        elif hasattr(node, "selection_set"):
            waiting.extend(node.selection_set.selections)
        elif node.name.value not in seen:
            seen.add(node.name.value)
            waiting.extend(fragments[node.name.value].selection_set.selections)
    return False
