"""The chains of the audit on the real database: whatever was done to them is found."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graph.queries.audit import HeadRow
from graph.store import Store
from server.audit.chain import append, met
from server.audit.events import Actor, Event, Link
from server.audit.journal import Audit
from server.audit.keeping import Keeping
from server.audit.verifying import verify
from server.vault.envelope import MasterKeys
from tests.support.chains import filled, rows_of, verdict
from tests.support.keys import MASTERS, keyring

CHANGE = "MATCH (e:AuditEvent {org: $org, seq: 3}) SET e.subject = 'somebody else'"
DELETE = "MATCH (e:AuditEvent {org: $org, seq: 3}) DELETE e"
DELETE_FIRST = "MATCH (e:AuditEvent {org: $org, seq: 1}) DELETE e"
REORDER = """
MATCH (a:AuditEvent {org: $org, seq: 3}), (b:AuditEvent {org: $org, seq: 4})
SET a.seq = 1003 SET b.seq = 3 SET a.seq = 4
"""
INSERT = """
MATCH (e:AuditEvent {org: $org}) WHERE e.seq >= 3
WITH e ORDER BY e.seq WITH collect(e) AS behind
FOREACH (e IN behind | SET e.seq = e.seq + 1000)
FOREACH (e IN behind | SET e.seq = e.seq - 999)
CREATE (n:AuditEvent {id: randomUUID(), org: $org, seq: 3, action: 'forged', previous: behind[0].previous})
"""
CUT = "MATCH (e:AuditEvent {org: $org}) WHERE e.seq > 4 DELETE e"
CUT_AND_SET_BACK = """
MATCH (e:AuditEvent {org: $org}) WHERE e.seq > 4 DELETE e
WITH count(*) AS gone
MATCH (head:AuditHead {org: $org}), (last:AuditEvent {org: $org, seq: 4})
SET head.seq = 4, head.hash = last.hash
"""
HEAD_GONE = "MATCH (head:AuditHead {org: $org}) DELETE head"
ALL_GONE = "MATCH (n) WHERE (n:AuditHead OR n:AuditEvent) AND n.org = $org AND n.seq > 1 DELETE n"


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        (CHANGE, "row 3 was changed"),
        (DELETE, "row 3 is missing"),
        (DELETE_FIRST, "row 1 is missing"),
        (REORDER, "row 3 does not follow"),
        (INSERT, "row 3 "),
        (CUT, "row 5 is missing, and all up to row 6"),
        (CUT_AND_SET_BACK, "the chain ended with row 6"),
        (HEAD_GONE, "the head of the chain is gone"),
        (ALL_GONE, "the head of the chain is gone"),
    ],
)
async def test_what_was_done_to_a_chain_is_found_and_stays_found(
    store: Store, org: str, attack: str, told: str
) -> None:
    await filled(store, org)
    assert (await verdict(store, org)).problem == ""

    await store.execute(attack, {"org": org})
    assert told in (await verdict(store, org)).problem

    # The next rows, which Mirage writes itself, do not cover it up.
    await append(store, MASTERS, org, [Event("later", Actor(org))])
    await append(store, MASTERS, org, [Event("later still", Actor(org))])
    assert (await verdict(store, org)).problem != ""
    assert [row.action for row in await rows_of(store, org)][-2:] == ["later", "later still"]


async def test_a_row_put_behind_the_end_is_found_although_its_hash_is_right(
    store: Store, org: str
) -> None:
    rows = await filled(store, org)
    forged = Link.of(Event("forged", Actor(org)), 7, datetime.now(UTC), rows[-1].hash)
    await store.execute("CREATE (e:AuditEvent) SET e = $row", {"row": forged.stored()})

    assert "row 7 was put there" in (await verdict(store, org)).problem
    await append(store, MASTERS, org, [Event("later", Actor(org))])
    assert "rows up to 7 were put there" in (await verdict(store, org)).problem


async def test_a_chain_that_was_made_anew_with_right_hashes_is_found(
    store: Store, org: str
) -> None:
    rows = await filled(store, org)
    previous = rows[1].hash
    for row in rows[2:]:
        forged = Link(**{**row.stored(), "subject": "nothing", "previous": previous}).hashed()
        previous = forged.hash
        await store.execute(
            "MATCH (e:AuditEvent {id: $id}) SET e = $row", {"id": row.id, "row": forged.stored()}
        )
    assert "made anew" in (await verdict(store, org)).problem

    await store.execute(
        "MATCH (head:AuditHead {org: $org}) SET head.hash = $hash", {"org": org, "hash": previous}
    )
    assert "was met ending with row 6" in (await verdict(store, org)).problem


async def test_a_chain_under_a_lost_key_says_so(store: Store, org: str) -> None:
    await filled(store, org, 2)
    other = MasterKeys("9", {"9": b"x" * 32})

    [found] = await verify(store, other, org)
    assert "the master key of version '1' is not here" in found.problem


async def test_a_head_that_is_read_half_written_is_read_again(
    store: Store, org: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(store, org, 2)
    head = "MATCH (head:AuditHead {org: $org}) RETURN head.sealed"
    former = await store.read_single(head, {"org": org})
    await filled(store, org, 1)
    real, torn = store.fetch, [former, ""]  # the last look is read so, not the first

    async def fetch(query: Any, **more: Any) -> Any:
        rows = await real(query, **more)
        if torn and rows and hasattr(rows[0], "anchor_seq"):
            sealed = torn.pop() or rows[0].sealed
            return [rows[0].model_copy(update={"sealed": sealed})]
        return rows

    monkeypatch.setattr(store, "fetch", fetch)
    assert (await verdict(store, org)).problem == ""
    assert torn == []
    torn += [former] * 100
    assert "the chain ended with row 2" in (await verdict(store, org)).problem


async def test_a_chain_is_verified_while_others_write_to_it(store: Store, org: str) -> None:
    audit = Audit(store, keyring())
    await filled(store, org, 2)
    writing = asyncio.gather(
        *(_slowly(audit, Event(f"act{n}", Actor(org)), n / 100) for n in range(60))
    )
    while not writing.done():
        assert (await verdict(store, org)).problem == ""
    assert (await verdict(store, org)).rows == 62


async def _slowly(audit: Audit, event: Event, after_s: float) -> None:
    await asyncio.sleep(after_s)
    await audit.record(event)


async def test_old_rows_go_and_what_stays_can_be_verified(
    store: Store, org: str, audit: Audit
) -> None:
    rows = await filled(store, org)
    keeping = Keeping(store, MASTERS, audit, org)
    later = rows[3].at + timedelta(days=30)

    await keeping.cut_old(30, later)

    left = await rows_of(store, org)
    assert [row.seq for row in left] == [4, 5, 6, 7]
    assert left[-1].action == "audit.retention"
    assert '"deleted":3' in left[-1].details
    found = await verdict(store, org)
    assert (found.rows, found.last, found.problem) == (4, 7, "")

    await store.execute("MATCH (e:AuditEvent {org: $org, seq: 4}) DELETE e", {"org": org})
    assert "row 4 is missing" in (await verdict(store, org)).problem


async def test_a_broken_chain_is_not_shortened(store: Store, org: str, audit: Audit) -> None:
    rows = await filled(store, org)
    await store.execute(CHANGE, {"org": org})

    await Keeping(store, MASTERS, audit, org).cut_old(1, rows[-1].at + timedelta(days=2))

    assert [row.seq for row in await rows_of(store, org)] == [1, 2, 3, 4, 5, 6]


async def test_the_anchor_cannot_be_moved_to_hide_rows(store: Store, org: str) -> None:
    rows = await filled(store, org)
    await store.execute(
        "MATCH (head:AuditHead {org: $org}) SET head.anchor_seq = 2, head.anchor_hash = $hash "
        "WITH head MATCH (e:AuditEvent {org: $org}) WHERE e.seq <= 2 DELETE e",
        {"org": org, "hash": rows[1].hash},
    )

    assert (await verdict(store, org)).problem != ""


async def test_the_last_row_stays_however_old_it_is(store: Store, org: str, audit: Audit) -> None:
    rows = await filled(store, org, 2)
    await Keeping(store, MASTERS, audit, org).cut_old(1, rows[-1].at + timedelta(days=400))

    assert [row.seq for row in await rows_of(store, org)] == [2, 3]
    assert (await verdict(store, org)).problem == ""


def test_a_head_that_was_never_written_is_whole() -> None:
    assert met(MASTERS, "o", _head(0, "", "")).breaks == ()
    assert met(MASTERS, "o", _head(1, "x", "")).breaks != ()


def _head(seq: int, link: str, sealed: str) -> HeadRow:
    return HeadRow(org="o", seq=seq, hash=link, anchor_seq=0, anchor_hash="", sealed=sealed)
