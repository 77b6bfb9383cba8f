"""What a scan needs before it starts, whoever starts it: permissions, and collectors that can answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic.alias_generators import to_camel

from graph.errors import InvalidQuestion
from graph.store import Store
from server.auth.policy import Permission
from server.configuration.declared import Ceiling
from server.configuration.kept import Configurations
from server.jobs.presets import PRESETS
from server.jobs.scope import Scope
from server.jobs.spec import Budget, ScanSpec, ScopeRules
from server.modules.catalog import registry
from server.modules.settings import ModuleDisabled, Settings, disabled
from server.vault.envelope import Sealing
from server.vault.keystate import usable
from server.vault.secrets import Secrets


def needed(spec: ScanSpec) -> Iterator[tuple[Permission, str]]:
    """The permissions that starting a scan needs beside RUN_SCANS, each with what needs it."""
    usual = ScopeRules()
    if spec.highest == "P3":
        yield Permission.RUN_INTRUSIVE_SCANS, f"preset {_intrusive(spec)}"
    if spec.scope.include:
        yield Permission.SET_SCOPE, "include"
    if spec.scope.max_distance > usual.max_distance:
        yield Permission.SET_SCOPE, f"maxDistance over {usual.max_distance}"
    if spec.scope.contact_distance > usual.contact_distance:
        yield Permission.SET_SCOPE, f"contactDistance over {usual.contact_distance}"


def check_authorized(spec: ScanSpec) -> None:
    """Raise InvalidQuestion where a scan of the intrusive class does not say who allowed it."""
    if spec.highest == "P3" and not spec.authorization.strip():
        raise InvalidQuestion(
            f"authorization: preset {_intrusive(spec)} wants to know who allowed it, and how that can be shown"
        )


def _intrusive(spec: ScanSpec) -> str:
    return next(name for name in spec.presets if PRESETS[name].highest == "P3").upper()


async def check_configuration(store: Store, org: str, spec: ScanSpec) -> None:
    """Raise InvalidQuestion where what the organization and the platform have set does not allow a scan."""
    counting = await Configurations(store).counting(org)
    check_ceiling(spec.budget, counting.platform.scans.ceiling)
    _check_seeds(
        spec, Scope.of(spec), "exclude: it covers every seed, so that nothing is left to look at"
    )
    _check_seeds(
        spec, Scope.of(spec, counting.never_looked_at),
        "seeds: `exclude` of the scan and `scans.exclude` of the organization and the platform cover every one",
    )  # fmt: skip


def _check_seeds(spec: ScanSpec, scope: Scope, refusal: str) -> None:
    if all(scope.exclude.cover(seed) for seed in spec.seed_entities()):
        raise InvalidQuestion(refusal)


def check_ceiling(budget: Budget, ceiling: Ceiling) -> None:
    """Raise InvalidQuestion where a budget is larger than the platform lets any run have."""
    for name, asked in budget.model_dump().items():
        most = getattr(ceiling, name)
        if most is not None and asked > most:
            raise InvalidQuestion(
                f"budget.{to_camel(name)}: {most} at most is right on this platform"
            )


async def check_named(store: Store, keys: Sealing, org: str, spec: ScanSpec, now: datetime) -> None:
    """Refuse to ask a collector by name that would look for nothing, without a word.

    Raises ModuleDisabled, and InvalidQuestion for one without a secret that it needs.
    """
    named = [registry().get(name).manifest for name in spec.collectors]
    off = disabled(await Settings(store).of(org)) if named else frozenset()
    for manifest in named:
        if manifest.id in off:
            raise ModuleDisabled(
                f"collectors: {manifest.id} is disabled in this organization; `configureModule` enables it"
            )
    if any(manifest.secrets for manifest in named):
        set_now = usable(await Secrets(store, keys).listed(org), now)
        for manifest in named:
            for name in manifest.secrets:
                if (manifest.source, name) not in set_now:
                    raise InvalidQuestion(
                        f"collectors: {manifest.id} needs the secret {name} of {manifest.source}; `setSecret` sets it"
                    )
