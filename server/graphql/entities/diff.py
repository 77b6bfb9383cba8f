"""The difference of two moments: what appeared, went, changed, came back, was not looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import strawberry

from graph.model import registry
from graph.queries.entity import FIND_RESTATED, BetweenParams
from graph.queries.finding import FIND_BETWEEN
from graph.queries.finding import BetweenParams as BetweenFindings
from graph.queries.run import GET_RUN_MOMENTS, RunsParams
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity, Link
from server.graphql.entities.reads import to_camel
from server.graphql.entities.record import EntityRecord, LinkRecord
from server.graphql.findings.queries import get_findings, page_in_memory
from server.graphql.findings.types import FindingConnection
from server.graphql.paging import After, First, Ordered, PageInfo
from server.graphql.permissions import requires
from server.graphql.scalars import Json, write_datetime

AnyFact = EntityRecord | LinkRecord


@strawberry.type(description="One property's value before and after.")
@requires(Permission.READ_GRAPH)
class ValueChange:
    """One property's value before and after."""

    property: str = strawberry.field(description="The property's name in this schema.")
    before: Json | None = strawberry.field(
        description="Its value at the earlier moment; null if not known."
    )
    after: Json | None = strawberry.field(
        description="Its value at the later moment; null if not known."
    )


@strawberry.type(description="One entity or relationship that differs.")
@requires(Permission.READ_GRAPH)
class DiffItem:
    """One entity or relationship that differs."""

    cursor: str = strawberry.field(description="This item's place, to give as `after`.")
    entity: Entity | None = strawberry.field(
        description="The entity, as at the later moment; null for a relationship."
    )
    link: Link | None = strawberry.field(
        description="The relationship, as at the later moment; null for an entity."
    )
    changes: list[ValueChange] = strawberry.field(
        description="Which values differ, by property; empty but for what changed."
    )


@strawberry.type(
    description="One page of what differs in one way: entities first, then relationships, by id."
)
@requires(Permission.READ_GRAPH)
class DiffPart:
    """One page of what differs in one way."""

    items: list[DiffItem] = strawberry.field(description="The page's items.")
    page_info: PageInfo = strawberry.field(description="Whether more follow, and from where.")
    total_count: int = strawberry.field(
        description="How many there are on all pages, counted in the database."
    )


@strawberry.type(
    description="What changed between two moments. A fact holds while a source states it."
)
@requires(Permission.READ_GRAPH)
class Diff:
    """What changed between two moments; `runs` bounds it to what these runs had in scope."""

    from_: datetime = strawberry.field(name="from", description="The earlier moment.")
    to: datetime = strawberry.field(description="The later moment.")
    kinds: strawberry.Private[list[str] | None] = None
    scope: strawberry.Private[frozenset[str] | None] = None

    @documented()
    async def appeared(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Held at the later moment, and never at or before the earlier one."""
        return await self._part(
            info,
            lambda fact: self._is_new(fact) and fact.first_seen > self.from_,
            first,
            after,
        )

    @documented()
    async def gone(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Held at the earlier moment, and not at the later one."""
        return await self._part(
            info,
            lambda fact: fact.holds(self.from_) and not fact.holds(self.to),
            first,
            after,
        )

    @documented()
    async def changed(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Held at both moments, with other values."""
        return await self._part(
            info,
            lambda fact: self._held_both(fact) and any(self._changes(fact)),
            first,
            after,
        )

    @documented()
    async def reappeared(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Held at the later moment and not at the earlier one, but before that."""
        return await self._part(
            info,
            lambda fact: self._is_new(fact) and fact.first_seen <= self.from_,
            first,
            after,
        )

    @documented()
    async def not_rechecked(self, info: Info, first: First = 25, after: After = None) -> DiffPart:
        """Held at both moments, but no answer in between stated it again: it may have gone."""
        restated = await _restated(info.context, self.from_, self.to)
        return await self._part(
            info,
            lambda fact: self._held_both(fact) and fact.id not in restated,
            first,
            after,
        )

    @documented(needs=Permission.READ_FINDINGS)
    async def findings_opened(
        self, info: Info, first: First = 25, after: After = None
    ) -> FindingConnection:
        """Findings whose rule matched at the later moment and not at the earlier one, latest opened first."""
        return await self.findings(info.context, first, after, is_opened=True)

    @documented(needs=Permission.READ_FINDINGS)
    async def findings_cleared(
        self, info: Info, first: First = 25, after: After = None
    ) -> FindingConnection:
        """Findings whose rule matched at the earlier moment and not at the later one, latest opened first."""
        return await self.findings(info.context, first, after, is_opened=False)

    async def findings(
        self, context: Context, first: int | None, after: str | None, *, is_opened: bool
    ) -> FindingConnection:
        """A page of the findings that were open at one of the moments and not at the other."""
        params = BetweenFindings(
            org=context.org, readable=context.readable, start=self.from_, end=self.to, kinds=self.kinds
        )  # fmt: skip
        rows = await context.store.fetch(FIND_BETWEEN.bind(params))
        found = await get_findings(
            context,
            [
                row.id
                for row in rows
                if row.is_open is is_opened and (self.scope is None or row.subject in self.scope)
            ],
        )
        return page_in_memory(list(found.values()), first, after)

    def _is_new(self, fact: AnyFact) -> bool:
        return fact.holds(self.to) and not fact.holds(self.from_)

    def _held_both(self, fact: AnyFact) -> bool:
        return fact.holds(self.from_) and fact.holds(self.to)

    def _changes(self, fact: AnyFact) -> Iterator[ValueChange]:
        for name in sorted(fact.model.properties(), key=to_camel):
            before, after = fact.value(name, self.from_), fact.value(name, self.to)
            if before != after:
                yield ValueChange(property=to_camel(name), before=_json(before), after=_json(after))

    async def _part(
        self,
        info: Info,
        belongs: Callable[[AnyFact], bool],
        first: int | None,
        after: str | None,
    ) -> DiffPart:
        found = [fact for fact in await self._facts(info.context) if belongs(fact)]
        ordered = Ordered(
            Order.DIFF, found, lambda fact: (int(isinstance(fact, LinkRecord)), fact.id)
        )
        shown, page_info = ordered.page(reading.given_or(first, 25), after)
        items = [self._item(cursor, fact) for cursor, fact in shown]
        return DiffPart(items=items, page_info=page_info, total_count=len(found))

    def _item(self, cursor: str, fact: AnyFact) -> DiffItem:
        changes = list(self._changes(fact)) if self._held_both(fact) else []
        if isinstance(fact, LinkRecord):
            link = Link(record=fact, at=self.to)
            return DiffItem(cursor=cursor, entity=None, link=link, changes=changes)
        entity = Entity.of(fact, self.to)
        return DiffItem(cursor=cursor, entity=entity, link=None, changes=changes)

    async def _facts(self, context: Context) -> list[AnyFact]:
        """The entities of the asked kinds, and the relationships that start from them."""
        everything = await reading.of_kinds(context, list(registry.kinds()))
        starts = {
            record.id
            for record in everything
            if (self.kinds is None or record.kind in self.kinds)
            and (self.scope is None or record.id in self.scope)
        }
        links = await reading.links_among(context, [record.id for record in everything])
        return [
            *(record for record in everything if record.id in starts),
            *(link for link in links if link.source_id in starts),
        ]


async def between_runs(
    context: Context, earlier: str, later: str, kinds: list[str] | None
) -> Diff | None:
    """The difference between the ends of two runs; the moment of a run that goes on is now."""
    params = RunsParams(
        org=context.org,
        readable=context.readable,
        user=context.principal.user,
        ids=[earlier, later],
    )
    row = await context.store.fetch_one(GET_RUN_MOMENTS.bind(params))
    ends = {each["id"]: each["ended_at"] or context.now() for each in row.ends} if row else {}
    if row is None or earlier not in ends or later not in ends:
        return None
    return Diff(from_=ends[earlier], to=ends[later], kinds=kinds, scope=frozenset(row.reached))


async def _restated(context: Context, since: datetime, until: datetime) -> set[str]:
    params = BetweenParams(org=context.org, readable=context.readable, since=since, until=until)
    row = await context.store.fetch_one(FIND_RESTATED.bind(params))
    return {*row.entities, *row.relationships} if row else set()


def _json(value: Any) -> Any:
    return write_datetime(value) if isinstance(value, datetime) else value
