"""Compiled and field-by-field execution give equal answers: data, order, nulls and errors, on random operations."""

from __future__ import annotations

import math
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any

import pytest
import pytest_asyncio
from graphql import ExecutionResult, GraphQLSchema, execute, parse, validate

from graph.model import registry
from graph.store import Limits, Store
from server.auth.policy import Principal, Role
from server.graphql.compiled import Compiler
from server.graphql.context import Context
from server.graphql.entities.queries import singular
from server.graphql.schema import core_schema
from tests.support.investigation import Investigation, write_investigation
from tests.support.questions import Asker, Pool, Question

PATIENT = Limits(timeout_s=60)
KINDS = ("DomainName", "IPAddress", "NetworkService", "URL")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def investigation(store: Store) -> AsyncIterator[Investigation]:
    yield await write_investigation(store)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return core_schema()


@pytest.fixture(scope="module")
def compiler(schema: GraphQLSchema) -> Compiler:
    return Compiler(schema)


def pool(found: Investigation) -> Pool:
    roots = [singular(registry.kinds()[kind]) for kind in KINDS]
    plural = [registry.kinds()[kind].plural for kind in KINDS]
    return Pool(
        values={
            "String": ["orrery.example", "WWW.Planet.example", "192.0.2.3", "example", "a.b.", "open", "A", "resolves", "known", "tcp://192.0.2.1:443", ""],
            "ID": found.ids,
            "Int": [1, 4, 10, 443],
            "Long": [1, 4, 10, 443],
            "Float": [0.5, 0.8, 0.9, 0.98],
            "Boolean": [True, False],
            "DateTime": ["2025-12-31T00:00:00Z", "2026-01-03T12:00:00Z", "2026-01-05T00:00:00.5Z", "2026-01-07T06:00:00+02:00", "2026-02-01T00:00:00Z"],
            "JSON": [None],
        },
        kinds=KINDS,
        roots=("entity", "entities", "neighborhood", "why", *roots, *plural),
    )  # fmt: skip


def context(store: Store, org: str) -> Context:
    principal = Principal("u", "u@x.example", org, "Org", Role.OWNER, "key")
    return Context(principal, store, None, None, lambda: datetime.now(UTC))  # type: ignore[arg-type]


async def both(
    schema: GraphQLSchema, compiler: Compiler, store: Store, org: str, question: Question
) -> tuple[ExecutionResult | None, ExecutionResult]:
    """The answers of both ways; None where the compiled way leaves it to the other."""
    document = parse(question.text)
    assert validate(schema, document) == [], question.text
    operation = compiler.operation(document, question.text)
    compiled = operation and await compiler.answer(
        operation, question.variables, store, org, PATIENT
    )
    resolved = execute(
        schema, document, variable_values=question.variables, context_value=context(store, org)
    )
    return compiled, await resolved if isawaitable(resolved) else resolved


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


@pytest.mark.parametrize("seed", range(24))
async def test_random_operations_have_equal_answers(
    seed: int, schema: GraphQLSchema, compiler: Compiler, store: Store, investigation: Investigation
) -> None:
    asker = Asker(schema, pool(investigation), random.Random(seed))
    for _ in range(3):
        question = asker.question()
        compiled, resolved = await both(schema, compiler, store, investigation.org, question)
        told = f"{question.text}\n{question.variables}"
        if compiled is None:
            # Only what is wrong with the arguments is left to the other way.
            assert resolved.errors, told
            continue
        assert (compiled.errors or []) == (resolved.errors or []), told
        assert differences(compiled.data, resolved.data) == [], told
