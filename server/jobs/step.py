"""What a conductor's step works on, and what it tells. Nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors._kit.manifest import CollectorManifest
from graph.queries import job
from server.jobs import lifecycle
from server.jobs.gates import Gates, Ready
from server.jobs.lifecycle import Act, RunState, Standing
from server.jobs.progress import Clock
from server.jobs.queue import Hint
from server.jobs.reusing import Reuse
from server.jobs.scope import Scope
from server.jobs.spec import ScanSpec
from server.modules.pins import Versions, absent


@dataclass
class Step:
    """What a step did: the run's state and counts, and the jobs to be hinted."""

    run: str
    org: str
    state: str
    reached: int
    requests: int
    jobs_done: int
    jobs_failed: int
    jobs_open: int
    reason: str = ""
    kept_from: set[str] = field(
        default_factory=set
    )  # collectors whose ceiling kept entities from them
    left_out: dict[str, str] = field(
        default_factory=dict
    )  # collectors that were not asked since they did not work, with the reason
    pins: Mapping[str, int] = field(
        default_factory=dict
    )  # versions with which collectors are asked
    hints: list[Hint] = field(default_factory=list)
    goes_on: bool = False  # whether there is something to follow at once

    @property
    def left_out_told(self) -> list[str]:
        """Who was not asked and why, as it is kept."""
        return [f"{collector}: {why}" for collector, why in sorted(self.left_out.items())]

    def do(self, act: Act) -> None:
        """Go to the state that follows. Raises Conflict where none does."""
        self.state = lifecycle.after(act, Standing(RunState(self.state)))


@dataclass
class Work:
    """What a step works with and on."""

    step: Step
    spec: ScanSpec
    scope: Scope
    collectors: list[CollectorManifest]
    found: job.LockedRunRow
    broken: list[CollectorManifest]  # would be asked if they worked
    gates: Gates
    reuse: Reuse
    now: datetime
    ready: list[Ready] = field(default_factory=list)
    open_jobs: int = 0
    is_full: bool = field(init=False)  # whether entities are held back
    begins_with: int = field(init=False)  # it came to nothing where it has no more entities

    def __post_init__(self) -> None:
        self.is_full = self.found.is_full
        self.begins_with = self.found.begins_with or len(self.spec.seeds)

    @property
    def clock(self) -> Clock:
        """Its times; it is under way, or there would be no step."""
        run = self.found
        return Clock(
            RunState.RUNNING, run.started_at, None, None, None, run.paused_s + self.idled_s
        )  # fmt: skip

    @property
    def idled_s(self) -> float:
        """Seconds since the former step in which it only waited for its hours; pauses count by themselves."""
        since, paused = self.found.idle_at, self.found.paused_at
        if since is None:
            return 0.0
        until = paused if paused is not None and paused > since else self.now
        return max(0.0, (until - since).total_seconds())

    @property
    def room(self) -> int:
        """How many entities more may come into scope."""
        return max(0, self.spec.budget.entities - self.step.reached)

    @property
    def is_closed(self) -> bool:
        """Whether hosts may not be contacted now."""
        return not self.spec.contact_hours.is_open(self.now)

    def available(
        self,
        offered: list[str] | None,
        known: Mapping[str, CollectorManifest],
        live: Versions | None,
    ) -> list[str] | None:
        """What of `offered` (None: all that is `known`) can be had in its pinned version; None for all.

        `live` are the versions that can be had; None for any.
        """
        if live is None or not self.step.pins:
            return offered
        named = known if offered is None else offered
        gone = absent(self.step.pins, live, named)
        return sorted(name for name in named if name in known and name not in gone)

    def at_once(
        self, offered: list[str] | None, known: Mapping[str, CollectorManifest]
    ) -> list[str] | None:
        """What of `offered` (None: all that is `known`) may be asked at once; None for all.

        Hosts are contacted in their hours, and where it matters where they lie once that was found out.
        """
        if not self.is_closed and not self.scope.asks_where:
            return offered
        named = known if offered is None else offered
        return sorted(name for name in named if name in known and not known[name].contacts_hosts)

    def is_idle(self, known: Mapping[str, CollectorManifest]) -> bool:
        """Whether it only waits for its hours: all that is left to do contacts hosts."""
        return self.is_closed and 0 < self.open_jobs == len(contacting(self.ready, known))

    def leave_out(self, collectors: Iterable[str]) -> None:
        """Say of these that they are not asked about everything, since they do not work now."""
        told = self.gates.shut
        self.step.left_out |= {each: told[each] for each in collectors if each in told}

    @property
    def time_left(self) -> timedelta:
        """How long it may still be under way."""
        return timedelta(minutes=self.spec.budget.minutes) - self.clock.worked(self.now)

    @property
    def spent(self) -> str:
        """Which budget is spent, as a sentence; empty while there is some of each left."""
        budget = self.spec.budget
        if self.step.reached > budget.entities:  # it was lowered meanwhile
            return budget.spent("entities")
        if self.step.requests >= budget.requests:
            return budget.spent("requests")
        if self.time_left <= timedelta():
            return budget.spent("minutes")
        return ""


def contacting(jobs: Iterable[Ready], known: Mapping[str, CollectorManifest]) -> list[Ready]:
    """Those of some jobs whose collectors contact hosts."""
    return [
        each for each in jobs if each.collector in known and known[each.collector].contacts_hosts
    ]
