"""Which kind the values of a column are of: a proposal for a mapping, for a person to check.

Only values say it, never a column's name: what a stranger calls a column means nothing for sure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from collectors._kit.unpacking import FileRefused
from collectors.csv_mapping.mapping import Cell, EntityMapping, TableMapping
from graph.errors import Refused
from graph.model.registry import detect
from graph.model.values.refang import refang

SAMPLE_ROWS = 200
AGREEMENT = 0.8  # the share of a column's values that must be of one kind
Rows = Sequence[Sequence[str]]


def kind_of(text: str) -> str:
    """The kind that `text` names by itself, or an empty text."""
    try:
        return detect(refang(text)).label
    except Refused:
        return ""


def is_header(cells: Sequence[str]) -> bool:
    """Whether a first row names columns: none of its cells is a value of a kind, or a number."""
    return not any(kind_of(cell) or re.fullmatch(r"[\d.,:/\s-]+", cell) for cell in cells if cell)


def propose(header: Sequence[str], rows: Rows) -> TableMapping:
    """An entity for each column whose values agree on a kind. Raises FileRefused if none does."""
    entities = {
        name or str(place + 1): EntityMapping(kind=kind, key=Cell(column=name))
        for place, name in enumerate(header)
        if (kind := _kind_of_column([row[place] for row in rows if place < len(row)]))
    }
    if not entities:
        raise FileRefused(
            "no column holds values of one kind only; give a mapping of columns to kinds"
        )
    return TableMapping(entities=entities)


def _kind_of_column(values: Sequence[str]) -> str:
    given = [value for value in values if value]
    counted = Counter(kind_of(value) for value in given)
    counted.pop("", None)
    kind, count = max(counted.items(), key=lambda item: item[1], default=("", 0))
    return kind if given and count >= AGREEMENT * len(given) else ""
