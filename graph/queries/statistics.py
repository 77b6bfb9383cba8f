"""Counting what an organization has."""

from __future__ import annotations

from graph.queries.catalog import Params, Query, ReadParams, Row


class KindsParams(ReadParams):
    """An organization, and the kinds to count."""

    kinds: list[str]


class TypesParams(ReadParams):
    """An organization, and the relationship types to count."""

    types: list[str]


class OrgParams(Params):
    """An organization."""

    org: str


class TotalRow(Row):
    """How many there are."""

    total: int


class CountRow(Row):
    """How many there are of something."""

    name: str
    total: int


COUNT_ENTITIES = Query("statistics/count_entities", KindsParams, CountRow)
COUNT_RELATIONSHIPS = Query("statistics/count_relationships", TypesParams, CountRow)
COUNT_UNJUDGED = Query("statistics/count_unjudged", OrgParams, TotalRow)
