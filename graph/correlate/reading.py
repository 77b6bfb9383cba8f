"""How a rule's rows are read: as one value, and of entities only what a finding keeps.

An entity whole is some thirty properties, of which moments take the driver longest; rows one by one take it as long
again. Rules of an organization's own are asked as they are written.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from graph.correlate.header import Column
from graph.correlate.rules import Rule
from graph.correlate.statement import Statement

Row = dict[str, Any]


class Shown(dict[str, Any]):
    """What was read of an entity: its id, organization, key and caption."""

    labels: tuple[str, ...] = ()


def collected(rule: Rule) -> str:
    """The rule's statement, giving all its rows as one list of maps."""
    return _collected(rule.statement, rule.header.columns)


@functools.cache
def _collected(statement: Statement, columns: tuple[Column, ...]) -> str:
    at, _ = statement.clauses("RETURN")[-1]
    before, items = statement.text[:at], statement.text[at:]
    shown = ", ".join(f"{each.name}: {_shown(each)}" for each in columns)
    return f"{before[: -len('RETURN')]}WITH{items}\nRETURN collect({{{shown}}})"


def rows_of(rule: Rule, value: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The rows, with entities told from other values."""
    entities = [each.name for each in rule.header.columns if each.kinds]
    return [{**row, **{name: _told(row[name]) for name in entities}} for row in value]


def _shown(column: Column) -> str:
    if not column.kinds:
        return column.name
    kept = "{.id, .org, .key, .caption}"
    return f"[n IN {column.name} | n {kept}]" if column.is_list else f"{column.name} {kept}"


def _told(value: Any) -> Any:
    if isinstance(value, list):
        return [_told(each) for each in value]
    return None if value is None else Shown(value)
