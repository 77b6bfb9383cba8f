"""Keys by what is known of them: what is left, from when on they can be used, and which go together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors._kit.faults import QuotaSpent, RateLimited, Unauthorized
from collectors._kit.manifest import Quota
from graph.queries.vault import SecretRow
from server.vault.keystate import (
    FIRST_REST,
    LONGEST_REST,
    KeyState,
    after_answer,
    after_trouble,
    after_use,
    back_at,
    key_sets,
    keyless,
    left,
    resets_at,
    state,
    usable,
)
from tests.support import metered

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MIDNIGHT, NEXT_MONTH = datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
MANIFEST = metered.registry().get(metered.COLLECTOR).manifest
BOTH = Quota(per_day=5, per_month=100)


def key(**changes: Any) -> SecretRow:
    usual: dict[str, Any] = {
        "id": "one", "source": metered.SOURCE, "name": metered.SECRET, "key_version": "1", "version": 1,
        "created_at": NOW, "created_by": "me", "set_at": NOW, "last_used_at": None, "expires_at": None,
        "label": "default", "is_enabled": True, "refused_at": None, "rests_until": None, "rests": 0,
        "trouble": None, "day": "2026-11-29", "used_day": 0, "month": "2026-11", "used_month": 0,
    }  # fmt: skip
    return SecretRow(**{**usual, **changes})


@pytest.mark.parametrize(
    ("changes", "quota", "rest", "whole_at"),
    [
        ({}, Quota(), None, None),
        ({}, BOTH, 5, MIDNIGHT),
        ({"used_day": 4, "used_month": 4}, BOTH, 1, MIDNIGHT),
        ({"used_day": 1, "used_month": 99}, BOTH, 1, NEXT_MONTH),
        ({"used_day": 9, "used_month": 9}, BOTH, 0, MIDNIGHT),
        ({"used_day": 5, "day": "2026-11-28", "used_month": 5}, BOTH, 5, MIDNIGHT),
        ({"used_month": 100, "month": "2026-10"}, BOTH, 5, MIDNIGHT),
        ({"used_month": 30}, Quota(per_month=50), 20, NEXT_MONTH),
    ],
)
def test_what_is_left_and_when_it_is_whole_again(
    changes: dict[str, Any], quota: Quota, rest: int | None, whole_at: datetime | None
) -> None:
    assert left(key(**changes), quota, NOW) == rest
    assert resets_at(key(**changes), quota, NOW) == whole_at


LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "expected", "back"),
    [
        ({}, KeyState.READY, NOW),
        ({"rests_until": LATER}, KeyState.RESTING, LATER),
        ({"rests_until": NOW}, KeyState.READY, NOW),
        ({"refused_at": NOW, "rests_until": LATER}, KeyState.REFUSED, None),
        ({"used_day": 5}, KeyState.SPENT, MIDNIGHT),
        ({"used_day": 1, "used_month": 100}, KeyState.SPENT, NEXT_MONTH),
        ({"is_enabled": False, "refused_at": NOW}, KeyState.DISABLED, None),
        ({"expires_at": NOW}, KeyState.EXPIRED, None),
    ],
)
def test_the_state_of_a_key_and_when_it_can_be_used(
    changes: dict[str, Any], expected: KeyState, back: datetime | None
) -> None:
    assert state(key(**changes), BOTH, NOW) is expected
    assert back_at(key(**changes), BOTH, NOW) == back


def test_a_rest_that_nobody_named_doubles_and_what_was_told_counts() -> None:
    row, spans = key(), []
    for _ in range(8):
        after = after_trouble(row, RateLimited("x", 5.0, is_told=False), 1, NOW)
        spans.append(after["rests_until"] - NOW)
        row = key(rests=after["rests"])
    assert spans[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST]
    assert spans[-1] == LONGEST_REST
    told = after_trouble(key(rests=3), QuotaSpent("x", 90_000), 1, NOW)
    assert (told["rests_until"] - NOW, told["rests"]) == (timedelta(seconds=90_000), 0)


def test_those_who_meet_the_same_trouble_at_once_count_it_once() -> None:
    met = key(rests=1, rests_until=NOW + FIRST_REST)
    after = after_trouble(met, RateLimited("x", 5.0, is_told=False), 1, NOW)
    assert (after["rests"], after["rests_until"]) == (1, NOW + FIRST_REST)


def test_units_are_counted_and_given_back() -> None:
    used = after_use(key(used_day=1, used_month=7), 2, NOW)
    assert (used["used_day"], used["used_month"], used["last_used_at"]) == (3, 9, NOW)
    back = after_trouble(key(used_day=3, used_month=9), Unauthorized("no"), 2, NOW)
    assert (back["used_day"], back["used_month"], back["refused_at"]) == (1, 7, NOW)
    new_day = after_use(key(day="2026-11-28", used_day=5, month="2026-10", used_month=80), 1, NOW)
    assert (new_day["day"], new_day["used_day"], new_day["used_month"]) == ("2026-11-29", 1, 1)


def test_an_answer_is_news_after_a_rest_or_a_trial() -> None:
    assert after_answer(key(), is_trial=False) is None
    assert after_answer(key(refused_at=NOW), is_trial=False) is None
    well = after_answer(key(rests=2, rests_until=NOW), is_trial=False)
    assert well is not None
    assert well["rests"] == 0
    back = after_answer(key(refused_at=NOW, trouble="no"), is_trial=True)
    assert back is not None
    assert (back["refused_at"], back["trouble"]) == (None, None)


def test_keys_of_the_same_label_go_together() -> None:
    rows = [
        key(id="a", name="user", label="x"), key(id="b", name="user", label="y"),
        key(id="c", name="pass", label="x"), key(id="d", name="pass", label="z"),
        key(id="e", name="app", label="default"),
    ]  # fmt: skip
    (only,) = key_sets(rows, ("user", "pass", "app"), NOW)
    assert {name: row.id for name, row in only.rows.items()} == {
        "user": "a",
        "pass": "c",
        "app": "e",
    }
    assert [row.id for row in only.lead] == ["a", "c"], "what all share tells nothing of one"


def test_why_no_key_can_be_used_is_told_with_the_moment() -> None:
    refused, rests = key(id="a", refused_at=NOW), key(id="b", label="b", rests_until=LATER)
    assert keyless([refused, key(id="c", label="c")], MANIFEST, NOW) is None
    none = keyless([refused, rests], MANIFEST, NOW)
    assert none is not None
    assert none.until == LATER
    assert none.reason == (
        "no key of egret can be used: 1 refused by the source until it is changed, 1 resting since the source wants "
        "that; one can be used from 2026-11-29 13:00:00 UTC on"
    )
    assert keyless([], MANIFEST, NOW) is None, "that is a missing secret"


def test_what_is_refused_is_set_all_the_same_and_what_is_disabled_is_not() -> None:
    pair = {(metered.SOURCE, metered.SECRET)}
    assert usable([key(refused_at=NOW)], NOW) == pair
    assert usable([key(is_enabled=False)], NOW) == frozenset()
    assert usable([key(is_enabled=False), key(id="two", label="two")], NOW) == pair
