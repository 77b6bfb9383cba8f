"""Handing out and removing everything of an organization, beside another one with the same facts."""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio

from collectors._kit.evidence import DirectoryEvidence
from graph.errors import Conflict, NotFound
from graph.store import Store
from graph.upsert import facts, log
from graph.writer import Writer
from server.accounts import purge
from server.accounts.export import export
from server.accounts.organizations import GRACE
from server.accounts.purge import purge_due
from server.jobs.queue import open_queue
from tests.support.facts import answer
from tests.support.investigation import Investigation, write_investigation

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).parents[2]

# Everything beside facts that an organization can have.
_SURROUNDINGS = """
CREATE (o:Organization {id: $org, name: 'Purged', created_at: datetime(), deleted_at: $deleted_at})
WITH o
UNWIND ['only', 'both', 'operator'] AS kind
MERGE (u:User {id: CASE kind WHEN 'both' THEN $shared ELSE $org + kind END})
ON CREATE SET u.email = u.id + '@users.example', u.created_at = datetime(), u.password = 'the hash of a password',
              u.is_platform_admin = kind = 'operator'
CREATE (u)-[:HAS_MEMBERSHIP]->
       (m:Membership {id: $org + kind, org: $org, user: u.id, role: 'OWNER', clearance: 'RED', created_at: datetime()})
       -[:IN]->(o)
CREATE (u)-[:HAS_KEY]->(:ApiKey {id: $org + kind, org: $org, hash: $org + 'secret' + kind, prefix: 'p', name: 'k',
                                 created_at: datetime()})
CREATE (u)-[:MAY_RESET]->(:PasswordReset {hash: $org + u.id, created_at: datetime()}),
       (u)-[:HAS_SESSION]->(:Session {id: $org + u.id, user: u.id, created_at: datetime()}),
       (u)-[:HAS_IDENTITY]->(:FederatedIdentity {issuer: $org, subject: u.id, user: u.id})
MERGE (factor:SecondFactor {user: u.id})
MERGE (u)-[:HAS_FACTOR]->(factor)
WITH DISTINCT o
CREATE (:Team {id: $org, org: $org, name: 'Red', created_at: datetime()}),
       (:Role {id: $org, org: $org, name: 'Watch', permissions: ['READ_GRAPH'], created_at: datetime()}),
       (:Invitation {id: $org, org: $org, email: 'a@b.example', hash: $org + 'secret', created_at: datetime()}),
       (:Scan {id: $org, org: $org, created_at: datetime()}),
       (:Lease {id: $org, org: $org, run: $org + 'run-a'}),
       (:Outbox {id: $org + 'outbox', org: $org}),
       (:Rule {id: $org, org: $org, rule: 'dns.test'}),
       (:RuleSetting {id: $org, org: $org, rule: 'own.test', number: 1}),
       (:RuleVersion {id: $org, org: $org, rule: 'own.test', number: 1}),
       (:Pattern {id: $org, org: $org, name: 'kept'}), (:PatternDesk {id: $org, org: $org}),
       (:PatternRow {id: $org, org: $org, pattern: $org}),
       (:SavedQuery {id: $org, org: $org, owner: $org, name: 'kept'}),
       (:Watch {id: $org, org: $org, owner: $org, seen: '9', not_before: datetime()}),
       (:WatchChange {id: $org, org: $org, watch: $org}),
       (:Suppression {id: $org, org: $org}), (:FindingAct {id: $org, org: $org, at: datetime()}),
       (:AssetRating {id: $org, org: $org, at: datetime()}),
       (:IdentityDecision {id: $org, org: $org, at: datetime()})-[:DECIDES]->
       (:Match {id: $org, org: $org, state: 'OPEN', score: 0.5}), (:MatchDesk {id: $org, org: $org}),
       (:MatchProfile {id: $org, org: $org})-[:KEYED]->(:MatchKey {id: $org, org: $org}),
       (:ModuleSetting {id: $org, org: $org, module: 'dns.records'}),
       (:ModuleHealth {id: $org, org: $org, module: 'dns.records'}),
       (:KeySpending {id: $org, org: $org, units: 1}),
       (:Lookup {about: $org, org: $org, collector: 'dns.records'}),
       (:Configuration {id: $org, org: $org, number: 1}),
       (:ConfigurationVersion {id: $org, org: $org, number: 1, values: '{}'}),
       (:LegalHold {id: $org, org: $org, reason: 'settled', set_at: datetime(), lifted_at: datetime()}),
       (:RemovedRun {id: $org + 'removed', org: $org})-[:REACHED]->
       (:Lease {id: $org + 'l', org: $org, run: $org + 'removed'})
WITH 1 AS one
MATCH (e:Entity {org: $org}) WHERE e.key >= '' WITH e LIMIT 1
CREATE (:Note {id: $org, org: $org, about: e.id, text: 'A note', author: 'x', created_at: datetime()})-[:ABOUT]->(e)
WITH 1 AS one
MATCH (r:Run {org: $org}) SET r.created_at = datetime()
"""
_COUNT = """
MATCH (n) WHERE n.org = $org
RETURN labels(n)[0] AS label, count(n) AS nodes, sum(COUNT { (n)--() }) AS ends ORDER BY label
"""

# What lets a user in.
_OPENING = """
MATCH (opening:PasswordReset|Session|FederatedIdentity|SecondFactor)
WHERE $user IN [opening.user, opening.subject] OR opening.hash ENDS WITH $user
RETURN labels(opening)[0] AS label
"""

_STORED = """
CALL () {
  MATCH (n:Entity {org: $org}) WHERE n.key >= '' RETURN 'entity' AS type, n.id AS id
  UNION ALL MATCH (a:Entity {org: $org})-[r]->(:Entity) WHERE a.key >= '' RETURN 'relationship' AS type, r.id AS id
  UNION ALL MATCH (a:Entity {org: $org})<-[:OF]-(o:Observation) WHERE a.key >= ''
            RETURN 'observation' AS type, o.id AS id
  UNION ALL MATCH (a:Entity {org: $org})<-[:OF]-(o:Observation) WHERE a.key >= ''
            MATCH (c:Claim {id: o.claim}) RETURN DISTINCT 'claim' AS type, c.id AS id
  UNION ALL MATCH (f:Finding {org: $org}) RETURN 'finding' AS type, f.id AS id
}
RETURN type, count(*) AS n
"""


@pytest_asyncio.fixture(loop_scope="session")
async def graph(store: Store) -> AsyncIterator[Investigation]:
    """An organization that was deleted long ago, and one that was not, with the same facts and a shared user."""
    found = await write_investigation(store)
    long_ago = (
        (await store.read_single("RETURN datetime()")).to_native() - GRACE - timedelta(hours=1)
    )
    for org, deleted_at in ((found.org, long_ago), (found.foreign, None)):
        given = {"org": org, "shared": found.org + "both", "deleted_at": deleted_at}
        await store.execute(_SURROUNDINGS, given)
    yield found
    await store.execute(
        "MATCH (o:Organization) WHERE o.id IN [$one, $other] DETACH DELETE o",
        {"one": found.org, "other": found.foreign},
    )


async def held(store: Store, org: str) -> list[dict[str, Any]]:
    return await store.read(_COUNT, {"org": org})


async def users(store: Store, org: str) -> set[str]:
    rows = await store.read(
        "UNWIND ['only', 'both', 'operator'] AS kind MATCH (u:User {id: $org + kind}) RETURN kind",
        {"org": org},
    )
    return {row["kind"] for row in rows}


async def kept_evidence(
    store: Store, graph: Investigation, folder: Path
) -> tuple[DirectoryEvidence, Path, Path]:
    """Two answers' evidence, as files a day old: of the organization alone, and of both."""
    evidence = DirectoryEvidence(folder)
    own = await evidence.put(graph.org.encode(), "text/plain")
    shared = await evidence.put(graph.foreign.encode(), "text/plain")
    async with Writer(store) as writer:
        for org, pieces in ((graph.org, (own, shared)), (graph.foreign, (shared,))):
            name = graph.names[0]
            said = replace(answer(name, 1, name, collector="test.kept"), evidence=pieces)
            await writer.write(org, [said])
    for path in files_in(folder):
        os.utime(path, (0, 0))
    own_file, shared_file = (folder / e.sha256[:2] / e.sha256[2:] for e in (own, shared))
    return evidence, own_file, shared_file


def files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("entities", "batch"), [(3, 7), (200, 5_000)])
async def test_all_of_it_goes_and_nothing_else(
    store: Store,
    graph: Investigation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    entities: int,
    batch: int,
) -> None:
    monkeypatch.setattr(purge, "ENTITIES", entities)
    monkeypatch.setattr(purge, "BATCH", batch)
    evidence, own, shared = await kept_evidence(store, graph, tmp_path)
    assert files_in(tmp_path) == {own, shared}
    foreign = await held(store, graph.foreign)
    assert await held(store, graph.org)

    removed = await purge.purge(store, evidence, graph.org)

    assert removed > 200
    assert await held(store, graph.org) == []
    assert await held(store, graph.foreign) == foreign
    assert await users(store, graph.org) == {"both", "operator"}
    assert await users(store, graph.foreign) == {"only", "operator"}
    assert files_in(tmp_path) == {shared}
    with pytest.raises(NotFound):
        await purge.purge(store, evidence, graph.org)

    # What both had goes with the other.
    await store.execute(
        "MATCH (o:Organization {id: $org}) SET o.deleted_at = datetime() - duration('P31D')",
        {"org": graph.foreign},
    )
    await purge.purge(store, evidence, graph.foreign)
    assert files_in(tmp_path) == set()
    assert await users(store, graph.org) == {"operator"}
    assert await store.read(_OPENING, {"user": graph.org + "only"}) == []
    assert len(await store.read(_OPENING, {"user": graph.org + "operator"})) == 4


async def test_no_former_value_is_left_without_its_entity(
    store: Store, graph: Investigation
) -> None:
    count = "MATCH (v:Version) WHERE NOT EXISTS { (v)<-[:WAS]-() } AND v.org = $org RETURN count(v)"
    assert await store.read_single(
        "MATCH (v:Version {org: $org}) RETURN count(v)", {"org": graph.org}
    )
    await purge.purge(store, Nowhere(), graph.org)
    assert await store.read_single(count, {"org": graph.org}) == 0


class Nowhere:
    """An evidence store without a file."""

    async def forget(self, sha256: str) -> bool:
        assert re.fullmatch("[0-9a-f]{64}", sha256)
        return True


async def test_several_at_once_remove_it_once(store: Store, graph: Investigation) -> None:
    ended = await asyncio.gather(
        *(purge.purge(store, Nowhere(), graph.org) for _ in range(3)), return_exceptions=True
    )
    assert [
        each for each in ended if isinstance(each, BaseException) and not isinstance(each, NotFound)
    ] == []
    assert await held(store, graph.org) == []


async def test_not_before_its_time(store: Store, graph: Investigation) -> None:
    with pytest.raises(Conflict, match="deleted"):
        await purge.purge(store, Nowhere(), graph.foreign)
    await store.execute(
        "MATCH (o:Organization {id: $org}) SET o.deleted_at = datetime() - duration('P29D')",
        {"org": graph.foreign},
    )
    with pytest.raises(Conflict, match="grace"):
        await purge.purge(store, Nowhere(), graph.foreign)
    assert graph.foreign not in await purge_due(store, Nowhere())
    assert await held(store, graph.foreign)
    assert await held(store, graph.org) == []


async def test_a_file_that_was_kept_again_just_now_stays(tmp_path: Path) -> None:
    evidence = DirectoryEvidence(tmp_path)
    sha256 = (await evidence.put(b"x", "text/plain")).sha256
    [path] = files_in(tmp_path)
    assert not await evidence.forget(sha256)
    os.utime(path, (0, 0))
    await evidence.put(b"x", "text/plain")
    assert not await evidence.forget(sha256)
    os.utime(path, (0, 0))
    assert await evidence.forget(sha256)
    assert await evidence.forget(sha256)
    assert not path.exists()


async def test_everything_is_handed_out_but_what_opens_something(
    store: Store, graph: Investigation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.accounts import export as module  # noqa: PLC0415 - the function of the same name is imported above

    monkeypatch.setattr(module, "PAGE", 5)
    monkeypatch.setattr(module, "LONG_PAGE", 7)
    text = b"".join([line async for line in export(store, graph.foreign)])
    lines = [orjson.loads(line) for line in text.splitlines()]
    counted = Counter(line["type"] for line in lines)
    stored = await store.read(_STORED, {"org": graph.foreign})
    assert len(stored) == 5
    assert {row["type"]: row["n"] for row in stored} == {
        row["type"]: counted[row["type"]] for row in stored
    }
    noted = await store.read("MATCH (n:Note {org: $org}) RETURN n.id AS id", {"org": graph.foreign})
    told = sorted(line["properties"]["id"] for line in lines if line["type"] == "note")
    assert told == sorted(row["id"] for row in noted)
    others = (
        "organization",
        "end",
        "scan",
        "team",
        "role",
        "invitation",
        "suppression",
        "rating",
        "module",
        "configuration",
        "rule",
        "pattern",
        "pattern_row",
        "query",
        "watch",
        "watch_change",
        "hold",
    )
    assert {kind: counted[kind] for kind in others} == dict.fromkeys(others, 1)
    assert (counted["member"], counted["key"], counted["run"]) == (3, 3, 2)
    assert b"secret" not in text
    assert b"hash of a password" not in text
    assert graph.org.encode() + b"only" not in text
    ids = [line["properties"]["id"] for line in lines if line["type"] == "entity"]
    assert len(ids) == len(set(ids))
    versions = sum(len(line["versions"]) for line in lines if line["type"] == "entity")
    count = "MATCH (v:Version {org: $org}) RETURN count(v)"
    assert versions == await store.read_single(count, {"org": graph.foreign})
    assert any(line["evidence"] for line in lines if line["type"] == "observation")
    assert next(line["about"] for line in lines if line["type"] == "note")


async def test_what_is_not_there_is_not_handed_out(store: Store) -> None:
    with pytest.raises(NotFound):
        [line async for line in export(store, "nowhere")]


# What belongs to no organization, or goes with the organization's own node, or with its last user.
APART = {"Migration", "Organization", "SigningKey", "Letter"} | {
    "User", "PasswordReset", "Session", "SecondFactor", "FederatedIdentity",
}  # fmt: skip
_MADE = re.compile(r"(?:CREATE|MERGE)\s+(?:\([^()]*\)[<>-]+(?:\[[^\]]*\])?[<>-]+)?\(\w*:([A-Z]\w+)")


def test_every_label_that_is_written_is_removed_too() -> None:
    texts = [p.read_text("utf-8") for p in (ROOT / "cypher").rglob("*.cypher")]
    texts += [Path(module.__file__ or "").read_text("utf-8") for module in (facts, log)]
    made = {label for text in texts for label in _MADE.findall(text) if "INDEX" not in label}
    removing = [p.read_text("utf-8") for p in (ROOT / "cypher" / "purge").glob("delete_*.cypher")]
    removed = {label for text in removing for label in re.findall(r"\(\w+:([A-Z]\w+)", text)}
    assert {"Entity", "Observation", "Finding", "Invitation"} <= made | {"Entity"}
    assert made - removed - APART == set()


async def test_what_is_under_way_in_a_closed_organization_ends(
    store: Store, graph: Investigation, redis_url: str
) -> None:
    await store.execute(
        "UNWIND [$org, $foreign] AS org CREATE (:Run {id: org + 'open', org: org, state: 'RUNNING', "
        "created_at: datetime(), started_by: 'x'})",
        {"org": graph.org, "foreign": graph.foreign},
    )
    queue = await open_queue(redis_url)
    try:
        await purge.end_stray_runs(store, queue)
        await purge.end_stray_runs(store, queue)
    finally:
        await queue.aclose()
    state = "MATCH (r:Run {id: $id}) RETURN r.state"
    assert await store.read_single(state, {"id": graph.org + "open"}) == "CANCELLED"
    assert await store.read_single(state, {"id": graph.foreign + "open"}) == "RUNNING"
