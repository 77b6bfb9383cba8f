"""Domain names: their canonical form, and which part of them somebody can register.

Nothing is asked of the DNS. A name in ASCII is taken as the DNS would carry it, even where its
`xn--` label is no valid IDNA 2008; a name in Unicode must be valid IDNA 2008 (UTS-46 mapping,
non-transitional).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal, NamedTuple

import idna
from publicsuffixlist import PublicSuffixList

from graph.errors import Refused
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import text_of

WANTED = "a domain name"
LONGEST = 253
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_CANONICAL = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")

# Suffixes that no registry sells, for tests, documents, private networks and other name systems.
_RESERVED = frozenset(
    [
        "alt",
        "arpa",
        "corp",
        "example",
        "home",
        "internal",
        "invalid",
        "lan",
        "local",
        "localhost",
        "onion",
        "test",
    ]
)

Section = Literal["icann", "private", "unlisted"]


class Registration(NamedTuple):
    """Where a name lies against the Public Suffix List; `registrable` is empty for `com`."""

    registrable: str
    suffix: str
    section: Section


def domain_of(raw: object, wanted: str = WANTED) -> str:
    """The A-label form of a name in lower case, without a last dot and a leading `*.`."""
    text = text_of(wanted, raw, 1_000).lower().removesuffix(".").removeprefix("*.")
    if not text.isascii():
        text = _to_ascii(wanted, raw, text)
    if len(text) > LONGEST:
        raise Refused(
            wanted, raw, f"it has {len(text)} characters in ASCII; at most {LONGEST} are allowed"
        )
    if not _CANONICAL.fullmatch(text):
        raise Refused(wanted, raw, _what_is_wrong(text))
    if _NUMBER.fullmatch(text, text.rfind(".") + 1):
        raise Refused(wanted, raw, "its last label is a number, as in an IP address")
    return text


def is_wildcard(raw: str) -> bool:
    """Whether `raw` names everything below a name (`*.shop.example`), not the name itself."""
    return raw.strip().startswith("*.")


def unicode_form(name: str) -> str:
    """A canonical name with its `xn--` labels as people read them, where they decode."""
    if "xn--" not in name:
        return name
    return ".".join(_decoded(label) for label in name.split("."))


@lru_cache(maxsize=65_536)
def registration_of(name: str) -> Registration:
    """Where canonical name `name` lies against the Public Suffix List.

    A name under a private suffix (`shop.github.io`) is registrable, and so is a private suffix
    (`github.io`), which is itself a registration under an ICANN suffix.
    """
    suffix = _suffixes().publicsuffix(name) or name
    if name != suffix:
        label = name[: -len(suffix) - 1].rpartition(".")[2]
        return Registration(f"{label}.{suffix}", suffix, _section(suffix))
    if _section(suffix) != "private":
        return Registration("", suffix, _section(suffix))
    above = _icann_suffixes().publicsuffix(name) or name
    label = name[: -len(above) - 1].rpartition(".")[2]
    return Registration(f"{label}.{above}" if label else "", above, "icann")


def is_known_suffix(name: str) -> bool:
    """Whether canonical name `name` ends in a top-level domain that exists or is reserved."""
    place = registration_of(name)
    return place.section != "unlisted" or place.suffix in _RESERVED


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _icann_suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


@lru_cache(maxsize=16_384)
def _section(suffix: str) -> Section:
    if _suffixes().publicsuffix(suffix, accept_unknown=False) is None:
        return "unlisted"
    return (
        "icann"
        if _icann_suffixes().publicsuffix(suffix, accept_unknown=False) == suffix
        else "private"
    )


def _to_ascii(wanted: str, raw: object, text: str) -> str:
    try:
        mapped = idna.uts46_remap(text, std3_rules=False, transitional=False)
        mapped = mapped.removesuffix(".").removeprefix("*.")
        labels = [x if x.isascii() else idna.alabel(x).decode("ascii") for x in mapped.split(".")]
    except (idna.IDNAError, ValueError) as error:
        raise Refused(wanted, raw, f"IDNA 2008 does not allow it ({error})") from error
    return ".".join(labels)


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.ulabel(label)
    except (idna.IDNAError, ValueError):
        return label


def _what_is_wrong(text: str) -> str:
    label = next(x for x in text.split(".") if not re.fullmatch(_LABEL, x))
    if not label:
        return "it has an empty label"
    if len(label) > 63:
        return f"its label {label[:20]}... has {len(label)} characters; at most 63 are allowed"
    if bad := re.search(r"[^a-z0-9_-]", label):
        return f"a label holds letters, digits, hyphens and underscores, not {bad[0]!r}"
    return f"its label {label!r} begins or ends with a hyphen"


DOMAIN_NAME = Normaliser(WANTED, 1, domain_of)
