"""Values that identify by sameness: digests, fingerprints of services and pages, tracking ids.

A fingerprint's value is checked against its method's form where the method has one. Which
fingerprints are too common to mean anything is not decided here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal, get_args

from graph.errors import Refused
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import KEY_SEPARATOR, integer_of, text_of

DIGEST_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
FingerprintMethod = Literal[
    "body_sha256", "body_simhash64", "favicon_mmh3", "favicon_sha256", "hassh", "header_order",
    "ja3s", "ja4s", "ja4x", "jarm", "robots_sha256", "ssh_hostkey_sha256", "title_norm",
]  # fmt: skip

_HEX = re.compile(r"[0-9a-f]+")
_SEPARATORS = re.compile(r"[:\s-]")
_ANALYTICS = re.compile(r"(UA-[0-9]{4,12})-([0-9]{1,4})")
_PLACEHOLDER = re.compile(r"(?:[A-Z]+-)*(?:X+|0+|12345\d*)(?:-[X0-9Y]+)?")


def hex_of(raw: object, wanted: str, length: int) -> str:
    """`length` hexadecimal digits in lower case; colons, hyphens and white space go."""
    if isinstance(raw, bytes) and len(raw) * 2 == length:
        return raw.hex()
    text = text_of(wanted, raw).lower()
    if len(text) != length:
        text = _SEPARATORS.sub("", text)
    if len(text) != length or not _HEX.fullmatch(text):
        raise Refused(wanted, raw, f"{length} hexadecimal digits are right")
    return text


def digest_of(raw: object) -> tuple[str, str]:
    """The algorithm of a file's digest, told by its length, and its digits."""
    text = text_of("a digest", raw, 200).lower()
    for algorithm, length in DIGEST_LENGTHS.items():
        if len(text) == length and _HEX.fullmatch(text):
            return algorithm, text
    lengths = ", ".join(f"{n} ({a})" for a, n in DIGEST_LENGTHS.items())
    raise Refused("a digest", raw, f"hexadecimal digits are right, in number {lengths}")


def sha256_of(text: str) -> str:
    """The SHA-256 of `text` in UTF-8, as lower-case digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint_of(method: object, raw: object) -> str:
    """The canonical value of a fingerprint taken by `method`."""
    check = _METHODS.get(method) if isinstance(method, str) else None
    if check is None:
        known = ", ".join(get_args(FingerprintMethod))
        raise Refused("a method of fingerprinting", method, f"known are {known}")
    return check(raw)


def tracking_id_of(raw: object) -> str:
    """A vendor's id for one customer, in upper case; of a Universal Analytics id the account."""
    wanted = "a tracking id"
    text = text_of(wanted, raw, 100).upper()
    if match := _ANALYTICS.fullmatch(text):
        text = match[1]
    if not re.fullmatch(r"[0-9A-Z][0-9A-Z._:-]*", text):
        raise Refused(
            wanted, raw, "letters, digits, dots, colons, hyphens and underscores are right"
        )
    if _PLACEHOLDER.fullmatch(text):
        raise Refused(wanted, raw, "it is a placeholder of instructions, not a customer's id")
    return text


def analytics_property(raw: str) -> int | None:
    """The property's number within a Universal Analytics account (the 2 of `UA-5551212-2`)."""
    match = _ANALYTICS.fullmatch(raw.strip().upper())
    return int(match[2]) if match else None


def _icon_hash(raw: object) -> str:
    """A signed 32-bit number, as search engines for devices write it."""
    wanted = "an icon hash"
    sign = 1
    if isinstance(raw, str) and raw.strip().startswith("-"):
        raw, sign = raw.strip()[1:], -1
    number = sign * integer_of(wanted, raw)
    if 2**31 <= number < 2**32:
        number -= 2**32
    if not -(2**31) <= number < 2**31:
        raise Refused(wanted, raw, "a signed number of 32 bits is right")
    return str(number)


def _host_key(raw: object) -> str:
    """The digest of an SSH host key, from hexadecimal or SHA256: and base64."""
    wanted = "the SHA-256 of an SSH host key"
    text = text_of(wanted, raw)
    if not text.startswith("SHA256:"):
        return hex_of(text, wanted, 64)
    encoded = text.removeprefix("SHA256:").rstrip("=")
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(wanted, raw, "after SHA256: base64 is right") from error
    return hex_of(decoded.hex() or "-", wanted, 64)


def _form(pattern: str, example: str) -> Callable[[object], str]:
    compiled = re.compile(pattern)

    def check(raw: object) -> str:
        text = text_of("a fingerprint", raw).lower()
        if not compiled.fullmatch(text):
            raise Refused("a fingerprint", raw, f"its form is {example}")
        return text

    return check


def _title(raw: object) -> str:
    folded = " ".join(text_of("a page's title", raw, 5_000).casefold().split())
    return folded.replace(KEY_SEPARATOR, "|")[:300].rstrip()


def _hex(length: int) -> Callable[[object], str]:
    return partial(hex_of, wanted="a fingerprint", length=length)


_METHODS: Mapping[str, Callable[[object], str]] = {
    "body_sha256": _hex(64),
    "body_simhash64": _hex(16),
    "favicon_mmh3": _icon_hash,
    "favicon_sha256": _hex(64),
    "hassh": _hex(32),
    "header_order": _form(r"[a-z0-9_-]+(?:,[a-z0-9_-]+)*", "header names with commas between"),
    "ja3s": _hex(32),
    "ja4s": _form(r"[a-z][0-9a-z]{6}_[0-9a-f]{4}_[0-9a-f]{12}", "t120300_c030_5e2616a54c73"),
    "ja4x": _form(r"[0-9a-f]{12}(?:_[0-9a-f]{12}){2}", "three groups of twelve digits"),
    "jarm": _hex(62),
    "robots_sha256": _hex(64),
    "ssh_hostkey_sha256": _host_key,
    "title_norm": _title,
}

SHA256 = Normaliser("a SHA-256 digest", 1, partial(hex_of, wanted="a SHA-256 digest", length=64))
SHA1 = Normaliser("a SHA-1 digest", 1, partial(hex_of, wanted="a SHA-1 digest", length=40))
MD5 = Normaliser("an MD5 digest", 1, partial(hex_of, wanted="an MD5 digest", length=32))
TRACKING_ID = Normaliser("a tracking id", 1, tracking_id_of)
