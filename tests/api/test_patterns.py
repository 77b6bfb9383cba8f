"""Patterns over the API: keeping and trying them, their rows as they move, and to whom none of it is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from graph.correlate.anchors import Touched
from graph.patterns.watching import Patterns
from graph.store import Store
from graph.writer import Writer
from server.jobs.events import Publisher
from server.jobs.queue import CORRELATOR_QUEUE, Queue
from tests.api.conftest import Caller, Command, MakeCaller
from tests.api.test_events import event, settle
from tests.api.test_sockets import greeted, said, subscribe
from tests.support.correlating import MAIL, NEW, NOW, OLD, SITE, day, presents, touched_by
from tests.support.patterns import FAILS, NAME, TEXT

ROW = "id values enteredAt leftAt subject { caption } entities { id }"
ABOUT = """id name isTold title summary subjectKind number state text failure { reason at } forgotten
  columns { name type summary }"""
SAVE = f"""mutation S($name: String!, $text: String!, $expects: Int, $told: Boolean) {{
  savePattern(name: $name, text: $text, expects: $expects, isTold: $told) {{
    pattern {{ {ABOUT} }} errors {{ code message }} }} }}"""
DELETE = "mutation D($id: ID!) { deletePattern(id: $id) { errors { code message } } }"
TRY = """query T($text: String!, $first: Int! = 50) { tryPattern(text: $text, first: $first) {
  looks isWhole tookMs columns { name } rows { values subject { caption } entities { id } } } }"""
ROWS = f"""query R($id: ID!, $first: Int, $after: String, $in: Boolean, $since: DateTime) {{
  pattern(id: $id) {{ {ABOUT}
    rows(first: $first, after: $after, isIn: $in, since: $since) {{
      totalCount pageInfo {{ endCursor hasNextPage }} nodes {{ {ROW} }} }} }} }}"""
FOLLOW = f"""subscription F($id: ID!, $after: String) {{
  patternChanged(id: $id, after: $after) {{ cursor change row {{ {ROW} }} }} }}"""


async def saved(caller: Caller, text: str = TEXT, name: str = NAME, **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await caller.ask(SAVE, name=name, text=text, **given))["savePattern"]
    return told


async def listed(caller: Caller, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await caller.ask(ROWS, **{"id": NAME, **given}))["pattern"]
    return found


async def write(store: Store, org: str, *answers: Any, tlp: str = "") -> Touched:
    async with Writer(store) as writer:
        return touched_by(await writer.write(org, [replace(each, tlp=tlp) for each in answers]))


async def look(store: Store, queue: Queue, org: str, touched: Touched, now: Any = NOW) -> None:
    """Do what a correlator does: evaluate, and publish what came of it."""
    for one in (await Patterns(store).evaluate(org, touched, now)).written:
        await Publisher(store, queue)(one)


@pytest.fixture
async def found(caller: Caller, store: Store) -> Caller:
    """Somebody whose pattern has two rows."""
    await write(store, caller.org, presents(SITE, OLD, day(-2)), presents(MAIL, OLD, day(-2)))
    assert (await saved(caller))["errors"] == []
    await Patterns(store).follow(caller.org, NOW)
    return caller


async def test_a_pattern_is_kept_and_told(caller: Caller, queue: Queue, store: Store) -> None:
    before = await queue.zcard(CORRELATOR_QUEUE)
    first = (await saved(caller, expects=0))["pattern"]
    assert await queue.zcard(CORRELATOR_QUEUE) >= before
    assert first == {
        "id": first["id"],
        "name": NAME,
        "isTold": False,
        "title": "Certificates that services present",
        "summary": "A row for each service and certificate, with its last day.",
        "subjectKind": "NetworkService",
        "number": 1,
        "state": "WAITING",
        "text": TEXT,
        "failure": None,
        "forgotten": 0,
        "columns": [
            {"name": "subject", "type": "NetworkService", "summary": "who presents it"},
            {"name": "evidence", "type": "list<TLSCertificate>", "summary": ""},
            {"name": "links", "type": "list<link>", "summary": ""},
            {"name": "until", "type": "datetime", "summary": "when it ends"},
        ],
    }
    await Patterns(store).follow(caller.org, NOW)
    [listed_] = (await caller.ask("{ patterns { id name state } }"))["patterns"]
    assert listed_ == {"id": first["id"], "name": NAME, "state": "CURRENT"}
    told = (await saved(caller, told=True))["pattern"]
    assert (told["isTold"], told["number"]) == (True, 2)
    assert (await saved(caller))["pattern"]["isTold"], "as it is"
    refused = await saved(caller, FAILS, expects=0)
    assert refused["errors"][0]["code"] == "CONFLICT"
    for wrong, name, code in (
        (TEXT.replace("RETURN", "DELETE subject RETURN"), NAME, "INVALID_RULE"),
        (TEXT, "Not A Name", "INVALID_QUESTION"),
        (TEXT + " " * 20_000, NAME, "LIMIT_EXCEEDED"),
    ):
        assert (await saved(caller, wrong, name))["errors"][0]["code"] == code
    assert (await caller.ask(DELETE, id=NAME))["deletePattern"]["errors"] == []
    assert (await caller.ask(DELETE, id=NAME))["deletePattern"]["errors"][0]["code"] == "NOT_FOUND"
    assert (await caller.ask("{ patterns { id } }"))["patterns"] == []


async def test_how_many_there_may_be_is_a_setting(caller: Caller) -> None:
    told = await caller.ask(
        "mutation C($set: JSON) { configure(input: {set: $set}) { errors { message } } }",
        set={"patterns.most": 1},
    )
    assert told["configure"]["errors"] == []
    assert (await saved(caller))["errors"] == []
    [error] = (await saved(caller, name="another"))["errors"]
    assert error["code"] == "LIMIT_EXCEEDED"
    assert "patterns.most" in error["message"]
    assert (await saved(caller, FAILS))["errors"] == [], "one that is there may be changed"


async def test_rows_are_told_with_what_they_name_page_by_page(
    found: Caller, store: Store, queue: Queue
) -> None:
    told = await listed(found)
    assert (told["state"], told["rows"]["totalCount"]) == ("CURRENT", 2)
    row = next(each for each in told["rows"]["nodes"] if each["subject"]["caption"] == SITE.key)
    site, old = SITE.id_in(found.org), OLD.id_in(found.org)
    assert row["values"] == {
        "subject": site,
        "evidence": [old],
        "until": "2026-05-01T00:00:00+00:00",
    }
    assert {each["id"] for each in row["entities"]} == {site, old}
    assert (row["enteredAt"][:10], row["leftAt"]) == ("2026-06-01", None)

    first = await listed(found, first=1)
    rest = await listed(found, first=1, after=first["rows"]["pageInfo"]["endCursor"])
    ids = [each["rows"]["nodes"][0]["id"] for each in (first, rest)]
    assert sorted(ids) == sorted(each["id"] for each in told["rows"]["nodes"])
    assert not rest["rows"]["pageInfo"]["hasNextPage"]

    # What whoever was away since noon would ask for.
    touched = await write(store, found.org, presents(SITE, NEW, day(1)))
    await look(store, queue, found.org, touched, day(1))
    news = await listed(found, since="2026-06-01T13:00:00Z", **{"in": None})
    assert sorted(each["leftAt"] is None for each in news["rows"]["nodes"]) == [False, True]
    left = (await listed(found, **{"in": False}))["rows"]
    assert [each["id"] for each in left["nodes"]] == [row["id"]]
    assert (await listed(found))["rows"]["totalCount"] == 2


async def test_rows_are_followed_and_resumed(
    found: Caller, store: Store, queue: Queue, address: str
) -> None:
    async with greeted(address, found) as opened:
        await opened.send(subscribe("1", FOLLOW, id=NAME))
        await settle(opened)
        touched = await write(store, found.org, presents(SITE, None, day(1)))
        await look(store, queue, found.org, touched, day(1))
        first = await event(opened, "patternChanged")
        assert (first["change"], first["row"]["subject"]["caption"]) == ("LEFT", SITE.key)
        assert first["row"]["leftAt"][:10] == "2026-06-02"

    # Something happens while nobody listens.
    touched = await write(store, found.org, presents(SITE, NEW, day(2)))
    await look(store, queue, found.org, touched, day(2))
    [kept] = (await found.ask("{ patterns { id } }"))["patterns"]
    async with greeted(address, found) as opened:
        await opened.send(subscribe("1", FOLLOW, id=kept["id"], after=first["cursor"]))
        second = await event(opened, "patternChanged")
        assert (second["change"], second["row"]["values"]["until"][:10]) == (
            "ENTERED",
            "2026-12-01",
        )
        await settle(opened)
        await opened.send(subscribe("2", FOLLOW, id="unknown"))
        assert (await said(opened))["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_rows_are_told_to_nobody_who_may_not_read_all_of_them(
    caller: Caller, store: Store, queue: Queue, address: str, make_caller: MakeCaller
) -> None:
    await write(store, caller.org, presents(SITE, OLD, day(-2)))
    await write(store, caller.org, presents(MAIL, NEW, day(-2)), tlp="RED")
    await saved(caller)
    await saved(caller, FAILS, "failing")
    await Patterns(store).follow(caller.org, NOW)
    low = await make_caller("LEAD", beside=caller, clearance="GREEN")

    assert (await listed(caller))["rows"]["totalCount"] == 2
    told = await listed(low)
    assert [each["subject"]["caption"] for each in told["rows"]["nodes"]] == [SITE.key]
    assert told["rows"]["totalCount"] == 1
    assert (told["text"], told["forgotten"]) == (None, None)
    failing = await listed(low, id="failing")
    assert (failing["state"], failing["failure"]["reason"]) == ("FAILED", None)
    assert "by zero" in (await listed(caller, id="failing"))["failure"]["reason"]

    async with greeted(address, low) as opened:
        await opened.send(subscribe("1", FOLLOW, id=NAME))
        await settle(opened)
        # One leaves that they may not read, then one that they may.
        for service, hour, tlp in ((MAIL, 1, "RED"), (SITE, 2, "")):
            touched = await write(
                store, caller.org, presents(service, None, day(0.1 * hour)), tlp=tlp
            )
            await look(store, queue, caller.org, touched, day(0.1 * hour))
        first = await event(opened, "patternChanged")
        assert (first["change"], first["row"]["subject"]["caption"]) == ("LEFT", SITE.key)
    assert (await listed(low, **{"in": False}))["rows"]["totalCount"] == 1
    assert (await listed(caller, **{"in": False}))["rows"]["totalCount"] == 2


async def test_whose_clearance_falls_is_told_less(
    found: Caller, store: Store, queue: Queue, make_caller: MakeCaller, app: Starlette
) -> None:
    """What they have open ends by then (tests/api/test_revocation.py)."""
    analyst = await make_caller("ANALYST", beside=found)
    touched = await write(store, found.org, presents(SITE, NEW, day(1)), tlp="RED")
    await look(store, queue, found.org, touched, day(1))
    assert (await listed(analyst))["rows"]["totalCount"] == 2
    await store.execute(
        "MATCH (m:Membership {id: $id}) SET m.clearance = 'GREEN'", {"id": analyst.id}
    )
    app.state.services.gate._known.clear()  # what time would do
    told = (await listed(analyst))["rows"]
    assert {each["values"]["until"][:10] for each in told["nodes"]} == {"2026-05-01"}


async def test_who_may_do_what(found: Caller, make_caller: MakeCaller) -> None:
    viewer = await make_caller("VIEWER", beside=found)
    assert (await listed(viewer))["rows"]["totalCount"] == 2
    for question, given in (
        (SAVE, {"name": NAME, "text": TEXT}),
        (DELETE, {"id": NAME}),
        (TRY, {"text": TEXT}),
    ):
        refused = (await viewer.post(question, given)).json()
        assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    lead = await make_caller("LEAD", beside=found, clearance="AMBER")
    for question, given in (
        (SAVE, {"name": NAME, "text": TEXT}),
        (DELETE, {"id": NAME}),
        (TRY, {"text": TEXT}),
    ):
        refused = (await lead.post(question, given)).json()
        assert "needs the clearance RED" in refused["errors"][0]["message"]
    other = await make_caller()
    [kept] = (await found.ask("{ patterns { id } }"))["patterns"]
    for called in (NAME, kept["id"]):
        assert (await other.ask(ROWS, id=called))["pattern"] is None
        told = (await other.ask(DELETE, id=called))["deletePattern"]
        assert told["errors"][0]["code"] == "NOT_FOUND"
    assert (await listed(found))["rows"]["totalCount"] == 2


async def test_a_pattern_is_tried(caller: Caller, store: Store) -> None:
    await write(store, caller.org, presents(SITE, OLD, day(-2)), presents(MAIL, OLD, day(-2)))
    told = (await caller.ask(TRY, text=TEXT))["tryPattern"]
    assert (told["looks"], told["isWhole"], len(told["rows"])) == (2, True, 2)
    assert {each["subject"]["caption"] for each in told["rows"]} == {SITE.key, MAIL.key}
    assert [each["name"] for each in told["columns"]][-1] == "until"
    assert not (await caller.ask(TRY, text=TEXT, first=1))["tryPattern"]["isWhole"]
    refused = (await caller.post(TRY, {"text": FAILS})).json()
    assert "by zero" in refused["errors"][0]["message"]
    assert (await caller.ask("{ patterns { id } }"))["patterns"] == []


@pytest.mark.timeout(180)
async def test_patterns_from_the_terminal(found: Caller, mirage: Command, tmp_path: Path) -> None:
    async def command(*arguments: str) -> Any:
        return await mirage("pattern", *arguments)

    file = tmp_path / "also_presented.cypher"
    file.write_text(TEXT)
    tried = (await command("try", str(file), "--json"))["rows"]
    assert len(tried) == 2
    made = await command("save", str(file), "--json")
    assert (made["name"], made["number"], made["state"]) == ("also_presented", 1, "WAITING")
    assert [each["name"] for each in (await command("list", "--json"))["patterns"]] == [
        "also_presented",
        NAME,
    ]
    assert "Certificates that services present" in await command("show", NAME)
    rows = (await command("rows", NAME, "--json"))["rows"]
    assert {each["about"] for each in rows} == {
        f"NetworkService {SITE.key}",
        f"NetworkService {MAIL.key}",
    }
    assert (await command("rows", NAME, "--past", "--json"))["rows"] == []
    assert "gone" in await command("delete", "also_presented")
    assert "there is no pattern" in await command("show", "also_presented")
    assert found.org
