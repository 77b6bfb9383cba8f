"""What holds for every normaliser, on any input: it refuses or gives a fixed point, never more."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graph.model.values
from graph.errors import Refused
from graph.model.values.normaliser import Normaliser
from graph.model.values.refang import refang

SPELLINGS = (
    "WWW.Bücher.example.", "*.shop.example", "xn--bcher-kva.example", "a..b", "faß.de", "1.2.3.4",
    "::ffff:192.0.2.7", "2001:DB8:0:0::1%eth0", "010.0.0.1", "192.0.2.0-192.0.2.130", "10.0.0.0/8",
    "2001:db8::/32", "AS1.10", "tcp://[2001:db8::1]:443#sni=a.example", "65536", "-1137684390",
    "HTTP://user:pw@Example.COM:80/a/../b?x=%7e#top",
    "https://[::1]:8443/%zz?%c3%28", "http://é/ é",
    "Jane.Doe+news@Gmail.com", "mailto:x@bücher.example", "+44 20 7946 0018", "tel:+4930123456",
    "@JaneDoe", "ﬁancé", "id:42", "cpe:2.3:a:Apache:HTTP_Server:2.4:*", "cpe:/o:linux:linux_kernel",
    "C++ Builder", "v2.0-rc1", "cve-2021-44228", "osv¦pysec-2021-1", "GHSA-jfh8-c2jp-5v3q",
    "Müller & Söhne GmbH", "mueller soehne/gmbh", "529900T8BM49AURSDO55", "Q42", "us-de", "gb",
    "GB82 WEST 1234 5698 7654 32", "DE136695976", "US0378331005", "IMO 9074729",
    "000123", "HRB 12 B",
    "country:gb", "region:GB-ENG", "city:02643743", "point:gcpvj0d", "addr:gb:" + "a" * 64,
    "A" * 64, "aa:bb:cc:dd", "SHA256:" + "A" * 43, "UA-5551212-2", "t120300_c030_5e2616a54c73",
    "indicator--8E2E2D2B-17D4-4CBF-938F-98EE46B3CD3F", "t1190", "CAPEC-66", "name:Spear Phishing",
    "2024-05-17", "2026-01-31T12:00:00.123456+02:00", "Amazon Web Services", "S3", "bitcoin",
    "72F988BF-86F1-41AF-91AB-2D7CD011DB47", "client transfer prohibited https://icann.org/epp#x",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "tcp", "TXT", "arin",
    "jd1-ripe", "a\tb\x00c\ud800",
)  # fmt: skip


def _normalisers() -> list[Any]:
    modules = pkgutil.iter_modules(graph.model.values.__path__, "graph.model.values.")
    found = {
        name: value
        for module in modules
        for name, value in vars(importlib.import_module(module.name)).items()
        if isinstance(value, Normaliser)
    }
    return [pytest.param(value, id=name) for name, value in sorted(found.items())]


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A likely value with a character put in, taken out or doubled here and there."""
    text = draw(st.sampled_from(SPELLINGS))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        kept = draw(st.integers(-1, 1))
        text = text[:place] + draw(st.text(max_size=2)) + text[max(0, place + kept) :]
    return text


ANYTHING = st.one_of(
    damaged(),
    st.sampled_from(SPELLINGS),
    st.text(st.characters(), max_size=30),
    st.text("¦\x1f:/.-_@%[]()#&+ \t\n\ud800\u200d\u0130\u1e9e\u0345aA0", max_size=20),
    st.binary(max_size=40),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(timezones=st.one_of(st.none(), st.timezones())),
    st.lists(st.text(max_size=3), max_size=3),
)


@pytest.mark.parametrize("normaliser", _normalisers())
@settings(max_examples=100, deadline=None, derandomize=True)
@given(raw=ANYTHING)
def test_gives_a_fixed_point_or_refuses(normaliser: Normaliser[Any], raw: object) -> None:
    try:
        found = normaliser(raw)
    except Refused as refusal:
        said = str(refusal)
        assert said.encode()
        return

    assert normaliser(found) == found
    if isinstance(found, str):
        assert len(found.encode()) <= 80_000
        assert "\x1f" not in found


@pytest.mark.parametrize("normaliser", _normalisers())
def test_accepts_something(normaliser: Normaliser[Any]) -> None:
    def is_accepted(raw: object) -> bool:
        try:
            normaliser(raw)
        except Refused:
            return False
        return True

    more = (443, datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1), "aa" * 16, "bb" * 20, "443")
    assert any(map(is_accepted, (*SPELLINGS, *more)))


@pytest.mark.parametrize("normaliser", _normalisers())
def test_says_what_it_wants_and_its_version(normaliser: Normaliser[Any]) -> None:
    assert normaliser.wanted
    assert normaliser.version >= 1
    with pytest.raises(Refused):
        normaliser(None)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(text=st.one_of(damaged(), st.text("hxtpf[](){}.:/@ dotaDOT\\*", max_size=25), st.text()))
def test_refanging_never_fails(text: str) -> None:
    assert isinstance(refang(text), str)
