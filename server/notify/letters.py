"""The outbox: what is to be sent by mail lies sealed in the graph until a courier has sent it.

It holds links that open accounts, so nobody who reads the database may read it. A letter is sent at least once, tried
again with growing pauses, and forgotten once it was sent or is of no use any more.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import orjson
import structlog

from graph.queries import letter as queries
from graph.store import Store
from server.notify.mail import Mail, Mailer, MailRefused, MailUnavailable, check_mail
from server.vault.envelope import SealBroken, Sealing
from server.vault.places import place

log = structlog.get_logger(__name__)

LIFE = timedelta(days=1)
FIRST_PAUSE, MOST_PAUSE = timedelta(seconds=10), timedelta(minutes=10)
TAKEN_FOR = timedelta(minutes=2)
AT_ONCE = 20

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Outbox:
    """Takes letters in; each is of use for as long as `lasts`."""

    def __init__(
        self, store: Store, masters: Sealing, clock: Clock = utc_now, lasts: timedelta = LIFE
    ) -> None:
        self._store = store
        self._masters = masters
        self._clock = clock
        self._lasts = lasts

    async def send(self, to: str, subject: str, text: str) -> None:
        """Have a mail sent soon. Raises MailRefused for one that could not be, StoreUnavailable."""
        mail = Mail(to, subject, text)
        check_mail(mail)
        letter, now = str(uuid.uuid4()), self._clock()
        sealed = self._masters.seal(orjson.dumps(asdict(mail)), context(letter))
        params = queries.NewLetterParams(
            id=letter, sealed=sealed, now=now, expires_at=now + self._lasts
        )
        await self._store.fetch_one(queries.UPSERT_LETTER.bind(params))


class Courier:
    """Sends what lies in the outbox."""

    def __init__(
        self, store: Store, masters: Sealing, mailer: Mailer, clock: Clock = utc_now
    ) -> None:
        self._store = store
        self._masters = masters
        self._mailer = mailer
        self._clock = clock

    async def sweep(self) -> int:
        """Send what is due; how many were sent."""
        due = queries.DueParams(now=self._clock(), limit=AT_ONCE)
        rows = await self._store.fetch(queries.LIST_DUE_LETTERS.bind(due))
        return sum([await self._deliver(row.id) for row in rows])

    async def _deliver(self, letter: str) -> bool:
        now = self._clock()
        taking = queries.TakeParams(id=letter, now=now, until=now + TAKEN_FOR)
        taken = await self._store.fetch_one(queries.TAKE_LETTER.bind(taking))
        if taken is None:
            return False  # another courier has it
        if taken.expires_at <= now:
            log.error("a mail was given up", letter=letter, tries=taken.tries)
            await self._forget(letter)
            return False
        try:
            opened = orjson.loads(self._masters.open(taken.sealed, context(letter)))
            await self._mailer.send(Mail(**opened))
        except MailUnavailable as error:
            log.warning("a mail is tried again", letter=letter, reason=str(error))
            await self._release(letter, taken.tries)
            return False
        except (MailRefused, SealBroken) as error:
            log.exception("a mail cannot be sent", letter=letter, code=error.code)
            await self._forget(letter)
            return False
        await self._forget(letter)
        log.info("a mail was sent", letter=letter, tries=taken.tries)
        return True

    async def _release(self, letter: str, tries: int) -> None:
        pause = min(FIRST_PAUSE * 2 ** (tries - 1), MOST_PAUSE)
        params = queries.ReleaseParams(id=letter, due_at=self._clock() + pause)
        await self._store.fetch_one(queries.RELEASE_LETTER.bind(params))

    async def _forget(self, letter: str) -> None:
        params = queries.LetterParams(id=letter)
        await self._store.fetch_one(queries.DELETE_LETTER.bind(params))


def context(letter: str) -> str:
    """What a letter's text is bound to."""
    return place("Letter", id=letter)
