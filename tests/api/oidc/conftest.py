"""The application with two sign-in providers that really run, and a browser that goes to them and back."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.responses import Response

from graph.store import Limits, Store
from server.auth.events import AuthEvent
from server.auth.oidc.discovery import Directory
from server.auth.oidc.flow import Oidc
from server.auth.oidc.providers import Provider, RoleRule
from server.jobs.queue import Queue
from server.web.app import create_app
from server.web.reception import ReceptionOptions
from tests.support.keys import MASTERS
from tests.support.oidc import SECRET, Claims, OidcProvider, running

BASE = "http://127.0.0.1:8000"
COOKIE = "mirage-8000"
DOMAIN = "staff.example"
DEAD = "http://127.0.0.1:9"

MAKE_ORG = "CREATE (:Organization {id: $org, name: $name, created_at: datetime()})"
MAKE_USER = """
CREATE (u:User {id: $user, email: $email, created_at: datetime()})-[:HAS_MEMBERSHIP]->
       (:Membership {id: randomUUID(), user: $user, org: $org, role: 'VIEWER', clearance: 'RED'})
WITH u MATCH (o:Organization {id: $org}), (u)-[:HAS_MEMBERSHIP]->(m) CREATE (m)-[:IN]->(o)
"""
MEMBERSHIPS = """
MATCH (:User {email: $email})-[:HAS_MEMBERSHIP]->(m:Membership)-[:IN]->(o:Organization)
RETURN o.id AS org, m.role AS role, m.clearance AS clearance, m.managed_by AS managed_by ORDER BY role
"""


@dataclass
class Site:
    """Everything a test needs: the application, its providers by name, and what it recorded."""

    app: Starlette
    store: Store
    providers: dict[str, OidcProvider]
    orgs: dict[str, str]
    events: list[AuthEvent] = field(default_factory=list)

    @property
    def oidc(self) -> Oidc:
        found: Oidc = self.app.state.services.reception.oidc
        return found

    def forget(self, **changes: Any) -> None:
        """Begin with no knowledge of the providers; `changes` are other settings of the first one."""
        for provider, _ in list(self.oidc._known.values()):
            usual = self.usual[provider.name]
            made = usual.model_copy(update=changes) if provider.name == "one" else usual
            self.oidc._known[made.name] = (made, Directory(made))

    usual: dict[str, Provider] = field(default_factory=dict)

    async def memberships(self, email: str) -> list[tuple[str, str, str, bool]]:
        """Where somebody belongs: organization, role, clearance, whether a provider manages it."""
        rows = await self.store.read(MEMBERSHIPS, {"email": email})
        names = {org: name for name, org in self.orgs.items()}
        return [
            (
                names.get(row["org"], "?"),
                row["role"],
                row["clearance"],
                row["managed_by"] is not None,
            )
            for row in rows
        ]

    async def make_user(self, email: str) -> str:
        """Somebody who was here before, by hand, in the organization `other`."""
        user = str(uuid.uuid4())
        await self.store.execute(
            MAKE_USER, {"user": user, "email": email, "org": self.orgs["other"]}
        )
        return user


@dataclass
class Traveller:
    """A browser: it goes where it is sent, and keeps cookies."""

    site: Site
    client: httpx.AsyncClient

    async def start(self, name: str = "one", path: str = "", **headers: str) -> httpx.Response:
        params = {"next": path} if path else {}
        return await self.client.get(
            f"/auth/oidc/{name}/start", params=params, headers=dict(headers)
        )

    async def ask(self, address: str) -> str:
        """Be signed in by the provider: the address that it sends back to."""
        async with httpx.AsyncClient(trust_env=False) as outside:
            response = await outside.get(address)
        assert response.status_code == 303, response.text
        return response.headers["location"]

    async def go(self, name: str = "one", path: str = "") -> str:
        """Go to a provider: the address that it sends back to."""
        response = await self.start(name, path)
        assert response.status_code == 303, response.text
        return await self.ask(response.headers["location"])

    async def back(self, address: str) -> httpx.Response:
        return await self.client.get(address)

    async def sign_in(self, name: str = "one", path: str = "") -> httpx.Response:
        return await self.back(await self.go(name, path))

    async def session(self) -> dict[str, Any] | None:
        """Who is signed in."""
        response = await self.client.get("/auth/session")
        said = response.json() if response.status_code == 200 else {}
        return said if said.get("user") else None

    def cookie(self) -> str:
        return self.client.cookies.get(COOKIE) or ""


def changed(address: str, **changes: str | None) -> str:
    """The address with other parameters; None takes one away."""
    params: dict[str, str | None] = {**params_of(address), **changes}
    kept = {name: value for name, value in params.items() if value is not None}
    return f"{address.partition('?')[0]}?{urlencode(kept)}"


def params_of(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _site(store: Store, queue: Queue) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        servers = {
            name: await stack.enter_async_context(
                running(OidcProvider(f"{BASE}/auth/oidc/{name}/callback"))
            )
            for name in ("one", "two")
        }
        orgs = {name: str(uuid.uuid4()) for name in ("main", "side", "other")}
        for name, org in orgs.items():
            await store.execute(MAKE_ORG, {"org": org, "name": f"{name} {org}"})
        rules = (
            RoleRule(claim=("groups",), value="leads", organization=orgs["main"], role="LEAD", clearance="RED"),
            RoleRule(claim=("groups",), value="staff", organization=orgs["main"], role="ANALYST", clearance="GREEN"),
            RoleRule(
                claim=("realm", "roles"), value="side", organization=f"side {orgs['side']}", role="VIEWER",
            ),
        )  # fmt: skip
        providers = [
            Provider(
                name=name, title=name.title(), issuer=each.issuer, client_id=each.client_id,
                client_secret=SecretStr(SECRET), roles=rules, allowed_domains=(DOMAIN,), auto_provision=True,
            )
            for name, each in servers.items()
        ]  # fmt: skip
        gone = Provider(name="gone", title="Gone", issuer=DEAD, client_id="x")
        site = Site(Starlette(), store, servers, orgs)

        async def record(event: AuthEvent) -> None:
            site.events.append(event)

        options = ReceptionOptions(
            public_url=BASE,
            tell=record,
            ring=str(uuid.uuid4()),
            providers=(*providers, gone),
        )
        site.app = create_app(store, queue, MASTERS, options=options)
        site.usual = {each.name: each for each in (*providers, gone)}
        await stack.enter_async_context(site.app.router.lifespan_context(site.app))
        store.read_limits = Limits(timeout_s=30, retry_s=30)  # what is answered counts, not when
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def site(_site: Site, redis_url: str) -> Site:
    """The application with providers that behave, and somebody at each who may come in."""
    for each in _site.providers.values():
        each.reset()
        name = uuid.uuid4().hex[:12]
        each.user = {
            "sub": name, "email": f"{name}@{DOMAIN}", "email_verified": True, "name": "Ada Heron", "groups": ["staff"],
        }  # fmt: skip
    _site.forget()
    _site.events.clear()
    redis = Redis.from_url(redis_url)
    async for key in redis.scan_iter(match="mirage:guesses:*"):
        await redis.delete(key)
    await redis.aclose()
    return _site


@pytest.fixture
def one(site: Site) -> OidcProvider:
    """The first provider."""
    return site.providers["one"]


MakeTraveller = Callable[[], Traveller]


@pytest_asyncio.fixture(loop_scope="session")
async def make_traveller(site: Site) -> AsyncIterator[MakeTraveller]:
    """Makes browsers that nobody is signed in with."""
    async with AsyncExitStack() as stack:
        opened: list[httpx.AsyncClient] = []

        def make() -> Traveller:
            address = f"10.9.{len(opened)}.{uuid.uuid4().int % 250}"
            transport = httpx.ASGITransport(
                site.app, raise_app_exceptions=False, client=(address, 9)
            )
            opened.append(httpx.AsyncClient(transport=transport, base_url=BASE))
            stack.push_async_callback(opened[-1].aclose)
            return Traveller(site, opened[-1])

        yield make


@pytest.fixture
def browser(make_traveller: MakeTraveller) -> Traveller:
    """A browser that nobody is signed in with."""
    return make_traveller()


@pytest.fixture
def restored(site: Site) -> Iterator[None]:
    """The application's clock as it was, afterwards."""
    before = site.oidc.clock
    yield
    site.oidc.clock = before


Attack = Callable[["Scene"], Awaitable[httpx.Response]]


@dataclass
class Scene:
    """An attack's means: the victim's browser, the attacker's, and the providers."""

    site: Site
    one: OidcProvider
    two: OidcProvider
    victim: Traveller
    attacker: Traveller


@pytest.fixture
def scene(site: Site, make_traveller: MakeTraveller) -> Scene:
    """Everything an attack needs."""
    one, two = site.providers["one"], site.providers["two"]
    return Scene(site, one, two, make_traveller(), make_traveller())


def endpoint(name: str, url: object) -> Attack:
    """A provider whose metadata says this."""

    async def attack(s: Scene) -> httpx.Response:
        s.one.conduct.metadata = {name: url}
        return await s.victim.start()

    return attack


def reply(what: str, make: Callable[[], Response]) -> Attack:
    """An endpoint that answers something else, once the victim is at the provider."""

    async def attack(s: Scene) -> httpx.Response:
        address = await s.victim.go()
        s.one.conduct.replies[what] = make
        return await s.victim.back(address)

    return attack


def token(make: Callable[[OidcProvider, Claims], str]) -> Attack:
    """A provider, or somebody on the way to it, that gives this ID token."""

    async def attack(s: Scene) -> httpx.Response:
        address = await s.victim.go()
        s.one.conduct.make_token = lambda claims: make(s.one, claims)
        return await s.victim.back(address)

    return attack


def claims(**changes: Any) -> Attack:
    """A well-signed ID token that says something else."""

    async def attack(s: Scene) -> httpx.Response:
        address = await s.victim.go()
        s.one.conduct.claims = changes
        return await s.victim.back(address)

    return attack


Row = tuple[Attack, int, str]


async def check_refused(scene: Scene, row: Row) -> None:
    """Nobody is signed in by the attack, the page says why, and so does the record."""
    attack, status, reason = row
    response = await attack(scene)

    assert response.status_code == status, response.text
    begun = {line.partition("=")[0] for line in response.headers.get_list("set-cookie")}
    assert COOKIE not in begun
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    if reason in NEVER_BEGUN:
        assert f"{reason} · " in response.text or response.json()["code"] == reason
        return
    assert f"{reason} · " in response.text
    last = scene.site.events[-1]
    assert (last.happened, last.method, last.reason) == ("SIGN_IN", "OIDC:one", reason)
    for secret in params_of(str(response.request.url)).values():
        assert secret not in str(scene.site.events)


NEVER_BEGUN = ("MALFORMED", "CSRF_REFUSED", "METHOD_NOT_ALLOWED")
"""Refused before it is looked at who comes from where, so not recorded as an attempt to sign in."""
