"""Asking for findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.queries import finding as queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.findings.types import (
    SEVERITIES,
    Finding,
    FindingConnection,
    FindingOrder,
    FindingState,
    Severity,
)
from server.graphql.paging import After, Connection, Edge, First, Ordered, Pager, counted
from server.graphql.scalars import read_datetime


@documented(needs=Permission.READ_FINDINGS)
async def findings(
    info: Info,
    first: First = 25,
    after: After = None,
    states: Annotated[
        list[FindingState] | None,
        strawberry.argument(description="Only in these states; null for open ones."),
    ] = None,
    severities: Annotated[
        list[Severity] | None,
        strawberry.argument(description="Only of these severities; null for all."),
    ] = None,
    rules: Annotated[
        list[str] | None, strawberry.argument(description="Only by these rules; null for all.")
    ] = None,
    order_by: Annotated[FindingOrder, strawberry.argument(description="The order.")] = (
        FindingOrder.SEVERITY
    ),
) -> FindingConnection:
    """What rules found wrong or remarkable in the organization's graph."""
    which = queries.WhichParams(
        org=info.context.org,
        readable=info.context.readable,
        states=[each.value for each in states or [FindingState.OPEN]],
        severities=[each.value for each in severities or Severity],
        rules=rules,
    )
    if order_by is FindingOrder.SEVERITY:
        return await _by_severity(info.context, which, first, after)
    return await _by_time(info.context, which, first, after)


@documented(needs=Permission.READ_FINDINGS)
async def finding(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The finding's id.")]
) -> Finding | None:
    """One finding; null where there is none."""
    return await get_finding(info.context, id)


async def get_finding(context: Context, finding_id: str) -> Finding | None:
    """A finding by its id."""
    params = queries.OneParams(org=context.org, readable=context.readable, id=finding_id)
    row = await context.store.fetch_one(queries.GET_FINDING.bind(params))
    return Finding.of(row) if row else None


async def get_findings(context: Context, ids: Sequence[str]) -> dict[str, Finding]:
    """The known ones of these findings, by their ids."""
    params = queries.ManyParams(org=context.org, readable=context.readable, ids=sorted(set(ids)))
    rows = await context.store.fetch(queries.LIST_BY_IDS.bind(params))
    return {found.id: found for found in map(Finding.of, rows)}


async def findings_about(
    context: Context,
    entity_id: str,
    first: int | None,
    after: str | None,
    state: FindingState | None,
) -> FindingConnection:
    """A page of the findings about an entity."""
    params = queries.OneParams(org=context.org, readable=context.readable, id=entity_id)
    rows = await context.store.fetch(queries.LIST_FINDINGS_ABOUT.bind(params))
    found = [Finding.of(row) for row in rows]
    wanted = [each for each in found if state is None or each.state is state]
    ordered = Ordered(
        Order.FINDINGS,
        wanted,
        lambda each: (each.opened_at, each.id),
        is_descending=True,
        is_time=True,
    )
    shown, page_info = ordered.page(25 if first is None else first, after)
    edges = [Edge(cursor=cursor, node=each) for cursor, each in shown]
    return FindingConnection(edges=edges, page_info=page_info, count=lambda: counted(len(wanted)))


async def _by_time(
    context: Context, which: queries.WhichParams, first: int | None, after: str | None
) -> FindingConnection:
    pager = Pager(Order.FINDINGS, first, after)
    behind, behind_id = pager.moment
    params = queries.PageParams(
        **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
    )
    rows = await context.store.fetch(queries.LIST_FINDINGS.bind(params))
    found = pager.connection(
        [Finding.of(row) for row in rows],
        lambda each: (each.opened_at, each.id),
        lambda: _count(context, which),
    )
    return _as_findings(found)


async def _by_severity(
    context: Context, which: queries.WhichParams, first: int | None, after: str | None
) -> FindingConnection:
    pager = Pager(Order.SEVERITY, first, after)
    rank, opened, behind_id = pager.place or (-1, None, "")
    params = queries.RankedPageParams(
        **which.model_dump(),
        rank=rank,
        behind=None if opened is None else read_datetime(opened),
        behind_id=behind_id,
        limit=pager.limit,
    )
    rows = await context.store.fetch(queries.LIST_FINDINGS_BY_SEVERITY.bind(params))
    found = pager.connection(
        [Finding.of(row) for row in rows],
        lambda each: (SEVERITIES.index(each.severity), each.opened_at, each.id),
        lambda: _count(context, which),
    )
    return _as_findings(found)


def _as_findings(page: Connection[Finding]) -> FindingConnection:
    return FindingConnection(edges=page.edges, page_info=page.page_info, count=page.count)


async def _count(context: Context, which: queries.WhichParams) -> int:
    row = await context.store.fetch_one(queries.COUNT_FINDINGS.bind(which))
    return row.total if row else 0


def fields() -> Sequence[StrawberryField]:
    """The root fields of this area."""
    return [findings, finding]
