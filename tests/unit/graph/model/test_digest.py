"""Digests, fingerprints and tracking ids."""

from __future__ import annotations

import pytest

from graph.errors import Refused
from graph.model.values.digest import (
    SHA256,
    TRACKING_ID,
    analytics_property,
    digest_of,
    fingerprint_of,
    sha256_of,
)

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    "raw",
    [
        EMPTY,
        EMPTY.upper(),
        ":".join(EMPTY[i : i + 2] for i in range(0, 64, 2)),
        bytes.fromhex(EMPTY),
    ],
)
def test_digests_have_one_form(raw: object) -> None:
    assert SHA256(raw) == EMPTY
    assert sha256_of("") == EMPTY


@pytest.mark.parametrize("raw", [EMPTY[:-1], EMPTY + "0", "g" * 64, b"short", None])
def test_refused_digests(raw: object) -> None:
    with pytest.raises(Refused):
        SHA256(raw)


def test_the_length_tells_the_algorithm() -> None:
    assert digest_of("A" * 32) == ("md5", "a" * 32)
    assert digest_of("a" * 40)[0] == "sha1"
    assert digest_of(EMPTY)[0] == "sha256"
    assert digest_of("a" * 128)[0] == "sha512"
    with pytest.raises(Refused, match=r"32 \(md5\), 40 \(sha1\)"):
        digest_of("a" * 33)


@pytest.mark.parametrize(
    ("method", "raw", "expected"),
    [
        ("favicon_mmh3", "-1137684390", "-1137684390"),
        ("favicon_mmh3", 3157282906, "-1137684390"),  # the same 32 bits without sign
        ("favicon_mmh3", "0", "0"),
        ("jarm", "2" * 62, "2" * 62),
        ("ja3s", "A" * 32, "a" * 32),
        ("ja4s", "T120300_C030_5E2616A54C73", "t120300_c030_5e2616a54c73"),
        ("ja4x", "_".join(["0" * 12] * 3), "_".join(["0" * 12] * 3)),
        ("body_simhash64", "F" * 16, "f" * 16),
        ("header_order", "Date,Server,Content-Type", "date,server,content-type"),
        ("title_norm", "  Log  In ¦ Example ", "log in | example"),
        ("ssh_hostkey_sha256", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", EMPTY),
        ("ssh_hostkey_sha256", EMPTY, EMPTY),
    ],
)
def test_fingerprints(method: str, raw: object, expected: str) -> None:
    assert fingerprint_of(method, raw) == expected


@pytest.mark.parametrize(
    ("method", "raw"),
    [
        ("favicon_mmh3", str(2**32)),
        ("favicon_mmh3", "--1"),
        ("favicon_mmh3", None),
        ("jarm", "2" * 61),
        ("ja4s", "t120300"),
        ("ssh_hostkey_sha256", "SHA256:!"),
        ("ssh_hostkey_sha256", "SHA256:"),
        ("header_order", "a b"),
        ("unknown", "x"),
        (None, "x"),
    ],
)
def test_refused_fingerprints(method: object, raw: object) -> None:
    with pytest.raises(Refused):
        fingerprint_of(method, raw)


def test_tracking_ids() -> None:
    assert TRACKING_ID("ua-5551212-2") == "UA-5551212"
    assert analytics_property("ua-5551212-2") == 2
    assert analytics_property("G-ABC123") is None
    assert TRACKING_ID("g-9zk3abcd12") == "G-9ZK3ABCD12"
    assert TRACKING_ID("ca-pub-9876543210987654") == "CA-PUB-9876543210987654"


@pytest.mark.parametrize(
    "raw",
    ["UA-XXXXX-Y", "UA-XXXXXXX-1", "G-XXXXXXXXXX", "GTM-XXXX", "UA-12345-1", "UA-00000-0", "a b"],
)
def test_placeholders_are_no_tracking_ids(raw: str) -> None:
    with pytest.raises(Refused):
        TRACKING_ID(raw)
