"""What people do with findings or pairs, many at once: how many, what may be said of it, and the events it leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from graph.correlate.outbox import leave_events
from graph.errors import InvalidQuestion
from graph.store import Store, Transaction
from graph.writer import EventGroup, Written

MOST_AT_ONCE = 500
MOST_MATCHING = 5_000  # at once by conditions, of things that the database finds itself
LONGEST_COMMENT = 2_000
SYSTEM = "mirage"  # whose word it is where nobody's


def check_comment(comment: str) -> None:
    """Raise InvalidQuestion for a comment that is too long."""
    if len(comment) > LONGEST_COMMENT:
        raise InvalidQuestion(
            f"comment: at most {LONGEST_COMMENT} characters; write a note for more"
        )


def each_once(ids: Iterable[str], what: str, most: int = MOST_AT_ONCE) -> list[str]:
    """The ids in their order, each once. Raises InvalidQuestion where there are none or too many of `what`."""
    wanted = sorted(set(ids))
    if not 1 <= len(wanted) <= most:
        raise InvalidQuestion(f"ids: give 1 to {most} {what} at once")
    return wanted


def events_of(kind: str, happening: str, ids: Sequence[str]) -> list[EventGroup]:
    """That something happened to each of these."""
    return [EventGroup(f"{kind.lower()}.{happening}", kind, (each,), "", {}) for each in ids]


async def carried_out(
    store: Store,
    org: str,
    now: datetime,
    work: Callable[[Transaction], Awaitable[list[EventGroup]]],
) -> Written:
    """Carry `work` out in one transaction with the events that it gives."""

    async def whole(tx: Transaction) -> Written:
        return await leave_events(tx, org, now, await work(tx))

    written, _ = await store.transact(whole)
    return written
