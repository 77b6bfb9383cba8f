"""The whole schema, fuzzed by schemathesis: whatever is asked is answered in order, and nothing is a fault of ours.

`MIRAGE_FUZZ_CASES` is how many questions are asked, spread over all root fields; unset, few enough for every run.
"""

from __future__ import annotations

import json
import math
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from graphql import GraphQLScalarType, is_specified_scalar_type
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from server.graphql.schema import core_schema
from tests.api.conftest import Caller, MakeCaller

CASES = int(os.environ.get("MIRAGE_FUZZ_CASES", "24"))
EACH = 2  # questions for each root field, at least
SCHEMA = Path(__file__).parents[2] / "schema.graphql"
SEED = 0 if os.environ.get("CI") else random.randrange(1 << 32)


def questions() -> Iterator[tuple[str, str]]:
    """Root fields, and documents that ask each of them."""
    for name, kind in core_schema().type_map.items():
        if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind):
            schemathesis.graphql.scalar(name, st.text(max_size=40).map(nodes.String))
    loaded = schemathesis.graphql.from_path(SCHEMA).get_all_operations()
    found = [each.ok() for each in loaded if isinstance(each, Ok)]
    drawing = random.Random(SEED)
    chosen = drawing.sample(found, min(len(found), max(1, CASES // EACH)))
    for number, operation in enumerate(chosen):
        asked: list[Any] = []

        @seed(SEED + number)
        @settings(
            max_examples=max(EACH, math.ceil(CASES / len(chosen))),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy())
        def draw(case: Any) -> None:
            asked.append(case.body)  # noqa: B023 - drawn before the next one

        draw()
        yield from ((operation.label, str(each)) for each in asked)


def faults(response: httpx.Response) -> list[str]:
    """What is wrong with an answer, whatever the question was."""
    told = response.json()
    if response.status_code >= 500:
        return [f"status {response.status_code}: {response.text[:300]}"]
    if "code" in told:
        return [] if 400 <= told["status"] == response.status_code else [response.text[:300]]
    errors = told.get("errors", [])
    wrong = [each["message"] for each in errors if each["extensions"]["code"] == "INTERNAL"]
    if not errors and told.get("data") is None:
        wrong.append(f"neither data nor errors: {response.text[:300]}")
    return wrong


@pytest.mark.timeout(120 + CASES * 2)
async def test_whatever_is_asked_is_answered_in_order(
    make_caller: MakeCaller, capsys: pytest.CaptureFixture[str]
) -> None:
    caller: Caller = await make_caller()
    wrong: list[str] = []
    outcomes: Counter[str] = Counter()
    for label, text in questions():
        body = json.dumps({"query": text}).encode("utf-8", "surrogatepass")
        headers = {**caller.headers, "Content-Type": "application/json"}
        response = await caller.client.post("/graphql", content=body, headers=headers)
        outcomes["data" if response.json().get("data") else "refused"] += 1
        wrong += [f"{label}: {each}\n{text[:2_000]}" for each in faults(response)]
    with capsys.disabled():
        sys.stdout.write(f"\nfuzzed with seed {SEED}: {dict(outcomes)}\n")
    assert wrong == []
    assert outcomes["data"] > sum(outcomes.values()) / 4, "most are refused before they do anything"
