"""What the rows of a pattern say, and which entered and left. Pure.

Rows are known by all that they say: one that says something else now has left, and another has entered. Equal rows
are one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.correlate.findings import check_form, nodes_of, plain
from graph.correlate.rules import Rule
from graph.errors import InvalidRule, LimitExceeded
from graph.model.base import name_id

OPEN = ("",)  # the markings of what anybody may read
MOST_BASIS = 200  # entities of one row
MOST_CHARACTERS = 20_000  # of what one row says


@dataclass(frozen=True)
class Said:
    """A row of a pattern's answer.

    `values` are its columns as JSON, entities by their ids. `basis` are the ids of all its entities, `links` those of
    the relationships that it rests on. `marked` are the markings that the entities had as it was read: what they say
    may be read by all who may read them.
    """

    key: str
    subject: str
    values: str
    basis: tuple[str, ...]
    links: tuple[str, ...]
    marked: tuple[str, ...]


def read_rows(
    pattern: Rule, org: str, subjects: Collection[str], rows: Iterable[Mapping[str, Any]]
) -> dict[str, Said]:
    """What rows say, by their keys.

    Raises InvalidRule where one is not as declared, names another organization's entity, or a subject that was not
    asked for; LimitExceeded where one says too much.
    """
    found: dict[str, Said] = {}
    for row in rows:
        check_form(pattern, row)
        said = _read_row(pattern, org, row)
        if said.subject not in subjects:
            raise InvalidRule(f"{pattern.id}: a row is of a subject that it was not given")
        found[said.key] = said
    return found


def _read_row(pattern: Rule, org: str, row: Mapping[str, Any]) -> Said:
    nodes = [node for value in row.values() for node in nodes_of(value)]
    if any(node.get("org") != org for node in nodes):
        raise InvalidRule(f"{pattern.id}: a row has an entity of another organization")
    links = sorted({link for link in row["links"] if link is not None})
    columns = {name: _shown(value) for name, value in row.items() if name != "links"}
    columns["evidence"] = sorted({each for each in columns["evidence"] if each is not None})
    values = json.dumps(columns, sort_keys=True, ensure_ascii=False)
    basis = sorted({node["id"] for node in nodes})
    if len(basis) > MOST_BASIS or len(links) > MOST_BASIS:
        raise LimitExceeded(
            f"a row has more than {MOST_BASIS} entities or relationships; give a row for each"
        )
    if len(values) > MOST_CHARACTERS:
        raise LimitExceeded(f"a row says more than {MOST_CHARACTERS:,} characters")
    return Said(
        key=name_id("PatternRow", values, *links),
        subject=row["subject"]["id"],
        values=values,
        basis=tuple(basis),
        links=tuple(links),
        marked=tuple(sorted({node.get("tlp") or "" for node in nodes})),
    )


def _shown(value: Any) -> Any:
    """A column's value as JSON has it: an entity is its id."""
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return value["id"] if hasattr(value, "labels") else plain(value)


@dataclass(frozen=True)
class Known:
    """A row that is in, as it is stored."""

    id: str
    key: str
    marked: tuple[str, ...]


@dataclass(frozen=True)
class Moves:
    """What enters and what leaves, in the order of keys, and what stays and may be open by now, by ids."""

    entered: tuple[Said, ...]
    left: tuple[str, ...]
    marked: tuple[tuple[str, Said], ...] = ()


def moves(found: Mapping[str, Said], stored: Iterable[Known]) -> Moves:
    """What is to happen so that what is stored is what was found."""
    there = {each.key: each for each in stored}
    both = sorted(found.keys() & there.keys())
    return Moves(
        tuple(found[key] for key in sorted(found.keys() - there)),
        tuple(there[key].id for key in sorted(there.keys() - found)),
        tuple((there[key].id, found[key]) for key in both if there[key].marked != OPEN),
    )
