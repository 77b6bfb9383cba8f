"""Which queue a job is hinted to: one whose every listener can carry it out, and that some READY process listens to.

Collector processes that offer the same collectors share a queue. The usual set has the usual queue, which the version
before knows, too; any other set has one of its own, named by what is in it.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from arq.connections import ArqRedis

from server.jobs.presence import Presence, ServiceState, living
from server.jobs.queue import COLLECTOR_QUEUE

ROLE = "collector"
TRUE_FOR_S = 1.0
UNKNOWN = -1  # the version of a collector whose process does not tell it


def queue_for(offered: Mapping[str, int], usual: Collection[str]) -> str:
    """The queue of the processes that offer these collectors in these versions, where `usual` ones come with Mirage."""
    if set(offered) == set(usual):
        return COLLECTOR_QUEUE
    named = "\n".join(f"{name} {version}" for name, version in sorted(offered.items()))
    digest = hashlib.sha256(named.encode()).hexdigest()
    return f"{COLLECTOR_QUEUE}:{digest[:16]}"


@dataclass(frozen=True)
class Routes:
    """For each collector that can be had now, its queues, each with how many jobs its processes carry out at once."""

    by_collector: Mapping[str, Mapping[str, int]]
    versions_of: Mapping[tuple[str, str], frozenset[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, services: Iterable[Presence]) -> Routes:
        """The routes to these processes.

        A queue is none for a collector that one of its listeners lacks, as happens between two versions: that one
        might take the job.
        """
        listening: dict[str, list[Presence]] = defaultdict(list)
        for each in services:
            if each.role == ROLE and each.state is ServiceState.READY:
                for name in each.queues:
                    listening[name].append(each)
        found: dict[str, dict[str, int]] = defaultdict(dict)
        versions: dict[tuple[str, str], frozenset[int]] = {}
        for name, processes in listening.items():
            room = sum(max(1, each.jobs_most) for each in processes)
            for collector in set.intersection(*(set(each.capabilities) for each in processes)):
                found[collector][name] = room
                versions[(collector, name)] = frozenset(
                    each.versions.get(collector, UNKNOWN) for each in processes
                )
        return cls(found, versions)

    @property
    def offered(self) -> list[str]:
        """The collectors that can be had."""
        return sorted(self.by_collector)

    @property
    def versions(self) -> dict[str, set[int]]:
        """The versions of each collector to which a job can be routed: whole queues have them."""
        found: dict[str, set[int]] = defaultdict(set)
        for (collector, _), have in self.versions_of.items():
            if len(have) == 1:
                found[collector] |= have
        return dict(found)

    def to(self, collector: str, pinned: int = 0) -> str | None:
        """A queue for a job of this collector; None where nobody can be asked. Of several, by what each can take.

        Where it is `pinned` to a version, all who listen to the queue have that one.
        """
        queues = {
            name: room
            for name, room in self.by_collector.get(collector, {}).items()
            if not pinned or self.versions_of.get((collector, name)) == frozenset({pinned})
        }
        if not queues:
            return None
        return random.choices(list(queues), list(queues.values()))[0]  # noqa: S311 - no secret


@dataclass
class Directions:
    """The routes as they are now: read again once they are a second old, however many ask."""

    queue: ArqRedis
    _routes: Routes = field(default_factory=lambda: Routes({}))
    _read_at: float = -TRUE_FOR_S

    async def now(self) -> Routes:
        """The routes. Raises what Redis raises."""
        if time.monotonic() - self._read_at >= TRUE_FOR_S:
            self._routes = Routes.of(await living(self.queue))
            self._read_at = time.monotonic()
        return self._routes
