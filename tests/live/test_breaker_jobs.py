"""What jobs that are carried out tell of their modules, and what is counted of that."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from collectors._kit.faults import Fault
from graph.errors import SourceUnavailable
from graph.store import Store
from server.jobs import metrics, turning
from server.modules import breaker
from server.modules.breaker import health_of
from server.modules.health import MOST_FAILURES, WELL
from tests.live.test_breaker import SILENT, count, organization
from tests.live.test_collecting import egress, work
from tests.live.test_deaths import DIED, Apart
from tests.live.test_planning import REGISTRY


async def test_a_job_that_takes_its_process_along_counts(store: Store) -> None:
    async with work(store) as it:
        for times in range(1, MOST_FAILURES + 1):
            await store.execute(
                "MATCH (l:Lease {id: $id}) SET l.deaths = 1, l.state = 'READY'", {"id": it.lease}
            )
            assert await it.go("w", egress(), Apart()) == "died"
            health = (await health_of(store, it.world.org, datetime.now(UTC)))["dns.resolve"]
            assert (health.failures, health.fault, health.detail) == (times, Fault.DEATH, DIED)
        await store.execute("MATCH (l:Lease {id: $id}) SET l.state = 'READY'", {"id": it.lease})
        assert await it.go("w", egress(), Apart()) == "gone"


@pytest.mark.parametrize(
    ("error", "failures"), [(KeyError("n1.example"), 1), (SourceUnavailable("no answer"), 0)]
)
async def test_a_job_of_nothing_but_errors_counts_where_they_are_the_modules(
    store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception, failures: int
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(REGISTRY.load("dns.resolve"), "parse", fail)
    async with work(store) as it:
        assert await it.go("w", egress()) == "done"
        assert len(await it.observed()) == 4, "the errors are told with the names"
        found = await health_of(store, it.world.org, datetime.now(UTC))
        assert found.get("dns.resolve", WELL).failures == failures
        assert found.get("dns.resolve", WELL).reason in ("", "its code fails (KeyError)")


async def test_a_job_with_an_answer_says_that_it_works(store: Store) -> None:
    async with work(store) as it:
        for _ in range(MOST_FAILURES - 1):
            await count(store, it.world.org, "dns.resolve", SILENT, datetime.now(UTC))
        assert await it.go("w", egress()) == "done"
        found = await health_of(store, it.world.org, datetime.now(UTC))
        assert found == {"dns.resolve": WELL}


async def test_what_turns_is_counted(store: Store) -> None:
    org, module = organization(), f"heron.{uuid.uuid4()}"
    at = datetime.now(UTC)
    sample = {"module": module, "fault": "UNAVAILABLE"}
    for _ in range(MOST_FAILURES):
        if turn := await count(store, org, module, SILENT, at):
            await turning.noted(org, turn)
    registry = metrics.OPENED
    (made,) = [
        each.value
        for family in registry.collect()
        for each in family.samples
        if each.name.endswith("_total") and each.labels == sample
    ]
    assert made == 1
    await turning.count_open(store)
    assert metrics.OPEN.labels(module)._value.get() == 1
    await breaker.reset(store, org, module)
    await turning.count_open(store)
    assert module not in {
        each.labels["module"] for family in metrics.OPEN.collect() for each in family.samples
    }
