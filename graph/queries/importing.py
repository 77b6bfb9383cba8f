"""What imports ask about files that were imported before."""

from __future__ import annotations

from graph.queries.catalog import Query, ReadParams, Row


class ImportPartsParams(ReadParams):
    """A file that was imported."""

    file: str
    collector: str


class PartRow(Row):
    """A part's name and marking."""

    part: str
    tlp: str | None


LIST_IMPORT_PARTS = Query("job/list_import_parts", ImportPartsParams, PartRow)
