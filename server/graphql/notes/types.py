"""What an analyst's note is in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry

from server.auth.policy import Permission
from server.graphql.entities.vocabulary import Marking
from server.graphql.permissions import requires


@strawberry.type(description="What an analyst noted about an entity or a finding.")
@requires(Permission.READ_GRAPH)
class Note:
    """What an analyst noted."""

    id: strawberry.ID = strawberry.field(description="The note's id.")
    text: str = strawberry.field(description="The note, in Markdown.")
    author: str = strawberry.field(description="Who wrote it, by e-mail address.")
    created_at: datetime = strawberry.field(description="When it was written.")
    marking: Marking | None = strawberry.field(
        description="Who may see it; null where its author did not say."
    )
