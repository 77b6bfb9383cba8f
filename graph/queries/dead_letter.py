"""Jobs that were given up, for those who look after them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Query, Row, RunReadParams
from graph.queries.run import TotalRow


class WhichParams(RunReadParams):
    """The dead letters of an organization, or only of a run or a collector."""

    run: str | None
    collector: str | None


class PageParams(WhichParams):
    """A page of them."""

    behind: datetime | None
    behind_id: str
    limit: int


class DeadLetterRow(Row):
    """A job that was given up, with the entities it is about."""

    properties: dict[str, Any]
    entities: list[dict[str, Any]]
    owner: str | None


LIST_DEAD_LETTERS = Query("run/list_dead_letters", PageParams, DeadLetterRow)
COUNT_DEAD_LETTERS = Query("run/count_dead_letters", WhichParams, TotalRow)
