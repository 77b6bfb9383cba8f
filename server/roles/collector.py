"""The collector: carries out jobs, each a collector and a batch of entities."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.events import Publisher
from server.jobs.isolation import Isolation
from server.jobs.outlet import open_egress
from server.jobs.probing import Probing
from server.jobs.queue import COLLECTOR_QUEUE, hint_advance
from server.jobs.watchdog import watched
from server.jobs.worker import Handler, Role, Tools, run_role
from server.modules.catalog import registry
from server.settings import CollectorSettings
from server.vault.keyring import open_keyring
from server.vault.secrets import Secrets


@asynccontextmanager
async def _prepare(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    known = registry()
    tools.presence.capabilities = tuple(known.collectors)
    settings = tools.settings
    assert isinstance(settings, CollectorSettings)  # noqa: S101 - main() gives no other
    secrets = Secrets(tools.store, open_keyring(settings))
    isolation = Isolation(settings.cells)
    async with (
        watched(settings.stall_s),
        aclosing(isolation),
        Writer(tools.store, Publisher(tools.store, tools.queue)) as writer,
    ):
        collecting = Collecting(
            tools.store, writer, open_egress(settings), known, secrets, tools.presence.id,
            lambda run: hint_advance(tools.queue, run), isolation,
        )  # fmt: skip
        probing = Probing(tools.queue, collecting.egress, known, secrets)
        yield {"collect": collecting.carry_out, "probe": probing.carry_out}


ROLE = Role("collector", COLLECTOR_QUEUE, _prepare, at_once=16)


def main() -> None:
    """Run the role until SIGTERM."""
    asyncio.run(run_role(CollectorSettings(), ROLE))
