"""`mirage demo`: the whole product on a fictional company, on this machine and nowhere else."""

from __future__ import annotations

import json
import time
from typing import Any

from server.commands import documents
from server.commands.answers import Endpoint, endpoint_of
from server.commands.console import err, out, print_addresses
from server.commands.scan import follow, print_run, start_scan
from server.commands.summary import Summary, print_summary, summarize
from server.commands.up import bring_up, neo4j_password_file, stopping_at_end, watch
from server.embedded.instance import Instance
from server.embedded.stack import Shape
from server.embedded.state import StackState
from server.jobs.lifecycle import FINAL, RunState
from server.settings import StackSettings

INSTANCE = "demo"


def demo(settings: StackSettings, *, exits: bool, as_json: bool) -> int:
    """Start the stack and the lab, scan the lab's company, show what was found."""
    instance = Instance.of_user(settings.instance or INSTANCE, settings.home)
    was_running = instance.is_locked()
    with stopping_at_end(instance, is_wanted=exits or not was_running):
        begun = time.monotonic()
        state = bring_up(instance, Shape(with_lab=True), is_bound=True)
        seconds = _seconds(state) if not was_running else {}
        seconds["up"] = round(time.monotonic() - begun, 2)
        summary, steps = _scanned(endpoint_of(instance), _lab(instance))
        seconds |= steps
        _show(instance, state, summary)
        if as_json:
            out.print(json.dumps(summary.as_json() | {"seconds": seconds}), markup=False)
        if exits or was_running:
            return 0
        err.print("Ctrl-C stops everything; data is kept.")
        return watch(instance)


def _lab(instance: Instance) -> dict[str, Any]:
    return dict(json.loads(instance.lab_state.read_text(encoding="utf-8")))


def _seconds(state: StackState) -> dict[str, float]:
    return {step.name: step.seconds for step in state.steps if step.seconds is not None}


def _scanned(where: Endpoint, lab: dict[str, Any]) -> tuple[Summary, dict[str, float]]:
    """Scan the lab's company, or go on with what was begun or done today."""
    known = _run_of_today(where, lab)
    if known and known["state"] == RunState.FINISHED:
        err.print("the company was scanned today already; this is what was found")
        return summarize(where), {}
    run = known["id"] if known else start_scan(where, scan_input(lab))
    ended, seconds = follow(where, run)
    print_run(ended)
    return summarize(where), seconds


def _run_of_today(where: Endpoint, lab: dict[str, Any]) -> dict[str, Any] | None:
    """The latest run of these seeds of today (the lab's dates count from it) that is of use."""
    runs = where.ask(documents.RUNS)["runs"]["nodes"]
    useful = (
        run
        for run in runs
        if run["seeds"] == lab["seeds"]
        and run["createdAt"].startswith(lab["today"])
        and (run["state"] == RunState.FINISHED or run["state"] not in FINAL)
    )
    return next(useful, None)


def scan_input(lab: dict[str, Any]) -> dict[str, Any]:
    """What to ask of a scan so that it sees all that the lab shows."""
    return {
        "seeds": lab["seeds"],
        "name": lab["company"],
        "presets": ["DEEP"],
        "authorization": "the lab is a fiction on this machine",
        # The lab's strangers are the lab's own, so that what only a look at them shows can be shown.
        "contactDistance": 1,
        "options": {
            "geo.mmdb": {"files": [lab["files"]["geo_mmdb"]]},
            "rep.feeds": {"feeds": lab["feeds"]},
        },
    }


def _show(instance: Instance, state: StackState, summary: Summary) -> None:
    print_summary(summary)
    out.print()
    print_addresses(state, str(instance.owner_key_file), neo4j_password_file(instance))
