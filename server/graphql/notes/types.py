"""What an analyst's note is in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry


@strawberry.type(description="What an analyst noted about an entity or a finding.")
class Note:
    """What an analyst noted."""

    id: strawberry.ID = strawberry.field(description="The id.")
    text: str = strawberry.field(description="The note, in Markdown.")
    author: str = strawberry.field(description="Who wrote it, by e-mail address.")
    created_at: datetime = strawberry.field(description="When it was written.")
