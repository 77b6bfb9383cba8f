"""Keeping patterns on a real graph: saving, trying and deleting them, and forgetting what left them long ago."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from graph.errors import Conflict, InvalidQuestion, LimitExceeded, NotFound
from graph.facts import Answer, Outcome
from graph.model.network import HasPort, IPAddress, NetworkService
from graph.patterns.books import patterns_of
from graph.patterns.keeping import try_pattern
from graph.patterns.watching import Patterns
from graph.queries.pattern import LOCK_PATTERN, IdParams
from graph.store import Store, Transaction
from server.retention.kinds import Removed
from tests.support.aging import DAY, World
from tests.support.correlating import MAIL, NEW, NOW, OLD, SITE, day, presents, write
from tests.support.facts import moment, new_org
from tests.support.patterns import (
    BY_CERTIFICATE,
    FAILS,
    NAME,
    TEXT,
    change,
    keeper,
    pattern,
    rows,
    save,
)

DOCS = Path(__file__).parents[2] / "docs" / "watches.md"


async def test_what_is_saved_again_is_the_same_and_other_versions_are_not_passed_over(
    store: Store,
) -> None:
    org = new_org()
    keep = keeper(store, org)
    once = change(expects=0)
    first = await keep.save(NAME, TEXT, once)
    assert await keep.save(NAME, TEXT, once) == first
    assert await keep.save(NAME, BY_CERTIFICATE, change(expects=1)) == first
    assert await keep.save(NAME, TEXT, once) == first, "sent again, late"
    kept = await pattern(store, org)
    assert (kept.number, kept.stored["text"]) == (2, BY_CERTIFICATE)
    assert (kept.stored["created_by"], kept.stored["kind"]) == ("ann", "TLSCertificate")
    with pytest.raises(Conflict, match="version 1 was meant to be changed, and 2 is there now"):
        await keep.save(NAME, TEXT, change(expects=1))
    with pytest.raises(InvalidQuestion, match="until"):
        await keep.save(NAME, TEXT.replace("AS until", "+ unknown AS until"), change())


async def test_there_are_so_many_and_not_more(store: Store) -> None:
    org = new_org()
    keep = keeper(store, org, most=2)
    done = await asyncio.gather(
        *(keep.save(f"n{number}", TEXT, change()) for number in range(4)), return_exceptions=True
    )
    assert sum(isinstance(each, LimitExceeded) for each in done) == 2
    assert len(await patterns_of(store, org)) == 2


async def test_one_that_is_deleted_goes_with_all_it_has_and_its_name_is_free(store: Store) -> None:
    org, patterns = new_org(), Patterns(store)
    await write(store, org, presents(SITE, OLD, day(-2)))
    first = await save(store, org)
    await patterns.follow(org, NOW)
    await keeper(store, org).delete(first)
    with pytest.raises(NotFound):
        await keeper(store, org).delete(first)
    second = await save(store, org)
    assert second != first
    # Evaluated for another write before it went: nothing is written of it any more.
    touched = await write(store, org, presents(SITE, NEW, day(1)))
    await patterns.evaluate(org, touched, day(1))
    assert {each["pattern"] for each in await rows(store, org) if "left_at" in each} == set()
    await asyncio.gather(*(Patterns(store).follow(org, day(1)) for _ in range(3)))
    assert {each["pattern"] for each in await rows(store, org)} == {second}
    assert [each.id for each in await patterns_of(store, org)] == [second]


async def test_one_is_tried_and_nothing_is_kept(store: Store) -> None:
    org = new_org()
    await write(store, org, presents(SITE, OLD, day(-2)), presents(MAIL, OLD, day(-2)))
    tried = await try_pattern(store, org, TEXT, NOW)
    assert ({each.subject for each in tried.found}, tried.looks, tried.is_whole) == (
        {SITE.id_in(org), MAIL.id_in(org)},
        2,
        True,
    )
    assert not (await try_pattern(store, org, TEXT, NOW, 1)).is_whole
    with pytest.raises(InvalidQuestion, match="/ by zero"):
        await try_pattern(store, org, FAILS, NOW)
    assert await patterns_of(store, org) == []


async def test_the_one_of_the_documentation_works_as_it_stands(store: Store) -> None:
    org, patterns = new_org(), Patterns(store)
    [text] = re.findall(r"```cypher\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert text.count("MATCH") == 2
    port, other = (served_port(number) for number in (25, 22))
    await save(store, org, text, "open_mail")
    await patterns.evaluate(org, await write(store, org, port, other), NOW)
    [row] = await rows(store, org)
    assert row["subject_key"] == port.about.key


def served_port(number: int) -> Answer:
    address = IPAddress(address="192.0.2.7")
    service = NetworkService(transport="tcp", address="192.0.2.7", port=number)
    facts = (address, service, HasPort(source=address, target=service))
    return Answer(service, "test.ports", Outcome.FOUND, day(-1), day(-1), facts)


async def test_whoever_saves_does_not_wait_for_who_evaluates(store: Store) -> None:
    org = new_org()
    first = await save(store, org)

    async def work(tx: Transaction) -> str:
        await tx.fetch(LOCK_PATTERN.bind(IdParams(id=first)))
        async with asyncio.timeout(5):
            return await save(store, org, BY_CERTIFICATE)

    done, _ = await store.transact(work)
    assert done == first
    assert (await pattern(store, org)).number == 2


async def test_rows_that_left_long_ago_are_forgotten_and_counted(world: World) -> None:
    """Those that are in stay, however old."""
    store, org, patterns = world.store, world.org, Patterns(world.store)
    await save(store, org)
    for service, at in ((SITE, moment(DAY)), (MAIL, moment(DAY))):
        touched = await write(store, org, presents(service, OLD, at))
        await patterns.evaluate(org, touched, at)
    for service, at in ((SITE, moment(2 * DAY)), (MAIL, moment(190 * DAY))):
        touched = await write(store, org, presents(service, NEW, at))
        await patterns.evaluate(org, touched, at)
    assert (await world.plan(patterns_days=90))["patterns"].total == 1
    await world.keep(patterns_days=90)
    assert await world.apply() == {"patterns": Removed(1)}
    assert await world.apply() == {}
    assert sorted("left_at" in each for each in await rows(store, org)) == [False, False, True]
    stored = (await pattern(store, org)).stored
    assert (stored["rows"], stored["past"], stored["forgotten"]) == (2, 1, 1)
    assert stored["forgotten_until"] == moment(2 * DAY)
