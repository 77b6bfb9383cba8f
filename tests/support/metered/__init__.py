"""A source of the tests that counts its keys, and a server on loopback that answers each key in its own way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from collectors._kit.egress import Egress
from collectors._kit.registry import Registry, discover
from tests.support.egress import opened
from tests.support.loopback import page, tcp_server

SOURCE, SECRET, COLLECTOR = "egret", "api_key", "egret.nests"


def registry() -> Registry:
    """A registry that holds this source alone."""
    return discover(Path(__file__).parent, __name__, with_entry_points=False)


@dataclass
class Source:
    """What the source answers by key, 401 to any other, and how often each was shown."""

    egress: Egress
    says: dict[str, bytes] = field(default_factory=dict)
    shown: Counter[str] = field(default_factory=Counter)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        named = dict(line.split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
        key = named.get("x-key", "")
        self.shown[key] += 1
        writer.write(self.says.get(key, page(status="401 Unauthorized")))
        await writer.drain()


@asynccontextmanager
async def serving() -> AsyncIterator[Source]:
    """The source on loopback, and a way out that leads to it alone."""
    async with opened() as world:
        source = Source(world.egress)
        async with tcp_server(source.talk) as port:
            world.serve(port)
            yield source
