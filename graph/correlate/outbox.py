"""Leaves what happened to findings in the write log, as the write path does for facts."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from graph.correlate.anchors import Touched
from graph.store import Transaction
from graph.upsert import log
from graph.writer import EventGroup, Written


async def leave_look(tx: Transaction, org: str, at: datetime) -> None:
    """Have a correlator look soon, though no fact was touched."""
    await leave_touched(tx, org, at, Touched(frozenset()))


async def leave_touched(tx: Transaction, org: str, at: datetime, touched: Touched) -> None:
    """Have a correlator look at what was changed other than by a fact."""
    ends = {name: sorted(ids) for name, ids in touched.ends.items()}
    await _leave(tx, org, at, (), [sorted(touched.changed), ends])


async def leave_events(
    tx: Transaction, org: str, at: datetime, events: Sequence[EventGroup]
) -> Written:
    """Store `events` with the transaction that they tell of; publishing them is the publisher's."""
    outbox = await _leave(tx, org, at, events, None)
    return Written(org, at, outbox, (), tuple(events), (), 0)


async def _leave(
    tx: Transaction,
    org: str,
    at: datetime,
    events: Sequence[EventGroup],
    touched: list[Any] | None,
) -> str:
    outbox = str(uuid.uuid4())  # the same may happen to a finding twice at one moment
    payload = zlib.compress(orjson.dumps([e.as_json(org, at) for e in events]), 1)
    ids = None if touched is None else zlib.compress(orjson.dumps(touched), 1)
    await tx.execute(
        log.CREATE_OUTBOX,
        {"id": outbox, "org": org, "at": at, "events": payload, "touched": ids},
    )
    return outbox
