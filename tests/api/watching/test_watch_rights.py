"""Watched queries are asked as their owner might ask them, and told to their owner alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from starlette.applications import Starlette

from graph.store import Store
from server.jobs.queue import Queue
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_events import event, settle
from tests.api.test_sockets import greeted, said, subscribe
from tests.support.watched import (
    FOLLOW,
    ONE,
    UNWATCH,
    WATCH,
    find,
    keys,
    look,
    saved,
    watch_of,
    watched,
)

RIGHTS: Sequence[tuple[str, str]] = (
    ("MATCH (m:Membership {id: $id}) SET m.suspended_at = datetime()", "does not belong"),
    ("MATCH (m:Membership {id: $id}) DETACH DELETE m", "does not belong"),
    ("MATCH (u:User {id: $id}) SET u.suspended_at = datetime()", "does not belong"),
    ("MATCH (m:Membership {id: $id}) SET m.role = 'INGEST'", "needs READ_GRAPH"),
)


@pytest.mark.parametrize(("change", "reason"), RIGHTS)
async def test_who_may_not_ask_any_more_is_given_nothing(
    watching: Caller, store: Store, queue: Queue, app: Starlette, change: str, reason: str
) -> None:
    await store.execute(change, {"id": watching.id})
    await find(store, queue, watching.org, 2, "two.example")
    await look(app, queue, watching.org)
    [row] = await store.read(
        "MATCH (w:Watch {org: $org}) RETURN w.answer AS answer, w.failure AS failure",
        {"org": watching.org},
    )
    assert row["answer"] is None
    assert reason in row["failure"]
    changes = "MATCH (c:WatchChange {org: $org}) RETURN count(c)"
    assert await store.read_single(changes, {"org": watching.org}) == 0
    refused = "MATCH (e:AuditEvent {org: $org}) WHERE e.outcome = 'NOT_PERMITTED' RETURN count(e)"
    assert await store.read_single(refused, {"org": watching.org}) == 0


async def test_who_may_ask_again_begins_anew(
    watching: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    suspend = "MATCH (m:Membership {id: $id}) SET m.suspended_at = $at"
    await store.execute(suspend, {"id": watching.id, "at": "then"})
    await find(store, queue, watching.org, 2, "two.example")
    await look(app, queue, watching.org)
    await store.execute(suspend, {"id": watching.id, "at": None})
    app.state.services.gate._known.clear()
    assert (await watch_of(watching))["state"] == "FAILED"
    again = await watched(watching)
    assert (again["errors"], again["query"]["watch"]["state"]) == ([], "WAITING")
    await look(app, queue, watching.org)
    watch = await watch_of(watching)
    assert (watch["state"], watch["failure"]) == ("CURRENT", None)
    assert keys(watch) == ["one.example", "two.example"]
    assert watch["changes"]["totalCount"] == 0


async def test_whose_clearance_falls_is_told_less_and_of_no_change(
    watching: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    await find(store, queue, watching.org, 2, "secret.example", tlp="RED")
    await look(app, queue, watching.org)
    assert keys(await watch_of(watching)) == ["one.example", "secret.example"]
    assert (await watch_of(watching))["changes"]["totalCount"] == 1

    # A key that may read less than its owner is told nothing of what was asked with more.
    narrowed = "MATCH (k:ApiKey {id: $id}) SET k.clearance = $tlp"
    await store.execute(narrowed, {"id": watching.id, "tlp": "GREEN"})
    app.state.services.gate._known.clear()
    low = await watch_of(watching)
    assert (low["answer"], low["changes"]) == (None, {"totalCount": 0, "nodes": []})
    await store.execute(narrowed, {"id": watching.id, "tlp": None})

    falls = "MATCH (m:Membership {id: $id}) SET m.clearance = 'GREEN'"
    await store.execute(falls, {"id": watching.id})
    app.state.services.gate._known.clear()
    low = await watch_of(watching)
    assert (low["answer"], low["changes"]["totalCount"]) == (None, 0)
    await find(store, queue, watching.org, 3, "three.example")
    await look(app, queue, watching.org)
    low = await watch_of(watching)
    assert keys(low) == ["one.example", "three.example"]
    assert low["changes"]["totalCount"] == 0, "what they read is less; nothing happened to it"
    await find(store, queue, watching.org, 4, "four.example")
    await find(store, queue, watching.org, 5, "veiled.example", tlp="RED")
    await look(app, queue, watching.org)
    told = (await watch_of(watching))["changes"]["nodes"]
    assert "secret" not in repr(told)
    assert "veiled" not in repr(told)
    assert [each["entered"] for each in told] == [1]


async def test_only_its_owner_is_told(
    watching: Caller, make_caller: MakeCaller, queue: Queue, app: Starlette
) -> None:
    await saved(watching, isShared=True)
    other = await make_caller("OWNER", beside=watching)
    await look(app, queue, watching.org)
    [kept] = (await watching.ask("{ savedQueries { id watch { state } } }"))["savedQueries"]
    assert kept["watch"] == {"state": "CURRENT"}
    assert (await other.ask(ONE, id=kept["id"]))["savedQuery"]["watch"] is None
    for question in (WATCH, UNWATCH):
        refused = (await other.post(question, {"id": kept["id"]})).json()
        assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    viewer = await make_caller("VIEWER", beside=watching)
    refused = (await viewer.post(WATCH, {"id": "names"})).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    stranger = await make_caller()
    [error] = (await stranger.ask(WATCH, id=kept["id"]))["watchQuery"]["errors"]
    assert error["code"] == "NOT_FOUND"


async def test_changes_are_followed_and_resumed_by_their_owner(
    watching: Caller,
    make_caller: MakeCaller,
    store: Store,
    queue: Queue,
    app: Starlette,
    address: str,
) -> None:
    other = await make_caller("OWNER", beside=watching)
    await saved(other, document="{ domainNames { totalCount } }")
    await watched(other)
    await look(app, queue, watching.org)
    async with greeted(address, watching) as opened, greeted(address, other) as others:
        for each in (opened, others):
            # The same question of two who may read the same: each is told of their own.
            await each.send(subscribe("1", FOLLOW, id="names"))
            await settle(each)
        await find(store, queue, watching.org, 2, "two.example")
        await look(app, queue, watching.org)
        first = await event(opened, "watchChanged")
        assert (first["change"]["entered"], first["change"]["changed"]) == (1, 1)
        theirs = await event(others, "watchChanged")
        assert (theirs["change"]["entered"], theirs["change"]["changed"]) == (0, 1)
        assert theirs["query"] != first["query"]
        await others.send(subscribe("2", FOLLOW, id=first["query"]))
        assert (await said(others))["payload"][0]["extensions"]["code"] == "NOT_FOUND"

    await find(store, queue, watching.org, 3, "three.example")
    await look(app, queue, watching.org)
    async with greeted(address, watching) as opened:
        await opened.send(subscribe("1", FOLLOW, id=first["query"], after=first["cursor"]))
        second = await event(opened, "watchChanged")
        assert second["change"]["parts"][0]["caption"] == "three.example"
        last = (await watch_of(watching))["changes"]["nodes"]
        assert [second["change"]["id"], first["change"]["id"]] == [each["id"] for each in last]
        await settle(opened)
