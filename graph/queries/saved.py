"""Queries that members save: documents of GraphQL with variables, by name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, ReadParams, Row
from graph.queries.pattern import OrgParams, TotalRow
from graph.queries.purge import DeletedRow


class SeenParams(ReadParams):
    """The saved queries that somebody may see."""

    user: str
    called: str | None


class OwnParams(Params):
    """A saved query of somebody's own by its name."""

    org: str
    owner: str
    name: str


class SaveParams(OwnParams):
    """A query as it is saved."""

    id: str
    properties: dict[str, Any]
    now: datetime


class DeleteParams(Params):
    """A saved query."""

    org: str
    id: str


class SavedRow(Row):
    """A saved query as it is stored."""

    properties: dict[str, Any]


class SeenRow(SavedRow):
    """The same with its watch, where it is the reader's own."""

    watch: dict[str, Any] | None


class OwnRow(Row):
    """A saved query, whether another one has its name, and whether it is watched."""

    properties: dict[str, Any] | None
    is_taken: bool
    is_watched: bool


LIST_SAVED = Query("saved/list_saved", SeenParams, SeenRow)
COUNT_SAVED = Query("saved/count_saved", OrgParams, TotalRow)
GET_OWN = Query("saved/get_own", OwnParams, OwnRow)
UPSERT_SAVED = Query("saved/upsert_saved", SaveParams, SavedRow)
DELETE_SAVED = Query("saved/delete_saved", DeleteParams, DeletedRow)
