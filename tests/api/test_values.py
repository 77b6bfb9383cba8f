"""Values that no type takes: whatever is sent, the caller is told what is wrong, and it never is a fault of ours."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from graph.select.cursors import Order, encode
from tests.api.conftest import Caller

HUGE = "9" * 30
ENDLESS = "9" * 6_000
SYSTEMS = "{ autonomousSystems(where: {number: {eq: %s}}) { totalCount } }"
NAMES = "{ domainNames(%s) { totalCount } }"
ASSERT = """mutation {
  assertFact(input: {entity: {kind: AutonomousSystem, key: "AS64512", properties: {number: %s}}}) {
    claim errors { code }
  }
}"""
SCAN = 'mutation { startScan(input: {seeds: ["a.example"], options: {a: {b: %s}}}) { run { id } } }'

LITERALS = {
    "a whole number beyond 64 bits": SYSTEMS % HUGE,
    "a whole number without end": SYSTEMS % ENDLESS,
    "a fraction beyond all": SYSTEMS % "1e400",
    "a page without end": NAMES % f"first: {ENDLESS}",
    "a confidence without end": NAMES % f"where: {{confidence: {{eq: {ENDLESS}}}}}",
    "no time": NAMES % 'at: "yesterday"',
    "a number for a time": NAMES % "at: 5",
    "a time without offset": NAMES % 'at: "2026-01-01T00:00:00"',
    "a month that is none": NAMES % 'at: "2026-13-01T00:00:00Z"',
    "a time before all": NAMES % 'at: "0001-01-01T00:00:00+14:00"',
    "a time behind all": NAMES % 'at: "9999-12-31T23:59:59-12:00"',
    "JSON beyond 64 bits": ASSERT % HUGE,
    "JSON without end": ASSERT % ENDLESS,
    "JSON beyond all": ASSERT % "1e999",
    "JSON options beyond 64 bits": SCAN % HUGE,
    "a text for a file": 'mutation { importFile(file: "x") { errors { code } } }',
}


async def sent(caller: Caller, content: bytes) -> httpx.Response:
    headers = {
        **caller.headers,
        "Content-Type": "application/json",
        "Accept": "application/graphql-response+json",
    }
    return await caller.client.post("/graphql", content=content, headers=headers)


@pytest.mark.parametrize("name", LITERALS)
async def test_a_value_in_the_document(caller: Caller, name: str) -> None:
    response = await sent(caller, json.dumps({"query": LITERALS[name]}).encode())
    assert response.status_code == 400
    errors = response.json()["errors"]
    assert {each["extensions"]["code"] for each in errors} <= {
        "INVALID_QUESTION",
        "LIMIT_EXCEEDED",
    }
    assert all(len(each["message"]) < 400 for each in errors)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Long!", str(2**63)),
        ("Long!", "1.5"),
        ("Long!", '"1"'),
        ("DateTime!", '"yesterday"'),
        ("DateTime!", '"0001-01-01T00:00:00+14:00"'),
        ("DateTime!", "{}"),
        ("JSON", str(2**64 - 1)),
        ("Upload!", '"x"'),
        ("Upload!", '{"filename": "x"}'),
    ],
)
async def test_a_value_in_a_variable(caller: Caller, kind: str, value: str) -> None:
    used = {
        "Long!": SYSTEMS % "$v",
        "DateTime!": NAMES % "at: $v",
        "JSON": (ASSERT % "1").replace("{number: 1}", "$v"),
        "Upload!": "mutation { importFile(file: $v) { errors { code } } }",
    }[kind]
    operation = "mutation" if used.startswith("mutation") else "query"
    query = f"{operation} Q($v: {kind}) {used.removeprefix('mutation')}"
    response = await sent(
        caller, f'{{"query": {json.dumps(query)}, "variables": {{"v": {value}}}}}'.encode()
    )
    assert (response.status_code, _codes(response)) == (400, ["INVALID_QUESTION"])


@pytest.mark.parametrize(
    ("order", "place", "field"),
    [
        (Order.CREATED, ["x", "y"], "runs(after: $c)"),
        (Order.CREATED, ["9999-12-31T23:59:59-12:00", "y"], "scans(after: $c)"),
        (Order.FINDINGS, ["x", "y"], "findings(after: $c, orderBy: OPENED_AT)"),
        (Order.SEVERITY, [10**18, "x", "y"], "findings(after: $c)"),
        (Order.FIRST_SEEN, ["x", "y"], "domainNames(after: $c, orderBy: {field: FIRST_SEEN})"),
        (Order.FIRST_SEEN, ["x", "y"], "me { id } domainNames(after: $c, orderBy: {field: FIRST_SEEN})"),
    ],
)  # fmt: skip
async def test_a_cursor_with_no_time_in_it(
    caller: Caller, order: Order, place: list[Any], field: str
) -> None:
    query = f"query Q($c: String) {{ {field} {{ totalCount nodes {{ id }} }} }}"
    body = {"query": query, "variables": {"c": encode(order, place)}}
    response = await sent(caller, json.dumps(body).encode())
    assert (response.status_code, set(_codes(response))) == (200, {"INVALID_QUESTION"})


def _codes(response: httpx.Response) -> list[str]:
    return [each["extensions"]["code"] for each in response.json()["errors"]]
