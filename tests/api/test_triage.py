"""Triage through the API and from the terminal: who may, many at once, what is told of it, and how many there are."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graph.correlate.engine import Engine
from graph.queries.finding import SpanRow
from graph.store import Store
from server.graphql.findings.tallies import days_of
from tests.api.conftest import Caller, Command, MakeCaller
from tests.api.test_findings import SUBJECT, make_findings, titles
from tests.support.correlating import NOW, OLD, SITE, day, findings, presents, rulebook, write

STANDS = "findings { title state triage assignee dueAt } errors { message code }"
TRIAGE = f"""mutation T($ids: [ID!]!, $input: TriageInput!) {{
  triageFindings(ids: $ids, input: $input) {{ {STANDS} }} }}"""
SUPPRESS = f"""mutation S($ids: [ID!]!, $reason: String!, $until: DateTime) {{
  suppressFindings(ids: $ids, reason: $reason, until: $until) {{ {STANDS} }} }}"""
LIFT = f"mutation L($ids: [ID!]!) {{ liftSuppressions(ids: $ids) {{ {STANDS} }} }}"
_HISTORY = "history { at happening by comment changes { field before after } } suppression { by reason until }"
ONE = f"query F($id: ID!) {{ finding(id: $id) {{ title triage {_HISTORY} }} }}"
BELOW = f'{{ domainName(key: "{SUBJECT.name}") {{ findings {{ nodes {{ title triage {_HISTORY} }} }} }} }}'


@pytest.fixture
async def found(store: Store, caller: Caller) -> dict[str, str]:
    """The ids of the findings a to g."""
    await make_findings(store, caller)
    return {name: caller.org + name for name in "abcdefg"}


async def test_findings_are_moved_on_and_tell_of_it(found: dict[str, str], caller: Caller) -> None:
    given = {
        "triage": "IN_PROGRESS", "assignee": caller.email, "dueAt": "2031-01-01T00:00:00Z", "comment": "mine",
    }  # fmt: skip
    told = (await caller.ask(TRIAGE, ids=[found["a"], found["b"]], input=given))["triageFindings"]
    assert told["errors"] == []
    assert [each["title"] for each in told["findings"]] == ["a", "b"]
    assert {each["triage"] for each in told["findings"]} == {"IN_PROGRESS"}
    assert {each["assignee"] for each in told["findings"]} == {caller.email}

    one = (await caller.ask(ONE, id=found["a"]))["finding"]
    assert [each["happening"] for each in one["history"]] == ["TRIAGED", "OPENED"]
    assert one["history"][0]["by"] == caller.email
    assert one["history"][0]["comment"] == "mine"
    assert {"field": "TRIAGE", "before": "NEW", "after": "IN_PROGRESS"} in one["history"][0][
        "changes"
    ]
    assert one["history"][1]["by"] is None

    # Whatever stands below an entity says the same.
    below = (await caller.ask(BELOW))["domainName"]["findings"]["nodes"]
    assert one in below

    cleared = {"clearDueAt": True, "assignee": ""}
    told = (await caller.ask(TRIAGE, ids=[found["a"]], input=cleared))["triageFindings"]
    assert (told["findings"][0]["assignee"], told["findings"][0]["dueAt"]) == (None, None)


async def test_what_is_known_is_set_aside_and_taken_back(
    found: dict[str, str], caller: Caller
) -> None:
    until = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    given = {"ids": [found["a"], found["e"]], "reason": "a test host", "until": until}
    told = (await caller.ask(SUPPRESS, **given))["suppressFindings"]
    # The closed one will be set aside when it comes back.
    assert {each["title"]: each["state"] for each in told["findings"]} == {
        "a": "SUPPRESSED",
        "e": "CLOSED",
    }
    one = (await caller.ask(ONE, id=found["a"]))["finding"]
    assert one["suppression"]["by"] == caller.email
    assert one["suppression"]["reason"] == "a test host"
    assert one["history"][0]["happening"] == "SUPPRESSED"
    below = (await caller.ask(BELOW))["domainName"]["findings"]["nodes"]
    assert one in below

    told = (await caller.ask(LIFT, ids=[found["a"]]))["liftSuppressions"]
    assert [each["state"] for each in told["findings"]] == ["OPEN"]
    one = (await caller.ask(ONE, id=found["a"]))["finding"]
    assert (one["suppression"], one["history"][0]["happening"]) == (None, "LIFTED")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "say what to change"),
        ({"assignee": "stranger@example.net"}, "no member of the organization"),
        ({"dueAt": "2031-01-01T00:00:00Z", "clearDueAt": True}, "either a time or none"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    found: dict[str, str], caller: Caller, given: dict[str, Any], said: str
) -> None:
    told = (await caller.ask(TRIAGE, ids=[found["a"]], input=given))["triageFindings"]
    assert said in told["errors"][0]["message"]
    assert told["findings"] == []


async def test_findings_of_others_are_not_there(
    found: dict[str, str], make_caller: MakeCaller, caller: Caller
) -> None:
    other: Caller = await make_caller()
    told = (await other.ask(TRIAGE, ids=[found["a"]], input={"triage": "RESOLVED"}))[
        "triageFindings"
    ]
    assert told["errors"][0]["code"] == "NOT_FOUND"
    told = (await caller.ask(TRIAGE, ids=[found["a"], "none"], input={"triage": "RESOLVED"}))[
        "triageFindings"
    ]
    assert told["errors"][0]["code"] == "NOT_FOUND"
    assert (await caller.ask(ONE, id=found["a"]))["finding"]["triage"] == "NEW"


async def test_who_only_reads_moves_nothing(
    found: dict[str, str], make_caller: MakeCaller, caller: Caller
) -> None:
    viewer: Caller = await make_caller("VIEWER", beside=caller)
    answer = (
        await viewer.post(TRIAGE, {"ids": [found["a"]], "input": {"triage": "RESOLVED"}})
    ).json()
    assert answer["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"


async def test_what_would_clear_a_finding_is_asked_of_its_rule(
    store: Store, caller: Caller, make_caller: MakeCaller
) -> None:
    touched = await write(store, caller.org, presents(SITE, OLD, day(-2)))
    await Engine(store, rulebook("tls.expired")).evaluate(caller.org, touched, NOW)
    [finding] = await findings(store, caller.org)
    (one,) = (await caller.ask(CLEAR, id=finding["id"]))["wouldClear"]
    assert [link["type"] for link in one["links"]] == ["PRESENTS"]

    other: Caller = await make_caller()
    assert (await other.ask(CLEAR, id=finding["id"]))["wouldClear"] is None
    await write(store, caller.org, presents(SITE, None, day(1)))
    assert (await caller.ask(CLEAR, id=finding["id"]))["wouldClear"] == []


CLEAR = "query C($id: ID!) { wouldClear(finding: $id) { links { type } } }"
WHERE = """query W($where: FindingWhere, $states: [FindingState!]) {
  findings(where: $where, states: $states) { nodes { title } }
  findingFacets(where: $where, states: $states) { name values { value count } } }"""


async def test_findings_are_found_and_counted_by_what_people_made_of_them(
    found: dict[str, str], caller: Caller
) -> None:
    given = {"triage": "ACKNOWLEDGED", "assignee": caller.email, "dueAt": "2031-01-01T00:00:00Z"}
    await caller.ask(TRIAGE, ids=[found["b"], found["c"]], input=given)
    for where, said in (
        ({"triage": ["ACKNOWLEDGED"]}, "bc"),
        ({"triage": ["NEW"]}, "gad"),
        ({"assignees": [caller.email]}, "bc"),
        ({"assignees": [""]}, "gad"),
        ({"dueBefore": "2032-01-01T00:00:00Z"}, "bc"),
        ({"dueBefore": "2030-01-01T00:00:00Z"}, ""),
        ({"kinds": ["DomainName"]}, "ga"),
        ({"kinds": ["NetworkService"], "triage": ["NEW"]}, "d"),
        ({"kinds": ["Person"]}, ""),
    ):
        told = await caller.ask(WHERE, where=where)
        assert titles(told["findings"]) == said, where
        counts = {facet["name"]: facet["values"] for facet in told["findingFacets"]}
        assert sum(each["count"] for each in counts["RULE"]) == len(said), where

    told = (await caller.ask(WHERE, states=["OPEN", "CLOSED", "SUPPRESSED"]))["findingFacets"]
    counts = {facet["name"]: {v["value"]: v["count"] for v in facet["values"]} for facet in told}
    assert counts["STATE"] == {"OPEN": 5, "CLOSED": 1, "SUPPRESSED": 1}
    assert counts["SEVERITY"] == {"HIGH": 3, "CRITICAL": 1, "INFO": 1, "LOW": 1, "MEDIUM": 1}
    assert counts["TRIAGE"] == {"NEW": 5, "ACKNOWLEDGED": 2}
    assert counts["ASSIGNEE"] == {"": 5, caller.email: 2}
    assert counts["KIND"] == {"NetworkService": 5, "DomainName": 2}
    assert next(f for f in told if f["name"] == "RULE")["values"][0] == {
        "value": "tls.weak",
        "count": 3,
    }


GROUPS = """query G($by: FindingGrouping!, $states: [FindingState!], $first: Int) {
  findingGroups(by: $by, states: $states, first: $first) {
    value count severity subject { key } findings { title } } }"""


async def test_findings_are_told_in_groups(found: dict[str, str], caller: Caller) -> None:
    await caller.ask(TRIAGE, ids=[found["g"]], input={"assignee": caller.email})
    by_subject = (await caller.ask(GROUPS, by="SUBJECT"))["findingGroups"]
    (of_subject,) = by_subject
    assert (of_subject["subject"]["key"], of_subject["count"]) == (SUBJECT.name, 5)
    assert "".join(each["title"] for each in of_subject["findings"]) == "bcgad"
    by_rule = (await caller.ask(GROUPS, by="RULE"))["findingGroups"]
    assert [each["severity"] for each in by_rule] == sorted(
        (each["severity"] for each in by_rule), key=GRAVEST.index
    )
    assert by_rule[0]["findings"][0]["title"] == "b"
    assert by_rule[0]["subject"] is None
    assert (await caller.ask(GROUPS, by="RULE", first=1))["findingGroups"] == by_rule[:1]
    by_owner = (await caller.ask(GROUPS, by="ASSIGNEE"))["findingGroups"]
    assert {each["value"]: each["count"] for each in by_owner} == {"": 4, caller.email: 1}
    closed = (await caller.ask(GROUPS, by="RULE", states=["CLOSED"]))["findingGroups"]
    assert [each["findings"] for each in closed] == [[{"title": "e"}]]


GRAVEST = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"]
TREND = """query T($days: Int!, $severities: [Severity!]) {
  findingTrend(days: $days, severities: $severities) { day opened closed open } }"""
BACK = """
MATCH (f:Finding {id: $id})
SET f.opened_at = $now - duration('P2D'), f.first_opened_at = $now - duration('P9D'),
    f.past = [$now - duration('P9D'), $now - duration('P4D')]
"""


async def test_a_trend_counts_days(found: dict[str, str], caller: Caller, store: Store) -> None:
    now = datetime.now(UTC)
    await store.execute(BACK, {"id": found["d"], "now": now})
    await store.execute(
        "MATCH (f:Finding {id: $id}) SET f.closed_at = $now - duration('P1D')",
        {"id": found["e"], "now": now},
    )
    days = (await caller.ask(TREND, days=6, severities=["INFO", "LOW"]))["findingTrend"]
    assert [(each["opened"], each["closed"], each["open"]) for each in days] == [
        (0, 0, 2), (0, 1, 1), (0, 0, 1), (1, 0, 2), (0, 1, 1), (0, 0, 1),
    ]  # fmt: skip
    assert days[-1]["day"][:10] == now.date().isoformat()
    answer = (await caller.post(TREND, {"days": 367})).json()
    assert "1 to 366" in answer["errors"][0]["message"]


def test_spans_become_days() -> None:
    first = datetime(2026, 6, 1, tzinfo=UTC).date()
    spans = [
        SpanRow(severity="LOW", opened=None, closed=None, total=3),
        SpanRow(severity="LOW", opened=None, closed=first, total=1),
        SpanRow(severity="LOW", opened=first, closed=first + timedelta(days=1), total=2),
    ]
    days = days_of(spans, first, 3)
    assert [(each.opened, each.closed, each.open) for each in days] == [
        (2, 1, 5),
        (0, 2, 3),
        (0, 0, 3),
    ]


@pytest.mark.timeout(180)
async def test_findings_from_the_terminal(
    found: dict[str, str], caller: Caller, mirage: Command
) -> None:
    async def command(*arguments: str) -> Any:
        return await mirage("finding", *arguments)

    listed = (await command("list", "--severity", "critical", "--severity", "high", "--json"))[
        "findings"
    ]
    assert [each["title"] for each in listed] == ["b", "c", "g", "a"]
    moved = await command(
        "triage",
        found["a"],
        found["b"],
        "--to",
        "in-progress",
        "--assign",
        caller.email,
        "--comment",
        "on it",
        "--json",
    )
    assert {each["triage"] for each in moved["findings"]} == {"IN_PROGRESS"}
    assert len((await command("list", "--triage", "in-progress", "--json"))["findings"]) == 2
    assert len((await command("list", "--assignee", "nobody", "--json"))["findings"]) == 3
    aside = await command("suppress", found["a"], "--reason", "a test host", "--json")
    assert aside["findings"][0]["state"] == "SUPPRESSED"
    shown = await command("show", found["a"])
    assert "set aside        by " in shown
    assert "triage NEW → IN_PROGRESS" in shown
    assert "say what to change" in await command("triage", found["b"])
    lifted = await command("lift", found["a"], "--comment", "no test host")
    assert "1 changed" in lifted
    counts = await command("count", "--json")
    assert {"of": "severity", "value": "HIGH", "findings": 3} in counts["findings"]
    assert "there is no finding" in await command("show", str(uuid.uuid4()))
