"""Who is asked about what: which collectors a run uses, and which entities are handed to each of them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from collectors._kit.manifest import CollectorManifest
from graph.model.base import Entity, name_id
from graph.model.registry import kinds, make
from graph.queries import job
from server.configuration.rules import host_of
from server.jobs.presets import why_none_allows
from server.jobs.scope import Scope, is_by_name
from server.jobs.spec import ScanSpec

BATCH = 25  # entities in one job

Questions = dict[tuple[str, int], list[str]]
"""Ids of entities by the collector that is to be asked about them, and by their distance."""


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


@dataclass(frozen=True)
class Means:
    """What an organization has for its collectors: usable secrets by source and name, and those it does not use.

    `broken` are those that are not asked for now since they do not work there, with the reason; `options` are those
    that are usual there, `pins` the versions to which collectors are pinned.
    """

    secrets: Collection[tuple[str, str]] = ()
    disabled: Collection[str] = ()
    broken: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    pins: Mapping[str, int] = field(default_factory=dict)


def enabled(
    spec: ScanSpec, manifests: Mapping[str, CollectorManifest], means: Means
) -> list[CollectorManifest]:
    """The collectors that a run of the specification asks; importers never."""
    return [
        manifest
        for manifest in manifests.values()
        if manifest.kind == "collector" and not why_not(spec, manifest, means)
    ]


def broken(
    spec: ScanSpec, manifests: Mapping[str, CollectorManifest], means: Means
) -> list[CollectorManifest]:
    """The collectors that a run of the specification would ask if they worked."""
    without = replace(means, broken={})
    asked = enabled(spec, manifests, without)
    return [manifest for manifest in asked if manifest.id in means.broken]


def why_not(spec: ScanSpec, manifest: CollectorManifest, means: Means) -> str:
    """The first reason for which a run does not ask this collector about anything; empty where it does."""
    if spec.collectors and manifest.id not in spec.collectors:
        return "the scan names others"
    if manifest.id in spec.exclude_collectors:
        return "the scan excludes it by name"
    if reason := why_none_allows(spec.presets, manifest):
        return reason
    if manifest.id in means.disabled:
        return "the organization has disabled it"
    for name in manifest.secrets:
        if (manifest.source, name) not in means.secrets:
            return f"the secret {name} of {manifest.source} is not set, or has expired"
    return means.broken.get(manifest.id, "")


def questions(
    members: Iterable[Member], collectors: Sequence[CollectorManifest], scope: Scope
) -> Questions:
    """Which collectors are to be asked about which of these.

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
    return handed


def questions_nearer(
    members: Iterable[tuple[Member, int]], collectors: Sequence[CollectorManifest], scope: Scope
) -> Questions:
    """Which collectors are to be asked about these now that they are nearer: those for which they were too far."""
    handed: dict[tuple[str, int], list[str]] = defaultdict(list)
    for member, before in members:
        former = questions([replace(member, distance=before)], collectors, scope)
        asked = {collector for collector, _ in former}
        for (collector, distance), ids in questions([member], collectors, scope).items():
            if collector not in asked:
                handed[(collector, distance)] += ids
    return handed


@dataclass(frozen=True)
class Batch:
    """A job to be made: entities that a collector is to be asked about, `asked` in the way of this digest.

    Where `reused_at` is a moment, nobody is asked: the answers of that time are used again.
    """

    id: str
    collector: str
    entities: list[str]
    distance: int
    asked: str
    reused_at: datetime | None = None


def batches(
    run: str,
    asked: Questions,
    ways: Mapping[str, str],
    fresh: Mapping[tuple[str, str], datetime] | None = None,
) -> list[Batch]:
    """Questions as jobs; ids follow from content. `fresh` are those that were answered lately, with when."""
    made: list[Batch] = []
    for (collector, distance), ids in sorted(asked.items()):
        way = ways.get(collector, "")
        again = {each: at for each in ids if fresh and (at := fresh.get((collector, each)))}
        for batch in _cut(each for each in ids if each not in again):
            job_id = name_id(run, "Lease", collector, *batch)
            made.append(Batch(job_id, collector, batch, distance, way))
        for batch in _cut(again):
            job_id = name_id(run, "Lease", collector, "again", *batch)
            oldest = min(again[each] for each in batch)
            made.append(Batch(job_id, collector, batch, distance, way, oldest))
    return made


def _cut(ids: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(ids)
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


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


def kept_out(
    members: Iterable[Member],
    collectors: Sequence[CollectorManifest],
    broken: Sequence[CollectorManifest],
    scope: Scope,
) -> set[str]:
    """Those that are broken to which one of these would be handed if they worked."""
    if not broken:
        return set()
    handed = questions(members, [*collectors, *broken], scope)
    return {collector for collector, _ in handed} & {manifest.id for manifest in broken}


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
    return manifest.contacts_hosts and distance > scope.contact_limit(host_of(entity))
