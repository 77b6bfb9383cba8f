"""Compiled and field-by-field execution give equal answers: data, order, nulls and errors, on random operations."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any

import pytest
import pytest_asyncio
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    execute,
    parse,
    validate,
)

from graph.model import registry
from graph.store import Limits, Store
from server.auth.policy import GRANTS, Principal, Role
from server.graphql.compiled import Bound, Compiler
from server.graphql.compiled.roots import is_read
from server.graphql.context import Context
from server.graphql.entities.queries import singular
from server.graphql.schema import core_schema
from tests.support.investigation import Investigation, write_investigation
from tests.support.keys import MASTERS
from tests.support.questions import Asker, Pool, Question
from tests.support.thoroughness import IS_THOROUGH, QUESTIONS

pytestmark = pytest.mark.timeout(300)
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


@pytest.fixture(params=["RED", "GREEN"])
def asked(
    request: pytest.FixtureRequest, compiler: Compiler, store: Store, investigation: Investigation
) -> Asked:
    """Somebody who is cleared for everything, and somebody who is not."""
    return Asked(compiler, store, investigation.org, request.param)


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
