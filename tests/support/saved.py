"""A saved query as it is stored."""

from __future__ import annotations

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
