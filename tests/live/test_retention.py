"""What goes for its age and what stays, in one organization beside another one with the same raw answers."""

from __future__ import annotations

import asyncio
import hashlib
import os
import uuid
from dataclasses import replace

import orjson
import pytest

from graph.errors import InvalidQuestion
from graph.model.network import DomainName
from graph.store import Store
from server.accounts import purge
from server.audit.journal import Audit
from server.configuration.kept import OF_THE_PLATFORM, Change, Configurations
from server.retention import kinds
from server.retention.kinds import Removed
from server.retention.planning import plan
from tests.support.aging import DAY, NAME, NOW, World, opened, runs, seen
from tests.support.chains import rows_of
from tests.support.facts import moment

_FINDINGS = """
MATCH (n:Entity {id: $about})
UNWIND $findings AS row
CREATE (f:Finding {id: row.id, org: $org, state: row.state, closed_at: row.at, title: 'T'})-[:ABOUT]->(n)
"""


# --- raw answers ------------------------------------------------------------------------------------------------


async def test_a_raw_answer_goes_when_its_last_answer_is_old(world: World) -> None:
    once, again = await world.put(b"once"), await world.put(b"again")
    await world.write(seen(1, once, again), seen(150, again))
    assert await world.apply() == {}, "for ever, unless somebody says otherwise"
    await world.keep(evidence_days=90)
    assert await world.apply(moment(91 * DAY - 1)) == {}
    assert await world.apply() == {"evidence": Removed(1, 4)}
    assert not world.path(once.sha256).exists()
    assert world.path(again.sha256).exists()
    assert await world.apply() == {}
    assert await world.apply(moment(241 * DAY)) == {"evidence": Removed(1, 5)}
    assert not world.path(again.sha256).exists()
    [row] = await world.told(NAME)
    assert (row.sha256, row.size_bytes, row.source_url) == (
        hashlib.sha256(world.org.encode() + b"again").hexdigest(), 5, "https://source.example/"
    )  # fmt: skip
    assert row.removed_at == moment(241 * DAY), "that there was one, and which, is told still"


async def test_what_is_given_again_is_kept_again(world: World) -> None:
    body = await world.put(b"back")
    await world.write(seen(1, body))
    await world.keep(evidence_days=90)
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
    await world.keep(evidence_days=90)
    assert (await world.plan())["evidence"].bytes == 6, "not a word of the other one"
    assert await world.apply() == {"evidence": Removed(1, 0)}
    assert world.path(shared.sha256).exists()
    assert [row.removed_at for row in await other.told(NAME)] == [None]
    await other.keep(evidence_days=90)
    assert await other.apply() == {"evidence": Removed(1, 6)}
    assert not world.path(shared.sha256).exists()


async def test_a_file_goes_with_the_last_organization_that_keeps_it(
    world: World, store: Store, audit: Audit
) -> None:
    other = await opened(store, audit, world.folder)
    shared = await world.put(b"shared")
    await world.write(seen(1, shared))
    await other.write(seen(1, shared))
    await world.keep(evidence_days=90)
    assert await world.apply() == {"evidence": Removed(1, 0)}
    await store.execute(
        "MATCH (o:Organization {id: $org}) SET o.deleted_at = datetime() - duration('P31D')",
        {"org": other.org},
    )
    await purge.purge(store, other.files, other.org)
    assert not world.path(shared.sha256).exists(), "what says that it was removed keeps nothing"


async def test_two_organizations_at_once_leave_no_file(
    world: World, store: Store, audit: Audit
) -> None:
    other = await opened(store, audit, world.folder)
    pieces = [await world.put(b"%d" % n) for n in range(30)]
    for each in (world, other):
        await each.write(seen(1, *pieces))
        await each.keep(evidence_days=90)
    done = await asyncio.gather(world.apply(), other.apply(), world.apply())
    assert sum(each["evidence"].count for each in done if each) == 60
    assert sum(each["evidence"].size_bytes for each in done if each) == 50
    assert [path for path in world.folder.rglob("*") if path.is_file()] == []


async def test_a_file_stays_while_a_marked_answer_needs_it(world: World) -> None:
    body = await world.put(b"marked")
    other = DomainName(name="other.example")
    await world.write(seen(1, body), seen(150, body, name=other, tlp="RED"))
    await world.keep(evidence_days=90)
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
    await world.keep(evidence_days=90)
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
    await world.keep(evidence_days=90)
    assert await world.apply() == {"evidence": Removed(1, 3)}
    assert world.path(new.sha256).exists()


# --- runs and jobs ----------------------------------------------------------------------------------------------


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
    await world.keep(runs_days=90)
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
    await world.keep(runs_days=90)
    assert await world.apply() == {"runs": Removed(2)}
    assert by in await world.ids("Run"), "`why` tells by which run it is known, and the way there"
    assert not {repeats, replaced} & await world.ids("Run")


async def test_runs_under_way_stay(world: World) -> None:
    going, _ = await runs(world, 1, 2, state="RUNNING")
    await world.keep(runs_days=1, jobs_days=1)
    assert await world.apply() == {}
    assert going in await world.ids("Run")


async def test_jobs_go_before_their_run(world: World) -> None:
    one, new = await runs(world, 1, 199)
    assert (await world.plan(jobs_days=30))["jobs"].total == 3
    await world.keep(jobs_days=30)
    assert await world.apply() == {"jobs": Removed(3)}
    assert await world.ids("Run") == {one, new}
    assert len(await world.ids("Lease")) == 3


async def test_what_was_left_half_way_is_removed_the_next_time(world: World) -> None:
    [run] = await runs(world, 1)
    await world.store.execute("MATCH (r:Run {id: $id}) REMOVE r:Run SET r:RemovedRun", {"id": run})
    await world.keep(runs_days=90)
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
    await world.keep(findings_days=90)
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
        await world.keep(lookups_days=439)
    assert (await world.plan(lookups_days=440))["lookups"].total == 1
    await world.keep(lookups_days=440)
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
        await world.keep(evidence_days=5)
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
    await world.keep(evidence_days=90)
    assert (await world.plan(evidence_days=None))["evidence"].total == 0
    await world.keep(jobs_days=90)
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
    await world.keep(evidence_days=90)
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
        await each.keep(evidence_days=90)
    await store.execute(
        "MATCH (c:Configuration {org: $org}) SET c.values = '{\"gone\": 1}'", {"org": broken.org}
    )
    await world.retention.apply_all(NOW)
    assert [len(await each.told(NAME)) for each in (broken, well)] == [1, 1]
    assert [(await each.told(NAME))[0].removed_at for each in (broken, well)] == [None, NOW]
