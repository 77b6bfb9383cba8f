"""Texts of patterns: what has to be said, and what a statement keeps to."""

from __future__ import annotations

import pytest

from graph.errors import InvalidQuestion, InvalidRule
from graph.patterns.books import kept, read_pattern
from graph.patterns.keeping import check_name
from tests.support.patterns import BY_CERTIFICATE, TEXT


def test_a_pattern_says_what_it_finds_and_which_columns_it_has() -> None:
    read = read_pattern("presented", TEXT)
    assert (read.id, read.subject) == ("presented", "NetworkService")
    assert read.header.title == "Certificates that services present"
    assert [(c.name, c.type, c.description) for c in read.header.columns][-1] == (
        "until",
        "datetime",
        "when it ends",
    )
    assert [str(path) for path in read.paths] == ["(NetworkService)-[:PRESENTS]->(TLSCertificate)"]
    assert read_pattern("other", BY_CERTIFICATE).header.summary == ""


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("// title:       Certificates that services present\n", "", "the header does not say: title"),
        ("// summary:", "// severity:", "'severity' is no word of a header; known are params, returns, summary, title"),
        ("{id: id, org: $org}", "{id: id}", "begins with"),
        ("RETURN subject", "SET subject.x = 1 RETURN subject", "only reads"),
        ("WHERE presents.holds_since IS NOT NULL", "", "presents.holds_since IS NOT NULL"),
        ("links: list<link>", "links: list<str>", "links: list<link>"),
        ("certificate.not_after AS until", "certificate.not_befor AS until", "has no property not_befor"),
        ("PRESENTS", "PRESENT", "no relationship called PRESENT"),
        ("RETURN subject", "MATCH (other:DomainName) RETURN subject", "starts from its subject only"),
        ("$touched AS id", "$touched AS id CALL db.labels() YIELD label", "begins with"),
    ],
)  # fmt: skip
def test_what_breaks_a_promise_is_named(before: str, after: str, says: str) -> None:
    assert before in TEXT
    with pytest.raises(InvalidRule, match=r"pattern:\d+: ") as refused:
        read_pattern("presented", TEXT.replace(before, after))
    assert says in str(refused.value)


@pytest.mark.parametrize("name", ["", "Mail", "open-mail", "1st", "a__b", "a_", "x" * 61, "a.b"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(InvalidQuestion, match="is no name"):
        check_name(name)


def test_one_that_cannot_be_read_any_more_is_there_all_the_same() -> None:
    found = kept({"id": "1", "name": "old", "number": 3, "text": "nothing"})
    assert found.asks is None
    assert "pattern:" in str(found.broken)
    assert not found.is_whole
    assert not found.has_failed
