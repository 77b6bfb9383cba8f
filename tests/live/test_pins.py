"""Modules pinned to a version: their jobs wait for workers that have it, and no other takes them."""

from __future__ import annotations

import uuid

from graph.queries import job
from graph.store import Store
from server.jobs.planning import advance
from server.jobs.step import Step
from server.modules.settings import Change, Settings
from tests.live.test_source_keys import MANIFEST, MANIFESTS, World, world
from tests.support import metered

__all__ = ("world",)
LIVE = {metered.COLLECTOR: {MANIFEST.version}}


async def pin(store: Store, org: str, version: int) -> None:
    change = Change(None, None, "tester", str(uuid.uuid4()), pinned=version)
    await Settings(store).set(org, metered.COLLECTOR, change)


async def step(world: World) -> Step:
    offered = [metered.COLLECTOR]
    done = await advance(world.store, world.run, MANIFESTS, offered=offered, versions=LIVE)
    assert done is not None
    return done


async def leases(world: World) -> list[job.LeaseRow]:
    return await world.store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))


async def test_jobs_of_a_pinned_module_wait_and_no_other_version_takes_them(
    world: World, store: Store
) -> None:
    await world.add("alpha")
    await pin(store, world.org, MANIFEST.version - 1)
    await world.begin("a.example")
    first = await step(world)
    assert (first.state, first.hints, first.jobs_open) == ("RUNNING", [], 1)
    assert await world.work() == ["gone"], "a worker that is handed it all the same"
    assert [each.state for each in await leases(world)] == ["READY"]
    assert world.shown() == {}

    await pin(store, world.org, 0)
    assert [hint.collector for hint in (await step(world)).hints] == [metered.COLLECTOR]
    assert await world.work() == ["done"]
    assert world.shown() == {"alpha": 1}


async def test_a_module_pinned_to_what_lives_is_asked(world: World, store: Store) -> None:
    await world.add("alpha")
    await pin(store, world.org, MANIFEST.version)
    await world.begin("a.example")
    assert [hint.collector for hint in (await step(world)).hints] == [metered.COLLECTOR]
    assert await world.work() == ["done"]


async def test_a_pin_is_a_version_of_the_setting_and_leaves_the_rest(
    world: World, store: Store
) -> None:
    settings = Settings(store)
    await settings.set(world.org, metered.COLLECTOR, Change(False, None, "a", "1"))
    await pin(store, world.org, 2)
    found = (await settings.of(world.org))[metered.COLLECTOR]
    assert (found.is_enabled, found.pinned) == (False, 2)
    assert [each.pinned for each in found.versions] == [2, 0]
    await settings.set(world.org, metered.COLLECTOR, Change(True, None, "a", "2"))
    found = (await settings.of(world.org))[metered.COLLECTOR]
    assert (found.is_enabled, found.pinned) == (True, 2)
