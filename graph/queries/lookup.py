"""The queries by which a run uses answers again that are fresh still."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, Row
from graph.queries.job import ProducedRow


class LookupsParams(Params):
    """Entities and collectors, and since when answers are of use."""

    abouts: list[str]
    collectors: list[str]
    since: datetime


class LookupRow(Row):
    """When and how a collector was last asked about an entity."""

    about: str
    collector: str
    asked: str
    at: datetime


class KeptParams(Params):
    """What was looked at in a run, and how."""

    org: str
    run: str
    rows: list[Mapping[str, Any]]


class KeptRow(Row):
    """Of how many entities a collector's answers were kept."""

    collector: str
    kept: int


class ReusedParams(Params):
    """Entities that were not looked at again by some collectors."""

    entities: list[str]
    collectors: list[str]


LIST_LOOKUPS = Query("job/list_lookups", LookupsParams, LookupRow)
UPSERT_LOOKUPS = Query("job/upsert_lookups", KeptParams, KeptRow)
LIST_REUSED = Query("job/list_reused", ReusedParams, ProducedRow)
