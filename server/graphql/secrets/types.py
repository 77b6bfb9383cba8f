"""What the schema tells of a secret."""

from __future__ import annotations

from datetime import UTC, datetime

import strawberry

from graph.queries.vault import SecretRow
from server.auth.policy import Permission
from server.graphql.permissions import requires


@strawberry.type(
    description="A secret that a source's collectors show to it. Its value is never given."
)
@requires(Permission.READ_SECRETS)
class Secret:
    """A secret, without its value."""

    id: strawberry.ID = strawberry.field(description="Follows from organization, source and name.")
    source: str = strawberry.field(description="The source whose collectors use it.")
    name: str = strawberry.field(description="Its name, as the source's collectors call it.")
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

    @classmethod
    def of(cls, row: SecretRow) -> Secret:
        """A row as an object of the schema."""
        is_expired = row.expires_at is not None and row.expires_at <= datetime.now(UTC)
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
            is_expired=is_expired,
        )
