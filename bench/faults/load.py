"""What people do while things break: they ask steadily, and make notes that are journalled once answered."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.faults.client import Client, Reply
from bench.faults.compare import Difference, balance
from bench.faults.journal import acknowledged, read
from bench.faults.world import World

NOTED = "note"
SLOW_S = 2.0  # no request may take longer, whatever is away
_ENTITY = """
mutation Fact {
  assertFact(input: {entity: {kind: DomainName, key: "faults.test"}}) { entity { id } errors { message } } }
"""
_NOTE = """
mutation Note($id: ID!, $text: String!) { note(id: $id, text: $text) { note { id } errors { message } } }
"""
_NOTES = "MATCH (n:Note {org: $org}) RETURN n.text AS text"
_READ = "{ me { role } entities(first: 1) { nodes { id } } }"


@dataclass
class Acting:
    """Mutations under way: each makes a note whose text is its idempotency key, and repeats it until answered."""

    world: World
    org: str
    client: Client
    entity: str
    answers: dict[str, str] = field(default_factory=dict)
    is_over: bool = False
    tasks: Sequence[asyncio.Task[None]] = ()

    async def act_on(self, pause_s: float) -> None:
        """Make one note after another until it is over; the one in hand is brought to its end."""
        while not self.is_over:
            key = f"{self.org} {uuid.uuid4()}"
            self.answers[key] = await self.note(key)
            self.world.journal.note(NOTED, key, self.org)
            await asyncio.sleep(pause_s)

    async def note(self, key: str) -> str:
        """Make the note of this key; its id."""
        told = await self.client.do(_NOTE, {"id": self.entity, "text": key}, key)
        if told["note"]["errors"]:
            raise RuntimeError(f"note: {told['note']['errors']}")
        return str(told["note"]["note"]["id"])

    async def answered_once_more(self, within_s: float = 120) -> None:
        """Wait until one more note is acknowledged. Raises TimeoutError, and what all who make some ended with."""
        acted = len(self.answers)
        async with asyncio.timeout(within_s):
            while len(self.answers) <= acted:
                if all(task.done() for task in self.tasks):
                    await asyncio.gather(*self.tasks)
                await asyncio.sleep(0.05)

    async def balance(self) -> Difference:
        """Which acknowledged notes are not there, and which are there twice."""
        rows = await self.world.store.read(_NOTES, {"org": self.org})
        entries = acknowledged(read(self.world.journal.path), NOTED, self.org)
        return balance(entries, [row["text"] for row in rows])

    async def answered_otherwise(self, most: int = 20) -> tuple[str, ...]:
        """The notes of the last answers whose key gets another answer now than before."""
        last = list(self.answers.items())[-most:]
        now = await asyncio.gather(*(self.note(key) for key, _ in last))
        return tuple(
            f"the key {key} is answered otherwise"
            for (key, before), after in zip(last, now, strict=True)
            if before != after
        )


@asynccontextmanager
async def acting(
    world: World, at_once: int = 4, pause_s: float = 0.05, ports: Sequence[int] = ()
) -> AsyncIterator[Acting]:
    """So many clients that make notes, in an organization of their own; each ends what it has begun.

    Raises as `Client.do`.
    """
    org, client = await world.caller(ports)
    told = await client.do(_ENTITY, {}, str(uuid.uuid4()))
    made = Acting(world, org, client, str(told["assertFact"]["entity"]["id"]))
    made.tasks = [asyncio.create_task(made.act_on(pause_s)) for _ in range(at_once)]
    try:
        yield made
        made.is_over = True
        await asyncio.gather(*made.tasks)
    finally:
        for task in made.tasks:
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)


@dataclass
class Reading:
    """Questions under way, and the answers to them with the moment (monotonic) of each."""

    client: Client
    replies: list[tuple[float, Reply]] = field(default_factory=list)

    async def read_on(self, every_s: float, *, is_patient: bool) -> None:
        """Ask steadily, of both APIs by turns, until cancelled; the patient turn to the other where one is away."""
        for turn in itertools.count():
            reply = await self.client.ask(_READ, turn=turn)
            if is_patient and reply.data is None and reply.is_retryable:
                reply = await self.client.ask(_READ, turn=turn + 1)
            self.replies.append((time.monotonic(), reply))
            await asyncio.sleep(every_s)

    def failed(self) -> list[Reply]:
        """The answers that were none."""
        return [reply for _, reply in self.replies if reply.data is None]


@asynccontextmanager
async def reading(
    world: World,
    at_once: int = 2,
    every_s: float = 0.1,
    ports: Sequence[int] = (),
    *,
    is_patient: bool = False,
) -> AsyncIterator[Reading]:
    """So many clients that ask steadily, both APIs or those on `ports`."""
    client = Client(ports or world.client.ports, world.client.key)
    made = Reading(client)
    tasks = [
        asyncio.create_task(made.read_on(every_s, is_patient=is_patient)) for _ in range(at_once)
    ]
    try:
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(OSError):
            await client.aclose()


def slowest(*replies: Sequence[Reply]) -> float:
    """The seconds that the slowest of all these took."""
    return max((reply.took_s for some in replies for reply in some), default=0.0)


def slow(replies: Iterable[Reply], most_s: float = SLOW_S) -> tuple[str, ...]:
    """What is to be said of answers that took too long: how many, and how long the slowest took."""
    late = [reply for reply in replies if reply.took_s > most_s]
    if not late:
        return ()
    worst = max(late, key=lambda reply: reply.took_s)
    return (
        f"{len(late)} requests took over {most_s:g} s, the slowest {worst.took_s:.1f} s ({worst})",
    )


def final(replies: Iterable[Reply]) -> tuple[str, ...]:
    """What is to be said of refusals that no repeating would mend, by what they say."""
    told = sorted(
        {str(reply) for reply in replies if reply.data is None and not reply.is_retryable}
    )
    return tuple(f"a request was refused for good: {each}" for each in told)
