"""What an operation may ask for, and how quickly it is refused."""

from __future__ import annotations

import time

import pytest

from server.graphql import limits
from tests.api.conftest import Caller

BOMB = (
    "{ ...F0 }"
    + "".join(f" fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(22))
    + " fragment F22 on Query { __typename }"
)
WIDE_BOMB = (
    "{ ...F0 }"
    + "".join(
        f" fragment F{i} on Query {{ a{i}: me {{ email }} ...F{i + 1} ...F{i + 1} }}"
        for i in range(22)
    )
    + " fragment F22 on Query { __typename }"
)


def nested(depth: int) -> str:
    return (
        "{ domainNames(first: 1) { "
        + "nodes { subdomains(first: 1) { " * depth
        + "totalCount"
        + " } }" * depth
        + " } }"
    )


TOO_MUCH = {
    "spreads": (BOMB, "in one place"),
    "spreads of fields": (WIDE_BOMB, "in one place"),
    "depth": (nested(10), "depth"),
    "brackets": ("{ me " * 70 + "}" * 70, "nested deeper"),
    "tokens": ("{ " + "me { email } " * 700 + "}", "tokens"),
    "characters": ("# " + "x" * limits.MOST_QUERY_LENGTH + "\n{ me { email } }", "characters"),
    "aliases": (
        "{ " + " ".join(f"a{i}: me {{ email }}" for i in range(limits.MOST_ALIASES + 1)) + " }",
        "aliases",
    ),
    "the same field": ("{ " + "me { email } " * (limits.MOST_REPEATS + 1) + "}", "in one place"),
    "directives": ("{ me { email " + "@include(if: true) " * 101 + "} }", "directives"),
    "pages": (
        "{ domainNames(first: 500) { nodes { subdomains(first: 500) { nodes { key } } } } }",
        "cost",
    ),
    "pages by default": (
        "{ domainNames { nodes { subdomains { nodes { subdomains { nodes { subdomains { nodes { key } } } } } } } } }",
        "cost",
    ),
    "introspection": (
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        "introspection",
    ),
    "operations": (
        " ".join(f"query Q{i} {{ me {{ email }} }}" for i in range(limits.MOST_OPERATIONS + 1)),
        "operations",
    ),
    "a circle": ("{ ...A } fragment A on Query { ...A }", "contains itself"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
async def test_too_much_is_refused_at_once(caller: Caller, name: str) -> None:
    query, word = TOO_MUCH[name]
    started = time.perf_counter()
    response = await caller.client.post(
        "/graphql",
        json={"query": query},
        headers={**caller.headers, "Accept": "application/graphql-response+json"},
    )
    assert response.status_code == 400
    errors = response.json()["errors"]
    assert len(errors) == 1
    assert word in errors[0]["message"]
    assert "data" not in response.json()
    assert time.perf_counter() - started < 1.0  # generous: the machine may be busy


async def test_the_bomb_takes_a_few_steps_only() -> None:
    from graphql import parse  # noqa: PLC0415

    from graph.errors import LimitExceeded  # noqa: PLC0415
    from server.graphql.schema import core_schema  # noqa: PLC0415

    document = parse(WIDE_BOMB)
    started = time.process_time()
    with pytest.raises(LimitExceeded):
        limits.Meter(core_schema(), document, {}).measure(document.definitions[0])  # type: ignore[arg-type]
    assert time.process_time() - started < 0.05


async def test_a_page_size_in_a_variable_counts(caller: Caller) -> None:
    query = """query Q($n: Int!) {
      domainNames(first: $n) { nodes { subdomains(first: $n) { nodes { key } } } }
    }"""
    assert (await caller.ask(query, n=10))["domainNames"]["nodes"] == []
    refused = (await caller.post(query, {"n": 500})).json()
    assert [each["extensions"]["code"] for each in refused["errors"]] == ["LIMIT_EXCEEDED"]
    assert (await caller.ask(query, n=11))["domainNames"]["nodes"] == []


@pytest.mark.parametrize("first", [-1, 501, 2**31 - 1])
async def test_a_page_has_bounds(caller: Caller, first: int) -> None:
    answer = (
        await caller.post(
            "query Q($n: Int!) { domainNames(first: $n) { totalCount } }", {"n": first}
        )
    ).json()
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["INVALID_QUESTION"]
    assert answer["data"] is None


async def test_deep_and_many_variables_are_refused(caller: Caller) -> None:
    query = "query Q($w: DomainNameWhere) { domainNames(where: $w) { totalCount } }"
    deep: dict[str, object] = {}
    for _ in range(40):
        deep = {"not": deep}
    many: dict[str, object] = {"or": [{} for _ in range(limits.MOST_VARIABLE_VALUES)]}
    for where in (deep, many):
        answer = (await caller.post(query, {"w": where})).json()
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["LIMIT_EXCEEDED"]


async def test_the_schema_tells_itself(caller: Caller) -> None:
    from graphql import build_client_schema, get_introspection_query  # noqa: PLC0415

    answer = await caller.ask(get_introspection_query(descriptions=True))
    assert build_client_schema(answer).query_type is not None  # type: ignore[arg-type]
