"""Somebody who watches a query, and watches that are looked at as often as tests write."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from graph.store import Store
from server.graphql.watches import looking
from server.jobs.queue import Queue
from tests.api.conftest import Caller
from tests.support.watched import (
    find,
    look,
    saved,
    watched,
)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let watches be looked at as often as tests write."""
    monkeypatch.setattr(looking, "PAUSE_S", 0.0)
    monkeypatch.setattr(looking, "PAUSES", 0)


@pytest.fixture
async def watching(
    caller: Caller, store: Store, queue: Queue, app: Starlette
) -> AsyncIterator[Caller]:
    """Somebody who watches one name, until the test is over."""
    await find(store, queue, caller.org, 1, "one.example")
    assert (await saved(caller))["errors"] == []
    assert (await watched(caller))["errors"] == []
    await look(app, queue, caller.org)
    yield caller
    await store.execute("MATCH (w:Watch) WHERE w.org = $org DELETE w", {"org": caller.org})
