"""What a task has seen is waited for by all it asks afterwards, and what it writes counts as seen."""

from __future__ import annotations

import asyncio

import pytest

from graph.causality import causal
from graph.errors import InvalidQuestion
from graph.facts import Answer, Outcome
from graph.model.network import DomainName
from graph.store import Store
from graph.writer import Writer
from tests.support.facts import moment, new_org


async def written(store: Store) -> tuple[str, ...]:
    _, marks = await store.transact(lambda tx: tx.execute("CREATE (n:Note) DELETE n"))
    return marks


async def test_reads_and_writes_wait_for_what_was_seen(
    store: Store, waited: list[tuple[str, ...]]
) -> None:
    before = await written(store)
    with causal(before) as seen:
        await store.read("RETURN 1")
        had_written = seen.has_written
        made = await written(store)
        await store.read("RETURN 1")
        assert (had_written, seen.has_written) == (False, True)
        assert seen.marks == made, "the write had waited for what was seen before"
    await store.read("RETURN 1")

    assert waited == [before, made, ()]


async def test_tasks_that_are_started_meanwhile_belong_to_it(
    store: Store, waited: list[tuple[str, ...]]
) -> None:
    with causal() as seen:
        made = await asyncio.gather(written(store), written(store))
        assert set(seen.marks) == {made[0][0], made[1][0]}
        await asyncio.create_task(store.read("RETURN 1"))

    assert [set(marks) for marks in waited] == [set(seen.marks)]


async def test_what_the_writer_committed_for_somebody_counts(
    store: Store, waited: list[tuple[str, ...]]
) -> None:
    org, heron = new_org(), DomainName(name="heron.example")
    async with Writer(store) as writer:
        with causal() as seen:
            said = Answer(heron, "manual", Outcome.FOUND, moment(1), moment(1), (heron,))
            done = await writer.write(org, [said])
            assert seen.marks == done.bookmarks != ()
            await store.read("RETURN 1")

    assert waited[-1] == done.bookmarks


async def test_a_bookmark_of_nowhere_is_refused_and_not_tried_again(store: Store) -> None:
    retries = store.retries
    with causal(["nonsense"]), pytest.raises(InvalidQuestion):
        await store.read("RETURN 1")
    assert store.retries == retries
