"""From a request's credentials to who asks.

A key found good is remembered for a short while, so that a request does not cost a query; a revoked key stops working
when that while is over. Guesses are counted by address and slowed down.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from graph.errors import MirageError
from graph.queries.account import GET_KEY, KeyParams
from graph.store import Store
from server.auth.keys import hash_of, is_key
from server.auth.policy import Principal, granted, lowest

REMEMBERED_S = 20.0
MOST_REMEMBERED = 10_000
MOST_GUESSES = 20
GUESSES_WITHIN_S = 60.0


class NotAuthenticated(MirageError):
    """No key, or none that is known."""

    code = "NOT_AUTHENTICATED"


class TooManyGuesses(MirageError):
    """Too many unknown keys in a row from one address."""

    code = "TOO_MANY_GUESSES"
    is_retryable = True


@dataclass
class _Guesses:
    since: float
    count: int = 0


class Gate:
    """Finds who a key belongs to. One per process."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float] = time.monotonic,
        on_use: Callable[[str, datetime | None], None] | None = None,
    ) -> None:
        """`on_use` is told, and must not wait, when a key was looked up: its id, and the use noted last."""
        self._store = store
        self._clock = clock
        self._on_use = on_use
        self._known: OrderedDict[str, tuple[float, Principal]] = OrderedDict()
        self._guesses: OrderedDict[str, _Guesses] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Principal | None]] = {}

    async def admit_header(self, authorization: str, address: str) -> Principal:
        """Who sends this Authorization header from this address. Raises as `admit`."""
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise NotAuthenticated(
                "send the API key as 'Authorization: Bearer mk_…'; `mirage status --json` names the file that holds it"
            )
        return await self.admit(key.strip(), address)

    async def admit(self, key: str, address: str) -> Principal:
        """Who has this key. Raises NotAuthenticated, TooManyGuesses, StoreUnavailable."""
        digest = hash_of(key)
        found = self._known.get(digest)
        if found and found[0] > self._clock():
            return found[1]
        self._check_guesses(address)
        principal = await self._find_together(digest) if is_key(key) else None
        if principal is None:
            self._known.pop(digest, None)
            self._count_guess(address)
            raise NotAuthenticated("the API key is not known, or was revoked")
        self._remember(digest, principal)
        return principal

    async def _find_together(self, digest: str) -> Principal | None:
        """As `_find`; those who ask for one key at the same time share one query.

        Else the thousand sockets of one key, looked at again in the same moment, take every connection to the database.
        """
        if digest not in self._asking:
            asking = self._asking[digest] = asyncio.create_task(self._find(digest))
            asking.add_done_callback(lambda ended: self._forget(digest, ended))
        return await asyncio.shield(self._asking[digest])

    def _forget(self, digest: str, ended: asyncio.Task[Principal | None]) -> None:
        del self._asking[digest]
        if not ended.cancelled():
            ended.exception()  # whoever still waits raises it; where nobody does, nobody needs it

    async def _find(self, digest: str) -> Principal | None:
        asked = KeyParams(hash=digest, now=datetime.now(UTC))
        row = await self._store.fetch_one(GET_KEY.bind(asked))
        if row is None:
            return None
        if self._on_use is not None:
            self._on_use(row.key, row.used_at)
        return Principal(
            user=row.user,
            email=row.email,
            org=row.org,
            org_name=row.org_name,
            role=row.role,
            credential=row.key,
            permissions=granted(
                row.role, row.own, row.scopes, is_platform_admin=row.is_platform_admin
            ),
            clearance=lowest(row.clearance, row.key_clearance),
        )

    def _remember(self, digest: str, principal: Principal) -> None:
        self._known[digest] = (self._clock() + REMEMBERED_S, principal)
        self._known.move_to_end(digest)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    def _check_guesses(self, address: str) -> None:
        guesses = self._guesses.get(address)
        if guesses is None:
            return
        if self._clock() - guesses.since > GUESSES_WITHIN_S:
            del self._guesses[address]
        elif guesses.count >= MOST_GUESSES:
            raise TooManyGuesses(
                f"more than {MOST_GUESSES} unknown keys within {GUESSES_WITHIN_S:.0f} s; wait a minute"
            )

    def _count_guess(self, address: str) -> None:
        self._guesses.setdefault(address, _Guesses(self._clock())).count += 1
        if len(self._guesses) > MOST_REMEMBERED:
            self._guesses.popitem(last=False)
