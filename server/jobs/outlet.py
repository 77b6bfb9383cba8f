"""The way out of a process that asks sources."""

from __future__ import annotations

from collectors._kit.dialing import Endpoint, LabState
from collectors._kit.egress import Egress, direct_egress, lab_egress
from collectors._kit.evidence import DirectoryEvidence
from collectors._kit.policy import networks
from collectors._kit.resolvers import SystemResolvers, fixed
from server.settings import CollectorSettings


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
