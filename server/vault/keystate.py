"""Keys of a source: what is left of each, which can be used now, and which of them go together. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from collectors._kit.faults import KeyTrouble, Unauthorized
from collectors._kit.manifest import CollectorManifest, Quota
from graph.queries.vault import SecretRow

FIRST_REST = timedelta(
    minutes=1
)  # where a source does not say for how long; twice as long each time
LONGEST_REST = timedelta(hours=1)
MOST_SAID = 200


Kept = TypeVar("Kept", bound=SecretRow)


class KeyState(enum.StrEnum):
    """Whether a key is used."""

    READY = "READY"
    RESTING = "RESTING"
    SPENT = "SPENT"
    REFUSED = "REFUSED"
    DISABLED = "DISABLED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True)
class Used:
    """Units of a key that were used in the day and the month of a moment, both of UTC."""

    today: int
    this_month: int

    @classmethod
    def of(cls, row: SecretRow, now: datetime) -> Used:
        """What a key says of this day and month."""
        day, month = _windows(now)
        return cls(
            row.used_day if row.day == day else 0, row.used_month if row.month == month else 0
        )


def left(row: SecretRow, quota: Quota, now: datetime) -> int | None:
    """Units that may be used of a key yet; None where its source's manifest names no quota."""
    used = Used.of(row, now)
    rest = [
        most - gone
        for most, gone in ((quota.per_day, used.today), (quota.per_month, used.this_month))
        if most is not None
    ]
    return max(0, min(rest)) if rest else None


def state(row: SecretRow, quota: Quota, now: datetime, units: int = 1) -> KeyState:
    """Whether a key can be used now for a lookup of so many units."""
    rest = left(row, quota, now)
    if row.expires_at is not None and row.expires_at <= now:
        return KeyState.EXPIRED
    if not row.is_enabled:
        return KeyState.DISABLED
    if row.refused_at is not None:
        return KeyState.REFUSED
    if row.rests_until is not None and row.rests_until > now:
        return KeyState.RESTING
    return KeyState.SPENT if rest is not None and rest < units else KeyState.READY


def back_at(row: SecretRow, quota: Quota, now: datetime, units: int = 1) -> datetime | None:
    """When a key can be used that cannot now: it rests, or its quota is spent. None where only somebody can help."""
    match state(row, quota, now, units):
        case KeyState.RESTING:
            return row.rests_until
        case KeyState.SPENT:
            return resets_at(row, quota, now, units)
        case KeyState.READY:
            return now
        case _:
            return None


def resets_at(row: SecretRow, quota: Quota, now: datetime, units: int = 1) -> datetime | None:
    """When the quota that is nearest to its end is whole again; None where there is none."""
    used = Used.of(row, now)
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    if quota.per_month is not None and (
        quota.per_day is None
        or quota.per_month - used.this_month < units
        or quota.per_month - used.this_month < quota.per_day - used.today
    ):
        return next_month
    return day + timedelta(days=1) if quota.per_day is not None else None


def is_there(row: SecretRow, now: datetime) -> bool:
    """Whether a key is to be used at all: it is enabled and has not expired."""
    return row.is_enabled and (row.expires_at is None or row.expires_at > now)


def as_there(row: Kept) -> Kept:
    """A key as if it were enabled and had not expired, to be tried."""
    return row.model_copy(update={"is_enabled": True, "expires_at": None})


@dataclass(frozen=True)
class KeySet:
    """Keys that are shown together, one of each name. `lead` tell it from the others, and are counted."""

    rows: Mapping[str, SecretRow]
    lead: tuple[SecretRow, ...]

    @property
    def id(self) -> str:
        """What tells it from others."""
        return " ".join(sorted(row.id for row in self.rows.values()))

    @property
    def label(self) -> str:
        """What people call it."""
        return ", ".join(dict.fromkeys(row.label for row in self.lead))

    def is_ready(self, quota: Quota, now: datetime, units: int) -> bool:
        """Whether a lookup of so many units can be made with it."""
        return all(state(row, quota, now, units) is KeyState.READY for row in self.lead) and all(
            state(row, Quota(), now) is KeyState.READY for row in self.rows.values()
        )

    def rank(self, quota: Quota, now: datetime) -> tuple[float, int, str]:
        """Lower for what has more left: by quota, else for what was used less."""
        rest = [left(row, quota, now) for row in self.lead]
        known = [each for each in rest if each is not None]
        used = sum(Used.of(row, now).this_month for row in self.lead)
        return (-min(known) if known else 0.0, used, self.label)

    def back_at(self, quota: Quota, now: datetime, units: int) -> datetime | None:
        """When it can be used; None where only somebody can help."""
        moments = [back_at(row, quota, now, units) for row in self.lead]
        known = [each for each in moments if each is not None]
        return max(known) if len(known) == len(moments) else None


def usable(rows: Iterable[SecretRow], now: datetime) -> frozenset[tuple[str, str]]:
    """Which secrets are there to be used, as source and name: they have a key that is enabled and has not expired."""
    return frozenset((row.source, row.name) for row in rows if is_there(row, now))


def key_sets(rows: Iterable[SecretRow], names: Sequence[str], now: datetime) -> list[KeySet]:
    """The keys of one source that go together: those with the same label; a secret with one key goes with all."""
    of_name = {name: [r for r in rows if r.name == name and is_there(r, now)] for name in names}
    labels = dict.fromkeys(row.label for found in of_name.values() for row in found)
    made: dict[str, KeySet] = {}
    for label in labels:
        chosen = {
            name: row
            for name, found in of_name.items()
            for row in found
            if row.label == label or len(found) == 1
        }
        if len(chosen) == len(names):
            several = tuple(row for name, row in chosen.items() if len(of_name[name]) > 1)
            each = KeySet(chosen, several or tuple(chosen.values()))
            made[each.id] = each
    return list(made.values())


@dataclass(frozen=True)
class Keyless:
    """Why no key of a source can be used now, and from when on one can; None where only somebody can help."""

    reason: str
    until: datetime | None


def best(sets: Iterable[KeySet], manifest: CollectorManifest, now: datetime) -> KeySet | None:
    """The keys of which most is left, of those that would do for any lookup of a collector."""
    ready = [each for each in sets if each.is_ready(manifest.quota, now, manifest.most_units)]
    return min(ready, key=lambda each: each.rank(manifest.quota, now), default=None)


def keyless(
    rows: Iterable[SecretRow], manifest: CollectorManifest, now: datetime
) -> Keyless | None:
    """Why a collector whose secrets are set has no key to use; None where it has one, or needs none."""
    if not manifest.secrets:
        return None
    own = [row for row in rows if row.source == manifest.source]
    sets = key_sets(own, manifest.secrets, now)
    if not sets or best(sets, manifest, now) is not None:
        return None
    return none_of(sets, manifest, now)


def without_key(
    rows: Sequence[SecretRow], manifests: Iterable[CollectorManifest], now: datetime
) -> dict[str, Keyless]:
    """The collectors whose secrets are set, and that have no key to use now."""
    return {each.id: why for each in manifests if (why := keyless(rows, each, now))}


def given_keys(
    rows: Sequence[SecretRow], manifests: Iterable[CollectorManifest], now: datetime
) -> dict[str, str]:
    """The label of the key that each collector which needs one would be given."""
    found: dict[str, str] = {}
    for each in manifests:
        own = [row for row in rows if row.source == each.source] if each.secrets else []
        if chosen := best(key_sets(own, each.secrets, now), each, now):
            found[each.id] = chosen.label
    return found


def none_of(sets: Sequence[KeySet], manifest: CollectorManifest, now: datetime) -> Keyless:
    """Why none of these can be used, in words."""
    units, quota = manifest.most_units, manifest.quota
    moments = [at for each in sets if (at := each.back_at(quota, now, units)) is not None]
    states = [state(row, quota, now, units) for each in sets for row in each.lead]
    said = [
        f"{count} {words}"
        for which, words in _WORDS.items()
        if (count := sum(each is which for each in states))
    ]
    until = min(moments, default=None)
    when = f"; one can be used from {until:%Y-%m-%d %H:%M:%S} UTC on" if until else ""
    return Keyless(f"no key of {manifest.source} can be used: {', '.join(said)}{when}", until)


_WORDS = {
    KeyState.REFUSED: "refused by the source until it is changed",
    KeyState.RESTING: "resting since the source wants that",
    KeyState.SPENT: "with a spent quota",
    KeyState.EXPIRED: "expired",
    KeyState.DISABLED: "disabled",
}


def after_use(row: SecretRow, units: int, now: datetime) -> dict[str, Any]:
    """A key's state after so many more units; fewer are given back."""
    used, (day, month) = Used.of(row, now), _windows(now)
    is_noted = row.last_used_at is not None and now - row.last_used_at < timedelta(minutes=1)
    return _kept(row) | {
        "day": day,
        "used_day": max(0, used.today + units),
        "month": month,
        "used_month": max(0, used.this_month + units),
        "last_used_at": row.last_used_at if is_noted or units < 0 else now,
    }


def after_trouble(row: SecretRow, trouble: KeyTrouble, units: int, now: datetime) -> dict[str, Any]:
    """A key's state after its source did not take it; the units of that lookup are given back."""
    after = after_use(row, -units, now) | {"trouble": str(trouble)[:MOST_SAID]}
    if isinstance(trouble, Unauthorized):
        return after | {"refused_at": row.refused_at or now}
    if trouble.is_told:
        until, rests = now + timedelta(seconds=trouble.retry_after_s), 0
    else:
        rest = min(LONGEST_REST, FIRST_REST * 2 ** min(row.rests, 16))
        until, rests = now + rest, row.rests + 1
    if row.rests_until is not None and row.rests_until > now:  # others met it at the same time
        until, rests = (
            max(until, row.rests_until) if trouble.is_told else row.rests_until,
            row.rests,
        )
    return after | {"rests_until": until, "rests": rests}


def after_answer(row: SecretRow, *, is_trial: bool) -> dict[str, Any] | None:
    """A key's state after its source took it; None where that is no news. A trial makes good what was before."""
    is_news = row.rests > 0 or (is_trial and (row.refused_at or row.rests_until))
    if not is_news:
        return None
    well = {"rests": 0, "trouble": None}
    return _kept(row) | well | ({"refused_at": None, "rests_until": None} if is_trial else {})


def _kept(row: SecretRow) -> dict[str, Any]:
    return row.model_dump(
        include={
            "id", "refused_at", "rests_until", "rests", "trouble", "day", "used_day", "month",
            "used_month", "last_used_at",
        }
    )  # fmt: skip


def _windows(now: datetime) -> tuple[str, str]:
    day = now.astimezone(UTC).date().isoformat()
    return day, day[:7]
