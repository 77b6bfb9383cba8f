"""Secrets of every kind, and how each comes into Mirage as it runs: for the test that looks for them afterwards."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pyotp
import pytest
from joserfc.jwk import ECKey

from graph.store import Store
from server.auth.keys import make_key
from server.auth.signing import ACCESS
from server.notify.letters import context
from server.vault.places import place
from tests.support import keyed
from tests.support.keys import MASTERS
from tests.support.roles import Roles
from tests.support.running_lab import RunningLab
from tests.support.stack import Neo4jAddress
from tests.support.waiting import eventually

SET = """mutation S($value: SecretText!, $name: String! = "api_key") {
  setSecret(source: "heron", name: $name, value: $value) { secret { id } errors { message } } }"""
SCAN = """mutation S($seeds: [String!]!, $exclude: [String!]!) {
  startScan(input: {seeds: $seeds, exclude: $exclude, presets: PASSIVE, collectors: ["birds.herons"]}) {
    run { id } errors { message } } }"""
RUN = "query R($id: ID!) { run(id: $id) { state reason answers { collector outcome answers } } }"


CHANNEL = """mutation C($secret: SecretText!, $url: String! = "https://127.0.0.1:9/hook") {
  createChannel(input: {module: "webhook", name: "seeded", events: [RUN_FINISHED, RUN_FAILED], options: {url: $url},
    secrets: [{name: "signing_secret", value: $secret}]}) { channel { id } errors { message } } }"""


@dataclass
class World:
    """Mirage as processes, with whatever anybody was told by it."""

    store: Store
    neo4j: Neo4jAddress
    redis_url: str
    running: Roles
    base: str
    collector: str
    lab: RunningLab
    user: str = field(default_factory=lambda: str(uuid.uuid4()))
    org: str = field(default_factory=lambda: str(uuid.uuid4()))
    key: str = field(default_factory=lambda: make_key().text)
    told: list[str] = field(default_factory=list)
    email: str = field(default_factory=lambda: f"{uuid.uuid4().hex[:8]}@people.example")
    password: str = field(default_factory=lambda: f"password {uuid.uuid4().hex}")
    cookie: str = ""
    recovery_code: str = ""

    async def send(
        self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Ask for something of signing in; what a good answer gives is meant for who asks, and not remembered.

        From an address of its own: other tests with the same Redis use up what 127.0.0.1 may try.
        """
        own = httpx.AsyncHTTPTransport(local_address="127.0.7.1")
        async with httpx.AsyncClient(base_url=self.base, timeout=30, transport=own) as client:
            response = await client.post(path, json=body, headers=headers)
        if not response.is_success:
            self.told.append(f"{response.headers} {response.text}")
        return response

    async def sign_in(self, **more: Any) -> httpx.Response:
        """Try to sign in."""
        return await self.send(
            "/auth/sign-in", {"email": self.email, "password": self.password, **more}
        )

    async def post(self, query: str, key: str = "", **more: Any) -> dict[str, Any]:
        """Ask the API, and remember what it says."""
        headers = {"Authorization": f"Bearer {key or self.key}", **more.pop("headers", {})}
        async with httpx.AsyncClient(base_url=self.base, timeout=30) as client:
            body = {"query": query, "variables": more}
            response = await client.post("/graphql", json=body, headers=headers)
        self.told.append(f"{response.headers} {response.text}")
        answer: dict[str, Any] = response.json()
        return answer

    async def delivered(self) -> None:
        """Wait until a courier has tried to tell that the scan ended; what came of it is remembered."""

        async def is_tried() -> bool:
            asked = "{ channels { nodes { secrets { name isSet } deliveries { nodes { state reason } } } } }"
            (channel,) = (await self.post(asked))["data"]["channels"]["nodes"]
            return [each["state"] for each in channel["deliveries"]["nodes"]] == ["DEAD"]

        await eventually(is_tried, within_s=60)

    async def start_the_others(self) -> None:
        """The roles that no seed needs; they have much to look at in a database of many tests."""
        self.running.settings = {**self.running.settings, "MIRAGE_METRICS_PORT": "0"}
        for role in ("correlator", "courier"):
            process = self.running.start(role)
            log = self.running.folder / f"{role}-{len(self.running.running) - 1}.log"
            while '"ready"' not in log.read_text("utf-8"):
                assert process.poll() is None, self.running.logs()
                await asyncio.sleep(0.2)

    async def get(self, path: str, base: str = "") -> str:
        """Fetch something, and remember it."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(base_url=base or self.base, timeout=30) as client:
            response = await client.get(path, headers=headers)
        assert response.status_code == 200, response.text
        self.told.append(response.text)
        return response.text


async def _used_by_a_collector(world: World) -> str:
    """A collector tells of it in an address, an error, a defect and a fact."""
    value = f"collector-{uuid.uuid4().hex}"
    assert (await world.post(SET, value=value))["data"]["setSecret"]["errors"] == []
    seed = world.lab.state["seeds"][0]
    found = f"heron.{seed}"  # not asked about in its turn
    started = (await world.post(SCAN, seeds=[seed], exclude=[found]))["data"]["startScan"]
    assert started["errors"] == []
    for _ in range(600):
        run = (await world.post(RUN, id=started["run"]["id"]))["data"]["run"]
        if run["state"] not in ("ACCEPTED", "RUNNING"):
            break
        await asyncio.sleep(0.2)
    outcomes = {
        each["outcome"]: each["answers"]
        for each in run["answers"]
        if each["collector"] == keyed.COLLECTOR
    }
    assert outcomes == {"ERROR": 3, "FOUND": 1}, (run, world.running.logs())
    return value


async def _of_a_channel(world: World) -> str:
    """It signs what is sent to a place where nothing may be sent; a run that ends is told of there."""
    value = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    made = (await world.post(CHANNEL, secret=value))["data"]["createChannel"]
    assert made["errors"] == []
    return value


async def _replaced(world: World) -> str:
    value = f"replaced-{uuid.uuid4().hex}"
    await world.post(SET, value=value)
    await world.post(SET, value=f"its-successor-{uuid.uuid4().hex}")
    return value


async def _with_a_key_of_its_own(world: World) -> str:
    """An answer is kept for whoever sends it again, and another request with the key is refused."""
    value = f"idempotent-{uuid.uuid4().hex}"
    for sent in (value, value, f"another-{uuid.uuid4().hex}"):
        await world.post(SET, value=sent, headers={"Idempotency-Key": "the-same"})
    assert "IDEMPOTENCY_MISMATCH" in world.told[-1]
    return value


async def _refused(world: World) -> str:
    """Sent where it does not belong, of the wrong form, and written into the document."""
    value = f"refused-{uuid.uuid4().hex}"
    await world.post(SET, value=value, name="no_such_name")
    await world.post(SET, value=[value])
    await world.post(SET, value={"value": value * 100})
    await world.post(SET.replace("SecretText!", "String!"), value=value)
    await world.post(SET.replace("value: $value", f'value: "{value}"'), value=value)
    return value


async def _mistyped_key(world: World) -> str:
    guess = make_key().text
    assert "NOT_AUTHENTICATED" in str(await world.post("{ me { id } }", key=guess))
    return guess


async def _api_key(world: World) -> str:
    return world.key


async def _neo4j_password(world: World) -> str:
    return world.neo4j.password


async def _redis_password(world: World) -> str:
    return urlsplit(world.redis_url).password or pytest.fail("the test's Redis has a password")


async def _master_key(_: World) -> str:
    return MASTERS.keys[MASTERS.current].decode()


async def _key_service_token(world: World) -> str:
    return world.running.settings["MIRAGE_KEY_SERVICE_TOKEN"]


async def _password(world: World) -> str:
    """Sent right, wrong for another address, and where it does not belong."""
    await world.sign_in()
    await world.sign_in(email="nobody@people.example")
    await world.sign_in(email=world.password, password="x")
    await world.sign_in(passwort=world.password)
    return world.password


async def _wrong_password(world: World) -> str:
    guess = f"guess-{uuid.uuid4().hex}"
    assert (await world.sign_in(password=guess)).status_code == 401
    return guess


async def _access_token(world: World) -> str:
    signed_in = await world.sign_in()
    assert signed_in.status_code == 200, signed_in.text
    token = str(signed_in.json()["accessToken"])
    assert (await world.post("{ me { id } }", key=token))["data"]
    assert "NOT_AUTHENTICATED" in str(await world.post("{ me { id } }", key=f"{token}x"))
    return token


async def _refresh_token(world: World) -> str:
    """Used, and used again, which ends the session."""
    token = str((await world.sign_in()).json()["refreshToken"])
    statuses = []
    for agent in ("somebody", "a thief", "a thief"):
        headers = {"User-Agent": agent}
        body = {"refreshToken": token}
        statuses.append((await world.send("/auth/refresh", body, headers)).status_code)
    assert statuses == [200, 401, 401]
    return token


async def _second_factor(world: World) -> str:
    """Begun by a browser, whose cookie is looked for, too."""
    signed_in = await world.sign_in(cookie=True)
    [value] = [value for name, value in signed_in.cookies.items() if "device" not in name]
    world.cookie = value
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items()),
        "X-CSRF-Token": signed_in.json()["csrfToken"],
    }
    begin, confirm = (f"/auth/second-factor/{step}" for step in ("begin", "confirm"))
    begun = await world.send(begin, {"password": world.password}, headers)
    secret = str(begun.json()["secret"])
    wrong = await world.send(confirm, {"code": secret[:6]}, headers)
    right = await world.send(confirm, {"code": pyotp.TOTP(secret).now()}, headers)
    assert (wrong.status_code, right.status_code) == (401, 200)
    world.recovery_code = str(right.json()["recoveryCodes"][0])
    return secret


async def _cookie(world: World) -> str:
    return world.cookie


async def _recovery_code(world: World) -> str:
    assert (await world.sign_in(code=world.recovery_code)).status_code == 200
    assert (await world.sign_in(code=world.recovery_code)).status_code == 401
    return world.recovery_code


async def _mailed_link(world: World) -> str:
    """It waits in the outbox, and a courier tries to send it."""
    await world.send("/auth/password/forgot", {"email": world.email})
    for _ in range(100):
        letters = await world.store.read("MATCH (l:Letter) RETURN l.id AS id, l.sealed AS sealed")
        opened = [
            orjson.loads(MASTERS.open(each["sealed"], context(each["id"]))) for each in letters
        ]
        texts = [each["text"] for each in opened if each["to"] == world.email]
        if texts:
            return str(texts[0].partition("/password#")[2].split()[0])
        await asyncio.sleep(0.1)
    return pytest.fail(f"no letter is there\n{world.running.logs()}")


async def _mail_password(world: World) -> str:
    return urlsplit(world.running.settings["MIRAGE_SMTP_URL"]).password or pytest.fail("is set")


async def _client_secret(world: World) -> str:
    """Its provider does not answer."""
    async with httpx.AsyncClient(base_url=world.base, timeout=30) as client:
        response = await client.get("/auth/oidc/herons/start")
    assert response.status_code in (303, 502, 503), response.text
    world.told.append(f"{response.headers} {response.text}")
    return str(json.loads(world.running.settings["MIRAGE_OIDC_PROVIDERS"])[0]["client_secret"])


async def _signing_key(world: World) -> str:
    [key, *_] = await world.store.read(
        "MATCH (k:SigningKey {ring: $ring}) RETURN k.kid AS kid, k.sealed AS sealed",
        {"ring": ACCESS},
    )
    opened = ECKey.import_key(MASTERS.open(key["sealed"], place("SigningKey", kid=key["kid"])))
    return str(opened.as_dict(private=True)["d"])


# Each kind of secret, and how it comes into the running system. A further kind is a line here.
SEEDS: dict[str, Callable[[World], Awaitable[str]]] = {
    "API key": _api_key,
    "unknown API key": _mistyped_key,
    "secret of a channel": _of_a_channel,  # before the scan, of whose end it tells
    "collector secret": _used_by_a_collector,
    "replaced collector secret": _replaced,
    "collector secret sent twice": _with_a_key_of_its_own,
    "refused secret": _refused,
    "Neo4j password": _neo4j_password,
    "Redis password": _redis_password,
    "master key": _master_key,
    "key service token": _key_service_token,
    "password": _password,
    "wrong password": _wrong_password,
    "access token": _access_token,
    "refresh token": _refresh_token,
    "link in a mail": _mailed_link,
    "second factor": _second_factor,
    "cookie of a session": _cookie,
    "recovery code": _recovery_code,
    "key that signs tokens": _signing_key,
    "secret at a provider": _client_secret,
    "password of the mail server": _mail_password,
}
