"""What lies above a caller's clearance does not exist for them: in no field, count, order, filter, change or event.

What they are told is recorded before anything is kept from them, and must be the same once there is: nothing may show
that it is there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from graph.facts import Outcome
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from graph.writer import Writer
from server.graphql.execution import Executor
from server.graphql.schema import core_schema
from server.jobs.events import Publisher
from server.jobs.queue import Queue
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_isolation import UNKNOWN, everything_of, with_ids
from tests.api.test_sockets import greeted, said, subscribe
from tests.support.asking import Asking
from tests.support.everything import (
    STRIPES,
    open_things,
    secret_things,
    write_open,
    write_secret,
)
from tests.support.facts import answer, moment
from tests.support.hearing import hear, questions, told_of, unlike

SCHEMA = core_schema()
NAME, HIDDEN = DomainName(name="shop.example"), DomainName(name=f"{STRIPES}.example")
ADDRESS, OTHER = IPAddress(address="192.0.2.1"), IPAddress(address="192.0.2.2")


@dataclass(frozen=True)
class Pair:
    """Two members of one organization: one cleared for everything, one for what the community may know."""

    cleared: Caller
    limited: Caller

    @property
    def org(self) -> str:
        return self.cleared.org


@pytest_asyncio.fixture(loop_scope="session")
async def pair(make_caller: MakeCaller) -> Pair:
    cleared = await make_caller()
    return Pair(cleared, await make_caller("OWNER", cleared, "GREEN"))


WHOLE = (
    "{ entities(first: 200) { nodes { id notes { id } } } }",
    "{ entities(first: 200) { nodes { links(first: 100) { edges { link { id } } } } } }",
    "{ findings(first: 200) { nodes { id notes { id } } } }",
    "{ scans(first: 10) { nodes { id runs(first: 10) { nodes { id } } } } }",
    "{ matches(first: 100, states: [ACCEPTED]) { nodes { id left { id } right { id } } } }",
    "{ lookAlikes(first: 100) { nodes { id } } }",
    "{ savedQueries { id } }",
    "{ channels { nodes { deliveries(first: 10) { nodes { id } } } } }",
)


@pytest.mark.timeout(1_200)
@pytest.mark.usefixtures("patient")
async def test_what_is_above_the_clearance_does_not_exist(pair: Pair, store: Store) -> None:
    await write_open(store, pair.org, pair.cleared.id)
    secret = secret_things(pair.org)
    foreign = [each for ids in secret.ids.values() for each in ids[:2]]
    wanted = questions(Asking(SCHEMA, open_things(pair.org), foreign), share=0.2)
    before = await hear(pair.limited, wanted)
    await write_secret(store, pair.org, pair.cleared.id, "AMBER")
    after = await hear(pair.limited, wanted, again=True)

    assert unlike(before, after) == []
    assert {each for each in (*secret.all_ids, STRIPES) if each in after.text} == set()
    whole = repr([await pair.cleared.ask(each) for each in WHOLE])
    assert {each for each in secret.all_ids if each not in whole} == set(), "it is there"


async def test_a_change_of_what_is_hidden_is_one_of_what_is_not_there(
    pair: Pair, store: Store
) -> None:
    await write_open(store, pair.org, pair.cleared.id)
    await write_secret(store, pair.org, pair.cleared.id, "RED")
    made = await pair.cleared.ask(ASSERT, input=_asserted("other.example", "RED"))
    things = {**secret_things(pair.org).ids, "claim": (made["assertFact"]["claim"],)}
    before = await everything_of(store, pair.org)
    unknown = {
        place: await told_of(pair.limited, each, UNKNOWN)
        for place, each in enumerate(with_ids(UNKNOWN))
        if not is_about_the_organization(each)
    }
    for ids in things.values():
        asked = with_ids(ids[0])
        for place, expected in unknown.items():
            assert await told_of(pair.limited, asked[place], ids[0]) == expected, asked[place]
    assert await everything_of(store, pair.org) ^ before == set()


def is_about_the_organization(mutation: str) -> bool:
    """Whether it would change the pair's own organization, whatever id it is given."""
    return any(word in mutation for word in ("leaveOrganization", "createTeam", "createKey"))


ASSERT = """mutation A($input: AssertFactInput!) { assertFact(input: $input) { claim errors { code message }
  entity { key kind caption holds confidence supports marking tags seen { ended } links { totalCount }
    why { collector } ... on DomainName { dnsStatus } } } }"""


def _asserted(key: str, marking: str | None = None) -> dict[str, Any]:
    properties = {"dnsStatus": "resolves"}
    return {
        "entity": {"kind": "DomainName", "key": key, "properties": properties},
        "marking": marking,
    }


async def test_stating_what_is_hidden_tells_no_more_than_was_stated(
    pair: Pair, store: Store
) -> None:
    described = HIDDEN.model_copy(update={"dns_status": "no_addresses", "aliases": ("Moth",)})
    async with Writer(store) as writer:
        await writer.write(pair.org, [answer(HIDDEN, 1, described, tlp="RED", reliability=0.99)])
    told = []
    for key in (HIDDEN.key, "unknown.example"):
        made = (await pair.limited.ask(ASSERT, input=_asserted(key)))["assertFact"]
        assert made.pop("claim")
        made["entity"].pop("why")
        told.append(repr(made).replace(key, "KEY"))
    assert told[0] == told[1]
    withdraw = "mutation W($id: ID!) { withdrawFact(id: $id) { errors { code } entity { key } } }"
    seen = (await pair.limited.ask(ASSERT, input=_asserted("mine.example", "GREEN")))["assertFact"]
    assert seen["entity"]["marking"] == "GREEN"
    gone = (await pair.limited.ask(withdraw, id=seen["claim"]))["withdrawFact"]
    assert gone == {"errors": [], "entity": {"key": "mine.example"}}


async def test_nobody_marks_above_their_own_clearance(pair: Pair) -> None:
    answered = await pair.limited.post(ASSERT, {"input": _asserted("a.example", "RED")})
    assert answered.json()["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    mine = (await pair.limited.ask(ASSERT, input=_asserted("a.example")))["assertFact"]
    assert mine["errors"] == []


NOTED = "mutation N($id: ID!, $text: String!, $marking: Marking) { note(id: $id, text: $text, marking: $marking) { note { text marking } errors { code } } }"  # noqa: E501
NOTES = '{ domainName(key: "shop.example") { notes { text marking author } } }'


async def test_a_marked_note_is_for_those_who_may_read_it(pair: Pair, store: Store) -> None:
    async with Writer(store) as writer:
        await writer.write(pair.org, [answer(NAME, 1, NAME)])
    about = NAME.id_in(pair.org)
    for text, marking in (("open", None), ("for few", "AMBER_STRICT")):
        made = (await pair.cleared.ask(NOTED, id=about, text=text, marking=marking))["note"]
        assert made == {"note": {"text": text, "marking": marking}, "errors": []}
    refused = (
        await pair.limited.post(NOTED, {"id": about, "text": "x", "marking": "AMBER"})
    ).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    for ways in (False, True):
        with pytest.MonkeyPatch.context() as patched:
            if ways:
                patched.setattr(Executor, "_compiled_operation", lambda *_: None)
            all_notes = (await pair.cleared.ask(NOTES))["domainName"]["notes"]
            some = (await pair.limited.ask(NOTES))["domainName"]["notes"]
        assert [each["text"] for each in all_notes] == ["for few", "open"]
        assert [(each["text"], each["marking"]) for each in some] == [("open", None)]


HISTORY = """query H($at: DateTime) { domainName(key: "shop.example", at: $at) {
  holds firstSeen lastSeen supports confidence changedAt seen { from to ended } dnsStatus why { collector } } }"""


async def test_of_what_others_stated_too_the_history_is_that_of_the_readable(
    pair: Pair, store: Store
) -> None:
    """RED claims hold the name from 10 to 100, an open one from 30 to 50 and from 70 on."""

    def stated(status: str) -> DomainName:
        return NAME.model_copy(update={"dns_status": status})

    async with Writer(store) as writer:
        await writer.write(pair.org, [
            answer(NAME, 10, stated("no_addresses"), collector="test.red", tlp="RED"),
            answer(NAME, 30, stated("resolves"), collector="test.open"),
            answer(NAME, 40, stated("resolves"), collector="test.open", nonce="again"),
            answer(NAME, 50, outcome=Outcome.ABSENT, collector="test.open", nonce="gone"),
            answer(NAME, 70, stated("resolves"), collector="test.open", nonce="back"),
            answer(NAME, 90, stated("resolves"), collector="test.red", tlp="RED", nonce="later"),
        ])  # fmt: skip

    def at(second: float) -> str:
        return moment(second).isoformat(timespec="seconds").replace("+00:00", "Z")

    async def told(second: float | None) -> dict[str, Any] | None:
        found: dict[str, Any] | None = (
            await pair.limited.ask(HISTORY, at=None if second is None else at(second))
        )["domainName"]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Executor, "_compiled_operation", lambda *_: None)
            resolved = await pair.limited.ask(HISTORY, at=None if second is None else at(second))
        assert resolved["domainName"] == found
        return found

    now = await told(None)
    assert now == {
        "holds": True, "firstSeen": at(30), "lastSeen": at(70), "supports": 1, "confidence": 0.8, "changedAt": None,
        "seen": [
            {"from": at(30), "to": at(40), "ended": at(50)}, {"from": at(70), "to": at(70), "ended": None},
        ],
        "dnsStatus": "resolves", "why": [{"collector": "test.open"}],
    }  # fmt: skip
    assert await told(20) is None, "nobody had said so openly"
    then = await told(45)
    assert then is not None
    assert (then["holds"], then["dnsStatus"], then["seen"]) == (
        True, None, [{"from": at(30), "to": at(40), "ended": None}],
    )  # fmt: skip
    between = await told(60)
    assert between is not None
    assert (between["holds"], between["lastSeen"]) == (False, at(40))
    whole = (await pair.cleared.ask(HISTORY, at=at(20)))["domainName"]
    assert (whole["holds"], whole["dnsStatus"]) == (True, "no_addresses")


async def test_values_stay_told_where_only_the_other_end_is_confidential(
    pair: Pair, store: Store
) -> None:
    """A confidential report that mentions an open name does not take the name's history away."""
    link = ResolvesTo(source=NAME, target=ADDRESS, rrtype="A")
    async with Writer(store) as writer:
        for second, status in ((10, "no_addresses"), (20, "resolves")):
            said_so = NAME.model_copy(update={"dns_status": status})
            await writer.write(pair.org, [answer(NAME, second, said_so, collector="test.open")])
        before = [await pair.limited.ask(HISTORY, at=moment(s).isoformat()) for s in (15, 25)]
        await writer.write(pair.org, [answer(OTHER, 5, link, collector="test.red", tlp="RED")])
    assert [await pair.limited.ask(HISTORY, at=moment(s).isoformat()) for s in (15, 25)] == before
    assert before[0]["domainName"]["dnsStatus"] == "no_addresses"


async def test_events_about_what_is_hidden_do_not_arrive(
    address: str, pair: Pair, store: Store, queue: Queue
) -> None:
    query = "subscription { entityFound { cursor entity { key } } }"
    async with (
        Writer(store, Publisher(store, queue)) as writer,
        greeted(address, pair.limited) as limited,
        greeted(address, pair.cleared) as cleared,
    ):
        for opened in (limited, cleared):
            await opened.send(subscribe("1", query))
        await asyncio.sleep(0.2)
        await writer.write(pair.org, [
            answer(HIDDEN, 1, HIDDEN, collector="test.red", tlp="RED"),
            answer(NAME, 1, NAME, collector="test.open"),
        ])  # fmt: skip
        told = (await said(limited))["payload"]["data"]["entityFound"]
        assert told["entity"]["key"] == NAME.key
        both = [(await said(cleared))["payload"]["data"]["entityFound"] for _ in range(2)]
        assert {each["entity"]["key"] for each in both} == {NAME.key, HIDDEN.key}
        assert told["cursor"] in {each["cursor"] for each in both}
        await limited.send('{"type": "ping"}')
        assert (await said(limited))["type"] == "pong", "and nothing else"


async def test_one_s_own_scan_is_seen_whatever_it_names(pair: Pair, store: Store) -> None:
    async with Writer(store) as writer:
        await writer.write(pair.org, [answer(HIDDEN, 1, HIDDEN, tlp="RED")])
    start = """mutation S($seed: String!) { startScan(input: {seeds: [$seed]}) {
      run { name state reached reason seeds scan { name runs { totalCount } } } errors { code } } }"""
    told = []
    for seed in (HIDDEN.key, "unknown.example"):
        made = await pair.limited.ask(start, seed=seed)
        told.append(repr(made).replace(seed, "SEED"))
    assert told[0] == told[1]
    theirs = (await pair.cleared.ask(start, seed=HIDDEN.key))["startScan"]["run"]
    assert theirs["seeds"] == [HIDDEN.key]
    seen = await pair.limited.ask("{ runs { totalCount nodes { seeds } } scans { totalCount } }")
    assert (seen["runs"]["totalCount"], seen["scans"]["totalCount"]) == (2, 2)
