"""Everything of an organization, a page at a time, to be handed out."""

from __future__ import annotations

from typing import Any

from graph.queries.catalog import Params, Query, Row


class EntityPageParams(Params):
    """A page of entities, by key and id."""

    org: str
    behind: str
    behind_id: str
    limit: int


class OfEntitiesParams(Params):
    """What belongs to some entities."""

    ids: list[str]


class OfEntitiesPageParams(OfEntitiesParams):
    """A page of it."""

    behind: str
    limit: int


class RecordPageParams(Params):
    """A page of other things, of one sort, by id."""

    org: str
    sort: str
    behind: str
    limit: int


class EntityRow(Row):
    """An entity as stored, with its former values."""

    id: str
    key: str
    labels: list[str]
    properties: dict[str, Any]
    versions: list[dict[str, Any]]


class RelationshipRow(Row):
    """A relationship as stored; `place` is where the page goes on."""

    place: str
    type: str
    source: str
    target: str
    properties: dict[str, Any]


class ObservationRow(Row):
    """An observation as stored."""

    id: str
    about: str
    properties: dict[str, Any]
    repeats: str | None
    evidence: list[dict[str, Any]]


class ClaimRow(Row):
    """A claim as stored."""

    id: str
    properties: dict[str, Any]


class RecordRow(Row):
    """Something else as stored, and the ids of what it is about."""

    id: str
    properties: dict[str, Any]
    about: list[str]


LIST_ENTITIES = Query("export/list_entities", EntityPageParams, EntityRow)
LIST_RELATIONSHIPS = Query("export/list_relationships", OfEntitiesPageParams, RelationshipRow)
LIST_OBSERVATIONS = Query("export/list_observations", OfEntitiesPageParams, ObservationRow)
LIST_CLAIMS = Query("export/list_claims", OfEntitiesParams, ClaimRow)
LIST_RECORDS = Query("export/list_records", RecordPageParams, RecordRow)
