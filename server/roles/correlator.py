"""The correlator: looks by rules at what was written, compares who may be one, and in passes what no write asks for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from graph.correlate import rules as rule_files
from graph.correlate.engine import Engine, Evaluated
from graph.correlate.triage import seen_again
from graph.identity.alikes import LookAlikes, Looked
from graph.identity.comparing import Compared, Resolver
from graph.match import kinds
from graph.patterns.evaluating import Bounds
from graph.patterns.watching import Patterns, Watched
from graph.queries import finding_writes as queries
from graph.store import Store
from server.configuration.kept import Configurations
from server.jobs.events import Publisher, settle_touched, touched_since
from server.jobs.following import Following
from server.jobs.log import get_logger
from server.jobs.queue import CORRELATOR_QUEUE
from server.jobs.worker import Handler, Role, Tools, run_role
from server.settings import CorrelatorSettings

CATCH_UP_EVERY_S = 3600.0

log = get_logger(__name__)


@dataclass(frozen=True)
class Correlating:
    """The handlers of the role."""

    store: Store
    engine: Engine
    resolver: Resolver
    publisher: Publisher

    @cached_property
    def patterns(self) -> Patterns:
        """The patterns that organizations keep."""
        return Patterns(self.store, self._bounds)

    @cached_property
    def alikes(self) -> LookAlikes:
        """Names that look like one's own."""
        return LookAlikes(self.store)

    @cached_property
    def following(self) -> Following:
        """Follows what an organization set of its rules."""
        return Following(self.follow)

    async def correlate(self, org: str) -> None:
        """Look at what was touched in `org` and not looked at yet, and by rules that were set since at everything."""
        while True:
            touched, outbox = await touched_since(self.store, org)
            if not outbox:
                return
            if self._alike(org, await self.alikes.compare(org, touched, datetime.now(UTC))):
                continue  # what changed was left for rules to look at with the rest
            done = await self.engine.evaluate(org, touched, datetime.now(UTC))
            await self._tell(org, done)
            if written := await seen_again(self.store, org, datetime.now(UTC)):
                await self.publisher(written)
            await self._compared(org, await self.resolver.compare(org, touched, datetime.now(UTC)))
            await self._moved(org, await self.patterns.evaluate(org, touched, datetime.now(UTC)))
            await settle_touched(self.store, outbox)
            await self.following(org)

    async def follow(self, org: str) -> None:
        """Look by rules that were set and patterns that were saved since at everything."""
        await self._tell(org, await self.engine.follow(org, datetime.now(UTC)))
        await self._moved(org, await self.patterns.follow(org, datetime.now(UTC)))

    async def catch_up(self, _: str) -> None:
        """See to changed rules, rules that go by the clock, suppressions that ended, and changed scorers."""
        organizations = queries.FIND_ORGANIZATIONS.bind(queries.NoParams())
        for row in await self.store.fetch(organizations):
            if self._alike(row.id, await self.alikes.catch_up(row.id, datetime.now(UTC))):
                await self.correlate(row.id)
            await self._tell(row.id, await self.engine.catch_up(row.id, datetime.now(UTC)))
            await self._compared(row.id, await self.resolver.catch_up(row.id, datetime.now(UTC)))
            await self._moved(row.id, await self.patterns.catch_up(row.id, datetime.now(UTC)))

    async def _bounds(self, org: str) -> Bounds:
        """What patterns of an organization may take."""
        own = (await Configurations(self.store).counting(org)).own.patterns
        return Bounds(own.rows, own.past)

    async def _moved(self, org: str, done: Watched) -> None:
        for pattern, error in done.failed.items():
            log.error("a pattern failed", pattern=pattern, org=org, reason=str(error))
        for written in done.written:
            await self.publisher(written)
        if done.looks:
            log.info("patterns were asked", org=org, looks=done.looks, moves=done.moves)

    async def _tell(self, org: str, done: Evaluated) -> None:
        for rule, error in done.failed.items():
            log.error("a rule failed", rule=rule, org=org, reason=str(error))
        for written in done.written:
            await self.publisher(written)
        log.info("looked at", org=org, looks=done.looks, findings=len(done.events))

    async def _compared(self, org: str, done: Compared) -> None:
        for entity, error in done.failed.items():
            log.error("an entity was not compared", entity=entity, org=org, reason=str(error))
        for written in done.written:
            await self.publisher(written)
        if done.entities:
            log.info("compared", org=org, entities=done.entities, pairs=done.pairs)

    @staticmethod
    def _alike(org: str, done: Looked) -> bool:
        """Whether other names look like one's own than before."""
        if done.changed:
            log.info("names look like one's own", org=org, names=done.names, found=done.found)
        return bool(done.changed)


@asynccontextmanager
async def _prepare(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    if (folder := tools.settings.match_weights) is not None:
        log.info("scorers of one's own", scorers=list(kinds.take(folder)))
    tools.presence.capabilities = tuple(rule_files.load())
    correlating = Correlating(
        tools.store,
        Engine(tools.store),
        Resolver(tools.store),
        Publisher(tools.store, tools.queue),
    )
    yield {"correlate": correlating.correlate, "catch_up": correlating.catch_up}


ROLE = Role(
    "correlator",
    CORRELATOR_QUEUE,
    _prepare,
    at_once=2,
    regularly=(("catch_up", CATCH_UP_EVERY_S),),
)


def main() -> None:
    """Run the role until SIGTERM."""
    asyncio.run(run_role(CorrelatorSettings(), ROLE))
