"""The difference of two moments: what appeared, went, changed, came back, and what nobody looked at
again.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.entities.facts import Entity, Link
from server.graphql.paging import After, First, PageInfo
from server.graphql.scalars import Json


@strawberry.type(description="One property's value before and after.")
class ValueChange:
    """One property's value before and after."""

    property: str = strawberry.field(description="The property's name in the model.")
    before: Json | None = strawberry.field(
        description="Its value at the earlier moment; null if not known."
    )
    after: Json | None = strawberry.field(
        description="Its value at the later moment; null if not known."
    )


@strawberry.type(description="One entity or relationship that differs.")
class DiffItem:
    """One entity or relationship that differs."""

    cursor: str = strawberry.field(description="This item's place, to give as `after`.")
    entity: Entity | None = strawberry.field(
        description="The entity, as at the later moment; null for a relationship."
    )
    link: Link | None = strawberry.field(
        description="The relationship, as at the later moment; null for an entity."
    )
    changes: list[ValueChange] = strawberry.field(
        description="Which values differ, by property; empty but for what changed."
    )


@strawberry.type(
    description=(
        "One page of what differs in one way: entities first, then relationships, each in the "
        "order of their ids."
    )
)
class DiffPart:
    """One page of what differs in one way."""

    items: list[DiffItem] = strawberry.field(description="The page's items.")
    page_info: PageInfo = strawberry.field(description="Whether more follow, and from where.")

    @documented()
    async def total_count(self, info: Info) -> int:
        """How many there are on all pages, counted in the database."""
        raise NotImplementedError


@strawberry.type(
    description="What changed between two moments. A fact holds while a source states it."
)
class Diff:
    """What changed between two moments."""

    from_: datetime = strawberry.field(name="from", description="The earlier moment.")
    to: datetime = strawberry.field(description="The later moment.")
    kinds: strawberry.Private[list[str] | None] = None
    runs: strawberry.Private[tuple[str, ...]] = ()

    @documented()
    async def appeared(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Held at the later moment, and never at or before the earlier one."""
        raise NotImplementedError

    @documented()
    async def gone(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Held at the earlier moment, and not at the later one."""
        raise NotImplementedError

    @documented()
    async def changed(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Held at both moments, with other values."""
        raise NotImplementedError

    @documented()
    async def reappeared(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Held at the later moment and not at the earlier one, but before that."""
        raise NotImplementedError

    @documented()
    async def not_rechecked(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Held at both moments, but no source was asked and answered in between: it may have gone."""
        raise NotImplementedError
