"""Carries WHOIS (RFC 3912): one line in, a text out. What is said is the work of `outside`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from lab.connection import read_line


@dataclass(frozen=True)
class WhoisServer:
    """Answers port 43 by `answer`, a function of the query."""

    answer: Callable[[str], str]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one query and end."""
        text = self.answer((await read_line(reader)).strip())
        writer.write(text.replace("\n", "\r\n").encode())
        await writer.drain()
