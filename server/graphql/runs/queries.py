"""Asking for scans and runs."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.queries import scan as queries
from graph.queries.catalog import RunReadParams
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.paging import After, Connection, First, Pager
from server.graphql.runs import types
from server.graphql.runs.dead_letters import dead_letters
from server.graphql.runs.plans import plan_scan
from server.graphql.runs.schedules import Schedule, list_schedules
from server.graphql.runs.types import Run, Scan


@documented(needs=Permission.READ_SCANS)
async def scans(info: Info, first: First = 25, after: After = None) -> Connection[Scan]:
    """The organization's scans, latest made first."""
    context = info.context
    pager = Pager(Order.CREATED, first, after)
    behind, behind_id = pager.moment
    which = RunReadParams(org=context.org, readable=context.readable, user=context.principal.user)
    params = queries.PageParams(
        **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
    )
    rows = await context.store.fetch(queries.LIST_SCANS.bind(params))

    async def count() -> int:
        row = await context.store.fetch_one(queries.COUNT_SCANS.bind(which))
        return row.total if row else 0

    found = [Scan.of(row.properties) for row in rows]
    return pager.connection(found, lambda each: (each.created_at, each.id), count)


@documented(needs=Permission.READ_SCANS)
async def scan(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The scan's id.")]
) -> Scan | None:
    """One scan; null where there is none."""
    return await types.get_scan(info.context, id)


@documented(needs=Permission.READ_SCANS)
async def runs(info: Info, first: First = 25, after: After = None) -> Connection[Run]:
    """The organization's runs of all scans, latest made first."""
    return await types.list_runs(info.context, first, after, None)


@documented(needs=Permission.READ_SCANS)
async def run(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The run's id.")]
) -> Run | None:
    """One run; null where there is none."""
    return await types.get_run(info.context, id)


@documented(needs=Permission.READ_SCANS)
async def schedules(info: Info, first: First = 25, after: After = None) -> Connection[Schedule]:
    """The organization's schedules of all scans, latest made first."""
    return await list_schedules(info.context, first, after)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [scans, scan, runs, run, dead_letters, plan_scan, schedules]
