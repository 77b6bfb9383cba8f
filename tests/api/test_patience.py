"""How long is worked for an answer: as long as its caller waits, in the database, too. Changes are made to the end."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette

from graph.deadline import due_in, time_left
from graph.errors import LimitExceeded
from graph.store import Limits, Store
from server.web.patience import wait_of
from tests.api.conftest import Caller
from tests.support.waiting import eventually

SLOW = "UNWIND range(1, 20000000000) AS n RETURN sum(n) AS slowly"
RUNNING = """
SHOW TRANSACTIONS YIELD currentQuery
WHERE currentQuery CONTAINS 'slowly' AND NOT currentQuery CONTAINS 'SHOW' RETURN count(*)
"""

Replace = Callable[[str, str, Callable[..., Any]], None]


@pytest.fixture
def replace(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Puts another resolver behind a root field."""

    def put(root: str, field: str, resolve: Callable[..., Any]) -> None:
        schema = app.state.services.executor.schema
        monkeypatch.setattr(getattr(schema, f"{root}_type").fields[field], "resolve", resolve)

    return put


async def leave(address: str, caller: Caller, query: str, until: asyncio.Event) -> None:
    """Ask, and go away before there is an answer."""
    host, _, port = address.partition(":")
    body = json.dumps({"query": query})
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {caller.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write((head + body).encode())
    await asyncio.wait_for(until.wait(), 20)
    writer.close()


@pytest.mark.parametrize(
    ("given", "waits"),
    [
        ([], None),
        (["wait=5"], 5),
        (["Wait = 5"], 5),
        (['wait="5"'], 5),
        (["respond-async, wait=10; x=1"], 10),
        (["respond-async", "wait=10"], 10),
        (["wait=0"], 1),
        (["wait=-1"], None),
        (["wait=1.5"], None),
        (["wait=1234567"], None),
        (["awaits=5"], None),
    ],
)
def test_a_preference_is_read(given: list[str], waits: float | None) -> None:
    assert wait_of(given) == waits


async def test_no_longer_is_worked_than_the_caller_waits(caller: Caller, replace: Replace) -> None:
    async def slow(*_: object) -> None:
        await asyncio.sleep(20)

    replace("query", "statistics", slow)
    started = time.monotonic()
    response = await caller.client.post(
        "/graphql",
        json={"query": "{ statistics { unjudgedWrites } }"},
        headers={**caller.headers, "Prefer": "wait=1"},
    )
    assert time.monotonic() - started < 10
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["message"] == "the operation took more than 1 s; ask for less at once"


async def test_a_statement_runs_no_longer_than_somebody_waits(store: Store) -> None:
    started = time.monotonic()
    with due_in(0.2), pytest.raises(LimitExceeded, match="stopped the query at its time limit"):
        await store.read(SLOW, limits=Limits(60, 0))
    assert time.monotonic() - started < 20
    before = store.statements
    with due_in(0), pytest.raises(LimitExceeded, match="the time for the answer is over"):
        await store.read("RETURN 1", limits=Limits(60, 0))
    with due_in(0), pytest.raises(LimitExceeded, match="the time for the answer is over"):
        await store.execute("RETURN 1")
    assert store.statements == before
    assert await store.read_single("RETURN 1") == 1


def test_the_shortest_time_counts() -> None:
    assert time_left(5) == 5
    with due_in(3):
        with due_in(100):
            assert 2 < time_left(5) <= 3
        with due_in(1):
            assert time_left(5) <= 1
        assert 2 < time_left(5) <= 3
        assert time_left(0.5) == 0.5
    assert time_left(5) == 5


async def test_nothing_is_read_for_a_client_that_has_gone(
    address: str, caller: Caller, store: Store, replace: Replace
) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> object:
        started.set()
        try:
            return await store.read(SLOW, limits=Limits(60, 0))
        finally:
            ended.set()

    async def is_running() -> bool:
        return bool(await store.read_single(RUNNING))

    async def is_over() -> bool:
        return not await is_running()

    async def reach() -> None:
        await eventually(is_running, within_s=30)
        reached.set()

    reached = asyncio.Event()
    replace("query", "statistics", slow)
    looking = asyncio.create_task(reach())
    await leave(address, caller, "{ statistics { unjudgedWrites } }", reached)
    await looking
    assert started.is_set()
    await asyncio.wait_for(ended.wait(), 10)
    await eventually(is_over, within_s=30)


async def test_a_change_is_made_to_its_end(address: str, caller: Caller, replace: Replace) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def slow(*_: object, **__: object) -> object:
        started.set()
        await asyncio.sleep(0.5)
        ended.set()
        return None

    replace("mutation", "cancelRun", slow)
    await leave(address, caller, 'mutation { cancelRun(id: "x") { errors { code } } }', started)
    await asyncio.wait_for(ended.wait(), 10)
