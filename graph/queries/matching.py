"""The queries of entity resolution itself: what is compared, whom with, and which pairs are kept.

Reading pairs and identities for people is `graph.queries.identity`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from graph.queries.catalog import Params, Query, Row


class KeyRecord(TypedDict):
    """A blocking key, and the id of its node."""

    id: str
    key: str


class ProfileRecord(TypedDict):
    """What is compared of an entity, as it is kept; `profile` is JSON."""

    id: str
    kind: str
    digest: str
    profile: str
    keys: list[KeyRecord]


class SoughtRecord(TypedDict):
    """An entity, with which kinds it can be one, and the ids of its keys."""

    id: str
    kinds: list[str]
    keys: list[str]


class MatchRecord(TypedDict):
    """A pair as it is kept; `features` and `vetoes` are JSON.

    `states` is the type of relationship that accepting it states; None where it makes the two one.
    """

    id: str
    left: str
    right: str
    kind: str
    score: float
    prior: float
    features: str
    vetoes: str
    scorer_version: int
    is_candidate: bool
    states: str | None


class DecisionRecord(TypedDict):
    """A decision's id, the pair it is about, and ACCEPTED, REJECTED or DEFERRED."""

    id: str
    match: str
    verdict: str


class MatchableParams(Params):
    """What a write touched."""

    org: str
    ids: list[str]
    kinds: list[str]
    most: int


class IdRow(Row):
    """An id."""

    id: str


class ValuesParams(Params):
    """Entities, and by the marking of each which markings may be compared of it."""

    org: str
    ids: list[str]
    as_open: dict[str, list[str]]
    most: int
    few: int


class ValuesRow(Row):
    """What is compared of an entity; `properties` is None where it does not hold."""

    id: str
    labels: list[str]
    properties: dict[str, Any] | None
    neighbours: list[dict[str, Any]]
    places_of_work: list[str]
    named_in: list[str]


class DeskParams(Params):
    """An organization's desk."""

    id: str
    org: str


class DeskIdParams(Params):
    """A desk."""

    id: str


class BasisParams(DeskParams):
    """And by what all of it was compared."""

    basis: str


class BasisRow(Row):
    """By what all was compared; empty where not all was."""

    basis: str


class IdsParams(Params):
    """Some entities or pairs."""

    ids: list[str]


class ProfilesRow(Row):
    """What was compared of entities: id, digest and profile (JSON) of each."""

    profiles: list[tuple[str, str, str]]


class ProfilesParams(Params):
    """What is compared of entities."""

    org: str
    profiles: list[ProfileRecord]


class CandidatesParams(Params):
    """For whom candidates are sought, and the bounds."""

    profiles: list[SoughtRecord]
    hub: int
    most: int


class CandidatesRow(Row):
    """An entity, and whom to compare it with."""

    id: str
    candidates: list[str]


class DropParams(IdsParams):
    """Pairs at a moment."""

    now: datetime


class PairsParams(IdsParams):
    """Entities, and in whose name a threshold decides."""

    system: str


class PairRow(Row):
    """A pair, and how it stands."""

    id: str
    left: str
    right: str
    state: str
    score: float
    features: str
    vetoes: str
    is_candidate: bool
    is_decided: bool
    is_settled: bool
    is_automatic: bool


class MatchesParams(Params):
    """Pairs that are kept."""

    org: str
    now: datetime
    matches: list[MatchRecord]


class StateRow(Row):
    """A pair and its state."""

    id: str
    state: str


class StatedRow(Row):
    """A pair that states a relationship, or stated it once; how it stands, and both sides."""

    id: str
    state: str
    sides: list[dict[str, Any]]


class DecideParams(Params):
    """What is decided, by whom, why."""

    org: str
    decisions: list[DecisionRecord]
    by: str
    is_automatic: bool
    comment: str
    now: datetime


class UndoParams(Params):
    """Pairs whose decision is withdrawn, by whom, in which act, why."""

    ids: list[str]
    by: str
    act: str
    comment: str
    now: datetime


LIST_MATCHABLE = Query("match/list_matchable", MatchableParams, IdRow)
DROP_KNOWN = Query("match/drop_known", DropParams, IdRow)
LIST_STATED = Query("match/list_stated", IdsParams, StatedRow)
LIST_VALUES = Query("match/list_values", ValuesParams, ValuesRow)
UPSERT_DESK = Query("match/upsert_desk", DeskParams, BasisRow)
GET_DESK = Query("match/get_desk", DeskIdParams, BasisRow)
UPSERT_BASIS = Query("match/upsert_basis", BasisParams, BasisRow)
LIST_PROFILES = Query("match/list_profiles", IdsParams, ProfilesRow)
UPSERT_PROFILES = Query("match/upsert_profiles", ProfilesParams, IdRow)
DELETE_PROFILES = Query("match/delete_profiles", IdsParams, IdRow)
FIND_CANDIDATES = Query("match/find_candidates", CandidatesParams, CandidatesRow)
LIST_PAIRS = Query("match/list_pairs", PairsParams, PairRow)
UPSERT_MATCHES = Query("match/upsert_matches", MatchesParams, StateRow)
DROP_MATCHES = Query("match/drop_matches", DropParams, IdRow)
UPSERT_DECISIONS = Query("match/upsert_decisions", DecideParams, IdRow)
CLOSE_DECISIONS = Query("match/close_decisions", UndoParams, IdRow)
