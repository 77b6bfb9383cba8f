"""DNS records that are nodes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidFact, Refused
from graph.facts import Content
from graph.model.record import DNSRecord
from graph.model.values.record import RRTYPE, rdata_of


@pytest.mark.parametrize(
    ("rrtype", "raw", "expected"),
    [
        ("TXT", '"v=spf1 include:a.example" " -all"', "v=spf1 include:a.example -all"),
        ("TXT", "v=spf1 -all", "v=spf1 -all"),
        ("TXT", '"a\\"b"', 'a"b'),
        ("TXT", '"\\"x"', '"\\034x"'),
        ("TXT", '"\\200x"', '"\\200x"'),
        ("TXT", '"\\195\\188"', "ü"),
        ("TXT", "", '""'),
        ("CAA", '0 issue "ca.example"', '0 issue "ca.example"'),
        ("TLSA", "3 1 1 " + "AB" * 32, "3 1 1 " + "ab" * 32),
        ("SOA", "NS1.Example. host.example. 2026010101 7200 3600 1209600 3600",
         "ns1.example. host.example. 0 7200 3600 1209600 3600"),
        ("NAPTR", '10 100 "S" "SIP+D2U" "" _sip._udp.Example.',
         '10 100 "S" "SIP+D2U" "" _sip._udp.example.'),
        ("TYPE65280", "\\# 2 ABCD", "\\# 2 abcd"),
    ],
)  # fmt: skip
def test_data_has_one_form(rrtype: str, raw: str, expected: str) -> None:
    assert rdata_of(rrtype, raw) == expected
    assert rdata_of(rrtype, expected) == expected


@pytest.mark.parametrize(
    ("rrtype", "raw"),
    [
        ("CAA", "x"),
        ("TLSA", "3 1 1 zz"),
        ("WEIRD", "x"),
        ("TXT", '"\\999"'),
        ("TXT", None),
        ("SOA", b"x"),
    ],
)
def test_refused_data(rrtype: str, raw: object) -> None:
    with pytest.raises(Refused):
        rdata_of(rrtype, raw)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(
    rrtype=st.sampled_from(
        ["TXT", "CAA", "SOA", "TLSA", "SVCB", "HTTPS", "NAPTR", "SSHFP", "X", "TYPE9"]
    ),
    raw=st.one_of(
        st.text(),
        st.text('"\\ 01ab.;()#=\ud800é', max_size=20),
        st.binary(),
        st.none(),
        st.integers(),
    ),
)
def test_any_data_has_a_form_that_stays_or_is_refused(rrtype: str, raw: object) -> None:
    try:
        found = rdata_of(rrtype, raw)
    except Refused:
        return
    assert rdata_of(rrtype, found) == found
    assert found.isprintable()


def test_types() -> None:
    assert RRTYPE(" txt ") == "TXT"
    assert RRTYPE("nsap-ptr") == "NSAP-PTR"
    with pytest.raises(Refused):
        RRTYPE("16")


def test_spellings_of_one_record_are_one() -> None:
    quoted = DNSRecord(owner="_DMARC.Example.com.", rrtype="txt", value='"v=DMARC1; " "p=none"')
    joined = DNSRecord(owner="_dmarc.example.com", rrtype="TXT", value="v=DMARC1; p=none")

    assert quoted == joined
    assert quoted.key == joined.key
    assert quoted.caption() == "TXT of _dmarc.example.com: v=DMARC1; p=none"
    assert ("_dmarc.example.com", "HAS_RECORD") in {
        (r[0][1], r[1]) for r in Content.of([quoted]).relationships
    }


def test_a_new_serial_is_no_new_record() -> None:
    data = "ns.example. host.example. {} 7200 3600 1209600 3600"
    first, second = (DNSRecord(owner="example", rrtype="SOA", value=data.format(n)) for n in (1, 2))

    assert first.key == second.key


def test_a_record_needs_a_value_or_its_digest() -> None:
    with pytest.raises(InvalidFact, match="rdata_sha256"):
        DNSRecord(owner="example", rrtype="TXT")
