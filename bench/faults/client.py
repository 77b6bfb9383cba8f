"""A client as people write them: asks one of several APIs, turns to the next where one is away, repeats by its key."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

AGAIN_AFTER_S = 0.25
PATIENCE_S = 10.0  # of one request
Variables = Mapping[str, object]


@dataclass(frozen=True)
class Reply:
    """What came of one request: the status (0 where no answer came), the body as data, the seconds it took.

    `is_retryable` tells whether the answer itself says, or its lack means, that asking again may help.
    """

    status: int
    body: Mapping[str, Any]
    took_s: float
    retry_after: str = ""
    fault: str = ""

    @property
    def data(self) -> Mapping[str, Any] | None:
        """What was asked for, where all of it came."""
        found = self.body.get("data")
        return found if found and not self.body.get("errors") else None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of what went wrong."""
        errors = [each.get("extensions", {}) for each in self.body.get("errors", ())]
        return tuple(str(each.get("code", "")) for each in [*errors, self.body] if each.get("code"))

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may be sent again."""
        if not self.status:
            return True
        errors = [each.get("extensions", {}) for each in self.body.get("errors", ())]
        told = [bool(each.get("retryable")) for each in [*errors, self.body]]
        return any(told) or bool(self.retry_after)

    def __str__(self) -> str:
        return f"{self.status} {', '.join(self.codes) or self.fault or 'without a code'}"


@dataclass
class Client:
    """Asks APIs on loopback ports with one key; may be used by many tasks. `replies` are all that came."""

    ports: Sequence[int]
    key: str
    replies: list[Reply] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(
            timeout=PATIENCE_S, trust_env=False, limits=httpx.Limits(max_connections=200)
        )

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def ask(
        self, query: str, variables: Variables | None = None, key: str = "", turn: int = 0
    ) -> Reply:
        """Ask once, the API whose turn it is; `key` is the request's idempotency key."""
        url = f"http://127.0.0.1:{self.ports[turn % len(self.ports)]}/graphql"
        headers = {"Authorization": f"Bearer {self.key}"} | (
            {"Idempotency-Key": key} if key else {}
        )
        began = time.monotonic()
        try:
            answer = await self._http.post(
                url, json={"query": query, "variables": dict(variables or {})}, headers=headers
            )
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            reply = Reply(0, {}, time.monotonic() - began, fault=type(error).__name__)
        else:
            after = answer.headers.get("retry-after", "")
            reply = Reply(answer.status_code, body, time.monotonic() - began, after)
        self.replies.append(reply)
        return reply

    async def do(
        self, mutation: str, variables: Variables, key: str, within_s: float = 120
    ) -> Mapping[str, Any]:
        """Send a mutation with its key until it is answered; its data.

        Raises RuntimeError for an answer that no repeating would change, TimeoutError.
        """
        until = time.monotonic() + within_s
        turn = random.randrange(len(self.ports))
        while True:
            reply = await self.ask(mutation, variables, key, turn)
            if reply.data is not None:
                return reply.data
            if not reply.is_retryable:
                raise RuntimeError(f"{key}: {reply} {reply.body}")
            if time.monotonic() > until:
                raise TimeoutError(f"{key}: not answered within {within_s:g} s, at last {reply}")
            turn += 1
            await asyncio.sleep(AGAIN_AFTER_S)
