"""The collector: carries out jobs, each a collector and a batch of entities."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial

from collectors._kit.registry import Registry, discover
from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.events import Publisher
from server.jobs.isolation import Isolation
from server.jobs.outlet import open_egress
from server.jobs.presence import Presence
from server.jobs.probing import Probing
from server.jobs.queue import COLLECTOR_QUEUE, hint_advance
from server.jobs.routing import queue_for
from server.jobs.turning import published
from server.jobs.watchdog import watched
from server.jobs.worker import Handler, Role, Tools, run_role
from server.modules.catalog import registry
from server.settings import CollectorSettings
from server.vault.keyring import open_keyring
from server.vault.secrets import Secrets


def narrowed(registry: Registry, names: Collection[str]) -> Registry:
    """The registry with these collectors alone; the whole one where none is named. Raises NotFound."""
    if not names:
        return registry
    return replace(registry, collectors={name: registry.get(name) for name in sorted(names)})


def _offer(presence: Presence, offered: Registry) -> None:
    """Say which collectors this process carries out, and listen to the queue of those that offer the same."""
    presence.capabilities = tuple(offered.collectors)
    presence.versions = {name: one.manifest.version for name, one in offered.collectors.items()}
    usual = discover(with_entry_points=False).collectors
    presence.queues = (queue_for(presence.versions, usual),)


@asynccontextmanager
async def _prepare(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    settings = tools.settings
    assert isinstance(settings, CollectorSettings)  # noqa: S101 - main() gives no other
    known = narrowed(registry(), settings.collectors)
    _offer(tools.presence, known)
    secrets = Secrets(tools.store, open_keyring(settings))
    isolation = Isolation(settings.cells)
    publisher = Publisher(tools.store, tools.queue)
    async with (
        watched(settings.stall_s),
        aclosing(isolation),
        Writer(tools.store, publisher) as writer,
    ):
        collecting = Collecting(
            tools.store, writer, open_egress(settings, tools.queue), known, secrets, tools.presence.id,
            lambda run: hint_advance(tools.queue, run), isolation, partial(published, publisher),
        )  # fmt: skip
        probing = Probing(tools.queue, collecting.egress, known, secrets)
        yield {"collect": collecting.carry_out, "probe": probing.carry_out}


ROLE = Role("collector", COLLECTOR_QUEUE, _prepare, at_once=16)


def main() -> None:
    """Run the role until SIGTERM."""
    asyncio.run(run_role(CollectorSettings(), ROLE))
