"""Start and cancel runs: what the API asks for, wholly in the graph once it has answered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from graph.errors import NotFound
from graph.queries import job
from graph.store import Store
from graph.writer import EventGroup
from server.jobs.events import Publisher
from server.jobs.log import get_logger
from server.jobs.queue import hint_advance
from server.jobs.scope import Scope
from server.jobs.spec import ScanSpec

log = get_logger(__name__)


@dataclass(frozen=True)
class Started:
    """A run that was accepted. It reaches a final state whatever dies."""

    scan: str
    run: str


async def start(
    store: Store,
    queue: ArqRedis,
    org: str,
    user: str,
    spec: ScanSpec,
    started: Started | None = None,
) -> Started:
    """Accept a run of `spec` for the organization `org`; `started` names the scan and the run, else both are new.

    Started again by the same names, it is the same run. With Redis away it still starts: a conductor looks for
    accepted runs by itself. Raises Refused for a seed or rule that cannot be read.
    """
    Scope.of(spec)
    started = started or Started(str(uuid.uuid4()), str(uuid.uuid4()))
    params = job.UpsertRunParams(
        org=org, scan=started.scan, run=started.run, name=spec.title,
        spec=spec.model_dump_json(), named=spec.named_ids(org), by=user, at=datetime.now(UTC),
    )  # fmt: skip
    await store.fetch(job.UPSERT_RUN.bind(params))
    try:
        await hint_advance(queue, started.run)
    except (RedisError, OSError) as error:
        log.warning("a run waits for the conductor's sweep", run=started.run, reason=str(error))
    return started


async def cancel(store: Store, queue: ArqRedis, org: str, user: str, run: str) -> str:
    """End a run at once and give its state. A run that has ended stays as it is.

    Raises NotFound where the organization has no such run.
    """
    params = job.CancelParams(org=org, run=run, by=user, at=datetime.now(UTC))
    row = await store.fetch_one(job.CANCEL_RUN.bind(params))
    if row is None:
        raise NotFound(f"there is no run {run}")
    if row.was_open:
        await Publisher(store, queue).tell(org, EventGroup("run.cancelled", "Run", (run,), run))
    return row.state
