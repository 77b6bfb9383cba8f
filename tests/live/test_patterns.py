"""Patterns on a real graph: their rows enter and leave with what is written, once, and in time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.correlate.anchors import Touched
from graph.errors import InvalidRule, LimitExceeded
from graph.facts import Answer, Outcome
from graph.model.certificate import Presents, TLSCertificate
from graph.model.network import DomainName, NetworkService
from graph.model.resolution import CnameTo
from graph.patterns import evaluating
from graph.patterns.evaluating import Bounds, Evaluator
from graph.patterns.watching import Patterns
from graph.store import Store
from tests.support.correlating import MAIL, NEW, NOW, OLD, SITE, day, presents, write
from tests.support.facts import new_org
from tests.support.patterned import ALIASES
from tests.support.patterns import (
    BY_CERTIFICATE,
    FAILS,
    NAME,
    TEXT,
    full_answer,
    inside,
    moved,
    pattern,
    rows,
    save,
)

SERVICES = [
    NetworkService(transport="tcp", address=f"192.0.2.{number}", port=443) for number in range(1, 5)
]


async def test_rows_enter_and_leave_with_what_is_written(store: Store) -> None:
    org, patterns = new_org(), Patterns(store)
    await write(store, org, presents(SITE, OLD, day(-2)))
    await save(store, org)

    done = await patterns.follow(org, day(0))
    assert [what for what, _ in moved(done.written)] == ["pattern.entered"]
    assert (await pattern(store, org)).is_whole
    [first] = await rows(store, org)
    assert (first["subject_key"], first["entered_at"].to_native()) == (SITE.key, day(0))
    assert first["values"] == (
        f'{{"evidence": ["{OLD.id_in(org)}"], "subject": "{SITE.id_in(org)}", "until": "2026-05-01T00:00:00+00:00"}}'
    )

    # The certificate is replaced: a row leaves, another one enters.
    touched = await write(store, org, presents(SITE, NEW, day(1)))
    done = await patterns.evaluate(org, touched, day(1))
    assert sorted(what for what, _ in moved(done.written)) == ["pattern.entered", "pattern.left"]
    assert [("left_at" in each) for each in await rows(store, org)] == [True, False]

    # It comes back: that is a row of its own, with its own time.
    touched = await write(store, org, presents(SITE, OLD, day(2)))
    await patterns.evaluate(org, touched, day(2))
    again = await rows(store, org)
    assert [("left_at" in each) for each in again] == [True, True, False]
    assert again[0]["key"] == again[2]["key"]
    assert (await pattern(store, org)).stored["rows"] == 1
    assert (await pattern(store, org)).stored["past"] == 2


async def test_looking_again_moves_nothing(store: Store) -> None:
    org, patterns = new_org(), Patterns(store)
    await save(store, org)
    touched = await write(store, org, presents(SITE, OLD, day(-2)), presents(MAIL, OLD, day(-2)))
    await patterns.evaluate(org, touched, NOW)
    before = await rows(store, org)
    assert len(before) == 2
    for done in (
        await patterns.evaluate(org, touched, NOW),
        await patterns.evaluate(org, Touched.of(touched.ids), NOW),
        await patterns.follow(org, NOW),
        await patterns.catch_up(org, day(0.1)),
    ):
        assert done.written == []
    assert await rows(store, org) == before


async def test_organizations_do_not_meet(store: Store) -> None:
    one, two, patterns = new_org(), new_org(), Patterns(store)
    await write(store, one, presents(SITE, OLD, day(-2)))
    touched = await write(store, two, presents(SITE, OLD, day(-2)))
    await save(store, one)
    assert (await patterns.evaluate(two, touched, NOW)).written == []
    await patterns.follow(two, NOW)
    await patterns.evaluate(one, touched, NOW)  # ids of the other's
    assert (await rows(store, one), await rows(store, two)) == ([], [])


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1_000_000))
async def test_what_entered_less_what_left_is_the_full_answer(store: Store, seed: int) -> None:
    """After any writes, some looked at together, by two processes, with the pattern saved anew in between."""
    spread = random.Random(seed)
    org, processes = new_org(), (Patterns(store), Patterns(store))
    texts = {NAME: [TEXT, TEXT.replace("certificate.not_after AS until", "null AS until")]}
    texts["by_certificate"] = [BY_CERTIFICATE, TEXT]
    told: list[tuple[str, str]] = []
    now, waiting = day(0), Touched.of(())
    for name, (text, _) in texts.items():
        await save(store, org, text, name)

    async def looked() -> None:
        for done in await asyncio.gather(*(each.evaluate(org, waiting, now) for each in processes)):
            assert done.failed == {}
            told.extend(moved(done.written))

    async def followed() -> None:
        for done in await asyncio.gather(*(each.follow(org, now) for each in processes)):
            told.extend(moved(done.written))

    for step in range(14):
        now += timedelta(hours=1)
        touched = await write(store, org, *_said(spread, now, org))
        waiting = Touched.of(waiting.ids | touched.ids)
        if step in (4, 9):
            name = spread.choice(list(texts))
            await save(store, org, spread.choice(texts[name]), name)
        if step in (2, 6, 11):
            await followed()
        if spread.random() < 0.6:
            await looked()
            waiting = Touched.of(())
    await looked()
    await followed()

    await _agree(store, org, told, texts)


async def _agree(store: Store, org: str, told: list[tuple[str, str]], names: Iterable[str]) -> None:
    """What was told to have entered, less what left, is what each pattern answers with when asked for everything."""
    entered = [each for what, each in told if what == "pattern.entered"]
    left = [each for what, each in told if what == "pattern.left"]
    assert len(set(entered)) == len(entered)
    assert len(set(left)) == len(left)
    assert set(left) <= set(entered)
    stored = {str(each["id"]): each for each in await rows(store, org)}
    there = [stored[each] for each in set(entered) - set(left)]
    for name in names:
        kept = await pattern(store, org, name)
        keys = [str(each["key"]) for each in there if each["pattern"] == kept.id]
        assert len(set(keys)) == len(keys)
        assert set(keys) == await full_answer(store, org, name), name
        assert kept.stored["rows"] == len(keys)


def _said(spread: random.Random, at: datetime, org: str) -> list[Answer]:
    """What some services presented, or no longer."""
    said = [
        presents(spread.choice(SERVICES), spread.choice([OLD, NEW, NEW, None]), at)
        for _ in range(spread.randint(1, 3))
    ]
    return list({each.observation_id(org): each for each in said}.values())


async def test_several_that_evaluate_at_once_tell_it_once(store: Store) -> None:
    org, processes = new_org(), [Patterns(store) for _ in range(4)]
    await save(store, org)
    touched = await write(store, org, *(presents(each, OLD, day(-2)) for each in SERVICES))
    done = await asyncio.gather(
        *(each.evaluate(org, touched, NOW) for each in processes),
        *(each.follow(org, NOW) for each in processes),
    )
    told = [each for one in done for each in moved(one.written)]
    assert len(told) == len(set(told)) == len(SERVICES)
    assert await inside(store, org) == sorted(each.key for each in SERVICES)


async def test_a_new_text_is_another_answer_also_about_another_kind(store: Store) -> None:
    org, patterns = new_org(), Patterns(store)
    await write(store, org, presents(SITE, OLD, day(-2)), presents(MAIL, OLD, day(-2)))
    first = await save(store, org)
    await patterns.follow(org, NOW)

    assert await save(store, org, BY_CERTIFICATE) == first
    assert not (await pattern(store, org)).is_whole
    done = await patterns.follow(org, day(1))
    assert sorted(what for what, _ in moved(done.written)) == [
        "pattern.entered",
        "pattern.left",
        "pattern.left",
    ]
    assert await inside(store, org) == [OLD.key]
    assert {str(each["key"]) for each in await rows(store, org) if "left_at" not in each} == (
        await full_answer(store, org)
    )


async def test_whoever_was_at_it_as_it_was_saved_writes_nothing_by_what_was_before(
    store: Store,
) -> None:
    org = new_org()
    await write(store, org, presents(SITE, OLD, day(-2)))
    await save(store, org)
    before = await pattern(store, org)
    await save(store, org, BY_CERTIFICATE)
    assert before.asks
    evaluator = Evaluator(store, org, NOW)
    assert await evaluator.evaluate(before, before.asks, [SITE.id_in(org)]) is None
    await evaluator.record_pass(before)
    await evaluator.record_failure(before, LimitExceeded("too much"))
    now = await pattern(store, org)
    assert not now.is_whole
    assert not now.has_failed
    assert await rows(store, org) == []


async def test_one_that_fails_hurts_only_itself_says_why_and_is_made_up_for(store: Store) -> None:
    org, patterns = new_org(), Patterns(store)
    await save(store, org, FAILS, "failing")
    await save(store, org)
    touched = await write(store, org, presents(MAIL, OLD, day(-2)))
    assert (await patterns.evaluate(org, touched, NOW)).failed == {}
    assert await inside(store, org) == [MAIL.key, MAIL.key]

    touched = await write(store, org, presents(SITE, OLD, day(-1)))
    done = await patterns.evaluate(org, touched, NOW)
    failing = await pattern(store, org, "failing")
    assert list(done.failed) == [failing.id]
    assert failing.has_failed
    assert "/ by zero" in failing.stored["failure"]
    assert await inside(store, org) == [MAIL.key, MAIL.key, SITE.key]

    # It is not asked with every write, nor followed; passes try it again, and so does a new text.
    assert (await patterns.evaluate(org, touched, NOW)).failed == {}
    assert (await patterns.follow(org, NOW)).failed == {}
    assert list((await patterns.catch_up(org, NOW)).failed) == [failing.id]
    await save(store, org, TEXT, "failing")
    await patterns.follow(org, NOW)
    mended = await pattern(store, org, "failing")
    assert mended.is_whole
    assert "failure" not in mended.stored
    assert await inside(store, org) == [MAIL.key, MAIL.key, SITE.key, SITE.key]


async def test_a_relationship_that_lies_elsewhere_is_refused(store: Store) -> None:
    """Else nobody would hold it against the clearance of who reads the row."""
    org, patterns = new_org(), Patterns(store)
    await write(store, org, presents(SITE, OLD, day(-2)))
    await save(store, org, TEXT.replace("[certificate] AS evidence", "[subject] AS evidence"))
    done = await patterns.follow(org, NOW)
    [error] = done.failed.values()
    assert isinstance(error, InvalidRule)
    assert "does not lie between entities of the row" in str(error)
    assert await rows(store, org) == []
    assert (await pattern(store, org)).stored["rows"] == 0


async def test_what_leads_back_to_itself_is_a_row_like_others(store: Store) -> None:
    org, patterns = new_org(), Patterns(store)
    name = DomainName(name="loop.example")
    said = Answer(
        name, "test.dns", Outcome.FOUND, day(-1), day(-1), (name, CnameTo(source=name, target=name))
    )
    await save(store, org, ALIASES)
    done = await patterns.evaluate(org, await write(store, org, said), NOW)
    assert done.failed == {}
    assert await inside(store, org) == [name.key]


def bounded(rows: int, past: int) -> Callable[[str], Awaitable[Bounds]]:
    """Bounds that are the same for all."""

    async def bounds(_: str) -> Bounds:
        return Bounds(rows, past)

    return bounds


async def test_bounds_hold(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating, "SLACK", 0)
    org, patterns = new_org(), Patterns(store, bounded(rows=2, past=1))
    await save(store, org)
    touched = await write(store, org, *(presents(each, OLD, day(-2)) for each in SERVICES[:2]))
    await patterns.evaluate(org, touched, NOW)

    # One more is too many: the answer stays as it is, and that is said.
    more = await write(store, org, presents(SERVICES[2], OLD, day(-1)))
    done = await patterns.evaluate(org, more, NOW)
    assert isinstance(done.failed[(await pattern(store, org)).id], LimitExceeded)
    assert await inside(store, org) == sorted(each.key for each in SERVICES[:2])
    assert (await pattern(store, org)).stored["failure"] == (
        "it has more than 2 rows; ask for less, or set patterns.rows"
    )

    wide = Patterns(store, bounded(rows=3, past=1))
    await wide.catch_up(org, NOW)
    assert (await pattern(store, org)).is_whole
    # Three leave, one after the other: the last of them is kept, and how many are not.
    for hour, service in enumerate(SERVICES[:3], start=1):
        touched = await write(store, org, presents(service, None, day(0.1 * hour)))
        await wide.evaluate(org, touched, day(0.1 * hour))
    [left] = await rows(store, org)
    assert left["subject_key"] == SERVICES[2].key
    stored = (await pattern(store, org)).stored
    assert (stored["rows"], stored["past"], stored["forgotten"]) == (0, 1, 2)
    assert stored["forgotten_until"] == day(0.2)


async def test_one_that_goes_by_the_clock_is_asked_again_by_passes(store: Store) -> None:
    org, patterns = new_org(), Patterns(store)
    clocked = TEXT.replace(
        "WHERE presents.holds_since IS NOT NULL",
        "WHERE presents.holds_since IS NOT NULL AND certificate.not_after < $now",
    )
    await save(store, org, clocked)
    await write(store, org, presents(SITE, NEW, day(-2)))
    await patterns.follow(org, NOW)
    assert await inside(store, org) == []
    await patterns.catch_up(org, day(200))
    assert await inside(store, org) == [SITE.key]


async def test_what_was_hidden_as_it_entered_can_be_read_once_it_is_open(store: Store) -> None:
    org, patterns = new_org(), Patterns(store)
    await save(store, org)
    facts = (SITE, Presents(source=SITE, target=OLD))
    hidden = Answer(SITE, "told.once", Outcome.FOUND, day(-3), day(-3), facts, tlp="RED")
    await patterns.evaluate(org, await write(store, org, hidden), NOW)
    [row] = await rows(store, org)
    assert set(row["marked"]) == {"RED"}
    touched = await write(store, org, presents(SITE, OLD, day(-2)), _certificate(OLD))
    await patterns.evaluate(org, touched, NOW)
    [row] = await rows(store, org)
    assert set(row["marked"]) == {""}


def _certificate(one: TLSCertificate) -> Answer:
    return Answer(one, "test.certificate", Outcome.FOUND, day(-2), day(-2), (one,))
