"""Keyset paging in the database: predicate, order and limit of a page, and the connection made of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph.errors import InvalidQuestion
from graph.select import shaping
from graph.select.cursors import Order, decode
from graph.select.shaping import Paged
from graph.select.statement import Expression, Statement
from graph.select.tree import Constant, Field, Nested, Node, Page, Part, Read, Value

MOST_ON_A_PAGE = 500
MOST_REASONS = 100
EDGES = ("edges", "items")


def page_size(first: Any, org: str) -> int:  # noqa: ARG001 - the form of a conversion
    """`first` within its bounds."""
    return _bounded(first, MOST_ON_A_PAGE)


def one_more(first: Any, org: str) -> int:
    """What tells whether another page follows."""
    return page_size(first, org) + 1


def reason_count(first: Any, org: str) -> int:  # noqa: ARG001 - the form of a conversion
    """`first` of a list of reasons within its bounds."""
    return _bounded(first, MOST_REASONS)


def _bounded(first: Any, most: int) -> int:
    if not isinstance(first, int) or not 0 <= first <= most:
        raise InvalidQuestion(f"first is {first}; it is 0 to {most}")
    return first


@dataclass(frozen=True)
class PlaceOf:
    """Reads one member of the place that a cursor stands for."""

    order: Order
    index: int
    is_moment: bool

    def __call__(self, cursor: Any, org: str) -> Any:  # noqa: ARG002 - the form of a conversion
        """The member as a parameter. Raises InvalidQuestion."""
        value = decode(self.order, cursor)[self.index]
        if not self.is_moment:
            return value
        try:
            return datetime.fromisoformat(str(value))
        except ValueError as error:
            raise InvalidQuestion("a cursor of this list names a moment") from error


@dataclass(frozen=True)
class Key:
    """One member of an order."""

    text: str
    is_descending: bool = False
    is_moment: bool = False

    @property
    def shown(self) -> str:
        """The member as a cursor carries it."""
        return f"toString({self.text})" if self.is_moment else self.text

    @property
    def sorted(self) -> str:
        """The member in ORDER BY."""
        return f"{self.text} DESC" if self.is_descending else self.text

    @property
    def behind(self) -> str:
        """The operator that means: later in the order."""
        return "<" if self.is_descending else ">"


@dataclass(frozen=True)
class Sorting:
    """An order: its name, what it consists of, and how many of the leading keys tell all items apart."""

    order: Order
    keys: tuple[Key, ...]
    needed: int = 0

    @property
    def sorted(self) -> str:
        """The ORDER BY text."""
        return ", ".join(key.sorted for key in self.keys[: self.needed or None])

    def places(self, wanted: Wanted) -> list[str]:
        """What of a row makes its cursor; nothing where nobody asks for one."""
        return [key.shown for key in self.keys] if wanted.needs_place else []

    def behind(self, statement: Statement, after: Value) -> str:
        """The predicate of what lies behind a cursor. It begins with a bound that an index can serve."""
        keys = self.keys[: self.needed or None]
        places = [
            statement.use(after, PlaceOf(self.order, index, key.is_moment))
            for index, key in enumerate(keys)
        ]
        later = f"{keys[-1].text} {keys[-1].behind} {places[-1]}"
        for key, place in reversed(list(zip(keys[:-1], places[:-1], strict=True))):
            later = f"({key.text} {key.behind} {place} OR ({key.text} = {place} AND {later}))"
        if len(keys) == 1:
            return later
        return f"{keys[0].text} {keys[0].behind}= {places[0]} AND {later}"


@dataclass(frozen=True)
class Wanted:
    """What is asked of a connection, sorted by what it costs: rows and their columns, one row more, the count."""

    fields: Sequence[Field]

    @property
    def edge_fields(self) -> list[Nested]:
        """The edges asked for, under whichever names; a difference calls them items."""
        return [each for each in self.fields if isinstance(each, Nested) and each.name in EDGES]

    @property
    def node_fields(self) -> list[Node | Nested]:
        """The nodes asked for without edges."""
        return [
            each
            for each in self.fields
            if isinstance(each, (Node, Nested)) and each.name == "nodes"
        ]

    @property
    def shown(self) -> list[Nested | Node]:
        """Everything that has a column in each row: edges, then nodes."""
        return [*self.edge_fields, *self.node_fields]

    @property
    def page_infos(self) -> list[Nested]:
        """The page informations asked for."""
        return [
            each for each in self.fields if isinstance(each, Nested) and each.name == "page_info"
        ]

    @property
    def needs_more(self) -> bool:
        """Whether somebody asks if another page follows."""
        return any(_is_part(f, "has_next_page") for info in self.page_infos for f in info.fields)

    @property
    def needs_place(self) -> bool:
        """Whether somebody asks for a cursor."""
        infos = any(_is_part(f, "end_cursor") for info in self.page_infos for f in info.fields)
        return infos or any(cursor_names(edge) for edge in self.edge_fields)

    @property
    def needs_total(self) -> bool:
        """Whether somebody asks for the number on all pages."""
        return any(_is_part(each, "total_count") for each in self.fields)

    @property
    def needs_rows(self) -> bool:
        """Whether any item has to be read."""
        return bool(self.edge_fields or self.node_fields or self.page_infos)


def _is_part(wanted: Field, name: str) -> bool:
    return isinstance(wanted, (Part, Read)) and wanted.name == name


def cursor_names(edge: Nested) -> tuple[str, ...]:
    """The names under which an edge gives its cursor."""
    return tuple(each.alias for each in edge.fields if _is_part(each, "cursor"))


def limit_of(statement: Statement, page: Page, wanted: Wanted) -> str:
    """The parameter of the page's LIMIT."""
    return statement.use(page.first, one_more if wanted.needs_more else page_size)


@dataclass(frozen=True)
class PageText:
    """A page as Cypher: its rows, each the place and then the columns (edges, then nodes), and the count."""

    sorting: Sorting
    columns: Sequence[Expression]
    rows: str
    total: str


def connection(statement: Statement, page: Page, wanted: Wanted, text: PageText) -> Expression:
    """The page as an expression: only what of it somebody asks for."""
    parts: dict[str, str] = {}
    if wanted.needs_rows:
        parts["rows"] = text.rows
    if wanted.needs_more:
        parts["limit"] = statement.use(page.first, page_size)
    if wanted.needs_total:
        parts["total"] = text.total
    fields = [(each.alias, _part(each, wanted, text)) for each in wanted.fields]
    return Expression(f"[{', '.join(parts.values())}]", shaping.page(list(parts), fields))


def _part(each: Field, wanted: Wanted, text: PageText) -> shaping.Part:
    order, width = text.sorting.order, len(text.sorting.places(wanted))
    if isinstance(each, Constant):
        return _always(each.value)
    if _is_part(each, "total_count"):
        return lambda found: found.total
    if isinstance(each, Nested) and each.name == "page_info":
        return _page_info(each, order, width)
    if each not in wanted.shown:
        raise InvalidQuestion(f"a page has no {each.alias!r}")
    index = wanted.shown.index(each)
    shape = text.columns[index].shape
    if isinstance(each, Nested) and each.name in EDGES and shape is not None:
        return shaping.edges(width + index, shape, cursor_names(each), order, width)
    return shaping.column(width + index, shape)


def _page_info(info: Nested, order: Order, width: int) -> shaping.Part:
    reads: list[tuple[str, shaping.Part]] = []
    for each in info.fields:
        if isinstance(each, Constant):
            reads.append((each.alias, _always(each.value)))
        elif _is_part(each, "has_next_page"):
            reads.append((each.alias, lambda found: found.has_next))
        elif _is_part(each, "end_cursor"):
            reads.append((each.alias, lambda found: shaping.end_cursor(found, order, width)))
        else:
            raise InvalidQuestion(f"page information has no {each.alias!r}")
    return lambda found: {alias: part(found) for alias, part in reads}


def _always(value: object) -> shaping.Part:
    def part(_: Paged) -> object:
        return value

    return part
