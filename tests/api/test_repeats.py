"""Mutations with an idempotency key: carried out once, whoever sends them again, and whatever dies in between."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from graph.errors import StoreUnavailable
from graph.store import Store
from server.graphql import repeats
from server.graphql.repeats import Repeats
from server.graphql.schema import core_schema
from server.graphql.secrets import mutations as secret_mutations
from server.jobs import scans
from server.jobs.queue import Queue
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_sockets import greeted, said
from tests.support import keyed
from tests.support.acting import send
from tests.support.dying import process
from tests.support.keys import keyring
from tests.support.mutations import CASES, LIST
from tests.support.skewing import skew
from tests.support.stack import Neo4jAddress

SCAN, NOTE, ASSERT, IMPORT = (
    CASES[name].query for name in ("startScan", "note", "assertFact", "importFile")
)
THROUGHOUT = ("startScan", "importFile", "createKey")
LABELS = [
    "Entity", "Observation", "Claim", "Scan", "Run", "Note", "Secret", "ApiKey", "Team", "Role", "Invitation",
    "Membership",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _needing_source(monkeypatch: pytest.MonkeyPatch) -> None:
    made = keyed.registry()
    monkeypatch.setattr(secret_mutations, "registry", lambda: made)


async def made(caller: Caller, query: str, **variables: Any) -> dict[str, Any]:
    (found,) = (await caller.ask(query, **variables)).values()
    result: dict[str, Any] = found
    return result


async def _entity(caller: Caller) -> dict[str, str]:
    return {"id": (await made(caller, ASSERT))["entity"]["id"]}


KEPT = """
UNWIND $labels AS label
CALL (label) {
  MATCH (n:$(label)) WHERE n.org = $org
  WITH n ORDER BY n.role
  RETURN count(n) AS count, sum(coalesce(n.version, 0)) AS versions, sum(size(coalesce(n.tags, []))) AS tags,
         collect(n.role) AS roles
}
RETURN label, count, versions, tags, roles
UNION
MATCH (:User {id: $user})-[:HAS_MEMBERSHIP]->(m)
RETURN 'belongs to' AS label, count(m) AS count, 0 AS versions, 0 AS tags, [] AS roles
"""


async def kept(store: Store, caller: Caller) -> list[dict[str, Any]]:
    """What an organization has, in numbers."""
    return await store.read(KEPT, {"org": caller.org, "user": caller.id, "labels": LABELS})


def test_every_mutation_is_looked_at() -> None:
    mutation = core_schema().mutation_type
    assert mutation is not None
    assert set(CASES) == set(mutation.fields), "say in CASES how a mutation is carried out again"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", CASES)
async def test_a_process_that_dies_between_any_two_writes_does_nothing_twice(
    make_caller: MakeCaller, neo4j_server: Neo4jAddress, queue: Queue, store: Store, name: str
) -> None:
    case = CASES[name]
    quiet = await case.world(store, make_caller, CASES)
    given = await case.variables(quiet)
    async with process(neo4j_server, queue, None) as undisturbed:
        answer = await send(undisturbed.client, quiet.caller, case.query, given, "key", case.file)
        commits = undisturbed.commits
    usual, wanted = answer.json(), await kept(store, quiet.caller)
    assert usual["data"][name]["errors"] == case.codes
    assert commits >= (4 if case.refusal else 5), (
        "the request, the row before, the act, the row after, the answer"
    )

    # What is written around an act is the same for all: it is tried with a few, else only what the act itself writes.
    steps = range(1, commits + 1) if name in THROUGHOUT else range(3, commits - 1)
    for step in steps:
        world = await case.world(store, make_caller, CASES)
        given = await case.variables(world)

        async def ask(
            client: httpx.AsyncClient, by: Caller, sent: dict[str, Any]
        ) -> httpx.Response:
            return await send(client, by, case.query, sent, "key", case.file)

        async with process(neo4j_server, queue, step) as dying:
            await dying.carry_out(partial(ask, dying.client, world.caller, given))
            assert dying.died.is_set()
        await let_go(store, world.caller)
        again = await ask(world.caller.client, world.caller, given)
        assert await kept(store, world.caller) == wanted, step
        if case.ends_access and again.status_code in (401, 403):
            continue
        assert again.json()["data"][name]["errors"] == case.codes, step
        assert shape(again.json()["data"]) == shape(usual["data"]), step
        once_more = await ask(world.caller.client, world.caller, given)
        assert once_more.content == again.content or case.ends_access


async def test_a_key_that_was_made_twice_works_by_the_text_that_was_seen(
    make_caller: MakeCaller, neo4j_server: Neo4jAddress, queue: Queue, store: Store
) -> None:
    caller: Caller = await make_caller()
    query = CASES["createKey"].query.replace("{ key", "{ text key")
    async with process(neo4j_server, queue, 3) as dying:
        await dying.carry_out(lambda: send(dying.client, caller, query, key="k"))
    await let_go(store, caller)
    text = (await send(caller.client, caller, query, key="k")).json()["data"]["createKey"]["text"]
    theirs = {"Authorization": f"Bearer {text}"}
    told = await caller.client.post("/graphql", json={"query": "{ me { id } }"}, headers=theirs)
    assert told.json()["data"]["me"]["id"] == caller.id
    again = await send(caller.client, caller, query, key="k")
    assert again.json()["data"]["createKey"]["text"] == text


def shape(data: Any) -> Any:
    """An answer without what is different in each organization: ids."""
    text = json.dumps(data)
    for each in set(json.dumps(data).split('"')):
        try:
            uuid.UUID(each)
        except ValueError:
            continue
        text = text.replace(each, "id")
    return json.loads(text)


async def let_go(store: Store, caller: Caller) -> None:
    """As if the time had passed for which a dead process holds its request."""
    await store.execute(
        "MATCH (r:IdempotentRequest {org: $org}) SET r.held_until = r.started_at",
        {"org": caller.org},
    )


async def test_the_same_request_has_the_same_answer_and_one_effect(caller: Caller) -> None:
    first = await send(caller.client, caller, SCAN, key="k")
    second = await send(caller.client, caller, SCAN, key="k")
    other = await send(caller.client, caller, SCAN, key="l")
    assert first.content == second.content
    assert first.json()["data"]["startScan"]["run"]["id"] not in other.text
    assert (await caller.ask("{ runs { totalCount } }"))["runs"]["totalCount"] == 2
    assert (await caller.ask("{ auditEvents { nodes { id } } }"))["auditEvents"]["nodes"][4:] == []


async def test_what_is_to_be_mended_is_answered_alike_too(caller: Caller) -> None:
    cancel = 'mutation { cancelRun(id: "x") { run { id } errors { code } } }'
    first = await send(caller.client, caller, cancel, key="k")
    assert first.json()["data"]["cancelRun"]["errors"] == [{"code": "NOT_FOUND"}]
    assert (await send(caller.client, caller, cancel, key="k")).content == first.content


async def test_another_request_with_the_key_is_refused(caller: Caller) -> None:
    await send(caller.client, caller, NOTE, await _entity(caller), key="k")
    for query, variables in ((SCAN, {}), (NOTE, {"id": "another"})):
        refused = await send(caller.client, caller, query, variables, key="k")
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"
    await send(caller.client, caller, IMPORT, key="f", file=LIST)
    other_file = await send(caller.client, caller, IMPORT, key="f", file=LIST + b"198.51.100.9\n")
    assert other_file.status_code == 422
    same_file = await send(caller.client, caller, IMPORT, key="f", file=LIST)
    assert same_file.json()["data"]["importFile"]["report"] == {"rows": 2}


async def test_an_answer_is_not_given_to_who_may_see_less_now(
    caller: Caller, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(caller.client, caller, SCAN, key="k")
    await store.execute(
        "MATCH (k:ApiKey {org: $org}) SET k.clearance = 'GREEN'", {"org": caller.org}
    )
    monkeypatch.setattr("server.auth.gate.REMEMBERED_S", 0.0)
    transport = caller.client._transport
    gate = transport.app.state.services.gate  # type: ignore[attr-defined]
    gate._known.clear()
    assert (await send(caller.client, caller, SCAN, key="k")).status_code == 422


async def test_keys_of_others_are_others(caller: Caller, make_caller: MakeCaller) -> None:
    other: Caller = await make_caller()
    mine = await send(caller.client, caller, SCAN, key="k")
    theirs = await send(other.client, other, SCAN, key="k")
    assert mine.json()["data"] != theirs.json()["data"]


async def test_the_first_one_is_waited_for_by_asking_again(
    caller: Caller, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "RENEWED_EVERY_S", 0.05)
    going_on, begun, real = asyncio.Event(), asyncio.Event(), scans.start

    async def slow(*args: Any) -> Any:
        begun.set()
        await going_on.wait()
        return await real(*args)

    monkeypatch.setattr(scans, "start", slow)
    first = asyncio.ensure_future(send(caller.client, caller, SCAN, key="k"))
    await begun.wait()
    held = "MATCH (r:IdempotentRequest {org: $org}) RETURN r.held_until AS until"
    before = (await store.read(held, {"org": caller.org}))[0]["until"]
    meanwhile = await send(caller.client, caller, SCAN, key="k")
    await asyncio.sleep(0.3)
    after = (await store.read(held, {"org": caller.org}))[0]["until"]
    with monkeypatch.context() as wrong:
        skew(wrong, timedelta(minutes=10))
        by_others = await asyncio.wait_for(send(caller.client, caller, SCAN, key="k"), 10)
    going_on.set()
    answer = await first
    assert (meanwhile.status_code, by_others.status_code) == (409, 409)
    told = meanwhile.json()["errors"][0]["extensions"]
    assert (told["code"], told["retryable"]) == ("CONFLICT", True)
    assert after > before, "it is held on while it is carried out"
    assert (await send(caller.client, caller, SCAN, key="k")).content == answer.content


async def test_what_failed_for_now_is_carried_out_again(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("Neo4j does not answer now; try again")

    monkeypatch.setattr(scans, "start", away)
    assert (await send(caller.client, caller, SCAN, key="k")).status_code == 503
    monkeypatch.undo()
    assert (await send(caller.client, caller, SCAN, key="k")).json()["data"]["startScan"]["run"]


async def test_a_day_later_the_key_is_new(caller: Caller, store: Store) -> None:
    first = await send(caller.client, caller, SCAN, key="k")
    await store.execute(
        "MATCH (r:IdempotentRequest {org: $org}) SET r.expires_at = datetime() - duration('PT1S')",
        {"org": caller.org},
    )
    second = await send(caller.client, caller, SCAN, key="k")
    assert first.json()["data"] != second.json()["data"]
    await store.execute(
        "MATCH (r:IdempotentRequest {org: $org}) SET r.expires_at = datetime('2001-01-01T00:00:00Z')",
        {"org": caller.org},
    )
    assert await Repeats(store, keyring()).forget_old() >= 1
    assert (
        await store.read(
            "MATCH (r:IdempotentRequest {org: $org}) RETURN r.id AS id", {"org": caller.org}
        )
        == []
    )


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_what_is_no_key_is_refused(caller: Caller, key: str) -> None:
    refused = await send(caller.client, caller, SCAN, key=key)
    assert "data" not in refused.json()
    assert refused.json()["errors"][0]["extensions"]["code"] == "INVALID_QUESTION"
    assert (await caller.ask("{ runs { totalCount } }"))["runs"]["totalCount"] == 0


async def test_a_question_may_carry_one_for_nothing(caller: Caller) -> None:
    assert (await send(caller.client, caller, "{ me { id } }", key="k")).status_code == 200


async def test_what_is_kept_of_a_request_shows_nothing(caller: Caller, store: Store) -> None:
    entity = await _entity(caller)
    secret = NOTE.replace("seen", "seen at the heronry")
    await send(caller.client, caller, secret, entity, key="my-own-key")
    rows = await store.read(
        "MATCH (r:IdempotentRequest {org: $org}) RETURN properties(r) AS r", {"org": caller.org}
    )
    assert len(rows) == 1
    assert "heronry" not in str(rows)
    assert "my-own-key" not in str(rows)


async def test_over_a_socket_the_key_is_an_extension(address: str, caller: Caller) -> None:
    async def over_socket(name: str) -> dict[str, Any]:
        payload = {"query": SCAN, "extensions": {"idempotencyKey": "k"}}
        await opened.send(json.dumps({"type": "subscribe", "id": name, "payload": payload}))
        answer = await said(opened)
        assert (await said(opened))["type"] == "complete"
        data: dict[str, Any] = answer["payload"]["data"]
        return data

    async with greeted(address, caller) as opened:
        first, second = await over_socket("a"), await over_socket("b")
    assert first == second
    over_http = await send(caller.client, caller, SCAN, key="k")
    assert over_http.json()["data"] == first


@pytest.mark.parametrize("name", ["idempotencyKey", "bookmark"])
async def test_an_extension_is_a_text(caller: Caller, name: str) -> None:
    body = {"query": SCAN, "extensions": {name: 7}}
    refused = await caller.client.post("/graphql", json=body, headers=caller.headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_BODY")
