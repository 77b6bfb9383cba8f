"""What a step of a run reads before it begins: what its organization has for collectors, sets and forbids."""

from __future__ import annotations

from collections.abc import Mapping
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
from server.modules.settings import disabled, read
from server.vault.secrets import usable


async def means_of(
    tx: Transaction, org: str, manifests: Mapping[str, CollectorManifest], now: datetime
) -> tuple[Means, Gates]:
    """Its usable secrets, what it has disabled, and what does not work there."""
    settings = read(await tx.fetch(module.LIST_SETTINGS.bind(module.OrgParams(org=org))))
    gates = Gates(now, await health_of(tx, org, now))
    secrets = await _usable_secrets(tx, org, manifests, now)
    options = {name: each.options for name, each in settings.items()}
    return Means(secrets, disabled(settings), gates.shut, options), gates


async def _usable_secrets(
    tx: Transaction, org: str, manifests: Mapping[str, CollectorManifest], now: datetime
) -> frozenset[tuple[str, str]]:
    """The secrets that collectors may use; nobody looks where none needs one."""
    if not any(manifest.secrets for manifest in manifests.values()):
        return frozenset()
    rows = await tx.fetch(vault.LIST_SECRETS.bind(vault.OrgParams(org=org)))
    return usable(rows, now)


async def work_of(
    tx: Transaction,
    step: Step,
    found: LockedRunRow,
    manifests: Mapping[str, CollectorManifest],
    now: datetime,
) -> Work:
    """What a step works with and on."""
    spec = ScanSpec.model_validate_json(found.spec)
    means, gates = await means_of(tx, found.org, manifests, now)
    rows = await tx.fetch(LIST_COUNTING.bind(OrgParams(org=found.org)))
    never = counting(rows).never_looked_at
    collectors, unwell = enabled(spec, manifests, means), broken(spec, manifests, means)
    reuse = Reuse.of(spec, [*collectors, *unwell], means.options, never, now)
    return Work(step, spec, Scope.of(spec, never), collectors, found, unwell, gates, reuse, now)
