"""Watched queries: what changes in their answers is kept and told, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from graph.facts import Outcome
from graph.model.network import DomainName, IPAddress
from graph.store import Store
from server.graphql.events.stream import events_of
from server.graphql.watches import looking
from server.jobs.events import STREAM, Publisher
from server.jobs.queue import Queue
from server.web.watching import make_watcher
from tests.api.conftest import Caller
from tests.api.test_events import writing
from tests.support.facts import answer
from tests.support.watched import (
    DOCUMENT,
    UNWATCH,
    changed,
    find,
    keys,
    look,
    saved,
    watch_of,
    watched,
)


async def test_what_changes_in_an_answer_is_kept(
    caller: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    await find(store, queue, caller.org, 1, "one.example")
    await saved(caller)
    first = (await watched(caller))["query"]["watch"]
    assert (first["state"], first["checkedAt"], first["answer"], first["isTold"]) == (
        "WAITING", None, None, False,
    )  # fmt: skip
    await look(app, queue, caller.org)
    watch = await watch_of(caller)
    assert (watch["state"], watch["failure"], keys(watch)) == ("CURRENT", None, ["one.example"])
    [edge] = watch["answer"]["domainNames"]["edges"]
    assert edge.keys() == {"node"}
    assert edge["node"].keys() == {"id", "key", "dnsStatus"}
    assert watch["changes"] == {"totalCount": 0, "nodes": []}, "what was there is no news"

    await find(store, queue, caller.org, 2, "two.example")
    await look(app, queue, caller.org)
    watch = await watch_of(caller)
    [change] = watch["changes"]["nodes"]
    assert [change[each] for each in ("entered", "left", "changed")] == [1, 0, 1]
    two = DomainName(name="two.example").id_in(caller.org)
    entered, total = change["parts"]
    assert entered == {
        "change": "ENTERED",
        "path": "domainNames.edges",
        "id": two,
        "caption": "two.example",
        "before": None,
        "after": {"node": {"id": two, "key": "two.example", "dnsStatus": None}},
        "isCut": False,
    }
    assert (total["path"], total["before"], total["after"]) == ("domainNames.totalCount", 1, 2)

    async with writing(store, queue) as writer:
        name = DomainName(name="one.example")
        changed = name.model_copy(update={"dns_status": "resolves"})
        gone = DomainName(name="two.example")
        await writer.write(
            caller.org,
            [answer(name, 3, changed), answer(gone, 3, outcome=Outcome.ABSENT, nonce="gone")],
        )
    await look(app, queue, caller.org)
    watch = await watch_of(caller)
    last, _ = watch["changes"]["nodes"]
    assert [last[each] for each in ("entered", "left", "changed")] == [0, 1, 2]
    assert {each["path"] for each in last["parts"] if each["change"] == "CHANGED"} == {
        "domainNames.totalCount",
        f"domainNames.edges[{name.id_in(caller.org)}].node.dnsStatus",
    }
    assert keys(watch) == ["one.example"]


async def test_what_changes_nothing_in_the_answer_is_no_change(
    watching: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    before = await watch_of(watching)
    await find(store, queue, watching.org, 2, "one.example")  # it was seen again
    async with writing(store, queue) as writer:
        other = IPAddress(address="192.0.2.1")
        await writer.write(watching.org, [answer(other, 2, other)])
    await look(app, queue, watching.org)
    after = await watch_of(watching)
    assert after["checkedAt"] > before["checkedAt"], "it was looked at"
    assert after["changes"]["totalCount"] == 0
    assert after["answer"] == before["answer"]


async def test_processes_beside_each_other_make_one_change(
    watching: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    for number in range(4):
        await find(store, queue, watching.org, 2 + number, f"name{number}.example")
        await look(app, queue, watching.org, processes=3)  # and the one that serves
    changes = (await watch_of(watching))["changes"]
    assert changes["totalCount"] == 4
    assert {each["entered"] for each in changes["nodes"]} == {1}
    told = await told_of(queue, watching.org)
    assert sorted(told) == sorted(each["id"] for each in changes["nodes"])
    left = "MATCH (o:Outbox {org: $org}) WHERE o.touched IS NULL RETURN count(o)"
    assert await store.read_single(left, {"org": watching.org}) == 0


async def told_of(queue: Queue, org: str) -> list[str]:
    """The changes that the stream tells of."""
    entries = await queue.xrange(STREAM)
    found = [each for name, fields in entries for each in events_of(name.decode(), fields)]
    return [each.id for each in found if each.type == "watch.changed" and each.org == org]


async def test_one_that_was_thought_dead_writes_nothing(
    watching: Caller, store: Store, queue: Queue, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took the watch, and somebody else has by the time it is done."""
    await find(store, queue, watching.org, 2, "two.example")
    watcher = make_watcher(app.state.services)
    [kept] = await store.read(
        "MATCH (w:Watch {org: $org}) RETURN w.id AS id, w.fence AS fence", {"org": watching.org}
    )
    compared = looking._compared
    took, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*given: Any) -> Any:
        if not took.is_set():
            loop.call_soon_threadsafe(took.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        return compared(*given)

    monkeypatch.setattr(looking, "_compared", slow)
    place = "9" * 41
    first = asyncio.create_task(watcher.looker.look(kept["id"], place, ""))
    async with asyncio.timeout(20):
        await took.wait()
    assert await watcher.looker.look(kept["id"], place, "") is None, "it is taken"
    await store.execute(
        "MATCH (w:Watch {id: $id}) SET w.taken_until = datetime() - duration('PT1S')",
        {"id": kept["id"]},
    )
    second = await watcher.looker.look(kept["id"], place, "")
    assert second is not None
    go_on.set()
    assert await first is None
    await Publisher(store, queue)(second)
    assert (await watch_of(watching))["changes"]["totalCount"] == 1


async def test_what_happens_is_looked_at_by_whoever_serves(
    watching: Caller, store: Store, queue: Queue
) -> None:
    """Nobody asks for it here."""
    await find(store, queue, watching.org, 2, "two.example")
    assert await changed(watching) == 1
    assert keys(await watch_of(watching)) == ["one.example", "two.example"]


async def test_the_clock_has_it_looked_at_too(watching: Caller, app: Starlette) -> None:
    watcher = make_watcher(app.state.services)
    now = watcher.looker.clock()
    desk = watcher.looker.desk
    mine = [each for each in await desk.waiting(now, {}) if each.org == watching.org]
    assert mine == []
    later = now + looking.EVERY + timedelta(minutes=1)
    [waiting] = [each for each in await desk.waiting(later, {}) if each.org == watching.org]
    assert waiting.ready_at < later


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"document": DOCUMENT.replace(" = 50", "")}, "first has no value and no default"),
        ({"document": "{ savedQueries { watch { state } } }"}, "cannot be watched"),
    ],
)
async def test_what_cannot_be_asked_again_and_again_is_not_watched(
    caller: Caller, given: dict[str, Any], says: str
) -> None:
    assert (await saved(caller, **given))["errors"] == []
    [error] = (await watched(caller))["errors"]
    assert error["code"] == "INVALID_QUESTION"
    assert says in error["message"]
    # Nor is one that is watched saved so.
    assert (await saved(caller))["errors"] == []
    assert (await watched(caller))["errors"] == []
    [error] = (await saved(caller, **given))["errors"]
    assert says in error["message"]


async def test_one_that_is_saved_again_is_another_question(
    watching: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    await find(store, queue, watching.org, 2, "two.example")
    await look(app, queue, watching.org)
    again = (await saved(watching, document="{ domainNames { totalCount } }"))["query"]
    assert again["watch"]["state"] in ("WAITING", "CURRENT")
    await look(app, queue, watching.org)
    watch = await watch_of(watching)
    assert (watch["state"], watch["answer"]) == ("CURRENT", {"domainNames": {"totalCount": 2}})
    assert watch["changes"]["totalCount"] == 1, (
        "what was told stays, and nothing is told of the new one"
    )


async def test_it_is_watched_no_more(
    watching: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    await find(store, queue, watching.org, 2, "two.example")
    await look(app, queue, watching.org)
    for _ in range(2):
        assert (await watching.ask(UNWATCH, id="names"))["unwatchQuery"] == {
            "query": {"watch": None},
            "errors": [],
        }
    left = "MATCH (n) WHERE n.org = $org AND (n:Watch OR n:WatchChange) RETURN count(n)"
    assert await store.read_single(left, {"org": watching.org}) == 0
    assert (await watched(watching, told=True))["query"]["watch"]["isTold"]
    await look(app, queue, watching.org)
    assert (await watched(watching))["query"]["watch"]["isTold"], "as it is"
    await find(store, queue, watching.org, 3, "three.example")
    await look(app, queue, watching.org)
    gone = "mutation D($id: ID!) { deleteQuery(id: $id) { errors { code } } }"
    assert (await watching.ask(gone, id="names"))["deleteQuery"]["errors"] == []
    assert await store.read_single(left, {"org": watching.org}) == 0


async def test_how_many_there_may_be_and_what_is_kept_are_settings(
    watching: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    await watching.ask(
        "mutation C($set: JSON) { configure(input: {set: $set}) { errors { message } } }",
        set={"watches.most": 1, "watches.changes": 2},
    )
    await saved(watching, "others")
    assert "watches.most" in (await watched(watching, "others"))["errors"][0]["message"]
    assert (await watched(watching))["errors"] == [], "one that is there may be watched again"
    for number in range(4):
        await find(store, queue, watching.org, 2 + number, f"name{number}.example")
        await look(app, queue, watching.org)
    watch = await watch_of(watching)
    assert (watch["forgotten"], watch["changes"]["totalCount"]) == (2, 2)
    assert [each["parts"][0]["caption"] for each in watch["changes"]["nodes"]] == [
        "name3.example",
        "name2.example",
    ]
