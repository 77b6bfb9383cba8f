"""Plain text, moments, slugs and the words of registries and clouds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from graph.errors import Refused
from graph.model.values.cloud import CLOUD_PROVIDER, TENANT_ID, resource_name_of
from graph.model.values.registration import EPP_STATUS, HANDLE, is_redacted
from graph.model.values.slug import SLUG
from graph.model.values.text import KEY_TEXT, LINE, MOMENT, TEXT, fold_case, plain_letters


def test_lines_lose_what_cannot_be_read() -> None:
    assert LINE("  a\n b\x00\ud800c \u00a0 d ") == "a bc d"
    assert LINE("e\u0301") == "é"
    assert LINE("x" * 3_000) == "x" * 2_000
    assert LINE("\x00") == ""
    with pytest.raises(Refused):
        LINE(5)


def test_text_keeps_its_lines() -> None:
    assert TEXT(" a\r\nb\rc\x07 ") == "a\nb\nc"
    assert len(TEXT("x" * 30_000)) == 20_000


def test_parts_of_keys_hold_no_separator() -> None:
    assert KEY_TEXT(" a b ") == "a b"
    for raw in ("a¦b", "a\x1fb", "", "x" * 501, None):
        with pytest.raises(Refused):
            KEY_TEXT(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        (date(2026, 1, 31), datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123456+02:00", datetime(2026, 1, 31, 10, 0, 0, 123000, tzinfo=UTC)),
        (
            datetime(2026, 1, 31, 1, tzinfo=timezone(timedelta(hours=2))),
            datetime(2026, 1, 30, 23, tzinfo=UTC),
        ),
    ],
)
def test_moments(raw: object, expected: datetime) -> None:
    assert MOMENT(raw) == expected
    assert MOMENT(raw).tzinfo is UTC


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("2026-01-31T12:00:00", "it has no time zone; UTC is right"),
        ("yesterday", "ISO 8601 is right, as in 2026-01-31T12:00:00Z"),
        (
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            "it lies outside the years 1 to 9999",
        ),
        (1767225600, "it is a value of type int, not text"),
    ],
)
def test_refused_moments(raw: object, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        MOMENT(raw)

    assert refusal.value.reason == reason


def test_folding() -> None:
    assert fold_case("STRAßE") == "strasse"
    assert plain_letters("Ångström ﬁ Ő") == "angstrom fi o"
    assert plain_letters("サンプル Йод") == "サンプル йод"  # marks that make another letter stay
    assert plain_letters("Ελλάδα") == "ελλαδα"


def test_slugs() -> None:
    assert SLUG(" Example Shop! ") == "example-shop"
    assert SLUG("tor_exits.v2") == "tor_exits.v2"
    assert SLUG("Café") == "cafe"
    with pytest.raises(Refused):
        SLUG("株式会社")


def test_states_of_registrations() -> None:
    assert EPP_STATUS("client transfer prohibited") == "clientTransferProhibited"
    assert EPP_STATUS("clientHold https://icann.org/epp#clientHold") == "clientHold"
    assert EPP_STATUS("OK (https://icann.org/epp#ok)") == "ok"
    assert EPP_STATUS("paid and in zone") == "paid and in zone"
    assert HANDLE(" jd1-ripe ") == "JD1-RIPE"
    for normaliser, raw in ((EPP_STATUS, "123"), (HANDLE, "a¦b")):
        with pytest.raises(Refused):
            normaliser(raw)


@pytest.mark.parametrize(
    "text",
    ["REDACTED FOR PRIVACY", "Data Protected", "WhoisGuard, Inc.", "Statutory Masking Enabled"],
)
def test_redactions(text: str) -> None:
    assert is_redacted(text)


@pytest.mark.parametrize("text", ["Jane Doe", "Private Bank Ltd", ""])
def test_what_is_no_redaction(text: str) -> None:
    assert not is_redacted(text)


def test_clouds() -> None:
    assert CLOUD_PROVIDER("Amazon Web Services") == "aws"
    assert CLOUD_PROVIDER("hetzner") == "hetzner"
    assert (
        TENANT_ID("72F988BF-86F1-41AF-91AB-2D7CD011DB47") == "72f988bf-86f1-41af-91ab-2d7cd011db47"
    )
    assert TENANT_ID("Acme") == "Acme"
    assert resource_name_of("bucket", "Example-Backups") == "example-backups"
    assert resource_name_of("volume", "Vol-A") == "Vol-A"
    with pytest.raises(Refused):
        resource_name_of(None, "x")
