"""What the fault matrix says of what it saw: pure comparing, and the journal on disk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.faults.client import Reply
from bench.faults.command import Result, table
from bench.faults.compare import Difference, balance, difference, digest
from bench.faults.journal import acknowledged, journal, read
from bench.faults.load import final, slow
from bench.faults.matrix import TITLES
from bench.faults.registry import missing, rows
from bench.faults.row import Goal, Outcome

A, B = ("entity", "a"), ("entity", "b")


def test_equal_graphs_differ_in_nothing() -> None:
    assert difference(Counter([A, B]), Counter([B, A])) == Difference()


def test_what_is_missing_is_lost_and_what_is_there_too_often_is_doubled() -> None:
    found = difference(Counter([A, A, B]), Counter([A, B, B, ("claim", "c")]))
    assert found == Difference(("entity a",), ("claim c", "entity b"))


def test_acts_are_lost_when_acknowledged_and_absent_and_doubled_when_twice_there() -> None:
    assert balance(["a", "b", "a"], ["b", "c", "c"]) == Difference(("a",), ("c",))


def test_a_digest_follows_from_the_facts_and_how_often_they_are_there() -> None:
    assert digest(Counter([A, B])) == digest(Counter([B, A]))
    assert digest(Counter([A, B])) != digest(Counter([A, A, B]))


def test_what_was_noted_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    with journal(file) as kept:
        kept.note("note", "1", "here")
        assert [each.id for each in read(file)] == ["1"], "it is on disk before anything goes on"
    with journal(file) as kept:
        kept.note("note", "2", "there")
        kept.note("startScan", "3")
    entries = read(file)
    assert [(each.act, each.id, each.answer) for each in entries] == [
        ("note", "1", "here"),
        ("note", "2", "there"),
        ("startScan", "3", ""),
    ]
    assert acknowledged(entries, "note") == ["1", "2"]
    assert acknowledged(entries, "note", "there") == ["2"]


def test_a_line_that_was_cut_off_was_not_acknowledged(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    with journal(file) as kept:
        kept.note("note", "1")
        kept.note("note", "2")
    file.write_bytes(file.read_bytes()[:-5])
    assert [each.id for each in read(file)] == ["1"]


@pytest.mark.parametrize(
    ("outcome", "goal", "is_kept"),
    [
        (Outcome(), Goal(""), True),
        (Outcome(lost=("a",)), Goal(""), False),
        (Outcome(doubled=("a",)), Goal(""), False),
        (Outcome(broken=("late",)), Goal(""), False),
        (Outcome(recovery_s=5.0), Goal("", 5), True),
        (Outcome(recovery_s=5.1), Goal("", 5), False),
        (Outcome(), Goal("", 5), False),
        (Outcome(recovery_s=99.0), Goal(""), True),
    ],
)
def test_a_goal_is_kept_where_nothing_is_wrong_and_recovery_was_quick_enough(
    outcome: Outcome, goal: Goal, is_kept: bool
) -> None:
    assert outcome.keeps(goal) is is_kept


def test_rows_are_found_by_their_classes_and_the_others_are_missing() -> None:
    found, absent = rows(), missing()
    assert sorted([*found, *absent]) == sorted(TITLES) == list(range(1, 27))
    assert {1, 2, 15} <= set(found)
    assert all(number == row.number and row.goal.text for number, row in found.items())


def test_a_row_that_was_missed_once_is_missed() -> None:
    row = rows()[1]
    good = Outcome(recovery_s=2.0)
    result = Result(row, [good, Outcome(lost=("x", "y"), recovery_s=4.0)])
    assert Result(row, [good]).is_met
    assert not Result(row).is_met, "what was never injected has not been kept"
    assert not result.is_met
    assert result.cells()[2:7] == ("2", "2", "0", "3.0", "4.0")
    assert table([result]).splitlines()[1].endswith("MISSED")


@pytest.mark.parametrize(
    ("body", "is_retryable", "is_final"),
    [
        ({"data": {"a": 1}}, False, False),
        ({"errors": [{"extensions": {"code": "CONFLICT", "retryable": True}}]}, True, False),
        ({"errors": [{"extensions": {"code": "INTERNAL"}}]}, False, True),
        ({"code": "STORE_UNAVAILABLE", "retryable": True}, True, False),
    ],
)
def test_an_answer_says_itself_whether_to_ask_again(
    body: dict[str, object], is_retryable: bool, is_final: bool
) -> None:
    reply = Reply(200, body, 0.1)
    assert reply.is_retryable is is_retryable
    assert bool(final([reply])) is is_final


def test_no_answer_at_all_may_be_asked_for_again() -> None:
    assert Reply(0, {}, 0.1, fault="ConnectError").is_retryable


def test_of_slow_answers_the_slowest_is_told() -> None:
    assert slow([Reply(200, {}, 1.0)]) == ()
    (told,) = slow(
        [Reply(200, {}, 2.5), Reply(503, {"code": "STORE_UNAVAILABLE"}, 7.25), Reply(200, {}, 1)]
    )
    assert told == "2 requests took over 2 s, the slowest 7.2 s (503 STORE_UNAVAILABLE)"
