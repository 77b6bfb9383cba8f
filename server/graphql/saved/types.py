"""What a saved query is in the schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import strawberry

from server.auth.policy import Permission
from server.graphql.entities.vocabulary import Marking
from server.graphql.permissions import requires
from server.graphql.scalars import Json
from server.graphql.watches.types import Watch


@strawberry.type(
    description="A document of GraphQL with variables that a member keeps by name, for themselves or for all."
)
@requires(Permission.READ_GRAPH)
class SavedQuery:
    """A document that a member keeps."""

    id: strawberry.ID = strawberry.field(description="The query's id.")
    name: str = strawberry.field(
        description='Its name; asked by `documentId: "saved:NAME"`, or `mirage saved run NAME`.'
    )
    description: str = strawberry.field(description="What it is for, as they say; may be empty.")
    document: str = strawberry.field(description="The document: one query.")
    variables: Json = strawberry.field(
        description="Values of its variables by name, where whoever asks gives no others."
    )
    is_shared: bool = strawberry.field(
        description="Whether all of the organization may see and ask it; else its owner alone."
    )
    marking: Marking | None = strawberry.field(
        description="Who may see it (TLP 2.0), text and variables; null where that is open."
    )
    owner: strawberry.ID = strawberry.field(description="The id of the user whose it is.")
    number: int = strawberry.field(description="How often it was saved.")
    saved_at: datetime = strawberry.field(description="When it was saved last.")
    created_at: datetime = strawberry.field(description="When it was saved first.")
    watch: Watch | None = strawberry.field(
        description="What its watch found; null where it is not watched, and to others than its owner."
    )

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> SavedQuery:
        """A stored query as an object of the schema."""
        return cls(
            id=strawberry.ID(stored["id"]),
            name=stored["name"],
            description=stored["description"],
            document=stored["document"],
            variables=Json(orjson.loads(stored["variables"])),
            is_shared=stored["is_shared"],
            marking=Marking(stored["tlp"]) if stored.get("tlp") else None,
            owner=strawberry.ID(stored["owner"]),
            number=stored["number"],
            saved_at=stored["saved_at"],
            created_at=stored["created_at"],
            watch=Watch.of(stored["watch"], stored["number"]) if stored.get("watch") else None,
        )
