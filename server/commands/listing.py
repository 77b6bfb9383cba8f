"""Lists of accounts in the terminal: a table for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from server.commands.console import out

WIDEST = 1_000


def print_rows(rows: Sequence[Mapping[str, Any]], name: str, *, as_json: bool) -> None:
    """Show rows of the same columns; `name` is what they are, in the plural."""
    if as_json:
        out.print_json(json.dumps({name: rows}, default=_plain))
        return
    if not rows:
        out.print(f"no {name}")
        return
    table = Table(box=None, pad_edge=False)
    for column in rows[0]:
        table.add_column(column.replace("_", " "), no_wrap=True)
    for row in rows:
        table.add_row(*(shown(value) for value in row.values()))
    # A line that the terminal folds can be copied; one that a table folds cannot.
    Console(width=WIDEST, highlight=False, markup=False, emoji=False).print(table)


def print_one(row: Mapping[str, Any], *, as_json: bool) -> None:
    """Show one thing, a line for each of its values."""
    if as_json:
        out.print_json(json.dumps(row, default=_plain))
        return
    width = max(map(len, row))
    for name, value in row.items():
        out.print(f"{name.replace('_', ' '):<{width}}  {shown(value)}", markup=False)


def column(field: str) -> str:
    """The name of a field of the API as columns have it: underWay is under_way."""
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in field)


def columns(found: Mapping[str, Any]) -> dict[str, Any]:
    """An object of the API with its names as columns have them."""
    return {column(name): value for name, value in found.items()}


def moment(text: str | None) -> datetime | None:
    """A moment as the API writes it."""
    return datetime.fromisoformat(text) if text else None


def shown(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, list):
        return "\n".join(shown(each) for each in value) or "–"
    # Names come from strangers, and a terminal obeys what it is sent.
    return "".join(
        each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in str(value)
    )


def _plain(value: Any) -> str:
    """A moment as programs read it."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
