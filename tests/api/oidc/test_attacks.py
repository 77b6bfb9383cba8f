"""The attacks of RFC 9700 (Security Best Current Practice) and OpenID Connect Core, each refused with its reason.

An attack gives the answer that it got; whoever it was, nobody may be signed in by it, and the record says why.
"""

from __future__ import annotations

import base64

import httpx
import pytest
from starlette.responses import RedirectResponse, Response

from tests.api.oidc.conftest import (
    BASE,
    COOKIE,
    Attack,
    MakeTraveller,
    Row,
    Scene,
    Site,
    Traveller,
    changed,
    check_refused,
    endpoint,
    params_of,
    reply,
)
from tests.support.oidc import OidcProvider

CALLBACK = f"{BASE}/auth/oidc/one/callback"


# --- state, and the browser it belongs to ---


async def state_missing(s: Scene) -> httpx.Response:
    return await s.victim.back(changed(await s.victim.go(), state=None))


async def state_guessed(s: Scene) -> httpx.Response:
    return await s.victim.back(changed(await s.victim.go(), state="a" * 43))


async def state_of_another_browser(s: Scene) -> httpx.Response:
    """Login CSRF: the attacker has the victim open an answer to the attacker's own request."""
    address = await s.attacker.go()
    await s.victim.start()
    return await s.victim.back(address)


async def login_csrf_on_a_browser_at_rest(s: Scene) -> httpx.Response:
    return await s.victim.back(await s.attacker.go())


async def answer_replayed(s: Scene) -> httpx.Response:
    address = await s.victim.go()
    mark = s.victim.client.cookies.get("mirage-8000-visit") or ""
    assert (await s.victim.back(address)).status_code == 303
    s.victim.client.cookies.set("mirage-8000-visit", mark, domain="127.0.0.1")
    return await s.victim.back(address)


async def answer_replayed_after_signing_out(s: Scene) -> httpx.Response:
    address = await s.victim.go()
    mark = s.victim.client.cookies.get("mirage-8000-visit") or ""
    await s.victim.back(address)
    token = (await s.victim.session() or {})["csrfToken"]
    gone = await s.victim.client.post("/auth/sign-out", json={}, headers={"X-CSRF-Token": token})
    assert gone.status_code == 204
    s.victim.client.cookies.set("mirage-8000-visit", mark, domain="127.0.0.1")
    return await s.victim.back(address)


async def state_twice(s: Scene) -> httpx.Response:
    address = await s.victim.go()
    return await s.victim.back(f"{address}&state={'b' * 43}")


async def state_of_another_provider(s: Scene) -> httpx.Response:
    """Mix-up by the address: the answer of one provider is brought to another's callback."""
    return await s.victim.back((await s.victim.go("two")).replace("/two/", "/one/"))


# --- code ---


async def code_injected(s: Scene) -> httpx.Response:
    """A stolen code in the attacker's own visit: PKCE ties it to the victim's."""
    stolen = params_of(await s.victim.go())["code"]
    return await s.attacker.back(changed(await s.attacker.go(), code=stolen))


async def code_injected_at_a_provider_without_pkce(s: Scene) -> httpx.Response:
    """The same where the provider does not check PKCE: the nonce does not fit."""
    s.one.conduct.checks_pkce = False
    return await code_injected(s)


async def code_replayed(s: Scene) -> httpx.Response:
    used = await s.victim.go()
    await s.victim.back(used)
    return await s.victim.back(changed(await s.victim.go(), code=params_of(used)["code"]))


async def code_missing(s: Scene) -> httpx.Response:
    return await s.victim.back(changed(await s.victim.go(), code=None))


async def pkce_not_offered(s: Scene) -> httpx.Response:
    """Downgrade: metadata that offers `plain` alone."""
    s.one.conduct.metadata = {"code_challenge_methods_supported": ["plain"]}
    return await s.victim.start()


# --- which provider answers ---


async def mix_up(s: Scene) -> httpx.Response:
    return await s.victim.back(changed(await s.victim.go(), iss=s.two.issuer))


async def issuer_left_out(s: Scene) -> httpx.Response:
    return await s.victim.back(changed(await s.victim.go(), iss=None))


async def issuer_foreign_where_none_is_announced(s: Scene) -> httpx.Response:
    s.one.conduct.says_issuer = False
    return await s.victim.back(changed(await s.victim.go(), iss=s.two.issuer))


async def mix_up_in_an_error(s: Scene) -> httpx.Response:
    address = changed(await s.victim.go(), code=None, error="access_denied", iss=s.two.issuer)
    return await s.victim.back(address)


async def metadata_of_another_issuer(s: Scene) -> httpx.Response:
    s.one.conduct.metadata = {"issuer": s.two.issuer}
    return await s.victim.start()


async def metadata_with_a_slash_more(s: Scene) -> httpx.Response:
    s.one.conduct.metadata = {"issuer": f"{s.one.issuer}/"}
    return await s.victim.start()


async def discovery_elsewhere(s: Scene) -> httpx.Response:
    s.one.conduct.replies["discovery"] = lambda: RedirectResponse(
        f"{s.two.issuer}/.well-known/openid-configuration", 302
    )
    return await s.victim.start()


async def token_endpoint_elsewhere(s: Scene) -> httpx.Response:
    """A redirect would carry code, verifier and secret to somebody else."""
    address = await s.victim.go()
    s.one.conduct.replies["token"] = lambda: RedirectResponse(f"{s.two.issuer}/token", 307)
    response = await s.victim.back(address)
    assert s.two.redeemed == []
    return response


async def packed(s: Scene) -> httpx.Response:
    address = await s.victim.go()
    s.one.conduct.replies["jwks"] = lambda: Response(b"x", headers={"Content-Encoding": "gzip"})
    return await s.victim.back(address)


# --- where people are sent ---


def returning(path: str) -> Attack:
    """Open redirect: another site as the place to return to."""

    async def attack(s: Scene) -> httpx.Response:
        return await s.victim.start(path=path)

    return attack


async def begun_by_another_site(s: Scene) -> httpx.Response:
    return await s.victim.start(**{"Sec-Fetch-Site": "cross-site"})


async def callback_by_post(s: Scene) -> httpx.Response:
    address = await s.victim.go()
    return await s.victim.client.post("/auth/oidc/one/callback", data=params_of(address))


ATTACKS: dict[str, Row] = {
    "state missing": (state_missing, 403, "STATE_MISSING"),
    "state guessed": (state_guessed, 403, "STATE_USED"),
    "login CSRF": (state_of_another_browser, 403, "STATE_FOREIGN"),
    "login CSRF on a browser at rest": (login_csrf_on_a_browser_at_rest, 403, "STATE_MISSING"),
    "answer replayed": (answer_replayed, 403, "STATE_USED"),
    "answer replayed after signing out": (answer_replayed_after_signing_out, 403, "STATE_USED"),
    "state twice": (state_twice, 403, "MALFORMED"),
    "mix-up by the callback's address": (state_of_another_provider, 403, "STATE_PROVIDER"),
    "code injected": (code_injected, 403, "CODE"),
    "code injected, provider without PKCE": (code_injected_at_a_provider_without_pkce, 403, "NONCE"),
    "code replayed": (code_replayed, 403, "CODE"),
    "code missing": (code_missing, 403, "CODE_MISSING"),
    "PKCE downgraded": (pkce_not_offered, 503, "PKCE"),
    "mix-up": (mix_up, 403, "MIX_UP"),
    "mix-up, iss left out": (issuer_left_out, 403, "MIX_UP"),
    "mix-up, iss not announced": (issuer_foreign_where_none_is_announced, 403, "MIX_UP"),
    "mix-up in an error": (mix_up_in_an_error, 403, "MIX_UP"),
    "metadata of another issuer": (metadata_of_another_issuer, 503, "ISSUER"),
    "metadata of nearly the issuer": (metadata_with_a_slash_more, 503, "ISSUER"),
    "token endpoint by http": (endpoint("token_endpoint", "http://idp.example/t"), 503, "ENDPOINT"),
    "keys by http": (endpoint("jwks_uri", "http://idp.example/k"), 503, "ENDPOINT"),
    "keys from a file": (endpoint("jwks_uri", "file:///etc/passwd"), 503, "ENDPOINT"),
    "authorization by script": (endpoint("authorization_endpoint", "javascript:x"), 503, "ENDPOINT"),
    "authorization with a name": (endpoint("authorization_endpoint", "https://a@b.example/"), 503, "ENDPOINT"),
    "no algorithm but none": (endpoint("id_token_signing_alg_values_supported", ["none", "HS256"]), 503, "ALGORITHMS"),
    "discovery redirects": (discovery_elsewhere, 503, "REDIRECT"),
    "token endpoint redirects": (token_endpoint_elsewhere, 503, "REDIRECT"),
    "oversized keys": (reply("jwks", lambda: Response(b" " * 300_000)), 503, "TOO_LARGE"),
    "packed keys": (packed, 503, "ENCODING"),
    "keys that are HTML": (reply("jwks", lambda: Response("<html>")), 503, "NO_JSON"),
    "keys that are a list": (reply("jwks", lambda: Response("[]")), 503, "NO_JSON"),
    "no keys": (reply("jwks", lambda: Response('{"keys": [1, {"kty": "oct", "k": "AA"}]}')), 503, "KEYS"),
    "tokens without ID token": (reply("token", lambda: Response('{"access_token": "x"}')), 403, "TOKEN_MISSING"),
    "return to another site": (returning("https://evil.example/"), 403, "RETURN_PATH"),
    "return to another host": (returning("//evil.example/"), 403, "RETURN_PATH"),
    "return by a backslash": (returning("/\\evil.example/"), 403, "RETURN_PATH"),
    "return by a tab": (returning("/\t/evil.example/"), 403, "RETURN_PATH"),
    "return by script": (returning("javascript:alert(1)"), 403, "RETURN_PATH"),
    "return with a header": (returning("/a\r\nSet-Cookie: a=b"), 403, "RETURN_PATH"),
    "begun by another site": (begun_by_another_site, 403, "CSRF_REFUSED"),
    "callback by POST": (callback_by_post, 405, "METHOD_NOT_ALLOWED"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_refused_with_its_reason(scene: Scene, name: str) -> None:
    await check_refused(scene, ATTACKS[name])


async def test_the_verifier_always_goes_along(one: OidcProvider, browser: Traveller) -> None:
    asked = params_of((await browser.start()).headers["location"])
    await browser.sign_in()

    assert [len(form["code_verifier"]) for form in one.redeemed] == [43]
    assert one.redeemed[0]["redirect_uri"] == f"{BASE}/auth/oidc/one/callback"
    assert asked["code_challenge"] != one.redeemed[0]["code_verifier"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:9000"])
async def test_the_callback_is_the_same_whatever_the_host_says(
    browser: Traveller, host: str
) -> None:
    response = await browser.start(Host=host, **{"X-Forwarded-Host": "evil.example"})

    assert params_of(response.headers["location"])["redirect_uri"] == CALLBACK
    assert (await browser.start(Host="evil.example")).status_code == 421


async def test_what_a_provider_says_is_never_read_as_html(
    site: Site, one: OidcProvider, browser: Traveller
) -> None:
    script = "<script>alert(1)</script>\"'&"
    one.conduct.answer_with = {"error": "access_denied", "error_description": script, "code": None}
    response = await browser.sign_in()

    assert (response.status_code, site.events[-1].reason) == (403, "DENIED")
    assert "<script" not in response.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;" in response.text
    assert script not in str(site.events)


async def test_a_session_is_always_a_new_one(
    site: Site, browser: Traveller, make_traveller: MakeTraveller
) -> None:
    planted = f"ms_{'a' * 43}"
    browser.client.cookies.set(COOKIE, planted, domain="127.0.0.1")
    await browser.sign_in()
    first = browser.cookie()
    before = await browser.session()
    await browser.sign_in()

    assert planted not in (first, browser.cookie())
    assert first != browser.cookie()
    assert before is not None
    live = await site.app.state.services.reception.sessions.list_of(before["user"]["id"])
    assert len(live) == 1, "the former session of the browser has ended"
    thief = make_traveller()
    thief.client.cookies.set(COOKIE, first, domain="127.0.0.1")
    assert await thief.session() is None


async def test_the_pages_cannot_be_framed_and_tell_nobody_where_one_comes_from(
    browser: Traveller,
) -> None:
    pages = [await browser.start(), await browser.back(CALLBACK)]

    assert [page.status_code for page in pages] == [303, 403]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'none'" in policy
        assert "unsafe-inline" not in policy
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"


async def test_the_mark_is_out_of_reach_and_short_lived(browser: Traveller) -> None:
    line = (await browser.start()).headers["set-cookie"].lower()

    assert line.startswith("mirage-8000-visit=mo_")
    for part in ("httponly", "samesite=lax", "path=/", "max-age=600"):
        assert part in line
    assert "domain" not in line


async def test_nothing_secret_is_logged(
    one: OidcProvider, browser: Traveller, capfd: pytest.CaptureFixture[str]
) -> None:
    address = await browser.go()
    one.conduct.claims = {"nonce": "wrong"}
    await browser.back(address)
    await browser.sign_in()
    told = capfd.readouterr()

    said = one.redeemed[0]
    for secret in (said["code"], said["code_verifier"], params_of(address)["state"], "a secret:"):
        assert secret not in told.out + told.err
    middle = base64.urlsafe_b64encode(b'{"alg"').decode()[:8]
    assert middle not in told.out + told.err
