"""A delimited text as rows of cells, with the place of each row.

Quoted cells may hold line ends. Nothing is known here of kinds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from collectors._kit.unpacking import FileRefused

DELIMITERS = (",", "\t", ";", "|")
SAMPLE_CHARS = 65_536
SAMPLE_ROWS = 50


@dataclass(frozen=True)
class TableRow:
    """One row: the lines it stands on and its cells, or why it cannot be read."""

    first_line: int
    last_line: int
    cells: tuple[str, ...] = ()
    problem: str = ""

    @property
    def position(self) -> str:
        """`line 3`, or `lines 3 to 5`."""
        if self.first_line == self.last_line:
            return f"line {self.first_line}"
        return f"lines {self.first_line} to {self.last_line}"


def delimiter_of(text: io.TextIOWrapper) -> str:
    """The delimiter by which most rows at the beginning have one and the same number of cells.

    Reads the beginning of `text`. A text of one column has a comma.
    """
    sample = text.read(SAMPLE_CHARS)
    if len(sample) == SAMPLE_CHARS:
        sample = sample[: sample.rfind("\n") + 1] or sample

    def regularity(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in _sample_rows(sample, delimiter)]
        width = max(set(counts), key=counts.count, default=1)
        return (counts.count(width) if width > 1 else 0, width)

    return max(DELIMITERS, key=regularity)


def _sample_rows(sample: str, delimiter: str) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        for number, row in enumerate(rows):
            if number == SAMPLE_ROWS:
                return
            if row:
                yield row
    except csv.Error:
        return


def table_rows(text: io.TextIOWrapper, delimiter: str, max_row_chars: int) -> Iterator[TableRow]:
    """Every row that is not empty. A row that cannot be read is given with its problem."""
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise FileRefused(f"{delimiter!r} is not a delimiter; one character such as ',' is")
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    last = 0
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield TableRow(last + 1, rows.line_num, problem=str(error))
        else:
            if sum(map(len, cells)) > max_row_chars:
                yield TableRow(
                    last + 1, rows.line_num, problem=f"more than {max_row_chars:,} characters"
                )
            elif any(cell.strip() for cell in cells):
                yield TableRow(last + 1, rows.line_num, tuple(cell.strip() for cell in cells))
        last = rows.line_num
