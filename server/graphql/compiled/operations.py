"""Operations compiled once and run many times: the cache of plans, and an answer from them.

What cannot be compiled, and whatever is wrong with a request's arguments, is left to field-by-field execution: `answer`
gives None. So errors of callers have one maker.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
    get_operation_ast,
    is_non_null_type,
)
from graphql.execution.values import get_variable_values

from graph.errors import InvalidFact, InvalidQuestion
from graph.select.plan import Plan, compile_root
from graph.store import Limits, Store
from server.graphql.compiled.arguments import Uncompilable, shape_of, shaping_variables
from server.graphql.compiled.roots import Roots, is_read
from server.graphql.compiled.selections import Selections

Shape = Callable[[Mapping[str, Any]], Hashable]


@dataclass(frozen=True)
class RootPlan:
    """A root field: its place in the answer, and its plan; a constant has none."""

    alias: str
    node: FieldNode
    is_nullable: bool
    plan: Plan | None
    constant: str = ""


@dataclass(frozen=True)
class Operation:
    """A parsed and validated operation that may be compiled."""

    key: Hashable
    definition: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    shape: Shape


@dataclass
class Compiler:
    """Compiles operations on one schema. One per process; `most` bounds the plans that are kept."""

    schema: GraphQLSchema
    most: int = 1_000
    compiled: int = 0
    _plans: OrderedDict[Hashable, list[RootPlan] | None] = field(default_factory=OrderedDict)

    def operation(
        self, document: DocumentNode, key: Hashable, operation_name: str | None = None
    ) -> Operation | None:
        """The operation of a validated document, if all of its root fields are reads of collected entities.

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

    def plans(self, operation: Operation, variables: Mapping[str, Any]) -> list[RootPlan] | None:
        """The plans for coerced variables; None where this shape cannot be compiled."""
        key = (operation.key, operation.shape(variables))
        if key in self._plans:
            self._plans.move_to_end(key)
            return self._plans[key]
        try:
            plans = self._compile(operation, variables)
        except (Uncompilable, InvalidQuestion):
            plans = None
        self._plans[key] = plans
        if len(self._plans) > self.most:
            self._plans.popitem(last=False)
        return plans

    def _compile(self, operation: Operation, variables: Mapping[str, Any]) -> list[RootPlan]:
        self.compiled += 1
        query = self.schema.query_type
        assert isinstance(query, GraphQLObjectType)  # noqa: S101 - a schema has one
        selections = Selections(self.schema, operation.fragments, variables)
        roots = Roots.of(selections)
        plans = []
        for picked in selections.pick([operation.definition.selection_set], query):
            if picked.name == "__typename":
                plans.append(RootPlan(picked.alias, picked.node, False, None, query.name))
                continue
            if not is_read(picked.name):
                raise Uncompilable(f"root field {picked.name}")
            is_nullable = not is_non_null_type(query.fields[picked.name].type)
            plan = compile_root(roots.root(picked, query))
            plans.append(RootPlan(picked.alias, picked.node, is_nullable, plan))
        return plans

    async def answer(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        store: Store,
        org: str,
        limits: Limits | None = None,
    ) -> ExecutionResult | None:
        """The answer to `operation` for an organization; None where it is to be executed field by field.

        Root fields are read at the same time. What the database refuses is an error of its field, as in any execution.
        """
        coerced = get_variable_values(
            self.schema, tuple(operation.definition.variable_definitions), dict(variables)
        )
        if isinstance(coerced, list):
            return None
        plans = self.plans(operation, coerced)
        if plans is None:
            return None
        try:
            bound = [each.plan.bind(org, coerced) if each.plan else {} for each in plans]
        except (InvalidQuestion, InvalidFact):
            return None
        if len(plans) == 1:
            found = [await _read(plans[0], bound[0], store, limits)]
        else:
            found = await asyncio.gather(
                *(
                    _read(each, given, store, limits)
                    for each, given in zip(plans, bound, strict=True)
                )
            )
        return _assemble(plans, found)


async def _read(root: RootPlan, bound: dict[str, Any], store: Store, limits: Limits | None) -> Any:
    """What a root field gives, or the error it ends with."""
    if root.plan is None:
        return root.constant
    try:
        value = await store.read_single(root.plan.text, bound, limits=limits)
    except Exception as error:
        return GraphQLError(str(error), nodes=[root.node], path=[root.alias], original_error=error)
    return root.plan.answer(value)


def _assemble(plans: list[RootPlan], found: list[Any]) -> ExecutionResult:
    errors = [each for each in found if isinstance(each, GraphQLError)]
    if not errors:
        return ExecutionResult(
            {root.alias: value for root, value in zip(plans, found, strict=True)}, None
        )
    data: dict[str, Any] | None = {}
    for root, value in zip(plans, found, strict=True):
        is_error = isinstance(value, GraphQLError)
        if is_error and not root.is_nullable:
            data = None
            break
        data[root.alias] = None if is_error else value  # type: ignore[index]
    return ExecutionResult(data, errors)


def _is_compilable(
    definition: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> bool:
    """Whether a quick look at the root fields speaks for compiling; the rest shows when it is tried."""
    if definition.directives:
        return False
    seen: set[str] = set()
    waiting: list[Any] = list(definition.selection_set.selections)
    while waiting:
        node = waiting.pop()
        if isinstance(node, FieldNode):
            if node.name.value != "__typename" and not is_read(node.name.value):
                return False
        elif hasattr(node, "selection_set"):
            waiting.extend(node.selection_set.selections)
        elif node.name.value not in seen:
            seen.add(node.name.value)
            waiting.extend(fragments[node.name.value].selection_set.selections)
    return True
