"""How much findings matter here, and what people said of how much assets do."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from graph.queries.catalog import Params, Query, ReadParams, Row


class RiskParams(Params):
    """Findings, and what each part of their risk counts."""

    findings: list[str]
    severities: dict[str, float]
    exposures: dict[str, float]
    criticalities: dict[str, float]
    internal: list[str]
    version: str
    few: int
    many: int
    least: float
    common: float


class IdRow(Row):
    """A finding or an entity."""

    id: str


class RestingParams(Params):
    """Entities that something happened to."""

    touched: list[str]


class UnweighedParams(Params):
    """An organization, by which weights, and how many findings at once."""

    org: str
    version: str
    most: int


class CommonParams(Params):
    """Entities that several have."""

    ids: list[str]


class RatingRecord(TypedDict):
    """An entity, and the id of what is said of it."""

    id: str
    entity: str


class WhichEntitiesParams(ReadParams):
    """Some entities that a caller may read."""

    ids: list[str]


class RateParams(Params):
    """How much entities matter, by whose word and why."""

    org: str
    ratings: list[RatingRecord]
    criticality: str
    reason: str
    by: str
    now: datetime


class UnrateParams(Params):
    """What is said no longer, by the ids of ratings."""

    ids: list[str]


class RatingsParams(ReadParams):
    """An organization's ratings."""

    criticalities: list[str] | None


class RatingPageParams(RatingsParams):
    """A page of them."""

    behind: datetime | None
    behind_id: str
    limit: int


class RatingsOfParams(ReadParams):
    """What was said of some entities."""

    entities: list[str]


class RatingRow(Row):
    """What was said of an entity."""

    id: str
    entity: str
    criticality: str
    reason: str
    by: str
    at: datetime


class TotalRow(Row):
    """How many."""

    total: int


UPSERT_RISK = Query("finding/upsert_risk", RiskParams, IdRow)
FIND_RESTING = Query("finding/find_resting", RestingParams, IdRow)
FIND_UNWEIGHED = Query("finding/find_unweighed", UnweighedParams, IdRow)
FIND_COMMON = Query("finding/find_common", CommonParams, IdRow)
FIND_RATABLE = Query("rating/find_ratable", WhichEntitiesParams, IdRow)
FIND_BELOW = Query("rating/find_below", CommonParams, IdRow)
UPSERT_RATINGS = Query("rating/upsert_ratings", RateParams, IdRow)
DELETE_RATINGS = Query("rating/delete_ratings", UnrateParams, IdRow)
LIST_RATINGS = Query("rating/list_ratings", RatingPageParams, RatingRow)
LIST_OF_ENTITIES = Query("rating/list_of_entities", RatingsOfParams, RatingRow)
COUNT_RATINGS = Query("rating/count_ratings", RatingsParams, TotalRow)
