"""Rules of organizations' own, and how they set those of Mirage: on a real graph, by an engine that reads them anew."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from graph.correlate import keeping
from graph.correlate.anchors import Touched
from graph.correlate.books import books_of
from graph.correlate.engine import Engine
from graph.correlate.evaluating import Evaluator
from graph.errors import Conflict, InvalidQuestion, InvalidRule, LimitExceeded, NotFound
from graph.identity.comparing import Resolver
from graph.store import Store
from server.jobs.events import Publisher, touched_since
from server.jobs.queue import Queue
from server.roles.correlator import Correlating
from tests.support.correlating import MAIL, NOW, OLD, SITE, day, findings, presents, told, write
from tests.support.facts import new_org
from tests.support.own_rules import (
    RULE,
    TEXT,
    change,
    failures,
    keeper,
    mail,
    served,
    states,
)

DOCS = Path(__file__).parents[2] / "docs" / "rules.md"
FIRST, OTHER = mail("203.0.113.25"), mail("203.0.113.26", 587)


async def test_what_is_saved_is_evaluated_everywhere_and_with_every_write(store: Store) -> None:
    org, engine = new_org(), Engine(store)
    await write(store, org, *served(FIRST, OTHER))

    assert await keeper(store, org).save(RULE, TEXT, change()) == 1
    done = await engine.follow(org, NOW)

    assert told(done.events) == [("finding.opened", RULE)]
    assert await states(store, org) == {FIRST.key: "OPEN"}
    again = await Engine(store).follow(org, NOW)  # as another process would
    assert (again.looks, again.events) == (0, [])

    third = mail("203.0.113.27")
    done = await engine.evaluate(org, await write(store, org, *served(third)), NOW)
    assert ("finding.opened", RULE) in told(done.events)
    assert await states(store, org) == {FIRST.key: "OPEN", third.key: "OPEN"}


async def test_a_new_version_goes_on_with_the_findings_and_an_old_one_can_be_brought_back(
    store: Store,
) -> None:
    org, engine = new_org(), Engine(store)
    keep = keeper(store, org)
    await write(store, org, *served(FIRST))
    await keep.save(RULE, TEXT, change(comment="begun"))
    await engine.follow(org, NOW)
    [before] = await findings(store, org)

    graver = TEXT.replace("severity:    INFO", "severity:    HIGH").replace(
        "the old port", "an old port", 1
    )
    assert await keep.save(RULE, graver, change(expects=1)) == 2
    assert told((await engine.follow(org, day(1))).events) == [("finding.changed", RULE)]
    [after] = await findings(store, org)
    assert (after["id"], after["severity"], before["severity"]) == (before["id"], "HIGH", "INFO")

    assert await keep.roll_back(RULE, 1, change()) == 3
    await engine.follow(org, day(2))
    assert [each["severity"] for each in await findings(store, org)] == ["INFO"]
    versions = await keep.versions(RULE, None, 10)
    assert [(v.number, v.comment, v.by) for v in versions] == [
        (3, "", "ann"),
        (2, "", "ann"),
        (1, "begun", "ann"),
    ]
    assert [v.state.text for v in versions] == [TEXT, graver, TEXT]
    with pytest.raises(NotFound, match="there is no version 9"):
        await keep.roll_back(RULE, 9, change())


async def test_what_was_found_by_a_version_in_between_does_not_stay(store: Store) -> None:
    org, engine = new_org(), Engine(store)
    keep = keeper(store, org)
    touched = await write(store, org, *served(FIRST))
    await keep.save(RULE, TEXT, change())
    await engine.follow(org, NOW)
    await keep.save(RULE, TEXT.replace("severity:    INFO", "severity:    HIGH"), change())
    await engine.evaluate(org, touched, NOW)  # a write came before the pass over everything
    assert [each["severity"] for each in await findings(store, org)] == ["HIGH"]

    await keep.roll_back(RULE, 1, change())
    await engine.follow(org, NOW)

    assert [each["severity"] for each in await findings(store, org)] == ["INFO"]


async def test_what_is_deleted_closes_its_findings_and_comes_back_with_its_versions(
    store: Store,
) -> None:
    org, engine = new_org(), Engine(store)
    keep = keeper(store, org)
    await write(store, org, *served(FIRST))
    await keep.save(RULE, TEXT, change())
    await engine.follow(org, NOW)

    await keep.delete(RULE, change())
    done = await engine.follow(org, day(1))

    assert [(e.type, e.data["reason"]) for e in done.events] == [("finding.closed", "RETIRED")]
    assert await states(store, org) == {FIRST.key: "CLOSED"}
    assert (await engine.follow(org, day(1))).events == []
    with pytest.raises(NotFound):
        await keep.delete(RULE, change())
    with pytest.raises(InvalidQuestion, match="by version 2 own"):
        await keep.roll_back(RULE, 2, change())
    await keep.roll_back(RULE, 1, change())
    assert told((await engine.follow(org, day(2))).events) == [("finding.reopened", RULE)]


async def test_parameters_are_set_for_one_organization_alone(store: Store) -> None:
    org, other, engine = new_org(), new_org(), Engine(store)
    for each in (org, other):
        await write(store, each, *served(FIRST, OTHER))
        await keeper(store, each).save(RULE, TEXT, change())
        await engine.follow(each, NOW)

    await keeper(store, org).set(RULE, change(), parameters={"port": 587})
    await engine.follow(org, NOW)
    await engine.follow(other, NOW)

    assert await states(store, org) == {FIRST.key: "CLOSED", OTHER.key: "OPEN"}
    assert await states(store, other) == {FIRST.key: "OPEN"}


async def test_a_rule_of_mirage_is_switched_off_and_on_and_set(store: Store) -> None:
    org, engine = new_org(), Engine(store)
    keep = keeper(store, org)
    await write(store, org, presents(SITE, OLD, day(-2)))
    await engine.catch_up(org, NOW)
    opened = {f["rule"] for f in await findings(store, org) if f["state"] == "OPEN"}
    assert "tls.expired" in opened

    await keep.set("tls.expired", change(), is_enabled=False)
    done = await engine.follow(org, NOW)
    assert told(done.events) == [("finding.closed", "tls.expired")]
    touched = await write(store, org, presents(SITE, OLD, day(-1)), presents(MAIL, OLD, day(-1)))
    assert "tls.expired" not in {
        rule for _, rule in told((await engine.evaluate(org, touched, NOW)).events)
    }

    await keep.set("tls.expired", change(), is_enabled=True)
    done = await engine.follow(org, NOW)
    assert told(done.events) == [
        ("finding.opened", "tls.expired"),
        ("finding.reopened", "tls.expired"),
    ]


@pytest.mark.parametrize(
    ("rule", "given", "said"),
    [
        (
            "tls.expiring",
            {"notice": 7},
            r"parameters\.notice: .* is not a duration .*; P21D is right",
        ),
        (
            "tls.expiring",
            {"notise": "P7D"},
            r"parameters\.notise: tls.expiring has no such parameter; there are: notice",
        ),
        ("tls.expiring", [], "parameters: an object"),
        (RULE, {"port": "465"}, r"parameters\.port: .*is not a value of type int; 465 is right"),
        (RULE, {"port": 2**63}, r"parameters\.port: .*is not a value of type int"),
    ],
)
async def test_values_are_held_to_their_types(
    store: Store, rule: str, given: object, said: str
) -> None:
    org = new_org()
    keep = keeper(store, org)
    await keep.save(RULE, TEXT, change())
    with pytest.raises(InvalidQuestion, match=said):
        await keep.set(rule, change(), parameters=given)
    assert (await books_of(store, org)).book.settings == {RULE: {}}


async def test_a_new_text_does_not_leave_values_behind_that_mean_nothing(store: Store) -> None:
    keep = keeper(store, new_org())
    await keep.save(RULE, TEXT, change())
    await keep.set(RULE, change(), parameters={"port": 587})
    renamed = TEXT.replace("port: int", "number: int").replace("$port", "$number")
    with pytest.raises(
        InvalidQuestion, match=r"parameters\.port: .*no such parameter.*`setRule` with"
    ):
        await keep.save(RULE, renamed, change())
    await keep.set(RULE, change(), parameters={})
    assert await keep.save(RULE, renamed, change()) == 4


@pytest.mark.parametrize(
    ("name", "text", "error", "said"),
    [
        ("tls.expired", TEXT, InvalidQuestion, "own.NAME"),
        ("own.Bad", TEXT, InvalidQuestion, "own.NAME"),
        ("own." + "a" * 60, TEXT, InvalidQuestion, "60 in all"),
        (RULE, TEXT.replace("RETURN subject,", "SET subject.port = 1 RETURN subject,"), InvalidRule,
         r"rule:\d+: a rule only reads"),
        (RULE, TEXT.replace("0.5 AS score", "0.5 + AS score"), InvalidQuestion, "query: "),
        (RULE, TEXT + " " * 20_000, LimitExceeded, "20,000 characters"),
    ],
)  # fmt: skip
async def test_what_breaks_a_promise_is_not_kept(
    store: Store, name: str, text: str, error: type[Exception], said: str
) -> None:
    org = new_org()
    with pytest.raises(error, match=said):
        await keeper(store, org).save(name, text, change())
    assert (await books_of(store, org)).rows == {}


async def test_changes_do_not_pass_over_each_other(store: Store) -> None:
    keep = keeper(store, new_org())
    await keep.save(RULE, TEXT, change(expects=0))
    with pytest.raises(Conflict, match="version 0 was meant to be changed, and 1 is there now"):
        await keep.save(RULE, TEXT + "\n", change(expects=0))
    once = change(name="the same request")
    assert await keep.set(RULE, once, is_enabled=False) == 2
    assert await keep.set(RULE, change(), is_enabled=True) == 3
    assert await keep.set(RULE, once, is_enabled=False) == 3  # sent again
    assert await keep.set(RULE, change(), is_enabled=True) == 3  # nothing would change
    saved = await asyncio.gather(
        *(keep.save(RULE, f"{TEXT}\n// {n}", change(expects=3)) for n in range(4)),
        return_exceptions=True,
    )
    assert [type(each) for each in saved if not isinstance(each, int)] == [Conflict] * 3


async def test_there_are_only_so_many_and_only_so_many_versions(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_OWN", 2)
    monkeypatch.setattr(keeping, "KEPT", 3)
    keep = keeper(store, new_org())
    await keep.save("own.one", TEXT, change())
    await keep.save("own.two", TEXT, change())
    with pytest.raises(LimitExceeded, match="at most 2 rules of its own"):
        await keep.save("own.three", TEXT, change())
    await keep.set("tls.expired", change(), is_enabled=False)  # is none of its own
    await keep.delete("own.one", change())
    await keep.save("own.three", TEXT, change())
    for number in range(5):
        await keep.set("own.two", change(), is_enabled=number % 2 == 1)
    assert [v.number for v in await keep.versions("own.two", None, 10)] == [6, 5, 4]


async def test_who_evaluates_by_a_rule_that_was_set_again_writes_nothing(store: Store) -> None:
    org = new_org()
    keep = keeper(store, org)
    await write(store, org, *served(FIRST))
    await keep.save(RULE, TEXT, change())
    before = Evaluator(store, (await books_of(store, org)).book, org, NOW)
    rule = before.book.rules[RULE]
    await keep.set(RULE, change(), is_enabled=False)

    assert await before.evaluate(rule, [FIRST.id_in(org)]) is None
    await before.record_pass(rule)
    await before.record_failure(RULE, "x", InvalidRule("x"))

    assert await findings(store, org) == []
    assert await failures(store, org) == {}
    books = await books_of(store, org)
    assert books.rows[RULE].digest is None
    off = Evaluator(store, books.book, org, NOW)
    await keep.set(RULE, change(), is_enabled=True)
    await Engine(store).follow(org, NOW)
    assert await off.retire(RULE) == (None, True)
    assert await states(store, org) == {FIRST.key: "OPEN"}


async def test_a_correlator_takes_what_was_saved(store: Store, queue: Queue) -> None:
    org = new_org()
    await write(store, org, *served(FIRST))
    await store.execute("MATCH (o:Outbox {org: $org}) DELETE o", {"org": org})
    await keeper(store, org).save(RULE, TEXT, change())

    await Correlating(store, Engine(store), Resolver(store), Publisher(store, queue)).correlate(org)

    assert await states(store, org) == {FIRST.key: "OPEN"}
    assert await touched_since(store, org) == (Touched(frozenset()), [])


async def test_the_rule_of_the_documentation_finds_what_it_says(store: Store) -> None:
    org = new_org()
    (text,) = re.findall(r"```cypher\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    await write(store, org, *served(mail("203.0.113.25", 443), FIRST))
    await keeper(store, org).save("own.unoffered_port", text, change())
    await keeper(store, org).set("own.unoffered_port", change(), parameters={"offered": [443]})
    await Engine(store).follow(org, NOW)
    assert await states(store, org) == {FIRST.key: "OPEN"}


async def test_nothing_is_asked_of_rules_where_nothing_was_touched(store: Store) -> None:
    before = store.statements
    assert (await Engine(store).evaluate(new_org(), Touched(frozenset()), NOW)).looks == 0
    assert store.statements == before
