"""The form of cases: what is read, and what is refused with file and line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graph.correlate import cases, rules
from graph.errors import InvalidRule
from graph.facts import Outcome
from graph.model.certificate import TLSCertificate
from graph.model.network import DomainName, NetworkService

GOOD = """\
now: 2026-06-01T12:00:00Z
cases:
  - name: one
    proves: fires
    params: {grace: P1D}
    entities:
      web: {NetworkService: "tcp://192.0.2.1:443"}
      old: {TLSCertificate: hash of old, not_after: 2026-05-01}
    links:
      - web PRESENTS old: {chain_position: 0, seen: [2026-05-02T00:00:00Z, 2026-05-04T00:00:00Z], until: 2026-05-05}
    looks:
      - DomainName one.example by dns.resolve/A: ABSENT
      - web by tls.handshake: FOUND 2026-05-06
    reached: {DomainName one.example: 2}
    finds:
      - {subject: web, evidence: [old, IPAddress 192.0.2.1], title: x, score: 0.5}
  - name: two
    proves: silent
    now: 2026-07-01
    finds: []
"""


def day(number: int, month: int = 5) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


def test_reads_a_file() -> None:
    one, two = cases.parse(
        "tls.expired", "x.yaml", GOOD.replace("DomainName one.example by", "web by", 1)
    )

    assert (one.line, two.line) == (3, 17)
    assert two.now == day(1, 7)
    assert one.params == {"grace": "P1D"}
    assert one.reached == ((DomainName(name="one.example"), 2),)
    said = [(a.collector, a.part, a.outcome, a.ended_at) for a in one.answers]
    before = datetime(2026, 6, 1, 11, tzinfo=UTC)
    assert said == [
        ("case", "entity web", Outcome.FOUND, before),
        ("case", "entity old", Outcome.FOUND, before),
        ("case", "web PRESENTS old", Outcome.FOUND, day(2)),
        ("case", "web PRESENTS old", Outcome.FOUND, day(4)),
        ("case", "web PRESENTS old", Outcome.ABSENT, day(5)),
        ("dns.resolve", "A", Outcome.ABSENT, before),
        ("tls.handshake", "", Outcome.FOUND, day(6)),
    ]
    [found] = one.finds
    web = NetworkService(transport="tcp", address="192.0.2.1", port=443)
    assert found.subject == web
    assert isinstance(found.evidence[0], TLSCertificate)
    assert found.evidence[1].key == "192.0.2.1"
    assert cases.missing([one, two]) == [
        "2 or more cases that prove fires, not 1",
        "1 or more cases that prove near_miss, not 0",
        "1 or more cases that prove false_positive, not 0",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("cases:", "case:", 1, "has `now:` and a list `cases:`"),
        ("name: one", "called: one", 3, "a case has a `name`"),
        ("web by tls.handshake: FOUND 2026-05-06", "[web]", 3, "['web'] is neither a text nor"),
        ("proves: fires", "proves: works", 3, "`proves` is one of"),
        ("proves: silent", "proves: fires", 17, "a case that fires lists what it `finds`"),
        ("entities:", "nodes:", 3, "nodes: a case has"),
        ("TLSCertificate: hash", "Certificate: hash", 3, "old: say its kind and key once"),
        ("hash of old", "ff", 3, "old: "),
        ("not_after: 2026-05-01", "not_afer: 2026-05-01", 3, "old: "),
        ("web PRESENTS old", "web SHOWS old", 3, "a link is `one TYPE other`"),
        ("web PRESENTS old", "web PRESENTS new", 3, "no entity of the case is called 'new'"),
        ("web PRESENTS old", "old PRESENTS web", 3, "old PRESENTS web: "),
        ("dns.resolve/A: ABSENT", "dns.resolve/A: GONE", 3, "a look is"),
        ("subject: web", "about: web", 3, "a finding has subject, evidence"),
        ("one.example: 2}", "one.example: near}", 3, "'near' is no number of hops"),
        ("until: 2026-05-05", "until: soon", 3, "until: 'soon' is no moment"),
    ],
)
def test_refuses_with_the_place(old: str, new: str, line: int, said: str) -> None:
    content = GOOD.replace("DomainName one.example by", "web by", 1)
    assert old in content
    with pytest.raises(InvalidRule) as refused:
        cases.parse("tls.expired", "x.yaml", content.replace(old, new, 1))
    assert str(refused.value).startswith(f"x.yaml:{line}: ")
    assert said in str(refused.value)


@pytest.mark.parametrize("content", ["- name: one", "a word", "", "now: 2026-06-01", "cases: one"])
def test_refuses_a_file_without_a_list_of_cases(content: str) -> None:
    with pytest.raises(InvalidRule, match=r"x\.yaml:1: a file of cases has `now:` and a list"):
        cases.parse("tls.expired", "x.yaml", content)


def test_refuses_what_is_not_yaml() -> None:
    with pytest.raises(InvalidRule, match=r"x\.yaml: not YAML"):
        cases.parse("tls.expired", "x.yaml", "now: [")


def test_every_rule_is_proven() -> None:
    known = rules.load()
    assert rules.without_cases(known.values()) == []
    found = cases.load()
    assert sorted({c.rule for c in found}) == sorted(known)
    short = {rule: cases.missing([c for c in found if c.rule == rule]) for rule in known}
    assert {rule: words for rule, words in short.items() if words} == {}
