"""Passwords set by a link from a mail, or by the current one; and invitations, as far as this side goes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from graph.store import Store
from server.auth.guesses import MAILS, MAILS_FROM
from server.auth.sessions import hash_of
from server.notify.letters import context
from server.web.reception import Reception
from tests.api.signin.conftest import HOST, PASSWORD, Browser, MakePerson, Person
from tests.support.keys import MASTERS

NEW = "pebble lantern oboe"


class Post:
    """What was put into the outbox, opened."""

    def __init__(self, store: Store, reception: Reception) -> None:
        self._store = store
        self._door = reception

    async def to(self, person: Person) -> list[dict[str, str]]:
        """The mails to somebody, oldest first."""
        await self._door.chores.drain()
        rows = await self._store.read(
            "MATCH (l:Letter) RETURN l.id AS id, l.sealed AS sealed ORDER BY l.created_at"
        )
        mails = [orjson.loads(MASTERS.open(row["sealed"], context(row["id"]))) for row in rows]
        return [mail for mail in mails if mail["to"] == person.email]

    async def link_to(self, person: Person) -> str:
        """The token in the latest mail with a link."""
        text = (await self.to(person))[-1]["text"]
        found = re.search(rf"https://{re.escape(HOST)}/password#([A-Za-z0-9_-]{{43}})\n", text)
        assert found, text
        return found[1]


@pytest_asyncio.fixture(loop_scope="session")
async def post(store: Store, reception: Reception) -> AsyncIterator[Post]:
    await store.execute("MATCH (l:Letter) DETACH DELETE l")
    yield Post(store, reception)


async def forgot(person: Person, email: str = "") -> httpx.Response:
    return await person.client.post("/auth/password/forgot", json={"email": email or person.email})


async def reset(person: Person, token: str, password: str = NEW) -> httpx.Response:
    body = {"token": token, "password": password}
    return await person.client.post("/auth/password/reset", json=body)


async def test_a_link_sets_a_password_once_and_ends_all_sessions(
    person: Person, post: Post, browser: Browser
) -> None:
    told = await person.tokens()
    await browser.sign_in(person)
    asked = await forgot(person)
    assert (asked.status_code, asked.json()) == (202, {})
    token = await post.link_to(person)

    assert (await reset(person, token)).status_code == 204
    assert (await person.sign_in()).status_code == 401
    assert (await person.sign_in(password=NEW)).status_code == 200
    assert (await person.me(told["accessToken"])).status_code == 401
    assert (await browser.client.get("/auth/session")).status_code == 401
    again = await reset(person, token, "gravel oboe lantern")
    assert (again.status_code, again.json()["code"]) == (400, "LINK_REFUSED")
    assert [each.happened for each in person.told("PASSWORD_RESET")] == ["PASSWORD_RESET"]
    assert "was changed" in (await post.to(person))[-1]["subject"]


async def test_of_many_who_use_one_link_at_once_one_sets_the_password(
    person: Person, post: Post
) -> None:
    await forgot(person)
    token = await post.link_to(person)
    tried = await asyncio.gather(*(reset(person, token, f"{NEW} {n}") for n in range(4)))
    assert sorted(each.status_code for each in tried) == [204, 400, 400, 400]


async def test_the_answer_is_the_same_whoever_is_asked_for(
    person: Person, post: Post, store: Store, make_person: MakePerson
) -> None:
    suspended, without = await make_person(), await make_person()
    await store.execute(
        "MATCH (n:User {id: $user}) SET n.suspended_at = datetime()", {"user": suspended.user}
    )
    await store.execute("MATCH (n:User {id: $user}) REMOVE n.password", {"user": without.user})
    emails = [person.email, suspended.email, without.email, "nobody@people.example", "no address"]
    answers = [await forgot(person, email) for email in emails]

    assert {(each.status_code, each.text) for each in answers} == {(202, "{}")}
    assert [len(await post.to(each)) for each in (person, suspended, without)] == [1, 0, 0]


async def test_the_work_is_done_after_the_answer(
    person: Person, reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else how long the answer takes would tell who has an account."""
    holding = asyncio.Event()

    async def slow(*_: Any) -> None:
        await holding.wait()

    monkeypatch.setattr(reception.recovery, "forgot", slow)
    answer = await asyncio.wait_for(forgot(person), 5)
    holding.set()
    await reception.chores.drain()
    assert answer.status_code == 202


async def test_only_the_latest_link_is_good_and_only_its_hash_is_kept(
    person: Person, post: Post, store: Store
) -> None:
    await forgot(person)
    first = await post.link_to(person)
    await forgot(person)
    second = await post.link_to(person)
    rows = await store.read(
        "MATCH (:User {id: $user})-->(r:PasswordReset) RETURN properties(r) AS p",
        {"user": person.user},
    )

    assert [row["p"]["hash"] for row in rows] == [hash_of(second)]
    assert second not in str(rows)
    assert (await reset(person, first)).status_code == 400
    assert (await reset(person, second)).status_code == 204


async def test_a_link_ends_after_an_hour(person: Person, post: Post, reception: Reception) -> None:
    await forgot(person)
    token = await post.link_to(person)
    means = reception.recovery._means
    later = datetime.now(UTC) + timedelta(minutes=61)
    object.__setattr__(means, "clock", lambda: later)
    try:
        assert (await reset(person, token)).json()["code"] == "LINK_REFUSED"
    finally:
        object.__setattr__(means, "clock", lambda: datetime.now(UTC))
    assert (await reset(person, token)).status_code == 204


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "a" * 300, "' OR 1=1", "\u0000"])
async def test_a_made_up_link_sets_nothing(person: Person, token: str) -> None:
    assert (await reset(person, token)).json()["code"] == "LINK_REFUSED"


async def test_a_weak_password_does_not_use_the_link_up(person: Person, post: Post) -> None:
    await forgot(person)
    token = await post.link_to(person)
    for weak in ("short", "password1234567", "Ada Heron 1234", person.email):
        refused = await reset(person, token, weak)
        assert (refused.status_code, refused.json()["code"]) == (400, "WEAK_PASSWORD")
    assert (await reset(person, token)).status_code == 204


async def test_a_link_does_not_go_past_the_second_factor(
    person: Person, post: Post, store: Store
) -> None:
    await store.execute(
        "MATCH (u:User {id: $user}) CREATE (u)-[:HAS_FACTOR]->"
        "(:SecondFactor {user: $user, sealed: 'x', confirmed_at: datetime(), step: 0, recovery: []})",
        {"user": person.user},
    )
    await forgot(person)
    await reset(person, await post.link_to(person))
    assert (await person.sign_in(password=NEW)).json()["code"] == "SECOND_FACTOR_NEEDED"


async def test_nobody_is_sent_more_than_a_few_mails(person: Person, post: Post) -> None:
    for _ in range(MAILS.most + 3):
        assert (await forgot(person)).status_code == 202
    assert len(await post.to(person)) == MAILS.most


async def test_an_address_asks_for_a_limited_number_of_mails(person: Person) -> None:
    statuses = [
        (await forgot(person, f"nobody{n}@people.example")).status_code
        for n in range(MAILS_FROM.most + 1)
    ]
    assert statuses == [202] * MAILS_FROM.most + [429]


async def test_the_current_password_sets_another_and_ends_other_sessions(
    person: Person, browser: Browser, post: Post
) -> None:
    told = await person.tokens()
    await browser.sign_in(person)
    body = {"current": PASSWORD, "password": NEW}
    assert (await browser.post("/auth/password/change", body)).status_code == 204

    assert (await browser.client.get("/auth/session")).status_code == 200
    assert (await person.me(told["accessToken"])).status_code == 401
    assert (await person.sign_in()).status_code == 401
    assert (await person.sign_in(password=NEW)).status_code == 200
    [mail] = await post.to(person)
    assert "was changed" in mail["subject"]
    assert NEW not in mail["text"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"current": "wrong", "password": NEW}, "SIGN_IN_REFUSED"),
        ({"current": PASSWORD, "password": "short"}, "WEAK_PASSWORD"),
        ({"current": PASSWORD, "password": "ada heron rules"}, "WEAK_PASSWORD"),
        ({"current": PASSWORD, "password": "x" * 257}, "WEAK_PASSWORD"),
    ],
)
async def test_what_sets_no_password(
    person: Person, browser: Browser, body: dict[str, str], code: str
) -> None:
    await browser.sign_in(person)
    assert (await browser.post("/auth/password/change", body)).json()["code"] == code
    assert (await person.sign_in()).status_code == 200


INVITE = """mutation I($email: String!) {
  inviteMember(input: {email: $email, role: "VIEWER"}) { link errors { message } }
}"""


async def test_an_invitation_leads_to_an_account_that_signs_in(
    person: Person, browser: Browser
) -> None:
    await browser.sign_in(person)
    guest = Person("", f"guest.{person.user[:8]}@people.example", [], person.client, [])
    made = (await browser.ask(INVITE, email=guest.email))["inviteMember"]
    assert made["errors"] == []
    token = made["link"].partition("/invitation#")[2]

    async def accept(**body: str) -> httpx.Response:
        usual = {"token": token, "name": "Grace Egret", "password": NEW}
        return await person.client.post("/auth/invitation/accept", json=usual | body)

    weak = await accept(password="grace egret rules")
    assert (weak.status_code, weak.json()["code"]) == (400, "WEAK_PASSWORD")
    assert (await accept(token="x" * 43)).json()["code"] == "NOT_FOUND"
    assert (await accept(name="")).json()["code"] == "INVALID_QUESTION"
    good = await accept()
    assert (good.status_code, good.json()) == (201, {"organization": person.orgs[0]})
    assert (await accept()).json()["code"] == "NOT_FOUND", "once"
    signed_in = await guest.tokens(password=NEW)
    assert signed_in["organization"] == person.orgs[0]


async def test_where_nobody_accepts_invitations_there_are_none(
    person: Person, reception: Reception
) -> None:
    accepts = reception.accept_invitation
    object.__setattr__(reception, "accept_invitation", None)
    try:
        body = {"token": "t" * 43, "name": "Ada", "password": NEW}
        nobody = await person.client.post("/auth/invitation/accept", json=body)
    finally:
        object.__setattr__(reception, "accept_invitation", accepts)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "NOT_FOUND")
