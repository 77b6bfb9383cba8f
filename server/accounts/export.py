"""Everything of an organization as lines of JSON, read a page at a time: it never lies in memory as a whole.

Each line is an object with a `type`. What opens something (hashes of keys and tokens, passwords) is left out, and so is
what other areas keep sealed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import orjson

from graph.queries import export as queries
from graph.queries.organization import LIST_MEMBERS, MemberPageParams
from graph.store import Limits, Store
from server.accounts import organizations
from server.accounts.acting import now

FORMAT = 1
PAGE = 200
LONG_PAGE = 1_000
SORTS = (
    "finding",
    "suppression",
    "act",
    "rating",
    "match",
    "decision",
    "note",
    "scan",
    "run",
    "team",
    "role",
    "invitation",
    "key",
    "module",
    "configuration",
    "rule",
    "pattern",
    "pattern_row",
    "query",
    "watch",
    "watch_change",
    "hold",
)
SECRET = frozenset({"hash"})
PATIENCE = Limits(timeout_s=60.0, retry_s=60.0)


async def export(store: Store, org: str) -> AsyncIterator[bytes]:
    """The lines, each with its end. Raises NotFound. What changes meanwhile may be there as before or as after."""
    found = await organizations.get(store, org)
    yield _line("organization", format=FORMAT, at=now(), **found.model_dump(exclude={"purging_at"}))
    async for line in _members(store, org):
        yield line
    async for line in _entities(store, org):
        yield line
    for sort in SORTS:
        async for line in _records(store, org, sort):
            yield line
    yield _line("end", at=now())


async def _members(store: Store, org: str) -> AsyncIterator[bytes]:
    behind: tuple[datetime | None, str] = (None, "")
    while True:
        params = MemberPageParams(
            org=org, team=None, behind=behind[0], behind_id=behind[1], limit=PAGE
        )
        rows = await store.fetch(LIST_MEMBERS.bind(params), limits=PATIENCE)
        for row in rows:
            yield _line("member", **row.model_dump(exclude={"org", "own"}))
        if len(rows) < PAGE:
            return
        behind = rows[-1].created_at, rows[-1].id


async def _entities(store: Store, org: str) -> AsyncIterator[bytes]:
    """Entities page by page, after each page what belongs to its entities."""
    behind = "", ""
    while True:
        params = queries.EntityPageParams(
            org=org, behind=behind[0], behind_id=behind[1], limit=PAGE
        )
        rows = await store.fetch(queries.LIST_ENTITIES.bind(params), limits=PATIENCE)
        for row in rows:
            yield _line(
                "entity",
                labels=sorted(row.labels),
                properties=row.properties,
                versions=row.versions,
            )
        ids = [row.id for row in rows]
        async for line in _hanging(store, ids):
            yield line
        if len(rows) < PAGE:
            return
        behind = rows[-1].key, rows[-1].id


async def _hanging(store: Store, ids: list[str]) -> AsyncIterator[bytes]:
    """Relationships, observations and claims of some entities."""
    behind = ""
    while True:
        params = queries.OfEntitiesPageParams(ids=ids, behind=behind, limit=LONG_PAGE)
        rows = await store.fetch(queries.LIST_RELATIONSHIPS.bind(params), limits=PATIENCE)
        for row in rows:
            yield _line("relationship", kind=row.type, **row.model_dump(exclude={"place", "type"}))
        if len(rows) < LONG_PAGE:
            break
        behind = rows[-1].place
    behind = ""
    while True:
        params = queries.OfEntitiesPageParams(ids=ids, behind=behind, limit=LONG_PAGE)
        seen = await store.fetch(queries.LIST_OBSERVATIONS.bind(params), limits=PATIENCE)
        for each in seen:
            yield _line("observation", **each.model_dump(exclude={"id"}))
        if len(seen) < LONG_PAGE:
            break
        behind = seen[-1].id
    of_entities = queries.LIST_CLAIMS.bind(queries.OfEntitiesParams(ids=ids))
    for claim in await store.fetch(of_entities, limits=PATIENCE):
        yield _line("claim", properties=claim.properties)


async def _records(store: Store, org: str, sort: str) -> AsyncIterator[bytes]:
    behind = ""
    while True:
        params = queries.RecordPageParams(org=org, sort=sort, behind=behind, limit=PAGE)
        rows = await store.fetch(queries.LIST_RECORDS.bind(params), limits=PATIENCE)
        for row in rows:
            kept = {k: v for k, v in row.properties.items() if k not in SECRET}
            yield _line(sort, properties=kept, about=row.about)
        if len(rows) < PAGE:
            return
        behind = rows[-1].id


def _line(line_type: str, **values: Any) -> bytes:
    return orjson.dumps(
        {"type": line_type, **values}, default=str, option=orjson.OPT_APPEND_NEWLINE
    )
