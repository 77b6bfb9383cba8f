"""The queries of events that wait to be published, and of what they touched."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row
from graph.queries.job import DeletedRow


class OutboxParams(Params):
    """How old an entry must be."""

    before: datetime


class OutboxRow(Row):
    """Events of one transaction, compressed JSON."""

    id: str
    org: str
    events: bytes
    has_touched: bool


class TouchedParams(Params):
    """How many transactions of an organization at most."""

    org: str
    limit: int


class TouchedRow(Row):
    """What one transaction touched, compressed JSON."""

    id: str
    touched: bytes


class IdsParams(Params):
    """Some ids."""

    ids: list[str]


LIST_OUTBOX = Query("job/list_outbox", OutboxParams, OutboxRow)
DELETE_OUTBOX = Query("job/delete_outbox", IdsParams, DeletedRow)
LIST_TOUCHED = Query("job/list_touched", TouchedParams, TouchedRow)
