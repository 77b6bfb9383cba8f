"""What is told when a module stops or begins to be asked: to the log, to metrics, and to those who follow modules."""

from __future__ import annotations

from graph.store import Store
from graph.writer import EventGroup
from server.jobs import metrics
from server.jobs.events import Publisher
from server.jobs.log import get_logger
from server.modules import breaker
from server.modules.breaker import Turn

log = get_logger(__name__)


async def noted(org: str, turn: Turn) -> None:
    """Tell the log and metrics."""
    health = turn.health
    if turn.is_opened:
        metrics.OPENED.labels(turn.module, str(health.fault)).inc()
        log.warning(
            "a module does not work and is not asked", org=org, module=turn.module,
            until=health.until, failures=health.failures, reason=health.reason,
        )  # fmt: skip
    else:
        log.info("a module is asked again", org=org, module=turn.module)


async def published(publisher: Publisher, org: str, turn: Turn) -> None:
    """Tell everybody."""
    await noted(org, turn)
    word = "opened" if turn.is_opened else "closed"
    await publisher.tell(org, EventGroup(f"module.{word}", "Module", (turn.module,)))


async def count_open(store: Store) -> None:
    """Set the gauge of modules that are not asked as usual."""
    metrics.OPEN.clear()
    for module, organizations in (await breaker.count_open(store)).items():
        metrics.OPEN.labels(module).set(organizations)
