"""Asking for findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

import strawberry
from strawberry.types.field import StrawberryField

from graph.correlate import clearing
from graph.correlate.clearing import Basis
from graph.errors import InvalidQuestion
from graph.queries import finding as queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.findings import tallies
from server.graphql.findings.groups import (
    MOST_OF_EACH,
    FindingGroup,
    FindingGrouping,
    groups_of,
)
from server.graphql.findings.types import (
    SEVERITIES,
    Finding,
    FindingClearing,
    FindingConnection,
    FindingDay,
    FindingFacet,
    FindingOrder,
    FindingState,
    FindingTriage,
    Severity,
)
from server.graphql.paging import (
    After,
    Edge,
    First,
    Ordered,
    Pager,
    check_first,
    counted,
    counting,
)
from server.graphql.scalars import read_datetime

MOST_DAYS = 366


States = Annotated[
    list[FindingState] | None,
    strawberry.argument(description="Only in these states; null for open ones."),
]
Severities = Annotated[
    list[Severity] | None,
    strawberry.argument(description="Only of these severities; null for all."),
]
Rules = Annotated[
    list[str] | None, strawberry.argument(description="Only by these rules; null for all.")
]


@strawberry.input(
    description="Which findings, by what they are about and by what people made of them."
)
class FindingWhere:
    """Which findings."""

    kinds: list[str] | None = strawberry.field(
        default=None, description="Only about entities of these kinds; null for all."
    )
    triage: list[FindingTriage] | None = strawberry.field(
        default=None, description="Only where people are so far; null for all."
    )
    assignees: list[str] | None = strawberry.field(
        default=None,
        description="Only theirs, by e-mail address, empty for nobody's; null for all.",
    )
    due_before: datetime | None = strawberry.field(
        default=None, description="Only what is to be dealt with until then; null for all."
    )
    least_risk: float | None = strawberry.field(
        default=None, description="Only with at least this risk, 0 to 100; null for all."
    )


Where = Annotated[
    FindingWhere | None, strawberry.argument(description="Only findings that meet this.")
]


@documented(needs=Permission.READ_FINDINGS)
async def findings(
    info: Info,
    first: First = 25,
    after: After = None,
    states: States = None,
    severities: Severities = None,
    rules: Rules = None,
    where: Where = None,
    order_by: Annotated[FindingOrder, strawberry.argument(description="The order.")] = (
        FindingOrder.SEVERITY
    ),
) -> FindingConnection:
    """What rules found wrong or remarkable in the organization's graph."""
    which = await which_of(info.context, states, severities, rules, where)
    if order_by is FindingOrder.SEVERITY:
        return await _by_severity(info.context, which, first, after)
    if order_by is FindingOrder.RISK:
        return await _by_risk(info.context, which, first, after)
    return await _by_time(info.context, which, first, after)


@documented(needs=Permission.READ_FINDINGS)
async def finding(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The finding's id.")]
) -> Finding | None:
    """One finding; null where there is none."""
    return await get_finding(info.context, id)


@documented(needs=Permission.READ_FINDINGS)
async def finding_facets(
    info: Info,
    states: States = None,
    severities: Severities = None,
    rules: Rules = None,
    where: Where = None,
) -> list[FindingFacet]:
    """How many findings have which value, of what they can be told apart by."""
    which = await which_of(info.context, states, severities, rules, where)
    return await tallies.counted(info.context, which)


@documented(needs=Permission.READ_FINDINGS)
async def finding_groups(
    info: Info,
    by: Annotated[FindingGrouping, strawberry.argument(description="What they have in common.")],
    first: First = 25,
    states: States = None,
    severities: Severities = None,
    rules: Rules = None,
    where: Where = None,
) -> list[FindingGroup]:
    """Findings in groups that have something in common, the gravest group first, of equally grave ones the largest."""
    context: Context = info.context
    which = await which_of(context, states, severities, rules, where)
    params = queries.GroupsParams(
        **which.model_dump(), by=by.value, limit=check_first(first or 0), each=MOST_OF_EACH
    )
    rows = await context.store.fetch(queries.LIST_GROUPS.bind(params))
    found = await get_findings(context, [each for row in rows for each in row.findings])
    return groups_of(rows, found, by)


@documented(needs=Permission.READ_FINDINGS)
async def would_clear(
    info: Info,
    finding: Annotated[strawberry.ID, strawberry.argument(description="The finding's id.")],
) -> list[FindingClearing] | None:
    """What would clear a finding: the smallest sets of relationships without which its rule would not find it.

    It is found by trying, in a transaction that is never committed. Null where there is no such finding; empty where it
    does not hold now, or rests on what its entities themselves say, and no relationship would do.
    """
    context = info.context
    found = await get_finding(context, finding)
    if found is None:
        return None
    basis = Basis(
        found.id, found.rule, found.subject_id, found.evidence_ids, found.evidence_link_ids
    )
    sets = await clearing.would_clear(context.store, context.org, basis, context.now())
    links = {link.record.id: link for link in await found.evidence_links(info)}
    return [
        FindingClearing(links=[links[each] for each in one])
        for one in sets
        if all(each in links for each in one)
    ]


async def which_of(
    context: Context,
    states: list[FindingState] | None,
    severities: list[Severity] | None,
    rules: list[str] | None,
    where: FindingWhere | None,
) -> queries.WhichParams:
    """Which findings these arguments mean, as statements are given it."""
    meets = where or FindingWhere()
    if meets.kinds is not None:
        rules = await tallies.rules_about(context, meets.kinds, rules)
    return queries.WhichParams(
        org=context.org,
        readable=context.readable,
        states=[each.value for each in states or [FindingState.OPEN]],
        severities=[each.value for each in severities or Severity],
        rules=rules,
        triage=None if meets.triage is None else [each.value for each in meets.triage],
        assignees=meets.assignees,
        due_before=meets.due_before,
        least_risk=meets.least_risk,
    )


@documented(needs=Permission.READ_FINDINGS)
async def finding_trend(
    info: Info,
    days: Annotated[
        int, strawberry.argument(description="How many days, 1 to 366; the last one is today.")
    ] = 30,
    severities: Severities = None,
    rules: Rules = None,
) -> list[FindingDay]:
    """How many findings were found, cleared and open on each of the last days (UTC); what is set aside is left out."""
    if not 1 <= days <= MOST_DAYS:
        raise InvalidQuestion(f"days is {days}; a trend has 1 to {MOST_DAYS} days")
    first = info.context.now().astimezone(UTC).date() - timedelta(days=days - 1)
    params = queries.SpansParams(
        org=info.context.org,
        readable=info.context.readable,
        since=datetime.combine(first, time(), UTC),
        severities=[each.value for each in severities or Severity],
        rules=rules,
    )
    return tallies.days_of(
        await info.context.store.fetch(queries.LIST_SPANS.bind(params)), first, days
    )


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
    return page_in_memory(wanted, first, after)


def page_in_memory(
    wanted: list[Finding], first: int | None, after: str | None
) -> FindingConnection:
    """A page of findings that were read, latest opened first."""
    ordered = Ordered(
        Order.FINDINGS,
        wanted,
        lambda each: (each.opened_at, each.id),
        is_descending=True,
        is_time=True,
    )
    shown, page_info = ordered.page(25 if first is None else first, after)
    edges = [Edge(cursor=cursor, node=each) for cursor, each in shown]
    return FindingConnection(
        edges=edges,
        page_info=page_info,
        count=lambda: counted(len(wanted)),
    )


async def _by_time(
    context: Context, which: queries.WhichParams, first: int | None, after: str | None
) -> FindingConnection:
    pager = Pager(Order.FINDINGS, first, after)
    behind, behind_id = pager.moment
    params = queries.PageParams(
        **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
    )
    rows = await context.store.fetch(queries.LIST_FINDINGS.bind(params))
    return _page(context, which, pager, rows, lambda each: (each.opened_at, each.id))


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
    return _page(
        context,
        which,
        pager,
        rows,
        lambda each: (SEVERITIES.index(each.severity), each.opened_at, each.id),
    )


async def _by_risk(
    context: Context, which: queries.WhichParams, first: int | None, after: str | None
) -> FindingConnection:
    pager = Pager(Order.RISK, first, after)
    risk, opened, behind_id = pager.place or (None, None, "")
    params = queries.RiskPageParams(
        **which.model_dump(),
        risk=risk,
        behind=None if opened is None else read_datetime(opened),
        behind_id=behind_id,
        limit=pager.limit,
    )
    rows = await context.store.fetch(queries.LIST_FINDINGS_BY_RISK.bind(params))
    return _page(
        context,
        which,
        pager,
        rows,
        lambda each: (each.risk.score if each.risk else 0.0, each.opened_at, each.id),
    )


def _page(
    context: Context,
    which: queries.WhichParams,
    pager: Pager,
    rows: Sequence[queries.FindingRow],
    place: Callable[[Finding], tuple[Any, ...]],
) -> FindingConnection:
    """The page of the rows that came, each at the place that `place` gives."""
    count = counting(context.store, queries.COUNT_FINDINGS.bind(which))
    page = pager.connection([Finding.of(row) for row in rows], place, count)
    return FindingConnection(edges=page.edges, page_info=page.page_info, count=page.count)


def fields() -> Sequence[StrawberryField]:
    """The root fields of this area."""
    return [findings, finding, finding_facets, finding_groups, finding_trend, would_clear]
