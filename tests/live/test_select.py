"""Compiled reads on a real Neo4j: indexes, one statement a root field, isolation, pages under writes, moments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import neo4j
import pytest
from graphql import GraphQLSchema, parse, validate

from graph.errors import StoreUnavailable
from graph.facts import Answer, Outcome
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.select.cursors import Order, encode
from graph.select.plan import Reader as By
from graph.store import Limits, Store
from graph.writer import Writer
from server.embedded.ports import free_port
from server.graphql.compiled import Compiler
from tests.support.facts import answer, moment, new_org
from tests.support.investigation import Investigation
from tests.support.stack import Neo4jAddress

SCANS = {"AllNodesScan", "NodeByLabelScan", "UnionNodeByLabelsScan", "AllRelationshipsScan"}
AT = "2026-01-05T00:00:00Z"


@pytest.fixture(scope="module")
def session(
    neo4j_server: Neo4jAddress,
    investigation: Investigation,  # noqa: ARG001 - without a graph, plans are other ones
) -> Iterator[neo4j.Session]:
    auth = (neo4j_server.user, neo4j_server.password)
    with (
        neo4j.GraphDatabase.driver(neo4j_server.uri, auth=auth) as driver,
        driver.session() as opened,
    ):
        yield opened


class Reader:
    """Asks compiled questions for one organization."""

    def __init__(self, compiler: Compiler, store: Store, org: str) -> None:
        self.compiler, self.store, self.org = compiler, store, org

    async def ask(
        self, text: str, limits: Limits | None = None, **variables: Any
    ) -> dict[str, Any]:
        """The data of an operation, which must be compiled and without errors."""
        document = parse(text)
        assert validate(self.compiler.schema, document) == []
        operation = self.compiler.operation(document, text)
        assert operation is not None
        bound = self.compiler.bind(operation, variables, By(self.org))
        assert bound is not None, "not compiled"
        assert bound.plans.rest is None, "not all of it compiled"
        found = await bound.answer(self.store, limits or Limits(60))
        assert found.errors is None, found.errors
        data: dict[str, Any] = found.data or {}
        return data


@pytest.fixture
def reader(compiler: Compiler, store: Store, investigation: Investigation) -> Reader:
    return Reader(compiler, store, investigation.org)


# --- indexes --------------------------------------------------------------------------------------------------

FIELDS = "id key ... on DomainName { dnsStatus resolvesTo { totalCount nodes { id } } }"
QUESTIONS = [
    f'{{ entity(id: "x") {{ {FIELDS} }} }}',
    f'{{ entity(id: "x", at: "{AT}") {{ {FIELDS} }} }}',
    """{ domainName(key: "a.example") { firstSeen lastSeen confidence supports seen { from } changedAt
         why { claim path { id } observation { runId } } observations { nodes { id } } } }""",
    '{ domainNames(first: 3, after: "WyJrZXkiLCJhIiwiYiJd") { totalCount nodes { id } } }',
    '{ domainNames(where: {registrableDomain: {eq: "a.example"}}) { nodes { id } } }',
    '{ domainNames(where: {has: {resolvesTo: {address: {eq: "192.0.2.1"}}}}) { nodes { id } } }',
    "{ domainNames(orderBy: {field: LAST_SEEN, direction: DESC}) { nodes { id } } }",
    f"{{ entities(kinds: [DomainName, IPAddress]) {{ totalCount nodes {{ {FIELDS} }} }} }}",
    f'{{ entities(at: "{AT}", includeClosed: true) {{ totalCount nodes {{ {FIELDS} }} }} }}',
    '{ entities(search: "orrery", kinds: [DomainName]) { totalCount nodes { id } } }',
    f'{{ neighborhood(id: "x", depth: 3, at: "{AT}") {{ nodes {{ id }} links {{ id }} truncated }} }}',
    '{ paths(from: "x", to: "y", k: 2) { length nodes { id } links { id } } }',
    '{ why(id: "x") { claim } }',
    """{ entity(id: "x") { notes { id }
         findings { nodes { notes { id } evidence { id } evidenceLinks { id from { id } } } } } }""",
    f'{{ diff(from: "2026-01-01T00:00:00Z", to: "{AT}") {{ gone {{ totalCount items {{ cursor }} }} }} }}',
    '{ runDiff(from: "x", to: "y") { appeared { totalCount } } }',
]


def operators(plan: Any) -> Iterator[str]:
    yield plan["operatorType"].partition("@")[0]
    for child in plan.get("children") or []:
        yield from operators(child)


@pytest.mark.parametrize("readable", [None, ["", "CLEAR", "GREEN"]], ids=["cleared", "limited"])
@pytest.mark.parametrize("text", QUESTIONS)
def test_every_root_enters_by_an_index(
    text: str, readable: list[str] | None, compiler: Compiler, session: neo4j.Session
) -> None:
    operation = compiler.operation(parse(text), text)
    assert operation is not None
    by = By("an-org", "a-user", readable)
    plans = compiler.plans(operation, {}, is_cleared=by.is_cleared)
    assert plans is not None
    plan = plans.roots[0].plan
    assert plan is not None
    given = plan.bind(by, {})
    explained = plan.text.replace("CYPHER 25", "CYPHER 25 EXPLAIN", 1)
    summary = session.run(explained, given).consume()
    assert set(operators(summary.plan)) & SCANS == set()


def test_the_check_sees_a_scan(session: neo4j.Session) -> None:
    summary = session.run(
        "EXPLAIN MATCH (n:DomainName) WHERE n.name ENDS WITH 'x' RETURN n"
    ).consume()
    assert set(operators(summary.plan)) & SCANS == {"NodeByLabelScan"}


def hits(plan: Any) -> int:
    return int(plan["args"].get("DbHits", 0)) + sum(map(hits, plan.get("children") or []))


def test_a_page_costs_the_same_wherever_it_lies(
    compiler: Compiler, session: neo4j.Session, investigation: Investigation
) -> None:
    costs = []
    for key in ("a", "o", "w"):
        text = "query($a: String) { domainNames(first: 2, after: $a, includeClosed: true) { nodes { id } } }"
        operation = compiler.operation(parse(text), text)
        assert operation is not None
        after = {"a": encode(Order.KEY, [key, ""])}
        plans = compiler.plans(operation, after)
        assert plans is not None
        plan = plans.roots[0].plan
        assert plan is not None
        profiled = plan.text.replace("CYPHER 25", "CYPHER 25 PROFILE", 1)
        result = session.run(profiled, plan.bind(By(investigation.org), after))
        costs.append(hits(result.consume().profile))
    assert max(costs) <= 10, "two rows, each with its key and id, and the seek"
    assert len(set(costs)) == 1


# --- one statement a root field -------------------------------------------------------------------------------


async def test_one_statement_a_root_field_however_deep(
    reader: Reader, store: Store, investigation: Investigation
) -> None:
    text = """
    query($id: ID!) {
      a: entity(id: $id) {
        id ... on DomainName {
          resolvesTo { nodes { resolvedBy { edges { node { services { totalCount } subdomains { nodes { id } } } } } } }
          findings { nodes { title remediation notes { id } subject { links { nodes { id why { path { id } } } } }
            evidence { notes { text } } evidenceLinks { to { id } } } }
          notes { author }
        }
      }
      b: domainNames(first: 2) { totalCount nodes { why { observation { evidence { sha256 } } } } }
    }
    """
    before = store.statements
    found = await reader.ask(text, id=investigation.ids[0])
    assert store.statements - before == 2
    assert found["a"]["id"] == investigation.ids[0]


async def test_plans_are_shared_by_shape(compiler: Compiler, reader: Reader) -> None:
    text = """
    query($k: String!, $f: Int, $w: DomainNameWhere) {
      domainName(key: $k) { id }
      domainNames(first: $f, where: $w) { totalCount }
    }
    """
    before = compiler.compiled
    for key, first, name in (("a.example", 1, "x"), ("b.example", 2, "y"), ("c.example", 3, "z")):
        await reader.ask(text, k=key, f=first, w={"name": {"eq": name}})
    assert compiler.compiled - before == 1, "other values"
    await reader.ask(text, k="a.example", f=None, w={"name": {"eq": "x"}})
    await reader.ask(text, k="a.example", f=1, w={"name": {"ne": "x"}})
    assert compiler.compiled - before == 3, "another member, and a null"


async def test_kept_plans_are_bounded(schema: GraphQLSchema, store: Store) -> None:
    small = Reader(Compiler(schema, most=3), store, new_org())
    for count in range(6):
        aliases = " ".join(f"a{each}: id" for each in range(count + 1))
        await small.ask(f'{{ entity(id: "x") {{ {aliases} }} }}')
    assert len(small.compiler._plans) == 3


# --- organizations --------------------------------------------------------------------------------------------

EVERYTHING = """
{
  entities(first: 500, includeClosed: true) {
    totalCount
    nodes {
      id
      links(first: 500, includeClosed: true) { totalCount edges { link { id from { id } to { id } } node { id } } }
      why(first: 100) { claim derivedFrom { id } path { id } observation { id about { id } } }
      observations(first: 500) { nodes { id } }
      findings(first: 500) { nodes { id subject { id } evidence { id } evidenceLinks { id } notes { id } } }
      notes(first: 500) { id }
    }
  }
  found: entities(first: 500, search: "orrery") { nodes { id } }
}
"""


def ids(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {str(value[name]) for name in ("id", "claim") if name in value}
        return own.union(*map(ids, value.values()))
    return set().union(*map(ids, value)) if isinstance(value, list) else set()


async def test_two_organizations_with_equal_facts_stay_apart(
    compiler: Compiler, store: Store, investigation: Investigation
) -> None:
    own = await Reader(compiler, store, investigation.org).ask(EVERYTHING)
    foreign = await Reader(compiler, store, investigation.foreign).ask(EVERYTHING)
    assert len(ids(own)) == len(ids(foreign)) > 200
    assert ids(own) & ids(foreign) == set()


async def test_ids_of_another_organization_are_unknown(
    reader: Reader, investigation: Investigation
) -> None:
    text = """
    query($id: ID!, $own: ID!) {
      entity(id: $id) { id } why(id: $id) { claim } paths(from: $id, to: $own) { length }
      neighborhood(id: $id) { nodes { id } links { id } truncated }
    }
    """
    foreign = investigation.names[0].id_in(investigation.foreign)
    assert await reader.ask(text, id=foreign, own=investigation.ids[0]) == {
        "entity": None,
        "why": [],
        "paths": [],
        "neighborhood": {"nodes": [], "links": [], "truncated": False},
    }


async def test_a_forged_relationship_across_organizations_leads_nowhere(
    compiler: Compiler, store: Store
) -> None:
    """No write can make one; if something did, reading would still not follow it."""
    org, other = new_org(), new_org()
    name, address = DomainName(name="a.example"), IPAddress(address="192.0.2.9")
    async with Writer(store) as writer:
        await writer.write(org, [answer(name, 1, name)])
        await writer.write(other, [answer(address, 1, address)])
    await store.execute(
        "MATCH (a:Entity {id: $a}) MATCH (b:Entity {id: $b})"
        " CREATE (a)-[:RESOLVES_TO {id: 'forged', org: $org, holds_since: datetime(), first_seen: datetime()}]->(b)",
        {"a": name.id_in(org), "b": address.id_in(other), "org": org},
    )
    text = """
    query($id: ID!) {
      entity(id: $id) {
        ... on DomainName { resolvesTo { totalCount nodes { id } } }
        links { totalCount nodes { id } }
      }
      neighborhood(id: $id) { nodes { id } links { id } }
      domainNames(where: {has: {resolvesTo: {}}}) { totalCount }
    }
    """
    own = name.id_in(org)
    assert await Reader(compiler, store, org).ask(text, id=own) == {
        "entity": {
            "resolvesTo": {"totalCount": 0, "nodes": []},
            "links": {"totalCount": 0, "nodes": []},
        },
        "neighborhood": {"nodes": [{"id": own}], "links": []},
        "domainNames": {"totalCount": 0},
    }


# --- pages ----------------------------------------------------------------------------------------------------


async def walk(reader: Reader, text: str, path: str, **variables: Any) -> list[str]:
    """Everything of a list, two at a time."""
    found: list[str] = []
    after = None
    while True:
        page: Any = await reader.ask(text, after=after, **variables)
        for step in path.split("."):
            page = page[step]
        found += [each["id"] for each in page["nodes"]]
        assert len(page["nodes"]) <= 2
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


PAGE = "nodes { id } pageInfo { hasNextPage endCursor }"


@pytest.mark.parametrize("order", ["KEY", "FIRST_SEEN", "LAST_SEEN", "CONFIDENCE"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("kinds", ["null", "[DomainName, IPAddress]"])
async def test_pages_give_everything_once_and_in_order(
    reader: Reader, order: str, direction: str, kinds: str
) -> None:
    ordered = f"orderBy: {{field: {order}, direction: {direction}}}, kinds: {kinds}"
    whole = await reader.ask(
        f"{{ entities(first: 500, {ordered}) {{ totalCount nodes {{ id }} }} }}"
    )
    text = f"query($after: String) {{ entities(first: 2, after: $after, {ordered}) {{ {PAGE} }} }}"
    walked = await walk(reader, text, "entities")
    assert walked == [each["id"] for each in whole["entities"]["nodes"]]
    assert len(walked) == len(set(walked)) == whole["entities"]["totalCount"] > 10


async def test_pages_of_relationships_give_everything_once_and_in_order(
    reader: Reader, investigation: Investigation
) -> None:
    address = investigation.addresses[0].id_in(investigation.org)
    page = f"resolvedBy(first: 2, after: $after) {{ totalCount {PAGE} edges {{ node {{ key }} }} }}"
    text = (
        f"query($id: ID!, $after: String) {{ entity(id: $id) {{ ... on IPAddress {{ {page} }} }} }}"
    )
    walked = await walk(reader, text, "entity.resolvedBy", id=address)
    whole = await reader.ask(text.replace("first: 2", "first: 500"), id=address, after=None)
    keys = [each["node"]["key"] for each in whole["entity"]["resolvedBy"]["edges"]]
    assert keys == sorted(keys)
    assert walked == [each["id"] for each in whole["entity"]["resolvedBy"]["nodes"]]
    assert len(walked) == whole["entity"]["resolvedBy"]["totalCount"] > 4


async def test_writes_between_pages_neither_repeat_nor_skip(
    compiler: Compiler, store: Store
) -> None:
    org = new_org()
    reader = Reader(compiler, store, org)

    async def write(*names: str) -> None:
        async with Writer(store) as writer:
            found = [DomainName(name=name) for name in names]
            await writer.write(org, [answer(each, 1, each) for each in found])

    await write("b.example", "d.example", "f.example", "h.example")
    text = "query($after: String) { domainNames(first: 2, after: $after) { nodes { key } pageInfo { endCursor } } }"
    first = await reader.ask(text, after=None)
    await write("a.example", "c.example", "e.example", "z.example")
    second = await reader.ask(text, after=first["domainNames"]["pageInfo"]["endCursor"])
    assert [each["key"] for each in first["domainNames"]["nodes"]] == ["b.example", "d.example"]
    assert [each["key"] for each in second["domainNames"]["nodes"]] == ["e.example", "f.example"]


# --- moments --------------------------------------------------------------------------------------------------


def at(second: float) -> str:
    return moment(second).isoformat()


async def test_a_moment_is_answered_as_it_was_known(compiler: Compiler, store: Store) -> None:
    org = new_org()
    name = DomainName(name="a.example")
    first, second = IPAddress(address="192.0.2.1"), IPAddress(address="192.0.2.2")

    def said(at_second: float, status: str, address: IPAddress) -> Answer:
        stated = name.model_copy(update={"dns_status": status})
        return answer(name, at_second, stated, ResolvesTo(source=name, target=address, rrtype="A"))

    async with Writer(store) as writer:
        for one in (
            said(10, "resolves", first),
            said(20, "no_addresses", second),
            answer(name, 30, outcome=Outcome.ABSENT),
            said(40, "resolves", first),
        ):
            await writer.write(org, [one])
    text = """
    query($at: DateTime) {
      domainName(key: "a.example", at: $at) {
        holds dnsStatus lastSeen changedAt seen { from to ended } resolvesTo { totalCount nodes { address } }
      }
      domainNames(at: $at) { totalCount }
    }
    """
    reader = Reader(compiler, store, org)

    async def told(second_: float) -> tuple[Any, ...]:
        found = await reader.ask(text, at=at(second_))
        one = found["domainName"]
        if one is None:
            return (None, found["domainNames"]["totalCount"])
        addresses = [each["address"] for each in one["resolvesTo"]["nodes"]]
        seconds = re.sub(r"2026-01-01T00:00:|Z", "", f"{one['lastSeen']} {len(one['seen'])}")
        return (
            one["holds"],
            one["dnsStatus"],
            addresses,
            seconds,
            found["domainNames"]["totalCount"],
        )

    assert [await told(s) for s in (5, 10, 15, 20, 25, 30, 35, 40, 45)] == [
        (None, 0),
        (True, "resolves", ["192.0.2.1"], "10 1", 1),
        (True, "resolves", ["192.0.2.1"], "15 1", 1),
        (True, "no_addresses", ["192.0.2.2"], "20 1", 1),
        (True, "no_addresses", ["192.0.2.2"], "20 1", 1),
        (False, "no_addresses", [], "20 1", 0),
        (False, "no_addresses", [], "20 1", 0),
        (True, "resolves", ["192.0.2.1"], "40 2", 1),
        (True, "resolves", ["192.0.2.1"], "40 2", 1),
    ]


# --- faults ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roots", "data"),
    [
        ('entity(id: "x") { id } __typename', {"entity": None, "__typename": "Query"}),
        ('entity(id: "x") { id } paths(from: "x", to: "y") { length }', None),
    ],
)
async def test_a_database_that_is_away_is_an_error_of_its_field(
    roots: str, data: object, compiler: Compiler
) -> None:
    operation = compiler.operation(parse(f"{{ {roots} }}"), roots)
    assert operation is not None
    async with Store.open(f"bolt://127.0.0.1:{free_port()}", "neo4j", "none") as away:
        bound = compiler.bind(operation, {}, By("an-org"))
        assert bound is not None
        found = await bound.answer(away, Limits(timeout_s=1, retry_s=0))
    assert found.data == data, "null where the field may be null, else nothing at all"
    assert found.errors
    assert found.errors[0].path == ["entity"]
    assert all(isinstance(each.original_error, StoreUnavailable) for each in found.errors)
