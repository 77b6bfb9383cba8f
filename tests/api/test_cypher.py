"""Asking in Cypher: what is proven to stay in the organization, what is not, and what ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from graph.door.proof import NotBound, prove
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from graph.writer import Writer
from server.settings_api import CypherDoor
from server.web.services import Services
from tests.api.conftest import Caller, MakeCaller
from tests.support.facts import answer

ASK = "query C($q: String!, $p: JSON) { cypher(query: $q, params: $p) { columns rows isTruncated isBound } }"
OURS, ADDRESS = DomainName(name="ours.example"), IPAddress(address="192.0.2.7")


@pytest_asyncio.fixture(loop_scope="session")
async def lead(make_caller: MakeCaller, store: Store) -> Caller:
    """A lead of an organization that knows a name and its address, as another one does."""
    made: Caller = await make_caller("LEAD")
    other: Caller = await make_caller("OWNER")
    link = ResolvesTo(source=OURS, target=ADDRESS, rrtype="A")
    async with Writer(store) as writer:
        await writer.write(made.org, [answer(OURS, 1, link)])
        await writer.write(other.org, [answer(OURS, 1, link)])
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def opened(app: Starlette, request: pytest.FixtureRequest) -> AsyncIterator[CypherDoor]:
    """The door, as wide as the test's parameter says."""
    services: Services = app.state.services
    wide: CypherDoor = getattr(request, "param", "bound")
    object.__setattr__(services, "cypher", wide)
    yield wide
    object.__setattr__(services, "cypher", "off")


async def asked(caller: Caller, query: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await caller.ask(ASK, q=query, p=params))["cypher"]
    return found


def code(response: httpx.Response) -> tuple[str, str]:
    (error,) = response.json()["errors"]
    return error["extensions"]["code"], error["message"]


async def test_it_is_closed_unless_opened(lead: Caller) -> None:
    refused = await lead.post(ASK, {"q": "RETURN 1"})
    assert code(refused)[0] == "NOT_PERMITTED"
    assert "the setting `cypher`" in code(refused)[1]


@pytest.mark.usefixtures("opened")
async def test_what_is_bound_sees_its_own_graph(lead: Caller) -> None:
    query = "MATCH (n:DomainName {org: $org})-[r:RESOLVES_TO]->(m) RETURN n.key AS name, r, m, [1, {a: date()}] AS x"
    found = await asked(lead, query)
    assert (found["columns"], found["isBound"], found["isTruncated"]) == (
        ["name", "r", "m", "x"], True, False,
    )  # fmt: skip
    ((name, link, address, lists),) = found["rows"]
    assert (name, lists[0], lists[1]["a"][:2]) == ("ours.example", 1, "20")
    assert (link["type"], link["to"]) == ("RESOLVES_TO", address["elementId"])
    assert set(address["labels"]) >= {"Entity", "IPAddress"}
    assert address["properties"]["key"] == "192.0.2.7"
    counted = "MATCH (n:Entity {org: $org}) WHERE n.key = $k RETURN count(n)"
    assert (await asked(lead, counted, {"k": "ours.example"}))["rows"] == [[1]]


@pytest.mark.usefixtures("opened")
async def test_only_so_many_rows_are_given(lead: Caller) -> None:
    found = await asked(lead, "UNWIND range(1, 2000) AS i RETURN i")
    assert (len(found["rows"]), found["isTruncated"]) == (1000, True)
    again = await asked(lead, "RETURN 1 AS one")  # what was left unread is in nobody's way
    assert again["rows"] == [[1]]


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    ("query", "said", "params"),
    [
        ("MATCH (n:DomainName {org: $org}) SET n.x = 1", "NOT_BOUND", None),
        ("MATCH (n:DomainName {org: $org}", "INVALID_QUESTION", None),
        ("MATCH (n:DomainName {org: $org}) RETURN $nothing", "INVALID_QUESTION", None),
        ("RETURN 1 / 0", "INVALID_QUESTION", None),
        ("RETURN $org", "INVALID_QUESTION", {"org": "x"}),
        ("RETURN 1 //" + "x" * 20_000, "LIMIT_EXCEEDED", None),
        ("UNWIND range(1, 900) AS i RETURN $s", "LIMIT_EXCEEDED", {"s": "x" * 5_000}),
    ],
)
async def test_what_is_wrong_is_said(
    lead: Caller, query: str, said: str, params: dict[str, Any] | None
) -> None:
    assert code(await lead.post(ASK, {"q": query, "p": params}))[0] == said


@pytest.mark.parametrize("opened", ["any"], indirect=True)
async def test_the_unproven_is_for_platform_administrators(
    opened: CypherDoor, lead: Caller, store: Store
) -> None:
    query = "MATCH (n:DomainName {key: 'ours.example'}) WHERE n.org IN $orgs RETURN count(n)"
    given = {"q": query, "p": {"orgs": [lead.org]}}
    assert opened == "any"
    refused = await lead.post(ASK, given)
    assert code(refused)[0] == "NOT_BOUND"
    await store.execute(
        "MATCH (u:User)-->(k:ApiKey {org: $org}) SET u.is_platform_admin = true", {"org": lead.org}
    )
    admin = Caller(lead.key, lead.org, lead.email, lead.client)
    services: Services = lead.client._transport.app.state.services  # type: ignore[attr-defined]
    services.gate._known.clear()  # it may remember for a while what the caller was before
    found = await asked(admin, query, {"orgs": [lead.org]})
    assert (found["rows"], found["isBound"]) == ([[1]], False)
    write = await admin.post(ASK, {"q": "CREATE (n:X) RETURN n"})
    assert code(write)[0] == "INVALID_QUESTION"
    assert await store.read("MATCH (n:X) RETURN n") == []


@pytest.mark.usefixtures("opened")
async def test_who_is_not_cleared_for_all_asks_otherwise(lead: Caller, store: Store) -> None:
    await store.execute("MATCH (k:ApiKey {org: $org}) SET k.clearance = 'AMBER'", {"org": lead.org})
    refused = await lead.post(ASK, {"q": "RETURN 1"})
    assert code(refused) == (
        "NOT_PERMITTED", "asking in Cypher looks at no markings and needs the clearance RED",
    )  # fmt: skip


@pytest.mark.usefixtures("opened")
async def test_an_analyst_may_not(make_caller: MakeCaller) -> None:
    analyst = await make_caller("ANALYST")
    assert code(await analyst.post(ASK, {"q": "RETURN 1"}))[0] == "NOT_PERMITTED"


BOUND = [
    "RETURN 1",
    "MATCH (n:DomainName) WHERE n.org = $org RETURN n",
    "MATCH (n:DomainName) WHERE n.org = $org AND (n.key =~ 'a.*' OR n.key = 'b') RETURN n",
    "MATCH (n:DomainName {org: $org, key: 'a'}) RETURN n",
    "MATCH (n:DomainName|IPAddress {org: $org}) RETURN n",
    "MATCH (n:DomainName&!Apex {org: $org}) RETURN n",
    "MATCH (n:Entity {id: 'x', org: $org}) RETURN n",
    "MATCH (n:DomainName {org: $org})-[*1..3]-(m) RETURN m",
    "MATCH (n:DomainName {org: $org}) OPTIONAL MATCH (n)-->(m) RETURN n, collect(m) ORDER BY n.key LIMIT 3",
    "MATCH p = shortestPath((a:DomainName {org: $org, key: 'x'})-[*1..3]-(b:IPAddress {org: $org})) RETURN p",
    "MATCH ANY SHORTEST (n:DomainName {org: $org, key: 'a'})-[:RESOLVES_TO]->+(m:IPAddress {org: $org}) RETURN m",
    "MATCH (n:DomainName {org: $org}) CALL (n) { MATCH (n)-->(x) RETURN count(x) AS c } RETURN c",
    "MATCH (n:DomainName {org: $org}) WHERE EXISTS { (n)-[:RESOLVES_TO]->() } RETURN n",
    "MATCH (n:DomainName {org: $org})((a)-[r]->(b)){1,3}(m) RETURN m",
    "MATCH (f:Finding {org: $org, state: 'OPEN'}) RETURN f.rule, count(*)",
    "MATCH (n:DomainName {org: $org}), (m:IPAddress {org: $org}) WHERE n.key = m.key RETURN n",
    "MATCH (`n :x`:DomainName {org: $org}) RETURN `n :x`",
    "MATCH (n:DomainName {org: $org}) RETURN n UNION MATCH (n:IPAddress {org: $org}) RETURN n",
]
UNBOUND = [
    "MATCH (n:DomainName) RETURN n",
    "MATCH (n) RETURN n",
    "MATCH (n {org: $org}) RETURN n",
    "MATCH (n:ApiKey {org: $org}) RETURN n",
    "MATCH (n:User) WHERE n.org = $org RETURN n",
    "MATCH (n:DomainName) WHERE n.org = $org OR n.key = 'x' RETURN n",
    "MATCH (n:DomainName) WHERE NOT n.org = $org RETURN n",
    "MATCH (n:DomainName) WHERE n.org <> $org RETURN n",
    "MATCH (n:DomainName) WHERE n.org = $other RETURN n",
    "MATCH (n:DomainName) WHERE 'n.org = $org' <> n.key RETURN n",
    "MATCH (n:DomainName) WHERE n.`org = $org AND n` = 1 RETURN n",
    "MATCH (`n.org = $org AND n`:DomainName) WHERE `n.org = $org AND n`.key = 'x' RETURN 1",
    "MATCH (n:DomainName {key: 'x', org: $org})-->(m) MATCH (k:IPAddress) RETURN k",
    "MATCH (n:DomainName {org: $org}) OPTIONAL MATCH (x:IPAddress) RETURN count(x)",
    "MATCH (n:DomainName {org: $org}) RETURN COUNT { (m:IPAddress) } AS c",
    "MATCH (n:DomainName {org: $org}) RETURN [x IN range(1, 2) | COUNT { (m:IPAddress) }] AS c",
    "MATCH (n:DomainName {org: $org}) RETURN [x IN range(1, 2) | [(m:IPAddress)-->(k) | m.key]] AS c",
    "MATCH (n:DomainName {org: $org}) RETURN any(x IN [1] WHERE EXISTS { (m:IPAddress {key: x}) }) AS c",
    "MATCH (n:DomainName {org: $org}) RETURN CASE WHEN n.key = 'x' THEN COLLECT { MATCH (m:User) RETURN m.email } "
    "ELSE [] END AS c",
    "MATCH (n:DomainName {org: $org})((a)-[r]->(b) WHERE COUNT { (q:User) } > 0){1,3}(m) RETURN m",
    "MATCH (n:DomainName {org: $org}) RETURN n ORDER BY COUNT { (m:User) }",
    "MATCH (n:DomainName {org: $org}) RETURN n UNION MATCH (n:IPAddress) RETURN n",
    "MATCH (n:DomainName {org: $org}) WITH n.org AS o MATCH (m:DomainName) WHERE m.org = o RETURN m.key",
    "MATCH (n:$($l) {org: $org}) RETURN n",
    "UNWIND ['4:a:1'] AS i MATCH (n) WHERE elementId(n) = i RETURN n",
    "MATCH (n) RETURN count(n)",
    "MATCH (n:DomainName) RETURN count(n)",
    "MATCH ()-[r:RESOLVES_TO]->() RETURN count(r)",
    "MATCH ()-[r:RESOLVES_TO]->() RETURN r",
    "CALL db.labels() YIELD label RETURN label",
    "CALL dbms.listConfig() YIELD name, value RETURN name, value",
    "SHOW INDEXES",
    "SHOW USERS",
    "LOAD CSV FROM 'http://127.0.0.1:9/x' AS l RETURN l",
    "MATCH (n:DomainName {org: $org}) CREATE (m:X) RETURN m",
    "MATCH (n:DomainName {org: $org}) DETACH DELETE n",
    "UNWIND [1] AS i CALL (i) { CREATE (:X) } IN TRANSACTIONS OF 1 ROW",
]


@pytest.mark.parametrize("query", BOUND)
async def test_bound_statements_are_proven(store: Store, query: str) -> None:
    plan = await store.explain(query, {"org": "x"})
    prove(plan, store.database)


@pytest.mark.parametrize("query", UNBOUND)
async def test_others_are_not(store: Store, query: str) -> None:
    plan = await store.explain(query, {"org": "x", "other": "y", "l": "User"})
    with pytest.raises(NotBound):
        prove(plan, store.database)
