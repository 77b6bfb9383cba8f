"""How often collectors were asked, how that ended and how long it took: of one's own runs, as far as one may read."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graph.facts import Answer, Outcome
from graph.model.network import DomainName
from graph.queries import job
from graph.store import Store
from graph.writer import Writer
from server.jobs.spec import ScanSpec
from tests.api.conftest import Caller, MakeCaller

ASKED = """query U($id: ID!, $days: Int!) { module(id: $id) { usage(days: $days) {
  calls answers found absent errors skipped errorRate p50Milliseconds p95Milliseconds } } }"""
NAMES = [DomainName(name=f"{n}.usage.example") for n in range(4)]


def said(name: DomainName, outcome: Outcome, ms: int, **more: Any) -> Answer:
    """An answer of dns.resolve that took so many milliseconds."""
    ended = datetime.now(UTC).replace(microsecond=0)
    facts = (name,) if outcome is Outcome.FOUND else ()
    began = ended - timedelta(milliseconds=ms)
    return Answer(name, "dns.resolve", outcome, began, ended, facts, **more)


async def run(
    store: Store, caller: Caller, answers: Sequence[Answer], ago: timedelta = timedelta(0)
) -> None:
    """A run of the caller's that was made a while ago, with its answers."""
    spec = ScanSpec(seeds=("usage.example",))
    made = str(uuid.uuid4())
    params = job.UpsertRunParams(
        org=caller.org, scan=str(uuid.uuid4()), run=made, name="test", spec=spec.model_dump_json(),
        named=spec.named_ids(caller.org), by=caller.id, at=datetime.now(UTC) - ago,
    )  # fmt: skip
    await store.fetch(job.UPSERT_RUN.bind(params))
    async with Writer(store) as writer:
        await writer.write(caller.org, [replace(each, run=made) for each in answers])


async def usage(caller: Caller, module: str = "dns.resolve", days: int = 7) -> Any:
    return (await caller.ask(ASKED, id=module, days=days))["module"]["usage"]


SOME = [
    said(NAMES[0], Outcome.FOUND, 100, part="A"),
    said(NAMES[0], Outcome.ABSENT, 200, part="AAAA"),
    said(NAMES[1], Outcome.ERROR, 300, part="A", reason="SERVFAIL"),
    said(NAMES[1], Outcome.SKIPPED, 400, part="AAAA"),
    said(NAMES[2], Outcome.FOUND, 500, part="A"),
]


async def test_answers_are_counted_by_how_they_ended_and_timed(
    caller: Caller, store: Store
) -> None:
    await run(store, caller, SOME)
    assert await usage(caller) == {
        "calls": 3,
        "answers": 5,
        "found": 2,
        "absent": 1,
        "errors": 1,
        "skipped": 1,
        "errorRate": 0.25,
        "p50Milliseconds": 300,
        "p95Milliseconds": pytest.approx(480),
    }
    assert await usage(caller, "dns.records") is None
    assert await usage(caller, "tls.expired") is None


async def test_the_same_entity_in_two_runs_is_two_calls(caller: Caller, store: Store) -> None:
    for _ in range(2):
        await run(store, caller, SOME[:1])
    assert (await usage(caller))["calls"] == 2


async def test_runs_of_before_are_left_out(caller: Caller, store: Store) -> None:
    await run(store, caller, SOME, timedelta(days=3))
    assert await usage(caller, days=2) is None
    assert (await usage(caller, days=4))["answers"] == 5


async def test_nothing_of_another_organization_is_counted(
    make_caller: MakeCaller, store: Store
) -> None:
    mine, theirs = await make_caller(), await make_caller()
    await run(store, theirs, SOME)
    assert await usage(mine) is None


async def test_what_is_above_the_clearance_is_not_counted(
    make_caller: MakeCaller, store: Store
) -> None:
    owner = await make_caller()
    limited = await make_caller("OWNER", owner, "GREEN")
    hidden = said(NAMES[3], Outcome.ERROR, 100, part="A", tlp="RED")
    await run(store, owner, [*SOME, hidden])
    assert (await usage(owner))["answers"] == 6
    assert (await usage(limited))["answers"] == 5


@pytest.mark.parametrize("days", [0, 31, -1])
async def test_days_out_of_bounds_are_refused(caller: Caller, days: int) -> None:
    refused = (await caller.post(ASKED, {"id": "dns.resolve", "days": days})).json()
    assert "days: 1 to 30 are right" in refused["errors"][0]["message"]


async def test_who_may_not_read_scans_learns_nothing_of_them(make_caller: MakeCaller) -> None:
    auditor = await make_caller("AUDITOR")
    refused = (await auditor.post(ASKED, {"id": "dns.resolve", "days": 1})).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
