"""Domain names that look like another."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.match.lookalike import Way, look_alike, look_alike_keys, skeleton
from graph.model.values.domain import domain_of

OWN = "acmebank.com"
LABELS = st.text("abcmnor0ilv1-5", min_size=4, max_size=10).filter(
    lambda label: not label.startswith("-") and not label.endswith("-") and label[2:4] != "--"
)


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("acmebank.net", Way.SUFFIX),
        ("acmebank.co.uk", Way.SUFFIX),
        ("аcmebank.com", Way.CONFUSABLE),
        ("ácmebank.com", Way.CONFUSABLE),
        ("acrnebank.com", Way.CONFUSABLE),
        ("acme-bank.com", Way.HYPHEN),
        ("acmebnak.com", Way.TRANSPOSITION),
        ("acmebamk.com", Way.KEYBOARD),
        ("acmebsank.com", Way.KEYBOARD),
        ("acmebanc.com", Way.BIT_FLIP),
        ("acmebankk.com", Way.REPETITION),
        ("acmeban.com", Way.OMISSION),
        ("acmebankx.com", Way.INSERTION),
        ("acmebanz.com", Way.SUBSTITUTION),
        ("acnebenk.com", Way.EDITS),
        ("acmebank-login.com", Way.COMBINATION),
        ("my-acmebank.com", Way.COMBINATION),
        ("secureacmebank.com", Way.COMBINATION),
        ("acmebank.com.evil.net", Way.EMBEDDED),
        ("acmebank-com.evil.net", Way.EMBEDDED),
    ],
)
def test_ways_of_looking_alike(name: str, way: Way) -> None:
    other = domain_of(name)
    found = look_alike(OWN, other)

    assert found is not None
    assert way in found.ways
    assert 0.4 < found.score <= 1
    assert OWN in found.reason
    if way is not Way.EDITS:
        assert look_alike_keys(OWN) & look_alike_keys(other)


@pytest.mark.parametrize(
    "name", [OWN, "www.acmebank.com", "example.org", "com", "ab.com", "mail.example.org"]
)
def test_what_does_not_look_alike(name: str) -> None:
    assert look_alike(OWN, name) is None


def test_short_names_are_other_names_more_often() -> None:
    short, long = look_alike("acme.com", "acne.com"), look_alike("acmebank.com", "acnebank.com")

    assert short is not None
    assert long is not None
    assert short.score < long.score
    assert look_alike("abc.com", "abd.com") is None
    assert look_alike_keys("com") == frozenset()
    assert look_alike_keys("abc.com") == {"s:abc"}


@given(st.text(max_size=12))
@example("\N{MATHEMATICAL MONOSPACE SMALL A}\N{MATHEMATICAL BOLD CAPITAL ALPHA}")
@example("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}")
@settings(deadline=None)
def test_a_skeleton_of_a_skeleton_is_itself(label: str) -> None:
    assert skeleton(skeleton(label)) == skeleton(label)


@given(LABELS, LABELS)
@settings(deadline=None)
def test_one_slip_shares_a_key(one: str, other: str) -> None:
    left, right = f"{one}.com", f"{other}.org"
    found = look_alike(left, right)

    if found is not None and found.ways != (Way.EDITS,):
        assert look_alike_keys(left) & look_alike_keys(right)
        assert 0 < found.score <= 1
