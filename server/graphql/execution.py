"""Carrying out operations: each root field the compiled way where there is one, else by Strawberry's resolvers.

Refusals before execution have no data; faults during it are errors of their fields. What is not
meant for callers never leaves: unknown faults become one word and a correlation id, and a log line says the rest.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, cast

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLError, execute

from graph.errors import MirageError
from graph.store import Limits
from server.graphql.compiled import Compiler
from server.graphql.compiled import Operation as CompiledOperation
from server.graphql.context import Context
from server.graphql.document import MOST_KEPT, Documents, InvalidDocument, Operation, Prepared
from server.graphql.limits import check_variables
from server.graphql.scalars import write_datetime
from server.graphql.schema import core_schema
from server.jobs.log import get_logger

log = get_logger(__name__)

READ_LIMITS = Limits(timeout_s=10.0, retry_s=1.5)
MOST_SECONDS = {"query": 30.0, "subscription": 30.0, "mutation": 900.0}
MOST_INTROSPECTIONS = 50
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL = "INTERNAL"


@dataclass(frozen=True)
class Question:
    """What a caller sent, of the right types but not looked into."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A question that may be executed: prepared, permitted, within its cost."""

    prepared: Prepared
    operation: Operation
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Answered:
    """An answer: its body, the codes of its errors, and whether it has data (null counts as none)."""

    body: bytes
    codes: tuple[str, ...] = ()
    has_data: bool = True
    way: str = "compiled"


class Executor:
    """Executes questions against the one schema. One per process."""

    def __init__(self) -> None:
        self.schema = core_schema()
        self.documents = Documents(self.schema)
        self._compiler = Compiler(self.schema)
        self._compiled: OrderedDict[tuple[str, str], CompiledOperation | None] = OrderedDict()
        self._introspections: OrderedDict[bytes, Answered] = OrderedDict()

    def ask(self, question: Question, context: Context) -> Asked:
        """Prepare a question. Raises InvalidDocument, InvalidQuestion, LimitExceeded, NotPermitted."""
        check_variables(question.variables)
        prepared = self.documents.prepare(question.query)
        operation = prepared.operation(question.operation_name)
        for permission, name in operation.permissions.items():
            context.principal.require(permission, name)
        self.documents.sum_of(prepared, operation, question.variables)
        return Asked(prepared, operation, question.variables)

    async def answer(self, asked: Asked, context: Context) -> Answered:
        """Execute a query or mutation: by statements, by resolvers, or by both side by side."""
        if asked.operation.is_introspection:
            return await self._introspect(asked, context)
        compiled = self._compiled_operation(asked)
        bound = compiled and self._compiler.bind(compiled, asked.variables, context.org)
        if not bound:
            return written(await self.execute(asked, context), context, "resolved")
        if bound.plans.rest is None:
            return written(await bound.answer(context.store, READ_LIMITS), context, "compiled")
        rest = self.execute(asked, context, document=bound.plans.rest)
        return written(await bound.answer(context.store, READ_LIMITS, rest), context, "mixed")

    async def execute(
        self,
        asked: Asked,
        context: Context,
        root: object = None,
        document: DocumentNode | None = None,
    ) -> ExecutionResult:
        """Execute by resolvers, field by field.

        `root` is the event for a subscription, `document` has the operation with some of its root fields only.
        """
        most = MOST_SECONDS[asked.operation.kind]
        try:
            async with asyncio.timeout(most):
                found = self._run(asked, context, root, document)
                return await found if isawaitable(found) else found
        except TimeoutError:
            error = GraphQLError(
                f"the operation took more than {most:.0f} s; ask for less at once",
                extensions={"code": "LIMIT_EXCEEDED"},
            )
            return ExecutionResult(None, [error])

    def _run(
        self, asked: Asked, context: Context, root: object = None, part: DocumentNode | None = None
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        return execute(
            self.schema,
            part or asked.prepared.document,
            root_value=root,
            context_value=context,
            variable_values=dict(asked.variables),
            operation_name=asked.operation.name or None,
        )

    def _compiled_operation(self, asked: Asked) -> CompiledOperation | None:
        key = (asked.prepared.hash, asked.operation.name)
        if key not in self._compiled:
            self._compiled[key] = self._compiler.operation(
                asked.prepared.document, asked.prepared.hash, asked.operation.name or None
            )
            if len(self._compiled) > MOST_KEPT:
                self._compiled.popitem(last=False)
        return self._compiled[key]

    async def _introspect(self, asked: Asked, context: Context) -> Answered:
        """The schema about itself: always the same answer, and large, so it is made once, in a thread."""
        key = asked.prepared.hash.encode() + orjson.dumps([asked.operation.name, asked.variables])
        if key not in self._introspections:
            result = await asyncio.to_thread(self._run, asked, context)
            self._introspections[key] = written(cast(ExecutionResult, result), context, "schema")
            if len(self._introspections) > MOST_INTROSPECTIONS:
                self._introspections.popitem(last=False)
        return self._introspections[key]


def written(result: ExecutionResult, context: Context, way: str) -> Answered:
    """A result as bytes, its errors as callers may see them."""
    if result.data is None and all(each.path is None for each in result.errors or []):
        return _refusal(result.errors or [], context.correlation_id)
    body: dict[str, Any] = {"data": result.data}
    codes: tuple[str, ...] = ()
    if result.errors:
        body["errors"] = [shown(error, context.correlation_id) for error in result.errors]
        codes = tuple(each["extensions"]["code"] for each in body["errors"])
    text = orjson.dumps(body, default=write_datetime)
    return Answered(text, codes, result.data is not None, way)


def refused(error: Exception, correlation_id: str) -> Answered:
    """The answer to a question that is not executed: errors, and no data."""
    if isinstance(error, InvalidDocument):
        return _refusal(error.errors, correlation_id)
    return _refusal([GraphQLError(str(error), original_error=error)], correlation_id)


def _refusal(errors: list[GraphQLError], correlation_id: str) -> Answered:
    told = [shown(each, correlation_id) for each in errors]
    codes = tuple(each["extensions"]["code"] for each in told)
    return Answered(orjson.dumps({"errors": told}), codes, has_data=False, way="refused")


def shown(error: GraphQLError, correlation_id: str) -> dict[str, Any]:
    """An error as callers see it. Faults that nobody foresaw are logged and lose their words."""
    original = error.original_error
    if isinstance(original, GraphQLError):
        original = original.original_error
    made = dict(error.formatted)
    extensions: dict[str, Any] = dict(error.extensions or {})
    if isinstance(original, MirageError):
        extensions["code"] = original.code
        if original.is_retryable:
            extensions["retryable"] = True
    elif original is not None and not isinstance(original, GraphQLError):
        log.error(
            "a field failed",
            path=error.path,
            correlation_id=correlation_id,
            exc_info=original,
        )
        made["message"] = f"something went wrong here; the log has more under {correlation_id}"
        extensions["code"] = INTERNAL
    else:
        extensions.setdefault("code", VALIDATION_FAILED)
    extensions["correlationId"] = correlation_id
    return {**made, "extensions": extensions}
