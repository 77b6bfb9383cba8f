"""Which entities are one, through the API and from the terminal: pairs, deciding, taking back, who is like whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from arq.connections import ArqRedis

from graph.identity.comparing import Resolver
from graph.model.contact import EmailAddress, PhoneNumber
from graph.model.network import DomainName
from graph.model.party import LegalEntity
from graph.store import Store
from server.jobs.events import Publisher
from tests.api.conftest import Caller, Command, MakeCaller
from tests.api.test_events import event, settle
from tests.api.test_sockets import greeted, subscribe
from tests.support.correlating import NOW, write
from tests.support.resolving import answer, person, reached, tell

NUMBER = PhoneNumber(number="+442079460018")
MAIL = EmailAddress(address="jane@example.org")
JANE = person("1", "Jane Doe", "1980-05-01")
JANE_TOO = person("2", "Doe, Jane", "1980-05-01")
JANE_AGAIN = person("3", "Jane A. Doe", "1980-05")

ROW = "id kind state score left { ... on Person { name } } right { id } vetoes { reason }"
LIST = f"""query M($states: [MatchState!], $kinds: [String!], $entity: ID, $least: Float!, $first: Int,
                  $after: String) {{
  matches(states: $states, kinds: $kinds, entity: $entity, leastScore: $least, first: $first, after: $after) {{
    totalCount pageInfo {{ endCursor hasNextPage }} nodes {{ {ROW} }} }} }}"""
ONE = """query M($id: ID!) { match(id: $id) {
  state explanation features { name similarity left right reason adds } shared { ... on PhoneNumber { number } }
  decision { verdict by comment isAutomatic } history { verdict withdrawnBy withdrawnComment } } }"""
IDENTITY = (
    "query I($entity: ID!) { identity(entity: $entity) { id members { id } matches { id } } }"
)
PREVIEW = (
    """query P($ids: [ID!]!) { previewMatches(ids: $ids, verdict: ACCEPTED) { members { id } } }"""
)
SIMILAR = """query S($id: ID!) {
  similar(id: $id) { score entity { id } explanation features { name } vetoes { reason } } }"""
DECIDE = """mutation D($ids: [ID!]!, $verdict: MatchVerdict!, $comment: String) {
  decideMatches(ids: $ids, verdict: $verdict, comment: $comment) { matches { id state } errors { code message } } }"""
UNDO = """mutation U($ids: [ID!]!, $comment: String) {
  undoMatches(ids: $ids, comment: $comment) { matches { id state } errors { code message } } }"""
STATE = """mutation S($left: ID!, $right: ID!, $overrules: Boolean! = false) {
  stateMatch(left: $left, right: $right, verdict: ACCEPTED, comment: "by hand", overrulesVetoes: $overrules) {
    matches { id state vetoes { reason } } errors { code message } } }"""


@pytest.fixture
async def people(store: Store, caller: Caller) -> list[str]:
    """The ids of three people who may be one."""
    await tell(
        store,
        caller.org,
        answer(JANE, *reached(JANE, NUMBER)),
        answer(JANE_TOO, *reached(JANE_TOO, NUMBER)),
        answer(JANE_AGAIN),
    )
    return [each.id_in(caller.org) for each in (JANE, JANE_TOO, JANE_AGAIN)]


async def listed(caller: Caller, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await caller.ask(LIST, **{"least": 0.0, **given}))["matches"]
    return found


async def test_pairs_are_listed_with_what_speaks_for_them(
    people: list[str], caller: Caller
) -> None:
    found = await listed(caller)
    assert found["totalCount"] == 3
    scores = [each["score"] for each in found["nodes"]]
    assert scores == sorted(scores, reverse=True)
    first = await listed(caller, first=1)
    rest = await listed(caller, after=first["pageInfo"]["endCursor"])
    assert [*first["nodes"], *rest["nodes"]] == found["nodes"]
    assert (await listed(caller, entity=people[2]))["totalCount"] == 2
    assert (await listed(caller, least=scores[0]))["totalCount"] == 1
    assert (await listed(caller, kinds=["LegalEntity"]))["nodes"] == []
    refused = (await caller.post(LIST, {"least": 0, "kinds": ["Nobody"]})).json()
    assert "no scorer 'Nobody'" in refused["errors"][0]["message"]

    one = (await caller.ask(ONE, id=found["nodes"][0]["id"]))["match"]
    by_name = {each["name"]: each for each in one["features"]}
    assert by_name["phone"]["left"] == by_name["phone"]["right"] == NUMBER.number
    assert by_name["phone"]["adds"] > 0
    assert "the same telephone number" in one["explanation"]
    assert one["shared"] == [{"number": NUMBER.number}]
    assert (one["decision"], one["history"]) == (None, [])


EACH = """query E($first: Int) { matches(leastScore: 0, first: $first, states: [OPEN, DEFERRED]) {
  nodes { compared decision { by } history(first: 5) { verdict } } } }"""


@pytest.mark.usefixtures("people")
async def test_what_each_pair_needs_is_read_for_all_at_once(caller: Caller, store: Store) -> None:
    await caller.ask(DECIDE, ids=[(await listed(caller))["nodes"][0]["id"]], verdict="DEFERRED")

    async def statements(first: int) -> int:
        before = store.statements
        found.append((await caller.ask(EACH, first=first))["matches"]["nodes"])
        return store.statements - before

    found: list[Any] = []
    one, three = [min([await statements(first) for _ in range(3)]) for first in (1, 3)]
    assert one == three  # of several tries the fewest: watches are looked at by a clock, too
    assert sorted(len(each["history"]) for each in found[-1]) == [0, 0, 1]
    assert [len(each["history"]) for each in found[-1] if each["decision"]] == [1]
    compared = [each["compared"] for each in found[-1]]
    assert all(each["left"] and each["left"] != each["right"] for each in compared)


async def test_what_is_decided_makes_an_identity_and_is_taken_back(
    people: list[str], caller: Caller
) -> None:
    ids = [each["id"] for each in (await listed(caller))["nodes"]]
    alone = (await caller.ask(IDENTITY, entity=people[0]))["identity"]
    assert [each["id"] for each in alone["members"]] == people[:1]

    would = (await caller.ask(PREVIEW, ids=ids[:2]))["previewMatches"]
    assert [[each["id"] for each in one["members"]] for one in would] == [sorted(people)]
    assert (await listed(caller))["totalCount"] == 3, "a preview keeps nothing"

    told = await caller.ask(DECIDE, ids=ids[:2], verdict="ACCEPTED", comment="met her")
    assert [each["state"] for each in told["decideMatches"]["matches"]] == ["ACCEPTED"] * 2
    found = (await caller.ask(IDENTITY, entity=people[2]))["identity"]
    assert [each["id"] for each in found["members"]] == sorted(people)
    assert {each["id"] for each in found["matches"]} == set(ids[:2])
    one = (await caller.ask(ONE, id=ids[0]))["match"]
    assert one["decision"] == {
        "verdict": "ACCEPTED", "by": caller.email, "comment": "met her", "isAutomatic": False,
    }  # fmt: skip

    refused = (await caller.ask(DECIDE, ids=ids[2:], verdict="REJECTED"))["decideMatches"]
    assert refused["errors"][0]["code"] == "CONFLICT"
    assert "take back what joins them" in refused["errors"][0]["message"]

    back = (await caller.ask(UNDO, ids=ids[:2], comment="her sister"))["undoMatches"]
    assert [each["state"] for each in back["matches"]] == ["OPEN"] * 2
    assert (await caller.ask(IDENTITY, entity=people[0]))["identity"] == alone
    one = (await caller.ask(ONE, id=ids[0]))["match"]
    assert one["history"] == [
        {"verdict": "ACCEPTED", "withdrawnBy": caller.email, "withdrawnComment": "her sister"}
    ]


async def test_by_hand_and_against_a_veto(people: list[str], caller: Caller, store: Store) -> None:
    other = person("9", "J. Smith", "1980-05-02")
    await tell(store, caller.org, answer(other))
    given = {"left": people[0], "right": other.id_in(caller.org)}
    refused = (await caller.ask(STATE, **given))["stateMatch"]
    assert refused["errors"][0]["code"] == "CONFLICT"
    told = (await caller.ask(STATE, **given, overrules=True))["stateMatch"]
    (made,) = told["matches"]
    assert made["state"] == "ACCEPTED"
    assert made["vetoes"]
    assert (await listed(caller, states=["ACCEPTED"]))["totalCount"] == 1


async def test_who_is_like_whom_is_asked_of_anybody(
    people: list[str], caller: Caller, store: Store
) -> None:
    namesake = person("5", "Jane Doe", "1991-01-01")
    await tell(store, caller.org, answer(namesake))
    found = (await caller.ask(SIMILAR, id=people[0]))["similar"]
    assert found[0]["entity"]["id"] == people[1]
    assert found[0]["score"] > found[-1]["score"]
    vetoed = next(each for each in found if each["entity"]["id"] == namesake.id_in(caller.org))
    assert vetoed["vetoes"], "too little for a pair, and told all the same"
    assert (await caller.ask(SIMILAR, id="none"))["similar"] is None
    await write(store, caller.org, answer(NUMBER))
    refused = (await caller.post(SIMILAR, {"id": NUMBER.id_in(caller.org)})).json()
    assert "others are not compared" in refused["errors"][0]["message"]


async def test_pairs_of_others_are_not_there(
    people: list[str], caller: Caller, make_caller: MakeCaller
) -> None:
    ids = [each["id"] for each in (await listed(caller))["nodes"]]
    other: Caller = await make_caller()
    assert (await listed(other))["totalCount"] == 0
    assert (await other.ask(ONE, id=ids[0]))["match"] is None
    assert (await other.ask(IDENTITY, entity=people[0]))["identity"] is None
    assert (await other.ask(SIMILAR, id=people[0]))["similar"] is None
    assert (await other.ask(PREVIEW, ids=ids[:1]))["previewMatches"] is None
    told = (await other.ask(DECIDE, ids=ids[:1], verdict="ACCEPTED"))["decideMatches"]
    assert told["errors"][0]["code"] == "NOT_FOUND"

    viewer: Caller = await make_caller("VIEWER", beside=caller)
    assert (await listed(viewer))["totalCount"] == 3
    refused = (await viewer.post(DECIDE, {"ids": ids[:1], "verdict": "ACCEPTED"})).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"


async def test_pairs_are_told_of_as_they_are_brought_up(
    store: Store, queue: ArqRedis, address: str, caller: Caller
) -> None:
    async with greeted(address, caller) as opened:
        wanted = 'subscription { matchRaised(kinds: ["Person"], leastScore: 0.9) { match { score left { kind } } } }'
        await opened.send(subscribe("1", wanted))
        await settle(opened)
        body, twin = (
            LegalEntity(
                jurisdiction="GB", registration_number=number, name="Example Instruments Ltd"
            )
            for number in ("1", "2")
        )
        site = DomainName(name="example-instruments.com")
        touched = await write(
            store,
            caller.org,
            answer(body, *reached(body, site)),
            answer(twin, *reached(twin, site)),
            answer(JANE, *reached(JANE, MAIL)),
            answer(JANE_TOO, *reached(JANE_TOO, MAIL)),
        )
        done = await Resolver(store).compare(caller.org, touched, NOW)
        for written in done.written:
            await Publisher(store, queue)(written)
        told = await event(opened, "matchRaised")
        assert told["match"]["left"] == {"kind": "Person"}
        await settle(opened)


@pytest.mark.timeout(180)
async def test_pairs_from_the_terminal(people: list[str], mirage: Command, tmp_path: Path) -> None:
    async def command(*arguments: str) -> Any:
        return await mirage("match", *arguments)

    found = (await command("list", "--kind", "Person", "--json"))["matches"]
    assert len(found) == 3
    first, second, third = (each["id"] for each in found)
    shown = await command("show", first)
    assert "the same telephone number" in shown
    would = (await command("accept", first, second, "--preview", "--json"))["identities"]
    assert [len(each["members"]) for each in would] == [3]
    assert "2 decided" in await command("accept", first, second, "--comment", "met her")
    assert len((await command("identity", people[0], "--json"))["members"]) == 3
    assert "by way of others" in await command("reject", third)
    assert "1 decided" in await command("undo", first, "--comment", "her sister")
    assert "taken back" in await command("show", first)
    assert "1 decided" in await command("defer", third)
    assert [each["id"] for each in (await command("list", "--json"))["matches"]] == [first]
    assert len((await command("similar", people[0], "--json"))["similar"]) == 2
    stated = (await command("state", people[0], people[1], "two", "--json"))["matches"]
    assert [each["state"] for each in stated] == ["REJECTED"]
    assert "there is no match" in await command("show", "none")
    file = tmp_path / "labels.jsonl"
    told = await command("labels", str(file), "--json")
    assert (told["pairs"], told["Person"]) == (2, "1 one, 1 two")
    labels = [json.loads(line) for line in file.read_text().splitlines()]
    assert {label["is_one"] for label in labels} == {True, False}
    assert labels[0]["left"]["kind"] == "Person"
    assert "ten of each are needed" in await command("fit", str(file), "--kind", "Person")
