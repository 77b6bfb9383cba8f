"""Who is asked about what: which collectors a run uses, and which entities are handed to each of them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors._kit.manifest import CollectorManifest
from graph.model.base import Entity, name_id
from graph.model.registry import kinds, make
from graph.queries import job
from server.jobs.scope import Scope, host_of, is_by_name
from server.jobs.spec import PRESETS, ScanSpec

BATCH = 25  # entities in one job


@dataclass(frozen=True)
class Member:
    """An entity that came into a run's scope: its id, its hops from what the scan includes, its marking."""

    id: str
    entity: Entity
    distance: int
    tlp: str = ""


def members(
    rows: Iterable[job.TargetRow | job.ProducedRow | job.HeldBackRow], distances: Mapping[str, int]
) -> list[Member]:
    """Stored entities as members that are so far by their ids; what is of no kind of ours is left out."""
    by_label = kinds()
    return [
        Member(row.id, make(label, row.key), distances[row.id], row.tlp or "")
        for row in rows
        for label in row.labels
        if label in by_label
    ]


def enabled(
    spec: ScanSpec,
    manifests: Mapping[str, CollectorManifest],
    secrets: Collection[tuple[str, str]] = (),
    disabled: Collection[str] = (),
) -> list[CollectorManifest]:
    """The collectors a specification asks for: of its preset, or named; importers never, nor those that are `disabled`.

    One that needs secrets is asked where all of them are among `secrets`, the usable ones by source and name.
    """
    highest = PRESETS[spec.preset]
    return [
        m
        for m in manifests.values()
        if m.kind == "collector"
        and m.id not in disabled
        and all((m.source, name) in secrets for name in m.secrets)
        and m.id not in spec.exclude_collectors
        and (m.id in spec.collectors if spec.collectors else True)
        and m.activity <= highest
    ]


def jobs_for(
    run: str,
    members: Iterable[Member],
    collectors: Sequence[CollectorManifest],
    scope: Scope,
) -> list[dict[str, object]]:
    """Batches of entities that a collector accepts, as rows of job/upsert_leases; ids follow from content.

    A collector that stands in for another one waits for how that one ends.
    """
    by_id = {manifest.id: manifest for manifest in collectors}
    handed: dict[tuple[str, int], list[str]] = defaultdict(list)
    for member in members:
        for manifest in collectors:
            first = by_id.get(manifest.fallback_for)
            if not is_for(manifest, member, scope) or not manifest.may_hear_of(member.tlp):
                continue
            if not (first and first.accepts(member.entity)):
                handed[(manifest.id, member.distance)].append(member.id)
    rows: list[dict[str, object]] = []
    for (collector, distance), ids in sorted(handed.items()):
        for start in range(0, len(ids), BATCH):
            batch = sorted(ids)[start : start + BATCH]
            rows.append(
                {
                    "id": name_id(run, "Lease", collector, *batch),
                    "collector": collector,
                    "entities": batch,
                    "distance": distance,
                }
            )
    return rows


def kept_back(
    members: Iterable[Member], collectors: Sequence[CollectorManifest], scope: Scope
) -> set[str]:
    """The collectors to which one of these would be handed, were it not marked above their ceiling."""
    known = list(members)
    return {
        manifest.id
        for manifest in collectors
        for member in known
        if is_for(manifest, member, scope) and not manifest.may_hear_of(member.tlp)
    }


def is_for(manifest: CollectorManifest, member: Member, scope: Scope) -> bool:
    """Whether a collector has business with an entity in scope, whatever its marking."""
    is_near = not is_too_far(manifest, member.entity, member.distance, scope)
    return is_near and manifest.accepts(member.entity)


def is_too_far(manifest: CollectorManifest, entity: Entity, distance: int, scope: Scope) -> bool:
    """Whether a collector has no business with an entity that is `distance` hops from what the scan includes.

    Names that a run only came across (mail hosts, others in a certificate) are other people's: they are not contacted
    unless the scan says so, and nothing intrusive is ever done to them.
    """
    if manifest.max_distance is not None and distance > manifest.max_distance:
        return True
    if manifest.activity == "P3" and distance > 0 and is_by_name(entity):
        return True
    return manifest.activity >= "P2" and distance > scope.contact_limit(host_of(entity))
