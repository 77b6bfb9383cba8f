"""Runs that exclude places or include them: hosts are contacted last where it matters, and only where they may be."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from graph.facts import Answer, Outcome
from graph.model.affiliation import LocatedAt, OperatedBy
from graph.model.base import Fact
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock
from graph.model.party import LegalEntity
from graph.model.place import Location
from graph.model.resolution import ResolvesTo
from graph.model.routing import Announces, Contains
from graph.queries import job
from graph.store import Store
from graph.writer import Writer
from server.jobs.looking import Doorkeeper
from server.jobs.planning import advance
from server.jobs.scope import Scope
from server.jobs.spec import ScanSpec, ScopeRules
from tests.live.test_planning import MANIFESTS, begun

SEED, HERE = DomainName(name="heron.example"), IPAddress(address="192.0.2.7")
THERE, NOWHERE = IPAddress(address="192.0.2.8"), IPAddress(address="192.0.2.9")
GERMANY = Location(place="country:DE", country="DE")
FRANCE = Location(place="country:FR", country="FR")
BLOCK, WIDE = Netblock(cidr="192.0.2.0/25"), Netblock(cidr="192.0.2.0/24")
SYSTEM = AutonomousSystem(number=64500, name="HERON-AS", holder="Heron Networks")
FACTS = (
    LocatedAt(source=HERE, target=GERMANY),
    LocatedAt(source=THERE, target=FRANCE),
    Contains(source=WIDE, target=BLOCK),
    Contains(source=BLOCK, target=HERE),
    Announces(source=SYSTEM, target=WIDE),
    OperatedBy(source=BLOCK, target=LegalEntity(name="Heron Ltd")),
    OperatedBy(source=SYSTEM, target=LegalEntity(name="Heron Carrier Ltd")),
)


def said(*facts: Fact) -> Answer:
    now = datetime.now(UTC)
    return Answer(HERE, "geo.mmdb", Outcome.FOUND, now, now, facts)


async def door(store: Store, org: str, *excluded: str, include: tuple[str, ...] = ()) -> Doorkeeper:
    rules = ScopeRules(exclude=excluded, include=include)
    scope = Scope.of(ScanSpec(seeds=("192.0.2.0/24", "heron.example"), scope=rules))
    return Doorkeeper(store, org, str(uuid.uuid4()), scope)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("country:DE", "lies in the country DE"),
        ("AS64500", "lies in the autonomous system AS64500"),
        ("provider:heron networks", "lies in the provider heron networks"),
        ("provider:HERON-AS", "lies in the provider HERON-AS"),
        ("provider:Heron Carrier Ltd", "lies in the provider Heron Carrier Ltd"),
        ("organization:Heron Ltd", "lies in the organization Heron Ltd"),
        ("country:FR", ""),
        ("AS64501", ""),
        ("provider:Heron Ltd", ""),
        ("organization:Heron Carrier Ltd", ""),
    ],
)
async def test_where_an_address_lies_is_told_by_the_graph(
    store: Store, rule: str, told: str
) -> None:
    org = str(uuid.uuid4())
    async with Writer(store) as writer:
        await writer.write(org, [said(*FACTS)])
    keeper = await door(store, org, rule)
    for found in (await keeper.refusal(HERE.key, 443), await keeper.exclusion(HERE.key)):
        assert told in found
        assert bool(told) == bool(found)


async def test_what_is_not_known_is_not_contacted_and_others_know_nothing(store: Store) -> None:
    org = str(uuid.uuid4())
    async with Writer(store) as writer:
        await writer.write(org, [said(*FACTS)])
    keeper = await door(store, org, "country:DE")
    assert await keeper.refusal(THERE.key) == ""
    unknown = "is not contacted: its country is not known, and the scan excludes some"
    assert await keeper.refusal(NOWHERE.key) == f"{NOWHERE.key} {unknown}"
    other = await door(store, str(uuid.uuid4()), "country:DE")
    assert await other.refusal(THERE.key) == f"{THERE.key} {unknown}"
    assert await other.refusal(SEED.key) == "", "names lie nowhere; their addresses are asked about"


async def test_a_place_that_is_included_bounds_what_is_contacted(store: Store) -> None:
    org = str(uuid.uuid4())
    async with Writer(store) as writer:
        await writer.write(org, [said(*FACTS)])
    keeper = await door(store, org, include=("country:FR", "provider:heron-as"))
    for inside in (HERE, THERE):
        assert await keeper.exclusion(inside.key) == "", "either is enough"
    told = "it is not known to lie in the country FR or the provider heron-as"
    assert await keeper.refusal(NOWHERE.key) == f"{NOWHERE.key} is not contacted: {told}"
    either = await door(store, org, "country:FR", include=("country:FR", "provider:heron-as"))
    assert await either.exclusion(HERE.key) == ""
    assert "is excluded" in await either.exclusion(THERE.key), "what is excluded wins"


@pytest.mark.parametrize(
    ("rule", "own"),
    [
        ("AS64500", {HERE.key, BLOCK.key}),
        ("organization:heron ltd", {HERE.key, BLOCK.key}),
        ("AS64501", set()),
        ("organization:Heron Carrier Ltd", set()),
    ],
)
async def test_what_lies_in_a_network_that_is_included_belongs_to_the_scan(
    store: Store, rule: str, own: set[str]
) -> None:
    scope = {"include": (SEED.key, rule), "max_distance": 2}
    world = await begun(store, SEED, collectors=("dns.resolve", "rdap.ip"), scope=scope)
    at = [ResolvesTo(source=SEED, target=each, rrtype="A") for each in (HERE, THERE)]
    await world.found("dns.resolve", SEED, *at, *FACTS)
    await world.step()
    ids = [each.id_in(world.org) for each in (HERE, THERE, BLOCK)]
    rows = await store.fetch(job.LIST_DISTANCES.bind(job.DistancesParams(run=world.run, ids=ids)))
    assert {row.key for row in rows if row.distance == 0} == own
    assert {row.key for row in rows if row.distance == 1} == {HERE.key, THERE.key, BLOCK.key} - own


async def test_an_excluded_range_is_not_dialled_under_a_name_either(store: Store) -> None:
    keeper = await door(store, str(uuid.uuid4()), "192.0.2.8/29")
    assert await keeper.exclusion(HERE.key) == ""
    assert await keeper.exclusion(THERE.key) == f"{THERE.key} is excluded from the scan"


async def test_hosts_are_contacted_when_all_else_has_been_asked(store: Store) -> None:
    collectors = ("dns.resolve", "http.probe", "tcp.connect", "rdap.ip")
    world = await begun(
        store, SEED, collectors=collectors, presets=("deep",), steps=0,
        scope={"exclude": ("country:DE",)},
    )  # fmt: skip
    assert [hint.collector for hint in (await world.step()).hints] == ["dns.resolve"]
    await world.found("dns.resolve", SEED, ResolvesTo(source=SEED, target=THERE, rrtype="A"))
    step = await world.step()
    assert [hint.collector for hint in step.hints] == ["rdap.ip"]
    assert step.jobs_open == 3
    await world.end("rdap.ip")
    hints = (await world.step()).hints
    assert {hint.collector for hint in hints} == {"http.probe", "tcp.connect"}
    assert (await world.step()).hints == [], "they were hinted a moment ago"
    for collector in ("http.probe", "tcp.connect"):
        await world.end(collector)
    assert (await world.step()).state == "FINISHED"


async def test_nobody_waits_for_what_nobody_offers(store: Store) -> None:
    collectors = ("dns.resolve", "http.probe", "ct.crtsh")
    world = await begun(
        store, SEED, collectors=collectors, presets=("deep",), steps=0,
        scope={"exclude": ("country:DE",)},
    )  # fmt: skip
    offered = ("dns.resolve", "http.probe")
    step = await advance(store, world.run, MANIFESTS, world.now, offered)
    assert step is not None
    assert ([hint.collector for hint in step.hints], step.jobs_open) == (["dns.resolve"], 3)
    await world.end("dns.resolve")
    later = world.now + timedelta(seconds=1)
    step = await advance(store, world.run, MANIFESTS, later, offered)
    assert step is not None
    assert ([hint.collector for hint in step.hints], step.jobs_open) == (["http.probe"], 2)


async def test_without_such_rules_all_are_asked_at_once(store: Store) -> None:
    world = await begun(
        store, SEED, collectors=("dns.resolve", "http.probe"), presets=("deep",), steps=0
    )
    hints = {hint.collector for hint in (await world.step()).hints}
    assert hints == {"dns.resolve", "http.probe"}
