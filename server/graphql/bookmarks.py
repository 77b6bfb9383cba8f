"""Bookmarks as callers carry them: what a mutation wrote, so that the next question sees it, also on a cluster.

They are sealed: a bookmark of the database counts the transactions of everybody, and one that was made up would have a
question wait in vain. What is older than a few minutes has been seen everywhere, or never will be.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson

from graph.errors import InvalidQuestion
from server.vault.envelope import SealBroken, Sealing

LONGEST = 4_000
WAITED_FOR = timedelta(minutes=5)


def write_bookmark(marks: Sequence[str], org: str, keys: Sealing, now: datetime) -> str:
    """The text to give to a caller of `org`; empty where the database gave no bookmark, or far too many."""
    held = orjson.dumps({"at": now.timestamp(), "marks": marks})
    text = keys.seal(held, _context(org)) if marks else ""
    return text if len(text) <= LONGEST else ""


def read_bookmark(text: str, org: str, keys: Sealing, now: datetime) -> tuple[str, ...]:
    """What to wait for. Raises InvalidQuestion for what this API did not give to this organization."""
    try:
        held = orjson.loads(keys.open(text, _context(org))) if len(text) <= LONGEST else {}
        is_old = now.timestamp() - held["at"] > WAITED_FOR.total_seconds()
        return () if is_old else tuple(held["marks"])
    except (SealBroken, KeyError, orjson.JSONDecodeError) as error:
        raise InvalidQuestion(
            "bookmark: one that an answer of this API carried is right; without one, ask as usual"
        ) from error


def _context(org: str) -> str:
    return f"bookmark/{org}"
