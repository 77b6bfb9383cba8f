"""Reading collected entities through HTTP: roots, relationships, moments, reasons, and both ways of execution."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from graph.facts import Outcome
from graph.model.network import DomainName, HasPort, IPAddress, NetworkService
from graph.model.resolution import ResolvesTo
from graph.store import Store
from graph.writer import Writer
from server.graphql.execution import Executor
from tests.api.conftest import Caller, MakeCaller
from tests.support.facts import answer, moment

WWW = DomainName(name="www.shop.example")
APEX = DomainName(name="shop.example")
OLD, NEW = IPAddress(address="192.0.2.1"), IPAddress(address="192.0.2.2")
SSH = NetworkService(transport="tcp", address="192.0.2.2", port=22)


def to(address: IPAddress) -> ResolvesTo:
    return ResolvesTo(source=WWW, target=address, rrtype="A")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def caller(make_caller: MakeCaller, store: Store) -> AsyncIterator[Caller]:
    """An organization in which a name moved from one address to another."""
    made: Caller = await make_caller()
    before = DomainName(name=WWW.name, dns_status="resolves")
    after = DomainName(name=WWW.name, dns_status="no_addresses")
    async with Writer(store) as writer:
        await writer.write(made.org, [answer(WWW, 10, before, to(OLD), collector="dns.resolve")])
        await writer.write(made.org, [answer(WWW, 20, after, to(NEW), collector="dns.resolve")])
        await writer.write(
            made.org,
            [
                answer(NEW, 21, HasPort(source=NEW, target=SSH), collector="tcp.connect"),
                answer(OLD, 22, collector="tcp.connect", outcome=Outcome.ABSENT),
            ],
        )
    yield made


def at(second: float) -> str:
    return moment(second).isoformat()


async def both_ways(caller: Caller, query: str, **variables: Any) -> dict[str, Any]:
    """The data: compiled, beside a field that no plan has, and field by field."""
    compiled = await caller.ask(query, **variables)
    mixed = await caller.ask(query.replace("{", "{ me { role } ", 1), **variables)
    assert mixed.pop("me") == {"role": "OWNER"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Executor, "_compiled_operation", lambda *_: None)
        resolved = await caller.ask(query, **variables)
    assert compiled == mixed == resolved
    return compiled


async def test_a_name_and_where_it_leads(caller: Caller) -> None:
    query = """{ domainName(key: "WWW.Shop.example.") {
      key kind caption roles holds dnsStatus isRegistrable confidence supports aliases
      resolvesTo { totalCount edges { rrtype holds node { address } } nodes { key services { nodes { port } } } }
      subdomainOf { nodes { name roles } } } }"""
    found = (await both_ways(caller, query))["domainName"]
    confidence = found.pop("confidence")
    assert confidence == 0.8
    assert found == {
        "key": "www.shop.example",
        "kind": "DomainName",
        "caption": "www.shop.example",
        "roles": [],
        "holds": True,
        "dnsStatus": "no_addresses",
        "isRegistrable": False,
        "supports": 1,
        "aliases": [],
        "resolvesTo": {
            "totalCount": 1,
            "edges": [{"rrtype": "A", "holds": True, "node": {"address": "192.0.2.2"}}],
            "nodes": [{"key": "192.0.2.2", "services": {"nodes": [{"port": 22}]}}],
        },
        "subdomainOf": {"nodes": [{"name": "shop.example", "roles": ["Apex"]}]},
    }


async def test_a_moment_holds_for_everything_below(caller: Caller) -> None:
    query = """query Q($at: DateTime) { domainName(key: "www.shop.example", at: $at) {
      dnsStatus resolvesTo { nodes { address resolvedBy { nodes { dnsStatus } } } } } }"""
    then = {"dnsStatus": "resolves", "resolvesTo": {"nodes": [
        {"address": "192.0.2.1", "resolvedBy": {"nodes": [{"dnsStatus": "resolves"}]}}]}}  # fmt: skip
    now = {"dnsStatus": "no_addresses", "resolvesTo": {"nodes": [
        {"address": "192.0.2.2", "resolvedBy": {"nodes": [{"dnsStatus": "no_addresses"}]}}]}}  # fmt: skip
    assert await caller.ask(query, at=at(15)) == {"domainName": then}
    assert await caller.ask(query, at=at(20)) == {"domainName": now}
    assert await caller.ask(query, at=at(5)) == {"domainName": None}
    assert await caller.ask(query) == {"domainName": now}


async def test_closed_relationships_only_when_asked_for(caller: Caller) -> None:
    query = """{ domainName(key: "www.shop.example") { resolvesTo(includeClosed: true) {
      edges { holds seen { from to ended } node { address } } } } }"""
    edges = (await both_ways(caller, query))["domainName"]["resolvesTo"]["edges"]
    assert [(e["node"]["address"], e["holds"]) for e in edges] == [
        ("192.0.2.1", False),
        ("192.0.2.2", True),
    ]
    assert edges[0]["seen"] == [
        {
            "from": "2026-01-01T00:00:10Z",
            "to": "2026-01-01T00:00:10Z",
            "ended": "2026-01-01T00:00:20Z",
        }
    ]


async def test_lists_filter_order_and_page(caller: Caller) -> None:
    query = """query Q($after: String, $where: IPAddressWhere) {
      ipAddresses(first: 1, after: $after, where: $where, includeClosed: true,
                  orderBy: {field: KEY, direction: DESC}) {
        totalCount pageInfo { hasNextPage endCursor } nodes { key } } }"""
    first = (await caller.ask(query))["ipAddresses"]
    assert (first["totalCount"], first["nodes"]) == (2, [{"key": "192.0.2.2"}])
    assert first["pageInfo"]["hasNextPage"] is True
    second = (await caller.ask(query, after=first["pageInfo"]["endCursor"]))["ipAddresses"]
    assert (second["nodes"], second["pageInfo"]["hasNextPage"]) == ([{"key": "192.0.2.1"}], False)
    where: dict[str, Any] = {"has": {"services": {"port": {"eq": 22}}}}
    assert (await caller.ask(query, where=where))["ipAddresses"]["nodes"] == [{"key": "192.0.2.2"}]
    where = {"confidence": {"gte": 0.8}, "has": {"services": {"port": {"eq": 22}}}}
    assert (await caller.ask(query, where=where))["ipAddresses"]["totalCount"] == 1
    where = {"not": {"key": {"startsWith": "192"}}}
    assert (await caller.ask(query, where=where))["ipAddresses"]["totalCount"] == 0


async def test_why_leads_to_the_answer_and_its_question(caller: Caller) -> None:
    query = """query Q($id: ID!) { why(id: $id) {
      collector reliability observation { outcome endedAt isCurrent about { key } }
      derivedFrom { key } path { key } } }"""
    name = WWW.id_in(caller.org)
    told = (await caller.ask(query, id=name))["why"]
    assert [(each["collector"], each["observation"]["endedAt"]) for each in told] == [
        ("dns.resolve", "2026-01-01T00:00:20Z")
    ]
    assert told[0]["observation"]["isCurrent"] is True
    assert told[0]["path"] == [{"key": "www.shop.example"}]
    link = to(NEW).id_in(caller.org)
    assert [each["derivedFrom"]["key"] for each in (await caller.ask(query, id=link))["why"]] == [
        "www.shop.example"
    ]
    assert (await caller.ask(query, id=to(OLD).id_in(caller.org)))["why"] == []
    assert (await caller.ask(query, id=str(uuid.uuid4())))["why"] == []


async def test_notes_are_of_now_and_the_latest_first(caller: Caller) -> None:
    noting = "mutation Q($id: ID!, $text: String!) { note(id: $id, text: $text) { note { text } errors { code } } }"
    for text in ("first", "second", "third"):
        await caller.ask(noting, id=APEX.id_in(caller.org), text=text)
    query = f"""{{ domainName(key: "shop.example", at: "{at(15)}") {{
      notes(first: 2) {{ text author }} all: notes {{ text }} none: notes(first: 0) {{ text }} }} }}"""
    assert (await both_ways(caller, query))["domainName"] == {
        "notes": [{"text": text, "author": caller.email} for text in ("third", "second")],
        "all": [{"text": text} for text in ("third", "second", "first")],
        "none": [],
    }


async def test_links_neighborhood_and_paths(caller: Caller) -> None:
    query = f"""{{
      entity(id: "{NEW.id_in(caller.org)}") {{
        links {{ totalCount edges {{ direction node {{ key }}
                                     link {{ type properties from {{ key }} to {{ key }} }} }} }} }}
      neighborhood(id: "{SSH.id_in(caller.org)}", depth: 2) {{ truncated nodes {{ key }} links {{ type }} }}
      paths(from: "{APEX.id_in(caller.org)}", to: "{SSH.id_in(caller.org)}") {{ length nodes {{ key }} }}
    }}"""
    found = await both_ways(caller, query)
    edges = found["entity"]["links"]["edges"]
    assert [(e["direction"], e["link"]["type"], e["node"]["key"]) for e in edges] == [
        ("OUT", "HAS_PORT", SSH.key),
        ("IN", "RESOLVES_TO", "www.shop.example"),
    ]
    assert edges[1]["link"]["properties"] == {"rrtype": "A"}
    assert edges[1]["link"]["from"] == {"key": "www.shop.example"}
    around = found["neighborhood"]
    assert [node["key"] for node in around["nodes"]] == [SSH.key, "192.0.2.2", "www.shop.example"]
    assert around["truncated"] is False
    assert sorted(link["type"] for link in around["links"]) == ["HAS_PORT", "RESOLVES_TO"]
    assert [node["key"] for node in found["paths"][0]["nodes"]] == [
        "shop.example",
        "www.shop.example",
        "192.0.2.2",
        SSH.key,
    ]


async def test_the_difference_of_two_moments(caller: Caller) -> None:
    query = """query Q($from: DateTime!, $to: DateTime!) { diff(from: $from, to: $to) {
      appeared { totalCount items { entity { key } link { type } } }
      gone { items { entity { key } link { type to { key } } } }
      changed { items { entity { key } changes { property before after } } }
      reappeared { totalCount }
      notRechecked { items { entity { key } } } } }"""
    found = (await caller.ask(query, **{"from": at(15), "to": at(30)}))["diff"]
    appeared = [item["entity"]["key"] for item in found["appeared"]["items"] if item["entity"]]
    assert sorted(appeared) == sorted(["192.0.2.2", SSH.key])
    gone = [(i["entity"] or i["link"]["to"])["key"] for i in found["gone"]["items"]]
    assert gone == ["192.0.2.1", "192.0.2.1"]
    assert found["changed"]["items"] == [
        {
            "entity": {"key": "www.shop.example"},
            "changes": [{"property": "dnsStatus", "before": "resolves", "after": "no_addresses"}],
        }
    ]
    assert found["reappeared"] == {"totalCount": 0}
    assert found["notRechecked"] == {"items": []}


async def test_a_list_of_no_kind_is_empty(caller: Caller) -> None:
    found = await both_ways(caller, "{ entities(kinds: []) { totalCount nodes { key } } }")
    assert found["entities"] == {"totalCount": 0, "nodes": []}


async def test_search_finds_by_words(caller: Caller, store: Store) -> None:
    await store.run_autocommit("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
    query = '{ entities(search: "shop") { nodes { key } } }'
    found = await both_ways(caller, query)
    assert [node["key"] for node in found["entities"]["nodes"]] == [
        "shop.example",
        "www.shop.example",
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('{ domainName(key: "not a name") { key } }', "REFUSED_VALUE"),
        ('{ domainNames(after: "nonsense") { totalCount } }', "INVALID_QUESTION"),
        ('{ entities(search: " ") { totalCount } }', "INVALID_QUESTION"),
        ('{ neighborhood(id: "x", depth: 4) { truncated } }', "INVALID_QUESTION"),
        ('{ paths(from: "x", to: "y", k: 11) { length } }', "INVALID_QUESTION"),
        ('{ why(id: "x", first: 101) { collector } }', "INVALID_QUESTION"),
        ('{ domainName(key: "a.example", at: "yesterday") { key } }', "INVALID_QUESTION"),
        ('{ domainName(key: "a.example", at: "2026-01-01T00:00:00") { key } }', "INVALID_QUESTION"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_says_why(caller: Caller, query: str, code: str) -> None:
    told = (await caller.post(query)).json()
    assert [each["extensions"]["code"] for each in told["errors"]] == [code]
    assert not told.get("data") or list(told["data"].values()) == [None]


async def test_one_statement_a_root_field(caller: Caller, store: Store) -> None:
    before = store.statements
    await caller.ask(
        """{ domainNames { totalCount nodes { key why { collector } findings { totalCount } notes { text }
             resolvesTo { nodes { key resolvedBy(first: 3) { nodes { key links { totalCount } } } } } } }
             ipAddresses { nodes { key services { nodes { key } } } } }"""
    )
    assert store.statements - before == 2
