"""How long what is kept, by whom that was said, and what would go now. Nothing here removes anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graph.errors import InvalidQuestion
from graph.queries.hold import HoldRow
from graph.queries.retention import ShareRow
from graph.store import Store
from server.accounts import holds
from server.configuration.declared import OrganizationSettings, Reach, Values, read
from server.configuration.kept import Configurations, Counting
from server.retention.kinds import KINDS, PATIENCE, Kind

PLACE = "retention."
NOTHING = ShareRow(total=0, bytes=None, oldest=None, needed=0)


@dataclass(frozen=True)
class Policy:
    """How long a kind is kept: what the organization says, the platform's bounds, and the days that count.

    None is for ever.
    """

    kind: Kind
    own: int | None
    floor: int | None
    ceiling: int | None

    @property
    def days(self) -> int | None:
        """The days that count: the organization's, at most the ceiling, at least the floor."""
        asked = [each for each in (self.own, self.ceiling) if each is not None]
        return max(min(asked), self.floor or 0) if asked else None

    def before(self, now: datetime) -> datetime | None:
        """What is older goes; None where nothing does."""
        return None if self.days is None else now - timedelta(days=self.days)


@dataclass(frozen=True)
class Due:
    """What is old by a policy: older than `before`, and how much that is."""

    policy: Policy
    before: datetime | None
    share: ShareRow


@dataclass(frozen=True)
class Plan:
    """What would go now, by kind; all of it stays while a hold stands."""

    due: Sequence[Due]
    holds: Sequence[HoldRow]


def policies(own: OrganizationSettings, counting: Counting) -> list[Policy]:
    """The policies of an organization that has set this."""
    bounds = counting.platform.retention
    return [
        Policy(
            kind,
            getattr(own.retention, f"{name}_days"),
            getattr(bounds.floor, f"{name}_days"),
            getattr(bounds.ceiling, f"{name}_days"),
        )
        for name, kind in KINDS.items()
    ]


async def plan(store: Store, org: str, now: datetime, values: Values | None = None) -> Plan:
    """What would go now; with `values`, once these were set.

    Raises InvalidQuestion where they cannot be set, or say nothing of retention.
    """
    counting = await Configurations(store).counting(org)
    own = counting.own if not values else await _with(store, org, values)
    due = []
    for policy in policies(own, counting):
        before, share = policy.before(now), NOTHING
        if before is not None:
            found = policy.kind.counted(org, before)
            share = await store.fetch_one(found, limits=PATIENCE) or NOTHING
        due.append(Due(policy, before, share))
    return Plan(due, await holds.standing(store, org))


async def _with(store: Store, org: str, values: Values) -> OrganizationSettings:
    for place in values:
        if not place.startswith(PLACE):
            raise InvalidQuestion(
                f"{place[:100]}: only settings of retention are right, such as retention.evidence_days"
            )
    kept = await Configurations(store).of(org)
    settings: OrganizationSettings = read(Reach.ORGANIZATION, {**kept.values, **values})
    return settings
