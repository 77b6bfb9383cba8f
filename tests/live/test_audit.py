"""The audit on the real database: what is written of an act, and how it is read."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graph.errors import Conflict, StoreUnavailable
from graph.store import Store
from server.audit.chain import append
from server.audit.events import OK, UNKNOWN, Actor, Event
from server.audit.journal import Audit
from server.audit.keeping import NOBODY_ENDS_AFTER, Keeping
from server.audit.reading import Filter, find
from server.audit.verifying import Verdict
from tests.support.chains import filled, rows_of, verdict
from tests.support.keys import MASTERS, keyring


async def test_an_act_leaves_a_row_before_and_a_row_after(
    store: Store, org: str, audit: Audit
) -> None:
    actor = Actor(org, "user", "key", "203.0.113.9", "request-1")
    async with audit.act(actor, "startScan", "", {"seeds": ["heron.example"]}) as act:
        [before] = await rows_of(store, org)
        act.subject = "run-1"

    rows = await rows_of(store, org)
    assert rows[0] == before
    shown = [(r.seq, r.phase, r.action, r.subject, r.outcome, r.details) for r in rows]
    assert shown == [
        (1, "BEFORE", "startScan", "", "", '{"seeds":["heron.example"]}'),
        (2, "AFTER", "startScan", "run-1", OK, "{}"),
    ]
    assert {(r.org, r.actor, r.credential, r.address, r.correlation_id) for r in rows} == {
        (org, "user", "key", "203.0.113.9", "request-1")
    }
    assert rows[1].previous == rows[0].hash
    assert rows[0].previous == ""
    assert (await verdict(store, org)) == Verdict(org, 2, 2, rows[1].hash)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Conflict("no"), "CONFLICT"),
        (ValueError("secret words"), "INTERNAL"),
        (asyncio.CancelledError(), UNKNOWN),
    ],
)
async def test_an_act_that_fails_is_told_with_how(
    store: Store, org: str, audit: Audit, error: BaseException, outcome: str
) -> None:
    with pytest.raises(type(error)):
        async with audit.act(Actor(org), "act"):
            raise error

    rows = await rows_of(store, org)
    assert [row.outcome for row in rows] == ["", outcome]
    assert "secret words" not in str(rows)


async def test_nothing_is_done_where_the_first_row_cannot_be_written(org: str) -> None:
    async with Store.open("bolt://127.0.0.1:9", "neo4j", "x") as away:
        audit = Audit(away, keyring())
        done = False
        with pytest.raises(StoreUnavailable):
            async with audit.act(Actor(org), "act"):
                done = True
        await audit.aclose()

    assert not done


async def test_many_writers_make_one_chain_without_gaps(store: Store, org: str) -> None:
    audits = [Audit(store, keyring()) for _ in range(4)]
    await asyncio.gather(
        *(
            audit.record(Event(f"act{number}", Actor(org)))
            for number in range(25)
            for audit in audits
        )
    )

    rows = await rows_of(store, org)
    assert [row.seq for row in rows] == list(range(1, 101))
    assert (await verdict(store, org)).problem == ""


async def test_rows_that_come_together_share_a_transaction(store: Store, org: str) -> None:
    audit, before = Audit(store, keyring()), store.statements
    await asyncio.gather(*(audit.record(Event("act", Actor(org))) for _ in range(40)))

    assert store.statements - before == 1
    assert len(await rows_of(store, org)) == 40


async def test_an_event_that_is_recorded_again_is_written_once(
    store: Store, org: str, audit: Audit
) -> None:
    event = Event("act", Actor(org))
    await audit.record(event)
    await audit.record(event)
    await append(store, MASTERS, org, [event, Event("other", Actor(org)), event])

    assert [row.action for row in await rows_of(store, org)] == ["act", "other"]
    assert (await verdict(store, org)).problem == ""


async def test_texts_of_callers_are_bounded_and_never_stop_an_act(
    store: Store, org: str, audit: Audit
) -> None:
    async with audit.act(Actor(org), "act", "\ud800" + "x" * 900, {"big": "y" * 9_000, "n": 2**70}):
        pass

    row = (await rows_of(store, org))[0]
    assert len(row.subject) == 500
    assert row.details == '{"left_out":"unreadable"}'
    assert (await verdict(store, org)).problem == ""


async def test_an_act_whose_process_died_ends_unknown_once(
    store: Store, org: str, audit: Audit
) -> None:
    begun = Event("startScan", Actor(org, "u"), "s").begun()
    await append(store, MASTERS, org, [begun])
    keeping = Keeping(store, MASTERS, audit, org)
    now = datetime.now(UTC)

    await keeping.end_unended(now)
    assert len(await rows_of(store, org)) == 1, "it may still be under way"

    await keeping.end_unended(now + NOBODY_ENDS_AFTER + timedelta(seconds=5))
    await keeping.end_unended(now + NOBODY_ENDS_AFTER + timedelta(seconds=5))
    # The process was only very slow.
    await append(store, MASTERS, org, [begun.ended(OK, "s", {})])

    rows = await rows_of(store, org)
    assert [(row.phase, row.outcome, row.actor) for row in rows] == [
        ("BEFORE", "", "u"),
        ("AFTER", UNKNOWN, "u"),
    ]


async def test_an_end_that_cannot_be_written_at_once_is_written_later(
    store: Store, org: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.audit.journal.INSIST_EVERY_S", 0.05)
    audit, is_away = Audit(store, keyring()), True
    real = store.transact

    async def sometimes(*args: Any, **kwargs: Any) -> Any:
        if is_away:
            raise StoreUnavailable("away")
        return await real(*args, **kwargs)

    async with audit.act(Actor(org), "act"):
        monkeypatch.setattr(store, "transact", sometimes)
    assert len(await rows_of(store, org)) == 1
    is_away = False
    for _ in range(100):
        if len(await rows_of(store, org)) == 2:
            break
        await asyncio.sleep(0.02)

    assert [row.outcome for row in await rows_of(store, org)] == ["", OK]
    await audit.aclose()


async def test_rows_are_found_by_what_they_say_newest_first(store: Store, org: str) -> None:
    rows = await filled(store, org)

    async def seqs(before: int | None = None, limit: int = 10, **wanted: Any) -> list[int]:
        return [link.seq for link in await find(store, org, Filter(**wanted), before, limit)]

    assert await seqs() == [6, 5, 4, 3, 2, 1]
    assert await seqs(limit=2) == [6, 5]
    assert await seqs(before=5, limit=2) == [4, 3]
    assert await seqs(actor="u", action="act2") == [3]
    assert await seqs(actor="k", subject="s4") == [5]
    assert await seqs(actor="somebody") == []
    assert await seqs(outcome=OK, since=rows[2].at, until=rows[4].at) == [4, 3]
    assert await find(store, str(uuid.uuid4()), Filter(), None, 10) == []
