"""Dates as WHOIS servers write them. What is less exact than a day is no date here."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
# Zones that registries name by letters. A name that is not here is read as UTC: an hour off,
# never a day's guess.
ZONES = {
    "JST": 9.0,
    "KST": 9.0,
    "EET": 2.0,
    "EEST": 3.0,
    "CET": 1.0,
    "CEST": 2.0,
    "MSK": 3.0,
    "CLT": -4.0,
    "CLST": -3.0,
}

TIME = r"(?:[T ]+(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?)?"
OFFSET = r"\(?(?:GMT|UTC)?\s*(?P<sign>[+-])(?P<zh>\d{1,2}):?(?P<zm>\d{2})?\)?"
ZONE = rf"\s*(?:Z|{OFFSET}|\(?(?P<zone>[A-Z]{{2,5}})\)?)?"
END = r"(?:[\s.(#,]|$)"

FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<y>\d{{4}})[-./](?P<m>\d{{1,2}})[-./](?P<d>\d{{1,2}}){TIME}{ZONE}{END}",
        rf"(?P<y>\d{{4}})[-. ](?P<mon>[a-z]{{3}})[a-z]*[-. ](?P<d>\d{{1,2}}){TIME}{ZONE}{END}",
        rf"(?P<d>\d{{1,2}})[-. ](?P<mon>[a-z]{{3}})[a-z]*[-. ](?P<y>\d{{4}}){TIME}{ZONE}{END}",
        # Day before month: every registry that writes the year last does.
        rf"(?P<d>\d{{1,2}})[-./](?P<m>\d{{1,2}})[-./](?P<y>\d{{4}}){TIME}{ZONE}{END}",
        rf"(?P<y>\d{{4}})(?P<m>\d{{2}})(?P<d>\d{{2}}){TIME}{ZONE}{END}",
        r"[a-z]{3},? (?P<mon>[a-z]{3}) +(?P<d>\d{1,2}) "
        r"(?P<h>\d{2}):(?P<mi>\d{2}):(?P<s>\d{2}) (?P<y>\d{4})",
    )
)


def read_date(text: str) -> datetime | None:
    """The moment that `text` begins with, in UTC, or None; a day without a time is its midnight."""
    for form in FORMS:
        if found := form.match(text.strip()):
            return _moment(found.groupdict().get)
    return None


def _moment(part: Callable[[str], str | None]) -> datetime | None:
    named = part("mon")
    month = MONTHS.get(named.lower(), 0) if named else _number(part("m"))
    try:
        local = datetime(
            _number(part("y")),
            month,
            _number(part("d")),
            _number(part("h")),
            _number(part("mi")),
            _number(part("s")),
            tzinfo=_zone(part),
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(part: Callable[[str], str | None]) -> timezone:
    hours = ZONES.get((part("zone") or "").upper(), 0.0)
    if part("sign"):
        hours = _number(part("zh")) + _number(part("zm")) / 60
        hours = -hours if part("sign") == "-" else hours
    return timezone(timedelta(hours=hours))


def _number(text: str | None) -> int:
    return int(text or 0)
