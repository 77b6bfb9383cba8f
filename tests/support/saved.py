"""A saved query as it is stored."""

from __future__ import annotations

from datetime import UTC, datetime

from graph.store import Store

_SAVED = """
CREATE (:SavedQuery {id: $id, org: $org, owner: $owner, name: $id, description: $text, document: $document,
  variables: '{}', is_shared: true, tlp: $tlp, number: 1, changes: [], created_at: datetime('2026-01-01T00:00:47Z'),
  saved_at: datetime('2026-01-01T00:00:47Z')})
"""


async def write_query(
    store: Store, org: str, owner: str, query: str, tlp: str = "", text: str = "Who asks"
) -> None:
    """Write a query that somebody shares."""
    document = f"{{ me {{ role }} }} # {text}"
    given = {"id": query, "org": org, "owner": owner, "text": text, "tlp": tlp or None}
    await store.execute(_SAVED, {**given, "document": document})


_WATCHED = """
MATCH (q:SavedQuery {id: $id})
CREATE (w:Watch {id: q.id, org: q.org, owner: q.owner, since: $at, checked_at: $at, number: q.number, is_told: false,
  fence: 1, seen: '9', due_at: datetime('2126-01-01T00:00:00Z'), not_before: $at, forgotten: 0, clearance: 'CLEAR',
  answer: '{"me": {"role": "OWNER"}}', needs: [], failed_at: $at, failure: 'It took too long.'})
CREATE (c:WatchChange {id: q.id + '-change', org: q.org, watch: q.id, at: $at, entered: 0, left: 0, changed: 1,
  clearance: 'CLEAR', needs: [], parts: $parts})
"""
_PARTS = (
    '[{"change": "CHANGED", "path": "me.role", "id": "", "caption": "", "before": "ADMIN", "after": "OWNER",'
    ' "is_cut": false}]'
)


async def write_watch(store: Store, query: str) -> None:
    """Have a query watched, and know of a change and of a failure; it is not looked at."""
    at = datetime(2026, 1, 1, 0, 0, 48, tzinfo=UTC)
    await store.execute(_WATCHED, {"id": query, "at": at, "parts": _PARTS})
