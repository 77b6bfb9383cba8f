"""Putting everything that is sealed under the current master key, while all processes run.

Values stay as they are: only the key of each is wrapped anew. Safe to run twice, and beside writers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from graph.model.registry import kinds
from graph.queries import vault as queries
from graph.store import Limits, Store
from server.vault.envelope import SealBroken, Sealing
from server.vault.places import PLACES, place

PAGE = 500
LIMITS = Limits(timeout_s=120.0, retry_s=120.0)

# Labels of the ontology and of what is collected: millions of nodes, and nothing of them is sealed.
APART = ("Entity", "Observation", "Claim", "Version", "Evidence", "Lease", "AuditEvent")


@dataclass
class Resealed:
    """What was done: how many values, by label; which could not be, and why; what is sealed under which key now."""

    done: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    in_use: Counter[str] = field(default_factory=Counter)


async def sealed_labels(store: Store) -> list[str]:
    """The labels of nodes that hold sealed values."""
    params = queries.ApartParams(apart=[*kinds(), *APART])
    rows = await store.fetch(queries.LIST_SEALED_LABELS.bind(params), limits=LIMITS)
    return [row.label for row in rows]


async def versions_in_use(store: Store) -> Counter[str]:
    """How many values each master key seals, by its version."""
    found: Counter[str] = Counter()
    for label in await sealed_labels(store):
        params = queries.LabelParams(label=label)
        for row in await store.fetch(queries.COUNT_SEALED.bind(params), limits=LIMITS):
            found[row.version] += row.sealed
    return found


async def reseal(store: Store, keys: Sealing) -> Resealed:
    """Seal everything under the current key that is under another one."""
    told = Resealed()
    for label in await sealed_labels(store):
        if label not in PLACES:
            told.broken.append(f"{label}: nobody said in server/vault/places.py what it is for")
            continue
        await _reseal_label(store, keys, label, told)
    told.in_use = await versions_in_use(store)
    return told


async def _reseal_label(store: Store, keys: Sealing, label: str, told: Resealed) -> None:
    apart: list[str] = []
    while True:
        asked = queries.StaleParams(
            label=label, current=f"v1.{keys.current}.", apart=apart, limit=PAGE
        )
        rows = await store.fetch(queries.LIST_SEALED.bind(asked), limits=LIMITS)
        if not rows:
            return
        changes: list[dict[str, str]] = []
        for row in rows:
            try:
                after = _resealed(keys, label, row.properties)
            except SealBroken as error:
                apart.append(row.element)
                told.broken.append(f"{_named(label, row.properties)}: {error}")
                continue
            before = str(row.properties["sealed"])
            changes.append({"element": row.element, "before": before, "after": after})
        params = queries.ResealedParams(rows=changes, version=keys.current)
        for done in await store.fetch(queries.UPSERT_SEALED.bind(params), limits=LIMITS):
            told.done[label] += done.done


def _resealed(keys: Sealing, label: str, properties: Mapping[str, object]) -> str:
    texts = {name: str(value) for name, value in properties.items()}
    try:
        bound_to = place(label, **texts)
    except KeyError as error:
        raise SealBroken(f"it has no {error.args[0]}, which it should be bound to") from error
    return keys.reseal(texts["sealed"], bound_to)


def _named(label: str, properties: Mapping[str, object]) -> str:
    return f"{label} {properties.get('id') or properties.get('org') or ''}".strip()
