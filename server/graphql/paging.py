"""Pages: their types in the schema and their bounds. Cursors are made in `graph.select.cursors`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, Protocol, TypeVar

import strawberry

from graph.bound import Bound
from graph.errors import InvalidQuestion
from graph.select.cursors import Order, decode, encode
from graph.store import Store
from server.graphql.declare import documented
from server.graphql.permissions import framing
from server.graphql.scalars import read_datetime, write_datetime

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
@framing
class PageInfo:
    """Where a page ends and whether another follows."""

    has_next_page: bool = strawberry.field(description="Whether more follow behind this page.")
    end_cursor: str | None = strawberry.field(
        description="The last item's cursor, to give as `after`; null on an empty page."
    )


@strawberry.type(description="One item of a list, with its place.")
@framing
class Edge(Generic[T]):
    """One item of a list, with its place."""

    cursor: str = strawberry.field(description="This item's place, to give as `after`.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list.")
@framing
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


class Backwards:
    """A value that sorts the other way round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: Backwards) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Backwards) and bool(other.value == self.value)

    def __hash__(self) -> int:
        return hash(self.value)


@dataclass(frozen=True)
class Ordered(Generic[T]):
    """A list in an order, in memory.

    `place` gives an item's place: comparable values, the last one its id. `is_descending` turns
    the first of them round; `is_time` says it is a moment.
    """

    order: Order
    items: Sequence[T]
    place: Callable[[T], tuple[Any, ...]]
    is_descending: bool = False
    is_time: bool = False

    def page(self, first: int, after: str | None) -> tuple[list[tuple[str, T]], PageInfo]:
        """The first `first` items behind the cursor `after`, each with its own cursor."""
        check_first(first)
        items = sorted(self.items, key=lambda item: self._sorted(self.place(item)))
        if after is not None:
            behind = self._sorted(self._read(after))
            items = [item for item in items if behind < self._sorted(self.place(item))]
        shown = [(self._cursor(item), item) for item in items[:first]]
        end = shown[-1][0] if shown else None
        return shown, PageInfo(has_next_page=len(items) > first, end_cursor=end)

    def _sorted(self, place: tuple[Any, ...]) -> tuple[Any, ...]:
        return (Backwards(place[0]), *place[1:]) if self.is_descending else place

    def _read(self, cursor: str) -> tuple[Any, ...]:
        head, *rest = decode(self.order, cursor)
        return (read_datetime(head) if self.is_time else head, *rest)

    def _cursor(self, item: T) -> str:
        head, *rest = self.place(item)
        return encode(self.order, [write_datetime(head) if self.is_time else head, *rest])


async def counted(number: int) -> int:
    """A count that is known already."""
    return number


class _Total(Protocol):
    """A row that is a count."""

    @property
    def total(self) -> int:
        """How many."""


def counting(store: Store, asked: Bound[_Total]) -> Counts:
    """Counts a list by a query that gives one row."""

    async def count() -> int:
        return (await store.fetch(asked))[0].total

    return count


class Pager:
    """A page of a list that the database orders: what to ask for, and the connection made of the rows."""

    def __init__(self, order: Order, first: int | None, after: str | None) -> None:
        self.order = order
        self.first = check_first(25 if first is None else first)
        self.place: tuple[Any, ...] | None = tuple(decode(order, after)) if after else None

    @property
    def limit(self) -> int:
        """How many rows to ask for: one more than shown tells whether more follow."""
        return self.first + 1

    @property
    def moment(self) -> tuple[datetime | None, str]:
        """The place in an order by time and id; None and empty text for the first page."""
        if self.place is None:
            return None, ""
        return read_datetime(self.place[0]), str(self.place[1])

    def connection(
        self, rows: Sequence[T], place: Callable[[T], tuple[Any, ...]], count: Counts
    ) -> Connection[T]:
        """The page of the rows that came, each at the place that `place` gives."""
        edges = [Edge(cursor=self._cursor(place(row)), node=row) for row in rows[: self.first]]
        info = PageInfo(
            has_next_page=len(rows) > self.first, end_cursor=edges[-1].cursor if edges else None
        )
        return Connection(edges=edges, page_info=info, count=count)

    def _cursor(self, place: tuple[Any, ...]) -> str:
        return encode(
            self.order,
            [write_datetime(each) if isinstance(each, datetime) else each for each in place],
        )
