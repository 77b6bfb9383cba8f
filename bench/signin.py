"""How many people sign in a second: over HTTP with a password each, beside the hash alone that this takes."""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import httpx

from bench._kit.caller import api, calling
from bench._kit.figure import Figure, percentile
from bench._kit.plan import Plan
from bench._kit.servers import servers
from graph.store import Store
from server.auth.passwords import AT_ONCE, USUAL

PASSWORD = "tern-colony-on-the-shingle"  # noqa: S105 - of people who exist for one measurement
CALLERS = 8

MAKE_PEOPLE = """
UNWIND $ids AS id
MATCH (o:Organization {id: $org})
CREATE (u:User {id: id, email: id + '@people.example', password: $hash, created_at: datetime()})-[:HAS_MEMBERSHIP]->
       (:Membership {id: id, org: $org, user: id, role: 'VIEWER', clearance: 'RED', created_at: datetime()})-[:IN]->(o)
"""
REMOVE_PEOPLE = """
UNWIND $ids AS id
MATCH (u:User {id: id})
OPTIONAL MATCH (u)--(own:Membership|Session|Device)
DETACH DELETE own, u
"""


async def measure(plan: Plan) -> Sequence[Figure]:
    """Rounds of both by turns; who begins changes, too."""
    people, rounds = plan.size(100, 16), plan.size(5, 1)
    hashed = USUAL.hash(PASSWORD)
    with servers() as found:
        async with (
            found.store() as store,
            calling(store) as caller,
            _people(store, caller.org, people, hashed) as ids,
            api(found, api_proxies="127.0.0.1/32") as serving,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{serving.port}", timeout=60.0) as client,
        ):
            plan.say("signin: passwords")
            await _signed_in(client, ids[:CALLERS], 0)
            took: list[float] = []
            ratios: list[float] = []
            per_s: dict[str, list[float]] = {"own": [], "bare": []}
            for number in range(rounds):
                for side in ("own", "bare") if number % 2 else ("bare", "own"):
                    began = time.monotonic()
                    if side == "own":
                        took += await _signed_in(client, ids, number + 1)
                    else:
                        await asyncio.to_thread(_verified, hashed, people)
                    per_s[side].append(people / (time.monotonic() - began))
                ratios.append(per_s["own"][-1] / per_s["bare"][-1])
    own, bare = (statistics.median(per_s[side]) for side in ("own", "bare"))
    return [
        Figure("sign-ins", own, "sign-ins/s", bare, statistics.median(ratios)),
        Figure(f"a sign-in, {CALLERS} at once, p50", percentile(took, 0.5) * 1000, "ms"),
        Figure(f"a sign-in, {CALLERS} at once, p99", percentile(took, 0.99) * 1000, "ms"),
    ]  # fmt: skip


async def _signed_in(client: httpx.AsyncClient, ids: Sequence[str], number: int) -> list[float]:
    """Sign each in once, from an address of their own; seconds that each took."""
    gate = asyncio.Semaphore(CALLERS)

    async def sign_in(place: int, user: str) -> float:
        async with gate:
            began = time.monotonic()
            response = await client.post(
                "/auth/sign-in",
                json={"email": f"{user}@people.example", "password": PASSWORD},
                headers={"X-Forwarded-For": f"2001:db8:{number:x}:{place:x}::1"},
            )
            response.raise_for_status()
            return time.monotonic() - began

    return await asyncio.gather(*(sign_in(place, user) for place, user in enumerate(ids)))


def _verified(hashed: str, times: int) -> None:
    """The same passwords, held against their hash in as many threads as the API has for it."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert all(threads.map(lambda _: USUAL.verify(hashed, PASSWORD), range(times)))


@asynccontextmanager
async def _people(store: Store, org: str, count: int, hashed: str) -> AsyncIterator[list[str]]:
    """So many people with a password, members of an organization; gone at the end."""
    ids = [str(uuid.uuid4()) for _ in range(count)]
    await store.execute(MAKE_PEOPLE, {"ids": ids, "org": org, "hash": hashed})
    try:
        yield ids
    finally:
        await store.execute(REMOVE_PEOPLE, {"ids": ids})
