"""What changed from one run of a scan to the next, in the schema."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import strawberry

from graph.errors import NotFound
from graph.queries import run as queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.entities import reading
from server.graphql.entities.diff import AnyFact, Diff, DiffItem, DiffPart, between_runs
from server.graphql.entities.facts import Entity, Link
from server.graphql.entities.record import LinkRecord
from server.graphql.findings.types import FindingConnection
from server.graphql.paging import After, First, Ordered
from server.graphql.permissions import requires
from server.jobs.changes import Changes, Claims, between, claims_of

Which = Callable[[Changes], frozenset[str]]


@strawberry.type(
    description="What changed from a run's previous one to it, by what the answers in each of them tell."
)
@requires(Permission.READ_GRAPH)
class RunChanges:
    """What changed from one run of a scan to the next."""

    earlier: strawberry.Private[str]
    later: strawberry.Private[str]

    @documented()
    async def appeared(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Told by this run, and not by the previous one."""
        return await self._part(info.context, lambda each: each.appeared, first, after)

    @documented()
    async def gone(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Told by the previous run and no more, though all who told it were asked again and answered."""
        return await self._part(info.context, lambda each: each.gone, first, after)

    @documented()
    async def not_rechecked(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Told by the previous run, and in this one somebody who told it was not asked, or did not answer.

        It may still be there: a budget was spent, a lookup failed, a collector was disabled, or the run cancelled.
        """
        return await self._part(info.context, lambda each: each.not_rechecked, first, after)

    @documented(needs=Permission.READ_FINDINGS)
    async def findings_opened(
        self, info: Info, first: First = 25, after: After = None
    ) -> FindingConnection:
        """Findings in either run's scope whose rule matched when this run ended and not when the previous one did."""
        diff = await self._between(info.context)
        return await diff.findings(info.context, first, after, is_opened=True)

    @documented(needs=Permission.READ_FINDINGS)
    async def findings_cleared(
        self, info: Info, first: First = 25, after: After = None
    ) -> FindingConnection:
        """Findings in either run's scope whose rule matched when the previous run ended and not when this one did."""
        diff = await self._between(info.context)
        return await diff.findings(info.context, first, after, is_opened=False)

    async def _between(self, context: Context) -> Diff:
        found = await between_runs(context, self.earlier, self.later, None)
        if found is None:  # both were read a moment ago
            raise NotFound("a run was removed meanwhile")
        return found

    async def _part(
        self, context: Context, which: Which, first: int | None, after: str | None
    ) -> DiffPart:
        changes, facts = await context.once(
            f"changes {self.earlier} {self.later}", lambda: self._read(context)
        )
        wanted = which(changes)
        found = [fact for fact in facts if fact.id in wanted]
        ordered = Ordered(
            Order.DIFF, found, lambda fact: (int(isinstance(fact, LinkRecord)), fact.id)
        )
        shown, page_info = ordered.page(reading.given_or(first, 25), after)
        items = [_item(cursor, fact, context.now()) for cursor, fact in shown]
        return DiffPart(items=items, page_info=page_info, total_count=len(found))

    async def _read(self, context: Context) -> tuple[Changes, list[AnyFact]]:
        """The changes, and the facts that either run tells, as far as they may be read."""
        before, entities = await _claims(context, self.earlier)
        now, more = await _claims(context, self.later)
        known = await reading.by_ids(context, sorted(entities | more))
        links = await reading.links_among(context, [record.id for record in known])
        return between(before, now), [*known, *links]


async def _claims(context: Context, run: str) -> tuple[Claims, set[str]]:
    """What a run tells by claim, and the entities among it."""
    rows = await context.store.fetch(queries.LIST_CLAIMS.bind(_one(context, run)))
    claims = claims_of((row.claim, (*row.entities, *row.relationships)) for row in rows)
    return claims, {entity for row in rows for entity in row.entities}


def _item(cursor: str, fact: AnyFact, at: datetime) -> DiffItem:
    if isinstance(fact, LinkRecord):
        return DiffItem(cursor=cursor, entity=None, link=Link(record=fact, at=at), changes=[])
    return DiffItem(cursor=cursor, entity=Entity.of(fact, at), link=None, changes=[])


async def previous_of(context: Context, run: str) -> str | None:
    """The id of the run with which a run is compared."""
    row = await context.store.fetch_one(queries.GET_PREVIOUS.bind(_one(context, run)))
    return row.id if row else None


def _one(context: Context, run: str) -> queries.OneParams:
    return queries.OneParams(
        org=context.org, readable=context.readable, user=context.principal.user, id=run
    )
