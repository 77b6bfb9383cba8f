"""A collector's look at the entities of one job: who they are, under which rules, and what it answers, written down.

Everything of one entity is written together, so that whoever takes the job over begins behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from collectors._kit.egress import Egress
from collectors._kit.keys import Keyed
from collectors._kit.manifest import CollectorManifest
from collectors._kit.redaction import redact
from collectors._kit.registry import BrokenCollector, Registry
from collectors._kit.runner import Batch, Runner
from graph.errors import MirageError
from graph.facts import Answer, strictest_of
from graph.model.base import Entity
from graph.model.network import IPAddress
from graph.model.registry import kinds, make
from graph.queries import job
from graph.store import Store
from graph.writer import Fence, Writer
from server.configuration.kept import Configurations
from server.configuration.places import Known
from server.configuration.rules import is_address
from server.jobs.log import hidden
from server.jobs.scope import Scope, host_ids
from server.jobs.spec import ScanSpec
from server.modules.health import NOTHING, Evidence, evidence_of
from server.modules.settings import UNSET, ModuleDisabled, Options, Settings
from server.vault.keychain import Spender, open_keychain
from server.vault.secrets import Secrets

FLUSH_AT = 100  # answers
DEADLINE_S = 300.0


@dataclass(frozen=True)
class Looked:
    """What came of a look: how many entities were and were not done, and what stood in the way of all of them."""

    asked: int
    left: int
    trouble: str = ""
    evidence: Evidence = NOTHING  # of whether its module works
    keyless: str = ""  # why the rest was not begun, where no key was left to ask with


@dataclass
class Doorkeeper:
    """Says which hosts a job may contact; asks the graph about those that its targets and the rules don't tell of."""

    store: Store
    org: str
    run: str
    scope: Scope
    places: dict[str, Known] = field(default_factory=dict)

    async def refusal(self, host: str, port: int | None = None) -> str:
        """Why `host` (a name or an address) may not be contacted, on a port of it; empty if it may."""
        if not self.scope.is_decided(host):
            ids = host_ids(self.org, [host])
            params = job.DistancesParams(run=self.run, ids=ids)
            rows = await self.store.fetch(job.LIST_DISTANCES.bind(params))
            self.scope.reached.update({row.key: row.distance for row in rows})
        reason = self.scope.refusal(host, port)
        if reason or not self.scope.asks_where or not is_address(host):
            return reason
        return await self.exclusion(host)

    async def exclusion(self, address: str) -> str:
        """Why `address` may not be contacted, whatever name it has; empty if it may."""
        if self.scope.asks_where and address not in self.places:
            ids = [IPAddress(address=address).id_in(self.org)]
            params = job.PlacementsParams(org=self.org, ids=ids)
            row = await self.store.fetch_one(job.LIST_PLACEMENTS.bind(params))
            self.places[address] = vars(row) if row else {}
        return self.scope.exclusion(address, self.places.get(address, {}))


@dataclass(frozen=True)
class Looking:
    """What a process looks with."""

    store: Store
    writer: Writer
    egress: Egress
    registry: Registry
    secrets: Secrets

    async def look(self, taken: job.TakenRow, fence: Fence, lost: asyncio.Event) -> Looked:
        """Run the collector on what is left of the batch and write what it answers, until `lost` is set.

        Its secrets are opened for that long and kept out of whatever is logged meanwhile.
        """
        listed = self.registry.get(taken.collector)
        spec = ScanSpec.model_validate_json(taken.spec)
        options = await self._options(taken, spec)
        counting = await Configurations(self.store).counting(taken.org)
        scope = Scope.of(spec, counting.never_looked_at)
        marked = await self._targets(taken, listed.manifest, scope)
        targets = [entity for entity, _ in marked]
        for target in targets:
            scope.take(target, taken.distance)
        markings = {(entity.label, entity.key): tlp for entity, tlp in marked}
        spender = Spender(taken.run, spec.budget.key_units)
        keys = await open_keychain(self.secrets, taken.org, listed.manifest, spender)
        opened = keys.values if keys else ()
        make = partial(self.registry.make, taken.collector, options)
        done: set[str] = set()
        answers: list[Answer] = []
        with hidden(opened), _without(opened):
            batch = Batch(
                make(keys.first() if keys else None),
                listed.manifest.at_most(counting.platform.scans.host_per_s),
                targets,
                run=taken.run,
                scope=Doorkeeper(self.store, taken.org, taken.run, scope),
                source=listed.source.manifest.id,
                deadline_s=_time_for(listed.manifest, spec, taken.at),
                keyed=Keyed(keys, make) if keys else None,
            )
            async for answer in Runner(self.egress).run(batch, cancel=lost):
                if len(answers) >= FLUSH_AT and answer.about is not answers[-1].about:
                    await self.writer.write(taken.org, answers, fence)
                    answers = []
                answers.append(_as_marked(answer, markings))
                done.add(answer.about.key)
            if answers and not lost.is_set():
                await self.writer.write(taken.org, answers, fence)
        left = sum(target.key not in done for target in targets)
        trouble = self.egress.trouble
        evidence = evidence_of(batch.tally, listed.manifest.activity, trouble)
        keyless = batch.keyed.ended if batch.keyed else ""
        return Looked(len(done), left, trouble, evidence, keyless)

    async def _options(self, taken: job.TakenRow, spec: ScanSpec) -> Options:
        """The scan's own options before those that are usual in the organization.

        Raises ModuleDisabled where it uses the collector no more.
        """
        setting = (await Settings(self.store).of(taken.org)).get(taken.collector, UNSET)
        if not setting.is_enabled:
            raise ModuleDisabled("it was disabled for the organization before this job began")
        return {**setting.options, **spec.options.get(taken.collector, {})}

    async def _targets(
        self, taken: job.TakenRow, manifest: CollectorManifest, scope: Scope
    ) -> list[tuple[Entity, str]]:
        """The job's entities that this collector has not yet looked at in the run, with their markings.

        What came to be marked above its ceiling or excluded since the job was made is left out.
        """
        done = job.ObservedParams(run=taken.run, collector=taken.collector, ids=taken.entities)
        seen = {row.id for row in await self.store.fetch(job.LIST_OBSERVED.bind(done))}
        rows = await self.store.fetch(
            job.LIST_TARGETS.bind(job.TargetsParams(org=taken.org, ids=taken.entities))
        )
        left = [row for row in rows if row.id not in seen and manifest.may_hear_of(row.tlp or "")]
        return [
            (entity, row.tlp or "")
            for entity, row in zip(entities_of(left), left, strict=True)
            if not scope.exclude.cover(entity)
        ]


def _time_for(manifest: CollectorManifest, spec: ScanSpec, now: datetime) -> float:
    """Seconds for a job: no longer than hosts may be contacted."""
    end = spec.contact_hours.turns_at(now) if manifest.contacts_hosts else None
    return DEADLINE_S if end is None else min(DEADLINE_S, (end - now).total_seconds())


def _as_marked(answer: Answer, markings: Mapping[tuple[str, str], str]) -> Answer:
    """The answer, marked at least like the entity that was looked at.

    What comes of asking about something confidential tells of it: its addresses, its contacts, that it exists.
    """
    tlp = strictest_of([answer.tlp, markings.get((answer.about.label, answer.about.key), "")])
    return answer if tlp == answer.tlp else replace(answer, tlp=tlp)


def entities_of(rows: list[job.TargetRow]) -> Iterator[Entity]:
    """Entities made again from their labels and keys."""
    by_label = kinds()
    for row in rows:
        label = next(label for label in row.labels if label in by_label)
        yield make(label, row.key)


@contextmanager
def _without(secrets: Collection[str]) -> Iterator[None]:
    """What code of collectors raises unforeseen may hold their secrets, and is logged by others later."""
    try:
        yield
    except MirageError:
        raise
    except Exception as error:
        if not secrets:
            raise
        raise BrokenCollector(f"a defect: {redact(repr(error), secrets)}") from None
