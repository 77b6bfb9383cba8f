"""Channels that are no part of Mirage, in processes of their own: what they compose and how they read answers.

Such a process (`python -m server.notify.cells FD`) is handed a notice, the options and the secrets of one channel, and
gives back what to send; the sending is ours. It knows neither the database nor Redis nor any key but the channel's own:
nothing of our environment is handed on but where modules lie. Its memory is bounded, and it is ended after each notice.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from collectors._kit.channel import (
    Channel,
    Message,
    Notice,
    Outcome,
    Verdict,
    read_message,
    write_message,
)
from collectors._kit.record import read_response, write_response
from collectors._kit.redaction import redact
from collectors._kit.registry import BrokenChannel, ListedChannel, load_channel
from graph.errors import InvalidFact, NotFound
from server.cells import Cell, CellDied
from server.modules.catalog import registry
from server.settings import bare_environment

COMMAND = (sys.executable, "-P", "-m", "server.notify.cells")
MOST_MEMORY = 512 * 1024 * 1024
WITHIN_S = 15.0  # to start, and to compose or to read


class CellChannel:
    """A channel whose code runs in a process of its own. `made_with` are its id, options, secrets and the notice."""

    def __init__(self, cell: Cell, listed: ListedChannel) -> None:
        self._cell = cell
        self._id = listed.manifest.id

    async def asked(self, question: Mapping[str, Any]) -> Any:
        """Its answer. Raises BrokenChannel where its code fails, hangs or dies, or answers what is no answer."""
        try:
            async with asyncio.timeout(WITHIN_S):
                answer = orjson.loads(await self._cell.ask(orjson.dumps(question)))
        except TimeoutError as error:
            raise BrokenChannel(f"{self._id}: no answer of its code for {WITHIN_S:g} s") from error
        except (CellDied, orjson.JSONDecodeError) as error:
            raise BrokenChannel(f"{self._id}: {error}") from error
        if "failure" in answer:
            raise BrokenChannel(f"{self._id}: {answer['failure']}")
        return answer["told"]

    async def compose(self, notice: Notice, now: datetime) -> Message:
        """What to send. Raises BrokenChannel."""
        given = {"notice": notice.model_dump(mode="json"), "now": now.isoformat()}
        try:
            return read_message(await self.asked({"compose": given}))
        except InvalidFact as error:
            raise BrokenChannel(f"{self._id}: {error}") from error

    async def read(self, response: Any) -> Verdict:
        """What an answer means. Raises BrokenChannel."""
        told = await self.asked({"read": write_response(response)})
        return Verdict(Outcome(told["outcome"]), str(told["reason"]), float(told["after_s"]))


async def begun(
    listed: ListedChannel, options: Mapping[str, object], secrets: Mapping[str, str]
) -> tuple[Cell, CellChannel]:
    """A process with a channel in it; the caller ends it. Raises BrokenChannel where that cannot be made."""
    cell = await Cell.start(COMMAND, bare_environment())
    try:
        channel = CellChannel(cell, listed)
        made = {"id": listed.manifest.id, "options": dict(options), "secrets": dict(secrets)}
        await channel.asked({"make": made})
    except BaseException:
        await asyncio.shield(cell.end())
        raise
    return cell, channel


class Answering:
    """The other side: one channel, made once, that composes and reads."""

    def __init__(self) -> None:
        self._channel: Channel | None = None
        self._request: Any = None

    def answer(self, line: bytes) -> bytes:
        """What the code says to a line, or how it failed; foreign code may raise anything."""
        secrets: Mapping[str, str] = self._channel.secrets if self._channel else {}
        try:
            question = orjson.loads(line)
            if "make" in question:
                secrets = question["make"]["secrets"]
            return orjson.dumps({"told": self._told(question)})
        except Exception as error:
            return orjson.dumps({"failure": redact(repr(error), secrets.values())})

    def _told(self, question: Mapping[str, Any]) -> Any:
        if "make" in question:
            made = question["make"]
            listed = registry().channel(made["id"])
            chosen = listed.manifest.read_options(made["options"])
            self._channel = load_channel(listed)(chosen, made["secrets"])
            return None
        if self._channel is None:
            raise NotFound("no channel was made")
        if "compose" in question:
            given = question["compose"]
            now = datetime.fromisoformat(given["now"])
            self._request = self._channel.compose(Notice.model_validate(given["notice"]), now)
            return write_message(self._request)
        return asdict(self._channel.read(read_response(self._request, question["read"])))


async def _serve(fd: int) -> None:
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=fd), limit=2**22)
    answering = Answering()
    while line := await reader.readline():
        writer.write(answering.answer(line) + b"\n")
        await writer.drain()


def main() -> None:
    """Answer until nobody asks any more."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    asyncio.run(_serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
