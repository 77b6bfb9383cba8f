"""How many findings there are of what, and how many there were on each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from graph.correlate import rules as rule_files
from graph.queries import finding as queries
from server.graphql.context import Context
from server.graphql.findings.types import (
    FacetValue,
    FindingDay,
    FindingFacet,
    FindingFacetName,
)

GONE = ""  # the kind of what rules are about that are gone


def kind_of(rule: str) -> str:
    """The kind of what a rule is about; empty for a rule that is gone."""
    found = rule_files.load().get(rule)
    return found.subject if found else GONE


def rules_about(kinds: Iterable[str], rules: Iterable[str] | None) -> list[str]:
    """Those of these rules, None for all, that are about entities of some kinds."""
    wanted, known = {*kinds}, rule_files.load()
    return [each for each in (known if rules is None else rules) if kind_of(each) in wanted]


async def counted(context: Context, which: queries.WhichParams) -> list[FindingFacet]:
    """How many of these findings have which value, counted in the database."""
    found: dict[str, Counter[str]] = {}
    for row in await context.store.fetch(queries.COUNT_FACETS.bind(which)):
        found.setdefault(row.facet, Counter())[row.value] = row.total
    return _facets(found)


def _facets(found: Mapping[str, Counter[str]]) -> list[FindingFacet]:
    kinds: Counter[str] = Counter()
    for rule, count in found.get("RULE", Counter()).items():
        kinds[kind_of(rule)] += count
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
