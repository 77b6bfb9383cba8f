"""Browsers: the cookie, the token that goes with it, and every way in which another site could misuse them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
import websockets

from server.web import socket
from server.web.cookies import csrf_token
from server.web.reception import Reception
from server.web.signin import DOCUMENTS, parts
from tests.api.signin.conftest import HOST, Browser, MakeClient, Person
from tests.api.signin.test_sessions_over_http import greeting
from tests.api.test_sockets import closed, connected, said

ME = {"query": "{ me { email } }"}


def cookie_line(response: httpx.Response, name: str) -> dict[str, str]:
    """A Set-Cookie by its attributes in small letters; the value under `value`."""
    for line in response.headers.get_list("set-cookie"):
        first, *rest = (part.strip() for part in line.split(";"))
        if first.startswith(f"{name}="):
            pairs = (part.partition("=") for part in rest)
            return {"value": first.partition("=")[2], **{k.lower(): v for k, _, v in pairs}}
    raise AssertionError(f"no cookie {name} in {response.headers}")


PLACES = {
    "https": (f"https://{HOST}", "__Host-mirage", True),
    "https on a port": (f"https://{HOST}:8443", "__Host-mirage", True),
    "https at loopback": ("https://127.0.0.1:9000", "__Host-mirage", True),
    "http at loopback": ("http://127.0.0.1:9000", "mirage-9000", False),
    "http at another loopback": ("http://localhost", "mirage-80", False),
    "http at IPv6 loopback": ("http://[::1]:9000", "mirage-9000", False),
    # No browser takes a cookie of that name without TLS: nobody is signed in where anybody can listen.
    "http elsewhere": (f"http://{HOST}", "__Host-mirage", True),
}


@pytest.mark.parametrize("place", PLACES)
async def test_the_cookie_is_out_of_reach(
    person: Person, make_client: MakeClient, place: str
) -> None:
    base, name, is_secure = PLACES[place]
    response = await Browser(make_client(base=base)).sign_in(person)
    for each in (name, f"{name}-device"):
        cookie = cookie_line(response, each)
        assert ("secure" in cookie) == is_secure
        assert "httponly" in cookie
        assert (cookie["samesite"], cookie["path"]) == ("strict", "/")
        assert "domain" not in cookie
    week = 7 * 24 * 3600
    assert week - 60 < int(cookie_line(response, name)["max-age"]) <= week
    assert {*response.json()} == {"session", "organization", "expiresAt", "csrfToken"}
    assert cookie_line(response, name)["value"] not in response.text


async def test_a_browser_asks_with_its_cookie_and_token(person: Person, browser: Browser) -> None:
    await browser.sign_in(person)

    assert (await browser.ask(ME["query"]))["me"] == {"email": person.email}
    again = (await browser.client.get("/auth/session")).json()
    assert again["csrfToken"] == browser.csrf
    assert again["user"]["email"] == person.email


async def test_signing_in_again_gives_another_cookie_and_ends_the_first(
    person: Person, browser: Browser, reception: Reception
) -> None:
    first = await browser.sign_in(person)
    before = cookie_line(first, "mirage-80")["value"]
    second = await browser.sign_in(person)
    after = cookie_line(second, "mirage-80")["value"]

    assert before != after
    assert first.json()["session"] != second.json()["session"]
    assert first.json()["csrfToken"] != second.json()["csrfToken"]
    assert [row.id for row in await reception.sessions.list_of(person.user)] == [
        second.json()["session"]
    ]


async def test_a_cookie_that_an_attacker_planted_is_not_taken_over(
    person: Person, browser: Browser
) -> None:
    planted = f"ms_{'a' * 43}"
    browser.client.cookies.set("mirage-80", planted, domain="localhost.local")
    response = await browser.sign_in(person)

    assert cookie_line(response, "mirage-80")["value"] != planted


async def test_signing_out_takes_the_cookie_and_leaves_the_device(
    person: Person, browser: Browser
) -> None:
    await browser.sign_in(person)
    response = await browser.post("/auth/sign-out", {})

    assert response.status_code == 204
    gone = cookie_line(response, "mirage-80")
    assert (gone["value"].strip('"'), gone["max-age"]) == ("", "0")
    assert [cookie.name for cookie in browser.client.cookies.jar] == ["mirage-80-device"]
    assert (await browser.client.get("/auth/session")).json() == {"user": None}


async def test_changing_the_organization_gives_another_cookie(
    make_person: Any, browser: Browser
) -> None:
    person = await make_person(organizations=2)
    first = await browser.sign_in(person, organization=person.orgs[0])
    changed = await browser.post("/auth/switch", {"organization": person.orgs[1]})
    assert cookie_line(changed, "mirage-80")["value"] != cookie_line(first, "mirage-80")["value"]

    old = browser.csrf
    assert (await browser.post("/graphql", ME)).status_code == 403, "the token went with the cookie"
    browser.csrf = changed.json()["csrfToken"]
    assert old != browser.csrf
    answer = await browser.ask("{ me { organizationId } }")
    assert answer["me"]["organizationId"] == person.orgs[1]


# --- what another site's page can make a browser send ---

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEXT = {"Content-Type": "text/plain"}
JSON = {"Content-Type": "application/json"}
QUERY = json.dumps(ME).encode()


ATTACKS: dict[str, tuple[dict[str, Any], str]] = {
    "JSON without a token": ({"json": ME}, "CSRF_REFUSED"),
    "an empty token": ({"json": ME, "headers": {"X-CSRF-Token": ""}}, "CSRF_REFUSED"),
    "a guessed token": ({"json": ME, "headers": {"X-CSRF-Token": "a" * 43}}, "CSRF_REFUSED"),
    "a token that is no ASCII": ({"json": ME, "headers": {"X-CSRF-Token": b"\xe4"}}, "CSRF_REFUSED"),
    "the token in the address": ({"json": ME, "params": {"csrfToken": "{token}"}}, "CSRF_REFUSED"),
    "the token in a cookie": ({"json": ME, "headers": {"Cookie": "{cookie}; X-CSRF-Token={token}"}}, "CSRF_REFUSED"),
    "a question by GET": ({"method": "GET", "params": ME}, "CSRF_REFUSED"),
    "a mutation by GET": (
        {"method": "GET", "params": {"query": "mutation { endOtherSessions { ended } }"}}, "CSRF_REFUSED"),
    "a subscription by GET": (
        {"method": "GET", "params": {"query": "subscription { findingChanged { cursor } }"},
         "headers": {"Accept": "text/event-stream"}}, "CSRF_REFUSED"),
    "a form": ({"content": b"query={me{email}}", "headers": FORM}, "CSRF_REFUSED"),
    "a form of files": (
        {"data": {"operations": QUERY.decode(), "map": "{}"}, "files": {"0": b"x"}}, "CSRF_REFUSED"),
    "JSON as text": ({"content": QUERY, "headers": TEXT}, "CSRF_REFUSED"),
    "JSON as text with JSON's name": (
        {"content": QUERY, "headers": {"Content-Type": "text/plain; application/json"}}, "CSRF_REFUSED"),
    "JSON without a type": ({"content": QUERY}, "CSRF_REFUSED"),
    "with the token, from another site": (
        {"json": ME, "headers": {"X-CSRF-Token": "{token}", "Origin": "https://evil.example"}}, "FORBIDDEN_ORIGIN"),
    "with the token, from a sandbox": (
        {"json": ME, "headers": {"X-CSRF-Token": "{token}", "Origin": "null"}}, "FORBIDDEN_ORIGIN"),
    "with the token, from a host below": (
        {"json": ME, "headers": {"X-CSRF-Token": "{token}", "Origin": "http://evil.localhost"}}, "FORBIDDEN_ORIGIN"),
    "with the token, from another port": (
        {"json": ME, "headers": {"X-CSRF-Token": "{token}", "Origin": "http://localhost:81"}}, "FORBIDDEN_ORIGIN"),
    "with the token, said to be of another site": (
        {"json": ME, "headers": {"X-CSRF-Token": "{token}", "Sec-Fetch-Site": "cross-site"}}, "CSRF_REFUSED"),
    "with the token, said to be of a host beside": (
        {"json": ME, "headers": {"X-CSRF-Token": "{token}", "Sec-Fetch-Site": "same-site"}}, "CSRF_REFUSED"),
    "a wrong key beside the cookie": (
        {"json": ME, "headers": {"X-CSRF-Token": "{token}", "Authorization": "Bearer x"}}, "NOT_AUTHENTICATED"),
    "reading the token from another site": (
        {"method": "GET", "url": "/auth/session", "headers": {"Sec-Fetch-Site": "cross-site"}}, "CSRF_REFUSED"),
    "signing out": ({"url": "/auth/sign-out", "json": {}}, "CSRF_REFUSED"),
    "signing out by a form": ({"url": "/auth/sign-out", "content": b"", "headers": FORM}, "UNSUPPORTED_MEDIA_TYPE"),
    "changing the organization": ({"url": "/auth/switch", "json": {"organization": "x"}}, "CSRF_REFUSED"),
    "changing the password": (
        {"url": "/auth/password/change", "json": {"current": "a", "password": "b"}}, "CSRF_REFUSED"),
    "setting up a second factor": ({"url": "/auth/second-factor/begin", "json": {"password": "a"}}, "CSRF_REFUSED"),
    "finishing a second factor": ({"url": "/auth/second-factor/confirm", "json": {"code": "1"}}, "CSRF_REFUSED"),
    "taking a second factor away": (
        {"url": "/auth/second-factor/remove", "json": {"password": "a", "code": "b"}}, "CSRF_REFUSED"),
    "new recovery codes": (
        {"url": "/auth/second-factor/recovery-codes", "json": {"password": "a", "code": "b"}}, "CSRF_REFUSED"),
    "signing in as the attacker by a form": (
        {"url": "/auth/sign-in", "data": {"email": "a", "password": "b"}}, "UNSUPPORTED_MEDIA_TYPE"),
    "signing in as the attacker as text": (
        {"url": "/auth/sign-in", "content": b'{"email":"a","password":"b"}', "headers": TEXT},
        "UNSUPPORTED_MEDIA_TYPE"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
async def test_another_site_gets_nothing_done_with_the_cookie(
    person: Person, browser: Browser, name: str
) -> None:
    await browser.sign_in(person)
    [cookie] = [each for each in browser.client.cookies.jar if each.name == "mirage-80"]
    given, code = ATTACKS[name]
    known = {"{token}": browser.csrf, "{cookie}": f"mirage-80={cookie.value}"}

    response = await browser.client.request(
        given.get("method", "POST"),
        given.get("url", "/graphql"),
        **{k: filled(v, known) for k, v in given.items() if k not in ("method", "url")},
    )

    assert response.json().get("code") == code
    assert person.email not in response.text
    assert (await browser.ask(ME["query"]))["me"] == {"email": person.email}


def filled(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(each, known) for key, each in value.items()}
    for name, text in known.items():
        if isinstance(value, str):
            value = value.replace(name, text)
    return value


async def test_an_export_by_cookie_needs_the_token_too(person: Person, browser: Browser) -> None:
    await browser.sign_in(person)
    without = await browser.client.get("/export")
    assert (without.status_code, without.json()["code"]) == (403, "CSRF_REFUSED")
    given = await browser.client.get("/export", headers={"X-CSRF-Token": browser.csrf})
    assert given.status_code == 200
    assert given.headers["content-type"].startswith("application/x-ndjson")


async def test_a_preflight_allows_another_site_nothing(browser: Browser) -> None:
    asked_for = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-csrf-token",
    }
    response = await browser.client.options("/graphql", headers=asked_for)

    assert response.status_code == 403
    assert [name for name in response.headers if name.startswith("access-control")] == []


async def test_one_sessions_token_is_not_anothers(
    person: Person, browser: Browser, make_client: MakeClient
) -> None:
    await browser.sign_in(person)
    other = Browser(make_client())
    await other.sign_in(person)
    refused = await browser.post("/graphql", ME, **{"X-CSRF-Token": other.csrf})

    assert (refused.status_code, refused.json()["code"]) == (403, "CSRF_REFUSED")


async def test_a_key_needs_no_token_and_counts_alone(person: Person, browser: Browser) -> None:
    told = await person.tokens()
    await browser.sign_in(person)
    headers = {"Authorization": f"Bearer {told['accessToken']}"}
    assert (await browser.client.post("/graphql", json=ME, headers=headers)).status_code == 200


# --- sockets ---


def jar(browser: Browser, address: str) -> dict[str, str]:
    """The browser's cookie as it would be at the address of the server."""
    [cookie] = [each for each in browser.client.cookies.jar if each.name == "mirage-80"]
    return {"Cookie": f"mirage-{address.rpartition(':')[2]}={cookie.value}"}


SOCKETS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "no token": ({}, {"Origin": "http://{address}"}),
    "a wrong token": ({"csrfToken": "x"}, {"Origin": "http://{address}"}),
    "the right token, no page": ({"csrfToken": "{token}"}, {}),
    "the right token, a script of another site": (
        {"csrfToken": "{token}"}, {"Origin": "http://{address}", "Sec-Fetch-Site": "cross-site"}),
    "a wrong key beside the cookie": (
        {"csrfToken": "{token}", "Authorization": "Bearer x"}, {"Origin": "http://{address}"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SOCKETS)
async def test_a_socket_with_a_cookie_needs_a_page_of_ours(
    person: Person, browser: Browser, served: str, name: str
) -> None:
    await browser.sign_in(person)
    payload, headers = SOCKETS[name]
    known = {"{token}": browser.csrf, "{address}": served}
    sent = jar(browser, served) | filled(headers, known)
    async with connected(served, additional_headers=sent) as opened:
        await opened.send(greeting(**filled(payload, known)))
        assert await closed(opened) == socket.FORBIDDEN


async def test_a_page_of_another_site_opens_no_socket_even_with_the_token(
    person: Person, browser: Browser, served: str
) -> None:
    await browser.sign_in(person)
    sent = jar(browser, served) | {"Origin": "https://evil.example"}
    with pytest.raises(websockets.InvalidStatus):
        async with connected(served, additional_headers=sent):
            pass


async def test_a_page_of_ours_opens_a_socket_with_cookie_and_token(
    person: Person, browser: Browser, served: str
) -> None:
    await browser.sign_in(person)
    sent = jar(browser, served) | {"Origin": f"http://{served}"}
    async with connected(served, additional_headers=sent) as opened:
        await opened.send(greeting(csrfToken=browser.csrf))
        assert await said(opened) == {"type": "connection_ack"}
        payload = {"query": "{ me { email } }"}
        await opened.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        answer = await said(opened)
        assert answer["payload"]["data"] == {"me": {"email": person.email}}


async def test_a_page_of_ours_follows_events_with_cookie_and_token(
    person: Person, browser: Browser, served: str
) -> None:
    await browser.sign_in(person)
    headers = jar(browser, served) | {
        "Accept": "text/event-stream", "X-CSRF-Token": browser.csrf,
    }  # fmt: skip
    query = {"query": "subscription { findingChanged { cursor } }"}
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", f"http://{served}/graphql", json=query, headers=headers) as response,
    ):
        assert response.status_code == 200
        first = await asyncio.wait_for(anext(response.aiter_lines()), 5)
        assert first.startswith(":")


def test_the_token_says_nothing_of_the_cookie() -> None:
    assert csrf_token("ms_secret") != csrf_token("ms_secreu")
    assert "secret" not in csrf_token("ms_secret")


# --- the pages ---


SIGN_IN = ("page.js", "page.css", "mark.svg")
PAGES = dict.fromkeys(("/signin", "/password", "/invitation"), SIGN_IN) | {
    "/account": ("account.js", "account.css", "page.css", "mark.svg")
}


@pytest.mark.parametrize("path", PAGES)
async def test_the_page_takes_nothing_from_elsewhere(browser: Browser, path: str) -> None:
    response = await browser.client.get(path)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "//" not in response.text
    for name in PAGES[path]:
        assert f"/signin/{name}" in response.text


@pytest.mark.parametrize("name", [*parts(), DOCUMENTS])
async def test_no_part_of_a_page_leads_elsewhere(browser: Browser, name: str) -> None:
    part = await browser.client.get(f"/signin/{name}")
    assert part.status_code == 200
    text = part.text.replace("http://www.w3.org/2000/svg", "")
    assert "http:" not in text
    assert "https:" not in text
    assert "innerHTML" not in text


@pytest.mark.parametrize(
    "name",
    [
        "page.html",
        "account.html",
        "documents/keys.graphql",
        "../reception.py",
        "%2e%2e/reception.py",
        "",
    ],
)
async def test_nothing_else_of_the_folder_is_served(browser: Browser, name: str) -> None:
    assert (await browser.client.get(f"/signin/{name}")).status_code in (404, 307)
