"""Chains of the audit to read and to verify."""

from __future__ import annotations

from graph.store import Store
from server.audit.chain import append
from server.audit.events import Actor, Event, Link
from server.audit.reading import pages
from server.audit.verifying import Verdict, verify
from tests.support.keys import MASTERS, keyring


async def rows_of(store: Store, org: str) -> list[Link]:
    return [link async for page in pages(store, org) for link in page]


async def verdict(store: Store, org: str) -> Verdict:
    found = await verify(store, keyring(), org)
    assert len(found) == 1
    return found[0]


async def filled(store: Store, org: str, count: int = 6) -> list[Link]:
    """A chain of so many rows, a row in each transaction."""
    for number in range(count):
        await append(
            store, MASTERS, org, [Event(f"act{number}", Actor(org, "u", "k"), f"s{number}")]
        )
    return await rows_of(store, org)
