"""`mirage scan`, and following a run to its end, which the demo does, too."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from server.commands import documents
from server.commands.answers import Endpoint, Refusal, endpoint
from server.commands.console import StepBars, err, out
from server.commands.summary import print_summary, summarize, wait_judged
from server.embedded.state import Step
from server.jobs.lifecycle import FINAL, RunState
from server.settings import StackSettings

LOOK_EVERY_S = 0.5


def scan(settings: StackSettings, wanted: Mapping[str, Any], *, as_json: bool) -> int:
    """Start a scan, follow it, show what the graph then holds; Ctrl-C ends the run, too."""
    where = endpoint(settings)
    run = start_scan(where, wanted)
    try:
        ended, steps = follow(where, run)
    except KeyboardInterrupt:
        where.ask(documents.CANCEL_RUN, {"id": run})
        err.print(f"run {run} is cancelled; what it found stays")
        raise
    summary = summarize(where)
    if as_json:
        told = {"run": run, "state": ended["state"], **summary.as_json(), "seconds": steps}
        out.print_json(json.dumps(told))
    else:
        print_run(ended)
        print_summary(summary)
    return 0 if ended["state"] == RunState.FINISHED else 1


def start_scan(where: Endpoint, wanted: Mapping[str, Any]) -> str:
    """Start a run; its id. `Refusal` names what to mend."""
    payload = where.ask(documents.START_SCAN, {"input": wanted})["startScan"]
    if payload["errors"]:
        raise Refusal("; ".join(_told(error) for error in payload["errors"]))
    return str(payload["run"]["id"])


def _told(error: Mapping[str, Any]) -> str:
    return f"{error['field']}: {error['message']}" if error.get("field") else str(error["message"])


def follow(where: Endpoint, run: str) -> tuple[dict[str, Any], dict[str, float]]:
    """Show a run's progress until it and the rules are done; the run, and seconds by step."""
    scanning = Step(name="scan", unit="jobs")
    correlating = Step(name="correlate", unit="writes")
    with StepBars() as bars:
        begun, was_paused = time.monotonic(), False
        while (state := _run(where, run))["state"] not in FINAL:
            was_paused = _tell_pause(state, was_paused=was_paused)
            scanning.total = state["jobsDone"] + state["jobsFailed"] + state["jobsOpen"]
            scanning.done = state["jobsDone"] + state["jobsFailed"]
            bars.show([scanning])
            time.sleep(LOOK_EVERY_S)
        scanning.done = scanning.total = state["jobsDone"] + state["jobsFailed"]
        scanning.seconds = round(time.monotonic() - begun, 2)
        bars.show([scanning, correlating])
        begun = time.monotonic()
        wait_judged(where, lambda left: _tell_left(correlating, left, bars))
        correlating.seconds = round(time.monotonic() - begun, 2)
        bars.show([scanning, correlating])
    return state, {"scan": scanning.seconds, "correlate": correlating.seconds}


def _tell_pause(run: Mapping[str, Any], *, was_paused: bool) -> bool:
    """Say it once where a run was paused or goes on, for its bar would just stand still; whether it is paused."""
    is_paused = RunState(run["state"]) is RunState.PAUSED
    if is_paused and not was_paused:
        err.print(f"run {run['id']} is paused; `mirage run resume {run['id']}` lets it go on")
    elif was_paused and not is_paused:
        err.print(f"run {run['id']} goes on")
    return is_paused


def _tell_left(step: Step, left: int, bars: StepBars) -> None:
    step.total = max(step.total, left)
    step.done = step.total - left
    bars.show([step])


def _run(where: Endpoint, run: str) -> dict[str, Any]:
    found = where.ask(documents.RUN, {"id": run})["run"]
    if found is None:
        raise Refusal(f"there is no run {run}")
    return dict(found)


def print_run(run: Mapping[str, Any]) -> None:
    """How a run went."""
    reason = f" ({run['reason']})" if run["reason"] else ""
    out.print(
        f"{run['state'].lower()}{reason}: {run['reached']} entities in scope, "
        f"{run['requests']} lookups, {run['jobsFailed']} of {run['jobsDone']} jobs failed"
    )
    if reused := sum(each["reused"] for each in run["progress"]):
        out.print(f"{reused} answers were given lately and used again; --max-age 0 asks anew")
