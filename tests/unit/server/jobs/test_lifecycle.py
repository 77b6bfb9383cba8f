"""The table of a run's states: each state and each act, and what is said where one does not go with the other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graph.errors import Conflict
from server.jobs import lifecycle
from server.jobs.lifecycle import FINAL, MOVING, OPEN, Act, RunState, Standing

# One row an act, one column a state, in the order of RunState; "-" is refused.
TABLE = {
    #                     ACCEPTED   RUNNING    PAUSED     FINISHED   CANCELLED  FAILED
    Act.START:         "  RUNNING    RUNNING    -          -          -          -",
    Act.FINISH:        "  -          FINISHED   -          -          -          -",
    Act.FAIL:          "  -          FAILED     -          -          -          -",
    Act.PAUSE:         "  PAUSED     PAUSED     PAUSED     -          -          -",
    Act.RESUME:        "  ACCEPTED   RUNNING    RUNNING    -          -          -",
    Act.CANCEL:        "  CANCELLED  CANCELLED  CANCELLED  FINISHED   CANCELLED  FAILED",
    Act.CHANGE_BUDGET: "  ACCEPTED   RUNNING    PAUSED     -          -          -",
    Act.RETRY:         "  -          -          -          FINISHED   CANCELLED  FAILED",
}  # fmt: skip
ALL = [(act, state) for act in Act for state in RunState]


def wanted(act: Act, state: RunState) -> str:
    return TABLE[act].split()[list(RunState).index(state)]


@pytest.mark.parametrize(("act", "state"), ALL)
def test_each_act_in_each_state(act: Act, state: RunState) -> None:
    standing = Standing(state, datetime(2026, 3, 1, 12, 30, tzinfo=UTC), "ann@heron.example")
    if wanted(act, state) == "-":
        with pytest.raises(Conflict) as refused:
            lifecycle.after(act, standing)
        assert state.value in str(refused.value) or state in FINAL
        assert len(str(refused.value)) > 40
    else:
        assert lifecycle.after(act, standing) == wanted(act, state)


@pytest.mark.parametrize("act", [Act.PAUSE, Act.RESUME, Act.CANCEL])
def test_a_statement_is_given_what_the_table_changes(act: Act) -> None:
    changed = {s for s in RunState if wanted(act, s) not in ("-", s.value)}
    assert set(lifecycle.moving_from(act)) == changed
    assert {wanted(act, state) for state in changed} == {lifecycle.target_of(act)}


def test_the_states_are_parted() -> None:
    assert {RunState.FINISHED, RunState.CANCELLED, RunState.FAILED} == FINAL
    assert set(RunState) == OPEN | FINAL
    assert {RunState.PAUSED} == OPEN - MOVING
    assert len(RunState) == len(OPEN) + len(FINAL)


def test_nothing_leads_out_of_a_final_state() -> None:
    for act, state in ALL:
        if state in FINAL:
            assert wanted(act, state) in ("-", state.value)


def test_a_refusal_says_how_it_ended_and_what_would_be_right() -> None:
    at = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    cases = {
        (Act.PAUSE, Standing(RunState.CANCELLED, at, "ann@heron.example")):
            "the run has ended: it was cancelled by ann@heron.example at 2026-03-01 12:30:00 UTC; "
            "`runAgain` starts another",
        (Act.CHANGE_BUDGET, Standing(RunState.FINISHED, at)):
            "the run has ended: it finished at 2026-03-01 12:30:00 UTC; "
            "`runAgain` starts another, with a larger budget",
        (Act.RESUME, Standing(RunState.FAILED)): "the run has ended: it failed; `runAgain` starts another",
        (Act.RETRY, Standing(RunState.RUNNING)):
            "the run has not ended, it is RUNNING: what failed can be repeated once it has; `cancelRun` ends it now",
        (Act.FINISH, Standing(RunState.PAUSED)):
            "the run is PAUSED: nothing can finish it before `resumeRun`",
        (Act.FAIL, Standing(RunState.ACCEPTED)):
            "the run is ACCEPTED: nothing can fail it before it is RUNNING",
    }  # fmt: skip
    for (act, standing), text in cases.items():
        with pytest.raises(Conflict) as refused:
            lifecycle.after(act, standing)
        assert str(refused.value) == text
