"""Compiled and field-by-field execution give equal answers where entities are read that are one."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from graphql import parse

from tests.support.differing import Asked, differences
from tests.support.questions import Question

pytestmark = pytest.mark.timeout(300)

BELOW = """
  id resolvesTo(first: 3) { totalCount nodes { key } edges { cursor validFrom } pageInfo { hasNextPage } }
  mailHandledBy(first: 50) { totalCount nodes { key resolvesTo(first: 50) { totalCount } } }
  links(first: 4, includeClosed: true) { totalCount edges {
    cursor direction node { id } link { id from { id } to { id } } } }"""


@pytest.mark.parametrize("at", ["null", '"2026-01-03T12:00:00Z"'])
async def test_what_entities_have_that_are_one_is_equal(at: str, asked: Asked) -> None:
    text = f"{{ domainNames(first: 9, at: {at}, resolved: true, includeClosed: true) {{ nodes {{ {BELOW} }} }} }}"
    one, other = await asked.both(Question(text, {}))
    assert one is not None
    assert (one.errors, other.errors) == (None, None)
    assert differences(one.data, other.data) == []
    apart = await asked.resolve(parse(text.replace("resolved: true, ", "")), {})
    told = [
        sum(each["links"]["totalCount"] for each in (found.data or {})["domainNames"]["nodes"])
        for found in (one, apart)
    ]
    assert told[0] > told[1] or asked.clearance != "RED", "some of these are one"


@pytest.mark.parametrize(
    ("kinds", "at"), [("null", "null"), ("[DomainName]", '"2026-01-03T12:00:00Z"')]
)
async def test_what_lies_around_entities_that_are_one_is_equal(
    kinds: str, at: str, asked: Asked
) -> None:
    names = await asked.resolve(
        parse(f"{{ domainNames(first: 5, at: {at}) {{ nodes {{ id }} }} }}"), {}
    )
    groups: list[Any] = []
    more = 0
    for each in (names.data or {})["domainNames"]["nodes"]:
        for first in (4, 60):
            text = (
                f'{{ neighborhood(id: "{each["id"]}", depth: 2, first: {first}, kinds: {kinds}, at: {at},'
                " resolved: true) { truncated identities nodes { id } links { id } } }"
            )
            one, other = await asked.both(Question(text, {}))
            assert one is not None
            assert (one.errors, other.errors) == (None, None)
            assert differences(one.data, other.data) == []
            groups += (one.data or {})["neighborhood"]["identities"]
        apart = await asked.resolve(parse(text.replace("resolved: true", "resolved: false")), {})
        found = [(told.data or {})["neighborhood"]["nodes"] for told in (other, apart)]
        more += len(found[0]) > len(found[1])
    assert asked.clearance != "RED" or (groups and more), "some of these are one"


async def test_ways_through_entities_that_are_one_are_equal(asked: Asked) -> None:
    names = await asked.resolve(parse("{ domainNames(first: 5) { nodes { id } } }"), {})
    ids = [each["id"] for each in (names.data or {})["domainNames"]["nodes"]]
    through = 0
    for start, end in itertools.combinations(ids, 2):
        text = (
            f'{{ paths(from: "{start}", to: "{end}", maxLength: 3, k: 1, types: [RESOLVES_TO, MAIL_HANDLED_BY],'
            " resolved: true) { length confidence nodes { id } links { id } } }"
        )
        one, other = await asked.both(Question(text, {}))
        assert one is not None
        assert (one.errors, other.errors) == (None, None)
        told = [
            [(each["length"], len(each["nodes"]) - 1) for each in (found.data or {})["paths"]]
            for found in (one, other)
        ]
        assert told[0] == told[1]
        ways = (one.data or {})["paths"]
        through += sum(each["length"] > len(each["links"]) for each in ways)
    assert asked.clearance != "RED" or through, "some ways lead through identities"


async def test_ways_through_identities_are_told_as_they_are_now(asked: Asked) -> None:
    text = '{ paths(from: "x", to: "y", at: "2026-01-03T12:00:00Z", resolved: true) { length } }'
    compiled, found = await asked.both(Question(text, {}))
    assert compiled is None, "what is refused goes by fields"
    assert "leave out `at`, or `resolved`" in str(found.errors)
