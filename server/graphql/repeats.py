"""Mutations that carry an idempotency key: carried out once, answered alike as often as they are sent.

What a request was is kept before it is carried out, and its answer after. If the process dies in between, whoever
sends it again has it carried out again: so whatever a mutation makes has an id that follows from the key
(`Context.new_id`), and its time is that of the first attempt. Both texts may hold secrets and are sealed.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from graph.errors import Conflict, InvalidQuestion, MirageError
from graph.model.base import name_id
from graph.queries import request as queries
from graph.store import Limits, Store
from server.auth.policy import Principal
from server.jobs.log import get_logger
from server.vault.envelope import Sealing
from server.vault.places import place

KEPT = timedelta(hours=24)
HELD = timedelta(seconds=20)
RENEWED_EVERY_S = 5.0
LONGEST_KEY = 255
MOST_KEPT_BYTES = 1_000_000
LIMITS = Limits(timeout_s=5.0, retry_s=1.5)
FORGOTTEN_AT_ONCE = 1_000

log = get_logger(__name__)


class OtherRequest(MirageError):
    """An idempotency key came with another request than before, or with other rights: choose a new one."""

    code = "IDEMPOTENCY_MISMATCH"


class StillRunning(Conflict):
    """The first request with this idempotency key is still being carried out: ask again in a moment."""

    is_retryable = True


@dataclass(frozen=True)
class Repeat:
    """A request with a key: what its ids follow from, when it first came, and whether it may have been carried out."""

    namespace: str
    started_at: datetime
    is_again: bool = False


@dataclass(frozen=True)
class Kept:
    """An answer as it was given: its body, the codes of its errors, whether it has data.

    One that is not final is not kept: sent again, the request is carried out again.
    """

    body: bytes
    codes: tuple[str, ...]
    has_data: bool
    is_final: bool = True


@dataclass(frozen=True)
class Keyed:
    """A request with its key: whose it is, and a fingerprint of what it asks."""

    key: str
    principal: Principal
    fingerprint: str

    @property
    def id(self) -> str:
        """Follows from the caller and the key."""
        return name_id(self.principal.org, "IdempotentRequest", self.principal.user, self.key)


def check_key(key: str) -> str:
    """The key if it is one. Raises InvalidQuestion."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidQuestion(
            f"Idempotency-Key: a text of 1 to {LONGEST_KEY} printable characters is right"
        )
    return key


async def fingerprint(parts: object, principal: Principal) -> str:
    """What tells a request from another: what it asks, its files by their content, and what its caller may see."""
    text = await asyncio.to_thread(
        orjson.dumps, [parts, principal.access_class], default=_file, option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(text).hexdigest()


def _file(value: Any) -> Mapping[str, object]:
    """A file that was sent along."""
    if not hasattr(value, "filename"):
        raise TypeError
    stream = value.file
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    return {"file": value.filename, "sha256": digest}


@dataclass(frozen=True)
class Repeats:
    """Keeps requests and answers."""

    store: Store
    keys: Sealing

    async def once(self, keyed: Keyed, act: Callable[[Repeat], Awaitable[Kept]]) -> Kept:
        """The answer to a request: the one that it had, or that of `act`.

        Raises OtherRequest, StillRunning, StoreUnavailable.
        """
        token = uuid.uuid4().hex
        taken = await self._take(keyed, token)
        held = orjson.loads(self.keys.open(taken.sealed, place("IdempotentRequest", id=keyed.id)))
        if held["fingerprint"] != keyed.fingerprint:
            if taken.is_taken:
                await self._release(keyed, token)
            raise OtherRequest("this idempotency key came with another request before")
        if taken.is_answered:
            return Kept(held["body"].encode(), tuple(held["codes"]), held["has_data"])
        if not taken.is_taken:
            raise StillRunning("the first request with this key is still being carried out")
        first = taken.started_at.astimezone(UTC)
        repeat = Repeat(name_id(keyed.id, first.isoformat()), first, is_again=not taken.is_new)
        try:
            async with self._held(keyed, token):
                kept = await act(repeat)
        except Exception:
            await self._release(keyed, token)
            raise
        if kept.is_final and len(kept.body) <= MOST_KEPT_BYTES:
            await self._finish(keyed, token, kept)
        else:
            await self._release(keyed, token)
        return kept

    async def forget_old(self, now: datetime | None = None) -> int:
        """Forget what is older than a day; how many."""
        total = 0
        while True:
            params = queries.ExpiredParams(now=now, limit=FORGOTTEN_AT_ONCE)
            rows = await self.store.fetch(queries.DELETE_REQUESTS.bind(params))
            total += rows[0].deleted
            if rows[0].deleted < FORGOTTEN_AT_ONCE:
                return total

    async def _take(self, keyed: Keyed, token: str) -> queries.TakenRow:
        params = queries.TakeParams(
            id=keyed.id,
            token=token,
            org=keyed.principal.org,
            sealed=self._sealed(keyed, {}),
            key_version=self.keys.current,
            held_s=HELD.total_seconds(),
            kept_s=KEPT.total_seconds(),
        )
        return (await self.store.fetch(queries.TAKE_REQUEST.bind(params), limits=LIMITS))[0]

    @asynccontextmanager
    async def _held(self, keyed: Keyed, token: str) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew(keyed, token))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self, keyed: Keyed, token: str) -> None:
        while True:
            await asyncio.sleep(RENEWED_EVERY_S)
            params = queries.RenewParams(id=keyed.id, token=token, held_s=HELD.total_seconds())
            try:
                await self.store.fetch(queries.RENEW_REQUEST.bind(params), limits=LIMITS)
            except MirageError as error:
                log.warning("a request is not held on", id=keyed.id, reason=str(error))

    async def _finish(self, keyed: Keyed, token: str, kept: Kept) -> None:
        """Keep the answer. Where that fails it was given nevertheless; sent again, the request is carried out again."""
        answer = {
            "body": kept.body.decode(),
            "codes": list(kept.codes),
            "has_data": kept.has_data,
        }
        params = queries.FinishParams(
            id=keyed.id,
            token=token,
            sealed=self._sealed(keyed, answer),
            key_version=self.keys.current,
        )
        try:
            await self.store.fetch(queries.FINISH_REQUEST.bind(params), limits=LIMITS)
        except MirageError as error:
            log.warning("an answer is not kept", id=keyed.id, reason=str(error))

    async def _release(self, keyed: Keyed, token: str) -> None:
        params = queries.HeldParams(id=keyed.id, token=token)
        try:
            await self.store.fetch(queries.RELEASE_REQUEST.bind(params), limits=LIMITS)
        except MirageError as error:
            log.warning("a request is held for a while", id=keyed.id, reason=str(error))

    def _sealed(self, keyed: Keyed, answer: Mapping[str, object]) -> str:
        held = orjson.dumps({"fingerprint": keyed.fingerprint, **answer})
        return self.keys.seal(held, place("IdempotentRequest", id=keyed.id))
