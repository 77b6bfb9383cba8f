"""Sessions as clients meet them: going on, signing out, changing the organization, ending one's own, open streams."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from graph.store import Store
from server.auth import gate as gates
from server.auth.gate import Gate
from server.auth.refusals import NotAuthenticated
from server.auth.sessions import (
    refresh_secret,
)
from server.web import socket
from server.web.reception import Reception
from tests.api.signin.conftest import Browser, MakePerson, Person
from tests.api.test_sockets import closed, connected, said


async def refreshed(person: Person, token: str) -> httpx.Response:
    return await person.client.post("/auth/refresh", json={"refreshToken": token})


async def test_going_on_without_a_password(person: Person) -> None:
    told = await person.tokens()
    again = (await refreshed(person, told["refreshToken"])).json()

    assert (await person.me(again["accessToken"])).status_code == 200
    assert again["session"] == told["session"]
    reused = await person.client.post(
        "/auth/refresh",
        json={"refreshToken": told["refreshToken"]},
        headers={"User-Agent": "thief"},
    )
    assert (reused.status_code, reused.json()["code"]) == (401, "SESSION_ENDED")
    assert (await person.me(again["accessToken"])).status_code == 401
    [event] = person.told("TOKEN_REUSED")
    assert (event.session, event.agent) == (told["session"], "thief")


async def test_signing_out_ends_tokens_and_refreshing(person: Person) -> None:
    told = await person.tokens()
    headers = {"Authorization": f"Bearer {told['accessToken']}"}
    response = await person.client.post("/auth/sign-out", json={}, headers=headers)

    assert response.status_code == 204
    assert (await person.me(told["accessToken"])).status_code == 401
    assert (await refreshed(person, told["refreshToken"])).status_code == 401
    assert [each.session for each in person.told("SIGN_OUT")] == [told["session"]]


async def test_signing_out_by_the_refresh_token_alone(person: Person) -> None:
    told = await person.tokens()
    body = {"refreshToken": told["refreshToken"]}
    assert (await person.client.post("/auth/sign-out", json=body)).status_code == 204

    assert (await person.me(told["accessToken"])).status_code == 401
    again = await person.client.post("/auth/sign-out", json=body)
    assert again.status_code == 204, "who is signed out already is signed out"


async def test_changing_the_organization(make_person: MakePerson) -> None:
    person = await make_person(organizations=2)
    told = await person.tokens(organization=person.orgs[0])
    headers = {"Authorization": f"Bearer {told['accessToken']}"}
    changed = await person.client.post(
        "/auth/switch", json={"organization": person.orgs[1]}, headers=headers
    )
    answer = (await person.me(changed.json()["accessToken"])).json()

    assert answer["data"]["me"]["organizationId"] == person.orgs[1]
    assert changed.json()["expiresAt"] == told["expiresAt"], "changing makes no session longer"
    assert (await person.me(told["accessToken"])).status_code == 401
    assert (await refreshed(person, told["refreshToken"])).status_code == 401


async def test_nobody_changes_into_an_organization_of_others(make_person: MakePerson) -> None:
    mine, theirs = await make_person(), await make_person()
    told = await mine.tokens()
    for org in (theirs.orgs[0], "unknown", ""):
        refused = await mine.client.post(
            "/auth/switch",
            json={"organization": org},
            headers={"Authorization": f"Bearer {told['accessToken']}"},
        )
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_PERMITTED")
    assert (await mine.me(told["accessToken"])).status_code == 200


async def test_who_asks_is_told(person: Person) -> None:
    told = await person.tokens()
    headers = {"Authorization": f"Bearer {told['accessToken']}"}
    asked = await person.client.get("/auth/session", headers=headers)

    assert asked.json() == {
        "user": {"id": person.user, "email": person.email},
        "organization": {"id": person.orgs[0], "name": "Org 0"},
        "organizations": [{"id": person.orgs[0], "name": "Org 0"}],
        "role": "OWNER",
        "session": told["session"],
        "password": True,
        "secondFactor": False,
    }
    nobody = await person.client.get("/auth/session")
    assert (nobody.status_code, nobody.json()) == (200, {"user": None})


SESSIONS = "{ sessions { id kind method address agent organizationId isCurrent lastSeenAt } }"


async def test_one_sees_and_ends_ones_own_sessions(
    make_person: MakePerson, browser: Browser
) -> None:
    person, stranger = await make_person(), await make_person()
    foreign = await stranger.tokens()
    phone, laptop = await person.tokens(), await person.tokens()
    await browser.sign_in(person)

    listed = (await browser.ask(SESSIONS))["sessions"]
    assert {each["id"] for each in listed if not each["isCurrent"]} == {
        phone["session"], laptop["session"],
    }  # fmt: skip
    [current] = [each for each in listed if each["isCurrent"]]
    assert (current["kind"], current["method"], current["organizationId"]) == (
        "COOKIE", "PASSWORD", person.orgs[0],
    )  # fmt: skip

    for each in (phone, laptop):  # so that the process remembers them
        assert (await person.me(each["accessToken"])).status_code == 200
    end = "mutation E($id: ID!) { endSession(id: $id) { ended errors { code } } }"
    assert (await browser.ask(end, id=phone["session"]))["endSession"] == {
        "ended": [phone["session"]], "errors": [],
    }  # fmt: skip
    assert (await person.me(phone["accessToken"])).status_code == 401
    for unknown in (phone["session"], foreign["session"], "x"):
        refused = (await browser.ask(end, id=unknown))["endSession"]
        assert refused == {"ended": [], "errors": [{"code": "NOT_FOUND"}]}
    assert (await stranger.me(foreign["accessToken"])).status_code == 200

    others = await browser.ask("mutation { endOtherSessions { ended } }")
    assert others == {"endOtherSessions": {"ended": [laptop["session"]]}}
    assert (await person.me(laptop["accessToken"])).status_code == 401
    assert len((await browser.ask(SESSIONS))["sessions"]) == 1


# --- one kind of credential is no other ---


async def test_the_parts_of_one_credential_are_no_other(
    person: Person, browser: Browser, reception: Reception
) -> None:
    told = await person.tokens()
    await browser.sign_in(person)
    lasting = refresh_secret(told["refreshToken"])
    cookie = next(iter(browser.client.cookies.jar)).value or ""
    for given in (told["refreshToken"], f"ms_{lasting}", f"mk_{lasting}", cookie, told["session"]):
        with pytest.raises(NotAuthenticated):
            await reception.gate.admit(given, f"10.9.9.{len(given) % 250}")
    with pytest.raises(NotAuthenticated):
        await reception.gate.admit_cookie(f"ms_{lasting}", "10.9.8.7")
    with pytest.raises(NotAuthenticated):
        await reception.gate.admit_cookie(told["accessToken"], "10.9.8.7")


async def test_an_access_token_of_a_browsers_session_is_none(
    person: Person, browser: Browser, reception: Reception
) -> None:
    session = (await browser.sign_in(person)).json()["session"]
    token = await reception.gate._tokens.issue(person.user, person.orgs[0], session)  # type: ignore[union-attr]
    assert (await person.me(token)).status_code == 401


@pytest.mark.parametrize("claim", ["user", "org", "session"])
async def test_a_token_holds_only_with_its_own_session(
    make_person: MakePerson, reception: Reception, claim: str
) -> None:
    mine, theirs = await make_person(), await make_person()
    told, foreign = await mine.tokens(), await theirs.tokens()
    claims = {"user": mine.user, "org": mine.orgs[0], "session": told["session"]}
    other = {"user": theirs.user, "org": theirs.orgs[0], "session": foreign["session"]}
    tokens = reception.gate._tokens
    assert tokens is not None

    assert (await mine.me(await tokens.issue(**claims))).status_code == 200
    mixed = await tokens.issue(**claims | {claim: other[claim]})
    assert (await mine.me(mixed)).status_code == 401


# --- within a minute, everywhere ---


async def test_an_ended_session_ends_within_its_time_in_other_processes(
    store: Store, person: Person, reception: Reception
) -> None:
    now = 0.0
    elsewhere = Gate(store, lambda: now, sessions=reception.sessions, tokens=reception.gate._tokens)
    told = await person.tokens()
    assert (await elsewhere.admit(told["accessToken"], "a")).user == person.user
    await reception.sessions.end_all(person.user, "test")
    assert (await elsewhere.admit(told["accessToken"], "a")).user == person.user
    now = gates.REMEMBERED_S + 0.1
    with pytest.raises(NotAuthenticated):
        await elsewhere.admit(told["accessToken"], "a")
    assert gates.REMEMBERED_S + socket.CHECK_EVERY_S < 60


ENDS = {
    "session ended": "MATCH (s:Session {user: $user}) SET s.ended_at = datetime()",
    "user suspended": "MATCH (n:User {id: $user}) SET n.suspended_at = datetime()",
    "membership gone": "MATCH (n:Membership {user: $user}) DETACH DELETE n",
    "role lowered": "MATCH (n:Membership {user: $user}) SET n.role = 'VIEWER'",
    "clearance lowered": "MATCH (n:Membership {user: $user}) SET n.clearance = 'GREEN'",
}


@pytest.mark.parametrize("change", ENDS.values(), ids=ENDS)
async def test_what_ends_a_session_ends_its_open_socket(
    person: Person,
    store: Store,
    reception: Reception,
    served: str,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    monkeypatch.setattr(socket, "CHECK_EVERY_S", 0.1)
    told = await person.tokens()
    async with connected(served) as opened:
        await opened.send(greeting(f"Bearer {told['accessToken']}"))
        assert await said(opened) == {"type": "connection_ack"}
        await asyncio.sleep(0.3)
        await opened.send('{"type": "ping"}')
        assert await said(opened) == {"type": "pong"}
        await store.execute(change, {"user": person.user})
        reception.gate._known.clear()  # what time would do
        assert await closed(opened) == socket.FORBIDDEN


async def test_a_socket_lives_as_long_as_its_session_not_its_token(
    person: Person, reception: Reception, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "CHECK_EVERY_S", 0.1)
    told = await person.tokens()
    async with connected(served) as opened:
        await opened.send(greeting(f"Bearer {told['accessToken']}"))
        assert await said(opened) == {"type": "connection_ack"}
        tokens = reception.gate._tokens
        assert tokens is not None
        monkeypatch.setattr(tokens, "_clock", lambda: datetime.now(UTC) + timedelta(hours=1))
        reception.gate._known.clear()
        assert (await person.me(told["accessToken"])).status_code == 401
        await asyncio.sleep(0.3)
        await opened.send('{"type": "ping"}')
        assert await said(opened) == {"type": "pong"}


async def test_what_ends_a_session_ends_its_event_stream(
    person: Person, store: Store, reception: Reception, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.web.sse.PULSE_S", 0.1)
    told = await person.tokens()
    headers = {
        "Authorization": f"Bearer {told['accessToken']}", "Accept": "text/event-stream",
    }  # fmt: skip
    query = {"query": "subscription { findingChanged { cursor } }"}
    received = ""
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", f"http://{served}/graphql", json=query, headers=headers) as response,
    ):
        assert response.status_code == 200
        async for line in response.aiter_lines():
            received += line
            if line.startswith(": still"):
                await store.execute(ENDS["session ended"], {"user": person.user})
                reception.gate._known.clear()
    assert "still here" in received
    assert "complete" not in received


def greeting(authorization: str | None = None, **payload: Any) -> str:
    if authorization is not None:
        payload["Authorization"] = authorization
    return json.dumps({"type": "connection_init", "payload": payload})
