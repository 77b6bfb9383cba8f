"""How far runs are, through HTTP: by collector, what is spent, how long it may take; and by how many statements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from graph.store import Store
from server.jobs.presence import Presence
from server.jobs.queue import COLLECTOR_QUEUE, Queue
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_runs import started

PROGRESS = """progress { collector done waiting underWay failed absent lookups } secondsLeft
  spent { requests { used limit } entities { used limit } minutes { used limit } }"""
RUN = f"query R($id: ID!) {{ run(id: $id) {{ {PROGRESS} }} }}"
JOBS = """
MATCH (r:Run {id: $run}) SET r.state = 'RUNNING', r.requests = 9, r.reached = 4,
  r.started_at = datetime() - duration('PT125S')
WITH r UNWIND $jobs AS job
CREATE (:Lease {id: randomUUID(), org: r.org, run: r.id, collector: job[0], state: job[1], requests: job[3],
  entities: [each IN range(1, job[2]) | 'e' + each], released_at: datetime() - duration({seconds: job[4]})})
"""
WORK = [
    ("dns.resolve", "DONE", 25, 24, 5),
    ("dns.resolve", "DONE", 25, 25, 20),
    ("dns.resolve", "DONE", 25, 25, 200),  # before it was begun: of no account for the rate
    ("dns.resolve", "READY", 10, None, 0),
    ("dns.resolve", "TAKEN", 15, None, 0),
    ("dns.resolve", "FAILED", 3, 0, 9),
    ("dns.records", "CANCELLED", 7, None, 9),
]


@pytest_asyncio.fixture(loop_scope="session")
async def collector(queue: Queue) -> AsyncIterator[None]:
    """A process that can resolve names."""
    able = ("dns.resolve", "dns.records")
    alive = Presence("collector", (COLLECTOR_QUEUE,), able, host="heron")
    saying = asyncio.create_task(alive.announce_forever(queue))
    yield
    saying.cancel()
    await alive.withdraw(queue)


@pytest.fixture
def statements(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are read."""
    seen: list[str] = []
    fetch = store.fetch

    async def counted(bound: Any, **more: Any) -> Any:
        seen.append(bound.text)
        return await fetch(bound, **more)

    monkeypatch.setattr(store, "fetch", counted)
    return seen


async def at_work(caller: Caller, store: Store, *more: Any) -> str:
    run = await started(caller)
    await store.execute(JOBS, {"run": run, "jobs": [*WORK, *more]})
    return run


@pytest.mark.usefixtures("collector")
async def test_a_run_tells_how_far_it_is_with_each_collector(caller: Caller, store: Store) -> None:
    run = (await caller.ask(RUN, id=await at_work(caller, store)))["run"]
    nothing = {"done": 0, "waiting": 0, "underWay": 0, "failed": 0, "absent": 0, "lookups": 0}
    assert run["progress"] == [
        {"collector": "dns.records", **nothing},
        {
            "collector": "dns.resolve", "done": 75, "waiting": 10, "underWay": 15, "failed": 3,
            "absent": 0, "lookups": 74,
        },
    ]  # fmt: skip
    # 53 ended in 125 seconds, 25 are left
    assert 57 <= run["secondsLeft"] <= 62
    assert run["spent"] == {
        "requests": {"used": 9, "limit": 100_000}, "entities": {"used": 4, "limit": 5_000},
        "minutes": {"used": 2, "limit": 60},
    }  # fmt: skip


@pytest.mark.usefixtures("collector")
async def test_what_nobody_can_take_is_absent_and_its_end_unknown(
    caller: Caller, store: Store
) -> None:
    run = await at_work(caller, store, ("heron.names", "READY", 6, None, 0))
    told = (await caller.ask(RUN, id=run))["run"]
    (absent,) = [each for each in told["progress"] if each["collector"] == "heron.names"]
    assert (absent["waiting"], absent["absent"]) == (0, 6)
    assert told["secondsLeft"] is None


@pytest.mark.usefixtures("collector")
async def test_the_minutes_that_are_left_bound_the_estimate(caller: Caller, store: Store) -> None:
    run = await at_work(caller, store)
    await caller.ask(
        "mutation B($id: ID!) { changeBudget(id: $id, budget: {minutes: 2}) { errors { code } } }",
        id=run,
    )
    told = (await caller.ask(RUN, id=run))["run"]
    assert (told["secondsLeft"], told["spent"]["minutes"]) == (0, {"used": 2, "limit": 2})


async def test_a_run_that_has_not_begun_has_nothing_to_tell(caller: Caller) -> None:
    told = (await caller.ask(RUN, id=await started(caller)))["run"]
    assert (told["progress"], told["secondsLeft"]) == ([], None)
    assert told["spent"]["minutes"]["used"] == 0


async def test_a_page_of_runs_is_counted_by_one_statement(
    caller: Caller, make_caller: MakeCaller, store: Store, statements: list[str]
) -> None:
    for _ in range(3):
        await at_work(caller, store)
    stranger = await make_caller()
    await at_work(stranger, store)
    statements.clear()
    told = await caller.ask(f"{{ runs {{ nodes {{ {PROGRESS} }} }} }}")
    assert [len(each["progress"]) for each in told["runs"]["nodes"]] == [2, 2, 2]
    assert len([each for each in statements if ":Lease" in each]) == 1
