"""The correlation engine at its edges: nothing touched, many to close, a rule that fails, a long chain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from graph.correlate import rules as rule_files
from graph.correlate.anchors import Touched
from graph.correlate.books import Rulebook
from graph.correlate.engine import Engine
from graph.correlate.evaluating import Evaluator
from graph.correlate.findings import Finding
from graph.correlate.rules import Rule
from graph.facts import Answer, Outcome
from graph.model.network import DomainName, NetworkService
from graph.model.resolution import CnameTo
from graph.queries import finding_writes as queries
from graph.store import Store
from tests.live.test_engine import altered
from tests.support.correlating import (
    MAIL,
    NEW,
    NOW,
    OLD,
    SITE,
    acting,
    day,
    findings,
    presents,
    rulebook,
    told,
    write,
)
from tests.support.facts import new_org


@dataclass(frozen=True)
class Slow(Evaluator):
    """Holds its rule, and takes its time once it has asked."""

    has_asked: asyncio.Event = field(default_factory=asyncio.Event)
    may_write: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, rule: Rule, subjects: Sequence[str]) -> dict[str, Finding]:
        found = await super().ask(rule, subjects)
        self.has_asked.set()
        await self.may_write.wait()
        return found


async def test_who_finds_nothing_waits_for_those_who_asked_before(store: Store) -> None:
    """Nothing is found and nothing stored, but another process still writes what it found in an older graph."""
    org, book = new_org(), rulebook("tls.expired")
    await write(store, org, presents(SITE, OLD, day(-2)))
    slow = Slow(store, book, org, NOW)
    before = asyncio.create_task(slow.evaluate(book.rules["tls.expired"], [SITE.id_in(org)]))
    await slow.has_asked.wait()
    touched = await write(store, org, presents(SITE, NEW, day(-1)))
    after = asyncio.create_task(Engine(store, book).evaluate(org, touched, NOW))
    await asyncio.sleep(0.5)
    assert not after.done()

    slow.may_write.set()

    opened = await before
    assert opened is not None
    assert told(opened.events) == [("finding.opened", "tls.expired")]
    assert told((await after).events) == [("finding.closed", "tls.expired")]
    assert [each["state"] for each in await findings(store, org)] == ["CLOSED"]


async def test_where_nothing_was_touched_nothing_is_asked(store: Store) -> None:
    engine, before = Engine(store, rulebook("tls.expired")), store.statements
    done = await engine.evaluate(new_org(), [], NOW)
    assert (done.looks, done.events, done.failed) == (0, [], {})
    assert store.statements == before


async def test_a_suppression_that_ended_is_noticed_where_no_clock_asks_for_a_look(
    store: Store,
) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.weak"))
    weak = NetworkService(transport="tcp", address="192.0.2.80", port=443, tls_versions=("TLSv1",))
    at = day(-2)
    touched = await write(store, org, Answer(SITE, "tls.handshake", Outcome.FOUND, at, at, (weak,)))
    await engine.evaluate(org, touched, NOW)
    [finding] = await findings(store, org)
    await acting(store, org, day(1)).suppress([finding["id"]], "a test host", until=day(10))
    assert (await engine.catch_up(org, day(2))).events == []  # from now on nothing is due

    early = await engine.catch_up(org, day(9))
    assert (early.looks, early.events) == (0, [])
    late = await engine.catch_up(org, day(11))
    assert (late.looks, told(late.events)) == (1, [("finding.reopened", "tls.weak")])


async def test_a_rule_that_fails_has_not_passed(store: Store) -> None:
    org = new_org()
    good = rule_files.load()["tls.weak"]
    bad = altered(good, "AS score", "+ 7 AS score", "tls.bad")
    engine = Engine(store, Rulebook({"tls.bad": bad, "tls.weak": good}))
    weak = NetworkService(transport="tcp", address="192.0.2.80", port=443, tls_versions=("TLSv1",))
    at = day(-2)
    await write(store, org, Answer(SITE, "tls.handshake", Outcome.FOUND, at, at, (weak,)))

    done = await engine.pass_over(org, NOW)

    assert (list(done.failed), told(done.events)) == (["tls.bad"], [("finding.opened", "tls.weak")])
    passes = await store.fetch(queries.FIND_RULE_PASSES.bind(queries.OrgParams(org=org)))
    assert [row.rule for row in passes if row.digest is not None] == ["tls.weak"]


async def test_findings_of_a_rule_that_is_gone_are_closed_a_few_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    org, before = new_org(), Engine(store, rulebook("tls.expired", "tls.weak"))
    await write(store, org, presents(SITE, OLD, day(-2)), presents(MAIL, OLD, day(-2)))
    await before.catch_up(org, NOW)
    assert len(await findings(store, org)) == 2
    monkeypatch.setattr("graph.correlate.evaluating.CHUNK", 1)

    done = await Engine(store, rulebook("tls.weak")).catch_up(org, day(1))

    assert told(done.events) == [("finding.closed", "tls.expired")] * 2
    assert {(f["state"], f["cleared_reason"]) for f in await findings(store, org)} == {
        ("CLOSED", "RETIRED")
    }


async def test_a_chain_is_followed_back_as_far_as_the_rule_looks(store: Store) -> None:
    """dns.takeover looks along eight names."""
    org, engine = new_org(), Engine(store, rulebook("dns.takeover"))
    chain = [DomainName(name=f"n{number}.one.example") for number in range(10)]
    end = DomainName(name="one.pages.example")
    links = tuple(
        CnameTo(source=one, target=other)
        for one, other in zip(chain, [*chain[1:], end], strict=True)
    )
    at = day(-2)
    await write(store, org, Answer(chain[0], "test.a", Outcome.FOUND, at, at, links))
    gone = DomainName(name=end.name, dns_status="nonexistent")
    said = Answer(end, "test.b", Outcome.FOUND, day(-1), day(-1), (gone,))
    await write(store, org, said)

    done = await engine.evaluate(org, Touched(frozenset({end.id_in(org)})), NOW)

    # The rule asks of each target where it leads, so that names nine steps away are looked at, too; not the end itself,
    # which leads nowhere.
    assert done.looks == 9
    found = {f["subject_key"] for f in await findings(store, org)}
    assert found == {name.key for name in chain[2:]}


async def test_a_finding_is_closed_whose_subject_has_lost_what_the_rule_begins_with(
    store: Store,
) -> None:
    """As where retention has removed the relationship itself: then the rule is not asked, and nothing is found."""
    org, engine = new_org(), Engine(store, rulebook("dns.takeover"))
    name, end = DomainName(name="n.one.example"), DomainName(name="one.pages.example")
    await write(
        store,
        org,
        Answer(
            name, "test.a", Outcome.FOUND, day(-2), day(-2), (CnameTo(source=name, target=end),)
        ),
    )
    gone = DomainName(name=end.name, dns_status="nonexistent")
    await write(store, org, Answer(end, "test.b", Outcome.FOUND, day(-1), day(-1), (gone,)))
    await engine.pass_over(org, NOW)
    assert [f["state"] for f in await findings(store, org)] == ["OPEN"]

    await store.execute("MATCH (:Entity {org: $org})-[r:CNAME_TO]->() DELETE r", {"org": org})
    done = await engine.pass_over(org, NOW)

    assert told(done.events) == [("finding.closed", "dns.takeover")]


async def test_of_many_subjects_findings_are_found_by_way_of_the_rule(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.correlate.evaluating.CHUNK", 0)
    org, other, engine = new_org(), new_org(), Engine(store, rulebook("tls.expired", "tls.weak"))
    await write(store, org, presents(SITE, OLD, day(-2)), presents(MAIL, OLD, day(-2)))
    await write(store, other, presents(SITE, OLD, day(-2)))

    assert (
        told((await engine.pass_over(org, NOW)).events) == [("finding.opened", "tls.expired")] * 2
    )
    assert (await engine.pass_over(org, NOW)).events == []
    await write(store, org, presents(SITE, NEW, day(-1)))
    assert told((await engine.pass_over(org, NOW)).events) == [("finding.closed", "tls.expired")]
    assert [f["state"] for f in await findings(store, org)] == ["OPEN", "CLOSED"]
