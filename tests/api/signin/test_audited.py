"""What signing in leaves in the audit: who, from where, what, how it ended; before and after a change."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from graph.errors import StoreUnavailable
from graph.store import Store
from server.audit.events import PLATFORM
from server.audit.journal import Audit
from server.audit.verifying import verify
from server.auth.events import ACTIONS, AuthEvent
from server.auth.guesses import ADDRESS
from server.auth.refusals import TooManyGuesses
from server.auth.sessions import hash_of
from server.web.reception import Reception
from tests.api.signin.conftest import PASSWORD, Browser, Person
from tests.support.keys import MASTERS

NEW = "pebble lantern oboe"
ROWS = """
MATCH (e:AuditEvent {org: $org}) WHERE CASE $user WHEN '' THEN e.address = $address ELSE e.actor = $user END
RETURN e.action AS action, e.phase AS phase, e.outcome AS outcome, e.actor AS actor, e.subject AS subject,
       e.credential AS credential, e.address AS address, e.correlation_id AS correlation_id, e.details AS details
ORDER BY e.seq"""


async def rows(store: Store, org: str, user: str = "", address: str = "") -> list[dict[str, Any]]:
    return await store.read(ROWS, {"org": org, "user": user, "address": address})


def ends(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Actions and outcomes; an act that has only begun has none."""
    return [(row["action"].removeprefix("auth."), row["outcome"]) for row in found]


def address_of(person: Person) -> str:
    return person.client._transport.client[0]  # type: ignore[attr-defined,no-any-return]


async def test_who_comes_in_goes_on_and_out_is_told(person: Person, store: Store) -> None:
    told = await person.tokens()
    headers = {"Authorization": f"Bearer {told['accessToken']}", "X-Correlation-Id": "going-0001"}
    await person.client.post("/auth/sign-out", json={}, headers=headers)

    found = await rows(store, person.orgs[0], person.user)
    assert ends(found) == [("signIn", "OK"), ("signOut", "OK")]
    assert {row["credential"] for row in found} == {told["session"]}
    assert {row["address"] for row in found} == {address_of(person)}
    assert {row["subject"] for row in found} == {person.user}
    assert found[1]["correlation_id"] == "going-0001"
    assert '"method":"PASSWORD"' in found[0]["details"]
    [chain] = await verify(store, MASTERS, person.orgs[0])
    assert (chain.rows, chain.problem) == (2, "")


async def test_who_does_not_come_in_is_told_without_what_was_typed(
    person: Person, store: Store
) -> None:
    await person.sign_in(password="a wrong password")
    await person.sign_in(email="my secret password")

    known = await rows(store, PLATFORM, person.user)
    assert ends(known) == [("signIn", "SIGN_IN_REFUSED")]
    every = await rows(store, PLATFORM, "", address_of(person))
    assert [row["actor"] for row in every] == [person.user, ""]
    assert "a wrong password" not in str(every)
    assert "my secret password" not in str(every)
    assert await rows(store, person.orgs[0], person.user) == []


async def test_guesses_that_are_not_looked_at_do_not_fill_the_audit(
    person: Person, store: Store
) -> None:
    refused = AuthEvent("SIGN_IN", None, "192.0.2.1", reason=TooManyGuesses.code)
    assert not refused.is_told
    answers = [await person.sign_in(password=str(n)) for n in range(ADDRESS.most + 3)]

    codes = [answer.json()["code"] for answer in answers]
    assert "TOO_MANY_GUESSES" in codes
    told = await rows(store, PLATFORM, "", address_of(person))
    assert len(told) == codes.count("SIGN_IN_REFUSED")


async def test_a_token_that_is_used_twice_is_told(person: Person, store: Store) -> None:
    told = await person.tokens()
    body = {"refreshToken": told["refreshToken"]}
    await person.client.post("/auth/refresh", json=body)
    await person.client.post("/auth/refresh", json=body, headers={"User-Agent": "thief"})

    last = (await rows(store, person.orgs[0], person.user))[-1]
    assert ends([last]) == [("tokenReused", "SESSION_ENDED")]
    assert (last["credential"], last["details"]) == (told["session"], '{"agent":"thief"}')


async def test_a_changed_password_is_told_before_and_after(
    person: Person, browser: Browser, store: Store
) -> None:
    await browser.sign_in(person)
    for current in ("a wrong password", PASSWORD):
        await browser.post("/auth/password/change", {"current": current, "password": NEW})

    found = await rows(store, person.orgs[0], person.user)
    assert ends(found) == [
        ("signIn", "OK"),
        ("changePassword", ""),
        ("changePassword", "SIGN_IN_REFUSED"),
        ("changePassword", ""),
        ("changePassword", "OK"),
    ]
    assert NEW not in str(found)


async def test_a_second_factor_is_told_before_and_after(
    person: Person, browser: Browser, store: Store
) -> None:
    await browser.sign_in(person)
    begun = (await browser.post("/auth/second-factor/begin", {"password": PASSWORD})).json()
    code = pyotp.TOTP(begun["secret"]).now()
    done = await browser.post("/auth/second-factor/confirm", {"code": code})
    one, other, *_ = done.json()["recoveryCodes"]
    renewed = await browser.post(
        "/auth/second-factor/recovery-codes", {"password": PASSWORD, "code": one}
    )
    last = renewed.json()["recoveryCodes"][0]
    for given in (other, last):  # the former codes open nothing any more
        await browser.post("/auth/second-factor/remove", {"password": PASSWORD, "code": given})

    found = await rows(store, person.orgs[0], person.user)
    assert ends(found)[1:] == [
        ("setSecondFactor", ""),
        ("setSecondFactor", "OK"),
        ("renewRecoveryCodes", ""),
        ("renewRecoveryCodes", "OK"),
        ("removeSecondFactor", ""),
        ("removeSecondFactor", "SIGN_IN_REFUSED"),
        ("removeSecondFactor", ""),
        ("removeSecondFactor", "OK"),
    ]
    assert begun["secret"] not in str(found)


async def test_a_password_set_by_a_link_is_told_with_the_platform(
    person: Person, store: Store, reception: Reception
) -> None:
    await person.client.post("/auth/password/forgot", json={"email": person.email})
    await reception.chores.drain()
    token = "x" * 43
    await store.execute(
        "MATCH (u:User {id: $user}) CREATE (u)-[:MAY_RESET]->(:PasswordReset {hash: $hash, "
        "created_at: datetime(), expires_at: datetime() + duration('PT1H')})",
        {"user": person.user, "hash": hash_of(token + person.user)},
    )
    body = {"token": token + person.user, "password": NEW}
    answer = await person.client.post("/auth/password/reset", json=body)

    assert answer.status_code == 204, answer.text
    found = ends(await rows(store, PLATFORM, person.user))
    assert sorted(found) == [
        ("forgotPassword", "OK"),
        ("resetPassword", ""),
        ("resetPassword", "OK"),
    ]


async def test_what_cannot_be_told_is_not_done(
    person: Person, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.sign_in(person)

    async def away(*_: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(Audit, "record", away)
        body = {"current": PASSWORD, "password": NEW}
        refused = await browser.post("/auth/password/change", body)
    assert (refused.status_code, refused.json()["code"]) == (503, "STORE_UNAVAILABLE")
    assert (await person.sign_in()).status_code == 200, "the password is the former one"


def test_everything_that_happens_has_a_name() -> None:
    assert len(set(ACTIONS.values())) == len(ACTIONS)
    for happened in ACTIONS:
        assert AuthEvent(happened, "u", "192.0.2.1", org="o").row.action.startswith("auth.")
