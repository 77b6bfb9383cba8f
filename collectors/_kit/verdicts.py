"""What the status of an HTTP answer means: an answer, or why there is none, and when to ask again.

Pure. A spent quota and a wrong key are told apart, since a source's next key helps with both, but only the first comes
back by itself.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from collectors._kit.base import HttpResponse
from collectors._kit.faults import Busy, QuotaSpent, RateLimited, Unauthorized
from collectors._kit.policy import Place
from graph.errors import SourceRejected, SourceUnavailable

_TOO_MANY_S = 5.0  # how long to leave alone who is asked too often and does not say how long
_READ = 4_000  # bytes of a refusal's body that are looked at
_LONGEST_S = (
    62 * 86_400.0
)  # whoever says more is not believed: no quota lasts longer than a month or two
_SINCE_1970 = 1_000_000_000  # a larger number is a moment, not a span
_IN_MS = 100_000_000_000

_SPENT = re.compile(
    rb"(?i)(quota|credits?|allowance|query limit|request limit|daily limit|monthly limit)"
    rb"[^.\n]{0,60}(exceed|exhaust|spent|used up|reached|depleted|no more|insufficient)"
    rb"|(exceed|exhaust|insufficient|out of|no more|not enough)[^.\n]{0,40}(quota|credit)"
)
_RESETS = (
    "x-ratelimit-reset",
    "x-rate-limit-reset",
    "ratelimit-reset",
    "x-ratelimit-reset-requests",
)
_LEFT = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
_FIELD = re.compile(r"\b(?P<name>reset|remaining|t|r)\s*=\s*(?P<value>\d+)")


def judged(response: HttpResponse) -> HttpResponse:
    """`response` if its status is an answer. Raises Busy, SourceUnavailable or SourceRejected."""
    status, request = response.status, response.request
    if 200 <= status < 400 or status in request.accept_statuses:
        return response
    said = f"{Place.of(request.url).host} answered with HTTP status {status}"
    wait = told_wait_s(response)
    if status == 402 or (status in (403, 429) and _is_spent(response)):
        raise QuotaSpent(f"{said}: the quota is spent", wait)
    if status == 429:
        raise RateLimited(said, _TOO_MANY_S if wait is None else wait, is_told=wait is not None)
    if status == 503:
        raise Busy(said, wait or 0.0, is_told=wait is not None)
    if status >= 500 or status == 408:
        raise SourceUnavailable(said)
    if status in (401, 403, 407):
        raise Unauthorized(said)
    raise SourceRejected(said)


def told_wait_s(response: HttpResponse) -> float | None:
    """How long a source wants to be left alone, as it says; None where it does not.

    `Retry-After` (RFC 9110) first, then the fields of rate limits: those in use, and those of the draft
    `draft-ietf-httpapi-ratelimit-headers`. Moments are read against the answer's own date, whose clock is the source's.
    """
    now = _moment(response.header("date"))
    said = response.header("retry-after").strip()
    if (wait := _span(said, now)) is not None:
        return wait
    fields = {m["name"]: m["value"] for m in _FIELD.finditer(response.header("ratelimit"))}
    left = next((v for each in _LEFT if (v := response.header(each).strip())), None)
    left = left if left is not None else fields.get("remaining", fields.get("r"))
    if left is not None and left != "0":
        return None
    reset = next((v for each in _RESETS if (v := response.header(each).strip())), None)
    reset = reset if reset is not None else fields.get("reset", fields.get("t"))
    return None if reset is None else _span(reset, now or datetime.now(UTC))


def _is_spent(response: HttpResponse) -> bool:
    """Whether a refusal is about what a key may still ask, not about who asks."""
    if response.status == 403 and any(response.header(each).strip() == "0" for each in _LEFT):
        return True
    return _SPENT.search(response.body[:_READ]) is not None


def _span(said: str, now: datetime | None) -> float | None:
    """Seconds until what is said: a number of them, a moment as a number since 1970, or a date."""
    number = _number(said)
    if number is not None and number < _SINCE_1970:
        return min(number, _LONGEST_S)
    if number is not None:
        at: datetime | None = datetime.fromtimestamp(number / (1000 if number > _IN_MS else 1), UTC)
    else:
        at = _moment(said)
    if at is None or now is None or (at.tzinfo is None) != (now.tzinfo is None):
        return None
    return min(_LONGEST_S, max(0.0, (at - now).total_seconds()))


def _number(said: str) -> float | None:
    whole, _, part = said.partition(".")
    is_number = said.isascii() and whole.isdecimal() and (not part or part.isdecimal())
    return float(said) if is_number and len(whole) < 15 else None


def _moment(said: str) -> datetime | None:
    try:
        return parsedate_to_datetime(said)
    except (ValueError, TypeError):
        pass
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return None
