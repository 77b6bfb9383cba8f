"""An organization whose things grow old, and where its raw answers lie."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from collectors._kit.evidence import DirectoryEvidence
from graph.facts import Answer, Evidence
from graph.model.network import DomainName
from graph.queries.entity import LIST_EVIDENCE, OneParams
from graph.store import Store
from graph.writer import Writer
from server.audit.journal import Audit
from server.configuration.kept import Change, Configurations
from server.retention.kinds import Removed
from server.retention.planning import Plan, plan
from server.retention.removing import Retention
from tests.support.facts import answer, moment

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

    async def keep(self, **days: int | None) -> None:
        values = {f"retention.{name}": value for name, value in days.items()}
        change = Change("me", str(uuid.uuid4()), values)
        await Configurations(self.store).set(self.org, change)

    async def ids(self, label: str) -> set[str]:
        return set(await self.store.read_single(_IDS, {"org": self.org, "label": label}) or [])

    async def write(self, *answers: Answer, org: str = "") -> None:
        async with Writer(self.store) as writer:
            await writer.write(org or self.org, answers)

    async def put(self, body: bytes) -> Evidence:
        """Keep a body, as long ago; its size is told without what keeps it apart from that of other tests.

        A file is one for all organizations of a database, and tests share theirs.
        """
        apart = self.org.encode() + body
        kept = await self.files.put(apart, "text/plain", "https://source.example/")
        os.utime(self.path(kept.sha256), (0, 0))
        return replace(kept, size_bytes=len(body))

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


async def runs(world: World, *days: float, state: str = "FINISHED") -> list[str]:
    """Runs of one scan, with three jobs each."""
    made = [{"id": str(uuid.uuid4()), "state": state, "at": moment(day * DAY)} for day in days]
    given = {"org": world.org, "at": moment(0), "runs": made}
    await world.store.execute(_SCAN, given)
    return [str(each["id"]) for each in made]
