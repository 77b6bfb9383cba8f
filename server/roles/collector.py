"""The collector: carries out jobs, each a collector and a batch of entities."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from collectors._kit.dialing import Endpoint, LabState
from collectors._kit.egress import Egress, direct_egress, lab_egress
from collectors._kit.evidence import DirectoryEvidence
from collectors._kit.policy import networks
from collectors._kit.registry import discover
from collectors._kit.resolvers import SystemResolvers, fixed
from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.events import Publisher
from server.jobs.probing import Probing
from server.jobs.queue import COLLECTOR_QUEUE, hint_advance
from server.jobs.worker import Handler, Role, Tools, run_role
from server.settings import CollectorSettings
from server.vault.keyring import open_keyring
from server.vault.secrets import Secrets


def open_egress(settings: CollectorSettings) -> Egress:
    """The way out: to the lab and nothing else where one is named, else to the internet."""
    evidence = DirectoryEvidence(settings.evidence_folder)
    if settings.lab_state is not None:
        return lab_egress(LabState.read(settings.lab_state), evidence=evidence)
    named = [Endpoint.of(text) for text in settings.resolvers]
    return direct_egress(
        fixed(*named) if named else SystemResolvers(),
        allowed=networks(settings.allowed_networks),
        evidence=evidence,
        file_roots=settings.file_folders,
    )


@asynccontextmanager
async def _prepare(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    registry = discover()
    tools.presence.capabilities = tuple(registry.collectors)
    settings = tools.settings
    assert isinstance(settings, CollectorSettings)  # noqa: S101 - main() gives no other
    secrets = Secrets(tools.store, open_keyring(settings))
    async with Writer(tools.store, Publisher(tools.store, tools.queue)) as writer:
        collecting = Collecting(
            tools.store, writer, open_egress(settings), registry, secrets, tools.presence.id,
            lambda run: hint_advance(tools.queue, run),
        )  # fmt: skip
        probing = Probing(tools.queue, collecting.egress, registry, secrets)
        yield {"collect": collecting.carry_out, "probe": probing.carry_out}


ROLE = Role("collector", COLLECTOR_QUEUE, _prepare, at_once=16)


def main() -> None:
    """Run the role until SIGTERM."""
    asyncio.run(run_role(CollectorSettings(), ROLE))
