"""What turns the database's lists into the answer's objects.

The database gives positions instead of names: its maps have no order, and names would cross the wire once per object.
Shapers are made once per plan; running one costs a `zip` per object, not a call per field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graph.select.cursors import Order, encode
from graph.select.statement import Shaper

Row = Sequence[Any]


def constant(value: object) -> Shaper:
    """Gives `value`, whatever the database gave."""
    return lambda _: value


def each(shape: Shaper | None) -> Shaper | None:
    """Applies `shape` to every item of a list."""
    if shape is None:
        return None
    return lambda items: [shape(item) for item in items]


def record(aliases: Sequence[str], shapes: Sequence[Shaper | None]) -> Shaper:
    """Objects with `aliases` as names in their order; each value as its shape makes it."""
    names = tuple(aliases)
    special = [(name, shape) for name, shape in zip(names, shapes, strict=True) if shape]
    if not special:
        return lambda row: dict(zip(names, row, strict=False))

    def build(row: Row) -> dict[str, Any]:
        made = dict(zip(names, row, strict=False))
        for name, shape in special:
            made[name] = shape(made[name])
        return made

    return build


def chosen(shapes: Sequence[Shaper]) -> Shaper:
    """Lists that begin with the number of their variant."""
    return lambda row: shapes[row[0]](row[1])


class Paged:
    """A page as the database gave it: its rows (one more than asked for, where `limit` is known) and the total."""

    __slots__ = ("has_next", "rows", "total")

    def __init__(self, rows: list[Row], limit: int | None, total: int | None) -> None:
        self.has_next = limit is not None and len(rows) > limit
        self.rows = rows[:limit] if self.has_next else rows
        self.total = total


Part = Callable[[Paged], Any]


def page(parts: Sequence[str], fields: Sequence[tuple[str, Part]]) -> Shaper:
    """Connections. `parts` names what the database's list consists of: some of `rows`, `limit`, `total`."""
    at = {name: index for index, name in enumerate(parts)}
    rows, limit, total = at.get("rows"), at.get("limit"), at.get("total")

    def build(given: Row) -> dict[str, Any]:
        found = Paged(
            [] if rows is None else given[rows],
            None if limit is None else given[limit],
            None if total is None else given[total],
        )
        return {alias: part(found) for alias, part in fields}

    return build


def column(index: int, shape: Shaper | None) -> Part:
    """The page's rows by one of their columns."""
    if shape is None:
        return lambda found: [row[index] for row in found.rows]
    return lambda found: [shape(row[index]) for row in found.rows]


def edges(index: int, shape: Shaper, cursors: Sequence[str], order: Order, width: int) -> Part:
    """The page's edges: column `index`, and under the names `cursors` the place, which is the first `width` columns."""
    if not cursors:
        return column(index, shape)

    def build(found: Paged) -> list[dict[str, Any]]:
        made = []
        for row in found.rows:
            edge = shape(row[index])
            edge.update(dict.fromkeys(cursors, encode(order, row[:width])))
            made.append(edge)
        return made

    return build


def end_cursor(found: Paged, order: Order, width: int) -> str | None:
    """The cursor of the page's last row."""
    return encode(order, found.rows[-1][:width]) if found.rows else None


def mapping(names: Mapping[str, str]) -> Shaper:
    """Objects of what is known: names as given for stored ones, without absent values."""
    pairs = list(names.items())
    return lambda row: {
        alias: value
        for (_, alias), value in zip(pairs, row, strict=True)
        if value not in (None, "", [])
    }
