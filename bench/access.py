"""What it costs to look who asks and what they may do: the same requests with and without, over HTTP.

Two API processes serve the same organization; one lets everybody in (`bench/_kit/unguarded.py`).
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import cycle, islice

from bench._kit.caller import Connection, api, calling
from bench._kit.figure import Figure, Goal, percentile
from bench._kit.plan import Plan
from bench._kit.servers import servers
from bench.ingest import ours
from bench.reads import AT_ONCE, SHAPES, Once, Round, answers, by_graphql, timed


async def measure(plan: Plan) -> Sequence[Figure]:
    """Ask both by turns for a point lookup, the request of which access is the largest part."""
    shape = SHAPES[0]
    with servers() as found:
        async with AsyncExitStack() as opened:
            store = await opened.enter_async_context(found.store())
            caller = await opened.enter_async_context(calling(store))
            await ours(store, answers(), caller.org)
            ways: dict[str, Once] = {}
            for name, unguarded_for in (("guarded", ""), ("unguarded", caller.org)):
                serving = await opened.enter_async_context(api(found, unguarded_for))
                connections = [
                    await Connection.open(serving.port, caller.key) for _ in range(AT_ONCE)
                ]
                for each in connections:
                    opened.callback(each.close)
                ways[name] = by_graphql(shape, connections)
            plan.say("access: an API key")
            return await compared(plan, caller.org, ways)


async def compared(plan: Plan, org: str, ways: dict[str, Once]) -> list[Figure]:
    """Rounds of both by turns; who begins changes, too."""
    requests, rounds = plan.size(800, 32), plan.size(9, 1)
    draw = random.Random("access")
    drawn = [SHAPES[0].variables(draw, org) for _ in range(requests)]
    for once in ways.values():
        await timed(once, drawn)
    done: dict[str, list[Round]] = {name: [] for name in ways}
    for order in islice(cycle((tuple(ways), tuple(reversed(ways)))), rounds):
        for name in order:
            done[name].append(await timed(ways[name], drawn))
    pairs = list(zip(done["guarded"], done["unguarded"], strict=True))
    p50 = {
        name: percentile([took * 1000 for each in of for took in each.took], 0.5)
        for name, of in done.items()
    }
    ratio = statistics.median(
        percentile(own.took, 0.5) / percentile(bare.took, 0.5) for own, bare in pairs
    )
    return [
        Figure(
            "a request with an API key, p50", p50["guarded"], "ms", p50["unguarded"], ratio,
            Goal(1.1),
        ),
    ]  # fmt: skip
