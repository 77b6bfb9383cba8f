"""What a run would begin with: which collectors would be asked about which seeds, which not, and why. Pure.

It goes by the same decisions as the conductor's step (`server.jobs.handing`, `server.jobs.scope`). What a run finds on
its way, and asks about next, nobody knows before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import orjson

from collectors._kit.manifest import CollectorManifest
from server.configuration.rules import host_of
from server.jobs.handing import Means, Member, Questions, enabled, is_for, why_not
from server.jobs.scope import Scope
from server.jobs.spec import ScanSpec


@dataclass(frozen=True)
class Planned:
    """A collector that would be asked about some of the seeds, and has answered lately about the `reused` ones.

    `hosts` are what it may contact for that: a third party's hosts by its manifest, or those of the seeds themselves.
    """

    manifest: CollectorManifest
    seeds: tuple[Member, ...]
    reused: tuple[Member, ...] = ()

    def reusing(self, fresh: Collection[tuple[str, str]]) -> Planned:
        """The same where these have been answered lately, as collectors and ids of seeds."""
        reused = tuple(seed for seed in self.seeds if (self.manifest.id, seed.id) in fresh)
        seeds = tuple(seed for seed in self.seeds if seed not in reused)
        return Planned(self.manifest, seeds, reused)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names, addresses and ranges, sorted; a collector that only resolves names contacts none."""
        if self.manifest.activity == "P0":
            return tuple(sorted(self.manifest.hosts))
        if self.manifest.activity == "P1":
            return ()
        return tuple(sorted({host for seed in self.seeds if (host := host_of(seed.entity))}))

    @property
    def most_requests(self) -> int:
        """The most requests that it may make about these seeds, by its manifest."""
        return self.manifest.max_requests * len(self.seeds)

    @property
    def units(self) -> int:
        """Units of keys that the lookups about these seeds cost, by its manifest."""
        return sum(self.manifest.units_for(seed.entity.label) for seed in self.seeds)


@dataclass(frozen=True)
class LeftOut:
    """What is not asked: a collector about a seed or (empty) anything, or nobody (empty) about a seed."""

    collector: str
    seed: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What a run would begin with. `later` are collectors that may be asked of what is found, and of no seed."""

    planned: tuple[Planned, ...]
    left_out: tuple[LeftOut, ...]
    later: tuple[str, ...]

    @property
    def digest(self) -> str:
        """A word for its content: another one where anything of it would be otherwise."""
        content = [
            [
                (
                    one.manifest.id,
                    one.manifest.version,
                    [s.id for s in one.seeds],
                    [s.id for s in one.reused],
                )
                for one in self.planned
            ],
            [(one.collector, one.seed, one.reason) for one in self.left_out],
            self.later,
        ]
        return hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]

    @property
    def questions(self) -> Questions:
        """What would be asked, as a step of the run would ask it."""
        return {(one.manifest.id, 0): [seed.id for seed in one.seeds] for one in self.planned}

    def reusing(self, fresh: Collection[tuple[str, str]]) -> Plan:
        """The same where these questions have been answered lately, as collectors and ids of seeds."""
        return replace(self, planned=tuple(each.reusing(fresh) for each in self.planned))


def plan(
    spec: ScanSpec,
    seeds: Sequence[Member],
    manifests: Mapping[str, CollectorManifest],
    means: Means,
    never: Iterable[str] = (),
) -> Plan:
    """The plan of a run of `spec`, whose `seeds` come with their ids and markings.

    `never` is what no run may look at.
    """
    scope, of_the_scan = Scope.of(spec, never), Scope.of(spec)
    collectors = enabled(spec, manifests, means)
    kept = [seed for seed in seeds if not scope.exclude.cover(seed.entity)]
    planned: list[Planned] = []
    left_out = [
        LeftOut(
            "",
            seed.entity.key,
            "the scan's `exclude` covers it"
            if of_the_scan.exclude.cover(seed.entity)
            else "no scan here may look at it: `scans.exclude` of the organization or the platform covers it",
        )
        for seed in seeds
        if scope.exclude.cover(seed.entity)
    ]
    later: list[str] = []
    by_id = {manifest.id: manifest for manifest in collectors}
    for manifest in collectors:
        fitting = [seed for seed in kept if is_for(manifest, seed, scope)]
        asked = [seed for seed in fitting if not _hindrance(manifest, seed, by_id)]
        left_out += [
            LeftOut(manifest.id, seed.entity.key, reason)
            for seed in fitting
            if (reason := _hindrance(manifest, seed, by_id))
        ]
        if asked:
            planned.append(Planned(manifest, tuple(sorted(asked, key=lambda seed: seed.id))))
        elif not fitting:
            later.append(manifest.id)
    left_out += _not_asked(spec, manifests.values(), means)
    return Plan(tuple(planned), tuple(left_out), tuple(later))


def _hindrance(
    manifest: CollectorManifest, seed: Member, by_id: Mapping[str, CollectorManifest]
) -> str:
    """Why a collector that has business with a seed is not asked about it at first; empty where it is."""
    if not manifest.may_hear_of(seed.tlp):
        return f"it may be asked about entities up to {manifest.highest}, and this one is marked {seed.tlp}"
    first = by_id.get(manifest.fallback_for)
    if first and first.accepts(seed.entity):
        return f"it is asked where {first.id} gives no answer"
    return ""


def _not_asked(
    spec: ScanSpec, manifests: Iterable[CollectorManifest], means: Means
) -> Iterable[LeftOut]:
    for manifest in manifests:
        if manifest.kind == "collector" and (reason := why_not(spec, manifest, means)):
            yield LeftOut(manifest.id, "", reason)
