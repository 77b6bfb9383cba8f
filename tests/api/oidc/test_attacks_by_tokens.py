"""ID tokens that attackers make, and accounts that are not theirs (OpenID Connect Core 3.1.3.7 and 16)."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from tests.api.oidc.conftest import (
    DOMAIN,
    Attack,
    Row,
    Scene,
    changed,
    check_refused,
    claims,
    token,
)
from tests.support.oidc import RSA, Claims
from tests.support.tokens import keyed, unsigned

STRANGER = RSAKey.generate_key(2048, {"kid": "rsa-1"})


def foreign(claims: Claims, **header: Any) -> str:
    """A token by somebody else's key."""
    said = {"alg": "RS256", "kid": "rsa-1"} | header
    registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    return jws.serialize_compact(said, json.dumps(claims), STRANGER, registry=registry)


def lacking(*names: str) -> Attack:
    """A well-signed ID token that does not say something."""

    async def attack(s: Scene) -> httpx.Response:
        address = await s.victim.go()
        s.one.conduct.without = names
        return await s.victim.back(address)

    return attack


async def nonce_replayed(s: Scene) -> httpx.Response:
    """The ID token of an earlier sign-in comes again."""
    await s.victim.sign_in()
    former = s.one.sign(s.one.last)
    address = await s.victim.go()
    s.one.conduct.make_token = lambda _: former
    return await s.victim.back(address)


async def token_of_the_other_provider(s: Scene) -> httpx.Response:
    address = await s.victim.go()
    s.one.conduct.claims = {"iss": s.two.issuer, "aud": s.two.client_id}
    return await s.victim.back(address)


async def other_access_token(s: Scene) -> httpx.Response:
    """An ID token that belongs to another access token (at_hash)."""
    return await claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA")(s)


NONE = {"alg": "none", "typ": "JWT"}
SECRETLY = {"alg": "HS256", "kid": "rsa-1"}
PEM = bytes(RSA.as_pem(private=False))
PUBLIC = STRANGER.as_dict(private=False)


# --- whose account ---


async def unverified_address(s: Scene) -> httpx.Response:
    """Account takeover by an address that somebody merely claims."""
    await s.site.make_user(s.one.user["email"])
    s.one.user["email_verified"] = False
    return await s.victim.sign_in()


async def unverified_by_silence(s: Scene) -> httpx.Response:
    await s.site.make_user(s.one.user["email"])
    del s.one.user["email_verified"]
    return await s.victim.sign_in()


async def address_of_another_domain(s: Scene) -> httpx.Response:
    """A provider that vouches for a domain it is not trusted for."""
    email = f"{uuid.uuid4().hex}@elsewhere.example"
    await s.site.make_user(email)
    s.one.user["email"] = email
    return await s.victim.sign_in()


async def address_below_the_domain(s: Scene) -> httpx.Response:
    s.one.user["email"] = f"x@evil.{DOMAIN}"
    return await s.victim.sign_in()


async def address_given_to_somebody_else(s: Scene) -> httpx.Response:
    """A recycled address: a new person at the provider has the address of a former one."""
    await s.attacker.sign_in()
    s.one.user["sub"] = uuid.uuid4().hex
    return await s.victim.sign_in()


NOW = int(time.time())
ATTACKS: dict[str, Row] = {
    "alg none": (token(lambda _, c: unsigned(NONE, c)), 403, "TOKEN_FORM"),
    "alg none with a signature": (token(lambda _, c: unsigned(NONE, c, b"x")), 403, "ALGORITHM"),
    "HS256 with the public key": (token(lambda _, c: keyed(SECRETLY, c, PEM)), 403, "ALGORITHM"),
    "alg not advertised": (token(lambda _, c: keyed({"alg": "RS512"}, c, PEM)), 403, "ALGORITHM"),
    "signature of another key": (token(lambda _, c: foreign(c)), 403, "SIGNATURE"),
    "kid of another key": (token(lambda _, c: foreign(c, kid="other")), 403, "KEY"),
    "key brought along": (token(lambda _, c: foreign(c, jku="https://e.example/k")), 403, "HEADER"),
    "chain brought along": (token(lambda _, c: foreign(c, x5u="https://e.example/x")), 403, "HEADER"),
    "access token as ID token": (token(lambda one, c: one.sign(c, typ="at+jwt")), 403, "TYPE"),
    "no token at all": (token(lambda *_: "hello"), 403, "TOKEN_FORM"),
    "token without end": (token(lambda *_: "a." + "b" * 70_000 + ".c"), 403, "TOKEN_FORM"),
    "iss of another provider": (token_of_the_other_provider, 403, "ISSUER"),
    "aud of another application": (claims(aud="other"), 403, "AUDIENCE"),
    "aud missing": (lacking("aud"), 403, "AUDIENCE"),
    "several aud without azp": (token(lambda one, c: one.sign(c | {"aud": [one.client_id, "other"]})), 403, "PARTY"),
    "azp of another application": (claims(azp="other"), 403, "PARTY"),
    "expired": (claims(iat=NOW - 400, exp=NOW - 60), 403, "EXPIRED"),
    "of the future": (claims(iat=NOW + 90_000, exp=NOW + 90_300), 403, "FUTURE"),
    "not good yet": (claims(nbf=NOW + 90_000), 403, "FUTURE"),
    "issued long ago": (claims(iat=NOW - 3600, exp=NOW + 3600), 403, "OLD"),
    "exp missing": (lacking("exp"), 403, "MOMENT"),
    "exp true": (claims(exp=True), 403, "MOMENT"),
    "nonce missing": (lacking("nonce"), 403, "NONCE"),
    "nonce foreign": (claims(nonce="a" * 43), 403, "NONCE"),
    "nonce replayed": (nonce_replayed, 403, "NONCE"),
    "another access token": (other_access_token, 403, "ACCESS_TOKEN"),
    "sub missing": (lacking("sub"), 403, "SUBJECT"),
    "sub without end": (claims(sub="a" * 256), 403, "SUBJECT"),
    "sub that is a number": (claims(sub=7), 403, "SUBJECT"),
    "unverified address": (unverified_address, 403, "EMAIL"),
    "address without a word of it": (unverified_by_silence, 403, "EMAIL"),
    "address of another domain": (address_of_another_domain, 403, "EMAIL"),
    "address below the domain": (address_below_the_domain, 403, "EMAIL"),
    "address given to somebody else": (address_given_to_somebody_else, 403, "EMAIL_TAKEN"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_refused_with_its_reason(scene: Scene, name: str) -> None:
    await check_refused(scene, ATTACKS[name])


async def test_an_attack_is_nothing_but_its_change(scene: Scene) -> None:
    """What the rows above change is what they are refused for: unchanged, everything goes through."""
    assert (await scene.victim.back(changed(await scene.victim.go()))).status_code == 303
    assert (await token(lambda one, c: one.sign(c))(scene)).status_code == 303
    assert (await claims()(scene)).status_code == 303
    assert (await scene.victim.sign_in("two")).status_code == 303
    azp = token(lambda one, c: one.sign(c | {"aud": [one.client_id, "o"], "azp": one.client_id}))
    assert (await azp(scene)).status_code == 303
