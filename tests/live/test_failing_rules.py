"""Rules of organizations' own that fail: each hurts only itself, says why, and is not tried in a loop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.correlate import asking
from graph.correlate.books import read_own
from graph.correlate.engine import Engine
from graph.errors import InvalidRule
from graph.store import Store
from tests.support.correlating import NOW, OLD, SITE, day, presents, told, write
from tests.support.facts import new_org
from tests.support.own_rules import (
    FAILS,
    RULE,
    TEXT,
    change,
    failures,
    keeper,
    mail,
    served,
    states,
)

FIRST = mail("203.0.113.25")


async def test_a_rule_that_fails_hurts_only_itself_and_is_not_tried_with_every_write(
    store: Store,
) -> None:
    org, engine = new_org(), Engine(store)
    keep = keeper(store, org)
    await keep.save(RULE, FAILS, change())
    await keep.save("own.good", TEXT, change())
    await write(store, org, *served(FIRST))

    done = await engine.follow(org, NOW)
    assert (list(done.failed), told(done.events)) == ([RULE], [("finding.opened", "own.good")])
    assert "/ by zero" in (await failures(store, org))[RULE]

    touched = await write(store, org, *served(mail("203.0.113.27")))
    assert (await engine.evaluate(org, touched, NOW)).failed == {}
    assert (await engine.follow(org, NOW)).failed == {}
    assert list((await engine.catch_up(org, NOW)).failed) == [RULE]  # once an hour

    await keep.save(RULE, TEXT, change())
    done = await engine.follow(org, NOW)
    assert told(done.events) == [("finding.opened", RULE)] * 2
    assert await failures(store, org) == {}


async def test_values_by_which_a_rule_of_mirage_fails_are_not_tried_in_a_loop(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    org, engine = new_org(), Engine(store)
    await write(store, org, presents(SITE, OLD, day(-2)))
    await keeper(store, org).set("tls.expired", change(), is_enabled=False)
    await keeper(store, org).set("tls.expired", change(), is_enabled=True)

    def wrong(*_: object) -> None:
        raise InvalidRule("of another form")

    monkeypatch.setattr(asking, "read_rows", wrong)
    failed = dict((await engine.follow(org, NOW)).failed)
    monkeypatch.undo()
    assert list(failed) == ["tls.expired"]
    assert (await engine.follow(org, NOW)).looks == 0
    assert "tls.expired" in {rule for _, rule in told((await engine.catch_up(org, NOW)).events)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[address] AS evidence", "null AS evidence", "evidence is not a list of entities"),
        ("[has_port.id] AS links", "[1] AS links", "links is not a list of relationships' ids"),
        ("RETURN subject,", "RETURN address AS subject,", "subject that it was not given"),
        ("0.5 AS score", "0.0 / 0.0 AS score", "the score nan is not between 0 and 1"),
    ],
)
async def test_rows_that_are_none_are_a_failure_of_the_rule_alone(
    store: Store, old: str, new: str, said: str
) -> None:
    org = new_org()
    assert old in TEXT
    await keeper(store, org).save(RULE, TEXT.replace(old, new), change())
    await write(store, org, *served(FIRST))
    done = await Engine(store).follow(org, NOW)
    assert said in str(done.failed[RULE])


async def test_a_rule_may_take_and_give_only_so_much(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    org, engine = new_org(), Engine(store)
    keep = keeper(store, org)
    await write(store, org, *served(FIRST, mail("203.0.113.27")))
    many = TEXT.replace("RETURN subject", "UNWIND range(1, 9) AS number\nRETURN subject")
    none = "range(1, 9000000000) AS number\nWITH * WHERE number < 0\n"
    endless = many.replace("range(1, 9) AS number\n", none)
    for limit, most, said in (
        ("MOST_ROWS", 5, "more than 5 rows for 2 subjects"),
        ("MOST_EVIDENCE", 0, "rests on more than 0 entities"),
        ("OWN_LIMITS", replace(asking.OWN_LIMITS, timeout_s=0.001), "at its time limit"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(asking, limit, most)
            text = endless if limit == "OWN_LIMITS" else many
            await keep.save(RULE, f"{text}\n// {limit}", change())
            done = await engine.follow(org, NOW)
            assert said in str(done.failed[RULE])
    with monkeypatch.context() as patched:
        patched.setattr("graph.correlate.engine.OWN_TOTAL_S", 0.0)
        await keep.save(RULE, TEXT, change())
        assert "more than 0 seconds" in str((await engine.follow(org, NOW)).failed[RULE])


async def test_a_text_that_an_update_no_longer_takes_is_told_and_its_findings_stay(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    org, engine = new_org(), Engine(store)
    await write(store, org, *served(FIRST))
    await keeper(store, org).save(RULE, TEXT, change())
    await engine.follow(org, NOW)

    def gone(_: str, __: str) -> None:
        raise InvalidRule("rule:9: there is no such relationship any more")

    with monkeypatch.context() as patched:
        patched.setattr("graph.correlate.books.read_own", gone)
        done = await engine.catch_up(org, NOW)
        assert (list(done.failed), await states(store, org)) == ([RULE], {FIRST.key: "OPEN"})
        assert "no such relationship" in (await failures(store, org))[RULE]
        assert RULE not in (await engine.follow(org, NOW)).failed  # it is known
    assert read_own(RULE, TEXT).id == RULE
    done = await engine.follow(org, NOW)
    assert (done.failed, await failures(store, org)) == ({}, {})
