"""Answers that are fresh still: which of a run's questions they spare, and what follows from them.

A collector that answered about an entity in all its parts, asked in the same way, is not asked again before its
answer is as old as its manifest says, or as the scan says. What it then said is followed as if it had just been said.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from collectors._kit.manifest import CollectorManifest
from collectors._kit.options import InvalidOption
from graph.queries import job, lookup
from graph.store import Store, Transaction
from server.configuration.rules import bounds, read_rule
from server.jobs.handing import Member, Questions
from server.jobs.spec import ScanSpec

Asked = tuple[str, str]
"""A collector and the id of an entity."""


def way_of_asking(
    manifest: CollectorManifest,
    usual: Mapping[str, object],
    spec: ScanSpec,
    never: Iterable[str] = (),
) -> str:
    """A digest of all that decides what a collector asks and how its answers are read; empty if it cannot be asked.

    `usual` are its options in the organization. What is excluded, by the scan or as `never` to be looked at, is left
    out of answers, and where hosts are contacted, so are those that are too far or out of bounds.
    """
    try:
        options = manifest.read_options({**usual, **spec.options.get(manifest.id, {})})
    except InvalidOption:
        return ""  # its jobs will say so
    told: list[object] = [manifest.version, options]
    if manifest.activity != "P0":
        scope = spec.scope
        excluded = sorted({*scope.exclude, *never})
        told += [excluded, scope.max_distance]
        if manifest.contacts_hosts:
            within = sorted(each for each in scope.include if bounds(read_rule(each)))
            told += [scope.contact_distance, within]
    return hashlib.sha256(
        orjson.dumps(told, option=orjson.OPT_SORT_KEYS, default=list)
    ).hexdigest()[:16]


@dataclass(frozen=True)
class Reuse:
    """What a run goes by: its collectors and how each is asked, how old answers may be, and what time it is."""

    manifests: Mapping[str, CollectorManifest]
    ways: Mapping[str, str]
    max_age: timedelta | None
    now: datetime

    @classmethod
    def of(
        cls,
        spec: ScanSpec,
        collectors: Iterable[CollectorManifest],
        usual: Mapping[str, Mapping[str, object]],
        never: Iterable[str],
        now: datetime,
    ) -> Reuse:
        """That of a run of `spec` with these collectors, whose options in the organization are `usual`."""
        excluded = tuple(never)
        manifests = {manifest.id: manifest for manifest in collectors}
        ways = {
            name: way
            for name, manifest in manifests.items()
            if (way := way_of_asking(manifest, usual.get(name, {}), spec, excluded))
        }
        minutes = spec.max_age_minutes
        return cls(manifests, ways, None if minutes is None else timedelta(minutes=minutes), now)

    async def fresh(
        self, tx: Transaction | Store, members: Iterable[Member], questions: Questions
    ) -> Mapping[Asked, datetime]:
        """Those of the questions about these members that were answered lately, with when that was."""
        labels = {member.id: member.entity.label for member in members}
        abouts = sorted({about for ids in questions.values() for about in ids} & labels.keys())
        names = sorted({collector for collector, _ in questions})
        oldest = max(
            (self._most(name, label) for name in names for label in set(labels.values())),
            default=timedelta(),
        )
        if not abouts or not oldest:
            return {}
        rows = await tx.fetch(
            lookup.LIST_LOOKUPS.bind(
                lookup.LookupsParams(abouts=abouts, collectors=names, since=self.now - oldest)
            )
        )
        return {
            (row.collector, row.about): row.at
            for row in rows
            if row.asked == self.ways.get(row.collector)
            and row.at > self.now - self._most(row.collector, labels[row.about])
        }

    async def keep(
        self, tx: Transaction, org: str, run: str, ended: Iterable[job.LeaseRow]
    ) -> None:
        """Remember what ended jobs looked at, unless its collector would be asked otherwise by now."""
        asked: dict[str, dict[str, str]] = defaultdict(dict)
        for lease in ended:
            way = self.ways.get(lease.collector, "")
            if lease.state == "DONE" and not lease.is_reused and way and lease.asked == way:
                for about in lease.entities:
                    asked[about][lease.collector] = way
        rows = [{"about": about, "asked": asked[about]} for about in sorted(asked)]
        if rows:
            params = lookup.KeptParams(org=org, run=run, rows=rows)
            await tx.fetch(lookup.UPSERT_LOOKUPS.bind(params))

    def _most(self, collector: str, label: str) -> timedelta:
        """How old an answer of a collector about a kind of entity may be."""
        own = self.manifests[collector].fresh_for(label)
        if self.max_age is None or not own:
            return own  # what is never used again is not for the asking either
        return self.max_age


async def produced(
    tx: Transaction, run: str, ended: Sequence[job.LeaseRow | job.AskedRow]
) -> list[job.ProducedRow]:
    """What the answers to ended jobs state, those that were used again among them; an entity may come twice."""
    asked = [lease for lease in ended if not lease.is_reused]
    reused = [lease for lease in ended if lease.is_reused]
    rows = await tx.fetch(
        job.LIST_PRODUCED.bind(
            job.ProducedParams(run=run, entities=_entities(asked), collectors=_collectors(asked))
        )
    )
    if reused:
        params = lookup.ReusedParams(entities=_entities(reused), collectors=_collectors(reused))
        rows = rows + await tx.fetch(lookup.LIST_REUSED.bind(params))
    return rows


def _entities(leases: Iterable[job.LeaseRow | job.AskedRow]) -> list[str]:
    return sorted({entity for lease in leases for entity in lease.entities})


def _collectors(leases: Iterable[job.LeaseRow | job.AskedRow]) -> list[str]:
    return sorted({lease.collector for lease in leases})
