"""Labelled sets of records: which of them are one is known. They are data beside the project, and no part of it.

A folder is a set. It holds two tables and a file of pairs whose name ends in `gt`; or one table and such a file; or one
table with a column that tells which records are one. Delimiters and headings are found out.
"""

from __future__ import annotations

import csv
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from graph.match.records.table import Table

FOLDER = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared/data")) / "er"
_GROUPED_BY = ("true id", "cluster", "cluster id", "cluster_id", "entity_id", "unique_id")
_NUMBERED = re.compile(r"(rec-\d+)-(?:org|dup-\d+)")

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class LabelledSet:
    """One table or two, and the pairs of ids that are one; of one table in the order of its rows."""

    name: str
    left: Table
    right: Table | None
    pairs: Pairs

    @property
    def size(self) -> int:
        """Records of the larger table."""
        return max(len(self.left), len(self.right or ()))


def labelled_sets(folder: Path = FOLDER) -> Iterator[LabelledSet]:
    """The sets in the subfolders of `folder` by name; what is no set is left out, and nothing is there without it."""
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        found = _read(each)
        if found is not None:
            yield found


def _read(folder: Path) -> LabelledSet | None:
    files = sorted(folder.glob("*.csv"))
    truths = [each for each in files if each.stem.endswith("gt")]
    tables = [each for each in files if each not in truths and "label" not in each.stem]
    if not truths:
        return _grouped(folder.name, *_rows(tables[0])) if len(tables) == 1 else None
    _, *pairs = _with_heading(truths[0])
    if len(tables) == 2:
        left, right = map(_table, tables)
        if not _fit(left, right, pairs):
            left, right = right, left
        return LabelledSet(folder.name, left, right, frozenset((a, b) for a, b, *_ in pairs))
    table = _table(tables[0])
    place = {record: row for row, record in enumerate(table.ids)}
    ordered = (sorted(pair[:2], key=place.__getitem__) for pair in pairs)
    return LabelledSet(folder.name, table, None, frozenset((a, b) for a, b in ordered))


def _grouped(name: str, heading: list[str], rows: list[list[str]]) -> LabelledSet | None:
    lowered = [each.lower() for each in heading]
    by = next((lowered.index(each) for each in _GROUPED_BY if each in lowered), None)
    ids = lowered.index("id") if "id" in lowered else 0 if lowered[0].endswith("id") else None
    numbered = [_NUMBERED.fullmatch(row[0]) for row in rows]
    if by is None or by == ids:
        if not all(numbered):
            return None
        labels = [match[1] for match in numbered if match]
        ids = 0
    else:
        labels = [row[by] for row in rows]
    kept = [n for n in range(len(heading)) if n not in (by, ids)]
    named = [str(at) for at in range(len(rows))]
    table = Table(
        tuple(heading[n] for n in kept),
        tuple(named),
        tuple(tuple(row[n] for n in kept) for row in rows),
    )
    groups: dict[str, list[str]] = defaultdict(list)
    for record, label in zip(named, labels, strict=True):
        groups[label].append(record)
    pairs = (pair for group in groups.values() for pair in combinations(group, 2))
    return LabelledSet(name, table, None, frozenset(pairs))


def _fit(left: Table, right: Table, pairs: list[list[str]]) -> bool:
    """Whether the first ids of all pairs are of one table and the second of the other."""
    ours, theirs = set(left.ids), set(right.ids)
    return all(pair[0] in ours and pair[1] in theirs for pair in pairs)


def _table(file: Path) -> Table:
    heading, rows = _rows(file)
    ids = tuple(row[0] for row in rows)
    return Table(tuple(heading[1:]), ids, tuple(tuple(row[1:]) for row in rows))


def _with_heading(file: Path) -> list[list[str]]:
    """All rows of a file of pairs, with a heading first, an empty one where it has none."""
    heading, rows = _rows(file)
    return [[], heading, *rows] if heading[0].isdigit() else [heading, *rows]


def _rows(file: Path) -> tuple[list[str], list[list[str]]]:
    """The heading and the rows, each as long as the heading."""
    with file.open(encoding="utf-8", errors="replace", newline="") as stream:
        first = stream.readline()
        stream.seek(0)
        delimiter = max(",|%;\t", key=first.count)
        heading, *rows = csv.reader(stream, delimiter=delimiter, skipinitialspace=True)
    width = len(heading) - (not heading[-1].strip())
    padded = ([*row, *[""] * width][:width] for row in rows)
    return [each.strip() for each in heading[:width]], [[v.strip() for v in row] for row in padded]
