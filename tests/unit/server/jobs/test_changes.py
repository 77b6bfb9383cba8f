"""What differs between two runs: each way in which a fact may be told and asked about."""

from __future__ import annotations

import pytest

from server.jobs.changes import Changes, between, claims_of

F = frozenset({"f"})
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("earlier", "later", "wanted"),
    [
        ({"a": F}, {"a": F}, Changes()),
        ({"a": F}, {"a": NONE}, Changes(gone=F)),
        ({"a": F}, {}, Changes(not_rechecked=F)),
        ({"a": F}, {"b": NONE}, Changes(not_rechecked=F)),
        ({"a": F, "b": F}, {"a": NONE}, Changes(not_rechecked=F)),
        ({"a": F, "b": F}, {"a": NONE, "b": NONE}, Changes(gone=F)),
        ({"a": F, "b": F}, {"a": NONE, "b": F}, Changes()),
        ({"a": F}, {"a": NONE, "b": F}, Changes()),
        ({"a": NONE}, {"a": F}, Changes(appeared=F)),
        ({}, {"a": F}, Changes(appeared=F)),
        ({}, {}, Changes()),
    ],
)
def test_between(
    earlier: dict[str, frozenset[str]], later: dict[str, frozenset[str]], wanted: Changes
) -> None:
    assert between(earlier, later) == wanted


def test_of_several_answers_to_one_claim_all_facts_count() -> None:
    assert claims_of([("a", ["f"]), ("a", ["g"]), ("b", [])]) == {
        "a": frozenset({"f", "g"}),
        "b": frozenset(),
    }
