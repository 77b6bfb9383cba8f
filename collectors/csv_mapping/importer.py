"""csv_mapping: a CSV or TSV file, by a mapping of its columns or by the kinds its values show.

Without a mapping each column whose values are recognizably of one kind becomes that kind; how
columns belong together is then not known, so there are no relationships.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, BinaryIO

from collectors._kit.importing import Importer, Record, Rejection, Row
from collectors._kit.unpacking import FileRefused, text_of
from collectors.csv_mapping.mapping import (
    Cell,
    EntityMapping,
    InvalidMapping,
    RelationshipMapping,
    TableMapping,
    read_mapping,
)
from collectors.csv_mapping.proposal import SAMPLE_ROWS, is_header, propose
from collectors.csv_mapping.table import TableRow, delimiter_of, table_rows
from graph.model.base import Declared, Entity
from graph.model.registry import kinds, relationship_types
from graph.model.values.refang import refang

Cells = Mapping[str, str]


class CsvMapping(Importer):
    """A table as delimited text."""

    id = "csv_mapping"

    @classmethod
    def detect(cls, head: bytes, name: str) -> float:
        """By the file's name, else by rows that are regular."""
        if name.lower().removesuffix(".gz").endswith((".csv", ".tsv")):
            return 0.9
        lines = [line for line in head.decode("utf-8", "replace").splitlines()[:-1] if line]
        widths = {line.count(",") or line.count("\t") or line.count(";") for line in lines}
        return 0.4 if len(lines) > 1 and len(widths) == 1 and widths != {0} else 0.0

    def read(self, stream: BinaryIO) -> Iterator[Row]:
        """A record for each row, with its lines."""
        first = self._first(stream)
        given = str(self.options["mapping"])
        mapping = read_mapping(given) if given.strip() else self.proposal(stream)
        has_header = self._has_header(first, mapping)
        header = _header(first, has_header)
        missing = sorted(mapping.columns() - set(header))
        if missing:
            raise InvalidMapping(
                f"mapping: the table has no column {missing[0]!r}; it has {', '.join(header)}"
            )
        unused = [name for name in header if name and name not in mapping.columns()]
        yield from (Rejection.unmapped("header", f"column {name!r}") for name in unused)
        for row in islice(self._rows(stream), int(has_header), None):
            yield from _record(self._refanged(row), header, mapping).rows()

    def proposal(self, stream: BinaryIO) -> TableMapping:
        """The mapping that the values show, for a person to change. Raises FileRefused."""
        first = self._first(stream)
        has_header = self._has_header(first)
        sample = islice(self._rows(stream), int(has_header), SAMPLE_ROWS)
        return propose(_header(first, has_header), [row.cells for row in sample])

    def _first(self, stream: BinaryIO) -> TableRow:
        first = next(self._rows(stream), None)
        if first is None:
            raise FileRefused("the file has no rows")
        if first.problem:
            raise FileRefused(f"{first.position}: {first.problem}")
        return first

    def _refanged(self, row: TableRow) -> TableRow:
        if self.options["refang"] is not True:
            return row
        return replace(row, cells=tuple(refang(cell) for cell in row.cells))

    def _text(self, stream: BinaryIO) -> io.TextIOWrapper:
        return text_of(stream, self.limits.max_bytes, str(self.options["encoding"]))

    def _rows(self, stream: BinaryIO) -> Iterator[TableRow]:
        text = self._text(stream)
        delimiter = str(self.options["delimiter"]).replace("\\t", "\t")
        if not delimiter:
            delimiter = delimiter_of(text)
            text = self._text(stream)
        return table_rows(text, delimiter, self.limits.max_row_chars)

    def _has_header(self, first: TableRow, mapping: TableMapping | None = None) -> bool:
        """Whether the first row names the columns: as the options say, or by what it holds."""
        wanted = str(self.options["header"])
        if wanted != "auto":
            return wanted == "yes"
        named = mapping is not None and mapping.columns() <= set(first.cells)
        return named or is_header(first.cells)


def _header(first: TableRow, has_header: bool) -> tuple[str, ...]:
    """The columns' names, each once; numbers from 1 where the table has none."""
    if not has_header:
        return tuple(str(number) for number in range(1, len(first.cells) + 1))
    doubles = sorted({name for name in first.cells if name and first.cells.count(name) > 1})
    if doubles:
        raise FileRefused(f"{first.position}: two columns are called {doubles[0]!r}")
    return first.cells


def _record(row: TableRow, header: tuple[str, ...], mapping: TableMapping) -> Record:
    record = Record(row.position)
    if row.problem:
        record.refuse(row.problem)
    elif len(row.cells) > len(header):
        record.refuse(
            f"the row has {len(row.cells)} cells, the table {len(header)} columns",
            ", ".join(row.cells),
        )
    else:
        cells = dict(zip(header, row.cells, strict=False))
        found = {
            name: _entities(record, entity, cells) for name, entity in mapping.entities.items()
        }
        for link in mapping.relationships:
            _relate(record, link, found, cells)
    return record


def _entities(record: Record, spec: EntityMapping, cells: Cells) -> list[Entity]:
    """The row's entities of one name: none for an empty key, several for a cell that is split."""
    kind = kinds()[spec.kind]
    values = _values(kind, spec.properties, cells)
    if spec.key is None:
        is_stated = any(cell.column and name in values for name, cell in spec.properties.items())
        if not is_stated or any(name not in values for name in kind.key_fields()):
            return []
        made = record.keep(partial(kind, **values), str(values))
        return [] if made is None else [made]
    found = []
    for text in _texts(spec.key, cells):
        made = record.keep(partial(_by_key, kind, text, values), text)
        if made is not None:
            found.append(made)
    return found


def _by_key(kind: type[Entity], text: str, values: dict[str, Any]) -> Entity:
    """The entity whose key is `text`, with further values. The source's spelling is kept."""
    made = kind.from_key(text)
    own = {name: getattr(made, name) for name in made.model_fields_set | {"aliases"}}
    return kind(**{**own, **values})


def _relate(
    record: Record, spec: RelationshipMapping, found: Mapping[str, list[Entity]], cells: Cells
) -> None:
    declared = relationship_types()[spec.type]
    values = _values(declared, spec.properties, cells)
    for source in found[spec.source]:
        for target in found[spec.target]:
            record.keep(
                partial(declared, source=source, target=target, **values),
                f"{source.key} {spec.type} {target.key}",
            )


def _values(
    declared: type[Declared], properties: Mapping[str, Cell], cells: Cells
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, cell in properties.items():
        if cell.value is not None:
            values[name] = cell.value
        elif texts := _texts(cell, cells):
            values[name] = tuple(texts) if declared.properties()[name].is_list else texts[0]
    return values


def _texts(cell: Cell, cells: Cells) -> list[str]:
    text = cells.get(cell.column, "") if cell.value is None else str(cell.value)
    pieces = text.split(cell.split) if cell.split else [text]
    return [piece.strip() for piece in pieces if piece.strip()]
