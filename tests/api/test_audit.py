"""The audit over the API: what mutations leave in it, who may read it, and its export."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, build_schema

from graph.errors import Conflict, StoreUnavailable
from graph.store import Store
from server.audit.journal import Audit
from server.audit.verifying import verify
from server.graphql.acts import told_of
from server.graphql.schema import core_schema
from server.jobs import scans
from tests.api.conftest import Caller, MakeCaller
from tests.support.keys import keyring

SCAN = """mutation { startScan(input: {seeds: ["heron.example"], presets: PASSIVE, name: "Herons"}) {
  run { id scan { id } } errors { code } } }"""
EVENTS = """query A($filter: AuditFilter, $first: Int, $after: String) {
  auditEvents(filter: $filter, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { seq actor credential address correlationId action subject phase outcome details } } }"""


async def events(caller: Caller, **variables: Any) -> list[dict[str, Any]]:
    data = await caller.ask(EVENTS, **variables)
    nodes: list[dict[str, Any]] = data["auditEvents"]["nodes"]
    return nodes


async def test_a_mutation_leaves_a_row_before_and_a_row_after(caller: Caller) -> None:
    response = await caller.client.post(
        "/graphql",
        json={"query": SCAN},
        headers={**caller.headers, "X-Correlation-Id": "herons-0001"},
    )
    run = response.json()["data"]["startScan"]["run"]["id"]
    after, before = await events(caller)
    me = (await caller.ask("{ me { id } }"))["me"]["id"]
    shared = {
        "actor": me, "credential": me, "address": "127.0.0.1", "correlationId": "herons-0001",
        "action": "startScan",
    }  # fmt: skip
    assert before == {
        **shared, "seq": 1, "subject": "", "phase": "BEFORE", "outcome": "",
        "details": before["details"],
    }  # fmt: skip
    assert before["details"]["input"]["seeds"] == ["heron.example"]
    assert before["details"]["input"]["name"] == "Herons"
    assert before["details"]["input"]["presets"] == ["PASSIVE"]
    assert after == {
        **shared, "seq": 2, "subject": run, "phase": "AFTER", "outcome": "OK",
        "details": {"run": run},
    }  # fmt: skip


async def test_each_field_of_an_operation_has_its_own_rows_in_order(caller: Caller) -> None:
    await caller.post(
        'mutation { a: cancelRun(id: "x") { run { id } } b: tag(id: "y") { entity { id } } }'
    )
    rows = [(e["action"], e["subject"], e["phase"], e["outcome"]) for e in await events(caller)]
    assert rows[::-1] == [
        ("cancelRun", "x", "BEFORE", ""),
        ("cancelRun", "x", "AFTER", "NOT_FOUND"),
        ("tag", "y", "BEFORE", ""),
        ("tag", "y", "AFTER", "NOT_FOUND"),
    ]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(StoreUnavailable("away"), "STORE_UNAVAILABLE"), (Conflict("no"), "CONFLICT"), (ValueError("x"), "INTERNAL")],
)  # fmt: skip
async def test_an_act_that_fails_is_told_with_its_code(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: str
) -> None:
    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(scans, "start", fail)
    await caller.post(SCAN)
    assert [event["outcome"] for event in await events(caller)] == [outcome, ""]


async def test_what_is_refused_before_anything_is_done_leaves_no_row(
    make_caller: MakeCaller, caller: Caller
) -> None:
    viewer: Caller = await make_caller("VIEWER")
    await viewer.post(SCAN)
    await caller.post("mutation { nope }")
    await caller.ask("{ me { id } }")
    assert await events(caller) == []


async def test_without_the_first_row_nothing_is_done(
    caller: Caller, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("Neo4j does not answer now; try again")

    monkeypatch.setattr(Audit, "record", away)
    response = await caller.post(SCAN)
    monkeypatch.undo()
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"
    assert response.json()["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"
    assert (await caller.ask("{ runs { totalCount } }"))["runs"]["totalCount"] == 0
    assert await events(caller) == []
    assert await verify(store, keyring(), caller.org) == []


async def test_a_question_in_cypher_is_an_act(caller: Caller) -> None:
    await caller.post('{ cypher(query: "MATCH (n:DomainName {org: $org}) RETURN n") { columns } }')
    rows = [(e["action"], e["outcome"], e["details"]) for e in await events(caller)]
    query = {"query": "MATCH (n:DomainName {org: $org}) RETURN n"}
    assert rows == [("cypher", "NOT_PERMITTED", {}), ("cypher", "", query)]


@pytest.mark.parametrize(
    ("action", "needs", "document"),
    [
        ("cypher", "QUERY_CYPHER", '{ cypher(query: "MATCH (n) RETURN n") { columns } }'),
        ("startScan", "RUN_SCANS", SCAN),
        ("auditEvents", "READ_AUDIT", "{ auditEvents { nodes { id } } }"),
        ("Organization.keys", "EDIT_MEMBERS", "{ organization { keys { nodes { id } } } }"),
    ],
)
async def test_what_is_tried_without_the_permission_leaves_a_row(
    make_caller: MakeCaller, action: str, needs: str, document: str
) -> None:
    owner: Caller = await make_caller()
    viewer: Caller = await make_caller("VIEWER", beside=owner)
    assert (await viewer.post(document)).status_code == 403
    [row] = await events(owner)
    assert row == {
        "seq": 1, "actor": viewer.id, "credential": viewer.id, "address": "127.0.0.1",
        "correlationId": row["correlationId"], "action": action, "subject": "", "phase": "AFTER",
        "outcome": "NOT_PERMITTED", "details": {"needs": needs},
    }  # fmt: skip


async def test_what_viewers_may_do_leaves_no_row_where_others_may_not(
    make_caller: MakeCaller,
) -> None:
    owner: Caller = await make_caller()
    feed: Caller = await make_caller("INGEST", beside=owner)
    assert (await feed.post("{ entities { totalCount } }")).status_code == 403
    assert await events(owner) == []


async def test_an_export_that_is_tried_leaves_a_row(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    lead: Caller = await make_caller("LEAD", beside=owner)
    for path in ("/export", "/audit/export"):
        assert (await lead.client.get(path, headers=lead.headers)).status_code == 403
    told = [(row["action"], row["actor"], row["outcome"]) for row in await events(owner)]
    assert told == [
        ("audit.export", lead.id, "NOT_PERMITTED"), ("organization.export", lead.id, "NOT_PERMITTED"),
    ]  # fmt: skip


async def test_what_is_done_to_the_platform_is_in_its_own_chain(
    make_caller: MakeCaller, store: Store
) -> None:
    admin: Caller = await make_caller()
    given = {"user": admin.id}
    await store.execute("MATCH (u:User {id: $user}) SET u.is_platform_admin = true", given)
    made = await admin.ask(
        'mutation { createOrganization(name: "Storks") { organization { id } errors { code } } }'
    )
    org = made["createOrganization"]["organization"]["id"]
    assert await events(admin) == []
    asked = "query P($f: AuditFilter) { platformAuditEvents(filter: $f) { nodes { action subject phase actor } } }"
    told = (await admin.ask(asked, f={"actor": admin.id}))["platformAuditEvents"]["nodes"]
    shared = {"action": "createOrganization", "actor": admin.id}
    assert told == [
        {**shared, "subject": org, "phase": "AFTER"},
        {**shared, "subject": "", "phase": "BEFORE"},
    ]
    response = await admin.client.get(
        "/audit/export", headers=admin.headers, params={"chain": "platform"}
    )
    assert response.status_code == 200
    assert json.loads(response.text.splitlines()[-1])["actor"] == admin.id


async def test_an_export_of_the_organization_is_an_act(caller: Caller) -> None:
    response = await caller.client.get("/export", headers=caller.headers)
    assert response.status_code == 200
    rows = [(e["action"], e["subject"], e["outcome"]) for e in await events(caller)]
    assert rows == [
        ("organization.export", caller.org, "OK"),
        ("organization.export", caller.org, ""),
    ]


async def test_rows_come_in_pages_and_by_what_they_say(caller: Caller) -> None:
    for number in range(3):
        await caller.post(f'mutation {{ cancelRun(id: "r{number}") {{ run {{ id }} }} }}')
    first = await caller.ask(EVENTS, first=4)
    info = first["auditEvents"]["pageInfo"]
    assert [e["seq"] for e in first["auditEvents"]["nodes"]] == [6, 5, 4, 3]
    assert info["hasNextPage"]
    rest = await caller.ask(EVENTS, first=4, after=info["endCursor"])
    assert [e["seq"] for e in rest["auditEvents"]["nodes"]] == [2, 1]
    assert not rest["auditEvents"]["pageInfo"]["hasNextPage"]
    wanted = {"subject": "r1", "outcome": "NOT_FOUND", "action": "cancelRun"}
    assert [e["seq"] for e in await events(caller, filter=wanted)] == [4]
    assert await events(caller, filter={"actor": "nobody"}) == []
    assert await events(caller, filter={"until": "2020-01-01T00:00:00Z"}) == []
    refused = await caller.post(EVENTS, {"after": "nope"})
    assert refused.json()["errors"][0]["extensions"]["code"] == "INVALID_QUESTION"


@pytest.mark.parametrize(
    ("role", "may"),
    [("OWNER", True), ("ADMIN", True), ("AUDITOR", True), ("LEAD", False), ("ANALYST", False), ("VIEWER", False)],
)  # fmt: skip
async def test_who_may_read_it(make_caller: MakeCaller, role: str, may: bool) -> None:
    caller: Caller = await make_caller(role)
    read = await caller.post("{ auditEvents { nodes { id } } }")
    export = await caller.client.get("/audit/export", headers=caller.headers)
    assert (read.status_code, export.status_code) == ((200, 200) if may else (403, 403))
    platform = await caller.post("{ platformAuditEvents { nodes { id } } }")
    assert platform.status_code == 403


async def test_it_is_for_those_who_may_read_everything(make_caller: MakeCaller) -> None:
    """Rows name things by their ids, whatever these are marked."""
    caller: Caller = await make_caller("AUDITOR", clearance="AMBER_STRICT")
    read = (await caller.post("{ auditEvents { nodes { id } } }")).json()["errors"][0]
    told = "looks at no markings and needs the clearance RED"
    assert (read["extensions"]["code"], read["message"]) == (
        "NOT_PERMITTED", f"auditEvents {told}",
    )  # fmt: skip
    export = await caller.client.get("/audit/export", headers=caller.headers)
    assert (export.status_code, export.json()["detail"]) == (
        403, f"an export of the audit {told}",
    )  # fmt: skip


async def test_another_organizations_rows_are_not_there(
    caller: Caller, make_caller: MakeCaller
) -> None:
    await caller.post(SCAN)
    other: Caller = await make_caller()
    assert await events(other) == []
    exported = await other.client.get("/audit/export", headers=other.headers)
    assert [json.loads(line)["action"] for line in exported.text.splitlines()] == ["audit.export"]


async def lines_of(caller: Caller, **params: str) -> list[dict[str, Any]]:
    response = await caller.client.get("/audit/export", headers=caller.headers, params=params)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


async def test_an_export_can_be_verified_by_itself_and_is_in_the_audit(caller: Caller) -> None:
    for _ in range(3):
        await caller.post(SCAN)
    lines = await lines_of(caller)
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5, 6, 7]
    assert (lines[-1]["action"], lines[-1]["phase"]) == ("audit.export", "BEFORE")
    previous = ""
    for line in lines:
        assert line["previous"] == previous
        # As the page about the audit says it, without any code of ours.
        held = {name: value for name, value in line.items() if name != "hash"}
        text = json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == line["hash"]
        previous = line["hash"]
    later = await lines_of(caller, after="7")
    assert [(line["seq"], line["outcome"]) for line in later] == [(8, "OK"), (9, "")]
    assert json.loads(later[0]["details"]) == {"rows": 7}


async def test_rows_that_somebody_broke_can_still_be_read(caller: Caller, store: Store) -> None:
    await caller.post(SCAN)
    await store.execute(
        "MATCH (e:AuditEvent {org: $org, seq: 1}) SET e.phase = 'x', e.details = '{', e.at = null",
        {"org": caller.org},
    )
    broken = (await events(caller))[1]
    assert (broken["seq"], broken["phase"], broken["details"]) == (1, "AFTER", {"unreadable": "{"})


@pytest.mark.parametrize("params", [{"chain": "mine"}, {"after": "x"}, {"after": "-1"}])
async def test_an_export_that_cannot_be_is_refused(caller: Caller, params: dict[str, str]) -> None:
    response = await caller.client.get("/audit/export", headers=caller.headers, params=params)
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_QUESTION")


async def test_an_export_needs_a_key(client: httpx.AsyncClient) -> None:
    assert (await client.get("/audit/export")).status_code == 401
    assert (await client.post("/audit/export")).status_code == 405


MADE = build_schema("""
  scalar SecretText scalar JSON scalar DateTime
  enum Word { ONE }
  input In { id: ID text: String word: Word more: [In!] password: SecretText }
  type Query { f(id: ID!, text: String, n: Int, word: Word, at: DateTime, json: JSON, in: In, yes: Boolean): Int }
""")


def test_rows_tell_ids_numbers_and_words_and_no_texts() -> None:
    schema: GraphQLSchema = MADE
    query = schema.query_type
    assert query is not None
    given = {
        "id": "x1", "text": "hunter22", "n": 7, "word": "ONE", "at": "2020", "json": {"k": "hunter22"}, "yes": False,
        "in": {"id": "x2", "text": "hunter22", "password": "hunter22", "more": [{"word": "ONE", "text": "hunter22"}]},
    }  # fmt: skip
    assert told_of(query.fields["f"].args, given) == {
        "id": "x1", "n": 7, "word": "ONE", "at": "2020", "yes": False,
        "in": {"id": "x2", "more": [{"word": "ONE"}]},
    }  # fmt: skip


def test_texts_that_are_recorded_are_known() -> None:
    schema = core_schema()
    mutation = schema.mutation_type
    assert mutation is not None
    scan = mutation.fields["startScan"].args
    given = {"input": {"seeds": ["a.example"], "options": {"x": {"y": "hunter22"}}}}
    assert told_of(scan, given) == {"input": {"seeds": ["a.example"]}}
    secret = mutation.fields["setSecret"].args
    given = {"source": "heron", "name": "key", "value": "hunter22"}  # type: ignore[dict-item]
    assert told_of(secret, given) == {"source": "heron", "name": "key"}
