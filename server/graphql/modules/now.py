"""What a request has to know of modules: read at most once, however many modules or entities ask."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import timedelta

from graph.queries import module as queries
from graph.queries.module import UsageRow
from server.graphql.context import Context
from server.jobs.presence import Presence, living
from server.modules.breaker import health_of
from server.modules.catalog import registry
from server.modules.health import shut
from server.modules.settings import Settings, pins
from server.modules.standing import Standing
from server.vault.keystate import given_keys, usable, without_key
from server.vault.secrets import Secrets

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
    pinned = pins(settings)
    offered = Counter(
        name
        for each in alive
        for name in set(each.capabilities)
        if pinned.get(name, 0) in (0, each.versions.get(name))
    )
    versions: dict[str, set[int]] = defaultdict(set)
    for each in alive:
        for name, version in each.versions.items():
            versions[name].add(version)
    had = {name: frozenset(found) for name, found in versions.items()}
    readers = sum(each.role == READERS for each in alive)
    manifests = [listed.manifest for listed in registry().collectors.values()]
    without = {name: why.reason for name, why in without_key(secrets, manifests, now).items()}
    broken = without | shut(health, now)
    given = given_keys(secrets, manifests, now)
    return Standing(usable(secrets, now), offered, readers, settings, health, had, broken, given)


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
