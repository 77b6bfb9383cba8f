"""Who may ask: no key, a wrong key, a revoked key, a role that is not enough, another organization."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import httpx
import pytest

from graph.errors import StoreUnavailable
from graph.facts import Answer
from graph.model.network import DomainName
from graph.store import Store
from graph.writer import Writer
from server.auth import firstrun, gate
from server.auth.gate import Gate
from server.auth.guesses import KEYS, Guesses
from server.auth.keys import hash_of, is_key, make_key
from server.auth.policy import GRANTS, Permission, Role
from server.auth.refusals import NotAuthenticated, TooManyGuesses
from tests.api.conftest import Caller, MakeCaller
from tests.support.facts import answer

ME = json.dumps({"query": "{ me { role organization permissions } }"})


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer mk_x", f"Bearer {make_key().text}", "mk_1"],
    ids=[
        "nothing",
        "a scheme",
        "a space",
        "another scheme",
        "a piece",
        "an unknown key",
        "no scheme",
    ],
)
async def test_without_a_good_key_it_is_401(caller: Caller, given: str) -> None:
    headers = {"Authorization": given, "Content-Type": "application/json"}
    response = await caller.client.post("/graphql", content=ME, headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "NOT_AUTHENTICATED")
    assert response.headers["www-authenticate"] == 'Bearer realm="mirage"'
    assert response.headers["content-type"] == "application/problem+json"


async def test_me_says_what_the_key_allows(make_caller: MakeCaller) -> None:
    viewer: Caller = await make_caller("VIEWER")
    me = (await viewer.ask("{ me { role organization permissions } }"))["me"]
    assert me["role"] == "VIEWER"
    assert me["permissions"] == sorted(GRANTS[Role.VIEWER])


@pytest.mark.parametrize(
    ("mutation", "permission"),
    [
        ('startScan(input: {seeds: ["a.example"]}) { run { id } }', Permission.RUN_SCANS),
        ('cancelRun(id: "x") { run { id } }', Permission.RUN_SCANS),
        ('runAgain(scan: "x") { run { id } }', Permission.RUN_SCANS),
        ('note(id: "x", text: "x") { note { id } }', Permission.ANNOTATE),
        ('tag(id: "x", add: ["x"]) { entity { id } }', Permission.ANNOTATE),
        ('withdrawFact(id: "x") { entity { id } }', Permission.ASSERT_FACTS),
        ('withdrawImport(sha256: "x") { parts }', Permission.IMPORT_FILES),
        (
            'assertFact(input: {entity: {kind: DomainName, key: "a.example"}}) { claim }',
            Permission.ASSERT_FACTS,
        ),
    ],
)
async def test_a_viewer_changes_nothing(
    make_caller: MakeCaller, mutation: str, permission: Permission
) -> None:
    viewer: Caller = await make_caller("VIEWER")
    response = await viewer.post(f"mutation {{ {mutation} }}")
    assert response.status_code == 403
    answer_ = response.json()
    assert "data" not in answer_
    assert [each["extensions"]["code"] for each in answer_["errors"]] == ["NOT_PERMITTED"]
    assert permission in answer_["errors"][0]["message"]


async def test_a_permission_is_found_behind_fragments(make_caller: MakeCaller) -> None:
    viewer: Caller = await make_caller("VIEWER")
    response = await viewer.post(
        "mutation { ...A } fragment A on Mutation { ... on Mutation { ...B } } "
        'fragment B on Mutation { x: cancelRun(id: "x") { errors { code } } }'
    )
    assert response.status_code == 403


async def test_nothing_of_another_organization_is_seen(
    make_caller: MakeCaller, store: Store
) -> None:
    mine: Caller = await make_caller()
    theirs: Caller = await make_caller()
    name = DomainName(name="secret.example")
    said: Answer = answer(name, 1, name)
    async with Writer(store) as writer:
        await writer.write(theirs.org, [said])
    query = """query Q($id: ID!) {
      entity(id: $id) { key }
      why(id: $id) { collector }
      neighborhood(id: $id) { nodes { key } }
      paths(from: $id, to: $id) { length }
      domainName(key: "secret.example") { key }
      domainNames { totalCount nodes { key } }
      entities(search: "secret") { totalCount nodes { key } }
      statistics { entities { count } }
    }"""
    entity_id = name.id_in(theirs.org)
    assert await mine.ask(query, id=entity_id) == {
        "entity": None,
        "why": [],
        "neighborhood": {"nodes": []},
        "paths": [],
        "domainName": None,
        "domainNames": {"totalCount": 0, "nodes": []},
        "entities": {"totalCount": 0, "nodes": []},
        "statistics": {"entities": []},
    }
    found = await theirs.ask(query, id=entity_id)
    assert found["entity"] == {"key": "secret.example"}
    noted = await mine.ask(
        'mutation N($id: ID!) { note(id: $id, text: "x") { note { id } errors { code } } }',
        id=entity_id,
    )
    assert noted["note"] == {"note": None, "errors": [{"code": "NOT_FOUND"}]}


async def test_a_revoked_key_ends_within_its_time(store: Store, caller: Caller) -> None:
    now = 0.0
    tried = Gate(store, lambda: now)
    assert (await tried.admit(caller.key, "a")).org == caller.org
    await store.execute(
        "MATCH (k:ApiKey {hash: $hash}) SET k.revoked_at = datetime()",
        {"hash": hash_of(caller.key)},
    )
    assert (await tried.admit(caller.key, "a")).org == caller.org
    now = gate.REMEMBERED_S + 0.1
    with pytest.raises(NotAuthenticated):
        await tried.admit(caller.key, "a")


async def test_those_who_come_with_one_key_at_once_share_a_query(
    store: Store, caller: Caller
) -> None:
    tried = Gate(store)
    before = store.statements

    admitted = await asyncio.gather(*(tried.admit(caller.key, "a") for _ in range(200)))

    assert {each.org for each in admitted} == {caller.org}
    assert store.statements == before + 1


async def test_a_database_that_is_away_is_told_to_each_who_asks_and_asked_again(
    store: Store, caller: Caller
) -> None:
    class Away:
        fails = True

        async def fetch_one(self, query: Any) -> Any:
            await asyncio.sleep(0.01)
            if self.fails:
                raise StoreUnavailable("away")
            return await store.fetch_one(query)

    away = Away()
    tried = Gate(cast(Store, away))
    ended = await asyncio.gather(
        *(tried.admit(caller.key, "a") for _ in range(5)), return_exceptions=True
    )
    assert [type(each) for each in ended] == [StoreUnavailable] * 5
    away.fails = False
    assert (await tried.admit(caller.key, "a")).org == caller.org


async def test_guessing_is_slowed_down_by_address(store: Store, caller: Caller) -> None:
    now = 0.0
    tried = Gate(store, guesses=Guesses(clock=lambda: now))
    for _ in range(KEYS.most):
        with pytest.raises(NotAuthenticated):
            await tried.admit("mk_guess", "198.51.100.1")
    with pytest.raises(TooManyGuesses):
        await tried.admit(caller.key, "198.51.100.1")
    assert (await tried.admit(caller.key, "198.51.100.2")).org == caller.org
    now = KEYS.within_s + 1
    assert (await tried.admit(caller.key, "198.51.100.1")).org == caller.org


def test_keys_have_a_form_and_only_their_hash_is_stored() -> None:
    key = make_key()
    assert is_key(key.text)
    assert key.text.startswith(f"mk_{key.prefix}_")
    assert key.hash == hash_of(key.text)
    assert key.text not in key.hash
    assert not is_key(key.text + "x")


async def test_the_owner_is_made_once(store: Store) -> None:
    made = await asyncio.gather(*(firstrun.ensure_owner(store) for _ in range(4)))
    assert len([key for key in made if key]) <= 1
    further = await firstrun.renew_owner_key(store)
    principal = await Gate(store).admit(further, "")
    assert (principal.role, principal.user) == ("OWNER", firstrun.OWNER)
    owners = await store.read(
        "MATCH (u:User {id: $id})-[:HAS_MEMBERSHIP]->(m)-[:IN]->(o:Organization) RETURN count(m) AS n",
        {"id": firstrun.OWNER},
    )
    assert owners == [{"n": 1}]


def codes(response: httpx.Response) -> list[str]:
    return [each["extensions"]["code"] for each in response.json()["errors"]]


async def test_a_key_does_no_more_than_its_scopes(caller: Caller, store: Store) -> None:
    await store.execute(
        "MATCH (k:ApiKey {org: $org}) SET k.scopes = ['READ_ACCOUNT', 'READ_GRAPH'], k.clearance = 'GREEN'",
        {"org": caller.org},
    )
    me = (await caller.ask("{ me { role permissions clearance } }"))["me"]
    assert me == {
        "role": "OWNER", "permissions": ["READ_ACCOUNT", "READ_GRAPH"], "clearance": "GREEN",
    }  # fmt: skip
    response = await caller.post("{ findings { totalCount } }")
    assert (response.status_code, codes(response)) == (403, ["NOT_PERMITTED"])


@pytest.mark.parametrize(
    "change",
    [
        "MATCH (k:ApiKey {org: $org}) SET k.expires_at = datetime() - duration('PT1S')",
        "MATCH (k:ApiKey {org: $org}) SET k.revoked_at = datetime()",
        "MATCH (m:Membership {org: $org}) SET m.suspended_at = datetime()",
        "MATCH (u:User)-->(:ApiKey {org: $org}) SET u.suspended_at = datetime()",
        "MATCH (o:Organization {id: $org}) SET o.suspended_at = datetime()",
        "MATCH (o:Organization {id: $org}) SET o.deleted_at = datetime()",
        "MATCH (m:Membership {org: $org}) DETACH DELETE m",
    ],
)
async def test_what_has_ended_lets_nobody_in(caller: Caller, store: Store, change: str) -> None:
    await store.execute(change, {"org": caller.org})
    response = await caller.post("{ me { id } }")
    assert (response.status_code, response.json()["code"]) == (401, "NOT_AUTHENTICATED")


async def test_a_role_of_the_organizations_own(caller: Caller, store: Store) -> None:
    await store.execute(
        "CREATE (:Role {id: $org, org: $org, name: 'Watch', permissions: ['READ_ACCOUNT', 'OWN_ORGANIZATION', 'NEW']}) "
        "WITH 1 AS one MATCH (m:Membership {org: $org}) SET m.role = 'Watch', m.clearance = 'AMBER'",
        {"org": caller.org},
    )
    me = (await caller.ask("{ me { role permissions clearance } }"))["me"]
    assert me == {"role": "Watch", "permissions": ["READ_ACCOUNT"], "clearance": "AMBER"}


async def test_a_role_that_nobody_knows_allows_nothing(caller: Caller, store: Store) -> None:
    await store.execute("MATCH (m:Membership {org: $org}) SET m.role = 'x'", {"org": caller.org})
    response = await caller.post("{ me { id } }")
    assert (response.status_code, codes(response)) == (403, ["NOT_PERMITTED"])


async def test_a_credential_for_ingest_reads_what_became_of_its_file(
    make_caller: MakeCaller,
) -> None:
    ingest: Caller = await make_caller("INGEST")
    told = await ingest.ask(
        'mutation { withdrawImport(sha256: "x") { parts errors { code } } '
        'assertFact(input: {entity: {kind: DomainName, key: "a.example"}}) { claim errors { code } } }'
    )
    assert told["withdrawImport"] == {"parts": 0, "errors": [{"code": "REFUSED_VALUE"}]}
    assert told["assertFact"]["errors"] == []
    refused = await ingest.post(
        'mutation { assertFact(input: {entity: {kind: DomainName, key: "a.example"}}) { entity { key } } }'
    )
    assert codes(refused) == ["NOT_PERMITTED"]


async def test_a_page_needs_what_its_items_need(make_caller: MakeCaller) -> None:
    auditor: Caller = await make_caller("AUDITOR")
    refused = await auditor.post("{ runs { totalCount pageInfo { hasNextPage } } }")
    assert codes(refused) == ["NOT_PERMITTED"]
    assert "Query.runs" in refused.json()["errors"][0]["message"]


WIDER = [
    ('presets: DEEP, authorization: "ours"', "RUN_INTRUSIVE_SCANS"),
    ('include: ["b.example"]', "SET_SCOPE"),
    ("maxDistance: 2", "SET_SCOPE"),
    ("contactDistance: 1", "SET_SCOPE"),
]


@pytest.mark.parametrize(("given", "permission"), WIDER)
async def test_intrusive_and_wide_scans_are_a_leads(
    make_caller: MakeCaller, given: str, permission: str
) -> None:
    wanted = f'{{seeds: ["a.example"], {given}}}'
    mutation = f"mutation {{ startScan(input: {wanted}) {{ run {{ id }} errors {{ code }} }} }}"
    analyst, lead = await make_caller("ANALYST"), await make_caller("LEAD")
    refused = await analyst.post(mutation)
    assert codes(refused) == ["NOT_PERMITTED"]
    assert permission in refused.json()["errors"][0]["message"]
    assert (await lead.ask(mutation))["startScan"]["errors"] == []


async def test_who_only_hands_in_reads_nothing(make_caller: MakeCaller) -> None:
    ingest = await make_caller("INGEST")
    said = await ingest.ask(
        'mutation { withdrawImport(sha256: "' + "0" * 64 + '") { parts errors { code } } }'
    )
    assert said["withdrawImport"] == {"parts": 0, "errors": [{"code": "NOT_FOUND"}]}
    for query in (
        "{ entities { totalCount } }",
        "{ findings { totalCount } }",
        "{ runs { totalCount } }",
    ):
        assert codes(await ingest.post(query)) == ["NOT_PERMITTED"]
