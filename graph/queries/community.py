"""The queries of what is grouped: which entities, and how much there is among them."""

from __future__ import annotations

from graph.queries.catalog import Query, ReadParams, Row


class ScopeParams(ReadParams):
    """Entities of some kinds, at most so many."""

    kinds: list[str]
    most: int


class RunScopeParams(ScopeParams):
    """Those that a run had in its scope."""

    run: str
    user: str


class AmongParams(ReadParams):
    """Relationships of some types among some entities."""

    ids: list[str]
    types: list[str]


class ScopeRow(Row):
    """Of each entity its id and its kind."""

    entities: list[tuple[str, str]]


class CountRow(Row):
    """How many there are."""

    total: int


LIST_SCOPE = Query("entity/list_scope", ScopeParams, ScopeRow)
LIST_RUN_SCOPE = Query("entity/list_run_scope", RunScopeParams, ScopeRow)
COUNT_LINKS_AMONG = Query("entity/count_links_among", AmongParams, CountRow)
