"""Signing in by a provider that really runs: accounts, keys, and a provider that is away."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from starlette.responses import Response

from server.auth.oidc.discovery import FRESH_S, KEYS_AGAIN_S, SERVES_S
from tests.api.oidc.conftest import (
    BASE,
    DOMAIN,
    MakeTraveller,
    Site,
    Traveller,
    params_of,
)
from tests.support.oidc import OidcProvider


def away() -> Response:
    return Response("{}", 503)


async def test_somebody_new_comes_in(site: Site, one: OidcProvider, browser: Traveller) -> None:
    response = await browser.sign_in(path="/graphiql/?x=1")

    assert (response.status_code, response.headers["location"]) == (303, f"{BASE}/graphiql/?x=1")
    who = await browser.session()
    assert who is not None
    assert who["user"]["email"] == one.user["email"]
    assert (who["organization"]["id"], who["role"]) == (site.orgs["main"], "ANALYST")
    assert await site.memberships(one.user["email"]) == [("main", "ANALYST", "GREEN", True)]
    told = [(each.happened, each.method, each.reason) for each in site.events]
    assert told == [
        ("IDENTITY_LINKED", "OIDC:one", ""),
        ("MEMBERSHIP_RENEWED", "OIDC:one", ""),
        ("SIGN_IN", "OIDC:one", ""),
    ]
    listed = await site.app.state.services.reception.sessions.list_of(who["user"]["id"])
    assert [row.method for row in listed] == ["OIDC:one"]


async def test_the_request_says_all_it_has_to(browser: Traveller) -> None:
    asked = params_of((await browser.start()).headers["location"])

    assert {*asked} == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "response_mode", "nonce", "code_challenge",
        "code_challenge_method",
    }  # fmt: skip
    assert asked["redirect_uri"] == f"{BASE}/auth/oidc/one/callback"
    assert (asked["response_type"], asked["response_mode"]) == ("code", "query")
    assert asked["code_challenge_method"] == "S256"
    again = params_of((await browser.start()).headers["location"])
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name]) == 43
        assert asked[name] != again[name]


async def test_coming_again_finds_the_same_account(
    site: Site, one: OidcProvider, make_traveller: MakeTraveller
) -> None:
    first, second = make_traveller(), make_traveller()
    await first.sign_in()
    one.user |= {
        "email": f"new-{one.user['email']}"
    }  # the subject tells who it is, not the address
    await second.sign_in()

    before, after = await first.session(), await second.session()
    assert before is not None
    assert after is not None
    assert before["user"] == after["user"]
    assert [each.happened for each in site.events].count("IDENTITY_LINKED") == 1


async def test_two_first_sign_ins_at_once_make_one_account(
    make_traveller: MakeTraveller,
) -> None:
    travellers = [make_traveller() for _ in range(4)]
    addresses = [await each.go() for each in travellers]
    done = await asyncio.gather(
        *(each.back(address) for each, address in zip(travellers, addresses, strict=True))
    )

    assert [each.status_code for each in done] == [303] * 4
    users = {(await each.session() or {})["user"]["id"] for each in travellers}
    assert len(users) == 1


async def test_two_tabs_of_one_browser_both_arrive(browser: Traveller) -> None:
    first, second = await browser.go(), await browser.go()

    assert (await browser.back(first)).status_code == 303
    assert browser.cookie()
    browser.client.cookies.set("mirage-8000-visit", "", domain="127.0.0.1")
    assert (await browser.back(second)).status_code == 403, "the mark went with the first sign-in"


async def test_an_account_of_a_trusted_domain_is_linked(
    site: Site, one: OidcProvider, browser: Traveller
) -> None:
    user = await site.make_user(one.user["email"])
    await browser.sign_in()

    who = await browser.session()
    assert who is not None
    assert who["user"]["id"] == user
    assert await site.memberships(one.user["email"]) == [
        ("main", "ANALYST", "GREEN", True),
        ("other", "VIEWER", "RED", False),
    ]


@pytest.mark.parametrize("verified", ["true", "1", 1, True])
async def test_an_address_may_be_verified_in_each_way_that_providers_write(
    one: OidcProvider, browser: Traveller, verified: object
) -> None:
    one.user["email_verified"] = verified

    assert (await browser.sign_in()).status_code == 303


async def test_nobody_comes_in_without_a_role_and_no_account_is_made(
    site: Site, one: OidcProvider, browser: Traveller
) -> None:
    one.user["groups"] = ["visitors"]
    response = await browser.sign_in()

    assert (response.status_code, site.events[-1].reason) == (403, "NO_ROLE")
    assert "gives you a role here" in response.text
    found = await site.store.read(
        "MATCH (u:User {email: $email}) RETURN u.id AS id", {"email": one.user["email"]}
    )
    assert found == []


async def test_a_suspended_user_stays_out(
    site: Site, one: OidcProvider, browser: Traveller
) -> None:
    await browser.sign_in()
    await site.store.execute(
        "MATCH (u:User {email: $email}) SET u.suspended_at = datetime()",
        {"email": one.user["email"]},
    )

    assert (await browser.sign_in()).status_code == 403
    assert site.events[-1].reason == "SUSPENDED"


async def test_what_is_required_of_the_proof(
    site: Site, one: OidcProvider, make_traveller: MakeTraveller
) -> None:
    site.forget(acr=("strong",), amr=("mfa",), max_age_s=600)
    asked = params_of((await make_traveller().start()).headers["location"])
    assert (asked["acr_values"], asked["max_age"]) == ("strong", "600")
    seen = []
    good = {"acr": "strong", "amr": ["pwd", "mfa"]}
    for claims in (
        {},
        {"acr": "weak"},
        {"acr": "strong"},
        {"acr": "strong", "amr": "mfa"},
        good | {"auth_time": int(time.time()) - 700},
        good,
    ):
        one.conduct.claims = claims
        seen.append((await make_traveller().sign_in()).status_code)

    assert seen == [403, 403, 403, 403, 403, 303]
    assert [each.reason for each in site.events if each.reason] == [
        "ACR", "ACR", "AMR", "AMR", "AUTH_TIME",
    ]  # fmt: skip


KEYS: dict[str, RSAKey | ECKey | OKPKey] = {
    "RS256": RSAKey.generate_key(2048, {"kid": "a"}),
    "PS256": RSAKey.generate_key(2048, {"kid": "b"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "c"}),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "d"}),
}


@pytest.mark.parametrize("algorithm", KEYS)
async def test_each_algorithm_is_taken(
    one: OidcProvider, browser: Traveller, algorithm: str
) -> None:
    one.keys, one.algorithm = [KEYS[algorithm]], algorithm
    one.conduct.metadata = {"id_token_signing_alg_values_supported": [algorithm]}
    assert (await browser.sign_in()).status_code == 303


async def test_a_key_without_a_name_serves_where_it_is_the_only_one(
    one: OidcProvider, make_traveller: MakeTraveller, site: Site
) -> None:
    one.conduct.make_token = lambda claims: one.sign(claims, kid=None)
    assert (await make_traveller().sign_in()).status_code == 303

    site.forget()
    one.keys = [KEYS["PS256"], *one.keys]
    assert (await make_traveller().sign_in()).status_code == 403
    assert site.events[-1].reason == "KEY"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(site: Site) -> Clock:
    """The clock by which the first provider's metadata and keys age."""
    made = Clock()
    _, directory = site.oidc._known["one"]
    directory._keys._clock = directory._metadata._clock = made
    return made


async def test_keys_may_rotate(
    site: Site, one: OidcProvider, make_traveller: MakeTraveller, clock: Clock
) -> None:
    assert (await make_traveller().sign_in()).status_code == 303
    assert (await make_traveller().sign_in()).status_code == 303
    assert one.count("jwks") == one.count("discovery") == 1

    one.keys = [KEYS["RS256"]]
    clock.now += KEYS_AGAIN_S + 1
    addresses = [(each := make_traveller(), await each.go()) for _ in range(5)]
    done = await asyncio.gather(*(each.back(address) for each, address in addresses))
    assert [each.status_code for each in done] == [303] * 5
    assert one.count("jwks") == 2, "five who wait share one request"

    one.keys = [RSAKey.generate_key(2048, {"kid": "z"})]
    for _ in range(3):
        assert (await make_traveller().sign_in()).status_code == 403
    assert site.events[-1].reason == "KEY"
    assert one.count("jwks") == 2, "once a minute at most"


async def test_what_is_known_serves_while_the_provider_is_half_away(
    site: Site, one: OidcProvider, make_traveller: MakeTraveller, clock: Clock
) -> None:
    assert (await make_traveller().sign_in()).status_code == 303
    one.conduct.replies = {"discovery": away, "jwks": away}
    clock.now += FRESH_S + 1
    assert (await make_traveller().sign_in()).status_code == 303
    assert (one.count("discovery"), one.count("jwks")) == (2, 2)

    clock.now += SERVES_S
    assert (await make_traveller().start()).status_code == 503
    assert site.events[-1].reason == "STATUS"


async def test_a_provider_that_is_away_says_so_and_holds_up_nobody(
    site: Site, browser: Traveller
) -> None:
    response = await browser.start("gone")

    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    assert "cannot be reached" in response.text
    assert site.events[-1].reason == "AWAY"
    assert (await browser.sign_in("one")).status_code == 303


async def test_a_slow_provider_is_given_up(
    site: Site, one: OidcProvider, browser: Traveller
) -> None:
    one.conduct.slow_s = {"discovery": 10}
    began = time.monotonic()
    response = await browser.start()

    assert (response.status_code, site.events[-1].reason) == (503, "SLOW")
    assert 1.4 < time.monotonic() - began < 8


async def test_the_answer_may_take_ten_minutes_and_no_longer(
    site: Site, browser: Traveller
) -> None:
    await browser.start()
    redis = site.app.state.services.queue
    lives = [await redis.ttl(key) async for key in redis.scan_iter(match="mirage:oidc:*")]

    assert max(lives) in range(590, 601)


@pytest.mark.usefixtures("restored")
async def test_clocks_may_differ_by_half_a_minute(
    site: Site, make_traveller: MakeTraveller
) -> None:
    seen = {}
    for seconds in (-45, -20, 20, 320, 345):
        site.oidc.clock = lambda s=seconds: datetime.now(UTC) + timedelta(seconds=s)  # type: ignore[misc]
        seen[seconds] = (await make_traveller().sign_in()).status_code

    assert seen == {-45: 403, -20: 303, 20: 303, 320: 303, 345: 403}


async def test_nothing_secret_lies_in_redis(site: Site, browser: Traveller) -> None:
    asked = params_of((await browser.start()).headers["location"])
    redis = site.app.state.services.queue
    kept = [
        key + (await redis.get(key) or b"") async for key in redis.scan_iter(match="mirage:oidc:*")
    ]
    text = b"".join(kept).decode()

    assert kept
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name] not in text
    assert (browser.client.cookies.get("mirage-8000-visit") or "?") not in text


async def test_the_page_lists_the_providers(browser: Traveller) -> None:
    said = (await browser.client.get("/auth/oidc")).json()

    assert said["providers"][0] == {"name": "one", "title": "One"}
    assert (await browser.start("none")).status_code == 404
    assert DOMAIN not in str(said)
