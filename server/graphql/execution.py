"""Carrying out operations: each root field the compiled way where there is one, else by Strawberry's resolvers.

Refusals before execution have no data; faults during it are errors of their fields. What is not
meant for callers never leaves: unknown faults become one word and a correlation id, and a log line says the rest.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from types import MappingProxyType
from typing import Any, cast

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLError, execute

from graph.causality import causal
from graph.deadline import due_in
from graph.errors import MirageError
from graph.store import Limits
from graph.tracing import noted
from server.auth.policy import Permission
from server.auth.refusals import RateLimited
from server.graphql.bookmarks import read_bookmark, write_bookmark
from server.graphql.bounds import RoleBounds
from server.graphql.compiled import Compiler
from server.graphql.compiled import Operation as CompiledOperation
from server.graphql.concealing import Concealer, reworded
from server.graphql.context import Context
from server.graphql.document import MOST_KEPT, Documents, InvalidDocument, Operation, Prepared
from server.graphql.library import Library
from server.graphql.limits import POINT, Bounds, Sum, TooMuch, check_variables
from server.graphql.repeats import Kept, Keyed, Repeat, Repeats, check_key, fingerprint
from server.graphql.saved.finding import PREFIX, called
from server.graphql.scalars import write_datetime
from server.graphql.schema import core_schema
from server.jobs.log import get_logger, hidden

log = get_logger(__name__)

READ_LIMITS = Limits(timeout_s=10.0, retry_s=1.5)
MOST_SECONDS = {"query": 30.0, "subscription": 30.0, "mutation": 900.0}
MOST_INTROSPECTIONS = 50
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL = "INTERNAL"
_HINT = re.compile(r" Did you mean .*", re.DOTALL)
USUAL_BOUNDS = RoleBounds()


@dataclass(frozen=True)
class Question:
    """What a caller sent, of the right types but not looked into.

    `query` is empty where only the `document`'s name was sent; with both, it is to be known by that name from now on.
    `wait_s` is for how long the caller waits for the answer, null for as long as it may take.
    `bookmark` is one that an earlier answer carried, `idempotency_key` the caller's own word for a mutation.
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    document: str | None = None
    bookmark: str = ""
    idempotency_key: str | None = None
    wait_s: float | None = None


@dataclass(frozen=True)
class Asked:
    """A question that may be executed: prepared, permitted, within its cost."""

    prepared: Prepared
    operation: Operation
    variables: Mapping[str, Any]
    sum: Sum
    bounds: Bounds
    idempotency_key: str | None = None
    secrets: tuple[str, ...] = ()
    wait_s: float | None = None

    @property
    def most_s(self) -> float:
        """How long it may take."""
        most = MOST_SECONDS[self.operation.kind]
        return most if self.wait_s is None else min(most, self.wait_s)

    @property
    def points(self) -> int:
        """What it takes from the quotas."""
        return max(1, math.ceil(self.sum.cost / POINT))

    @property
    def extensions(self) -> dict[str, Any]:
        """What its answer says beside the data."""
        return {"cost": {"asked": self.sum.cost, "most": self.bounds.cost, "points": self.points}}


@dataclass(frozen=True)
class Answered:
    """An answer: its body, the codes of its errors, and whether it has data (null counts as none).

    `bookmark` stands for what was written; one that is not final may be another when it is asked for again.
    """

    body: bytes
    codes: tuple[str, ...] = ()
    has_data: bool = True
    way: str = "compiled"
    bookmark: str = ""
    is_final: bool = True


class Executor:
    """Executes questions against the one schema. One per process."""

    def __init__(self, bounds: RoleBounds = USUAL_BOUNDS, library: Library | None = None) -> None:
        self.schema = core_schema()
        self._bounds = bounds
        self._library = library or Library()
        self.documents = Documents(self.schema)
        self._concealer = Concealer(self.schema)
        self._compiler = Compiler(self.schema)
        self._compiled: OrderedDict[tuple[str, str], CompiledOperation | None] = OrderedDict()
        self._introspections: OrderedDict[bytes, Answered] = OrderedDict()

    async def ask(self, question: Question, context: Context) -> Asked:
        """Prepare a question.

        Raises InvalidDocument, InvalidQuestion, LimitExceeded, NotPermitted, DocumentNotKnown, DocumentNotTrusted, and
        StoreUnavailable where a refusal cannot be told to the audit.
        """
        check_variables(question.variables)
        if question.bookmark:
            context.bookmarks = read_bookmark(
                question.bookmark, context.org, context.keys, context.now()
            )
        if not question.query and (question.document or "").startswith(PREFIX):
            question = await self._saved(question, context)
        prepared = self._prepare(question, context)
        operation = prepared.operation(question.operation_name)
        noted({"graphql.operation.type": operation.kind})
        if operation.name:
            noted({"graphql.operation.name": operation.name})
        for permission, name in operation.permissions.items():
            await context.require(permission, name)
        total = self.documents.sum_of(prepared, operation, question.variables)
        bounds = self._bounds.of(context.principal.role)
        bounds.check(total)
        key = question.idempotency_key
        if key is not None:
            check_key(key)
        secrets = tuple(self._concealer.secrets_of(operation.node, question.variables))
        return Asked(
            prepared,
            operation,
            question.variables,
            total,
            bounds,
            key,
            secrets,
            # What changes something is carried out to its end, whoever still waits for it.
            question.wait_s if operation.kind == "query" else None,
        )

    async def _saved(self, question: Question, context: Context) -> Question:
        """What a saved query asks, with its variables but for those given. Raises NotFound, DocumentNotTrusted."""
        name = (question.document or "").removeprefix(PREFIX)
        with causal(context.bookmarks):
            text, kept = await called(context, name)
        self._library.check(text, None)
        given = {**kept, **question.variables}
        return replace(question, query=text, document=None, variables=given)

    def _prepare(self, question: Question, context: Context) -> Prepared:
        text, name = question.query, question.document
        if text:
            self._library.check(text, name)
        else:
            text = self._library.find(name or "", context.org)
        try:
            prepared = self.documents.prepare(text)
        except InvalidDocument as error:
            told = self._concealer.invalid(text, question.variables, error.errors)
            if Permission.READ_SCHEMA not in context.principal.permissions:
                told = [without_hints(each) for each in told]
            raise InvalidDocument(told) from None
        if name and question.query:
            self._library.keep(text, context.org)
        return prepared

    async def answer(self, asked: Asked, context: Context) -> Answered:
        """Execute a query or mutation. Raises OtherRequest, StillRunning, StoreUnavailable for one with a key."""
        if asked.operation.kind == "mutation":
            with hidden(asked.secrets):
                answered = await self._mutate(asked, context)
        else:
            with causal(context.bookmarks), due_in(asked.most_s):
                answered = await self._query(asked, context)
        noted({"mirage.outcome": answered.way})
        if answered.codes:
            noted({"error.type": answered.codes[0]})
        return answered

    async def _mutate(self, asked: Asked, context: Context) -> Answered:
        """Execute a mutation: one with a key once, whoever sends it again."""
        if asked.idempotency_key is None:
            return await self._act(asked, context)
        what = [asked.prepared.hash, asked.operation.name, asked.variables]
        keyed = Keyed(
            asked.idempotency_key, context.principal, await fingerprint(what, context.principal)
        )
        answered: Answered | None = None

        async def act(repeat: Repeat) -> Kept:
            nonlocal answered
            again = replace(context, repeat=repeat, now=lambda: repeat.started_at)
            answered = await self._act(asked, again)
            return Kept(answered.body, answered.codes, answered.has_data, answered.is_final)

        kept = await Repeats(context.store, context.keys).once(keyed, act)
        return answered or Answered(kept.body, kept.codes, kept.has_data, "kept")

    async def _act(self, asked: Asked, context: Context) -> Answered:
        with causal(context.bookmarks) as seen:
            result = await self.execute(asked, context)
        if not seen.has_written:
            return written(result, context, "resolved", asked.extensions)
        mark = write_bookmark(seen.marks, context.org, context.keys, context.now())
        said = asked.extensions | ({"bookmark": mark} if mark else {})
        return replace(written(result, context, "resolved", said), bookmark=mark)

    async def _query(self, asked: Asked, context: Context) -> Answered:
        """Execute a query: by statements, by resolvers, or by both side by side."""
        if asked.operation.is_introspection:
            return await self._introspect(asked, context)
        compiled = self._compiled_operation(asked)
        bound = compiled and self._compiler.bind(compiled, asked.variables, context.reader)
        if not bound:
            return written(
                await self.execute(asked, context), context, "resolved", asked.extensions
            )
        if bound.plans.rest is None:
            found = await bound.answer(context.store, READ_LIMITS)
            return written(found, context, "compiled", asked.extensions)
        rest = self.execute(asked, context, document=bound.plans.rest)
        found = await bound.answer(context.store, READ_LIMITS, rest)
        return written(found, context, "mixed", asked.extensions)

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
        try:
            async with asyncio.timeout(asked.most_s):
                found = self._run(asked, context, root, document)
                result = await found if isawaitable(found) else found
                if asked.secrets and result.errors:
                    node = asked.operation.node
                    told = self._concealer.executed(node, asked.secrets, result.errors)
                    return ExecutionResult(result.data, told)
                return result
        except TimeoutError:
            error = GraphQLError(
                f"the operation took more than {asked.most_s:g} s; ask for less at once",
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
        what = [asked.operation.name, asked.variables, asked.extensions]
        key = asked.prepared.hash.encode() + orjson.dumps(what)
        if key not in self._introspections:
            result = await asyncio.to_thread(self._run, asked, context)
            self._introspections[key] = written(
                cast(ExecutionResult, result), context, "schema", asked.extensions
            )
            if len(self._introspections) > MOST_INTROSPECTIONS:
                self._introspections.popitem(last=False)
        return self._introspections[key]


def written(
    result: ExecutionResult,
    context: Context,
    way: str,
    extensions: Mapping[str, Any] = MappingProxyType({}),
) -> Answered:
    """A result as bytes with what is said beside it, its errors as callers may see them."""
    if result.data is None and all(each.path is None for each in result.errors or []):
        return _refusal(result.errors or [], context.correlation_id)
    body: dict[str, Any] = {"data": result.data}
    codes: tuple[str, ...] = ()
    if result.errors:
        body["errors"] = [shown(error, context.correlation_id) for error in result.errors]
        codes = tuple(each["extensions"]["code"] for each in body["errors"])
    if extensions:
        body["extensions"] = extensions
    text = orjson.dumps(body, default=write_datetime)
    is_final = not any(_may_pass(each) for each in body.get("errors", ()))
    return Answered(text, codes, result.data is not None, way, is_final=is_final)


def refused(error: Exception, correlation_id: str) -> Answered:
    """The answer to a question that is not executed: errors, and no data."""
    if isinstance(error, InvalidDocument):
        return _refusal(error.errors, correlation_id)
    return _refusal([GraphQLError(str(error), original_error=error)], correlation_id)


def _refusal(errors: list[GraphQLError], correlation_id: str) -> Answered:
    told = [shown(each, correlation_id) for each in errors]
    codes = tuple(each["extensions"]["code"] for each in told)
    is_final = not any(map(_may_pass, told))
    return Answered(
        orjson.dumps({"errors": told}), codes, has_data=False, way="refused", is_final=is_final
    )


def _may_pass(error: Mapping[str, Any]) -> bool:
    """Whether asking again may give another answer."""
    told = error["extensions"]
    return bool(told.get("retryable")) or told["code"] in (INTERNAL, "LIMIT_EXCEEDED")


def without_hints(error: GraphQLError) -> GraphQLError:
    """An error of the validator that names nothing of the schema but what the document names itself."""
    return reworded(error, _HINT.sub("", error.message))


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
        if isinstance(original, RateLimited):
            extensions["retryAfterS"] = original.retry_after_s
        if isinstance(original, TooMuch):
            extensions |= {"bound": original.what, "asked": original.asked, "most": original.most}
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
