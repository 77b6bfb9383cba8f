"""Simple reads of collected entities, one thing each: the field-by-field way of answering.

What a whole selection needs is compiled into one statement by `graph.select`; these are for
single fields.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, ReadParams, Row, RunReadParams

Map = dict[str, Any]
"""Stored properties by name."""


class OneParams(ReadParams):
    """An entity, or an observation."""

    id: str


class ObservedParams(RunReadParams):
    """An entity that was looked at."""

    id: str


class ManyParams(ReadParams):
    """Some entities."""

    ids: list[str]


class StretchParams(ReadParams):
    """A stretch of the entities of some kinds."""

    kinds: list[str]
    behind: str
    behind_id: str
    limit: int


class SearchParams(ReadParams):
    """A full-text question."""

    query: str


class LinksParams(ReadParams):
    """An entity's relationships of some types."""

    id: str
    types: list[str]


class LinksAmongParams(ReadParams):
    """Relationships among some entities, of some types."""

    ids: list[str]
    types: list[str]


class BesideParams(ReadParams):
    """Entities, and what lies beside them along relationships of some types, so much of each."""

    ids: list[str]
    types: list[str]
    most: int


class BesideRow(Row):
    """What lies beside an entity: pairs of a relationship's id and that of the entity at its other end."""

    id: str
    beside: list[tuple[str, str]]
    is_common: bool


class ReasonsParams(RunReadParams):
    """What a fact rests on; `link` is empty for the entity itself."""

    id: str
    link: str


class PathParams(RunReadParams):
    """An entity and the run that led to it."""

    id: str
    run: str


class ToldParams(Params):
    """Facts of which not all that was ever said may be read: maps of id, entity, link."""

    org: str
    facts: list[Map]
    readable: list[str]


class BetweenParams(ReadParams):
    """A stretch of time, `since` excluded."""

    since: datetime
    until: datetime


class EntityRow(Row):
    """An entity as stored."""

    properties: Map
    labels: list[str]
    versions: list[Map]


class LinkRow(Row):
    """A relationship as stored."""

    type: str
    source_id: str
    target_id: str
    properties: Map
    versions: list[Map]


class NeighbourRow(LinkRow):
    """A relationship as stored, and the entity at its far end."""

    other_properties: Map
    other_labels: list[str]
    other_versions: list[Map]


class IdRow(Row):
    """An id."""

    id: str


class ObservationRow(Row):
    """An answer, its entity, and where its claim stands."""

    properties: Map
    run: str | None
    about: str
    latest: str | None
    content: str | None


class ReasonRow(Row):
    """An answer that a fact rests on."""

    properties: Map
    run: str | None
    about: str
    claim: str
    latest: str | None
    doubt: int


class ToldRow(Row):
    """What readable answers tell of a fact."""

    id: str
    log: list[tuple[str, int, bool]]
    looks: list[datetime]
    supports: int
    doubt: int


class EvidenceRow(Row):
    """A raw answer."""

    sha256: str
    media_type: str
    size_bytes: int
    source_url: str | None
    removed_at: datetime | None


class StatedRow(Row):
    """Facts that answers stated, by their ids."""

    entities: list[str]
    relationships: list[str]


class FindingBasisRow(Row):
    """What a finding is about and rests on."""

    entities: list[str]
    relationships: list[str]


class ClaimRow(Row):
    """What a claim is about, and by whom it is."""

    collector: str
    part: str
    key: str
    labels: list[str]
    tlp: str | None


class PathRow(Row):
    """A way of derivation, from the seed."""

    ids: list[str]


GET_ENTITY = Query("entity/get_entity", OneParams, EntityRow)
LIST_BY_IDS = Query("entity/list_by_ids", ManyParams, EntityRow)
LIST_OF_KINDS = Query("entity/list_of_kinds", StretchParams, EntityRow)
FIND_ENTITIES = Query("entity/find_entities", SearchParams, IdRow)
LIST_LINKS = Query("entity/list_links", LinksParams, NeighbourRow)
LIST_LINKS_AMONG = Query("entity/list_links_among", LinksAmongParams, LinkRow)
LIST_BESIDE = Query("entity/list_beside", BesideParams, BesideRow)
LIST_OBSERVATIONS = Query("entity/list_observations", ObservedParams, ObservationRow)
LIST_TOLD = Query("entity/list_told", ToldParams, ToldRow)
LIST_REASONS = Query("entity/list_reasons", ReasonsParams, ReasonRow)
LIST_EVIDENCE = Query("entity/list_evidence", OneParams, EvidenceRow)
PATH_FROM_SEED = Query("entity/path_from_seed", PathParams, PathRow)
FIND_LINK_END = Query("entity/find_link_end", OneParams, IdRow)
FIND_RESTATED = Query("entity/find_restated", BetweenParams, StatedRow)
GET_FINDING_BASIS = Query("entity/get_finding_basis", OneParams, FindingBasisRow)
GET_CLAIM = Query("entity/get_claim", OneParams, ClaimRow)
