"""The conductor: moves runs on, takes jobs back from dead workers, publishes what writers left behind.

It also starts scans by their schedules, ends what is under way in organizations that are closed, removes those whose
time is over, removes what is old, keeps the audit, and tends signing keys and sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from collectors._kit.evidence import DirectoryEvidence
from graph.queries import job
from graph.tracing import spanned
from graph.writer import EventGroup
from server.accounts import purge
from server.audit.events import SYSTEM, Event
from server.audit.journal import Audit
from server.audit.keeping import Keeping
from server.auth.sessions import Sessions
from server.auth.signing import ROTATED, SigningKeys
from server.graphql.repeats import Repeats
from server.jobs import turning
from server.jobs.events import Publisher
from server.jobs.fairness import Whose
from server.jobs.lifecycle import FINAL, MOVING
from server.jobs.log import get_logger
from server.jobs.planning import advance
from server.jobs.queue import CONDUCTOR_QUEUE, hint_collect
from server.jobs.routing import Directions
from server.jobs.step import Step
from server.jobs.worker import Handler, Role, Tools, run_role
from server.modules.catalog import registry
from server.retention.removing import Retention
from server.scheduling.firing import Firing
from server.settings import ConductorSettings
from server.vault.envelope import Sealing
from server.vault.keyring import open_keyring

log = get_logger(__name__)

SWEEP_EVERY_S = 5.0
FIRE_EVERY_S = 5.0
CLOSE_EVERY_S = 20.0
REMOVE_EVERY_S = 3_600.0
TEND_EVERY_S = 3_600.0
KEEP_EVERY_S = 60.0
RETAIN_EVERY_S = 3600.0


@asynccontextmanager
async def _prepare(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    manifests = {name: listed.manifest for name, listed in registry().collectors.items()}
    publisher = Publisher(tools.store, tools.queue)
    directions = Directions(tools.queue)

    moving: dict[
        str, bool
    ] = {}  # runs under way here, and whether to go again: they would wait for each other's lock

    async def move(run: str) -> None:
        if run in moving:
            moving[run] = True
            return
        moving[run] = True
        try:
            while moving[run]:
                moving[run] = False
                with spanned("step", {"mirage.run": run}):
                    goes_on = await step_on(run)
                moving[run] = goes_on or moving[run]
        finally:
            del moving[run]

    async def step_on(run: str) -> bool:
        """Whether it can go on at once."""
        routes = await directions.now()
        step = await advance(
            tools.store, run, manifests, offered=routes.offered, versions=routes.versions
        )
        if step is None:
            return False
        for hint in step.hints:
            if where := routes.to(hint.collector, step.pins.get(hint.collector, 0)):
                await hint_collect(tools.queue, hint, Whose(step.org, step.run), where)
        await publisher.tell(step.org, _progress(step))
        return step.goes_on

    async def sweep(_: str) -> None:
        """What no hint will bring: runs whose hints were lost, jobs left alone, unpublished events."""
        going_on = job.StatesParams(states=sorted(MOVING))
        for run in await tools.store.fetch(job.LIST_OPEN_RUNS.bind(going_on)):
            await move(run.id)
        await publisher.relay()
        await turning.count_open(tools.store)

    async with _clockwork(tools) as by_clock:
        yield {"advance": move, "sweep": sweep, **by_clock}


@asynccontextmanager
async def _clockwork(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    """What is done by the clock: to the audit, kept answers, signing keys, and organizations that are closed."""
    settings = tools.settings
    assert isinstance(settings, ConductorSettings)  # noqa: S101 - main() gives no other
    keys = open_keyring(settings)
    audit = Audit(tools.store, keys)
    keeping, repeats = Keeping(tools.store, keys, audit), Repeats(tools.store, keys)

    async def keep(_: str) -> None:
        """Ends of acts whose process died, and answers that nobody asks for again."""
        await keeping.end_unended()
        await repeats.forget_old()

    retention = Retention(tools.store, DirectoryEvidence(settings.evidence_folder), audit)

    async def retain(_: str) -> None:
        """What is old enough to go: rows of the audit, and what organizations keep for some time only."""
        await keeping.cut_old(settings.audit_retention_days)
        await retention.apply_all()

    try:
        tend = _tending(tools, audit, SigningKeys(tools.store, keys))
        fire = _firing(tools, keys, audit)
        yield {"fire": fire, "keep": keep, "retain": retain, "tend": tend, **_closing(tools, audit)}
    finally:
        await audit.aclose()


def _firing(tools: Tools, keys: Sealing, audit: Audit) -> Handler:
    """Starts scans when their schedules say so."""
    firing = Firing(tools.store, tools.queue, keys, audit)

    async def fire(_: str) -> None:
        for fired in await firing.fire_due():
            for told in fired.told:
                log.info(
                    "a schedule was due",
                    scan=fired.scan,
                    outcome=told.outcome.value,
                    run=fired.run if told.is_run else "",
                )

    return fire


def _tending(tools: Tools, audit: Audit, signing: SigningKeys) -> Handler:
    """Sees to what signing in leaves to time: the next signing key, and sessions that ended long ago."""
    sessions = Sessions(tools.store)

    async def tend(_: str) -> None:
        if made := await signing.rotate_if_due():
            log.info("a new signing key was made", kid=made)
            await audit.record(Event(ROTATED, SYSTEM, made))
        await sessions.forget_old()

    return tend


def _closing(tools: Tools, audit: Audit) -> dict[str, Handler]:
    """What is due where organizations were suspended or deleted."""

    async def close(_: str) -> None:
        await purge.end_stray_runs(tools.store, tools.queue)

    async def remove(_: str) -> None:
        evidence = DirectoryEvidence(tools.settings.evidence_folder)
        for org in await purge.purge_due(tools.store, evidence):
            log.info("an organization was removed for good", id=org)
            await audit.record(Event("organization.purge", SYSTEM, org))

    return {"close": close, "remove": remove}


def _progress(step: Step) -> EventGroup:
    kind = "run.finished" if step.state in FINAL else "run.progressed"
    data = {
        "state": step.state, "reached": step.reached, "requests": step.requests,
        "jobsOpen": step.jobs_open, "jobsDone": step.jobs_done, "jobsFailed": step.jobs_failed,
        "reason": step.reason,
    }  # fmt: skip
    return EventGroup(kind, "Run", (step.run,), step.run, data)


ROLE = Role(
    "conductor",
    CONDUCTOR_QUEUE,
    _prepare,
    regularly=(
        ("sweep", SWEEP_EVERY_S),
        ("fire", FIRE_EVERY_S),
        ("close", CLOSE_EVERY_S),
        ("remove", REMOVE_EVERY_S),
        ("tend", TEND_EVERY_S),
        ("keep", KEEP_EVERY_S),
        ("retain", RETAIN_EVERY_S),
    ),
)


def main() -> None:
    """Run the role until SIGTERM."""
    asyncio.run(run_role(ConductorSettings(), ROLE))
