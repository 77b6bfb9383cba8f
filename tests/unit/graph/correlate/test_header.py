"""The grammar of rule headers: what is read, and what is refused, with file and line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graph.correlate import header
from graph.errors import InvalidRule

GOOD = """\
// title:       Certificate has expired
// summary:     A service presents a certificate
//              whose time is over.
// version:     2
// status:      experimental
// severity:    HIGH
// confidence:  0.9
// reads:
//              (NetworkService)-[:PRESENTS]->(TLSCertificate)
// params:
//              grace: duration = P1DT2H -- how long
//                it is tolerated
//              words: list<str> = ["a", "b"] -- which
//              most: int = 3 -- how many
//              share: float = 1 -- how much
//              is_on: bool = true -- whether
// returns:
//              subject: NetworkService
//              evidence: list<TLSCertificate|DomainName> -- what it rests on
// keyed-by:    subject, evidence
// headline:    {subject} is bad
// explanation: Because.
//
// remediation: Mend it.
// false-positives: None known.
// references:
//              CWE-298
//              RFC 5280
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
RETURN 1
"""


def test_reads_every_part() -> None:
    head, start = header.read("x.cypher", GOOD)

    assert start == GOOD.splitlines().index("UNWIND $touched AS id") + 1
    assert head.summary == "A service presents a certificate whose time is over."
    assert (head.version, head.status, head.severity, head.confidence) == (
        2,
        "experimental",
        "HIGH",
        0.9,
    )
    assert [line.text for line in head.reads] == ["(NetworkService)-[:PRESENTS]->(TLSCertificate)"]
    assert [(p.name, p.type, p.default) for p in head.params] == [
        ("grace", "duration", timedelta(days=1, hours=2)),
        ("words", "list<str>", ["a", "b"]),
        ("most", "int", 3),
        ("share", "float", 1.0),
        ("is_on", "bool", True),
    ]
    assert head.params[0].description == "how long it is tolerated"
    assert [(c.name, c.type, c.kinds, c.is_list) for c in head.columns] == [
        ("subject", "NetworkService", ("NetworkService",), False),
        ("evidence", "list<TLSCertificate|DomainName>", ("TLSCertificate", "DomainName"), True),
    ]
    assert head.keyed_by == ("subject", "evidence")
    assert head.references == ("CWE-298", "RFC 5280")


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("// author:", "// writer:", 29, "'writer' is no word of a header"),
        ("// version:     2", "// version:     two", 4, "a whole number from 1"),
        ("// version:     2", "// version:     0", 4, "a whole number from 1"),
        (
            "// severity:    HIGH",
            "// severity:    BAD",
            6,
            "one of INFO, LOW, MEDIUM, HIGH, CRITICAL",
        ),
        ("// confidence:  0.9", "// confidence:  1.1", 7, "a number above 0, at most 1"),
        ("// author:      Mirage", "// title: again", 29, "'title' is said twice"),
        ("// author:      Mirage\n", "", 1, "the header does not say: author"),
        ("P1DT2H", "P1M", 11, "'P1M' is not a duration such as P30D or PT12H"),
        ('["a", "b"]', '["a", 1]', 13, "is not a value of type list<str>"),
        ('["a", "b"]', "[a, b]", 13, "words: '[a, b]' is not JSON, as a list<str> has to be"),
        ("most: int = 3", "most: int = 3.5", 14, "'3.5' is not a value of type int"),
        ("most: int = 3", "most: number = 3", 14, "'number' is no type of parameter"),
        ("most: int = 3 -- how many", "most: int = 3", 14, "a parameter is `name: type = default"),
        ("subject: NetworkService\n", "subject NetworkService\n", 18, "a column is `name: type"),
        ("//\n", "//no space\n", 23, "a header line is"),
    ],
)
def test_refuses_with_the_place(old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    with pytest.raises(InvalidRule) as refused:
        header.read("x.cypher", GOOD.replace(old, new, 1))
    assert str(refused.value).startswith(f"x.cypher:{line}: ")
    assert said in str(refused.value)


def test_a_header_alone_is_no_rule() -> None:
    with pytest.raises(InvalidRule, match="a header but no statement"):
        header.read("x.cypher", GOOD.partition("UNWIND")[0])


def test_a_parameter_reads_what_a_setting_gives() -> None:
    head, _ = header.read("x.cypher", GOOD)
    grace, words, most, *_ = head.params

    assert grace.read("P2W") == timedelta(days=14)
    assert words.read(["c"]) == ["c"]
    assert most.read(7) == 7
    with pytest.raises(InvalidRule, match="not a value of type int"):
        most.read(True)


@pytest.mark.parametrize(
    ("written", "value", "said"),
    [
        ("int = 3", 2**63, "is not a value of type int"),
        ("int = 3", "4", "is not a value of type int"),
        ("float = 3", float("inf"), "is not a value of type float"),
        ("bool = true", 1, "is not a value of type bool"),
        ("list<int> = [3]", [True], "is not a value of type list<int>"),
        ("duration = P1D", 7, "'7' is not a duration such as P30D"),
        ("duration = P1D", "P9999999999D", "is longer than any time that can be told"),
        ("duration = P1D", f"P{'9' * 5_000}D", "is not a duration such as P30D"),
    ],
)
def test_a_parameter_takes_only_what_the_database_can_hold(
    written: str, value: object, said: str
) -> None:
    head, _ = header.read("x.cypher", GOOD.replace("int = 3", written, 1))
    with pytest.raises(InvalidRule, match=said):
        head.params[2].read(value)


def test_a_text_is_taken_as_it_stands() -> None:
    head, _ = header.read("x.cypher", GOOD.replace("int = 3", 'str = "a"', 1))
    assert (head.params[2].default, head.params[2].read("b")) == ("a", "b")
