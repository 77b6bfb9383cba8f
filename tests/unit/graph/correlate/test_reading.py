"""Rows of rules as one value: every rule's statement can be asked so, and entities are told from other values."""

from __future__ import annotations

from graph.correlate.findings import read_rows
from graph.correlate.reading import collected, rows_of
from graph.correlate.rules import load


def test_the_last_return_becomes_one_value() -> None:
    rule = load()["tls.expired"]
    text = collected(rule)

    assert text.count("RETURN") == 1
    before, after = text.split("\nRETURN ")
    assert before.splitlines()[-2].startswith("WITH subject, [certificate] AS evidence")
    kept = "{.id, .org, .key, .caption}"
    assert after == (
        f"collect({{subject: subject {kept}, evidence: [n IN evidence | n {kept}], links: links,"
        f" certificate: certificate {kept}, ended: ended, score: score}})"
    )


def test_a_return_within_a_subquery_stays() -> None:
    rule = load()["cor.nominee_hub"]

    assert "RETURN parent.key ORDER BY" in collected(rule)
    assert collected(rule).splitlines()[-1].startswith("RETURN collect({subject: ")


def test_what_was_read_so_is_a_finding_as_ever() -> None:
    rule = load()["tls.expired"]
    subject = {"id": "s", "org": "o", "key": "tcp://192.0.2.7:443", "caption": "the service"}
    certificate = {"id": "c", "org": "o", "key": "ab" * 32, "caption": "one.example (abababababab)"}
    row: dict[str, object] = {
        "subject": subject, "evidence": [certificate, None], "links": ["l"], "certificate": certificate,
        "ended": None, "score": 1.0,
    }  # fmt: skip

    [finding] = read_rows(rule, "o", {"s"}, rows_of(rule, [row])).values()

    assert finding.evidence == ("c",)
    assert finding.subject_caption == "the service"
    assert "one.example at" in finding.title
    assert finding.details == '{"ended": null}'


def test_an_entity_that_is_not_there_is_null() -> None:
    rule = load()["tls.expired"]
    row: dict[str, object] = {
        "subject": {"id": "s"},
        "evidence": [],
        "links": [],
        "certificate": None,
        "ended": None,
    }

    [read] = rows_of(rule, [row])

    assert read["certificate"] is None
    assert read["subject"].labels == ()
