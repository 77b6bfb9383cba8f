"""Runs that repeat what failed in others, on the real database: what is asked again, of whom, and what follows."""

from __future__ import annotations

import uuid

import pytest

from graph.errors import Conflict, NotFound
from graph.facts import Outcome
from graph.model.network import NetworkService
from graph.model.resolution import ResolvesTo
from graph.store import Store
from server.jobs.queue import Queue
from server.jobs.scans import Runs
from server.modules import breaker
from tests.live.test_breaker import CRTSH, opened, waiting
from tests.live.test_lifecycle import ADDRESS, RESOLVE, runs_of, stored
from tests.live.test_planning import FREE, KNOWN, MANIFESTS, World, begun


async def retried(world: World, queue: Queue) -> World:
    """The run that repeats what failed, before its first step."""
    retry = str(uuid.uuid4())
    await runs_of(world, queue).retry_failed(world.run, retry)
    return World(world.store, world.org, retry, world.now, world.spec)


async def test_a_retry_asks_what_failed_and_goes_on_from_what_is_found(
    store: Store, queue: Queue
) -> None:
    chosen = ("dns.resolve", "dns.records", "tcp.connect")
    world = await begun(store, KNOWN, FREE, collectors=chosen, presets=("deep",))
    await world.answer(
        "dns.resolve", FREE, Outcome.ABSENT
    )  # of the same job, before it was given up
    await world.end("dns.resolve", "FAILED", "its worker stopped answering")
    await world.end("dns.records")
    assert (await world.step()).state == "FAILED"
    retry = await retried(world, queue)
    step = await retry.step()
    assert (step.state, step.reached, len(step.hints)) == ("RUNNING", 1, 1)
    assert await retry.jobs() == {"dns.resolve": {KNOWN.key}}
    await retry.found("dns.resolve", KNOWN, ResolvesTo(source=KNOWN, target=ADDRESS, rrtype="A"))
    assert (await retry.step()).reached == 2
    assert await retry.jobs() == {"dns.resolve": {KNOWN.key}, "tcp.connect": {ADDRESS.key}}
    await retry.end("tcp.connect")
    assert (await retry.step()).state == "FINISHED"
    kept = await stored(retry)
    former = await stored(world)
    assert (kept["retries"], kept["scan"]) == (world.run, former["scan"])
    assert former["state"] == "FAILED"


async def test_a_part_of_a_host_is_as_far_in_a_retry_as_it_was(store: Store, queue: Queue) -> None:
    world = await begun(
        store, KNOWN, collectors=("dns.resolve", "tls.handshake"), presets=("deep",)
    )
    service = NetworkService(transport="tcp", address=ADDRESS.key, port=443)
    found = (ResolvesTo(source=KNOWN, target=ADDRESS, rrtype="A"), service)
    await world.found("dns.resolve", KNOWN, *found)
    await world.step()
    assert service.key in (await world.jobs())["tls.handshake"]
    await world.end("tls.handshake", "FAILED", "broken")
    assert (await world.step()).state == "FINISHED"
    retry = await retried(world, queue)
    await retry.step()
    assert service.key in (await retry.jobs())["tls.handshake"]
    distances = {
        row["key"]: row["distance"]
        for row in await store.read(
            "MATCH (:Run {id: $run})-[x:REACHED]->(n) RETURN n.key AS key, x.distance AS distance",
            {"run": retry.run},
        )
    }
    assert (distances[service.key], distances[ADDRESS.key]) == (1, 1)
    await retry.end("tls.handshake", "FAILED", "broken")
    assert (await retry.step()).state == "FAILED", "with the host alone it came to nothing"


async def test_a_retry_keeps_to_the_budget(store: Store, queue: Queue) -> None:
    world = await begun(store, KNOWN, FREE, collectors=RESOLVE)
    await world.end("dns.resolve", "FAILED", "broken")
    await runs_of(world, queue).change_budget(world.run, {"entities": 2})
    await world.step()
    spec = world.spec.with_budget({"entities": 1}).model_dump_json()
    await store.execute("MATCH (r:Run {id: $r}) SET r.spec = $s", {"r": world.run, "s": spec})
    retry = await retried(world, queue)
    step = await retry.step()
    assert (step.reached, len((await retry.jobs())["dns.resolve"])) == (1, 1)
    assert step.reason == "the budget of 1 entities is spent"


async def test_a_retry_that_fails_again_has_come_to_nothing(store: Store, queue: Queue) -> None:
    world = await begun(store, KNOWN, FREE, collectors=RESOLVE)
    await world.end("dns.resolve", "FAILED", "broken")
    await world.step()
    retry = await retried(world, queue)
    await retry.step()
    await retry.end("dns.resolve", "FAILED", "still broken")
    step = await retry.step()
    assert (step.state, step.reason) == ("FAILED", "dns.resolve: still broken")
    again = await retried(retry, queue)
    without = {name: each for name, each in MANIFESTS.items() if name != "dns.resolve"}
    step = await again.step(without)
    assert (step.state, step.reason) == ("FAILED", "nothing of what failed can be asked again")


async def test_only_what_failed_in_a_run_that_is_over_is_repeated(
    store: Store, queue: Queue
) -> None:
    world = await begun(store, KNOWN, collectors=RESOLVE)
    with pytest.raises(Conflict, match="the run has not ended, it is RUNNING"):
        await retried(world, queue)
    await world.end("dns.resolve")
    await world.step()
    with pytest.raises(Conflict, match="nothing failed in the run; `runAgain`"):
        await retried(world, queue)
    with pytest.raises(NotFound):
        await Runs(store, queue, "another", "eve").retry_failed(world.run, "x")
    assert await store.read("MATCH (r:Run {retries: $run}) RETURN r", {"run": world.run}) == []


async def test_what_was_not_asked_since_it_did_not_work_is_asked_by_a_retry(
    store: Store, queue: Queue
) -> None:
    world = await waiting(store)
    await opened(store, world.org, CRTSH, world.now, times=5)
    assert (await world.step()).state == "FINISHED", "it does not wait for what comes back too late"
    await breaker.reset(store, world.org, CRTSH)
    retry = await retried(world, queue)
    step = await retry.step()
    assert step.state == "RUNNING"
    assert {hint.collector for hint in step.hints} == {CRTSH}
    assert (await retry.jobs())[CRTSH] == (await world.jobs())[CRTSH]
