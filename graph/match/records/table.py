"""Records as they come: columns with names, and a row of texts for each record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.errors import InvalidFact


@dataclass(frozen=True)
class Table:
    """Records of one source. `ids` are unique; each row has a text for each column, empty where nothing is known."""

    columns: tuple[str, ...]
    ids: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if len(set(self.ids)) != len(self.ids) or len(self.ids) != len(self.rows):
            raise InvalidFact("each record of a table needs an id of its own")
        if wrong := next((row for row in self.rows if len(row) != len(self.columns)), None):
            raise InvalidFact(
                f"a row has {len(wrong)} values, the table {len(self.columns)} columns"
            )

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, number: int) -> list[str]:
        """A column's values, in the order of the rows."""
        return [row[number] for row in self.rows]

    def arranged(self, columns: Sequence[int | None], names: Sequence[str]) -> Table:
        """The table with the columns of these numbers under these names; None gives an empty one."""
        rows = tuple(
            tuple("" if number is None else row[number] for number in columns) for row in self.rows
        )
        return Table(tuple(names), self.ids, rows)
