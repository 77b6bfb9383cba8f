"""What can be set while Mirage runs: named, described, checked, and read with its defaults."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import InvalidQuestion
from server.configuration.declared import (
    PlatformSettings,
    Reach,
    checked,
    declared,
    effective,
    flat,
    nested,
    read,
)
from server.jobs.spec import Budget

OURS, ALL = Reach.ORGANIZATION, Reach.PLATFORM


@pytest.mark.parametrize("reach", Reach)
def test_each_is_described_and_its_default_is_right(reach: Reach) -> None:
    assert declared(reach)
    for place, each in declared(reach).items():
        assert each.summary.endswith("."), place
        assert each.schema.keys() & {"type", "anyOf"}, place
        checked(reach, {place: each.default})


def test_a_run_that_names_no_budget_has_the_usual_one() -> None:
    usual = read(OURS, {}).scans.budget
    assert Budget().model_dump() == usual.model_dump()


def test_what_is_set_goes_before_the_default() -> None:
    values = {"scans.budget.minutes": 5, "scans.exclude": ["orrery.example", "192.0.2.0/24"]}
    found = read(OURS, values)
    assert (found.scans.budget.minutes, found.scans.budget.entities) == (5, 5_000)
    assert found.scans.exclude == ("orrery.example", "192.0.2.0/24")
    assert effective(OURS, values) == {
        "scans.budget.entities": 5_000,
        "scans.budget.requests": 100_000,
        "scans.budget.minutes": 5,
        "scans.budget.key_units": 1_000,
        "scans.max_age_minutes": None,
        "scans.exclude": ["orrery.example", "192.0.2.0/24"],
        "retention.evidence_days": None,
        "retention.runs_days": None,
        "retention.jobs_days": None,
        "retention.findings_days": None,
        "retention.lookups_days": None,
        "retention.patterns_days": None,
        "patterns.most": 50,
        "patterns.rows": 10_000,
        "patterns.past": 10_000,
        "queries.most": 500,
        "watches.most": 50,
        "watches.changes": 1_000,
    }
    assert read(ALL, {}) == PlatformSettings()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"scans.budget.minute": 5}, r"scans\.budget\.minute: there is no .*; is scans\.budget\.minutes meant\?"),
        ({"colour": 5}, r"colour: there is no such setting; there are scans\."),
        ({"scans.budget": {"minutes": 5}}, r"scans\.budget: there is no such setting"),
        ({"retention.evidence_days": 0}, r"retention\.evidence_days: Input should be greater than or equal to 1"),
        ({"retention.lookups_days": 30}, r"retention\.lookups_days: Input should be greater than or equal to 440"),
        ({"scans.budget.minutes": 0}, r"scans\.budget\.minutes: Input should be greater than or equal to 1"),
        ({"scans.budget.minutes": "long"}, r"scans\.budget\.minutes: Input should be a valid integer"),
        ({"scans.exclude": "orrery.example"}, r"scans\.exclude: Input should be a valid"),
        ({"scans.exclude": ["orrery.example", "no thing"]}, r"scans\.exclude\.1: .*no thing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidQuestion, match=says):
        checked(OURS, values)


def test_objects_of_objects_and_places_say_the_same() -> None:
    values = {"scans.budget.minutes": 5, "scans.exclude": ["orrery.example"]}
    written = {"scans": {"budget": {"minutes": 5}, "exclude": ["orrery.example"]}}
    assert nested(values) == written
    assert flat(OURS, written) == values
    assert flat(OURS, {}) == {}
    assert nested({}) == {}


@pytest.mark.parametrize("written", [{"scans": 5}, {"scans": {"budgets": {"minutes": 5}}}, 5])
def test_what_is_no_setting_in_an_object_is_named(written: Any) -> None:
    with pytest.raises(InvalidQuestion, match="there is no such setting"):
        flat(OURS, written)
