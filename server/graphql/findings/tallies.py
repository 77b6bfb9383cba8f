"""How many findings there are of what, and how many there were on each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from graph.queries import finding as queries
from server.graphql.context import Context
from server.graphql.findings import rules
from server.graphql.findings.types import (
    FacetValue,
    FindingDay,
    FindingFacet,
    FindingFacetName,
)


async def rules_about(
    context: Context, wanted: Iterable[str], among: Collection[str] | None
) -> list[str]:
    """Those of these rules, None for all, that are about entities of some kinds."""
    kinds = await rules.kinds(context, among)
    return [rule for rule, kind in kinds.items() if kind in {*wanted}]


async def counted(context: Context, which: queries.WhichParams) -> list[FindingFacet]:
    """How many of these findings have which value, counted in the database."""
    found: dict[str, Counter[str]] = {}
    for row in await context.store.fetch(queries.COUNT_FACETS.bind(which)):
        found.setdefault(row.facet, Counter())[row.value] = row.total
    return _facets(found, await rules.kinds(context, found.get("RULE", ())))


def _facets(found: Mapping[str, Counter[str]], kind_of: Mapping[str, str]) -> list[FindingFacet]:
    kinds: Counter[str] = Counter()
    for rule, count in found.get("RULE", Counter()).items():
        kinds[kind_of[rule]] += count
    return [
        FindingFacet(name=name, values=_ranked({**found, "KIND": kinds}.get(name.value, Counter())))
        for name in FindingFacetName
    ]


def _ranked(values: Counter[str]) -> list[FacetValue]:
    ranked = sorted(values.items(), key=lambda each: (-each[1], each[0]))
    return [FacetValue(value=value, count=count) for value, count in ranked]


def days_of(spans: Iterable[queries.SpanRow], first: date, count: int) -> list[FindingDay]:
    """How many findings were opened, closed and open on each of so many days from the first one on."""
    opened: Counter[date] = Counter()
    closed: Counter[date] = Counter()
    is_open = 0
    for span in spans:
        if span.opened is None:
            is_open += span.total
        else:
            opened[span.opened] += span.total
        if span.closed is not None:
            closed[span.closed] += span.total
    days = []
    for day in (first + timedelta(days=number) for number in range(count)):
        is_open += opened[day] - closed[day]
        begin = datetime.combine(day, time(), UTC)
        days.append(FindingDay(day=begin, opened=opened[day], closed=closed[day], open=is_open))
    return days
