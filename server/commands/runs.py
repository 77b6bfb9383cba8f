"""`mirage run …`: runs of the stack that runs, listed, looked at, held, ended and repeated, through its API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.alias_generators import to_snake

from server.commands import documents
from server.commands.answers import Endpoint, Refusal, endpoint
from server.commands.console import out
from server.commands.listing import columns, moment, print_one, print_rows
from server.settings import StackSettings

ACTS = {
    "pause": documents.PAUSE_RUN,
    "resume": documents.RESUME_RUN,
    "cancel": documents.CANCEL_RUN,
    "retry": documents.RETRY_FAILED,
}


def show_all(settings: StackSettings, first: int, *, as_json: bool) -> int:
    """List the latest runs."""
    nodes = endpoint(settings).ask(documents.RUN_LIST, {"first": first})["runs"]["nodes"]
    print_rows([_row(node) for node in nodes], "runs", as_json=as_json)
    return 0


def show(settings: StackSettings, run: str, *, as_json: bool) -> int:
    """Show one run, and how far it is with each collector."""
    found = _found(endpoint(settings), run)
    told = _row(found) | _spent(found["spent"]) | {"seconds_left": found["secondsLeft"]}
    told |= {
        "scan": found["scan"]["id"],
        "paused": moment(found["pausedAt"]),
        "resumed": moment(found["resumedAt"]),
        "retries": (found["retries"] or {}).get("id"),
    }
    shares = [columns(each) for each in found["progress"]]
    if as_json:
        print_one(told | {"progress": shares}, as_json=True)
        return 0
    print_one(told, as_json=False)
    if shares:
        out.print()
        print_rows(shares, "collectors", as_json=False)
    return 0


def act(settings: StackSettings, what: str, run: str, *, as_json: bool) -> int:
    """Do something of `ACTS` to a run, and show the run it gives. Raises Refusal with what stands against it."""
    payload = endpoint(settings).change(ACTS[what], {"id": run})
    print_one(_row(payload["run"]), as_json=as_json)
    return 0


def run_of(answer: Mapping[str, Any], run: str) -> dict[str, Any]:
    """The run of an answer. Raises Refusal where there is none."""
    return known(answer["run"], run)


def known(told: Mapping[str, Any] | None, run: str) -> dict[str, Any]:
    """What was told of a run. Raises Refusal where nothing was, since there is none."""
    if told is None:
        raise Refusal(f"there is no run {run}; `mirage run list` tells which there are")
    return dict(told)


def _found(where: Endpoint, run: str) -> dict[str, Any]:
    return run_of(where.ask(documents.RUN_SHOWN, {"id": run}), run)


def _row(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run as it is listed."""
    return {
        "id": run["id"],
        "name": run["name"],
        "state": run["state"],
        "asked_for": moment(run["createdAt"]),
        "ended": moment(run["endedAt"]),
        "entities": run["reached"],
        "jobs_open": run["jobsOpen"],
        "jobs_done": run["jobsDone"],
        "jobs_failed": run["jobsFailed"],
        "reason": run["reason"],
    }


def _spent(spent: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    return {
        f"spent_{to_snake(name)}": f"{each['used']} of {each['limit']}"
        for name, each in spent.items()
    }
