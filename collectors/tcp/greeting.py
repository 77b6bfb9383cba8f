"""What a greeting says: its protocol, its lasting text and the software it names. Pure.

The patterns are data, in `banners.toml`; what they cannot tell is left open.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_LONGEST = 500
# What differs at each connection: dates, times, message ids, session numbers.
_PASSING = re.compile(
    r"<[^<>\s]{0,100}\d[^<>\s]{0,100}>"
    r"|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .*$"
    r"|\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w* \d{4}\b.*$"
    r"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*"
    r"|\b\d\d:\d\d(?::\d\d)\b"
    r"|\b(?:id|session|queue)[ =:]+[0-9A-Fa-f]{6,}\b"
)
_ACCESS = Literal["none", "required"]


@dataclass(frozen=True)
class Signature:
    """A pattern and the software it stands for."""

    pattern: re.Pattern[str]
    product: str
    name: str


@dataclass(frozen=True)
class Greeting:
    """What a service says it is. Empty texts where it does not say."""

    protocol: str
    text: str
    product: str = ""
    name: str = ""
    version: str = ""
    authentication: _ACCESS | None = None


@functools.cache
def signatures() -> Mapping[str, tuple[Signature, ...]]:
    """The signatures of each protocol."""
    raw = tomllib.loads((Path(__file__).parent / "banners.toml").read_text("utf-8"))
    return {
        protocol: tuple(
            Signature(re.compile(one["pattern"]), one["product"], one["name"]) for one in many
        )
        for protocol, many in raw.items()
    }


def read_greeting(data: bytes) -> Greeting | None:
    """What `data`, the first bytes of a service, says; None for what no known protocol says."""
    protocol, text, access = _recognise(data)
    if not protocol:
        return None
    shown = lasting(text)
    for signature in signatures().get(protocol, ()):
        if match := signature.pattern.search(text):
            version = match.groupdict().get("version") or ""
            return Greeting(protocol, shown, signature.product, signature.name, version, access)
    return Greeting(protocol, shown, authentication=access)


def lasting(text: str) -> str:
    """`text` without what differs at each connection."""
    lines = (_PASSING.sub("", line).strip(" ;,") for line in text.splitlines())
    return " / ".join(line for line in lines if line)[:_LONGEST]


def _recognise(data: bytes) -> tuple[str, str, _ACCESS | None]:
    """Protocol, text, and whether a login is asked for, where the greeting tells that."""
    version = _mysql_version(data)
    if version:
        return "mysql", version, None
    text = "".join(c if c.isprintable() or c in "\r\n" else " " for c in data.decode("latin-1"))
    first = text.lstrip().split("\n", 1)[0].strip()
    if first.startswith("SSH-"):
        return "ssh", first, None
    if first.startswith("220"):
        is_mail = re.search(r"\bE?SMTP\b", first) is not None
        # `220-` begins an answer of several lines; the whole of it is the greeting.
        return ("smtp" if is_mail else "ftp"), _without_codes(text, "220"), None
    if first.startswith("+OK"):
        return "pop3", first.removeprefix("+OK").strip(), None
    if first.startswith("* OK"):
        return "imap", first.removeprefix("* OK").strip(), None
    return _redis(text)


def _redis(text: str) -> tuple[str, str, _ACCESS | None]:
    """The answer to INFO: the version's line, or the wish for a password."""
    version = re.search(r"redis_version:\S+", text)
    if version:
        return "redis", version[0], "none"
    if text.startswith(("-NOAUTH", "-DENIED Redis")):
        return "redis", text.split("\n", 1)[0].strip(), "required"
    return "", "", None


def _without_codes(text: str, code: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(line[len(code) + 1 :] for line in lines if line.startswith(code))


def _mysql_version(data: bytes) -> str:
    """The version in MySQL's handshake of protocol version 10; empty for other data."""
    if len(data) < 6 or data[3] != 0 or data[4] != 10:
        return ""
    end = data.find(b"\0", 5)
    text = data[5:end].decode("latin-1") if 5 < end < 100 else ""
    return text if re.match(r"\d+\.\d+", text) else ""
