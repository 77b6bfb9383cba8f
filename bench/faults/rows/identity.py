"""Rows about who vouches for people: a sign-in provider whose keys come slowly, or not at all."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ClassVar

import httpx
from joserfc.jwk import RSAKey
from starlette.responses import Response

from bench.faults import load
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import World
from server.embedded.ports import free_port
from tests.support.oidc import SECRET, OidcProvider, running

NAMES = ("api-with-provider", "api-that-knows-no-keys")
DOMAIN = "staff.example"
STALLS_S = (
    15.0  # longer than anybody waits, and not much longer than the provider then takes to end
)
SEE_OTHER, REFUSED = httpx.codes.SEE_OTHER, (httpx.codes.FORBIDDEN, httpx.codes.SERVICE_UNAVAILABLE)


@dataclass
class Site:
    """An API and the provider that people come by; `took` are the seconds of each answer to a browser."""

    base: str
    provider: OidcProvider
    took: list[float] = field(default_factory=list)

    async def sign_in(self) -> int:
        """Somebody new signs in; the status of the last answer: 303 where they came in."""
        name = uuid.uuid4().hex[:12]
        self.provider.user = {"sub": name, "email": f"{name}@{DOMAIN}", "email_verified": True}
        # Everybody from an address of their own: one may try so often in a quarter of an hour.
        headers = {"X-Forwarded-For": f"2001:db8:{random.randrange(65_536):x}::1"}
        async with httpx.AsyncClient(base_url=self.base, timeout=15, trust_env=False) as browser:
            begun = await self._timed(browser, "/auth/oidc/staff/start", headers)
            if begun.status_code != SEE_OTHER:
                return begun.status_code
            there = await browser.get(begun.headers["location"])
            return (await self._timed(browser, there.headers["location"], headers)).status_code

    async def _timed(
        self, browser: httpx.AsyncClient, address: str, headers: dict[str, str]
    ) -> httpx.Response:
        began = time.monotonic()
        try:
            return await browser.get(address, headers=headers)
        finally:
            self.took.append(time.monotonic() - began)


class KeysGone(Row):
    """The keys of a sign-in provider come slowly, not at all, and then others, while people sign in."""

    number = 26
    goal = Goal(
        "cached keys serve; no request over 2 s; a new key serves within 75 s of its return", 75
    )
    times: ClassVar[int] = 10

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Both ways of being away, then a change of keys meanwhile, then the return."""
        broken: list[str] = []
        async with _site(world, NAMES[0]) as site, _site(world, NAMES[1]) as fresh:
            if (status := await site.sign_in()) != SEE_OTHER:
                raise RuntimeError(f"even without a fault, signing in is answered {status}")
            site.took.clear()  # Neo4j had to plan each statement
            faults = {"slow": self._stall, "gone": self._vanish}
            for name in dice.sample(sorted(faults), len(faults)):
                async with load.reading(world, ports=[_port(site), _port(fresh)]) as reads:
                    faults[name](site.provider)
                    faults[name](fresh.provider)
                    await asyncio.sleep(dice.uniform(0, 2))
                    known = [await site.sign_in() for _ in range(self.times)]
                    unknown = [await fresh.sign_in() for _ in range(self.times)]
                broken += [
                    f"{name}: known keys did not serve: {each}"
                    for each in known
                    if each != SEE_OTHER
                ]
                broken += [
                    f"{name}: unknown keys: {each}" for each in unknown if each != REFUSED[1]
                ]
                broken += load.slow([reply for _, reply in reads.replies])
                broken += [f"{name}: a question failed: {reply}" for reply in reads.failed()]
            site.provider.keys = [RSAKey.generate_key(2048, {"kid": "new", "use": "sig"})]
            others = [await site.sign_in() for _ in range(self.times)]
            broken += [
                f"a key that cannot be had: {each}" for each in others if each not in REFUSED
            ]
            took = await self._returned(site, fresh)
        if (worst := max(site.took + fresh.took)) > load.SLOW_S:
            broken.append(f"somebody waited {worst:.2f} s")
        return Outcome.of(recovery_s=took, broken=tuple(broken), note=f"worst {worst:.2f} s")

    async def _returned(self, *sites: Site) -> float:
        """Let the keys come again; the seconds until people come in at each."""
        for site in sites:
            site.provider.conduct.slow_s, site.provider.conduct.replies = {}, {}
        began = time.monotonic()
        async with asyncio.timeout(120):
            for site in sites:
                while True:
                    if await site.sign_in() == SEE_OTHER:
                        break
                    await asyncio.sleep(1)
        return time.monotonic() - began

    def _stall(self, provider: OidcProvider) -> None:
        provider.conduct.replies = {}
        provider.conduct.slow_s = {"jwks": STALLS_S}

    def _vanish(self, provider: OidcProvider) -> None:
        provider.conduct.slow_s = {}
        provider.conduct.replies = {"jwks": lambda: Response("{}", httpx.codes.BAD_GATEWAY)}


def _port(site: Site) -> int:
    return httpx.URL(site.base).port or 0


@asynccontextmanager
async def _site(world: World, name: str) -> AsyncIterator[Site]:
    """An API process of its own with a provider of its own, in whose domain everybody is a viewer."""
    port = world.ports.setdefault(name, free_port(world.ports.values()))
    base = f"http://127.0.0.1:{port}"
    async with running(OidcProvider(f"{base}/auth/oidc/staff/callback")) as provider:
        said = {
            "name": "staff",
            "title": "Staff",
            "issuer": provider.issuer,
            "client_id": provider.client_id,
            "client_secret": SECRET,
            "allowed_domains": [DOMAIN],
            "auto_provision": True,
            "roles": [{"organization": world.org, "role": "VIEWER"}],
        }
        given = {"oidc_providers": json.dumps([said]), "api_proxies": "127.0.0.1/32"}
        await world.keeper.start(world.role(name, "api", **given))
        try:
            yield Site(base, provider)
        finally:
            await world.keeper.stop(name)
