"""Pages: their types in the schema and their bounds. Cursors are made in `graph.select.cursors`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Generic, TypeVar

import strawberry

from graph.errors import InvalidQuestion
from server.graphql.declare import documented

T = TypeVar("T")

Counts = Callable[[], Awaitable[int]]
"""Counts a list in the database when it is called."""

MOST_ON_A_PAGE = 500

First = Annotated[
    int | None,
    strawberry.argument(description=f"How many to give at most, 0 to {MOST_ON_A_PAGE}."),
]
After = Annotated[
    str | None,
    strawberry.argument(description="Go on behind this cursor, an `endCursor` of an earlier page."),
]


@strawberry.type(description="Where a page ends and whether another follows.")
class PageInfo:
    """Where a page ends and whether another follows."""

    has_next_page: bool = strawberry.field(description="Whether more follow behind this page.")
    end_cursor: str | None = strawberry.field(
        description="The last item's cursor, to give as `after`; null on an empty page."
    )


@strawberry.type(description="One item of a list, with its place.")
class Edge(Generic[T]):
    """One item of a list, with its place."""

    cursor: str = strawberry.field(description="This item's place, to give as `after`.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """One page of a list. `count` is called only when somebody asks for the total."""

    edges: list[Edge[T]] = strawberry.field(description="The page's items with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether more follow, and from where.")
    count: strawberry.Private[Counts]

    @documented()
    async def total_count(self) -> int:
        """How many there are on all pages, counted in the database."""
        return await self.count()

    @documented()
    def nodes(self) -> list[T]:
        """The page's items, without their cursors."""
        return [edge.node for edge in self.edges]


def check_first(first: int, most: int = MOST_ON_A_PAGE) -> int:
    """`first` if it is within bounds."""
    if not 0 <= first <= most:
        raise InvalidQuestion(
            f"first is {first}; a page has 0 to {most} items: ask for fewer and go on with after"
        )
    return first
