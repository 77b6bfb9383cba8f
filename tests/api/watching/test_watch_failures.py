"""Watches that fail or are slow, and watches from the terminal."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from starlette.applications import Starlette

from graph.store import Store
from graph.watches.desk import Taken
from server.commands.answers import Endpoint, Refusal
from server.commands.documents.saved import QUERY_CHANGED
from server.graphql.watches import looking
from server.jobs.queue import Queue
from tests.api.conftest import Caller, Command
from tests.support.watched import (
    changed,
    find,
    keys,
    look,
    saved,
    watch_of,
    watched,
)


async def test_one_that_fails_keeps_no_other_from_being_looked_at(
    watching: Caller, store: Store, queue: Queue, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MOST_CHARACTERS", 200)
    await saved(watching, "total", document="{ domainNames { totalCount } }")
    await watched(watching, "total")
    await find(store, queue, watching.org, 2, "two.example")
    await look(app, queue, watching.org)
    failed, other = await watch_of(watching), await watch_of(watching, "total")
    assert (failed["state"], keys(failed)) == ("FAILED", ["one.example"])
    assert "characters" in failed["failure"]["reason"]
    assert other["answer"] == {"domainNames": {"totalCount": 2}}
    monkeypatch.undo()
    monkeypatch.setattr(looking, "PAUSE_S", 0.0)
    assert (await watched(watching))["errors"] == []
    await look(app, queue, watching.org)
    watch = await watch_of(watching)
    assert (watch["state"], watch["changes"]["totalCount"]) == ("CURRENT", 1)


async def test_one_that_is_slow_holds_up_no_other(
    watching: Caller, store: Store, queue: Queue, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = (await saved(watching, "total", document="{ domainNames { totalCount } }"))["query"]
    await watched(watching, "total")
    await look(app, queue, watching.org)
    compared, go_on = looking._compared, threading.Event()

    def slow(taken: Taken, *rest: Any) -> Any:
        if taken.org == watching.org and taken.id != total["id"]:
            go_on.wait(60)
        return compared(taken, *rest)

    monkeypatch.setattr(looking, "_compared", slow)
    await find(store, queue, watching.org, 2, "two.example")
    looks = asyncio.create_task(look(app, queue, watching.org))
    assert await changed(watching, "total") == 1
    assert (await watch_of(watching))["changes"]["totalCount"] == 0
    go_on.set()
    await looks
    assert await changed(watching) == 1


async def test_what_nobody_foresaw_is_said_without_its_words(
    watching: Caller, store: Store, queue: Queue, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a secret of ours")

    monkeypatch.setattr(looking, "_compared", broken)
    await find(store, queue, watching.org, 2, "two.example")
    await look(app, queue, watching.org)
    watch = await watch_of(watching)
    assert watch["state"] == "FAILED"
    assert "something went wrong" in watch["failure"]["reason"]
    assert "secret" not in watch["failure"]["reason"]


@pytest.mark.timeout(180)
async def test_watches_from_the_terminal(
    watching: Caller, mirage: Command, address: str, store: Store, queue: Queue, app: Starlette
) -> None:
    told = await mirage("saved", "watch", "names", "--told")
    assert "is told" in told
    [listed] = (await mirage("saved", "list", "--json"))["queries"]
    assert (listed["name"], listed["watch"]) == ("names", "CURRENT")
    await find(store, queue, watching.org, 2, "two.example")
    await look(app, queue, watching.org)
    said = await mirage("saved", "changes", "names")
    assert "1 entered, 0 left, 1 changed" in said
    assert "+ domainNames.edges: two.example" in said
    assert "~ domainNames.totalCount: 1 → 2" in said
    assert "CURRENT" in said
    [change] = (await mirage("saved", "changes", "names", "--json"))["changes"]
    assert (change["entered"], change["changed"]) == (1, 1)

    # As `--follow` does.
    followed = Endpoint(f"http://{address}/graphql", watching.key).follow(
        QUERY_CHANGED, {"id": "names", "after": None}
    )
    next_ = asyncio.create_task(asyncio.to_thread(next, followed))
    await asyncio.sleep(1)
    await find(store, queue, watching.org, 3, "three.example")
    await look(app, queue, watching.org)
    async with asyncio.timeout(30):
        assert (await next_)["change"]["parts"][0]["caption"] == "three.example"
    followed.close()
    with pytest.raises(Refusal, match="no watched query"):
        await asyncio.to_thread(
            next, Endpoint(f"http://{address}/graphql", watching.key).follow(
                QUERY_CHANGED, {"id": "unknown", "after": None}
            ),
        )  # fmt: skip
    assert "watched no more" in await mirage("saved", "unwatch", "names")
    assert "there is no watched query" in await mirage("saved", "changes", "names")
