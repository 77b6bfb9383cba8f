"""What a write tells the correlator: what changed, and by which relationships."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import datetime

import orjson

from graph.correlate import rules as rule_files
from graph.correlate.anchors import ANY_TYPE, Touched
from graph.correlate.subjects import find_subjects
from graph.facts import Answer, Outcome
from graph.model.base import Entity, Fact
from graph.model.network import DomainName, HasPort, IPAddress, NetworkService
from graph.model.resolution import ResolvesTo
from graph.store import Store
from server.jobs.events import touched_since
from tests.support.correlating import day, write
from tests.support.facts import new_org

HUB = IPAddress(address="198.51.100.7")
FIRST, SECOND = DomainName(name="www.one.example"), DomainName(name="www.two.example")


def said(about: Entity, at: datetime, *facts: Fact, collector: str = "test") -> Answer:
    outcome = Outcome.FOUND if facts else Outcome.ABSENT
    return Answer(about, collector, outcome, at, at, facts)


def resolves(name: DomainName, at: datetime) -> Answer:
    return said(name, at, ResolvesTo(source=name, target=HUB, rrtype="A"))


async def test_a_name_that_moves_to_a_hub_leads_to_no_other_name_there(store: Store) -> None:
    org, rule = new_org(), rule_files.load()["chg.ip_reassigned"]
    await write(store, org, resolves(FIRST, day(-2)))

    touched = await write(store, org, resolves(SECOND, day(-1)))
    subjects = await find_subjects(store, org, touched, [rule])

    assert touched.ends["RESOLVES_TO"] == {HUB.id_in(org)}
    assert subjects[rule.id] == {SECOND.id_in(org), DomainName(name="two.example").id_in(org)}


async def test_a_port_that_opens_at_a_hub_leads_to_all_names_there(store: Store) -> None:
    org, rule = new_org(), rule_files.load()["dns.dangling_a"]
    await write(store, org, resolves(FIRST, day(-2)), resolves(SECOND, day(-2)))
    service = NetworkService(transport="tcp", address=HUB.address, port=443)

    touched = await write(store, org, said(HUB, day(-1), HasPort(source=HUB, target=service)))
    subjects = await find_subjects(store, org, touched, [rule])

    assert HUB.id_in(org) not in touched.changed
    assert subjects[rule.id] == {FIRST.id_in(org), SECOND.id_in(org)}


async def test_what_is_said_again_is_no_change(store: Store) -> None:
    org = new_org()
    ports = (80, 443)
    web = [NetworkService(transport="tcp", address=HUB.address, port=p, banner="x") for p in ports]
    await write(store, org, said(HUB, day(-3), *web))

    again = await write(store, org, said(HUB, day(-2), *web))
    other = web[1].model_copy(update={"banner": "y"})
    changed = await write(store, org, said(HUB, day(-1), web[0], other))

    assert again == Touched(frozenset(), {"OF": frozenset({HUB.id_in(org)})})
    assert changed.changed == {web[1].id_in(org)}
    assert "HAS_PORT" not in changed.ends
    assert web[0].id_in(org) in changed.ends["PRODUCED"]


async def test_where_something_is_marked_what_is_said_again_is_a_change(store: Store) -> None:
    org = new_org()
    web = NetworkService(transport="tcp", address=HUB.address, port=80, banner="x")
    await write(store, org, replace(said(HUB, day(-3), web), tlp="AMBER"))

    open_now = await write(store, org, said(HUB, day(-2), web, collector="another"))

    assert web.id_in(org) in open_now.changed


async def test_entries_from_before_types_were_told_stand_for_all(store: Store) -> None:
    org = new_org()
    touched = zlib.compress(orjson.dumps([["a"], ["b"]]), 1)
    await store.execute(
        "CREATE (:Outbox {id: $id, org: $org, at: datetime(), events: $e, touched: $touched})",
        {"id": org, "org": org, "e": b"", "touched": touched},
    )

    found, outbox = await touched_since(store, org)

    assert found == Touched(frozenset({"a"}), {ANY_TYPE: frozenset({"b"})})
    assert outbox == [org]
    await store.execute("MATCH (o:Outbox {id: $id}) DELETE o", {"id": org})
