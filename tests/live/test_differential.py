"""Compiled and field-by-field execution give equal answers: data, order, nulls and errors, on random operations."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)

from graph.model import registry
from server.graphql.compiled.roots import is_read
from server.graphql.entities.queries import singular
from tests.support.differing import Asked, differences, told
from tests.support.investigation import Investigation
from tests.support.questions import Asker, Pool, Question
from tests.support.thoroughness import IS_THOROUGH, QUESTIONS

pytestmark = pytest.mark.timeout(300)
KINDS = ("DomainName", "IPAddress", "NetworkService", "URL")


def pool(found: Investigation) -> Pool:
    roots = [singular(registry.kinds()[kind]) for kind in KINDS]
    plural = [registry.kinds()[kind].plural for kind in KINDS]
    return Pool(
        values={
            "String": [
                "orrery.example", "WWW.Planet.example", "192.0.2.3", "example", "a.b.", "open", "A", "resolves",
                "known", "tcp://192.0.2.1:443", "",
            ],
            "ID": found.ids,
            "Int": [1, 4, 10, 443],
            "Long": [1, 4, 10, 443],
            "Float": [0.5, 0.8, 0.9, 0.98],
            "Boolean": [True, False],
            "DateTime": [
                "2025-12-31T00:00:00Z", "2026-01-03T12:00:00Z", "2026-01-05T00:00:00.5Z", "2026-01-07T06:00:00+02:00",
                "2026-02-01T00:00:00Z",
            ],
            "JSON": [None],
        },
        kinds=KINDS,
        roots=("entity", "entities", "neighborhood", "why", *roots, *plural),
        others=("me", "statistics", "findings"),
        apart=frozenset(["availablePivots"]),  # never compiled: `tests/contract/test_compiled.py` says why
    )  # fmt: skip


def reads_in(document: DocumentNode) -> set[str]:
    """The response names of a document's root fields that read collected entities."""
    found: set[str] = set()
    waiting = [
        each.selection_set
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode)
        or (isinstance(each, FragmentDefinitionNode) and each.type_condition.name.value == "Query")
    ]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FieldNode) and is_read(node.name.value):
                found.add(node.alias.value if node.alias else node.name.value)
    return found


RANDOM = [
    *(("RED", seed) for seed in range(4 * QUESTIONS)),
    *(("AMBER", seed) for seed in range(4 * QUESTIONS, 5 * QUESTIONS)),
    *(("CLEAR", -1 - seed) for seed in range(QUESTIONS)),
]


@pytest.mark.parametrize(("asked", "seed"), RANDOM, indirect=["asked"])
async def test_random_operations_have_equal_answers(
    seed: int, asked: Asked, investigation: Investigation
) -> None:
    asker = Asker(asked.compiler.schema, pool(investigation), random.Random(seed))
    for _ in range(3):
        question = asker.question()
        compiled, resolved = await asked.both(question)
        shown = f"{question.text}\n{question.variables}"
        document, bound = asked.bind(question)
        planned = {each.picked.alias for each in bound.plans.roots} if bound else set()
        if left := reads_in(document) & set(resolved.data or {}) - planned:
            # Only what is wrong with the arguments is left to the other way.
            assert left & {str((each.path or [""])[0]) for each in resolved.errors or []}, shown
        if compiled is None:
            continue
        assert told(compiled) == told(resolved), shown
        assert differences(compiled.data, resolved.data) == [], shown


SAID = """
  notes(first: 2) { id text author createdAt }
  findings(first: 3) { totalCount nodes {
    id rule explanation remediation references details notes { id createdAt }
    subject { holds lastSeen ... on DomainName { dnsStatus resolvesTo { nodes { key holds } } notes { id } } }
    evidence { id lastSeen ... on DomainName { dnsStatus } findings(first: 1) { nodes { id evidenceLinks { id } } } }
    evidenceLinks { id holds properties seen { from to ended } from { key lastSeen } to { key } why { claim } }
    why { claim derivedFrom { id lastSeen } }
  } }"""


@pytest.mark.parametrize(
    "root",
    [
        "domainNames(first: 9) { nodes { id %s } }",
        'domainNames(first: 9, at: "2026-01-03T12:00:00Z", includeClosed: true) { nodes { id holds %s } }',
        """diff(from: "2026-01-01T00:00:00Z", to: "2026-01-04T00:00:00Z") {
             appeared(first: 100) { items { entity { id %s } } } }""",
    ],
)
async def test_what_rules_and_analysts_say_is_equal_and_of_now(root: str, asked: Asked) -> None:
    question = Question(f"{{ {root % SAID} }}", {})
    compiled, resolved = await asked.both(question)
    assert compiled is not None
    assert (compiled.errors, resolved.errors) == (None, None)
    assert differences(compiled.data, resolved.data) == []
    text = str(compiled.data)
    assert ("Note 2" in text) == (asked.clearance == "RED")
    if asked.clearance == "RED":
        assert "'evidenceLinks': [{" in text
        assert "'evidence': [{" in text


CHANGES = """{
  totalCount pageInfo { hasNextPage endCursor }
  items {
    cursor changes { property before after }
    entity { key lastSeen holds ... on DomainName { dnsStatus aliases resolvesTo { nodes { key } } } }
    link { id type holds from { key } to { key } seen { from to ended } }
  }
}"""


# Moments and kinds are only given once more to those of a clearance where it decides what is in the answer.
WAYS = ("appeared", "gone", "changed", "reappeared", "notRechecked")
SPANS = [
    ("RED", "2026-01-03T00:00:00Z", "2026-01-06T12:00:00Z", None, WAYS),
    ("RED", "2026-01-01T12:00:00Z", "2026-01-09T00:00:00Z", ["DomainName"], WAYS),
    ("RED", "2026-01-06T00:00:00Z", "2026-01-06T00:00:00Z", None, WAYS),
    ("RED", "2026-01-07T00:00:00Z", "2026-01-02T00:00:00Z", ["IPAddress"], WAYS),
    ("GREEN", "2026-01-01T12:00:00Z", "2026-01-09T00:00:00Z", None, WAYS if IS_THOROUGH else WAYS[:2]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "start", "end", "kinds", "way"),
    [(*span, way) for *span, ways in SPANS for way in ways],
    indirect=["asked"],
)
async def test_differences_are_equal(
    start: str, end: str, kinds: list[str] | None, way: str, asked: Asked
) -> None:
    text = f"""
    query($a: DateTime!, $b: DateTime!, $kinds: [EntityKind!], $after: String) {{
      diff(from: $a, to: $b, kinds: $kinds) {{ from to {way}(first: 9, after: $after) {CHANGES} }}
    }}"""
    variables: dict[str, Any] = {"a": start, "b": end, "kinds": kinds, "after": None}
    for _ in range(2):
        compiled, resolved = await asked.both(Question(text, variables))
        assert compiled is not None
        assert compiled.errors is None
        assert differences(compiled.data, resolved.data) == []
        variables["after"] = (compiled.data or {})["diff"][way]["pageInfo"]["endCursor"]


BETWEEN = "$a: DateTime!, $b: DateTime!, $kinds: [EntityKind!]"
FOUND_AT = ("2026-01-01T12:00:00Z", "2026-01-02T18:00:00Z", "2026-01-06T00:00:00Z")
FOUND = "{ totalCount pageInfo { endCursor } nodes { id state closedAt risk { parts { reason } } subject { key } } }"


@pytest.mark.parametrize("way", ["findingsOpened", "findingsCleared"])
@pytest.mark.parametrize("kinds", [None, ["DomainName"]])
async def test_findings_between_are_equal(kinds: list[str] | None, way: str, asked: Asked) -> None:
    text = f"query({BETWEEN}) {{ diff(from: $a, to: $b, kinds: $kinds) {{ {way}(first: 2) {FOUND} }} }}"
    seen = 0
    for start, end in itertools.permutations(FOUND_AT, 2):
        given = {"a": start, "b": end, "kinds": kinds}
        compiled, resolved = await asked.both(Question(text, given))
        assert compiled is not None
        assert compiled.errors is None
        assert differences(compiled.data, resolved.data) == []
        seen += (compiled.data or {})["diff"][way]["totalCount"]
    assert seen > 0


async def test_differences_of_runs_are_equal(asked: Asked) -> None:
    text = f"query($a: ID!, $b: ID!) {{ runDiff(from: $a, to: $b) {{ from to appeared {CHANGES} changed {CHANGES} }} }}"
    for end in ("run-a", "run-b", "run-x"):
        variables = {"a": f"{asked.org}run-a", "b": asked.org + end}
        compiled, resolved = await asked.both(Question(text, variables))
        assert compiled is not None
        assert compiled.errors is None
        assert differences(compiled.data, resolved.data) == []
        may_read = end == "run-a" or (end == "run-b" and asked.clearance == "RED")
        assert ((compiled.data or {})["runDiff"] is not None) == may_read


@pytest.mark.parametrize("pair", range(6))
async def test_ways_are_equally_long(pair: int, asked: Asked, investigation: Investigation) -> None:
    """Which of equally short ways are given is open, so only what does not depend on it is compared."""
    text = """
    query($a: ID!, $b: ID!, $k: Int, $at: DateTime) {
      paths(from: $a, to: $b, k: $k, maxLength: 3, types: [RESOLVES_TO, CNAME_TO, SUBDOMAIN_OF], at: $at) {
        length confidence nodes { id } links { id holds from { id } to { id } }
      }
    }"""
    draw = random.Random(pair)
    start, end = draw.sample(investigation.ids[:20], 2)
    variables = {
        "a": start,
        "b": end,
        "k": draw.choice([1, 2, 5]),
        "at": draw.choice([None, "2026-01-05T00:00:00Z"]),
    }
    compiled, resolved = await asked.both(Question(text, variables))
    assert compiled is not None
    assert compiled.errors is None
    ways, expected = ((each.data or {})["paths"] for each in (compiled, resolved))
    assert [way["length"] for way in ways] == [way["length"] for way in expected]
    sure = {str(way["links"]): way["confidence"] for way in expected}
    for way in ways:
        assert sure.get(str(way["links"]), way["confidence"]) == way["confidence"]
        ids = [node["id"] for node in way["nodes"]]
        assert (ids[0], ids[-1], len(set(ids))) == (start, end, way["length"] + 1)
        assert all(link["holds"] for link in way["links"])
        joined = [{link["from"]["id"], link["to"]["id"]} for link in way["links"]]
        assert joined == [set(step) for step in itertools.pairwise(ids)]


@pytest.mark.parametrize(
    "question",
    [
        Question("{ domainNames(first: 501) { totalCount } }", {}),
        Question("query($f: Int) { domainNames(first: $f) { totalCount } }", {"f": -1}),
        Question("query($f: Int) { domainNames(first: $f) { totalCount } }", {"f": "many"}),
        Question(
            "query($at: DateTime) { domainNames(at: $at) { totalCount } }", {"at": "yesterday"}
        ),
        Question('{ domainNames(after: "x") { nodes { id } } }', {}),
        Question('{ domainName(key: "not a name") { id } }', {}),
        Question('{ entities(search: " ") { totalCount } }', {}),
        Question('{ neighborhood(id: "KNOWN", depth: 4) { truncated } }', {}),
        Question('{ paths(from: "KNOWN", to: "KNOWN", k: 0) { length } }', {}),
        Question("query($id: ID!) { entity(id: $id) { id } }", {}),
    ],
)
async def test_what_is_wrong_with_arguments_has_one_maker(
    question: Question, asked: Asked, investigation: Investigation
) -> None:
    text = question.text.replace("KNOWN", investigation.ids[0])
    compiled, resolved = await asked.both(Question(text, question.variables))
    assert compiled is None
    assert resolved.errors
    assert len(resolved.errors) == 1
