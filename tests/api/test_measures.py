"""What counts against the limits wherever it stands: unused fragments, defaults of variables, filters."""

from __future__ import annotations

import time
from typing import Any

import pytest

from graph.errors import LimitExceeded
from server.graphql.document import Documents
from server.graphql.schema import core_schema
from tests.api.conftest import Caller

UNUSED = {
    "fields": " ".join(["id"] * 1_900),
    "nested": " ".join(["resolvesTo { nodes { id } }"] * 240),
}
LISTS = """query Q($n: Int = %s) {
  domainNames(first: $n) { nodes { subdomains(first: $n) { nodes { key } } } }
}"""
FILTERED = "query Q($w: DomainNameWhere%s) { domainNames(where: $w) { totalCount } }"
LITERAL = "{or: [" + '{name: {eq: "x"}} ' * 101 + "]}"
NESTED = "{ domainNames { nodes { resolvesTo(where: {or: [%s]}) { totalCount } } } }"


def alternatives(count: int) -> dict[str, Any]:
    return {"or": [{"name": {"eq": str(number)}} for number in range(count)]}


async def codes(caller: Caller, query: str, variables: dict[str, Any] | None = None) -> list[str]:
    answer = (await caller.post(query, variables)).json()
    return [each["extensions"]["code"] for each in answer.get("errors", [])]


@pytest.mark.parametrize("name", UNUSED)
async def test_a_fragment_that_nothing_uses_is_measured(caller: Caller, name: str) -> None:
    query = f"{{ me {{ id }} }} fragment X on DomainName {{ {UNUSED[name]} }}"
    assert await codes(caller, query) == ["LIMIT_EXCEEDED"]
    documents = Documents(core_schema())
    started = time.process_time()
    with pytest.raises(LimitExceeded):
        documents.prepare(query)
    assert time.process_time() - started < 0.2  # the validator took twice as long


async def test_a_page_size_may_be_the_default_of_a_variable(caller: Caller) -> None:
    assert await codes(caller, LISTS % 10) == []
    assert await codes(caller, LISTS % 500) == ["LIMIT_EXCEEDED"]
    assert await codes(caller, LISTS % 500, {"n": 10}) == []
    assert await codes(caller, LISTS % 10, {"n": 500}) == ["LIMIT_EXCEEDED"]
    assert await codes(caller, LISTS % 500, {"n": None}) == []  # an explicit null: the usual page


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (FILTERED % "", {"w": alternatives(101)}),
        (FILTERED % "", {"w": {"not": {"has": {"subdomains": alternatives(101)}}}}),
        (FILTERED % f" = {LITERAL}", None),
        (FILTERED.replace("$w: DomainNameWhere%s", "$a: ID") .replace("$w", LITERAL), None),
        (NESTED % " ".join(['{address: {eq: "x"}}'] * 101), None),
    ],
    ids=["a variable", "below", "a default", "a literal", "a filter of a relationship"],
)  # fmt: skip
async def test_a_filter_has_so_many_conditions(
    caller: Caller, query: str, variables: dict[str, Any] | None
) -> None:
    query = query.replace("($a: ID)", "")
    answer = (await caller.post(query, variables)).json()
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["LIMIT_EXCEEDED"]
    assert "in filters" in answer["errors"][0]["message"]


async def test_each_filter_is_measured_by_itself(caller: Caller) -> None:
    query = FILTERED % ""
    for count, expected in (
        (5, []),
        (150, ["LIMIT_EXCEEDED"]),
        (6, []),
        (99, []),
        (101, ["LIMIT_EXCEEDED"]),
    ):
        assert await codes(caller, query, {"w": alternatives(count)}) == expected
    numbers = "query Q($n: Long!) { autonomousSystems(where: {number: {eq: $n}}) { totalCount } }"
    assert await codes(caller, numbers, {"n": 64512}) == []
    many = {"name": {"in": [str(number) for number in range(4_000)]}}
    assert await codes(caller, query, {"w": many}) == []
