"""Both ways of answering an operation, compiled and field by field, and where their answers differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, execute, parse, validate

from graph.store import Limits, Store
from server.auth.policy import GRANTS, Principal, Role
from server.graphql.compiled import Bound, Compiler
from server.graphql.context import Context
from tests.support.keys import MASTERS
from tests.support.questions import Question

PATIENT = Limits(timeout_s=60)


@dataclass(frozen=True)
class Asked:
    """Both ways of answering somebody of a clearance."""

    compiler: Compiler
    store: Store
    org: str
    clearance: str = "RED"

    @property
    def context(self) -> Context:
        """Who asks."""
        caller = Principal(
            "u", "u@x.example", self.org, "Org", "OWNER", "key", GRANTS[Role.OWNER], self.clearance
        )
        none: Any = None
        return Context(
            caller, self.store, none, none, lambda: datetime.now(UTC), none, none, none, MASTERS
        )

    def bind(self, question: Question) -> tuple[DocumentNode, Bound | None]:
        """The question's document, and what of it goes by statements."""
        document = parse(question.text)
        assert validate(self.compiler.schema, document) == [], question.text
        operation = self.compiler.operation(document, question.text)
        if operation is None:
            return document, None
        return document, self.compiler.bind(operation, question.variables, self.context.reader)

    async def resolve(self, document: DocumentNode, variables: dict[str, Any]) -> ExecutionResult:
        """The answer field by field."""
        found = execute(
            self.compiler.schema, document, variable_values=variables, context_value=self.context
        )
        return await found if isawaitable(found) else found

    async def both(self, question: Question) -> tuple[ExecutionResult | None, ExecutionResult]:
        """The answers of both ways; None where the compiled way leaves all of it to the other."""
        document, bound = self.bind(question)
        compiled = None
        if bound:
            part = bound.plans.rest
            rest = self.resolve(part, question.variables) if part else None
            compiled = await bound.answer(self.store, PATIENT, rest)
        return compiled, await self.resolve(document, question.variables)


def told(result: ExecutionResult) -> list[Any]:
    """The errors as callers see them."""
    return [error.formatted for error in result.errors or []]


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two answers differ, order of members included; floats to the last bits."""
    if isinstance(one, float) and isinstance(other, float):
        return [] if math.isclose(one, other, rel_tol=1e-12) else [f"{path}: {one} {other}"]
    if isinstance(one, dict) and isinstance(other, dict):
        if list(one) != list(other) and not (
            path.endswith("properties") and set(one) == set(other)
        ):
            return [f"{path}: members {list(one)} {list(other)}"]
        return [d for key in one for d in differences(one[key], other[key], f"{path}.{key}")]
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return [f"{path}: {len(one)} items, {len(other)} items"]
        return [
            d
            for i, pair in enumerate(zip(one, other, strict=True))
            for d in differences(*pair, f"{path}[{i}]")
        ]
    return [] if one == other and type(one) is type(other) else [f"{path}: {one!r} {other!r}"]
