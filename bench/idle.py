"""What subscribers cost that hear nothing: the API's memory for each, and whether it serves others meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from bench._kit.caller import Connection, api, calling
from bench._kit.figure import Figure, Goal, percentile
from bench._kit.plan import Plan
from bench._kit.process import resident_mb
from bench._kit.servers import servers
from bench._kit.swarm import Swarm
from bench.events import greeting
from server.web.socket import PROTOCOL

FIRST = 10  # what the first ones cost is not any further one's
QUESTION = "{ me { id } }"
JOIN_WITHIN_S = 300.0
SETTLES_IN_S = 30.0  # long enough for pings both ways


async def measure(plan: Plan) -> Sequence[Figure]:
    """Connect them all, wait, and ask something beside them."""
    count = plan.size(10_000, 200)
    many = str(2 * count)
    with servers() as found:
        async with (
            found.store() as store,
            calling(store) as caller,
            api(
                found,
                api_connections=many,
                api_sockets_per_user=many,
                api_subscriptions_per_user=many,
            ) as serving,
        ):
            swarm = Swarm()
            say = greeting(caller.key)
            await swarm.join(FIRST, serving.port, "/graphql", PROTOCOL, say)
            await _acknowledged(swarm, FIRST)
            before_mb, began = resident_mb(serving.pid), time.monotonic()
            plan.say(f"idle: {count:,} subscribers")
            await swarm.join(
                count - FIRST, serving.port, "/graphql", PROTOCOL, say, within_s=JOIN_WITHIN_S
            )
            await _acknowledged(swarm, count)
            joined_s = time.monotonic() - began
            await asyncio.sleep(plan.size(SETTLES_IN_S, 1.0))
            each_kb = (resident_mb(serving.pid) - before_mb) * 1024 / (count - FIRST)
            connection = await Connection.open(serving.port, caller.key)
            took = [await _asked(connection) for _ in range(plan.size(300, 20))]
            connection.close()
            await _acknowledged(swarm, count)  # none is gone
            swarm.leave()
    return [
        Figure(f"{count:,} idle subscribers, memory of each", each_kb, "KiB", goal=Goal(60, of="value")),
        Figure("connected", (count - FIRST) / joined_s, "subscribers/s"),
        Figure("a question beside them, p50", percentile(took, 0.5), "ms"),
        Figure("a question beside them, p99", percentile(took, 0.99), "ms", goal=Goal(250, of="value")),
    ]  # fmt: skip


async def _asked(connection: Connection) -> float:
    """Milliseconds until a trivial question is answered."""
    began = time.monotonic()
    body = await connection.ask(QUESTION)
    assert b'"errors"' not in body, body
    return (time.monotonic() - began) * 1000


async def _acknowledged(swarm: Swarm, count: int) -> None:
    """Return once so many were greeted. Raises TimeoutError, ConnectionError where one is gone."""
    if not await swarm.wait(count, 60.0):
        raise TimeoutError(f"{swarm.received} of {count} subscribers were greeted")
