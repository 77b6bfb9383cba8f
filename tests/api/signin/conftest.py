"""The application with everything that lets people in, and people who have passwords."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import argon2
import httpx
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from starlette.applications import Starlette

from graph.store import Store
from server.accounts import invitations
from server.auth.events import AuthEvent
from server.jobs.queue import Queue
from server.web.app import create_app
from server.web.door import LOOPBACK, Door
from server.web.reception import Reception, ReceptionOptions
from tests.api.conftest import served as serve
from tests.support.keys import MASTERS

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
COUNTERS = f"test:guesses:{uuid.uuid4()}:"
PASSWORD = "violin gravel teapot"
HOST = "mirage.example"

MAKE_PERSON = """
CREATE (u:User {id: $user, email: $email, name: 'Ada Heron', password: $password, created_at: datetime()})
WITH u
UNWIND $orgs AS org
CREATE (u)-[:HAS_MEMBERSHIP]->(:Membership {
  id: randomUUID(), user: $user, org: org.id, role: $role, clearance: 'RED', created_at: datetime()
})-[:IN]->(:Organization {id: org.id, name: org.name, created_at: datetime()})
"""


@dataclass
class Person:
    """Somebody with a password. `orgs` are the ids of their organizations, by name."""

    user: str
    email: str
    orgs: list[str]
    client: httpx.AsyncClient
    events: list[AuthEvent]

    async def sign_in(self, **more: Any) -> httpx.Response:
        """Try to."""
        body = {"email": self.email, "password": PASSWORD} | more
        return await self.client.post("/auth/sign-in", json=body)

    async def tokens(self, **more: Any) -> dict[str, Any]:
        """Sign in as a program does."""
        response = await self.sign_in(**more)
        assert response.status_code == 200, response.text
        told: dict[str, Any] = response.json()
        return told

    async def me(self, token: str) -> httpx.Response:
        """Ask with an access token."""
        return await self.client.post(
            "/graphql",
            json={"query": "{ me { email organizationId role } }"},
            headers={"Authorization": f"Bearer {token}"},
        )

    def told(self, happened: str) -> list[AuthEvent]:
        """What was recorded of this person."""
        return [
            each for each in self.events if each.user == self.user and each.happened == happened
        ]


@dataclass
class Browser:
    """A browser: it keeps cookies and sends them by itself; our page in it also sends the token."""

    client: httpx.AsyncClient
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def sign_in(self, person: Person, **more: Any) -> httpx.Response:
        """Sign in as the page does."""
        body = {"email": person.email, "password": PASSWORD, "cookie": True} | more
        response = await self.client.post("/auth/sign-in", json=body)
        if response.status_code == 200:
            self.csrf = response.json()["csrfToken"]
        return response

    async def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        """A request of our own page."""
        return await self.client.post(
            path, json=body, headers={"X-CSRF-Token": self.csrf} | self.headers | headers
        )

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask for data without errors."""
        answer = (await self.post("/graphql", {"query": query, "variables": variables})).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data


@pytest.fixture(scope="session")
def events() -> list[AuthEvent]:
    """What the application records."""
    return []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served_app(
    store: Store, queue: Queue, events: list[AuthEvent]
) -> AsyncIterator[Starlette]:
    """The application, started once."""

    async def record(event: AuthEvent) -> None:
        events.append(event)

    options = ReceptionOptions(
        public_url=f"https://{HOST}",
        has_mail=True,
        tell=record,
        hasher=CHEAP,
        ring=str(uuid.uuid4()),
        counters=COUNTERS,
        accept_invitation=partial(invitations.accept, store),
    )
    made = create_app(store, queue, MASTERS, Door(LOOPBACK | {HOST}), options=options)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture(scope="session")
def reception(served_app: Starlette) -> Reception:
    """What lets people in."""
    found: Reception = served_app.state.services.reception
    return found


MakeClient = Callable[..., httpx.AsyncClient]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def make_client(served_app: Starlette) -> AsyncIterator[MakeClient]:
    """Makes something that sends requests, from an address of its own unless told."""
    opened: list[httpx.AsyncClient] = []

    def make(address: str = "", base: str = "http://localhost") -> httpx.AsyncClient:
        number = uuid.uuid4().int
        address = address or f"10.{number % 256}.{number // 256 % 256}.{number // 65536 % 256}"
        transport = httpx.ASGITransport(served_app, raise_app_exceptions=False, client=(address, 9))
        opened.append(httpx.AsyncClient(transport=transport, base_url=base))
        return opened[-1]

    yield make
    for each in opened:
        await each.aclose()


@pytest.fixture
def browser(make_client: MakeClient) -> Browser:
    """A browser that nobody is signed in with."""
    return Browser(make_client())


MakePerson = Callable[..., Any]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def make_person(store: Store, make_client: MakeClient, events: list[AuthEvent]) -> MakePerson:
    """Makes somebody with a password, in new organizations."""

    async def make(organizations: int = 1, role: str = "OWNER", address: str = "") -> Person:
        user, orgs = str(uuid.uuid4()), [str(uuid.uuid4()) for _ in range(organizations)]
        email = f"{user[:8]}@people.example"
        await store.execute(
            MAKE_PERSON,
            {
                "user": user, "email": email, "password": CHEAP.hash(PASSWORD), "role": role,
                "orgs": [{"id": org, "name": f"Org {n}"} for n, org in enumerate(orgs)],
            },
        )  # fmt: skip
        return Person(user, email, orgs, make_client(address), events)

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def person(make_person: MakePerson) -> Person:
    """The owner of a new, empty organization."""
    made: Person = await make_person()
    return made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served(served_app: Starlette) -> AsyncIterator[str]:
    """The application on a loopback port, as host and port."""
    async with serve(served_app) as address:
        yield address


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def from_nowhere(redis_url: str) -> None:
    """What tests guess from the loopback address is not counted into the next one."""
    redis = Redis.from_url(redis_url)
    for name in ("keys", "address", "mails-from"):
        async for key in redis.scan_iter(match=f"{COUNTERS}{name}:*"):
            await redis.delete(key)
    await redis.aclose()


class Sleeps:
    """Remembers for how long it was slept, and does not."""

    def __init__(self) -> None:
        self.told: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.told.append(seconds)


@pytest.fixture(autouse=True)
def hurried(reception: Reception, monkeypatch: pytest.MonkeyPatch) -> Sleeps:
    """Nobody waits between attempts."""
    sleeps = Sleeps()
    monkeypatch.setattr(reception.sign_in._means.throttle, "_sleep", sleeps)
    return sleeps
