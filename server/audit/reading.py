"""Reading a chain: a page of what matches, newest first, and all of it, oldest first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from graph.queries import audit as queries
from graph.store import Store
from server.audit.events import Link

PAGE = 1_000


@dataclass(frozen=True)
class Filter:
    """Which rows: None is any. `actor` is the id of a user or of a credential."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def find(
    store: Store, org: str, wanted: Filter, before: int | None, limit: int
) -> list[Link]:
    """Rows of a chain that match, newest first, those before the row `before`."""
    params = queries.FindParams(
        org=org,
        before=before,
        actor=wanted.actor,
        action=wanted.action,
        subject=wanted.subject,
        outcome=wanted.outcome,
        since=wanted.since,
        until=wanted.until,
        limit=limit,
    )
    rows = await store.fetch(queries.FIND_EVENTS.bind(params))
    return [Link.read(row.properties) for row in rows]


async def pages(store: Store, org: str, behind: int = 0) -> AsyncIterator[list[Link]]:
    """All rows of a chain behind the row `behind`, oldest first, as they stand in the database."""
    while True:
        asked = queries.PageParams(org=org, behind=behind, limit=PAGE)
        rows = await store.fetch(queries.LIST_ROWS.bind(asked))
        if not rows:
            return
        links = [Link.read(row.properties) for row in rows]
        yield links
        behind = links[-1].seq
