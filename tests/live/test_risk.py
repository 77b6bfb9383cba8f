"""How much findings matter, on a real Neo4j: the parts, what moves them, what is too common to say anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from graph.correlate.acts import LONGEST_COMMENT
from graph.correlate.engine import Engine
from graph.correlate.rating import Rating
from graph.correlate.risk import GIVEN, Risk, weigh
from graph.errors import InvalidQuestion, NotFound
from graph.facts import Answer, Outcome
from graph.model.base import Fact
from graph.model.intelligence import Feed
from graph.model.linkage import HasTracker
from graph.model.network import DomainName, HasPort, IPAddress, NetworkService
from graph.model.resolution import ResolvesTo
from graph.model.threat import ListedIn
from graph.model.web import URL, TrackingIdentifier
from graph.store import Store
from tests.support.correlating import NOW, OLD, SITE, day, findings, presents, rulebook, write
from tests.support.facts import new_org

IDENTIFIER = TrackingIdentifier(vendor="google_analytics", tracking_id="G-0NE1911ABC")
FEED = Feed(slug="common", polarity="known_common")
TRACKED = "inf.shared_tracker"


def said(about: Any, number: float, *facts: Fact, collector: str = "test.one") -> Answer:
    """What a collector says on a day of what it was asked about."""
    outcome = Outcome.FOUND if facts else Outcome.ABSENT
    return Answer(about, collector, outcome, day(number), day(number), facts)


def tracked(*addresses: str) -> list[Answer]:
    """Pages that are measured under one identifier."""
    pages = [URL(url=address) for address in addresses]
    return [said(page, -2, page, HasTracker(source=page, target=IDENTIFIER)) for page in pages]


def parts(finding: dict[str, Any]) -> dict[str, float]:
    """The parts of a finding's risk by their names."""
    risk = Risk.of(finding)
    assert risk is not None
    assert len({part.name for part in risk.parts}) == 5
    return {part.name: part.factor for part in risk.parts}


def is_the_product(finding: dict[str, Any]) -> bool:
    """Whether the number is what its parts say."""
    product = 100.0
    for factor in parts(finding).values():
        product *= factor
    return bool(abs(product - finding["risk"]) <= 0.06)


async def expired(store: Store, org: str, engine: Engine) -> dict[str, Any]:
    """A finding: an expired certificate of a service."""
    touched = await write(store, org, presents(SITE, OLD, day(-2)))
    await engine.evaluate(org, touched, NOW)
    return (await findings(store, org))[0]


async def test_a_finding_has_a_risk_whose_parts_can_be_seen(store: Store) -> None:
    org = new_org()
    found = await expired(store, org, Engine(store, rulebook("tls.expired")))
    assert found["severity"] == "HIGH"
    assert parts(found) == {
        "SEVERITY": 0.8,
        "CONFIDENCE": round(found["confidence"] * found["score"], 4),
        "EXPOSURE": 1.0,
        "SPECIFICITY": 1.0,
        "CRITICALITY": 0.7,
    }
    assert is_the_product(found)


@pytest.mark.parametrize(
    ("addresses", "answers", "exposure"),
    [
        ((), False, "UNKNOWN"),
        (("198.51.100.7",), False, "ADDRESSED"),
        (("198.51.100.7",), True, "ANSWERS"),
        (("10.0.0.7",), False, "INTERNAL"),
        (("10.0.0.7",), True, "INTERNAL"),
        (("10.0.0.7", "198.51.100.7"), False, "ADDRESSED"),
    ],
)
async def test_exposure_follows_where_it_can_be_reached(
    store: Store, addresses: Sequence[str], answers: bool, exposure: str
) -> None:
    org, name = new_org(), DomainName(name="www.one.example")
    ends = [IPAddress(address=address) for address in addresses]
    led = [ResolvesTo(source=name, target=end, rrtype="A") for end in ends]
    await write(store, org, said(name, -1, name, *led))
    if answers:
        page = URL(url="https://www.one.example/")
        await write(store, org, said(page, -1, page))
    about = URL(url="https://www.one.example/") if answers else name
    assert await _weighed(store, org, about.id_in(org), name.id_in(org)) == exposure


_MADE = """
MATCH (n:Entity {id: $subject}) MATCH (m:Entity {id: $basis})
CREATE (f:Finding {id: $org, org: $org, subject: $subject, rule: 'own.x', severity: 'HIGH', state: 'OPEN',
  confidence: 1.0, score: 1.0, evidence: [$basis], evidence_relationships: []})-[:ABOUT]->(n)
CREATE (f)-[:RESTS_ON]->(m)
RETURN f.risk_exposure
"""


async def _weighed(store: Store, org: str, basis: str, subject: str) -> str:
    """The exposure of a finding about a subject that rests on something."""
    await store.execute(_MADE, {"org": org, "subject": subject, "basis": basis})

    async def work(tx: Any) -> list[str]:
        return await weigh(tx, [org])

    changed, _ = await store.transact(work)
    assert changed == [org]
    found = await store.read_single(
        "MATCH (f:Finding {id: $org}) RETURN f.risk_exposure", {"org": org}
    )
    return str(found)


async def test_a_risk_moves_with_what_it_follows_from(store: Store) -> None:
    """The rule finds nothing new; still the finding about the name is worth more once its address answers."""
    org, engine = new_org(), Engine(store, rulebook("exp.internal_ip_leak"))
    name, inside = DomainName(name="db.one.example"), IPAddress(address="10.0.0.7")
    led = ResolvesTo(source=name, target=inside, rrtype="A")
    await engine.evaluate(org, await write(store, org, said(name, -2, name, led)), NOW)
    [before] = await findings(store, org)
    assert before["risk_exposure"] == "INTERNAL"

    outside = IPAddress(address="198.51.100.7")
    both = (name, led, ResolvesTo(source=name, target=outside, rrtype="A"))
    await engine.evaluate(org, await write(store, org, said(name, -1, *both)), NOW)
    [after] = await findings(store, org)
    assert (after["risk_exposure"], after["title"]) == ("ADDRESSED", before["title"])
    assert after["risk"] > before["risk"]
    assert is_the_product(after)


async def test_the_more_have_it_the_less_it_says(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook(TRACKED))
    few = tracked("https://www.one.example/", "https://0ne.example/")
    await engine.evaluate(org, await write(store, org, *few), NOW)
    [before] = await findings(store, org)
    assert (before["risk_shared_by"], parts(before)["SPECIFICITY"]) == (2, 1.0)

    more = tracked(*(f"https://www.one.example/{number}" for number in range(98)))
    await engine.evaluate(org, await write(store, org, *more), NOW)
    [after] = await findings(store, org)
    assert after["risk_shared_by"] == 100
    # Half way from few to many, by powers of ten.
    assert parts(after)["SPECIFICITY"] == pytest.approx(0.6)
    assert is_the_product(after)


async def test_what_is_on_a_list_of_common_things_joins_nobody(store: Store) -> None:
    """A finding ends once a list carries what it rests on; taken off that list, it is back."""
    org, engine = new_org(), Engine(store, rulebook(TRACKED))
    pages = tracked("https://www.one.example/", "https://0ne.example/")
    await engine.evaluate(org, await write(store, org, *pages), NOW)
    listing = (FEED, ListedIn(source=IDENTIFIER, target=FEED))
    for number, facts, state in ((-1, listing, "CLOSED"), (0, (), "OPEN")):
        heard = said(IDENTIFIER, number, *facts, collector="test.list")
        await engine.evaluate(org, await write(store, org, heard), NOW)
        assert [each["state"] for each in await findings(store, org)] == [state]


async def test_a_list_that_turns_out_to_be_one_of_common_things_counts_at_once(
    store: Store,
) -> None:
    """The list is two steps from what a rule reads, and no relationship of the subject changes."""
    org, engine = new_org(), Engine(store, rulebook(TRACKED))
    listed = Feed(slug="common", polarity="blocks")
    heard = said(IDENTIFIER, -2, ListedIn(source=IDENTIFIER, target=listed), collector="test.list")
    about = said(listed, -2, listed, collector="test.feed")
    pages = tracked("https://www.one.example/", "https://0ne.example/")
    await engine.evaluate(org, await write(store, org, *pages, heard, about), NOW)
    assert [each["state"] for each in await findings(store, org)] == ["OPEN"]

    turned = said(FEED, -1, FEED, collector="test.feed")
    await engine.evaluate(org, await write(store, org, turned), NOW)
    assert [each["state"] for each in await findings(store, org)] == ["CLOSED"]


# --- what people say of assets ------------------------------------------------------------------------------------


def rating(store: Store, org: str, readable: list[str] | None = None) -> Rating:
    return Rating(store, org, "ann@example.com", NOW, readable)


async def _below(store: Store, org: str, engine: Engine) -> dict[str, Any]:
    """A finding about a service of an address; a name leads to it."""
    address = IPAddress(address=SITE.address)
    await write(store, org, said(address, -3, address, HasPort(source=address, target=SITE)))
    return await expired(store, org, engine)


async def criticality(store: Store, org: str) -> str:
    [found] = await findings(store, org)
    assert is_the_product(found)
    return str(found["risk_criticality"])


async def test_what_is_said_of_an_asset_counts_for_what_belongs_to_it(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    found = await _below(store, org, engine)
    address = IPAddress(address=SITE.address).id_in(org)

    changed = await rating(store, org).rate([address], "CRITICAL", " the shop ")
    assert changed == [found["id"]]
    assert await criticality(store, org) == "CRITICAL"
    # The nearest word counts, also where it says less.
    await rating(store, org).rate([SITE.id_in(org)], "LOW")
    assert await criticality(store, org) == "LOW"
    await rating(store, org).rate([SITE.id_in(org)], None)
    assert await criticality(store, org) == "CRITICAL"
    await rating(store, org).rate([address], None)
    assert await criticality(store, org) == "NORMAL"


async def test_names_below_a_rated_one_and_their_pages_are_rated_with_it(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook(TRACKED))
    pages = tracked("https://a.shop.one.example/", "https://0ne.example/")
    await engine.evaluate(org, await write(store, org, *pages), NOW)
    # What is found is about the identifier; that it rests on a page of something critical counts all the same.
    await rating(store, org).rate([DomainName(name="one.example").id_in(org)], "CRITICAL")
    assert await criticality(store, org) == "CRITICAL"
    # What it rests on makes nothing matter less.
    await rating(store, org).rate([DomainName(name="one.example").id_in(org)], "LOW")
    assert await criticality(store, org) == "NORMAL"


async def test_what_was_said_before_counts_for_what_is_found_later(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    address = IPAddress(address=SITE.address)
    await write(store, org, said(address, -3, address, HasPort(source=address, target=SITE)))
    await rating(store, org).rate([address.id_in(org)], "HIGH")
    await expired(store, org, engine)
    assert await criticality(store, org) == "HIGH"


async def test_all_are_rated_or_none(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    await _below(store, org, engine)
    ours = SITE.id_in(org)
    with pytest.raises(NotFound, match="no entity unknown"):
        await rating(store, org).rate([ours, "unknown"], "HIGH")
    with pytest.raises(NotFound):
        await rating(store, new_org()).rate([ours], "HIGH")
    with pytest.raises(NotFound):  # whose marking they may not read
        await rating(store, org, ["nothing"]).rate([ours], "HIGH")
    with pytest.raises(InvalidQuestion, match="1 to 500 entities"):
        await rating(store, org).rate([], "HIGH")
    with pytest.raises(InvalidQuestion, match="comment"):
        await rating(store, org).rate([ours], "HIGH", "x" * (LONGEST_COMMENT + 1))
    assert await criticality(store, org) == "NORMAL"


async def test_what_was_found_by_other_weights_is_weighed_again(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    found = await expired(store, org, engine)
    for word in ("f.risk = 1.0, f.risk_version = 'former'", "f.risk = null, f.risk_version = null"):
        await store.execute(f"MATCH (f:Finding {{org: $org}}) SET {word}", {"org": org})
        await engine.catch_up(org, NOW)
        [again] = await findings(store, org)
        assert (again["risk"], again["risk_version"]) == (found["risk"], GIVEN["version"])


async def test_a_service_that_is_gone_answers_no_more(store: Store) -> None:
    """The finding rests on the name; only what its address answers ends."""
    org = new_org()
    name, address = DomainName(name="www.one.example"), IPAddress(address="198.51.100.7")
    service = NetworkService(transport="tcp", address=address.address, port=443)
    await write(
        store, org, said(name, -2, name, ResolvesTo(source=name, target=address, rrtype="A"))
    )
    await write(store, org, said(address, -2, address, HasPort(source=address, target=service)))
    await write(store, org, said(address, -1))
    assert await _weighed(store, org, service.id_in(org), name.id_in(org)) == "ADDRESSED"
