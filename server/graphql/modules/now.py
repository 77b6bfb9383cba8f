"""What a request has to know of modules: read at most once, however many modules or entities ask."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from graph.queries import module as queries
from graph.queries.module import UsageRow
from server.graphql.context import Context
from server.jobs.presence import Presence, living
from server.modules.breaker import health_of
from server.modules.health import shut
from server.modules.settings import Settings
from server.modules.standing import Standing
from server.vault.secrets import Secrets, usable

READERS = "api"
STANDING = "module standing"


async def processes(context: Context) -> list[Presence]:
    """The processes that live now."""
    return await context.once("processes", lambda: living(context.queue))


async def standing(context: Context) -> Standing:
    """How modules stand in the caller's organization."""
    return await context.once(STANDING, lambda: _read(context))


async def _read(context: Context) -> Standing:
    kept = Secrets(context.store, context.keys)
    org, now = context.org, context.now()
    alive, secrets, settings, health = await asyncio.gather(
        processes(context),
        kept.listed(org),
        Settings(context.store).of(org),
        health_of(context.store, org, now),
    )
    offered = Counter(name for each in alive for name in set(each.capabilities))
    readers = sum(each.role == READERS for each in alive)
    return Standing(usable(secrets, now), offered, readers, settings, health, shut(health, now))


async def usage(context: Context, days: int) -> Mapping[str, UsageRow]:
    """How lookups of the runs of the last days ended, by collector, as far as the caller may read them."""
    return await context.once(f"module usage {days}", lambda: _read_usage(context, days))


async def _read_usage(context: Context, days: int) -> Mapping[str, UsageRow]:
    params = queries.UsageParams(
        org=context.org,
        readable=context.readable,
        user=context.principal.user,
        since=context.now() - timedelta(days=days),
    )
    rows = await context.store.fetch(queries.COUNT_USAGE.bind(params))
    return {row.collector: row for row in rows}
