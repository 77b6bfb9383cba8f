"""Signing in by password: tokens for programs, who is not let in, and what an answer never tells."""

from __future__ import annotations

import json
from typing import Any

import argon2
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from graph.store import Store
from server.auth.signing import ALGORITHM
from server.web.reception import Reception
from tests.api.signin.conftest import CHEAP, HOST, PASSWORD, MakePerson, Person


async def test_a_program_gets_tokens_that_let_it_ask(person: Person) -> None:
    told = await person.tokens()

    assert {*told} == {
        "session", "organization", "expiresAt", "accessToken", "tokenType", "expiresIn", "refreshToken",
    }  # fmt: skip
    assert (told["tokenType"], told["expiresIn"]) == ("Bearer", 600)
    answer = (await person.me(told["accessToken"])).json()
    assert answer["data"]["me"] == {
        "email": person.email, "organizationId": person.orgs[0], "role": "OWNER",
    }  # fmt: skip
    [event] = person.told("SIGN_IN")
    assert (event.reason, event.method, event.session) == ("", "PASSWORD", told["session"])


async def test_the_keys_of_the_tokens_are_published(person: Person) -> None:
    token = (await person.tokens())["accessToken"]
    response = await person.client.get("/.well-known/jwks.json")

    [key] = response.json()["keys"]
    assert {*key} == {"kty", "crv", "x", "y", "use", "alg", "kid"}, "no private part"
    assert response.headers["cache-control"] == "public, max-age=300"
    found = jws.deserialize_compact(token, ECKey.import_key(key), algorithms=[ALGORITHM])
    assert found.headers() == {"alg": "ES256", "typ": "at+jwt", "kid": key["kid"]}
    claims = json.loads(found.payload or b"")
    assert {*claims} == {"iss", "aud", "sub", "org", "sid", "iat", "nbf", "exp", "jti"}
    assert (claims["iss"], claims["aud"]) == (f"https://{HOST}", f"https://{HOST}/graphql")
    assert (claims["sub"], claims["org"]) == (person.user, person.orgs[0])
    assert claims["exp"] - claims["iat"] == 600


WRONG = {
    "another password": {"password": "violin gravel teapots"},
    "no password": {"password": ""},
    "a password of 2,000 letters": {"password": "x" * 2_000},
    "the right one with more behind": {"password": PASSWORD + "x"},
    "another address": {"email": "nobody@people.example"},
    "no address": {"email": ""},
    "what is no address": {"email": "'; DROP"},
    "a wildcard": {"email": "*@people.example"},
    "a name of Cypher": {"email": "x'}) RETURN 1 //@people.example"},
}


@pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)
async def test_whoever_is_wrong_is_told_one_thing(person: Person, given: dict[str, str]) -> None:
    response = await person.sign_in(**given)

    assert (response.status_code, response.json()["code"]) == (401, "SIGN_IN_REFUSED")
    assert response.headers["content-type"] == "application/problem+json"
    told = {k: v for k, v in response.json().items() if k != "correlationId"}
    unknown = await person.sign_in(email="somebody.else@people.example", password="z" * 20)
    assert told == {k: v for k, v in unknown.json().items() if k != "correlationId"}
    assert {*response.headers} == {*unknown.headers}


SUSPENDED = {
    "user": "MATCH (n:User {id: $user}) SET n.suspended_at = datetime()",
    "membership": "MATCH (n:Membership {user: $user}) SET n.suspended_at = datetime()",
    "organization": "MATCH (n:Organization {id: $org}) SET n.suspended_at = datetime()",
    "deleted organization": "MATCH (n:Organization {id: $org}) SET n.deleted_at = datetime()",
    "no membership": "MATCH (n:Membership {user: $user}) DETACH DELETE n",
    "no password": "MATCH (n:User {id: $user}) REMOVE n.password",
}


@pytest.mark.parametrize("change", SUSPENDED.values(), ids=SUSPENDED)
async def test_what_has_ended_lets_nobody_in_nor_on(
    person: Person, store: Store, reception: Reception, change: str
) -> None:
    told = await person.tokens()
    await store.execute(change, {"user": person.user, "org": person.orgs[0]})
    reception.gate.forget(told["session"])  # what time would do

    refused = await person.sign_in()
    assert (refused.status_code, refused.json()["code"]) == (401, "SIGN_IN_REFUSED")
    if change == SUSPENDED["no password"]:
        return  # who came in stays in
    assert (await person.me(told["accessToken"])).status_code == 401
    renewed = await person.client.post("/auth/refresh", json={"refreshToken": told["refreshToken"]})
    assert (renewed.status_code, renewed.json()["code"]) == (401, "SESSION_ENDED")


async def test_an_address_is_the_same_in_capitals_and_with_space_around(person: Person) -> None:
    assert (await person.sign_in(email=f"  {person.email.upper()} ")).status_code == 200


async def test_the_address_of_the_first_owner_is_one(store: Store, person: Person) -> None:
    email = f"{person.user}@localhost"
    await store.execute(
        "MATCH (n:User {id: $user}) SET n.email = $email", {"user": person.user, "email": email}
    )
    assert (await person.sign_in(email=email)).status_code == 200


async def test_a_password_that_was_hashed_weakly_is_hashed_anew(
    person: Person, store: Store
) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await store.execute(
        "MATCH (n:User {id: $user}) SET n.password = $weak", {"user": person.user, "weak": weak}
    )
    assert (await person.sign_in(password="wrong wrong wrong")).status_code == 401
    assert await _kept(store, person) == weak

    assert (await person.sign_in()).status_code == 200
    kept = await _kept(store, person)
    assert kept != weak
    assert not CHEAP.check_needs_rehash(kept)
    assert (await person.sign_in()).status_code == 200


async def _kept(store: Store, person: Person) -> str:
    [row] = await store.read(
        "MATCH (n:User {id: $user}) RETURN n.password AS p", {"user": person.user}
    )
    return str(row["p"])


async def test_who_belongs_to_several_chooses_one(make_person: MakePerson) -> None:
    person: Person = await make_person(organizations=3)
    asked = await person.sign_in()

    assert (asked.status_code, asked.json()["code"]) == (409, "ORGANIZATION_NEEDED")
    listed = asked.json()["organizations"]
    assert listed == [{"id": org, "name": f"Org {n}"} for n, org in enumerate(person.orgs)]
    by_id = await person.tokens(organization=person.orgs[1])
    by_name = await person.tokens(organization="Org 2")
    assert (by_id["organization"], by_name["organization"]) == (person.orgs[1], person.orgs[2])
    wrong = await person.sign_in(password="wrong wrong wrong", organization=person.orgs[1])
    assert "organizations" not in wrong.json()


async def test_an_organization_cannot_be_named_so_that_another_is_not_found(
    make_person: MakePerson, store: Store
) -> None:
    person: Person = await make_person(organizations=2)
    await store.execute(
        "MATCH (o:Organization {id: $org}) SET o.name = $other",
        {"org": person.orgs[0], "other": person.orgs[1]},
    )
    told = await person.tokens(organization=person.orgs[1])
    assert told["organization"] == person.orgs[1]


async def test_an_organization_of_others_is_none_to_choose(make_person: MakePerson) -> None:
    mine, theirs = await make_person(), await make_person()
    refused = await mine.sign_in(organization=theirs.orgs[0])
    unknown = await mine.sign_in(organization="unknown")

    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_PERMITTED")
    assert refused.json()["detail"] == unknown.json()["detail"]


BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "no JSON": ({"content": b"{", "headers": {"Content-Type": "application/json"}}, "INVALID_BODY"),
    "a list": ({"json": []}, "INVALID_BODY"),
    "null": ({"content": b"null", "headers": {"Content-Type": "application/json"}}, "INVALID_BODY"),
    "a member more": ({"json": {"email": "a", "password": "b", "admin": True}}, "INVALID_BODY"),
    "a number for a text": ({"json": {"email": 1, "password": "b"}}, "INVALID_BODY"),
    "an object for a text": ({"json": {"email": {"$ne": ""}, "password": "b"}}, "INVALID_BODY"),
    "a text for a truth": ({"json": {"email": "a", "password": "b", "cookie": "true"}}, "INVALID_BODY"),
    "nothing": ({"json": {}}, "INVALID_BODY"),
    "an address of 400 letters": ({"json": {"email": "a" * 400, "password": "b"}}, "INVALID_BODY"),
    "not UTF-8": (
        {"content": b'{"email":"\xff","password":"b"}', "headers": {"Content-Type": "application/json"}},
        "INVALID_BODY",
    ),
    "half a surrogate": (
        {"content": b'{"email":"\\ud800","password":"b"}', "headers": {"Content-Type": "application/json"}},
        "INVALID_BODY",
    ),
    "too large": ({"json": {"email": "a", "password": "b" * 20_000}}, "BODY_TOO_LARGE"),
    "a form": ({"data": {"email": "a", "password": "b"}}, "UNSUPPORTED_MEDIA_TYPE"),
    "text that is JSON": (
        {"content": b'{"email":"a","password":"b"}', "headers": {"Content-Type": "text/plain"}},
        "UNSUPPORTED_MEDIA_TYPE",
    ),
    "no type": ({"content": b'{"email":"a","password":"b"}'}, "UNSUPPORTED_MEDIA_TYPE"),
    "a page of another site": (
        {"json": {"email": "a", "password": "b"}, "headers": {"Origin": "https://evil.example"}},
        "FORBIDDEN_ORIGIN",
    ),
    "a page of nowhere": (
        {"json": {"email": "a", "password": "b"}, "headers": {"Origin": "null"}}, "FORBIDDEN_ORIGIN"),
    "another site by its own word": (
        {"json": {"email": "a", "password": "b"}, "headers": {"Sec-Fetch-Site": "cross-site"}}, "CSRF_REFUSED"),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
async def test_what_is_no_request_to_sign_in(person: Person, name: str) -> None:
    given, code = BODIES[name]
    response = await person.client.post("/auth/sign-in", **given)

    assert response.json()["code"] == code
    assert response.status_code < 500


async def test_a_refusal_repeats_nothing_that_was_sent(person: Person) -> None:
    body = {"email": person.email, "password": {"secret": "well-hidden"}}
    response = await person.client.post("/auth/sign-in", json=body)

    assert response.json()["code"] == "INVALID_BODY"
    assert "well-hidden" not in response.text


async def test_signing_in_is_not_asked_by_get(person: Person) -> None:
    response = await person.client.get("/auth/sign-in", params={"email": person.email})
    assert response.status_code == 405


async def test_a_guess_at_an_address_is_not_recorded_as_typed(person: Person) -> None:
    await person.sign_in(email="my secret password")

    [event] = [each for each in person.events[-1:] if each.user is None]
    assert (event.happened, event.reason) == ("SIGN_IN", "SIGN_IN_REFUSED")
    assert "my secret password" not in str(event)
