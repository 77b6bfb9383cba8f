"""The keys that sign access tokens: kept sealed in the graph, published, and rotated without a stop.

A new key is published `LEAD` before it signs, so that every process, and everybody who keeps the published set for a
while, knows it by then. The former one stays until the last token it signed has ended. Which key signs follows from
the clock alone, so all processes change over together.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
import structlog
from joserfc.jwk import ECKey

from graph.errors import StoreUnavailable
from graph.queries import auth_keys as queries
from graph.store import Store
from server.vault.envelope import SealBroken, Sealing
from server.vault.places import place

log = structlog.get_logger(__name__)

ALGORITHM = "ES256"
"""ECDSA on P-256: every library, gateway and cloud that checks tokens knows it, and its signatures are 64 bytes."""

CURVE = "P-256"
ACCESS = "access"
TOKEN_LIFE = timedelta(minutes=10)
LEEWAY = timedelta(seconds=30)
LEAD = timedelta(minutes=10)
KEY_LIFE = timedelta(days=30)
RELOAD_S = 60.0
RELOAD_UNKNOWN_S = 5.0
ROTATED = "signingKey.rotate"
"""What the audit calls it."""


@dataclass(frozen=True)
class PublishedKey:
    """A key by which tokens are checked, and the time within which they may carry it."""

    ordinal: int
    kid: str
    public: ECKey
    sealed: str
    created_at: datetime
    signs_from: datetime
    ends_at: datetime | None


class SigningKeys:
    """The keys as this process knows them. One per process."""

    def __init__(
        self,
        store: Store,
        masters: Sealing,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        ring: str = ACCESS,
    ) -> None:
        self._store = store
        self._ring = ring
        self._masters = masters
        self._clock = clock
        self._known: list[PublishedKey] = []
        self._private: dict[str, ECKey] = {}
        self._loaded_at = -RELOAD_S
        self._loading = asyncio.Lock()

    async def signer(self) -> tuple[str, ECKey]:
        """The key that signs now, with its name; the first one is made here. Raises SealBroken."""
        await self._refresh()
        if not self._signing():
            await self._load()
        if not self._signing():
            # By what was just read: whoever makes it at the same time gives it the same number, and one is kept.
            await self._make(at_once=True)
        key = self._signing()[-1]
        if key.kid not in self._private:
            try:
                opened = self._masters.open(key.sealed, _context(key.kid))
            except (
                SealBroken
            ):  # put under a new master key since it was read, and the former is gone
                await self._load()
                key = self._signing()[-1]
                opened = self._masters.open(key.sealed, _context(key.kid))
            self._private = {key.kid: ECKey.import_key(opened)}
        return key.kid, self._private[key.kid]

    async def public(self, kid: str) -> ECKey | None:
        """The key of this name, if tokens may carry it now."""
        await self._refresh()
        if not any(key.kid == kid for key in self._known):
            await self._refresh(RELOAD_UNKNOWN_S)
        return next((key.public for key in self._current() if key.kid == kid), None)

    async def published(self) -> dict[str, list[dict[str, object]]]:
        """The set of keys as RFC 7517 has it: those that sign, that will, and that did until a moment ago."""
        await self._refresh()
        return {
            "keys": [
                {
                    **key.public.as_dict(private=False),
                    "use": "sig",
                    "alg": ALGORITHM,
                    "kid": key.kid,
                }
                for key in self._current()
            ]
        }

    async def rotate(self, *, at_once: bool = False) -> str:
        """Make the next key and give its name; tokens of former ones last as long as they would have.

        `at_once` is for a key that may have leaked: the next one signs now, and nothing the former ones signed counts
        any more once the other processes have looked (a minute).
        """
        await self._load()
        return await self._make(at_once=at_once)

    async def _make(self, *, at_once: bool) -> str:
        """Make the key that comes after those that are known; where another process did so first, it is that one."""
        now = self._clock()
        private = ECKey.generate_key(CURVE)
        kid = private.thumbprint()
        signs_from = now if at_once or not self._known else now + LEAD
        last_end = now if at_once else signs_from + TOKEN_LIFE + 2 * LEEWAY
        made = await self._store.fetch_one(
            queries.UPSERT_SIGNING_KEY.bind(
                queries.SigningKeyParams(
                    ring=self._ring,
                    ordinal=max((key.ordinal for key in self._known), default=0) + 1,
                    kid=kid,
                    public=orjson.dumps(private.as_dict(private=False)).decode(),
                    sealed=self._masters.seal(private.as_pem(private=True), _context(kid)),
                    now=now,
                    signs_from=signs_from,
                    former_end_at=last_end,
                )
            )
        )
        await self._load()
        return made.kid if made else kid

    async def rotate_if_due(self) -> str | None:
        """As `rotate`, where the latest key has served its time; ended ones are forgotten. None if nothing is due."""
        await self._load()
        now = self._clock()
        await self._store.fetch_one(
            queries.DELETE_SIGNING_KEYS.bind(
                queries.BeforeParams(ring=self._ring, before=now - KEY_LIFE)
            )
        )
        latest = self._known[-1] if self._known else None
        return await self.rotate() if latest and latest.created_at + KEY_LIFE <= now else None

    def _current(self) -> list[PublishedKey]:
        now = self._clock()
        return [key for key in self._known if key.ends_at is None or key.ends_at > now]

    def _signing(self) -> list[PublishedKey]:
        now = self._clock()
        return [key for key in self._current() if key.signs_from <= now]

    async def _refresh(self, after_s: float = RELOAD_S) -> None:
        """Look again if it is time; with the database away, what is known goes on serving."""
        async with self._loading:
            if time.monotonic() - self._loaded_at < after_s:
                return
            try:
                await self._load()
            except StoreUnavailable:
                if not self._known:
                    raise
                log.warning("signing keys could not be read again; the known ones serve")

    async def _load(self) -> None:
        asked = queries.RingParams(ring=self._ring, now=self._clock())
        rows = await self._store.fetch(queries.LIST_SIGNING_KEYS.bind(asked))
        self._known = [
            PublishedKey(
                row.ordinal, row.kid, ECKey.import_key(orjson.loads(row.public)), row.sealed,
                row.created_at, row.signs_from, row.ends_at,
            )
            for row in rows
        ]  # fmt: skip
        self._loaded_at = time.monotonic()


def _context(kid: str) -> str:
    return place("SigningKey", kid=kid)
