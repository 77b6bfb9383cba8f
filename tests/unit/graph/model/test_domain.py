"""Domain names: canonical form, refusals, and what can be registered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graph.errors import Refused
from graph.model.values.domain import (
    DOMAIN_NAME,
    Registration,
    is_known_suffix,
    is_wildcard,
    registration_of,
    unicode_form,
)

DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[5] / "shared/data"))
SUFFIX_TESTS = DATA / "reference/psl/tests.txt"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("WWW.Bücher.example.", "www.xn--bcher-kva.example"),
        ("*.shop.example", "shop.example"),
        ("example.com", "example.com"),
        (" Example.COM. ", "example.com"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("faß.de", "xn--fa-hia.de"),  # not fass.de: UTS-46 without transition
        ("bu\u0308cher.example", "xn--bcher-kva.example"),  # u and a combining diaeresis
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("ＥＸＡＭＰＬＥ.com", "example.com"),
        ("r3---sn-abc.example.com", "r3---sn-abc.example.com"),
        ("xn--i-7iq.ws", "xn--i-7iq.ws"),  # no IDNA 2008, yet in the DNS
        ("localhost", "localhost"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("1.2.3.com", "1.2.3.com"),
    ],
)
def test_gives_the_canonical_form(raw: str, expected: str) -> None:
    assert DOMAIN_NAME(raw) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("a..b", "it has an empty label"),
        (".", "it has an empty label"),
        ("", "it is empty"),
        ("a b.example", "a label holds letters, digits, hyphens and underscores, not ' '"),
        ("-a.example", "its label '-a' begins or ends with a hyphen"),
        ("a-.example", "its label 'a-' begins or ends with a hyphen"),
        ("*.*.example", "a label holds letters, digits, hyphens and underscores, not '*'"),
        ("192.0.2.7", "its last label is a number, as in an IP address"),
        ("example.0x7f", "its last label is a number, as in an IP address"),
        ("a@example.com", "a label holds letters, digits, hyphens and underscores, not '@'"),
        ("a" * 64 + ".x", f"its label {'a' * 20}... has 64 characters; at most 63 are allowed"),
        (("a" * 49 + ".") * 6, "it has 299 characters in ASCII; at most 253 are allowed"),
        ("exa\x00mple.com", "it contains the unprintable character U+0000"),
        (None, "it is nothing, not text"),
        (b"example.com", "it is a value of type bytes, not text"),
    ],
)
def test_refuses_with_the_reason(raw: object, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        DOMAIN_NAME(raw)

    assert refusal.value.reason == reason


def test_refuses_unicode_outside_idna_2008() -> None:
    with pytest.raises(Refused, match="IDNA 2008 does not allow it"):
        DOMAIN_NAME("i❤.ws")


def test_tells_wildcards() -> None:
    assert is_wildcard("*.shop.example")
    assert not is_wildcard("shop.example")


def test_shows_what_people_read() -> None:
    assert unicode_form("www.xn--bcher-kva.example") == "www.bücher.example"
    assert unicode_form("xn--zzz-999999999.example") == "xn--zzz-999999999.example"
    assert unicode_form("example.com") == "example.com"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("www.example.com", Registration("example.com", "com", "icann")),
        ("example.com", Registration("example.com", "com", "icann")),
        ("com", Registration("", "com", "icann")),
        ("a.b.example.co.uk", Registration("example.co.uk", "co.uk", "icann")),
        ("x.shop.github.io", Registration("shop.github.io", "github.io", "private")),
        ("github.io", Registration("github.io", "io", "icann")),
        ("host.corp.internal", Registration("corp.internal", "internal", "unlisted")),
        ("localhost", Registration("", "localhost", "unlisted")),
        ("www.city.kawasaki.jp", Registration("city.kawasaki.jp", "kawasaki.jp", "icann")),
        ("xn--85x722f.com.cn", Registration("xn--85x722f.com.cn", "com.cn", "icann")),
    ],
)
def test_finds_what_can_be_registered(name: str, expected: Registration) -> None:
    assert registration_of(name) == expected


def test_knows_reserved_and_real_suffixes() -> None:
    assert is_known_suffix("printer.local")
    assert is_known_suffix("www.example.com")
    assert not is_known_suffix("readme.notatld")


@pytest.mark.skipif(not SUFFIX_TESTS.exists(), reason="the shared data is not here (MIRAGE_DATA)")
def test_agrees_with_the_public_suffix_lists_own_tests() -> None:
    checked = 0
    for line in SUFFIX_TESTS.read_text("utf-8").splitlines():
        name, _, expected = line.partition(" ")
        if line.startswith("//") or name in ("", "null") or name.startswith("."):
            continue
        canonical = DOMAIN_NAME(name)
        wanted = "" if expected == "null" else DOMAIN_NAME(expected)
        found = registration_of(canonical)
        # A private suffix counts as a registration itself here, so those lines differ on purpose.
        if not wanted and found.registrable == canonical and found.section == "icann":
            continue
        assert found.registrable == wanted, line
        checked += 1

    assert checked > 70
