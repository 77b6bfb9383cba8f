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


def queue_for(offered: Collection[str], usual: Collection[str]) -> str:
    """The queue of the processes that offer these collectors, where `usual` ones come with this version."""
    if set(offered) == set(usual):
        return COLLECTOR_QUEUE
    digest = hashlib.sha256("\n".join(sorted(offered)).encode()).hexdigest()
    return f"{COLLECTOR_QUEUE}:{digest[:16]}"


@dataclass(frozen=True)
class Routes:
    """For each collector that can be had now, its queues, each with how many jobs its processes carry out at once."""

    by_collector: Mapping[str, Mapping[str, int]]

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
        for name, processes in listening.items():
            room = sum(max(1, each.jobs_most) for each in processes)
            for collector in set.intersection(*(set(each.capabilities) for each in processes)):
                found[collector][name] = room
        return cls(found)

    @property
    def offered(self) -> list[str]:
        """The collectors that can be had."""
        return sorted(self.by_collector)

    def to(self, collector: str) -> str | None:
        """A queue for a job of this collector; None where nobody can be asked. Of several, by what each can take."""
        queues = self.by_collector.get(collector)
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
