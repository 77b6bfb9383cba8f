"""How far a run has got: what its jobs found is put into scope, and what is nearer than before is looked at again.

What a run looks at follows from what there is to find, and not from which job ended first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graph.model.base import Entity
from graph.model.network import IPAddress, Netblock
from graph.queries import job
from graph.store import Transaction
from server.configuration.places import Known
from server.configuration.rules import host_of
from server.jobs.handing import Member, members
from server.jobs.reusing import produced
from server.jobs.scope import host_ids, is_part
from server.jobs.step import Work


@dataclass(frozen=True)
class Ring:
    """What came into scope: what is `new` in it, and what is `nearer`, each with how far it was until now."""

    new: list[Member] = field(default_factory=list)
    nearer: list[tuple[Member, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Frontier:
    """A run's entities, within the transaction of a step."""

    tx: Transaction
    work: Work

    async def beyond(self, ended: Sequence[job.LeaseRow]) -> list[Member]:
        """What the answers to ended jobs state, as far as it is in scope."""
        distances = {entity: lease.distance for lease in ended for entity in lease.entities}
        return await self._stated(ended, distances)

    async def beyond_nearer(self, nearer: Iterable[tuple[Member, int]]) -> list[Member]:
        """What was stated in this run about entities that have come nearer, as far as that brings it nearer, too."""
        distances = {member.id: member.distance for member, _ in nearer}
        if not distances:
            return []
        params = job.DistancesParams(run=self.work.step.run, ids=sorted(distances))
        asked = await self.tx.fetch(job.LIST_ASKED.bind(params))
        return await self._stated(asked, distances)

    async def _stated(
        self, ended: Sequence[job.LeaseRow | job.AskedRow], distances: Mapping[str, int]
    ) -> list[Member]:
        far: dict[str, int] = {}
        rows = await produced(self.tx, self.work.step.run, ended)
        for row in rows:
            near = min(distances[source] for source in row.sources)
            far[row.id] = min(near, far.get(row.id, near))
        return await self._in_scope(members({row.id: row for row in rows}.values(), far))

    async def _in_scope(self, found: Sequence[Member]) -> list[Member]:
        """Those of some entities that are in scope, as far as they are; they come with how far their sources are."""
        scope = self.work.scope
        entities = [each.entity for each in found]
        await self._recall_hosts(entities)
        lie = await self._places(entities) if scope.include.places else {}
        ring: list[Member] = []
        # Hosts first: their services and pages are as far as they are.
        for each in sorted(found, key=lambda f: (is_part(f.entity), f.id)):
            distance = scope.distance(each.entity, each.distance, lie.get(each.entity.key, {}))
            if distance is not None:
                scope.take(each.entity, distance)
                ring.append(replace(each, distance=distance))
        return ring

    async def _places(self, entities: Iterable[Entity]) -> Mapping[str, Known]:
        """Where addresses and ranges lie, by their keys."""
        org = self.work.step.org
        ids = [each.id_in(org) for each in entities if isinstance(each, (IPAddress, Netblock))]
        params = job.PlacementsParams(org=org, ids=ids)
        return {row.key: vars(row) for row in await self.tx.fetch(job.LIST_PLACEMENTS.bind(params))}

    async def _recall_hosts(self, entities: Iterable[Entity]) -> None:
        """Learn how far the hosts of services and pages are, where they were reached before."""
        hosts = {host_of(entity) for entity in entities if is_part(entity)}
        if ids := host_ids(self.work.step.org, hosts):
            params = job.DistancesParams(run=self.work.step.run, ids=ids)
            rows = await self.tx.fetch(job.LIST_DISTANCES.bind(params))
            self.work.scope.reached.update({row.key: row.distance for row in rows})

    async def take_in(self, found: Sequence[Member]) -> Ring:
        """Put entities into scope, within the budget."""
        found = await self._within(found)
        params = job.ReachedParams(
            run=self.work.step.run, rows=[{"id": m.id, "distance": m.distance} for m in found]
        )
        was = {row.id: row.was for row in await self.tx.fetch(job.UPSERT_REACHED.bind(params))}
        ring = Ring()
        for member in found:
            before = was.get(member.id, member.distance)
            if before is None:
                ring.new.append(member)
            elif before > member.distance:
                ring.nearer.append((member, before))
        self.work.step.reached += len(ring.new)
        return ring

    async def _within(self, found: Sequence[Member]) -> Sequence[Member]:
        """These as far as there is room for them; the rest is held back, for the budget may be raised."""
        work = self.work
        room = work.room
        if len(found) <= room:
            return found
        run = work.step.run
        params = job.DistancesParams(run=run, ids=[member.id for member in found])
        known = {row.id for row in await self.tx.fetch(job.LIST_DISTANCES.bind(params))}
        beyond = [member for member in found if member.id not in known][room:]
        if not beyond:
            return found
        work.is_full = True
        rows = [{"id": m.id, "distance": m.distance} for m in beyond]
        await self.tx.fetch(job.UPSERT_HELD_BACK.bind(job.ReachedParams(run=run, rows=rows)))
        held = {member.id for member in beyond}
        return [member for member in found if member.id not in held]

    async def held_back(self) -> list[Member]:
        """What was held back and has room now that the budget was raised; it is taken in next."""
        work = self.work
        room = work.room
        if not work.is_full or not room or work.spent:
            return []
        params = job.HeldBackParams(run=work.step.run, limit=room)
        rows = await self.tx.fetch(job.TAKE_HELD_BACK.bind(params))
        work.is_full = len(rows) == room  # then there may be more of them
        found = members(rows, {row.id: row.distance for row in rows})
        await self._recall_hosts([member.entity for member in found])
        for member in found:
            work.scope.take(member.entity, member.distance)
        return found
