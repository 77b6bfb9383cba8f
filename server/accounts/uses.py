"""When keys were last used: noted beside the requests, which never wait for it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from graph.errors import MirageError
from graph.queries.account import UPSERT_KEY_USE, KeyUseParams
from graph.store import Limits, Store
from server.accounts.acting import now
from server.jobs.log import get_logger

log = get_logger(__name__)

AT_MOST_EVERY = timedelta(minutes=1)
MOST_AT_ONCE = 100
PATIENCE = Limits(timeout_s=5.0, retry_s=5.0)


class Uses:
    """Notes uses. One per process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writing: dict[str, asyncio.Task[None]] = {}

    def note(self, key: str, last: datetime | None) -> None:
        """Note that a key is used now, unless a use within the last minute is known. Returns at once."""
        is_fresh = last is not None and now() - last < AT_MOST_EVERY
        if is_fresh or key in self._writing or len(self._writing) >= MOST_AT_ONCE:
            return
        self._writing[key] = asyncio.create_task(self._write(key))

    async def close(self) -> None:
        """Wait for what is being noted."""
        await asyncio.gather(*self._writing.values())

    async def _write(self, key: str) -> None:
        try:
            params = KeyUseParams(id=key, now=now())
            await self._store.fetch(UPSERT_KEY_USE.bind(params), limits=PATIENCE)
        except MirageError as error:
            # The next use is noted again; nobody may be kept waiting, or turned away, for this.
            log.warning("the use of a key could not be noted", key=key, reason=str(error))
        finally:
            del self._writing[key]
