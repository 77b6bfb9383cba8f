"""Access tokens under attack: a table of forgeries, each of which must be refused, and the good ones that must not."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from graph.store import Store
from server.auth.signing import SigningKeys
from server.auth.tokens import CLAIMS, AccessTokens, TokenRefused
from tests.support.keys import MASTERS
from tests.support.tokens import ISSUER, NOW, Forge, T, as_bytes, b64, keyed, signed, unsigned


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(loop_scope="session")
async def keys(store: Store, clock: Clock) -> SigningKeys:
    return SigningKeys(store, MASTERS, clock, ring=str(uuid.uuid4()))


@pytest.fixture
def tokens(keys: SigningKeys, clock: Clock) -> AccessTokens:
    return AccessTokens(keys, ISSUER, clock)


@pytest_asyncio.fixture(loop_scope="session")
async def forge(keys: SigningKeys, tokens: AccessTokens) -> Forge:
    retired = await keys.signer()
    await keys.rotate(at_once=True)
    kid, key = await keys.signer()
    good = await tokens.issue("u1", "o1", "s1")
    return Forge(kid, key, good, ECKey.generate_key("P-256"), retired)


Attack = Callable[[Forge], str]


def _swapped(f: Forge, header: Mapping[str, Any] | None, claims: Mapping[str, Any] | None) -> str:
    """The good token with a part replaced under its own signature."""
    parts = f.good.split(".")
    if header is not None:
        parts[0] = b64(as_bytes(header))
    if claims is not None:
        parts[1] = b64(as_bytes(claims))
    return ".".join(parts)


def _flipped(f: Forge, part: int) -> str:
    parts = f.good.split(".")
    middle = len(parts[part]) // 2
    other = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + other + parts[part][middle + 1 :]
    return ".".join(parts)


def _loose_end(f: Forge) -> str:
    """The same bytes, spelled otherwise: the last letter of 64 bytes has four bits that mean nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return f.good[:-1] + alphabet[alphabet.index(f.good[-1]) ^ 1]


def _der(f: Forge) -> str:
    start, _, signature = f.good.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    return f"{start}.{b64(der)}"


def _doubled(f: Forge, name: str, value: object) -> str:
    """A claim that stands twice: the good one first, the attacker's last, as most parsers take it."""
    text = json.dumps(f.claims)
    return signed(f.header, f'{text[:-1]}, "{name}": {json.dumps(value)}}}', f.key)


def _doubled_first(f: Forge, name: str, value: object) -> str:
    return signed(f.header, f'{{"{name}": {json.dumps(value)}, {json.dumps(f.claims)[1:]}', f.key)


def _own_jwk(f: Forge) -> str:
    header = f.header | {"jwk": f.stranger.as_dict(private=False)}
    return signed(header, f.claims, f.stranger)


def _self_named(f: Forge) -> str:
    return signed(f.header | {"kid": f.stranger.thumbprint()}, f.claims, f.stranger)


def _id_token(f: Forge) -> str:
    claims = {"iss": ISSUER, "aud": "a-client", "sub": "u1", "iat": T, "exp": T + 600, "nonce": "n"}
    return signed({"alg": "ES256", "typ": "JWT", "kid": f.kid}, claims, f.key)


def _eddsa(f: Forge) -> str:
    key = OKPKey.generate_key("Ed25519")
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": f.kid}
    return jws.serialize_compact(header, json.dumps(f.claims), key, algorithms=["Ed25519"])


def _nested(f: Forge) -> str:
    return signed(f.header | {"cty": "JWT"}, f.good, f.key)


NO = "no access token"
ALG = "signed with ES256"
HEADER = "header says alg, typ and kid"
SIGNATURE = "signature is wrong"
NOT_OURS = "a key that is not ours"
OBJECT = "no JSON object"
LONG = "lasts longer"

ATTACKS: dict[str, tuple[Attack, str]] = {
    # no signature, or one that everybody can make
    "alg none, empty signature": (lambda f: unsigned({**f.header, "alg": "none"}, f.claims), NO),
    "alg none, signature kept": (lambda f: _swapped(f, {**f.header, "alg": "none"}, None), ALG),
    "alg None": (lambda f: _swapped(f, {**f.header, "alg": "None"}, None), ALG),
    "alg NONE": (lambda f: _swapped(f, {**f.header, "alg": "NONE"}, None), ALG),
    "alg nOnE": (lambda f: _swapped(f, {**f.header, "alg": "nOnE"}, None), ALG),
    "alg empty": (lambda f: _swapped(f, {**f.header, "alg": ""}, None), ALG),
    "alg null": (lambda f: _swapped(f, {**f.header, "alg": None}, None), ALG),
    "alg missing": (lambda f: _swapped(f, {"typ": "at+jwt", "kid": f.kid}, None), HEADER),
    "alg a list": (lambda f: _swapped(f, {**f.header, "alg": ["ES256", "none"]}, None), ALG),
    "signature missing with its dot": (lambda f: f.good.rpartition(".")[0], NO),
    "signature of zeros": (lambda f: unsigned(f.header, f.claims, bytes(64)), SIGNATURE),
    "signature of ones": (lambda f: unsigned(f.header, f.claims, b"\0" * 31 + b"\1" + b"\0" * 31 + b"\1"), SIGNATURE),
    "signature r = s = order": (
        lambda f: unsigned(
            f.header, f.claims,
            bytes.fromhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551" * 2),
        ), SIGNATURE,
    ),
    "signature of another token": (lambda f: _swapped(f, None, {**f.claims, "sub": "root"}), SIGNATURE),
    "signature cut": (lambda f: f.good[:-22], SIGNATURE),
    "signature lengthened": (lambda f: f.good + "AAAA", SIGNATURE),
    "signature as DER": (_der, SIGNATURE),
    "signature spelled otherwise": (_loose_end, NO),
    # another algorithm
    "HS256 with the public key as PEM": (lambda f: keyed({**f.header, "alg": "HS256"}, f.claims, f.pem), ALG),
    "HS256 with the public key, one line": (
        lambda f: keyed({**f.header, "alg": "HS256"}, f.claims, f.pem.strip()), ALG),
    "HS256 with the public JWK": (
        lambda f: keyed({**f.header, "alg": "HS256"}, f.claims, json.dumps(f.key.as_dict(private=False)).encode()),
        ALG,
    ),
    "HS256 with an empty key": (lambda f: keyed({**f.header, "alg": "HS256"}, f.claims, b""), ALG),
    "HS512 with the public key": (
        lambda f: keyed({**f.header, "alg": "HS512"}, f.claims, f.pem, "sha512"), ALG),
    "ES256 said, HMAC made": (lambda f: keyed(f.header, f.claims, f.pem, "sha512"), SIGNATURE),
    "Ed25519": (_eddsa, ALG),
    "RS256 said": (lambda f: _swapped(f, {**f.header, "alg": "RS256"}, None), ALG),
    "ES384 said": (lambda f: _swapped(f, {**f.header, "alg": "ES384"}, None), ALG),
    "ES256K said": (lambda f: _swapped(f, {**f.header, "alg": "ES256K"}, None), ALG),
    "es256 in small letters": (lambda f: _swapped(f, {**f.header, "alg": "es256"}, None), ALG),
    # another key, or one that the token brings
    "a stranger's key under our name": (lambda f: signed(f.header, f.claims, f.stranger), SIGNATURE),
    "a stranger's key under its own name": (_self_named, NOT_OURS),
    "a key that was ended at once": (
        lambda f: signed({**f.header, "kid": f.retired[0]}, f.claims, f.retired[1]), NOT_OURS),
    "an ended key under the new name": (lambda f: signed(f.header, f.claims, f.retired[1]), SIGNATURE),
    "kid unknown": (lambda f: f.headed(kid="unknown"), NOT_OURS),
    "kid empty": (lambda f: f.headed(kid=""), NOT_OURS),
    "kid null": (lambda f: f.headed(kid=None), NOT_OURS),
    "kid a number": (lambda f: f.headed(kid=1), NOT_OURS),
    "kid a list": (lambda f: f.headed(kid=[f.kid]), NOT_OURS),
    "kid a path": (lambda f: f.headed(kid="../../../../dev/null"), NOT_OURS),
    "kid SQL": (lambda f: f.headed(kid="x' UNION SELECT 'key"), NOT_OURS),
    "kid Cypher": (lambda f: f.headed(kid="x'}) RETURN 1 //"), NOT_OURS),
    "kid of 3,000 letters": (lambda f: f.headed(kid="k" * 2_500), NOT_OURS),
    "kid with a line's end": (lambda f: f.headed(kid=f.kid + "\n"), NOT_OURS),
    "kid missing": (lambda f: signed({"alg": "ES256", "typ": "at+jwt"}, f.claims, f.key), HEADER),
    "jwk in the header": (_own_jwk, HEADER),
    "jwk without a kid": (
        lambda f: signed(
            {"alg": "ES256", "typ": "at+jwt", "jwk": f.stranger.as_dict(private=False)}, f.claims, f.stranger),
        HEADER,
    ),
    "jku": (lambda f: f.headed(jku="https://evil.example/jwks.json"), HEADER),
    "jku of our own host": (lambda f: f.headed(jku=f"{ISSUER}@evil.example/jwks.json"), HEADER),
    "x5u": (lambda f: f.headed(x5u="https://evil.example/cert.pem"), HEADER),
    "x5c": (lambda f: f.headed(x5c=["MIIB"]), HEADER),
    "x5t": (lambda f: f.headed(x5t="AAAA"), HEADER),
    # other headers
    "crit unknown": (lambda f: f.headed(crit=["x"], x=1), HEADER),
    "crit empty": (lambda f: f.headed(crit=[]), HEADER),
    "b64 false": (lambda f: f.headed(b64=False, crit=["b64"]), HEADER),
    "zip": (lambda f: f.headed(zip="DEF"), HEADER),
    "enc": (lambda f: f.headed(enc="A256GCM"), HEADER),
    "alg twice": (
        lambda f: signed(f'{{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"{f.kid}"}}', f.claims, f.key), OBJECT),
    "kid twice": (
        lambda f: signed(f'{{"alg":"ES256","typ":"at+jwt","kid":"x","kid":"{f.kid}"}}', f.claims, f.key), OBJECT),
    "header a list": (lambda f: signed("[]", f.claims, f.key), OBJECT),
    "header null": (lambda f: signed("null", f.claims, f.key), OBJECT),
    "header no JSON": (lambda f: signed("{", f.claims, f.key), OBJECT),
    "header not UTF-8": (lambda f: signed(b'{"alg":"\xff"}', f.claims, f.key), OBJECT),
    "header UTF-16": (lambda f: signed(json.dumps(f.header).encode("utf-16"), f.claims, f.key), OBJECT),
    "header deep": (lambda f: signed("[" * 1_400, f.claims, f.key), OBJECT),
    # another type of token
    "typ JWT": (lambda f: f.headed(typ="JWT"), "of the type"),
    "typ missing": (lambda f: signed({"alg": "ES256", "kid": f.kid}, f.claims, f.key), HEADER),
    "typ in capitals": (lambda f: f.headed(typ="AT+JWT"), "of the type"),
    "typ dpop+jwt": (lambda f: f.headed(typ="dpop+jwt"), "of the type"),
    "typ logout+jwt": (lambda f: f.headed(typ="logout+jwt"), "of the type"),
    "an id token": (_id_token, "of the type"),
    "an id token that calls itself an access token": (
        lambda f: signed(f.header, {"iss": ISSUER, "aud": "c", "sub": "u", "iat": T, "exp": T + 9}, f.key),
        "claims of one"),
    "a token in a token": (_nested, HEADER),
    "claims that are a token": (lambda f: signed(f.header, f.good, f.key), OBJECT),
    # issuer, audience
    "iss another": (lambda f: f.ours(iss="https://evil.example"), "another issuer"),
    "iss with a slash": (lambda f: f.ours(iss=ISSUER + "/"), "another issuer"),
    "iss as a beginning": (lambda f: f.ours(iss=ISSUER + ".evil.example"), "another issuer"),
    "iss in capitals": (lambda f: f.ours(iss=ISSUER.upper()), "another issuer"),
    "iss a list": (lambda f: f.ours(iss=[ISSUER]), "another issuer"),
    "iss missing": (lambda f: f.without("iss"), "claims of one"),
    "iss null": (lambda f: f.ours(iss=None), "another issuer"),
    "aud another": (lambda f: f.ours(aud="https://other.example/graphql"), "another audience"),
    "aud the issuer": (lambda f: f.ours(aud=ISSUER), "another audience"),
    "aud a list with ours": (lambda f: f.ours(aud=[f"{ISSUER}/graphql", "other"]), "another audience"),
    "aud everybody": (lambda f: f.ours(aud="*"), "another audience"),
    "aud empty": (lambda f: f.ours(aud=""), "another audience"),
    "aud missing": (lambda f: f.without("aud"), "claims of one"),
    # time
    "expired": (lambda f: f.ours(iat=T - 900, nbf=T - 900, exp=T - 300), "expired"),
    "expired beyond the leeway": (lambda f: f.ours(iat=T - 631, nbf=T - 631, exp=T - 31), "expired"),
    "not yet good": (lambda f: f.ours(iat=T + 60, nbf=T + 60, exp=T + 600), "not good yet"),
    "good before it was issued": (lambda f: f.ours(iat=T + 60, nbf=T, exp=T + 600), LONG),
    "a life of 11 minutes": (lambda f: f.ours(exp=T + 660), LONG),
    "a life of a year": (lambda f: f.ours(exp=T + 31_536_000), LONG),
    "a life of no length": (lambda f: f.ours(exp=T), LONG),
    "a life backwards": (lambda f: f.ours(iat=T, nbf=T + 10, exp=T + 5), LONG),
    "exp missing": (lambda f: f.without("exp"), "claims of one"),
    "iat missing": (lambda f: f.without("iat"), "claims of one"),
    "nbf missing": (lambda f: f.without("nbf"), "claims of one"),
    "exp a text": (lambda f: f.ours(exp=str(T + 600)), "no moment"),
    "exp null": (lambda f: f.ours(exp=None), "no moment"),
    "exp true": (lambda f: f.ours(exp=True), "no moment"),
    "exp a fraction": (lambda f: f.ours(exp=T + 0.5), "no moment"),
    "exp infinite": (lambda f: _with_exp(f, "Infinity"), "no moment"),
    "exp not a number": (lambda f: _with_exp(f, "NaN"), "no moment"),
    "exp 1e400": (lambda f: _with_exp(f, "1e400"), "no moment"),
    "exp of 500 digits": (lambda f: _with_exp(f, "9" * 500), "no moment"),
    "exp of 2,000 digits": (lambda f: _with_exp(f, "9" * 2_000), "no moment"),
    "exp negative": (lambda f: f.ours(exp=-1), "no moment"),
    "exp in milliseconds": (lambda f: f.ours(exp=(T + 600) * 1000), LONG),
    # whose it is
    "sub missing": (lambda f: f.without("sub"), "claims of one"),
    "sub empty": (lambda f: f.ours(sub=""), "no id"),
    "sub null": (lambda f: f.ours(sub=None), "no id"),
    "sub a number": (lambda f: f.ours(sub=1), "no id"),
    "sub an object": (lambda f: f.ours(sub={"$ne": ""}), "no id"),
    "sub a list": (lambda f: f.ours(sub=["u1", "u2"]), "no id"),
    "sub with a NUL": (lambda f: f.ours(sub="u1\0"), "no id"),
    "org missing": (lambda f: f.without("org"), "claims of one"),
    "org null": (lambda f: f.ours(org=None), "no id"),
    "org a list": (lambda f: f.ours(org=["o1", "o2"]), "no id"),
    "sid missing": (lambda f: f.without("sid"), "claims of one"),
    "sid empty": (lambda f: f.ours(sid=""), "no id"),
    "jti missing": (lambda f: f.without("jti"), "claims of one"),
    "a claim more": (lambda f: f.ours(role="OWNER"), "claims of one"),
    "a scope": (lambda f: f.ours(scope="MANAGE_PLATFORM"), "claims of one"),
    "sub twice, the other last": (lambda f: _doubled(f, "sub", "root"), OBJECT),
    "sub twice, the other first": (lambda f: _doubled_first(f, "sub", "root"), OBJECT),
    "exp twice": (lambda f: _doubled(f, "exp", T + 10**6), OBJECT),
    "org twice by an escape": (
        lambda f: signed(f.header, json.dumps(f.claims)[:-1] + ', "\\u006frg": "o2"}', f.key), OBJECT),
    "claims a list": (lambda f: signed(f.header, "[]", f.key), OBJECT),
    "claims null": (lambda f: signed(f.header, "null", f.key), OBJECT),
    "claims empty": (lambda f: signed(f.header, "{}", f.key), "claims of one"),
    "claims no JSON": (lambda f: signed(f.header, "{", f.key), OBJECT),
    "claims with more behind": (lambda f: signed(f.header, json.dumps(f.claims) + "{}", f.key), OBJECT),
    # the outer form
    "empty": (lambda _: "", NO),
    "dots": (lambda _: "..", NO),
    "one part": (lambda f: f.good.split(".")[1], NO),
    "two parts": (lambda f: ".".join(f.good.split(".")[:2]), NO),
    "four parts": (lambda f: f.good + ".AAAA", NO),
    "five parts, as if encrypted": (lambda f: f.good + ".AAAA.AAAA", NO),
    "JSON serialization": (lambda f: json.dumps({"payload": f.good.split(".")[1], "signatures": []}), NO),
    "padding": (lambda f: f.good.replace(".", "=.", 1), NO),
    "base64 with + and /": (lambda f: f.good[:-2] + "+/", NO),
    "a space behind": (lambda f: f.good + " ", NO),
    "a line's end behind": (lambda f: f.good + "\n", NO),
    "a letter of another script": (lambda f: f.good[:-1] + "А", NO),
    "too long": (lambda f: f.headed(kid="k" * 5_000), NO),
    "header changed": (lambda f: _flipped(f, 0), f"{NO}|{OBJECT}|{HEADER}|{NOT_OURS}|{ALG}|of the type"),
    "claims changed": (lambda f: _flipped(f, 1), f"{SIGNATURE}|{NO}"),
    "signature changed": (lambda f: _flipped(f, 2), SIGNATURE),
}  # fmt: skip


def _with_exp(f: Forge, text: str) -> str:
    claims = json.dumps(f.claims).replace(f'"exp": {T + 600}', f'"exp": {text}')
    assert text in claims
    return signed(f.header, claims, f.key)


@pytest.mark.parametrize("name", ATTACKS)
async def test_a_forged_token_is_refused(tokens: AccessTokens, forge: Forge, name: str) -> None:
    attack, said = ATTACKS[name]
    assert await tokens.check(forge.good), "else everything would be refused"

    with pytest.raises(TokenRefused, match=said):
        await tokens.check(attack(forge))


def test_there_are_more_attacks_than_are_promised() -> None:
    assert len(ATTACKS) >= 87


async def test_what_the_forge_makes_is_good_where_nothing_is_forged(
    tokens: AccessTokens, forge: Forge
) -> None:
    """The table says something only if its tools make tokens that would be taken."""
    assert await tokens.check(forge.ours())
    assert await tokens.check(forge.headed())
    assert set(forge.claims) == CLAIMS


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": T - 600, "nbf": T - 600, "exp": T - 29},
        {"iat": T + 29, "nbf": T + 29, "exp": T + 600},
        {"iat": T - 300, "nbf": T - 200, "exp": T + 300},
        {"exp": T + 1},
    ],
)
async def test_clocks_may_differ_by_half_a_minute(
    tokens: AccessTokens, forge: Forge, changes: dict[str, int]
) -> None:
    assert (await tokens.check(forge.ours(**changes))).sub == "u1"


async def test_a_token_ends_after_its_ten_minutes(
    tokens: AccessTokens, forge: Forge, clock: Clock
) -> None:
    clock.now = NOW + timedelta(minutes=10, seconds=29)
    assert await tokens.check(forge.good)
    clock.now = NOW + timedelta(minutes=10, seconds=31)
    with pytest.raises(TokenRefused, match="expired"):
        await tokens.check(forge.good)
