"""Events on their way to subscribers: how long from commit to socket, how many a second, and what a subscriber costs.

Events travel as in use: the write path commits, the publisher puts them on the Redis stream, the API's hub loads,
executes and encodes, graphql-transport-ws carries them. The reference takes the same stream entries and broadcasts
texts of the same length to as many bare WebSocket connections. Writer, API, reference and clients are processes of
their own (the clients share this one).
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context

import orjson
import uvloop

from bench._kit import broadcast
from bench._kit.caller import Api, Caller, api, calling, listening
from bench._kit.figure import Figure, Goal, percentile
from bench._kit.plan import Plan
from bench._kit.process import process, resident_mb
from bench._kit.servers import Servers, servers
from bench._kit.swarm import Swarm
from graph.facts import Answer, Outcome
from graph.model.network import DomainName
from graph.writer import EventGroup, Writer, Written
from server.embedded.ports import free_port
from server.jobs.events import STREAM, Publisher
from server.jobs.queue import Queue, open_queue
from server.web.socket import PROTOCOL

QUESTION = "subscription { entityFound { cursor change entity { id key kind } } }"
PER_ENTRY = 20  # events that one transaction leaves
WITHIN_S = 120.0
Commits = list[tuple[str, float]]


def greeting(key: str, question: str = QUESTION) -> tuple[str, ...]:
    """What a client of graphql-transport-ws says to follow the question."""
    init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}
    subscribe = {"type": "subscribe", "id": "1", "payload": {"query": question}}
    return json.dumps(init), json.dumps(subscribe)


def names(count: int) -> list[DomainName]:
    """The entities that events tell of."""
    return [DomainName(name=f"e{number}.events.test") for number in range(count)]


def write_steadily(found: Servers, org: str, per_s: int, seconds: float) -> Commits:
    """Write new entities one by one, `per_s` a second; each one's id, and when it was committed (monotonic)."""
    return uvloop.run(_write_steadily(found, org, per_s, seconds))


async def _write_steadily(found: Servers, org: str, per_s: int, seconds: float) -> Commits:
    commits: Commits = []
    queue = await open_queue(found.redis_url)
    async with found.store() as store:
        publisher = Publisher(store, queue)

        async def publish(written: Written) -> None:
            at = time.monotonic()
            created = (group for group in written.events if group.type == "entity.created")
            commits.extend((each, at) for group in created for each in group.ids)
            await publisher(written)

        async with Writer(store, publish) as writer:
            began, writing = time.monotonic(), []
            for number in range(int(per_s * seconds)):
                await asyncio.sleep(max(0.0, began + number / per_s - time.monotonic()))
                name = DomainName(name=f"s{number}-{began:.0f}.steady.test")
                now = datetime.now(UTC)
                answer = Answer(name, "bench", Outcome.FOUND, now, now, (name,))
                writing.append(asyncio.create_task(writer.write(org, [answer])))
            await asyncio.gather(*writing)
    await queue.aclose()
    return commits


async def put(queue: Queue, stream: str, org: str, ids: Sequence[str]) -> None:
    """Put one entry about new names on a stream, as a publisher does."""
    group = EventGroup("entity.created", "DomainName", tuple(ids))
    entry = orjson.dumps([group.as_json(org, datetime.now(UTC))])
    await queue.xadd(stream, {"e": entry}, maxlen=10_000, approximate=True)


async def latency(
    found: Servers, caller: Caller, port: int, per_s: int, seconds: float
) -> tuple[list[float], float]:
    """Milliseconds from commit to one subscriber's socket, and events a second that were committed."""
    heard: dict[str, float] = {}
    listener = Listener(heard)
    await listener.join(1, port, "/graphql", PROTOCOL, greeting(caller.key))
    await asyncio.sleep(1)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        loop = asyncio.get_running_loop()
        commits = await loop.run_in_executor(
            pool, write_steadily, found, caller.org, per_s, seconds
        )
    await listener.wait(len(commits) + 1, 10.0)  # and the acknowledgement
    listener.leave()
    assert {each for each, _ in commits} == set(heard), "events were lost"
    took = [(heard[each] - at) * 1000 for each, at in commits]
    ends = [at for _, at in commits]
    return took, len(commits) / (max(ends) - min(ends))


class Listener(Swarm):
    """A subscriber that keeps when it heard of which entity."""

    def __init__(self, heard: dict[str, float]) -> None:
        super().__init__()
        self._heard = heard

    def _count(self, payload: bytes) -> None:
        super()._count(payload)
        message = orjson.loads(payload)
        if message["type"] == "next":
            found = message["payload"]["data"]["entityFound"]["entity"]["id"]
            self._heard[found] = self.last_at


@dataclass
class Side:
    """One of the two that are compared: its subscribers, and the stream that feeds it."""

    swarm: Swarm
    stream: str
    queue: Queue
    caller: Caller

    async def tell(self, events: int) -> None:
        """Put entries about that many entities on the stream, as a publisher does."""
        ids = [each.id_in(self.caller.org) for each in names(events)]
        for start in range(0, events, PER_ENTRY):
            await put(self.queue, self.stream, self.caller.org, ids[start : start + PER_ENTRY])

    async def listening(self) -> None:
        """Return once each subscriber gets what is told. Raises TimeoutError."""
        count = len(self.swarm.members)
        until = time.monotonic() + WITHIN_S
        while time.monotonic() < until:
            await asyncio.sleep(0.5)
            before = self.swarm.received
            await self.tell(1)
            if await self.swarm.wait(before + count, 2.0):
                await asyncio.sleep(0.5)
                return
        raise TimeoutError(f"not all of {count} subscribers are told")

    async def deliveries_per_s(self, events: int) -> float:
        """Tell so many events at once; deliveries a second until the last subscriber has the last one."""
        before, began = self.swarm.received, time.monotonic()
        wanted = events * len(self.swarm.members)
        await self.tell(events)
        if not await self.swarm.wait(before + wanted, WITHIN_S):
            got = self.swarm.received - before
            raise TimeoutError(f"{got} of {wanted} deliveries within {WITHIN_S:.0f} s")
        return wanted / (self.swarm.last_at - began)


async def fan_out(
    plan: Plan, found: Servers, caller: Caller, serving: Api, subscribers: int
) -> list[Figure]:
    """Deliveries a second beside the bare broadcast, and what the subscribers hold of the API's memory."""
    queue = await open_queue(found.redis_url)
    events = plan.size(100_000, 1_000) // subscribers
    own = Side(Swarm(), STREAM, queue, caller)
    await own.swarm.join(1, serving.port, "/graphql", PROTOCOL, greeting(caller.key))
    await own.listening()  # what the first one costs is not any subscriber's
    before_mb = resident_mb(serving.pid)
    await own.swarm.join(subscribers - 1, serving.port, "/graphql", PROTOCOL, greeting(caller.key))
    await own.listening()
    each_kb = (resident_mb(serving.pid) - before_mb) * 1024 / (subscribers - 1)
    bare = Side(Swarm(), broadcast.STREAM, queue, caller)
    port = free_port()
    code = f"from bench._kit.broadcast import main; main({port}, {own.swarm.length})"
    environment = found.environment()
    with process(f"broadcast-{subscribers}", code, environment, found.folder) as child:
        await listening(child, port)
        await bare.swarm.join(subscribers, port, "/", "", ())
        await bare.listening()
        rounds = []
        for number in range(plan.size(5, 1)):
            sides = (own, bare) if number % 2 else (bare, own)
            rounds.append({id(side): await side.deliveries_per_s(events) for side in sides})
        bare.swarm.leave()
    own.swarm.leave()
    await queue.aclose()
    ratio = statistics.median(each[id(own)] / each[id(bare)] for each in rounds)
    mine, other = (statistics.median(each[id(side)] for each in rounds) for side in (own, bare))
    return [
        Figure(f"{subscribers:,} subscribers", mine, "deliveries/s", other, ratio, Goal(0.8, "at least")),
        Figure(
            f"{subscribers:,} subscribers, memory of each", each_kb, "KiB", goal=Goal(60, of="value")
        ),
    ]  # fmt: skip


async def measure(plan: Plan) -> Sequence[Figure]:
    """Latency first, on a process that has served nobody; then the fan-out."""
    figures: list[Figure] = []
    with servers() as found:
        async with found.store() as store, calling(store) as caller:
            async with Writer(store) as writer:
                now = datetime.now(UTC)
                known = names(plan.size(1_000, 100))
                await writer.write(
                    caller.org,
                    [Answer(each, "bench", Outcome.FOUND, now, now, (each,)) for each in known],
                )
            async with api(found) as serving:
                plan.say("events: from commit to subscriber")
                await latency(found, caller, serving.port, 100, 1.0)  # plans are made once
                took, per_s = await latency(found, caller, serving.port, 100, plan.size(20.0, 2.0))
                figures += [
                    Figure("commits", per_s, "events/s", note="asked for: 100"),
                    Figure("commit to subscriber, p50", percentile(took, 0.5), "ms", goal=Goal(50, of="value")),
                    Figure("commit to subscriber, p99", percentile(took, 0.99), "ms", goal=Goal(300, of="value")),
                ]  # fmt: skip
                for subscribers in plan.size((100, 1_000), (10,)):
                    plan.say(f"events: {subscribers} subscribers")
                    figures += await fan_out(plan, found, caller, serving, subscribers)
    return figures
