"""API keys: never wider than what made them, shown once, ended at once or after an overlap, and when they were used."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from starlette.applications import Starlette

from graph.errors import StoreUnavailable
from graph.store import Store
from server.accounts import keys
from server.accounts.uses import Uses
from server.auth.keys import hash_of, is_key
from tests.api.conftest import Caller, MakeCaller

CREATE = """mutation K($input: CreateKeyInput!) {
  createKey(input: $input) {
    key { id prefix name owner scopes clearance expiresAt revokedAt lastUsedAt } text errors { code message }
  }
}"""
ROTATE = """mutation R($id: ID!, $hours: Int! = 24) {
  rotateKey(id: $id, overlapHours: $hours) {
    key { id name scopes clearance expiresAt replaces } text errors { code }
  }
}"""
REVOKE = "mutation R($id: ID!) { revokeKey(id: $id) { errors { code } } }"
KEYS = "{ me { keys { totalCount nodes { id name revokedAt rotatedAt expiresAt lastUsedAt } } } }"


def by(caller: Caller, key: str) -> Caller:
    """The same caller with another key."""
    return Caller(key, caller.org, caller.email, caller.client, caller.id)


async def made(caller: Caller, **wanted: Any) -> dict[str, Any]:
    done = await caller.ask(CREATE, input={"name": "a key", **wanted})
    payload: dict[str, Any] = done["createKey"]
    return payload


async def refused(caller: Caller, query: str, **variables: Any) -> str:
    answer = (await caller.post(query, variables)).json()
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["code"])
    (payload,) = answer["data"].values()
    return str(payload["errors"][0]["code"]) if payload["errors"] else ""


async def narrow(store: Store, caller: Caller, scopes: list[str], clearance: str) -> None:
    await store.execute(
        "MATCH (k:ApiKey {id: $id}) SET k.scopes = $scopes, k.clearance = $clearance",
        {"id": caller.id, "scopes": scopes, "clearance": clearance},
    )


async def test_a_key_is_shown_once_and_works(caller: Caller, store: Store) -> None:
    ends = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    given = await made(
        caller, scopes=["READ_ACCOUNT", "READ_GRAPH"], clearance="GREEN", expiresAt=ends.isoformat()
    )
    key, text = given["key"], given["text"]
    assert is_key(text)
    assert text.startswith(f"mk_{key['prefix']}_")
    assert (key["owner"], key["scopes"], key["clearance"]) == (
        caller.email, ["READ_ACCOUNT", "READ_GRAPH"], "GREEN",
    )  # fmt: skip
    assert datetime.fromisoformat(key["expiresAt"]) == ends
    me = await by(caller, text).ask("{ me { permissions clearance } }")
    assert me["me"] == {"permissions": ["READ_ACCOUNT", "READ_GRAPH"], "clearance": "GREEN"}
    stored = await store.read(
        "MATCH (k:ApiKey {id: $id}) RETURN properties(k) AS p", {"id": key["id"]}
    )
    assert stored[0]["p"]["hash"] == hash_of(text)
    assert text not in str(stored)


async def test_a_key_for_everything_grows_with_its_owner(caller: Caller) -> None:
    given = await made(caller)
    assert (given["key"]["scopes"], given["key"]["clearance"]) == (None, None)


async def test_a_narrow_key_makes_no_wide_one_by_saying_nothing(
    caller: Caller, store: Store
) -> None:
    scopes = ["EDIT_ACCOUNT", "READ_ACCOUNT"]
    await narrow(store, caller, scopes, "GREEN")
    given = await made(caller)
    assert (given["key"]["scopes"], given["key"]["clearance"]) == (scopes, "GREEN")
    wide = {"name": "x", "scopes": ["READ_GRAPH"]}
    assert await refused(caller, CREATE, input=wide) == "NOT_PERMITTED"
    assert await refused(caller, CREATE, input={"name": "x", "clearance": "RED"}) == "NOT_PERMITTED"


async def test_a_key_of_a_platform_admin_that_is_none_makes_none(
    caller: Caller, store: Store
) -> None:
    await store.execute(
        "MATCH (u:User {id: $id}) SET u.is_platform_admin = true", {"id": caller.id}
    )
    whole = (await caller.ask("{ me { permissions } }"))["me"]["permissions"]
    assert "MANAGE_PLATFORM" in whole
    given = await made(caller, scopes=[each for each in whole if each != "MANAGE_PLATFORM"])
    further = await made(by(caller, given["text"]))
    assert "MANAGE_PLATFORM" not in (further["key"]["scopes"] or ["MANAGE_PLATFORM"])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": ""}, "INVALID_QUESTION"),
        ({"name": "a\nb"}, "INVALID_QUESTION"),
        ({"name": "x" * 101}, "INVALID_QUESTION"),
        ({"name": "x", "scopes": []}, "INVALID_QUESTION"),
        ({"name": "x", "scopes": ["MANAGE_PLATFORM"]}, "NOT_PERMITTED"),
        ({"name": "x", "expiresAt": "2020-01-01T00:00:00Z"}, "INVALID_QUESTION"),
    ],
)
async def test_a_key_that_cannot_be(caller: Caller, given: dict[str, Any], code: str) -> None:
    assert await refused(caller, CREATE, input=given) == code


async def test_ended_keys_are_in_nobodys_way(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MOST_KEYS", 2)
    first = (await made(caller))["key"]["id"]
    assert await refused(caller, CREATE, input={"name": "x"}) == "LIMIT_EXCEEDED"
    assert await refused(caller, REVOKE, id=first) == ""
    assert (await made(caller))["errors"] == []
    assert await refused(caller, CREATE, input={"name": "x"}) == "LIMIT_EXCEEDED"


async def test_a_revoked_key_is_over(caller: Caller) -> None:
    given = await made(caller)
    other = by(caller, given["text"])
    assert (await other.post("{ me { id } }")).status_code == 200
    assert await refused(caller, REVOKE, id=given["key"]["id"]) == ""
    assert (await other.post("{ me { id } }")).status_code == 401, "at once where it was revoked"
    listed = {node["id"]: node for node in (await caller.ask(KEYS))["me"]["keys"]["nodes"]}
    assert listed[given["key"]["id"]]["revokedAt"] is not None
    assert listed[caller.id]["revokedAt"] is None


async def test_a_rotated_key_works_on_for_its_overlap(caller: Caller, store: Store) -> None:
    ends = datetime.now(UTC) + timedelta(days=90)
    given = await made(
        caller, scopes=["READ_ACCOUNT"], clearance="AMBER", expiresAt=ends.isoformat()
    )
    former = given["key"]["id"]
    done = (await caller.ask(ROTATE, id=former, hours=2))["rotateKey"]
    assert done["errors"] == []
    key = done["key"]
    assert (key["name"], key["scopes"], key["clearance"], key["replaces"]) == (
        "a key", ["READ_ACCOUNT"], "AMBER", former,
    )  # fmt: skip
    assert abs(datetime.fromisoformat(key["expiresAt"]) - ends) < timedelta(minutes=5)
    for text in (given["text"], done["text"]):
        assert (await by(caller, text).ask("{ me { role } }"))["me"] == {"role": "OWNER"}
    row = await store.read(
        "MATCH (k:ApiKey {id: $id}) RETURN k.expires_at AS at, k.revoked_at AS revoked",
        {"id": former},
    )
    left = row[0]["at"].to_native() - datetime.now(UTC)
    assert timedelta(minutes=115) < left <= timedelta(hours=2)
    assert row[0]["revoked"] is None
    assert await refused(caller, ROTATE, id=former) == "CONFLICT"


async def test_a_key_that_ends_sooner_than_its_overlap_still_does(
    caller: Caller, store: Store
) -> None:
    ends = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    given = await made(caller, expiresAt=ends.isoformat())
    await caller.ask(ROTATE, id=given["key"]["id"], hours=24)
    row = await store.read(
        "MATCH (k:ApiKey {id: $id}) RETURN k.expires_at AS at", {"id": given["key"]["id"]}
    )
    assert row[0]["at"].to_native() == ends


async def test_without_an_overlap_the_former_ends_at_once(caller: Caller) -> None:
    given = await made(caller)
    assert await refused(caller, ROTATE, id=given["key"]["id"], hours=0) == ""
    assert (await by(caller, given["text"]).post("{ me { id } }")).status_code == 401
    assert await refused(caller, ROTATE, id=given["key"]["id"]) == "CONFLICT"
    assert await refused(caller, ROTATE, id=given["key"]["id"], hours=721) == "INVALID_QUESTION"


async def test_a_narrow_key_rotates_no_wide_one(
    caller: Caller, store: Store, app: Starlette
) -> None:
    wide = (await made(caller))["key"]["id"]
    red = (await made(caller, scopes=["READ_ACCOUNT"]))["key"]["id"]
    await narrow(store, caller, ["EDIT_ACCOUNT", "READ_ACCOUNT"], "GREEN")
    app.state.services.gate._known.clear()  # what time would do
    assert await refused(caller, ROTATE, id=wide) == "NOT_PERMITTED"
    assert await refused(caller, ROTATE, id=red) == "NOT_PERMITTED"


async def test_keys_of_others_are_seen_and_revoked_by_who_edits_members(
    make_caller: MakeCaller,
) -> None:
    owner: Caller = await make_caller()
    viewer: Caller = await make_caller("VIEWER", beside=owner)
    seen = "{ organization { keys { totalCount nodes { id owner } } } }"
    found = (await owner.ask(seen))["organization"]["keys"]
    assert found["totalCount"] == 2
    assert {node["owner"] for node in found["nodes"]} == {owner.email, viewer.email}
    assert await refused(viewer, seen) == "NOT_PERMITTED"
    assert await refused(viewer, REVOKE, id=owner.id) == "NOT_FOUND"
    assert await refused(owner, REVOKE, id=viewer.id) == "NOT_FOUND"
    others = "mutation R($id: ID!) { revokeMemberKey(id: $id) { errors { code } } }"
    assert await refused(viewer, others, id=owner.id) == "NOT_PERMITTED"
    assert await refused(owner, others, id=viewer.id) == ""
    assert (await viewer.post("{ me { id } }")).status_code == 401
    mine = (await owner.ask(KEYS))["me"]["keys"]
    assert [node["id"] for node in mine["nodes"]] == [owner.id]


async def _used_at(store: Store, key: str) -> Any:
    return await store.read_single("MATCH (k:ApiKey {id: $id}) RETURN k.used_at", {"id": key})


async def test_a_use_is_noted_beside_the_request(
    caller: Caller, app: Starlette, store: Store
) -> None:
    before = datetime.now(UTC)
    await caller.ask("{ me { id } }")
    async with asyncio.timeout(10):
        while (found := await _used_at(store, caller.id)) is None:
            pass  # each look is a query
    assert before <= found.to_native() <= datetime.now(UTC)
    app.state.services.gate._known.clear()
    listed = (await caller.ask(KEYS))["me"]["keys"]["nodes"][0]
    assert datetime.fromisoformat(listed["lastUsedAt"]) == found.to_native()


async def test_a_use_is_noted_once_a_minute(caller: Caller, store: Store) -> None:
    uses, now = Uses(store), datetime.now(UTC)
    statements = store.statements
    uses.note(caller.id, now - timedelta(seconds=50))
    await uses.close()
    assert store.statements == statements
    await asyncio.gather(*(_noted(store, caller.id) for _ in range(5)))
    first = await _used_at(store, caller.id)
    await _noted(store, caller.id)  # another process, which knows nothing of it
    assert await _used_at(store, caller.id) == first
    await store.execute(
        "MATCH (k:ApiKey {id: $id}) SET k.used_at = datetime() - duration('PT61S')",
        {"id": caller.id},
    )
    await _noted(store, caller.id)
    assert await _used_at(store, caller.id) > first


async def _noted(store: Store, key: str) -> None:
    uses = Uses(store)
    uses.note(key, None)
    await uses.close()


async def test_a_use_that_cannot_be_noted_hurts_nobody() -> None:
    class Away:
        async def fetch(self, *_: Any, **__: Any) -> None:
            raise StoreUnavailable("away")

    uses = Uses(cast(Store, Away()))
    uses.note("x", None)
    uses.note("x", None)
    assert len(uses._writing) == 1
    await uses.close()
    assert uses._writing == {}
