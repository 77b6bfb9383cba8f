"""The correlation engine on a real Neo4j: findings open, change, close and come back, once and in time."""

from __future__ import annotations

import asyncio
import random
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.correlate import cases as case_files
from graph.correlate import rules as rule_files
from graph.correlate.anchors import Touched
from graph.correlate.books import Rulebook
from graph.correlate.engine import Engine
from graph.correlate.rules import Rule
from graph.errors import InvalidRule
from graph.facts import Answer, Outcome
from graph.model.certificate import Presents
from graph.model.network import DomainName, NetworkService
from graph.model.resolution import CnameTo
from graph.store import Store
from tests.support.correlating import (
    MAIL,
    NEW,
    NOW,
    OLD,
    SITE,
    day,
    findings,
    presents,
    rulebook,
    told,
    write,
)
from tests.support.facts import new_org


async def test_a_finding_opens_closes_and_comes_back_with_its_history(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))

    touched = await write(store, org, presents(SITE, OLD, day(-2)))
    done = await engine.evaluate(org, touched, day(0), run="r1")
    assert told(done.events) == [("finding.opened", "tls.expired")]
    assert done.events[0].run == "r1"
    [first] = await findings(store, org)
    assert first["state"] == "OPEN"
    assert first["subject_key"] == SITE.key
    assert first["title"] == f"The certificate without a name at {SITE.key} expired on 2026-05-01"
    assert first["evidence"] == [OLD.id_in(org)]
    assert first["evidence_relationships"] == [Presents(source=SITE, target=OLD).id_in(org)]

    touched = await write(store, org, presents(SITE, NEW, day(1)))
    done = await engine.evaluate(org, touched, day(1))
    assert told(done.events) == [("finding.closed", "tls.expired")]
    assert done.events[0].data["reason"] == "GONE"
    [closed] = await findings(store, org)
    assert closed["id"] == first["id"]
    assert (closed["state"], closed["cleared_reason"]) == ("CLOSED", "GONE")
    assert set(closed["cleared_by"]) == {
        OLD.id_in(org),
        Presents(source=SITE, target=OLD).id_in(org),
    }

    touched = await write(store, org, presents(SITE, OLD, day(2)))
    done = await engine.evaluate(org, touched, day(2))
    assert told(done.events) == [("finding.reopened", "tls.expired")]
    [again] = await findings(store, org)
    assert (again["id"], again["state"]) == (first["id"], "OPEN")
    assert "cleared_reason" not in again
    assert [p.to_native() for p in again["past"]] == [day(0), day(1)]
    assert again["opened_at"].to_native() == day(2)
    assert again["first_opened_at"].to_native() == day(0)


async def test_it_is_told_what_changed(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.weak"))
    weak = NetworkService(transport="tcp", address="192.0.2.80", port=443, tls_versions=("TLSv1",))
    weaker = weak.model_copy(update={"tls_versions": ("TLSv1", "SSLv3")})
    fine = weak.model_copy(update={"tls_versions": ("TLSv1.3",)})

    said = []
    for second, service in enumerate((weak, weaker, fine)):
        at = NOW + timedelta(seconds=second)
        answer = Answer(SITE, "tls.handshake", Outcome.FOUND, at, at, (service,))
        done = await engine.evaluate(org, await write(store, org, answer), at)
        said += [(e.type, e.data.get("title", e.data.get("reason"))) for e in done.events]

    assert said == [
        ("finding.opened", f"{SITE.key} has weak TLS: TLSv1"),
        ("finding.changed", f"{SITE.key} has weak TLS: SSLv3 and TLSv1"),
        ("finding.closed", "CHANGED"),
    ]


async def test_looking_again_changes_nothing(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired", "tls.expiring", "tls.weak"))
    touched = await write(store, org, presents(SITE, OLD, day(-2)), presents(MAIL, OLD, day(-2)))
    await engine.evaluate(org, touched, NOW)
    before = await findings(store, org)
    assert len(before) == 2

    for done in (
        await engine.evaluate(org, touched, NOW),
        await engine.evaluate(org, touched.ids, NOW),
        await engine.pass_over(org, NOW),
        await engine.catch_up(org, day(0.1)),
    ):
        assert done.events == []
    assert await findings(store, org) == before


async def test_organizations_do_not_meet(store: Store) -> None:
    one, two, engine = new_org(), new_org(), Engine(store, rulebook("tls.expired"))
    touched = await write(store, one, presents(SITE, OLD, day(-2)))
    await write(store, two, presents(SITE, OLD, day(-2)))

    await engine.evaluate(one, touched, NOW)
    assert (await engine.evaluate(two, touched, NOW)).looks == 0

    assert len(await findings(store, one)) == 1
    assert await findings(store, two) == []


async def test_events_lie_in_the_write_log_with_the_change(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    touched = await write(store, org, presents(SITE, OLD, day(-2)))

    done = await engine.evaluate(org, touched, NOW)

    [written] = done.written
    row = await store.read(
        "MATCH (o:Outbox {id: $id}) RETURN o.events AS events, o.touched AS touched, o.org AS org",
        {"id": written.outbox},
    )
    [group] = orjson.loads(zlib.decompress(row[0]["events"]))
    [finding] = await findings(store, org)
    assert (row[0]["org"], row[0]["touched"]) == (org, None)
    assert group["type"] == "finding.opened"
    assert group["ids"] == [finding["id"]]
    assert group["kind"] == "Finding"
    assert group["data"] == {
        "rule": "tls.expired",
        "subject": SITE.id_in(org),
        "severity": "HIGH",
        "title": finding["title"],
        "subject_kind": "NetworkService",
        "subject_caption": SITE.caption(),
    }


async def test_the_clock_alone_opens_and_closes(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired", "tls.expiring", "tls.weak"))
    touched = await write(store, org, presents(SITE, NEW, day(-2)))
    await engine.evaluate(org, touched, NOW)
    assert await findings(store, org) == []

    soon = datetime(2026, 11, 25, tzinfo=UTC)
    assert told((await engine.catch_up(org, soon)).events) == [("finding.opened", "tls.expiring")]
    late = datetime(2026, 12, 2, tzinfo=UTC)
    assert told((await engine.catch_up(org, late)).events) == [
        ("finding.closed", "tls.expiring"),
        ("finding.opened", "tls.expired"),
    ]


async def test_rules_that_are_new_changed_or_gone(store: Store) -> None:
    org = new_org()
    await write(store, org, presents(SITE, OLD, day(-2)))
    weak = rule_files.load()["tls.weak"]
    before = Engine(store, rulebook("tls.expired", "tls.weak"))
    assert told((await before.catch_up(org, NOW)).events) == [("finding.opened", "tls.expired")]
    looks = (await before.catch_up(org, NOW)).looks
    assert looks == 1  # tls.expired goes by the clock; tls.weak has seen everything

    settings = {"tls.weak": {"rsa_bits": 4096}}
    changed = Engine(store, Rulebook({"tls.weak": weak}, settings))
    done = await changed.catch_up(org, day(1))
    assert done.looks == 1
    assert told(done.events) == [("finding.closed", "tls.expired")]
    [closed] = await findings(store, org)
    assert (closed["state"], closed["cleared_reason"]) == ("CLOSED", "RETIRED")
    assert (await changed.catch_up(org, day(1))).looks == 0

    assert told((await before.catch_up(org, day(2))).events) == [
        ("finding.reopened", "tls.expired")
    ]


async def test_a_rule_that_fails_does_not_keep_others_back(store: Store) -> None:
    org = new_org()
    good = rule_files.load()["tls.expired"]
    bad = altered(good, "1.0 AS score", "2.0 AS score", "tls.bad")
    engine = Engine(store, Rulebook({"tls.bad": bad, "tls.expired": good}))
    touched = await write(store, org, presents(SITE, OLD, day(-2)))

    done = await engine.evaluate(org, touched, NOW)

    assert told(done.events) == [("finding.opened", "tls.expired")]
    assert [(rule, type(error)) for rule, error in done.failed.items()] == [
        ("tls.bad", InvalidRule)
    ]
    mended = Engine(store, Rulebook({"tls.bad": replace(good, id="tls.bad"), "tls.expired": good}))
    assert told((await mended.catch_up(org, NOW)).events) == [("finding.opened", "tls.bad")]


def altered(rule: Rule, old: str, new: str, name: str) -> Rule:
    text = rule.statement.text.replace(old, new)
    assert text != rule.statement.text
    statement = replace(rule.statement, text=text)
    return replace(rule, id=name, statement=statement)


async def test_many_at_once_make_one_finding(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    touched = await write(store, org, presents(SITE, OLD, day(-2)))

    done = await asyncio.gather(*(engine.evaluate(org, touched, NOW) for _ in range(6)))

    assert [e.type for d in done for e in d.events] == ["finding.opened"]
    assert len(await findings(store, org)) == 1


async def test_whoever_looks_last_goes_by_the_newest_graph(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    for step in range(6):
        certificate = OLD if step % 2 else NEW
        at = NOW + timedelta(minutes=step)
        touched = await write(store, org, presents(SITE, certificate, at))
        await asyncio.gather(*(engine.evaluate(org, touched, at) for _ in range(3)))
    assert [f["state"] for f in await findings(store, org)] == ["OPEN"]


async def test_a_list_that_gains_an_entry_is_not_walked(store: Store) -> None:
    """A change of a relationship is looked at from the end that is nearer to the subjects."""
    org, engine = new_org(), Engine(store, rulebook("cti.multi_source"))
    case = next(c for c in case_files.load() if c.name == "two lists agree")
    await write(store, org, *case.answers)
    listing = [a for a in case.answers if "LISTED_IN" in a.part]
    other = replace(listing[0], about=DomainName(name="x.example"), facts=())

    feeds = frozenset(e.id_in(org) for e in case.finds[0].evidence)
    as_ends = await engine.evaluate(org, Touched(frozenset(), {"LISTED_IN": feeds}), NOW)
    as_changed = await engine.evaluate(org, Touched(feeds), NOW)

    assert other.outcome is Outcome.FOUND
    assert as_ends.looks == 0
    assert as_changed.looks == 1


async def test_a_link_in_the_middle_of_a_chain_is_looked_at_from_its_beginning(
    store: Store,
) -> None:
    org, engine = new_org(), Engine(store, rulebook("dns.takeover"))
    first, middle = DomainName(name="docs.one.example"), DomainName(name="old.one.example")
    end = DomainName(name="one.pages.example", dns_status="nonexistent")
    known = (CnameTo(source=first, target=middle), end)
    await write(store, org, Answer(ELSEWHERE, "test.a", Outcome.FOUND, day(-2), day(-2), known))
    link = (CnameTo(source=middle, target=DomainName(name=end.name)),)
    touched = await write(
        store, org, Answer(ELSEWHERE, "test.b", Outcome.FOUND, day(-1), day(-1), link)
    )
    assert touched.ends["CNAME_TO"] == {middle.id_in(org), end.id_in(org)}

    await engine.evaluate(org, touched, NOW)

    found = {f["subject_key"] for f in await findings(store, org)}
    assert found == {"docs.one.example", "old.one.example"}


ELSEWHERE = DomainName(name="elsewhere.example")


def told_elsewhere(answer: Answer) -> Answer:
    """The answer as one about something else, as imports and lists give it."""
    return replace(answer, about=ELSEWHERE) if answer.facts else answer


ALL_CASES = [case for case in case_files.load() if not case.reached]


@pytest.mark.timeout(900)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1_000_000))
async def test_looking_at_what_was_touched_finds_what_a_full_pass_finds(
    store: Store, seed: int
) -> None:
    """Cases of all rules in one graph, in any order, some of it taken back: nothing is left for a pass."""
    spread = random.Random(seed)
    org, engine = new_org(), Engine(store)
    answers = [told_elsewhere(a) for case in spread.sample(ALL_CASES, 8) for a in case.answers]
    later = max(a.ended_at for a in answers) + timedelta(hours=1)
    taken_back = [
        replace(a, outcome=Outcome.ABSENT, facts=(), started_at=later, ended_at=later)
        for a in spread.sample(answers, len(answers) // 3)
    ]
    said = spread.sample(answers, len(answers)) + taken_back
    distinct = list({a.observation_id(org): a for a in said}.values())
    batches = [distinct[i : i + 7] for i in range(0, len(distinct), 7)]

    for batch in batches:
        await engine.evaluate(org, await write(store, org, *batch), NOW)

    missed = await engine.pass_over(org, NOW)
    assert [(e.type, e.data) for e in missed.events] == []
    assert missed.failed == {}
