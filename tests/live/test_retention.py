"""What goes for its age and what stays, in one organization beside another one with the same raw answers."""

from __future__ import annotations

import asyncio
import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio

from collectors._kit.evidence import DirectoryEvidence
from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.facts import Answer, Evidence
from graph.model.network import DomainName
from graph.queries.entity import LIST_EVIDENCE, OneParams
from graph.store import Store
from graph.writer import Writer
from server.accounts import holds, organizations, purge
from server.accounts.acting import Actor
from server.accounts.holds import OnLegalHold
from server.audit.journal import Audit
from server.audit.keeping import Keeping
from server.configuration.kept import OF_THE_PLATFORM, Change, Configurations
from server.retention import kinds
from server.retention.kinds import Removed
from server.retention.planning import Plan, plan
from server.retention.removing import Retention
from tests.support.chains import rows_of
from tests.support.facts import answer, moment
from tests.support.keys import keyring

DAY = 86_400
NOW = moment(200 * DAY)
NAME = DomainName(name="kept.example")

_ORGANIZATION = "CREATE (:Organization {id: $org, name: 'Kept', created_at: $at})"
_SCAN = """
UNWIND $runs AS run
MERGE (s:Scan {id: $org + 'scan'}) ON CREATE SET s.org = $org, s.created_at = $at
CREATE (s)-[:RAN]->(r:Run {id: run.id, org: $org, scan: s.id, state: run.state, created_at: run.at, ended_at: run.at})
WITH r
UNWIND range(1, 3) AS n
CREATE (:Lease {id: r.id + toString(n), org: $org, run: r.id, state: 'DONE'})
"""
_FINDINGS = """
MATCH (n:Entity {id: $about})
UNWIND $findings AS row
CREATE (f:Finding {id: row.id, org: $org, state: row.state, closed_at: row.at, title: 'T'})-[:ABOUT]->(n)
"""
_IDS = "MATCH (n) WHERE n.org = $org AND $label IN labels(n) RETURN collect(n.id)"


@dataclass(frozen=True)
class World:
    """An organization and where raw answers lie."""

    store: Store
    audit: Audit
    folder: Path
    org: str

    @property
    def files(self) -> DirectoryEvidence:
        return DirectoryEvidence(self.folder)

    @property
    def retention(self) -> Retention:
        return Retention(self.store, self.files, self.audit)

    async def set(self, **days: int | None) -> None:
        values = {f"retention.{name}": value for name, value in days.items()}
        change = Change("me", str(uuid.uuid4()), values)
        await Configurations(self.store).set(self.org, change)

    async def ids(self, label: str) -> set[str]:
        return set(await self.store.read_single(_IDS, {"org": self.org, "label": label}) or [])

    async def write(self, *answers: Answer, org: str = "") -> None:
        async with Writer(self.store) as writer:
            await writer.write(org or self.org, answers)

    async def put(self, body: bytes) -> Evidence:
        """Keep a body, as long ago."""
        kept = await self.files.put(body, "text/plain", "https://source.example/")
        os.utime(self.path(kept.sha256), (0, 0))
        return kept

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256[2:]

    async def apply(self, now: datetime = NOW) -> dict[str, Removed]:
        return await self.retention.apply(self.org, now)

    async def plan(self, **values: int | None) -> dict[str, Any]:
        found = await self.planned(**values)
        return {each.policy.kind.name: each.share for each in found.due}

    async def planned(self, **values: int | None) -> Plan:
        given = {f"retention.{name}": value for name, value in values.items()}
        return await plan(self.store, self.org, NOW, given)

    async def told(self, name: DomainName) -> list[Any]:
        """What is evidence of the latest answer about a name."""
        text = "MATCH (n:Entity {id: $id})<-[:OF]-(o) RETURN o.id ORDER BY o.ended_at DESC LIMIT 1"
        latest = await self.store.read_single(text, {"id": name.id_in(self.org)})
        params = OneParams(org=self.org, readable=None, id=latest)
        return await self.store.fetch(LIST_EVIDENCE.bind(params))


def seen(
    day: float, *pieces: Evidence, name: DomainName = NAME, run: str = "", **more: Any
) -> Answer:
    said = answer(name, day * DAY, name, collector="test.kept", run=run, **more)
    return replace(said, evidence=pieces)


async def opened(store: Store, audit: Audit, folder: Path) -> World:
    made = World(store, audit, folder, str(uuid.uuid4()))
    await store.execute(_ORGANIZATION, {"org": made.org, "at": moment(0)})
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def world(store: Store, audit: Audit, tmp_path: Path) -> AsyncIterator[World]:
    made = await opened(store, audit, tmp_path)
    yield made
    await store.execute("MATCH (o:Organization {id: $org}) DETACH DELETE o", {"org": made.org})


# --- raw answers ------------------------------------------------------------------------------------------------


async def test_a_raw_answer_goes_when_its_last_answer_is_old(world: World) -> None:
    once, again = await world.put(b"once"), await world.put(b"again")
    await world.write(seen(1, once, again), seen(150, again))
    assert await world.apply() == {}, "for ever, unless somebody says otherwise"
    await world.set(evidence_days=90)
    assert await world.apply(moment(91 * DAY - 1)) == {}
    assert await world.apply() == {"evidence": Removed(1, 4)}
    assert not world.path(once.sha256).exists()
    assert world.path(again.sha256).exists()
    assert await world.apply() == {}
    assert await world.apply(moment(241 * DAY)) == {"evidence": Removed(1, 5)}
    assert not world.path(again.sha256).exists()
    [row] = await world.told(NAME)
    assert (row.sha256, row.size_bytes, row.source_url) == (
        hashlib.sha256(b"again").hexdigest(), 5, "https://source.example/"
    )  # fmt: skip
    assert row.removed_at == moment(241 * DAY), "that there was one, and which, is told still"


async def test_what_is_given_again_is_kept_again(world: World) -> None:
    body = await world.put(b"back")
    await world.write(seen(1, body))
    await world.set(evidence_days=90)
    assert await world.apply() == {"evidence": Removed(1, 4)}
    body = await world.put(b"back")
    await world.write(seen(199, body))
    [row] = await world.told(NAME)
    assert row.removed_at is None
    assert await world.apply() == {}
    assert await world.apply(moment(300 * DAY)) == {"evidence": Removed(1, 4)}


async def test_a_file_stays_while_another_organization_needs_it(
    world: World, store: Store, audit: Audit
) -> None:
    other = await opened(store, audit, world.folder)
    shared = await world.put(b"shared")
    await world.write(seen(1, shared))
    await other.write(seen(1, shared))
    await world.set(evidence_days=90)
    assert (await world.plan())["evidence"].bytes == 6, "not a word of the other one"
    assert await world.apply() == {"evidence": Removed(1, 0)}
    assert world.path(shared.sha256).exists()
    assert [row.removed_at for row in await other.told(NAME)] == [None]
    await other.set(evidence_days=90)
    assert await other.apply() == {"evidence": Removed(1, 6)}
    assert not world.path(shared.sha256).exists()


async def test_two_organizations_at_once_leave_no_file(
    world: World, store: Store, audit: Audit
) -> None:
    other = await opened(store, audit, world.folder)
    pieces = [await world.put(b"%d" % n) for n in range(30)]
    for each in (world, other):
        await each.write(seen(1, *pieces))
        await each.set(evidence_days=90)
    done = await asyncio.gather(world.apply(), other.apply(), world.apply())
    assert sum(each["evidence"].count for each in done if each) == 60
    assert sum(each["evidence"].size_bytes for each in done if each) == 50
    assert [path for path in world.folder.rglob("*") if path.is_file()] == []


async def test_a_file_stays_while_a_marked_answer_needs_it(world: World) -> None:
    body = await world.put(b"marked")
    other = DomainName(name="other.example")
    await world.write(seen(1, body), seen(150, body, name=other, tlp="RED"))
    await world.set(evidence_days=90)
    assert (await world.plan())["evidence"].model_dump() == {
        "total": 1, "bytes": 0, "oldest": moment(DAY), "needed": 0,
    }  # fmt: skip
    assert await world.apply() == {"evidence": Removed(1, 0)}
    assert world.path(body.sha256).exists()
    assert await world.apply(moment(241 * DAY)) == {"evidence": Removed(1, 6)}


async def test_a_file_that_was_kept_just_now_goes_the_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "FILES", 2)
    pieces = [await world.put(b"%d" % n) for n in range(7)]
    os.utime(world.path(pieces[3].sha256))
    await world.write(seen(1, *pieces))
    await world.set(evidence_days=90)
    assert await world.apply() == {"evidence": Removed(6, 6)}
    assert world.path(pieces[3].sha256).exists()
    os.utime(world.path(pieces[3].sha256), (0, 0))
    assert await world.apply() == {"evidence": Removed(1, 1)}


async def test_what_was_kept_before_ages_are_known_is_as_old_as_its_answers(world: World) -> None:
    old, new = await world.put(b"old"), await world.put(b"new")
    await world.write(seen(1, old), seen(150, new))
    await world.store.execute(
        "MATCH (e:Evidence {org: $org}) SET e.aged_from = datetime({epochMillis: 0})",
        {"org": world.org},
    )
    share = (await world.plan(evidence_days=90))["evidence"]
    assert (share.total, share.bytes, share.oldest) == (1, 3, moment(DAY))
    await world.set(evidence_days=90)
    assert await world.apply() == {"evidence": Removed(1, 3)}
    assert world.path(new.sha256).exists()


# --- runs and jobs ----------------------------------------------------------------------------------------------


async def runs(world: World, *days: float, state: str = "FINISHED") -> list[str]:
    """Runs of one scan, with three jobs each."""
    made = [{"id": str(uuid.uuid4()), "state": state, "at": moment(day * DAY)} for day in days]
    given = {"org": world.org, "at": moment(0), "runs": made}
    await world.store.execute(_SCAN, given)
    return [str(each["id"]) for each in made]


async def test_runs_go_whole_but_for_the_last_of_a_scan(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "BATCH", 2)
    monkeypatch.setattr(kinds, "RUNS", 1)
    first, second, last = await runs(world, 1, 2, 3)
    failed, new = await runs(world, 4, 199, state="FAILED")
    await world.write(
        *(seen(1 + day / 10, run=run) for day, run in enumerate((last, first, second)))
    )
    share = (await world.plan(runs_days=90))["runs"]
    assert (share.total, share.needed, share.oldest) == (3, 1, moment(DAY))
    await world.set(runs_days=90)
    assert await world.apply() == {"runs": Removed(3)}
    assert await world.ids("Run") == {last, new}
    assert await world.ids("RemovedRun") == set()
    left = await world.store.read_single(
        "MATCH (l:Lease {org: $org}) RETURN collect(DISTINCT l.run)", {"org": world.org}
    )
    assert set(left) == {last, new}
    assert failed not in left
    assert len(await world.ids("Observation")) == 3, "what they answered stays"


async def test_a_run_stays_while_something_is_known_by_its_answers(world: World) -> None:
    by, repeats, replaced, _ = await runs(world, 1, 2, 3, 4)
    other = DomainName(name="other.example")
    await world.write(seen(1, run=by), seen(2, run=repeats), seen(2.5, name=other, run=replaced))
    await world.write(
        replace(seen(3.5, name=other), facts=(other.model_copy(update={"dns_status": "resolves"}),))
    )
    await world.set(runs_days=90)
    assert await world.apply() == {"runs": Removed(2)}
    assert by in await world.ids("Run"), "`why` tells by which run it is known, and the way there"
    assert not {repeats, replaced} & await world.ids("Run")


async def test_runs_under_way_stay(world: World) -> None:
    going, _ = await runs(world, 1, 2, state="RUNNING")
    await world.set(runs_days=1, jobs_days=1)
    assert await world.apply() == {}
    assert going in await world.ids("Run")


async def test_jobs_go_before_their_run(world: World) -> None:
    one, new = await runs(world, 1, 199)
    assert (await world.plan(jobs_days=30))["jobs"].total == 3
    await world.set(jobs_days=30)
    assert await world.apply() == {"jobs": Removed(3)}
    assert await world.ids("Run") == {one, new}
    assert len(await world.ids("Lease")) == 3


async def test_what_was_left_half_way_is_removed_the_next_time(world: World) -> None:
    [run] = await runs(world, 1)
    await world.store.execute("MATCH (r:Run {id: $id}) REMOVE r:Run SET r:RemovedRun", {"id": run})
    await world.set(runs_days=90)
    await world.apply()
    assert await world.ids("RemovedRun") | await world.ids("Lease") == set()


# --- findings and lookups ---------------------------------------------------------------------------------------


async def test_only_findings_closed_long_ago_without_notes_go(world: World) -> None:
    await world.write(seen(1))
    made = [
        {"id": f"{world.org}-{name}", "state": state, "at": at and moment(at * DAY)}
        for name, state, at in (
            ("old", "CLOSED", 1), ("noted", "CLOSED", 1), ("new", "CLOSED", 190), ("open", "OPEN", None),
            ("suppressed", "SUPPRESSED", None),
        )
    ]  # fmt: skip
    given = {"org": world.org, "about": NAME.id_in(world.org), "findings": made}
    await world.store.execute(_FINDINGS, given)
    await world.store.execute(
        "MATCH (f:Finding {id: $id}) CREATE (:Note {id: randomUUID(), org: $org, about: f.id})-[:ABOUT]->(f)",
        {"org": world.org, "id": f"{world.org}-noted"},
    )
    share = (await world.plan(findings_days=90))["findings"]
    assert (share.total, share.needed, share.oldest) == (1, 1, moment(DAY))
    await world.set(findings_days=90)
    assert await world.apply() == {"findings": Removed(1)}
    assert await world.ids("Finding") == {
        f"{world.org}-{name}" for name in ("noted", "new", "open", "suppressed")
    }


async def test_lookups_go_that_nobody_can_use_again(world: World) -> None:
    await world.store.execute(
        "UNWIND [[$old, 'old'], [$new, 'new']] AS row "
        "CREATE (:Lookup {org: $org, about: $org + row[1], collector: 'c', at: row[0], id: row[1]})",
        {"org": world.org, "old": moment(-300 * DAY), "new": moment(-200 * DAY)},
    )
    with pytest.raises(InvalidQuestion, match=r"retention\.lookups_days: .* 440"):
        await world.set(lookups_days=439)
    assert (await world.plan(lookups_days=440))["lookups"].total == 1
    await world.set(lookups_days=440)
    assert await world.apply() == {"lookups": Removed(1)}
    assert await world.ids("Lookup") == {"new"}


# --- policies ---------------------------------------------------------------------------------------------------


async def test_the_platform_says_at_least_and_at_most(world: World) -> None:
    body = await world.put(b"bounded")
    await world.write(seen(150, body))
    platform, kept = Configurations(world.store), {
        "retention.floor.evidence_days": 60, "retention.ceiling.runs_days": 10,
    }  # fmt: skip
    await platform.set(OF_THE_PLATFORM, Change("me", str(uuid.uuid4()), kept))
    try:
        days = {
            e.policy.kind.name: e.policy.days for e in (await world.planned(evidence_days=5)).due
        }
        assert (days["evidence"], days["runs"], days["findings"]) == (60, 10, None)
        await world.set(evidence_days=5)
        assert await world.apply() == {}
    finally:
        unset = Change("me", str(uuid.uuid4()), unset=list(kept))
        await platform.set(OF_THE_PLATFORM, unset)
    assert await world.apply() == {"evidence": Removed(1, 7)}


async def test_a_plan_changes_nothing_and_says_what_is_removed_then(world: World) -> None:
    body = await world.put(b"planned")
    await world.write(seen(1, body))
    await runs(world, 1, 2)
    planned = await world.plan(evidence_days=90, runs_days=90, jobs_days=90)
    assert await world.plan(evidence_days=90, runs_days=90, jobs_days=90) == planned
    assert await world.plan() == dict.fromkeys(planned, planned["findings"])
    await world.set(evidence_days=90)
    assert (await world.plan(evidence_days=None))["evidence"].total == 0
    await world.set(jobs_days=90)
    done = await world.apply()
    assert {name: removed.count for name, removed in done.items()} == {
        name: planned[name].total for name in ("evidence", "jobs")
    }
    with pytest.raises(InvalidQuestion, match=r"scans\.exclude: only settings of retention"):
        await plan(world.store, world.org, NOW, {"scans.exclude": []})
    with pytest.raises(InvalidQuestion, match=r"is retention\.runs_days meant\?"):
        await world.plan(run_days=1)


async def test_what_is_removed_is_in_the_audit(world: World) -> None:
    await world.write(seen(1, await world.put(b"told")))
    await world.set(evidence_days=90)
    await world.apply()
    [row] = await rows_of(world.store, world.org)
    assert (row.action, row.actor, row.subject) == ("retention.remove", "system", "evidence")
    assert orjson.loads(row.details) == {
        "removed": 1, "bytes": 4, "days": 90, "before": moment(110 * DAY).isoformat(),
    }  # fmt: skip


async def test_what_fails_in_one_does_not_keep_the_others_waiting(
    world: World, store: Store, audit: Audit
) -> None:
    other = await opened(store, audit, world.folder)
    broken, well = sorted((world, other), key=lambda each: each.org)
    for each in (broken, well):
        await each.write(seen(1, await each.put(each.org.encode())))
        await each.set(evidence_days=90)
    await store.execute(
        "MATCH (c:Configuration {org: $org}) SET c.values = '{\"gone\": 1}'", {"org": broken.org}
    )
    await world.retention.apply_all(NOW)
    assert [len(await each.told(NAME)) for each in (broken, well)] == [1, 1]
    assert [(await each.told(NAME))[0].removed_at for each in (broken, well)] == [None, NOW]


# --- legal holds ------------------------------------------------------------------------------------------------


async def hold(world: World, reason: str = "a court asks") -> str:
    made = await holds.place(world.store, Actor.operator(world.org), reason, str(uuid.uuid4()))
    return made.id


async def test_while_a_hold_stands_nothing_goes(world: World, store: Store) -> None:
    body = await world.put(b"held")
    await world.write(seen(1, body))
    await runs(world, 1, 2)
    await world.set(
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
    await world.set(evidence_days=90)
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
    await world.set(evidence_days=90)
    await world.apply()
    await world.write(seen(2, await world.put(b"told, too")))
    await world.apply()
    keeping = Keeping(store, keyring(), world.audit, world.org)
    later = (await store.read_single("RETURN datetime() + duration('P9D')")).to_native()
    found = await hold(world)
    assert await keeping.cut_old(1, later) == 0
    await holds.lift(store, Actor.operator(world.org), found, "settled")
    assert await keeping.cut_old(1, later) == 1
