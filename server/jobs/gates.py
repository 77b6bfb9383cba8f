"""Which jobs a step may hint, by how their modules do, and for which of them a run waits. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from server.modules.health import Health, HealthState, shut
from server.vault.keystate import Keyless

MOST_WAIT = timedelta(minutes=5)  # for a module, by a run that has nothing else to do
HINT_AGAIN = timedelta(seconds=20)
HELD = timedelta(seconds=15)  # a job by a worker, unless it renews that
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Ready:
    """A job that is ready; `hinted_at` is when it was hinted last, None where it never was."""

    id: str
    collector: str
    hinted_at: datetime | None = None
    fence: int = 0  # how often it was taken


@dataclass(frozen=True)
class Gates:
    """The modules of an organization that do not work, at a moment; all others are asked without a look.

    `keyless` are those that need a key and have none to use now.
    """

    now: datetime
    health: Mapping[str, Health] = field(default_factory=dict)
    keyless: Mapping[str, Keyless] = field(default_factory=dict)

    @cached_property
    def shut(self) -> Mapping[str, str]:
        """Those that are not asked, with the reason."""
        return {name: each.reason for name, each in self.keyless.items()} | shut(
            self.health, self.now
        )

    @cached_property
    def trying(self) -> Mapping[str, Health]:
        """Those of which one job at a time is let through."""
        return {
            name: health
            for name, health in self.health.items()
            if health.state(self.now) is HealthState.HALF_OPEN and name not in self.keyless
        }

    def is_held(self, collector: str) -> bool:
        """Whether its jobs are not simply hinted."""
        return collector in self.shut or collector in self.trying

    def narrowed(self, offered: list[str] | None, known: Collection[str]) -> list[str] | None:
        """What of `offered` (None: all that is `known`) is simply hinted; None for all."""
        if not self.shut and not self.trying:
            return offered
        named = known if offered is None else offered
        return sorted(name for name in named if not self.is_held(name))

    def trials(self, ready: Iterable[Ready], offered: Collection[str] | None) -> list[Ready]:
        """One job of each module that is tried and offered, where none is in hand or was hinted just now."""
        latest: dict[str, Ready] = {}
        for each in sorted(ready, key=lambda each: (each.hinted_at or NEVER, each.id)):
            latest[each.collector] = each
        return [
            each
            for name, each in latest.items()
            if name in self.trying
            and not self.trying[name].is_trying
            and (offered is None or name in offered)
            and (each.hinted_at or NEVER) <= self.now - HINT_AGAIN
        ]

    def hopeless(self, collectors: Iterable[str], time_left: timedelta) -> list[str]:
        """Those that are asked again only after a run that waits for nothing else should have ended."""
        patience = min(time_left, MOST_WAIT)
        return sorted(
            name
            for name in set(collectors)
            if name in self.shut and self._opens_after(name, patience)
        )

    def _opens_after(self, name: str, patience: timedelta) -> bool:
        """Whether one that is shut is so for longer than this, or until somebody helps."""
        if name in self.keyless:
            until = self.keyless[name].until
            if until is None or until - self.now > patience:
                return True
        health = self.health.get(name)
        return health is not None and (health.until or self.now) - self.now > patience
