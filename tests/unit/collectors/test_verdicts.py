"""What a source's refusal says: whether its key is wrong or spent, and when to ask again."""

from __future__ import annotations

import pytest

from collectors._kit.base import HttpRequest, HttpResponse
from collectors._kit.faults import Busy, QuotaSpent, RateLimited, Unauthorized
from collectors._kit.verdicts import judged, told_wait_s
from graph.errors import MirageError

DATE = ("date", "Sun, 29 Nov 2026 12:00:00 GMT")


def answer(status: int, *headers: tuple[str, str], body: bytes = b"") -> HttpResponse:
    return HttpResponse(HttpRequest("https://heron.example/"), status, headers, body, "192.0.2.1")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ([], None),
        ([("retry-after", "30")], 30),
        ([DATE, ("retry-after", "Sun, 29 Nov 2026 12:01:00 GMT")], 60),
        ([("retry-after", "Sun, 29 Nov 2026 12:01:00 GMT")], None),
        ([DATE, ("retry-after", "Sun, 29 Nov 2026 11:00:00 GMT")], 0),
        ([("x-ratelimit-reset", "90")], 90),
        ([("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", "90")], None),
        ([("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "90")], 90),
        ([DATE, ("x-ratelimit-reset", "1795953720")], 120),
        ([DATE, ("x-rate-limit-reset", "1795953720000")], 120),
        ([DATE, ("ratelimit-reset", "2026-11-29T12:05:00+00:00")], 300),
        ([("ratelimit", "limit=100, remaining=0, reset=45")], 45),
        ([("ratelimit", '"default";r=0;t=45')], 45),
        ([("ratelimit", '"default";r=7;t=45')], None),
        ([("retry-after", "10"), ("x-ratelimit-reset", "90")], 10),
        ([("retry-after", "999999999")], 62 * 86_400),
        ([("retry-after", "soon")], None),
    ],
)
def test_the_moment_a_source_tells_is_read(
    headers: list[tuple[str, str]], wait: float | None
) -> None:
    assert told_wait_s(answer(429, *headers)) == wait


@pytest.mark.parametrize(
    ("response", "sort"),
    [
        (answer(401), Unauthorized),
        (answer(403), Unauthorized),
        (answer(403, body=b"you may not see this"), Unauthorized),
        (answer(403, body=b'{"error": "Monthly quota exceeded"}'), QuotaSpent),
        (answer(403, ("x-ratelimit-remaining", "0")), QuotaSpent),
        (answer(402), QuotaSpent),
        (answer(429), RateLimited),
        (answer(429, body=b"You are out of credits"), QuotaSpent),
        (answer(429, body=b"slow down"), RateLimited),
        (answer(503), Busy),
    ],
)
def test_a_spent_quota_is_told_from_a_wrong_key(
    response: HttpResponse, sort: type[MirageError]
) -> None:
    with pytest.raises(sort) as raised:
        judged(response)
    assert type(raised.value) is sort


def test_what_is_not_told_is_known_as_such() -> None:
    with pytest.raises(RateLimited) as raised:
        judged(answer(429))
    assert (raised.value.retry_after_s, raised.value.is_told) == (5.0, False)
    with pytest.raises(RateLimited) as raised:
        judged(answer(429, ("retry-after", "7")))
    assert (raised.value.retry_after_s, raised.value.is_told) == (7.0, True)
