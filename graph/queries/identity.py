"""Pairs that may be one and identities, as callers read them; each is held against what they may read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, ReadParams, Row


class ManyParams(ReadParams):
    """Some pairs or entities, by id."""

    ids: list[str]


class ManyAtParams(ManyParams):
    """The same at a moment."""

    at: datetime


class OneParams(ReadParams):
    """One pair or entity."""

    id: str


class SameRow(Row):
    """An entity that is held to be one with another, and the id of their pair."""

    id: str
    other: str


class LockedRow(Row):
    """How a pair stands, and in which acts decisions of it were taken back; None for others."""

    id: str
    left: str
    right: str
    state: str
    undone: list[str | None]


class MembersRow(Row):
    """An entity, and with whom it is held to be one, itself among them."""

    id: str
    members: list[str]


class BetweenParams(ReadParams):
    """Two groups of entities."""

    lefts: list[str]
    rights: list[str]


class BetweenRow(Row):
    """A pair between two groups that somebody holds to be two."""

    id: str
    left: str
    right: str
    left_caption: str
    right_caption: str


class WhichParams(ReadParams):
    """Which pairs: in these states, by these scorers (None: all), with this entity (None: any), with this score."""

    states: list[str]
    kinds: list[str] | None
    entity: str | None
    least: float


class PageParams(WhichParams):
    """A page of them, behind a place."""

    behind: float | None
    behind_id: str
    limit: int


class MatchRow(Row):
    """A pair's properties."""

    properties: dict[str, Any]


class TotalRow(Row):
    """How many there are."""

    total: int


class DecisionsParams(Params):
    """Pairs that were read and held, and which of their decisions."""

    org: str
    ids: list[str]
    only_standing: bool
    limit: int


class DecisionRow(Row):
    """A decision's properties, and the pair's id."""

    match: str
    properties: dict[str, Any]


class SharedParams(ReadParams):
    """Two entities that were read and held."""

    left: str
    right: str
    limit: int


class IdRow(Row):
    """An id."""

    id: str


LOCK_MATCHES = Query("identity/lock_matches", ManyParams, LockedRow)
FIND_MEMBERS = Query("identity/find_members", ManyParams, MembersRow)
FIND_MEMBERS_AT = Query("identity/find_members_at", ManyAtParams, MembersRow)
LIST_SAME = Query("identity/list_same", OneParams, SameRow)
FIND_REJECTED = Query("identity/find_rejected", BetweenParams, BetweenRow)
LIST_MATCHES = Query("identity/list_matches", PageParams, MatchRow)
COUNT_MATCHES = Query("identity/count_matches", WhichParams, TotalRow)
LIST_BY_IDS = Query("identity/list_by_ids", ManyParams, MatchRow)
LIST_JOINING = Query("identity/list_joining", ManyParams, MatchRow)
LIST_DECISIONS = Query("identity/list_decisions", DecisionsParams, DecisionRow)
LIST_SHARED = Query("identity/list_shared", SharedParams, IdRow)
