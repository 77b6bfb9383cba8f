"""The outbox: what is to be sent by mail lies sealed in the graph until a courier has sent it.

It holds links that open accounts, so nobody who reads the database may read it. A letter is sent at least once, tried
again with growing pauses, and forgotten once it was sent or is of no use any more.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import timedelta

import orjson
import structlog

from graph.queries import letter as queries
from graph.store import Store
from server.notify.mail import Mail, Mailer, MailRefused, MailUnavailable, check_mail
from server.notify.sweeping import TAKEN_FOR, Clock, Sweeper, pause_after, utc_now
from server.vault.envelope import SealBroken, Sealing
from server.vault.places import place

log = structlog.get_logger(__name__)

LIFE = timedelta(days=1)
MOST_PAUSE = timedelta(minutes=10)


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


class Courier(Sweeper):
    """Sends what lies in the outbox, one after another."""

    def __init__(
        self, store: Store, masters: Sealing, mailer: Mailer, clock: Clock = utc_now
    ) -> None:
        super().__init__(store, masters, clock)
        self._mailer = mailer

    async def _due(self, limit: int) -> list[str]:
        due = queries.DueParams(now=self._clock(), limit=limit)
        return [row.id for row in await self._store.fetch(queries.LIST_DUE_LETTERS.bind(due))]

    async def deliver(self, which: str) -> bool:
        """Send a letter, unless another courier has it; whether it was sent."""
        now = self._clock()
        taking = queries.TakeParams(id=which, now=now, until=now + TAKEN_FOR)
        taken = await self._store.fetch_one(queries.TAKE_LETTER.bind(taking))
        if taken is None:
            return False  # another courier has it
        if taken.expires_at <= now:
            log.error("a mail was given up", letter=which, tries=taken.tries)
            await self._forget(which)
            return False
        try:
            opened = orjson.loads(self._masters.open(taken.sealed, context(which)))
            await self._mailer.send(Mail(**opened))
        except MailUnavailable as error:
            log.warning("a mail is tried again", letter=which, reason=str(error))
            await self._release(which, taken.tries)
            return False
        except (MailRefused, SealBroken) as error:
            log.exception("a mail cannot be sent", letter=which, code=error.code)
            await self._forget(which)
            return False
        await self._forget(which)
        log.info("a mail was sent", letter=which, tries=taken.tries)
        return True

    async def _release(self, letter: str, tries: int) -> None:
        due_at = self._clock() + pause_after(tries, MOST_PAUSE)
        params = queries.ReleaseParams(id=letter, due_at=due_at)
        await self._store.fetch_one(queries.RELEASE_LETTER.bind(params))

    async def _forget(self, letter: str) -> None:
        params = queries.LetterParams(id=letter)
        await self._store.fetch_one(queries.DELETE_LETTER.bind(params))


def context(letter: str) -> str:
    """What a letter's text is bound to."""
    return place("Letter", id=letter)
