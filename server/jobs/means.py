"""What a step of a run reads before it begins: what its organization has for collectors, sets and forbids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from collectors._kit.manifest import CollectorManifest
from graph.queries import module, vault
from graph.queries.configuration import LIST_COUNTING, OrgParams
from graph.queries.job import LockedRunRow
from graph.store import Transaction
from server.configuration.kept import counting
from server.jobs.gates import Gates
from server.jobs.handing import Means, broken, enabled
from server.jobs.reusing import Reuse
from server.jobs.scope import Scope
from server.jobs.spec import ScanSpec
from server.jobs.step import Step, Work
from server.modules.breaker import health_of
from server.modules.settings import disabled, pins, read
from server.vault.keychain import budget_spent
from server.vault.keystate import Keyless, usable, without_key


async def means_of(
    tx: Transaction,
    org: str,
    manifests: Mapping[str, CollectorManifest],
    now: datetime,
    units_left: Units | None = None,
) -> tuple[Means, Gates]:
    """Its usable secrets, what it has disabled, and what does not work there or has no key left to ask with."""
    settings = read(await tx.fetch(module.LIST_SETTINGS.bind(module.OrgParams(org=org))))
    rows = await _secrets(tx, org, manifests)
    without = without_key(rows, manifests.values(), now)
    if units_left is not None:
        without |= units_left.forbidden(manifests.values())
    gates = Gates(now, await health_of(tx, org, now), without)
    options = {name: each.options for name, each in settings.items()}
    usual = Means(usable(rows, now), disabled(settings), gates.shut, options, pins(settings))
    return usual, gates


async def _secrets(
    tx: Transaction, org: str, manifests: Mapping[str, CollectorManifest]
) -> list[vault.SecretRow]:
    """The keys of an organization; nobody looks where no collector needs one."""
    if not any(manifest.secrets for manifest in manifests.values()):
        return []
    return await tx.fetch(vault.LIST_SECRETS.bind(vault.OrgParams(org=org)))


@dataclass(frozen=True)
class Units:
    """Units of keys that a run has spent, of those that it may."""

    spent: int
    budget: int

    def forbidden(self, manifests: Iterable[CollectorManifest]) -> dict[str, Keyless]:
        """The collectors whose dearest lookup costs more than is left."""
        none_left = Keyless(budget_spent(self.budget), None)
        return {
            each.id: none_left
            for each in manifests
            if 0 < each.most_units > self.budget - self.spent
        }


async def work_of(
    tx: Transaction,
    step: Step,
    found: LockedRunRow,
    manifests: Mapping[str, CollectorManifest],
    now: datetime,
) -> Work:
    """What a step works with and on."""
    spec = ScanSpec.model_validate_json(found.spec)
    units = Units(found.key_units, spec.budget.key_units)
    means, gates = await means_of(tx, found.org, manifests, now, units)
    rows = await tx.fetch(LIST_COUNTING.bind(OrgParams(org=found.org)))
    never = counting(rows).never_looked_at
    collectors, unwell = enabled(spec, manifests, means), broken(spec, manifests, means)
    reuse = Reuse.of(spec, [*collectors, *unwell], means.options, never, now)
    step.pins = means.pins
    return Work(step, spec, Scope.of(spec, never), collectors, found, unwell, gates, reuse, now)
