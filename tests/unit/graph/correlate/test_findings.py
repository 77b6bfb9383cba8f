"""What rows mean for findings: identity, headlines, and every transition of state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from graph.correlate.findings import Finding, Stored, decide, read_rows
from graph.correlate.rules import Rule, load
from graph.errors import InvalidRule

ORG = "one"
RULE = load()["tls.weak"]  # keyed by its subject
BY_CERTIFICATE = load()["tls.expired"]  # keyed by the certificate


@dataclass(frozen=True)
class Node:
    """What the driver gives for a node, as far as rows are concerned."""

    id: str
    caption: str = ""
    org: str = ORG
    labels: frozenset[str] = field(default=frozenset({"Entity"}))

    def __getitem__(self, name: str) -> Any:
        return {"id": self.id, "caption": self.caption, "org": self.org, "key": self.id}[name]

    def get(self, name: str) -> Any:
        return self[name]


def weak(reasons: list[str], evidence: list[Node], **other: Any) -> Mapping[str, Any]:
    row = {
        "subject": Node("s", "the service"),
        "evidence": evidence,
        "links": ["l2", "l1"],
        "reasons": reasons,
        "score": 0.8,
    }
    return {**row, **other}


def read(rule: Rule, *rows: Mapping[str, Any]) -> list[Finding]:
    return list(read_rows(rule, ORG, {"s"}, rows).values())


def test_reads_a_row() -> None:
    [found] = read(RULE, weak(["b", "a"], [Node("c2"), Node("c1"), Node("c1"), Node("s")]))

    assert found.title == "the service has weak TLS: a and b"
    assert found.evidence == ("c1", "c2")
    assert found.links == ("l1", "l2")
    assert (found.severity, found.score, found.subject) == ("MEDIUM", 0.8, "s")
    assert json.loads(found.details) == {"reasons": ["b", "a"]}
    assert found.subject_kind == "NetworkService"


class Moment:
    """What the driver gives for a moment."""

    def to_native(self) -> datetime:
        raise ValueError("year 10000 is out of range")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("subject", None, "subject is not an entity"),
        ("evidence", None, "evidence is not a list of entities"),
        ("evidence", ["c"], "evidence is not a list of entities"),
        ("links", [1], "links is not a list of relationships' ids"),
        ("reasons", {"a": 1}, "reasons holds what no column can"),
        ("reasons", [float("nan")], "reasons holds what no column can"),
        ("reasons", Moment(), "reasons holds what no column can"),
        ("reasons", object(), "reasons holds what no column can"),
    ],
)
def test_a_row_of_another_form_is_refused(column: str, value: object, said: str) -> None:
    with pytest.raises(InvalidRule, match=f"rule tls.weak: {said}"):
        read(RULE, {**weak(["a"], [Node("c1")]), column: value})


def test_what_a_headline_names() -> None:
    [many] = read(RULE, weak(["a", "b", "c", "d"], []))
    assert many.title == "the service has weak TLS: a, b and 2 more"

    row = {
        "subject": Node("s", "the service"),
        "evidence": [Node("c")],
        "links": [],
        "certificate": Node("c"),
        "ended": datetime(2026, 5, 31, 23, 0, tzinfo=UTC),
        "score": 1,
    }
    [expired] = read(BY_CERTIFICATE, row)
    assert expired.title == "The certificate c at the service expired on 2026-05-31"
    assert json.loads(expired.details) == {"ended": "2026-05-31T23:00:00+00:00"}


def test_a_headline_names_a_certificate_without_its_digest() -> None:
    digest = "ab12" * 16
    named = Node(digest, f"www.one.example ({digest[:12]})")
    row = {
        "subject": Node("s", "the service"),
        "evidence": [],
        "links": [],
        "ended": None,
        "score": 1,
    }
    [expired] = read(BY_CERTIFICATE, {**row, "certificate": named})
    assert expired.title.startswith("The certificate www.one.example at the service expired")


def test_the_id_follows_from_rule_subject_and_key() -> None:
    [one] = read(RULE, weak(["a"], [Node("c1")]))
    [same] = read(RULE, weak(["b"], [Node("c2")], score=0.5))
    [elsewhere] = read_rows(
        RULE, "two", {"s"}, [weak(["a"], [], subject=Node("s", org="two"))]
    ).values()
    assert one.id == same.id
    assert one.fingerprint == same.fingerprint == elsewhere.fingerprint
    assert elsewhere.id != one.id

    row = {"subject": Node("s"), "links": [], "ended": None, "score": 1, "evidence": []}
    first, second = read(
        BY_CERTIFICATE, {**row, "certificate": Node("c1")}, {**row, "certificate": Node("c2")}
    )
    assert first.id != second.id


def test_without_a_key_all_of_the_evidence_tells_findings_apart() -> None:
    by_evidence = replace(RULE, header=replace(RULE.header, keyed_by=()))
    both = [Node("c1"), Node("c2")]

    assert len(read(by_evidence, weak(["a"], both), weak(["b"], both[::-1]))) == 1
    assert len(read(by_evidence, weak(["a"], both), weak(["a"], both[:1]), weak(["a"], []))) == 3


def test_rows_with_one_key_are_one_finding_in_any_order() -> None:
    one = weak(["a"], [Node("c1")], score=0.5, links=["l1"])
    two = weak(["b"], [Node("c2")], score=0.9, links=["l2"])

    [found] = read(RULE, one, two)
    assert [found] == read(RULE, two, one)
    assert found.score == 0.9
    assert found.title.endswith(": b")
    assert (found.evidence, found.links) == (("c1", "c2"), ("l1", "l2"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (weak([], [Node("c", org="two")]), "evidence is of another organization"),
        (weak([], [], subject=Node("other")), "a subject that it was not given"),
        (weak([], [], score=1.2), "the score 1.2 is not between 0 and 1"),
        (weak([], [], score=None), "the score None is not between 0 and 1"),
    ],
)
def test_refuses_rows_that_break_the_contract(row: Mapping[str, Any], said: str) -> None:
    with pytest.raises(InvalidRule, match=said):
        read(RULE, row)


FOUND = Finding("f", "mark", "s", "title", "HIGH", 0.5, ("e",), ("l",), "{}")


def stored(state: Any, **other: Any) -> Stored:
    values = {
        "title": "title", "severity": "HIGH", "score": 0.5, "evidence": ("e",), "links": ("l",), "details": "{}",
    }  # fmt: skip
    return Stored(id="f", fingerprint="mark", subject="s", state=state, **{**values, **other})


@pytest.mark.parametrize(
    ("is_found", "state", "is_suppressed", "happening"),
    [
        (True, None, False, "opened"),
        (True, "OPEN", False, None),
        (True, "CLOSED", False, "reopened"),
        (True, "SUPPRESSED", False, "reopened"),
        (True, None, True, "suppressed"),
        (True, "OPEN", True, "suppressed"),
        (True, "CLOSED", True, "suppressed"),
        (True, "SUPPRESSED", True, None),
        (False, None, False, None),
        (False, "OPEN", False, "closed"),
        (False, "CLOSED", False, None),
        (False, "SUPPRESSED", False, "closed"),
        (False, "SUPPRESSED", True, "closed"),
    ],
)
def test_every_transition(
    is_found: bool, state: str | None, is_suppressed: bool, happening: str | None
) -> None:
    changes = decide(
        {"f": FOUND} if is_found else {},
        [stored(state)] if state else [],
        {"mark"} if is_suppressed else set(),
    )
    assert [c.happening for c in changes] == ([happening] if happening else [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "x"),
        ("severity", "LOW"),
        ("score", 0.6),
        ("evidence", ()),
        ("links", ()),
        ("details", ""),
    ],
)
def test_whatever_it_says_differently_is_a_change(name: str, value: object) -> None:
    for state, suppressed in product(("OPEN", "SUPPRESSED"), ({"mark"}, set[str]())):
        [change] = decide({"f": FOUND}, [stored(state, **{name: value})], suppressed)
        expected = "suppressed" if suppressed else "changed" if state == "OPEN" else "reopened"
        assert change.happening == expected
