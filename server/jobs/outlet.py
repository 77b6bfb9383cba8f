"""The way out of a process that asks sources."""

from __future__ import annotations

from dataclasses import replace

from arq.connections import ArqRedis

from collectors._kit.dialing import Endpoint, LabState
from collectors._kit.egress import Egress, direct_egress, lab_egress
from collectors._kit.evidence import DirectoryEvidence
from collectors._kit.policy import networks
from collectors._kit.resolvers import SystemResolvers, fixed
from server.jobs.rates import SharedRates
from server.settings import CollectorSettings


def open_egress(settings: CollectorSettings, queue: ArqRedis) -> Egress:
    """The way out: to the lab and nothing else where one is named, else to the internet, at rates that all keep."""
    evidence = DirectoryEvidence(settings.evidence_folder)
    if settings.lab_state is not None:
        return lab_egress(LabState.read(settings.lab_state), evidence=evidence)
    named = [Endpoint.of(text) for text in settings.resolvers]
    alone = direct_egress(
        fixed(*named) if named else SystemResolvers(),
        allowed=networks(settings.allowed_networks),
        evidence=evidence,
        file_roots=settings.file_folders,
    )
    return replace(alone, limiter=SharedRates(queue))
