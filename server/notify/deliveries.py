"""Deliveries: notices on their way over channels, sent at least once, tried again for a day, then given up.

What was given up stays with its reason, and can be sent once more (`resume`). What has arrived is kept
without its words, as a line of the channel's log.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta

import structlog

from collectors._kit.channel import Notice, Outcome, Verdict
from graph.errors import Conflict, MirageError, NotFound, StoreUnavailable
from graph.queries import channel as queries
from graph.queries.channel import TakenRow
from graph.store import Store
from server.notify import metrics
from server.notify.kept import Channels, Kept
from server.notify.sending import Over, Sending
from server.notify.sweeping import TAKEN_FOR, Clock, Sweeper, pause_after, utc_now
from server.vault.envelope import Sealing
from server.vault.places import place
from server.vault.secrets import Secrets

log = structlog.get_logger(__name__)

LIFE = timedelta(days=1)
LONGEST_TRY_S = 100.0  # less than it is held, with waiting for its turn at a busy host
MOST_PAUSE = timedelta(hours=1)
KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 10_000

DUE, DELIVERED, DEAD = "DUE", "DELIVERED", "DEAD"


class Deliveries(Sweeper):
    """Sends what is due over channels."""

    side_by_side = 8

    def __init__(
        self,
        store: Store,
        masters: Sealing,
        sending: Sending,
        clock: Clock = utc_now,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(store, masters, clock)
        self._sending = sending
        self._jitter = jitter
        self._channels = Channels(store, Secrets(store, masters))

    async def _due(self, limit: int) -> list[str]:
        due = queries.DueParams(now=self._clock(), limit=limit)
        return [row.id for row in await self._store.fetch(queries.LIST_DUE_DELIVERIES.bind(due))]

    async def deliver(self, which: str) -> bool:
        """Send a delivery, unless another courier has it; whether it has arrived."""
        now = self._clock()
        taking = queries.TakeParams(id=which, now=now, until=now + TAKEN_FOR)
        taken = await self._store.fetch_one(queries.TAKE_DELIVERY.bind(taking))
        if taken is None:
            return False  # another courier has it, or had it
        kept = Kept.of(taken.channel)
        verdict = await self._tried(which, taken, kept)
        await self._settle(which, taken, kept, verdict)
        return verdict.outcome is Outcome.DELIVERED

    async def forget_old(self) -> int:
        """Forget deliveries of long ago, so many at a time; how many went."""
        before = self._clock() - KEPT
        params = queries.OldParams(before=before, limit=FORGOTTEN_AT_ONCE)
        row = await self._store.fetch_one(queries.DELETE_OLD_DELIVERIES.bind(params))
        return row.deleted if row else 0

    async def _tried(self, which: str, taken: TakenRow, kept: Kept) -> Verdict:
        """What came of a try. Raises StoreUnavailable, with which nothing is settled."""
        if taken.org_is_closed:
            return Verdict.refused("the organization is suspended")
        if not kept.is_enabled and not taken.is_test:
            return Verdict.refused("the channel is disabled")
        if not kept.may_tell(taken.tlp):
            return Verdict.refused(
                f"it is marked above {kept.ceiling}, up to which the channel tells"
            )
        try:
            sealed = self._masters.open(taken.sealed, place("Delivery", id=which))
            notice = Notice.model_validate_json(sealed)
            listed = self._sending.registry.channel(kept.module)
            secrets = await self._channels.secrets_of(kept, listed.manifest)
        except StoreUnavailable:
            raise
        except MirageError as error:
            return Verdict.refused(str(error))
        over = Over(listed, kept.options, secrets)
        try:
            async with asyncio.timeout(LONGEST_TRY_S):
                return await self._sending.send(over, notice, self._clock())
        except TimeoutError:
            return Verdict.later(f"it was not sent within {LONGEST_TRY_S:g} s")

    async def _settle(self, which: str, taken: TakenRow, kept: Kept, verdict: Verdict) -> None:
        now, due_at, state, reason = self._clock(), None, DELIVERED, verdict.reason
        tries = taken.tries - taken.tries_before
        if verdict.outcome is not Outcome.DELIVERED:
            state = DEAD
            pause = pause_after(tries, MOST_PAUSE) * (0.5 + self._jitter() / 2)
            pause = max(pause, timedelta(seconds=min(verdict.after_s, LIFE.total_seconds())))
            is_left = not taken.is_test and now + pause < taken.begun_at + LIFE
            if verdict.outcome is Outcome.LATER and is_left:
                state, due_at = DUE, now + pause
        ended_at = None if state == DUE else now
        params = queries.FinishParams(
            id=which,
            tries=taken.tries,
            state=state,
            reason=reason,
            due_at=due_at,
            ended_at=ended_at,
        )
        await self._store.fetch_one(queries.FINISH_DELIVERY.bind(params))
        metrics.DELIVERIES.labels(kept.module, state).inc()
        tell = log.warning if state == DEAD else log.info
        tell(
            "a delivery was tried", delivery=which, channel=kept.id, module=kept.module, org=kept.org,
            state=state, tries=tries, reason=reason,
        )  # fmt: skip


async def resume(
    store: Store, org: str, which: str, readable: list[str] | None, clock: Clock = utc_now
) -> None:
    """Have a delivery that was given up sent once more; one that is DUE is sent anyway.

    Raises NotFound, Conflict where it has arrived.
    """
    params = queries.ResumeParams(org=org, id=which, readable=readable, now=clock())
    row = await store.fetch_one(queries.RESUME_DELIVERY.bind(params))
    if row is None:
        raise NotFound(f"id: there is no delivery {which[:100]!r}")
    if row.before == DELIVERED:
        raise Conflict("id: the delivery has arrived; one that is DEAD can be sent again")
