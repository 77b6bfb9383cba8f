"""Guessing passwords, codes and keys: every way in is counted together, and nobody is locked out by others."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from server.auth.guesses import ADDRESS, ANYWHERE, CODES, DEVICE, KEYS, NEAR, Guesses
from server.auth.keys import make_key
from server.auth.refusals import TooManyGuesses
from server.auth.sessions import Client
from server.auth.throttle import CROWDED_DELAY_S, CROWDED_MOST, Throttle, delay_s
from server.graphql.schema import core_schema
from server.web import socket
from server.web.cookies import csrf_token
from server.web.reception import Reception
from tests.api.signin.conftest import Browser, MakeClient, MakePerson, Person, Sleeps
from tests.api.test_sockets import closed, connected


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest_asyncio.fixture(loop_scope="session")
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    opened = Redis.from_url(redis_url)
    yield opened
    await opened.aclose()


@pytest_asyncio.fixture(loop_scope="session", params=["in Redis", "alone"])
async def throttle(request: pytest.FixtureRequest, redis: Redis, sleeps: Sleeps) -> Throttle:
    return Throttle(Guesses(redis if request.param == "in Redis" else None), sleeps)


@pytest.fixture
def account() -> str:
    return f"{uuid.uuid4()}@people.example"


def from_net(number: int, host: int = 1, device: str = "") -> Client:
    """A client in a neighbourhood of its own that no other test uses."""
    return Client(f"2001:db8:{uuid.uuid4().int % 65536:x}:{number}00::{host}", "x", device)


def test_each_further_attempt_waits_longer() -> None:
    waits = [delay_s(count, is_crowded=False) for count in range(1, 11)]

    assert waits == [0, 0, 0, 0.5, 1, 2, 4, 4, 4, 4]
    assert {delay_s(count, is_crowded=True) for count in (1, 2, 3)} == {CROWDED_DELAY_S}


async def test_a_neighbourhood_has_ten_attempts_at_an_account(
    throttle: Throttle, sleeps: Sleeps, account: str
) -> None:
    near, away = from_net(1), from_net(2)
    for _ in range(NEAR.most):
        await throttle.begin(account, near, is_known_device=False)
    assert sleeps.told == [0, 0, 0, 0.5, 1, 2, 4, 4, 4, 4]
    with pytest.raises(TooManyGuesses) as told:
        await throttle.begin(account, near, is_known_device=False)
    assert 0 < told.value.retry_after_s <= NEAR.within_s

    await throttle.begin(account, away, is_known_device=False)
    await throttle.begin(f"other {account}", near, is_known_device=False)


async def test_another_host_of_the_same_network_is_the_same(
    throttle: Throttle, account: str
) -> None:
    start = f"2001:db8:{uuid.uuid4().int % 65536:x}:100::"
    for host in range(NEAR.most):
        await throttle.begin(account, Client(f"{start}{host + 1}"), is_known_device=False)
    with pytest.raises(TooManyGuesses):
        await throttle.begin(account, Client(f"{start}ff"), is_known_device=False)


async def test_an_address_has_sixty_attempts_at_all_accounts_together(
    throttle: Throttle, account: str
) -> None:
    sprayer = from_net(1)
    for number in range(ADDRESS.most):
        await throttle.begin(f"{number} {account}", sprayer, is_known_device=False)
    with pytest.raises(TooManyGuesses):
        await throttle.begin(account, sprayer, is_known_device=False)


async def test_success_forgives_what_came_before(throttle: Throttle, account: str) -> None:
    near = from_net(1)
    for _ in range(NEAR.most - 1):
        await throttle.begin(account, near, is_known_device=False)
    await throttle.succeeded(await throttle.begin(account, near, is_known_device=False))
    for _ in range(NEAR.most):
        await throttle.begin(account, near, is_known_device=False)


async def test_guessing_from_everywhere_locks_nobody_out(
    throttle: Throttle, sleeps: Sleeps, account: str
) -> None:
    for number in range(ANYWHERE.most):
        await throttle.begin(account, from_net(number), is_known_device=False)
    sleeps.told.clear()

    owner = from_net(9)
    for _ in range(CROWDED_MOST):  # an address that nobody guessed from still has room, only less
        await throttle.begin(account, owner, is_known_device=False)
    assert min(sleeps.told) == CROWDED_DELAY_S
    with pytest.raises(TooManyGuesses):
        await throttle.begin(account, owner, is_known_device=False)


async def test_a_known_device_comes_in_whatever_others_do(
    throttle: Throttle, sleeps: Sleeps, account: str
) -> None:
    office = from_net(1)
    at_home = Client(office.address, office.agent, f"md_{account}")
    for _ in range(NEAR.most):
        await throttle.begin(account, office, is_known_device=False)
    for number in range(ADDRESS.most - NEAR.most):
        await throttle.begin(f"{number} {account}", office, is_known_device=False)
    with pytest.raises(TooManyGuesses):
        await throttle.begin(account, office, is_known_device=False)
    sleeps.told.clear()

    for _ in range(DEVICE.most):
        attempt = await throttle.begin(account, at_home, is_known_device=True)
        assert attempt.is_known_device
    assert sleeps.told == []
    with pytest.raises(TooManyGuesses):  # a stolen device has no more room than that
        await throttle.begin(account, at_home, is_known_device=True)


async def test_wrong_codes_are_limited_for_the_account_as_a_whole(
    throttle: Throttle, account: str
) -> None:
    for number in range(CODES.most):
        attempt = await throttle.begin(account, from_net(number), is_known_device=False)
        await throttle.begin_code(attempt)
    attempt = await throttle.begin(account, from_net(99), is_known_device=False)
    with pytest.raises(TooManyGuesses):
        await throttle.begin_code(attempt)
    known = await throttle.begin(account, from_net(98, device="md_x"), is_known_device=True)
    await throttle.begin_code(known)


async def test_asking_for_the_code_does_not_use_up_the_address(
    throttle: Throttle, account: str
) -> None:
    office = from_net(1)
    for number in range(ADDRESS.most + 5):
        attempt = await throttle.begin(f"{number} {account}", office, is_known_device=False)
        await throttle.half_way(attempt)


async def test_a_hundred_at_once_get_no_more_than_the_limit(redis: Redis, account: str) -> None:
    """They are counted before the password is looked at; else all would pass before the first has failed."""
    sleeps, near = Sleeps(), from_net(1)
    throttles = [Throttle(Guesses(redis), sleeps) for _ in range(2)]
    ended = await asyncio.gather(
        *(throttles[n % 2].begin(account, near, is_known_device=False) for n in range(100)),
        return_exceptions=True,
    )

    assert len([each for each in ended if not isinstance(each, BaseException)]) == NEAR.most
    assert {type(each) for each in ended if isinstance(each, BaseException)} == {TooManyGuesses}


# --- over HTTP ---


async def guess(person: Person, number: int) -> list[int]:
    """The statuses of so many wrong passwords."""
    return [
        (await person.sign_in(password=f"wrong password {n}")).status_code for n in range(number)
    ]


async def test_the_eleventh_guess_is_told_when_to_come_again(
    person: Person, hurried: Sleeps
) -> None:
    assert await guess(person, NEAR.most) == [401] * NEAR.most
    assert hurried.told[-1] == 4
    refused = await person.sign_in(password="wrong")

    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_GUESSES")
    assert NEAR.within_s - 60 < int(refused.headers["retry-after"]) <= NEAR.within_s
    right = await person.sign_in()
    assert right.status_code == 429, "else the refusal would tell that the guesses were wrong"


async def test_unknown_addresses_are_counted_alike(person: Person) -> None:
    async def seen(email: str) -> list[tuple[int, str]]:
        answers = [await person.sign_in(email=email, password="wrong") for _ in range(11)]
        return [(each.status_code, each.json()["code"]) for each in answers]

    assert await seen(f"{uuid.uuid4()}@people.example") == await seen(person.email)


async def test_a_browser_that_signed_in_before_comes_in_during_an_attack(
    make_person: MakePerson, make_client: MakeClient
) -> None:
    address = "10.77.1.1"
    person: Person = await make_person(address=address)
    browser = Browser(make_client(address))
    assert (await browser.sign_in(person)).status_code == 200
    await browser.post("/auth/sign-out", {})
    await guess(person, NEAR.most)
    assert (await person.sign_in()).status_code == 429

    wrong = await browser.sign_in(person, password="wrong")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "SIGN_IN_REFUSED")
    assert (await browser.sign_in(person)).status_code == 200


async def test_the_mark_of_a_device_is_of_use_for_its_own_account_only(
    make_person: MakePerson, make_client: MakeClient
) -> None:
    address = "10.77.2.1"
    attacker, victim = await make_person(address=address), await make_person(address=address)
    browser = Browser(make_client(address))
    await browser.sign_in(attacker)
    await guess(victim, NEAR.most)

    assert (await browser.sign_in(victim)).status_code == 429
    made_up = Browser(make_client(address))
    made_up.client.cookies.set("mirage-80-device", f"md_{'a' * 43}", domain="localhost.local")
    assert (await made_up.sign_in(victim)).status_code == 429


async def test_a_failed_attempt_makes_no_device_known(
    make_person: MakePerson, make_client: MakeClient
) -> None:
    address = "10.77.3.1"
    person = await make_person(address=address)
    browser = Browser(make_client(address))
    for _ in range(NEAR.most):
        response = await browser.sign_in(person, password="wrong")
        assert "set-cookie" not in response.headers
    assert (await browser.sign_in(person)).status_code == 429


async def test_keys_tokens_cookies_and_sockets_are_counted_together(
    make_client: MakeClient, served: str, person: Person
) -> None:
    """One gate: it does not matter by which way or as what a guess comes."""
    client = make_client("127.0.0.1")
    token = (await person.tokens())["accessToken"]
    me = {"query": "{ me { email } }"}
    statuses = []
    for number in range(KEYS.most // 4):
        for given in (make_key().text, f"{token[:-4]}AAAA", f"made up {number}"):
            headers = {"Authorization": f"Bearer {given}"}
            statuses.append((await client.post("/graphql", json=me, headers=headers)).status_code)
        async with connected(served) as opened:
            payload = {"Authorization": f"Bearer {make_key().text}"}
            await opened.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert await closed(opened) == socket.FORBIDDEN
    assert set(statuses) == {401}

    headers = {"Authorization": f"Bearer {make_key().text}"}
    refused = await client.post("/graphql", json=me, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_GUESSES")
    assert 0 < int(refused.headers["retry-after"]) <= KEYS.within_s
    async with connected(served) as opened:
        payload = {"Authorization": f"Bearer {make_key().text}"}
        await opened.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert await closed(opened) == socket.TRY_AGAIN
    made_up = Browser(client, csrf="x")
    client.cookies.set("mirage-80", f"ms_{'a' * 43}", domain="localhost.local")
    made_up.csrf = csrf_token(f"ms_{'a' * 43}")
    assert (await made_up.post("/graphql", me)).status_code == 429


async def test_one_document_of_a_thousand_aliases_is_one_request(
    make_client: MakeClient, reception: Reception
) -> None:
    """Nothing in GraphQL takes a password, so aliases and batches have nothing to guess with."""
    mutation, query = core_schema().mutation_type, core_schema().query_type
    assert mutation is not None
    assert query is not None
    arguments = {
        argument for kind in (mutation, query) for f in kind.fields.values() for argument in f.args
    }
    assert arguments & {"password", "code", "refreshToken"} == set()

    client = make_client()
    aliases = " ".join(f"a{n}: me {{ email }}" for n in range(100))
    headers = {"Authorization": f"Bearer {make_key().text}"}
    await client.post("/graphql", json={"query": f"{{ {aliases} }}"}, headers=headers)
    batch = [{"query": "{ me { email } }"}] * 100
    await client.post("/graphql", json=batch, headers=headers)
    address = client._transport.client[0]  # type: ignore[attr-defined]
    assert (await reception.gate._guesses.look(KEYS, address)).count == 2


async def test_who_is_let_in_stays_in_while_others_guess_at_the_same_address(
    make_client: MakeClient, make_person: MakePerson, reception: Reception
) -> None:
    address = "10.77.4.1"
    person = await make_person(address=address)
    token = (await person.tokens())["accessToken"]
    assert (await person.me(token)).status_code == 200
    attacker = make_client(address)
    for _ in range(KEYS.most + 1):
        headers = {"Authorization": f"Bearer {make_key().text}"}
        last = await attacker.post("/graphql", json={"query": "{ me { id } }"}, headers=headers)
    assert last.status_code == 429

    known = reception.gate._known
    for digest, (_, who) in list(known.items()):
        known[digest] = (0.0, who)  # what time would do
    assert (await person.me(token)).status_code == 200


async def test_an_expired_token_is_no_guess(
    person: Person, reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = (await person.tokens())["accessToken"]
    tokens: Any = reception.gate._tokens
    monkeypatch.setattr(tokens, "_clock", lambda: datetime.now(UTC) + timedelta(hours=1))
    statuses = {(await person.me(token)).status_code for _ in range(KEYS.most + 5)}
    assert statuses == {401}


async def test_without_redis_signing_in_goes_on_and_is_counted_by_the_process(
    person: Person, reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesses = reception.sign_in._means.throttle._guesses
    away = Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(guesses._together, "redis", away)
    assert await guess(person, NEAR.most) == [401] * NEAR.most
    assert (await person.sign_in(password="wrong")).status_code == 429
    guesses._own.clear()
    assert (await person.sign_in()).status_code == 200
    monkeypatch.setattr(guesses._together, "_away_until", 0.0)
    await away.aclose()
