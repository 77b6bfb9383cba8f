"""Sending a notice that tells of nothing, and waiting for what comes of it."""

from __future__ import annotations

import asyncio
import time

from graph.errors import Conflict, NotFound
from graph.queries import channel as queries
from server.graphql.channels.types import Delivery
from server.graphql.context import Context
from server.jobs.presence import living
from server.jobs.queue import hint_deliver, hint_or_wait
from server.notify import deliveries
from server.notify.kept import Kept
from server.notify.spreading import record
from server.notify.telling import Sender, test_notice

WITHIN_S = 25.0  # longer than a channel may take
LOOKED_EVERY_S = 0.1
COURIER = "courier"


async def tried(context: Context, kept: Kept, which: str) -> Delivery:
    """Send a test over a channel as the delivery `which`, and give it as it stands once it was tried, or in the end.

    Raises Conflict where no courier lives that could send it.
    """
    if all(each.role != COURIER for each in await living(context.queue)):
        raise Conflict("id: no courier lives that could send it; start one, and try again")
    sender = Sender(context.org, context.principal.org_name)
    notice = test_notice(sender, which, context.now(), kept.name)
    made = record(context.keys, kept.id, notice, is_test=True)
    params = queries.NewParams(org=context.org, now=context.now(), deliveries=[made])
    await context.store.fetch(queries.UPSERT_DELIVERIES.bind(params))
    await hint_or_wait(hint_deliver(context.queue, which), f"delivery {which}")
    until = time.monotonic() + WITHIN_S
    while True:
        found = await _delivery(context, which)
        if found.ended_at is not None or time.monotonic() >= until:
            return found
        await asyncio.sleep(LOOKED_EVERY_S)


async def sent_again(context: Context, which: str) -> Delivery:
    """Have a delivery that was given up sent once more. Raises NotFound, Conflict."""
    await deliveries.resume(context.store, context.org, which, context.readable)
    await hint_or_wait(hint_deliver(context.queue, which), f"delivery {which}")
    return await _delivery(context, which)


async def _delivery(context: Context, which: str) -> Delivery:
    params = queries.OneParams(org=context.org, readable=context.readable, id=which)
    row = await context.store.fetch_one(queries.GET_DELIVERY.bind(params))
    if row is None:
        raise NotFound(f"id: there is no delivery {which[:100]!r}")
    return Delivery.of(row.properties)
