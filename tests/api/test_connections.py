"""How two entities are connected: the most credible ways, and what the connection hangs on."""

from __future__ import annotations

from typing import Any

import pytest

from graph.facts import Outcome
from graph.identity.deciding import Deciding, Verdict
from graph.model.affiliation import HasEmail
from graph.model.base import Entity
from graph.model.contact import EmailAddress
from graph.model.intelligence import Feed
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import CnameTo, ResolvesTo
from graph.model.threat import ListedIn
from graph.store import Store
from graph.writer import Writer
from tests.api.conftest import Caller, MakeCaller
from tests.support.facts import answer, moment, stated
from tests.support.resolving import person

ASK = """query C(
  $from: ID!, $to: ID!, $k: Int, $longest: Int, $types: [RelationshipType!], $at: DateTime, $resolved: Boolean
) {
  connection(from: $from, to: $to, k: $k, maxLength: $longest, types: $types, at: $at, resolved: $resolved) {
    isWhole cut { type from { key } to { key } }
    ways { credibility confidence specificity nodes { key } links { type } } } }"""
SHOP, BLOG, MIDDLE = (DomainName(name=f"{each}.example") for each in ("shop", "blog", "middle"))
OWN, SHARED = IPAddress(address="192.0.2.1"), IPAddress(address="198.51.100.1")


def resolves(name: DomainName, address: IPAddress) -> ResolvesTo:
    return ResolvesTo(source=name, target=address, rrtype="A")


async def told(caller: Caller, one: Entity, other: Entity, **given: Any) -> Any:
    ids = {"from": one.id_in(caller.org), "to": other.id_in(caller.org)}
    return (await caller.ask(ASK, **ids, **given))["connection"]


def through(found: Any) -> list[list[str]]:
    return [[node["key"] for node in way["nodes"][1:-1]] for way in found["ways"]]


@pytest.fixture
async def _known(store: Store, caller: Caller) -> None:
    """Two names: both at an address of a hundred names; both by way of a third at one of their own."""
    many = [resolves(DomainName(name=f"n{n}.example"), SHARED) for n in range(98)]
    await stated(store, caller.org, 10, resolves(SHOP, SHARED), resolves(BLOG, SHARED), *many)
    await stated(
        store,
        caller.org,
        20,
        CnameTo(source=SHOP, target=MIDDLE),
        resolves(MIDDLE, OWN),
        resolves(BLOG, OWN),
    )


@pytest.mark.usefixtures("_known")
async def test_what_few_have_in_common_says_more_than_what_many_have(caller: Caller) -> None:
    found = await told(caller, SHOP, BLOG)
    assert through(found) == [["middle.example", "192.0.2.1"], ["198.51.100.1"]]
    assert found["isWhole"]
    assert [(w["confidence"], w["specificity"]) for w in found["ways"]] == [
        (0.512, 1.0), (0.64, pytest.approx(0.6)),
    ]  # fmt: skip
    assert [each["type"] for each in found["ways"][0]["links"]] == [
        "CNAME_TO",
        "RESOLVES_TO",
        "RESOLVES_TO",
    ]
    cut = {(each["from"]["key"], each["to"]["key"]) for each in found["cut"]}
    assert len(cut) == 2
    assert through(await told(caller, SHOP, BLOG, longest=2)) == [["198.51.100.1"]]
    assert through(await told(caller, SHOP, BLOG, k=1)) == [["middle.example", "192.0.2.1"]]
    assert through(await told(caller, SHOP, BLOG, types=["RESOLVES_TO"])) == [["198.51.100.1"]]


@pytest.mark.usefixtures("_known")
async def test_what_is_listed_as_common_says_little(store: Store, caller: Caller) -> None:
    feed = Feed(slug="common", polarity="known_common")
    await stated(store, caller.org, 30, ListedIn(source=SHARED, target=feed))
    [way] = (await told(caller, SHOP, BLOG, longest=2))["ways"]
    assert way["specificity"] == 0.1


@pytest.mark.usefixtures("_known")
async def test_it_is_answered_as_it_was(store: Store, caller: Caller) -> None:
    async with Writer(store) as writer:
        gone = answer(SHOP, 40, outcome=Outcome.ABSENT, collector="test.20.0", nonce="gone")
        await writer.write(caller.org, [gone])
    assert through(await told(caller, SHOP, BLOG)) == [["198.51.100.1"]]
    then = await told(caller, SHOP, BLOG, at=moment(25).isoformat())
    assert sorted(through(then)) == [["198.51.100.1"], ["middle.example", "192.0.2.1"]]
    assert through(await told(caller, SHOP, BLOG, at=moment(15).isoformat())) == [["198.51.100.1"]]
    assert await told(caller, SHOP, BLOG, at=moment(5).isoformat()) is None


@pytest.mark.usefixtures("_known")
async def test_what_may_not_be_read_connects_nobody(
    store: Store, caller: Caller, make_caller: MakeCaller
) -> None:
    limited = await make_caller("OWNER", caller, "GREEN")
    nobody = DomainName(name="nobody.example")
    secret = IPAddress(address="203.0.113.9")
    await stated(store, caller.org, 50, resolves(SHOP, secret), resolves(BLOG, secret), tlp="RED")
    assert through(await told(caller, SHOP, BLOG, longest=2)) == [["203.0.113.9"], ["198.51.100.1"]]
    assert through(await told(limited, SHOP, BLOG, longest=2)) == [["198.51.100.1"]]
    assert await told(limited, SHOP, secret) is None
    assert await told(caller, SHOP, nobody) is None


async def test_ways_lead_through_who_is_one(store: Store, caller: Caller) -> None:
    one, twin, end = (person(f"t{n}", name) for n, name in enumerate(("J. Doe", "Jane Doe", "Roe")))
    box, shared = (EmailAddress(address=f"x@{each}.example") for each in ("own", "both"))
    links = (
        HasEmail(source=who, target=mail)
        for who, mail in ((one, box), (twin, shared), (end, shared))
    )
    await stated(store, caller.org, 60, *links)
    assert (await told(caller, one, end, resolved=True))["ways"] == []

    act = Deciding(store, caller.org, "ann@x.example", moment(61), "twins")
    await act.state(one.id_in(caller.org), twin.id_in(caller.org), Verdict.ACCEPTED, "one site")

    assert (await told(caller, one, end))["ways"] == []
    found = await told(caller, one, end, resolved=True)
    assert through(found) == [[twin.key, shared.key]]
    assert [each["type"] for each in found["ways"][0]["links"]] == ["HAS_EMAIL", "HAS_EMAIL"]
    assert [each["from"]["key"] for each in found["cut"]] in ([twin.key], [end.key])
    assert (await told(caller, one, twin, resolved=True))["cut"] == []
    ids = {"from": one.id_in(caller.org), "to": end.id_in(caller.org)}
    asked = {**ids, "resolved": True, "at": moment(62).isoformat()}
    [error] = (await caller.post(ASK, asked)).json()["errors"]
    assert "leave out `at`, or `resolved`" in error["message"]


async def test_what_cannot_be_asked_is_said(caller: Caller) -> None:
    for given, said in (
        ({"from": "a", "to": "a"}, "the same entity as from"),
        ({"from": "a", "to": "b", "k": 11}, "k is 11; it may be 1 to 10"),
        ({"from": "a", "to": "b", "longest": 0}, "maxLength is 0; it may be 1 to 8"),
    ):
        [error] = (await caller.post(ASK, given)).json()["errors"]
        assert said in error["message"]
