"""What keeps a stack at work: the lab's company scanned again and again, questions, subscriptions opened and closed."""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bench._kit.swarm import Swarm
from bench.events import greeting
from bench.faults.client import Client
from server.commands.demo import scan_input
from server.commands.documents import CANCEL_RUN, START_SCAN
from server.embedded.instance import Instance
from server.jobs.lifecycle import FINAL
from server.web.socket import PROTOCOL

SUBSCRIBERS = 25
SUBSCRIBED_S = 8.0
PAUSE_S = 0.2
LOOK_EVERY_S = 1.0
STATE = "query State($id: ID!) { run(id: $id) { state } }"
SUBSCRIPTION = "subscription { entityFound { entity { id key } } }"
QUESTIONS = (
    "{ me { role } entities(first: 20) { nodes { id key } } }",
    "{ domainNames(first: 10) { nodes { key resolvesTo { nodes { key } } } } }",
    '{ entities(search: "orrery", first: 10) { nodes { id } } }',
    "{ findings(first: 20) { nodes { id } } }",
    "{ runs(first: 5) { nodes { id state } } }",
    "{ services { id state } }",
)


@dataclass
class Work:
    """Work under way, and what came of it: scans by their last state, answers by what they were."""

    client: Client
    lab: Mapping[str, Any]
    scans: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    subscribed: int = 0
    run: str = ""  # the scan under way

    @classmethod
    def of(cls, instance: Instance, port: int) -> Work:
        """Work for the API on a port, with the key of the instance's owner."""
        key = instance.owner_key_file.read_text("ascii").strip()
        return cls(Client([port], key), json.loads(instance.lab_state.read_text("utf-8")))

    async def scan_on(self) -> None:
        """Scan the lab again each time that it is done, whatever is fresh."""
        given = {**scan_input(dict(self.lab)), "maxAgeMinutes": 0}
        while True:
            told = await self.client.do(START_SCAN, {"input": given}, str(uuid.uuid4()))
            if told["startScan"]["errors"]:
                raise RuntimeError(f"startScan: {told['startScan']['errors']}")
            run = self.run = str(told["startScan"]["run"]["id"])
            state = ""
            while state not in FINAL:
                await asyncio.sleep(LOOK_EVERY_S)
                reply = await self.client.ask(STATE, {"id": run})
                state = str(reply.data["run"]["state"]) if reply.data else state
            self.scans[state] += 1

    async def ask_on(self) -> None:
        """Ask one question after the other."""
        for question in itertools.cycle(QUESTIONS):
            reply = await self.client.ask(question)
            self.answers["answered" if reply.data is not None else str(reply)] += 1
            self.client.replies.clear()  # they are counted
            await asyncio.sleep(PAUSE_S)

    async def subscribe_on(self) -> None:
        """Open some subscriptions, hear for a while, close them."""
        while True:
            swarm = Swarm()
            say = greeting(self.client.key, SUBSCRIPTION)
            try:
                await swarm.join(SUBSCRIBERS, self.client.ports[0], "/graphql", PROTOCOL, say)
                await asyncio.sleep(SUBSCRIBED_S)
            finally:
                swarm.leave()
            self.subscribed += SUBSCRIBERS
            await asyncio.sleep(PAUSE_S)

    @asynccontextmanager
    async def under_way(self) -> AsyncIterator[None]:
        """All of it, as long as this lasts. Raises what one of them raised."""
        tasks = [
            asyncio.create_task(each)
            for each in (self.scan_on(), self.ask_on(), self.ask_on(), self.subscribe_on())
        ]
        try:
            yield
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.client.ask(CANCEL_RUN, {"id": self.run})
