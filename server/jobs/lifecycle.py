"""The states of a run and what leads from one to another: the one table that everything which moves a run goes by.

Pure. Statements under `cypher/job/` are given the states of this table and look again under the run's lock, so that of
two acts at the same moment one comes first, and the other is told so.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from graph.errors import Conflict


class RunState(enum.StrEnum):
    """Where a run stands; the last three are final."""

    ACCEPTED = "ACCEPTED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


class Act(enum.StrEnum):
    """What may be done to a run: the first three by conductors, the others by people."""

    START = "start"
    FINISH = "finish"
    FAIL = "fail"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    CHANGE_BUDGET = "change the budget of"
    RETRY = "repeat what failed in"


S = RunState
MOVING = frozenset({S.ACCEPTED, S.RUNNING})  # a conductor moves these on
OPEN = MOVING | {S.PAUSED}
FINAL = frozenset(S) - OPEN

# By act: from which state to which. What leads to the state it comes from changes nothing and is no fault: who says a
# thing twice has it. What is not here is refused.
TRANSITIONS: Mapping[Act, Mapping[RunState, RunState]] = {
    Act.START: {S.ACCEPTED: S.RUNNING, S.RUNNING: S.RUNNING},
    Act.FINISH: {S.RUNNING: S.FINISHED},
    Act.FAIL: {S.RUNNING: S.FAILED},
    Act.PAUSE: {S.ACCEPTED: S.PAUSED, S.RUNNING: S.PAUSED, S.PAUSED: S.PAUSED},
    Act.RESUME: {S.ACCEPTED: S.ACCEPTED, S.RUNNING: S.RUNNING, S.PAUSED: S.RUNNING},
    Act.CANCEL: {each: S.CANCELLED if each in OPEN else each for each in S},
    Act.CHANGE_BUDGET: {each: each for each in OPEN},
    Act.RETRY: {each: each for each in FINAL},
}

_ENDINGS = {S.FINISHED: "it finished", S.CANCELLED: "it was cancelled", S.FAILED: "it failed"}


@dataclass(frozen=True)
class Standing:
    """A run as a refusal tells of it: its state, and when and by whom it ended, where somebody ended it."""

    state: RunState
    ended_at: datetime | None = None
    ended_by: str | None = None


def moving_from(act: Act) -> list[str]:
    """The states that `act` changes, for the statement that does it."""
    return sorted(before for before, after in TRANSITIONS[act].items() if after is not before)


def target_of(act: Act) -> RunState:
    """The state to which `act` changes those of `moving_from`. Raises StopIteration for what changes none."""
    return next(after for before, after in TRANSITIONS[act].items() if after is not before)


def after(act: Act, standing: Standing) -> RunState:
    """The state that follows. Raises Conflict, saying why not and what would be right."""
    found = TRANSITIONS[act].get(standing.state)
    if found is None:
        raise Conflict(_refusal(act, standing))
    return found


def _refusal(act: Act, standing: Standing) -> str:
    if standing.state in FINAL:
        by = f" by {standing.ended_by}" if standing.ended_by else ""
        at = f" at {standing.ended_at:%Y-%m-%d %H:%M:%S} UTC" if standing.ended_at else ""
        right = "`runAgain` starts another"
        if act is Act.CHANGE_BUDGET:
            right = "`runAgain` starts another, with a larger budget"
        return f"the run has ended: {_ENDINGS[standing.state]}{by}{at}; {right}"
    if act is Act.RETRY:
        return (
            f"the run has not ended, it is {standing.state}: what failed can be repeated once it has; "
            "`cancelRun` ends it now"
        )
    if standing.state is S.PAUSED:
        return f"the run is PAUSED: nothing can {act} it before `resumeRun`"
    return f"the run is {standing.state}: nothing can {act} it before it is RUNNING"
