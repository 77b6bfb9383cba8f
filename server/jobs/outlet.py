"""The ways out: of a process that asks sources, and of one that sends over channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from arq.connections import ArqRedis

from collectors._kit.dialing import Endpoint, LabState
from collectors._kit.egress import Egress, direct_egress, lab_egress
from collectors._kit.evidence import DirectoryEvidence
from collectors._kit.limits import NeverOpen, Retry
from collectors._kit.policy import networks
from collectors._kit.resolvers import Resolvers, SystemResolvers, fixed
from server.jobs.rates import SharedRates
from server.settings import CollectorSettings, CourierSettings
from server.version import VERSION

CHANNELS_AGENT = f"Mirage/{VERSION} (notifications)"


def open_egress(settings: CollectorSettings, queue: ArqRedis) -> Egress:
    """The way out: to the lab and nothing else where one is named, else to the internet, at rates that all keep."""
    evidence = DirectoryEvidence(settings.evidence_folder)
    if settings.lab_state is not None:
        return lab_egress(LabState.read(settings.lab_state), evidence=evidence)
    alone = direct_egress(
        _resolvers(settings.resolvers),
        allowed=networks(settings.allowed_networks),
        evidence=evidence,
        file_roots=settings.file_folders,
    )
    return replace(alone, limiter=SharedRates(queue))


def open_channels_egress(settings: CourierSettings, queue: ArqRedis) -> Egress:
    """The way out of channels: to public addresses and what the operator allows channels, each request sent once.

    What is to be tried again is tried by whoever keeps it meanwhile, whatever became of others' requests to the host.
    """
    alone = direct_egress(
        _resolvers(settings.resolvers),
        allowed=networks(settings.channel_networks),
        ca_file=settings.channel_ca_file,
        user_agent=CHANNELS_AGENT,
    )
    return replace(alone, limiter=SharedRates(queue), retry=Retry(attempts=1), breaker=NeverOpen())


def _resolvers(texts: Sequence[str]) -> Resolvers:
    named = [Endpoint.of(text) for text in texts]
    return fixed(*named) if named else SystemResolvers()
