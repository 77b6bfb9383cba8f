"""What the schema tells of a secret."""

from __future__ import annotations

from datetime import UTC, datetime

import strawberry

from collectors._kit.manifest import Quota
from graph.queries.vault import SecretRow
from server.auth.policy import Permission
from server.graphql.declare import described
from server.graphql.permissions import requires
from server.modules.catalog import registry
from server.vault.keystate import KeyState, Used, back_at, left, resets_at, state

described(
    "Whether a key of a source is used.",
    READY="It is used.",
    RESTING="Its source asked to leave it alone, and said until when, or it rests for a while.",
    SPENT="Its quota is used up, by its source's manifest.",
    REFUSED="Its source does not accept it; it is used again when it is changed, enabled or tried with success.",
    DISABLED="Somebody disabled it.",
    EXPIRED="Its time is over.",
)(KeyState)


@strawberry.type(
    description="What of a key's quota is used, in the units of its source. Days and months are those of UTC."
)
@requires(Permission.READ_SECRETS)
class KeyQuota:
    """What of a key's quota is used."""

    used_today: int = strawberry.field(description="Units used today.")
    used_this_month: int = strawberry.field(description="Units used in this month.")
    per_day: int | None = strawberry.field(
        description="Units of a day, by the source's manifest; null where it names none."
    )
    per_month: int | None = strawberry.field(
        description="Units of a month, by the source's manifest; null where it names none."
    )
    left: int | None = strawberry.field(
        description="Units that are left now; null where the source's manifest names no quota."
    )
    resets_at: datetime | None = strawberry.field(
        description="When the quota that is nearest to its end is whole again; null where there is none."
    )

    @classmethod
    def of(cls, row: SecretRow, quota: Quota, now: datetime) -> KeyQuota:
        """What is used of a key."""
        used = Used.of(row, now)
        return cls(
            used_today=used.today,
            used_this_month=used.this_month,
            per_day=quota.per_day,
            per_month=quota.per_month,
            left=left(row, quota, now),
            resets_at=resets_at(row, quota, now),
        )


@strawberry.type(
    description="A key that a source's collectors show to it. Its value is never given."
)
@requires(Permission.READ_SECRETS)
class Secret:
    """A key, without its value."""

    id: strawberry.ID = strawberry.field(description="The key's id.")
    source: str = strawberry.field(description="The source whose collectors use it.")
    name: str = strawberry.field(description="Its name, as the source's collectors call it.")
    label: str = strawberry.field(
        description="What people call this key. Where a collector needs several secrets, keys of the same label are "
        "shown together."
    )
    version: int = strawberry.field(description="How often it has been set.")
    key_version: str = strawberry.field(description="The version of the master key that seals it.")
    created_at: datetime = strawberry.field(description="When it was set first.")
    set_at: datetime = strawberry.field(description="When it was set last.")
    set_by: strawberry.ID = strawberry.field(description="The id of the user who set it last.")
    last_used_at: datetime | None = strawberry.field(
        description="When a collector used it last, to the minute; null if none did."
    )
    expires_at: datetime | None = strawberry.field(
        description="From when on it is not used any more; null for never."
    )
    is_expired: bool = strawberry.field(description="Whether that moment is over.")
    is_enabled: bool = strawberry.field(description="Whether it is to be used.")
    state: KeyState = strawberry.field(description="Whether it is used now.")
    trouble: str | None = strawberry.field(
        description="What its source said when it did not take it; null where it does."
    )
    usable_at: datetime | None = strawberry.field(
        description="When it is used again by itself; null where it is used now, or only a person can help."
    )
    quota: KeyQuota = strawberry.field(description="What of its quota is used.")

    @classmethod
    def of(cls, row: SecretRow) -> Secret:
        """A row as an object of the schema."""
        now = datetime.now(UTC)
        found = registry().sources.get(row.source)
        quota = found.manifest.quota if found else Quota()
        standing = state(row, quota, now)
        return cls(
            id=strawberry.ID(row.id),
            source=row.source,
            name=row.name,
            version=row.version,
            key_version=row.key_version,
            created_at=row.created_at,
            set_at=row.set_at,
            set_by=strawberry.ID(row.created_by),
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            is_expired=row.expires_at is not None and row.expires_at <= now,
            label=row.label,
            is_enabled=row.is_enabled,
            state=standing,
            trouble=row.trouble if standing in (KeyState.RESTING, KeyState.REFUSED) else None,
            usable_at=None if standing is KeyState.READY else back_at(row, quota, now),
            quota=KeyQuota.of(row, quota, now),
        )
