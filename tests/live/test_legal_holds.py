"""While a legal hold stands nothing of an organization is deleted: not for its age, and not as a whole."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from collectors._kit.evidence import DirectoryEvidence
from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.store import Store
from server.accounts import holds, organizations, purge
from server.accounts.acting import Actor
from server.accounts.holds import OnLegalHold
from server.audit.journal import Audit
from server.audit.keeping import Keeping
from server.retention import kinds
from server.retention.kinds import Removed
from tests.support.aging import World, opened, runs, seen
from tests.support.keys import keyring


async def hold(world: World, reason: str = "a court asks") -> str:
    made = await holds.place(world.store, Actor.operator(world.org), reason, str(uuid.uuid4()))
    return made.id


async def test_while_a_hold_stands_nothing_goes(world: World, store: Store) -> None:
    body = await world.put(b"held")
    await world.write(seen(1, body))
    await runs(world, 1, 2)
    await world.keep(
        evidence_days=90, runs_days=90, jobs_days=90, findings_days=90, lookups_days=440
    )
    one, two = await hold(world), await hold(world)
    assert await hold(world)
    planned = await world.planned()
    assert len(planned.holds) == 3
    assert [each.share.total for each in planned.due][:3] == [1, 1, 6]
    assert await world.apply() == {}
    operator = Actor.operator(world.org)
    for each in (one, two):
        lifted = await holds.lift(store, operator, each, "settled")
        assert (lifted.lifted_by, lifted.lift_reason) == ("operator", "settled")
    assert await holds.lift(store, operator, one, "settled") == await holds.lift(
        store, operator, one, " settled "
    )
    with pytest.raises(Conflict, match="was lifted"):
        await holds.lift(store, operator, one, "otherwise")
    assert await world.apply() == {}, "the third one stands"
    assert world.path(body.sha256).exists()
    [third] = await holds.standing(store, world.org)
    await holds.lift(store, operator, third.id, "settled")
    assert set(await world.apply()) == {"evidence", "runs", "jobs"}


async def test_a_hold_that_is_set_meanwhile_stops_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "FILES", 1)
    for n in range(4):
        await world.write(seen(1 + n, await world.put(b"%d" % n)))
    await world.keep(evidence_days=90)
    unless_held, forget = kinds.Old.unless_held, DirectoryEvidence.forget
    begun: list[kinds.Old] = []
    waiting: list[asyncio.Task[str]] = []

    async def unless_held_then(self: kinds.Old, work: Any) -> Any:
        begun.append(self)
        if len(begun) == 3:
            await asyncio.gather(*waiting)
        return await unless_held(self, work)

    async def forgetting(self: DirectoryEvidence, sha256: str) -> bool:
        if len(begun) == 2:
            waiting.append(asyncio.create_task(hold(world)))
            await asyncio.sleep(0.5)
            assert not waiting[0].done(), "it is set once what is under way is done, not before"
        return await forget(self, sha256)

    monkeypatch.setattr(kinds.Old, "unless_held", unless_held_then)
    monkeypatch.setattr(DirectoryEvidence, "forget", forgetting)
    assert await world.apply() == {"evidence": Removed(2, 2)}
    assert len(begun) == 3
    assert len([path for path in world.folder.rglob("*") if path.is_file()]) == 2


async def test_an_organization_under_hold_is_neither_deleted_nor_removed(
    world: World, store: Store
) -> None:
    operator = Actor.operator(world.org)
    found = await hold(world)
    with pytest.raises(OnLegalHold, match=rf"legal hold \({found}, set by operator on 20\d\d-"):
        await organizations.delete(store, operator, "Kept")
    await holds.lift(store, operator, found, "settled")
    await organizations.delete(store, operator, "Kept")
    again = await hold(world, "asked after it was deleted")
    await store.execute(
        "MATCH (o:Organization {id: $org}) SET o.deleted_at = datetime() - duration('P31D')",
        {"org": world.org},
    )
    with pytest.raises(OnLegalHold, match="is not removed: the organization is under legal hold"):
        await purge.purge(store, world.files, world.org)
    assert world.org not in await purge.purge_due(store, world.files)
    await organizations.get(store, world.org)
    await holds.lift(store, operator, again, "settled")
    assert world.org in await purge.purge_due(store, world.files)
    with pytest.raises(NotFound):
        await hold(world)


async def test_a_hold_of_another_organization_is_unknown(
    world: World, store: Store, audit: Audit
) -> None:
    other = await opened(store, audit, world.folder)
    found = await hold(other)
    with pytest.raises(NotFound):
        await holds.lift(store, Actor.operator(world.org), found, "not mine")
    assert await holds.standing(store, world.org) == []
    for reason in (" ", "x" * 1001):
        with pytest.raises(InvalidQuestion, match="reason: 1 to 1000"):
            await hold(world, reason)


async def test_rows_of_the_audit_stay_under_hold(world: World, store: Store) -> None:
    await world.write(seen(1, await world.put(b"told")))
    await world.keep(evidence_days=90)
    await world.apply()
    await world.write(seen(2, await world.put(b"told, too")))
    await world.apply()
    keeping = Keeping(store, keyring(), world.audit, world.org)
    later = (await store.read_single("RETURN datetime() + duration('P9D')")).to_native()
    found = await hold(world)
    assert await keeping.cut_old(1, later) == 0
    await holds.lift(store, Actor.operator(world.org), found, "settled")
    assert await keeping.cut_old(1, later) == 1
