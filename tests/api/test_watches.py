"""Watched queries: what changes in their answers is kept and told, once, and to their owners alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from graph.facts import Outcome
from graph.model.network import DomainName, IPAddress
from graph.store import Store
from server.commands.answers import Endpoint, Refusal
from server.commands.documents.saved import QUERY_CHANGED
from server.graphql.events.stream import events_of
from server.graphql.watches import looking
from server.jobs.events import STREAM, Publisher
from server.jobs.queue import Queue
from server.web.watching import make_watcher
from tests.api.conftest import Caller, Command, MakeCaller
from tests.api.test_events import event, settle, writing
from tests.api.test_sockets import greeted, said, subscribe
from tests.support.facts import answer
from tests.support.watched import look

DOCUMENT = """query Names($first: Int! = 50) { domainNames(first: $first) {
  totalCount edges { cursor node { id key lastSeen dnsStatus } } } }"""
PARTS = "parts { change path id caption before after isCut }"
ABOUT = f"""id name watch {{ since checkedAt state isTold forgotten failure {{ at reason }} answer
  changes(first: 50) {{ totalCount nodes {{ id at entered left changed {PARTS} }} }} }}"""
SAVE = """mutation S($input: SaveQueryInput!) {
  saveQuery(input: $input) { query { id watch { state } } errors { code message } } }"""
WATCH = f"""mutation W($id: ID!, $told: Boolean) {{
  watchQuery(id: $id, isTold: $told) {{ query {{ {ABOUT} }} errors {{ code message }} }} }}"""
UNWATCH = "mutation U($id: ID!) { unwatchQuery(id: $id) { query { watch { state } } errors { code message } } }"
ONE = f"query O($id: ID!) {{ savedQuery(id: $id) {{ {ABOUT} }} }}"
FOLLOW = f"""subscription F($id: ID!, $after: String) {{
  watchChanged(id: $id, after: $after) {{ cursor at query change {{ id entered left changed {PARTS} }} }} }}"""


@pytest.fixture(autouse=True)
async def soon(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let watches be looked at as often as tests write, and those of other tests not at all."""
    monkeypatch.setattr(looking, "PAUSE_S", 0.0)
    monkeypatch.setattr(looking, "PAUSES", 0)
    await store.execute("MATCH (w:Watch) WHERE w.org > '' DELETE w")


async def saved(caller: Caller, name: str = "names", **given: Any) -> dict[str, Any]:
    input_ = {"name": name, "document": DOCUMENT, **given}
    told: dict[str, Any] = (await caller.ask(SAVE, input=input_))["saveQuery"]
    return told


async def watched(caller: Caller, name: str = "names", **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await caller.ask(WATCH, id=name, **given))["watchQuery"]
    return told


async def watch_of(caller: Caller, name: str = "names") -> dict[str, Any]:
    found: dict[str, Any] = (await caller.ask(ONE, id=name))["savedQuery"]["watch"]
    return found


def keys(watch: dict[str, Any]) -> list[str]:
    return sorted(each["node"]["key"] for each in watch["answer"]["domainNames"]["edges"])


async def find(
    store: Store, queue: Queue, org: str, second: float, *names: str, tlp: str = ""
) -> None:
    """An answer in which these names come up."""
    async with writing(store, queue) as writer:
        found = [DomainName(name=name) for name in names]
        said = answer(found[0], second, *found, nonce=str(second))
        await writer.write(org, [replace(said, tlp=tlp)])


@pytest.fixture
async def watching(caller: Caller, store: Store, queue: Queue, app: Starlette) -> Caller:
    """Somebody who watches one name."""
    await find(store, queue, caller.org, 1, "one.example")
    assert (await saved(caller))["errors"] == []
    assert (await watched(caller))["errors"] == []
    await look(app, queue, caller.org)
    return caller


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
    for _ in range(150):
        if (await watch_of(watching))["changes"]["totalCount"]:
            break
        await asyncio.sleep(0.2)
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


@pytest.mark.timeout(180)
async def test_watches_from_the_terminal(
    watching: Caller, mirage: Command, address: str, store: Store, queue: Queue, app: Starlette
) -> None:
    told = await mirage("saved", "watch", "names", "--told")
    assert "is told" in told
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
