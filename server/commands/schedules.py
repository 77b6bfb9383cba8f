"""`mirage schedule …`: when scans are started by the clock, and what came of that, through the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.errors import InvalidQuestion
from server.commands import documents
from server.commands.answers import Endpoint, Refusal, endpoint
from server.commands.console import out
from server.commands.listing import moment, print_one, print_rows
from server.settings import StackSettings

# What is set of a schedule: as the API names it, and as it is shown.
SET = {
    "isEnabled": "enabled",
    "cron": "cron",
    "timezone": "timezone",
    "jitterSeconds": "jitter_seconds",
    "missedRunPolicy": "missed",
    "missedRunGraceMinutes": "grace_minutes",
    "overlapPolicy": "overlap",
}


def show_all(settings: StackSettings, *, as_json: bool) -> int:
    """List which scans are started by the clock."""
    rows = [
        {
            "scan": each["scan"]["id"],
            "name": each["scan"]["name"],
            "enabled": each["isEnabled"],
            "cron": each["cron"],
            "timezone": each["timezone"],
            "next": moment(each["nextRuns"][0]["beginsAt"]) if each["nextRuns"] else None,
            "last_started": moment(each["lastFiredAt"]),
            "last_outcome": each["lastOutcome"],
        }
        for each in endpoint(settings).nodes(documents.SCHEDULE_LIST, {})
    ]
    print_rows(rows, "schedules", as_json=as_json)
    return 0


def show(settings: StackSettings, scan: str, coming: int, *, as_json: bool) -> int:
    """Show a scan's schedule with its next `coming` runs. Raises Refusal where it has none."""
    found = _scan(endpoint(settings), scan, coming)
    if found["schedule"] is None:
        raise Refusal(
            f"the scan {scan} has no schedule; `mirage schedule set {scan} --cron …` gives it one"
        )
    _print(found, found["schedule"], as_json=as_json)
    return 0


def change(
    settings: StackSettings, scan: str, given: Mapping[str, Any], coming: int, *, as_json: bool
) -> int:
    """Set what is given of a ScheduleInput; the rest stays as it is, or is as usual where the scan has no schedule.

    Raises InvalidQuestion where nothing is given, or no expression for a new schedule; Refusal.
    """
    where = endpoint(settings)
    found = _scan(where, scan, coming)
    now = found["schedule"]
    if not given:
        raise InvalidQuestion("nothing to set; give --cron, --timezone, --off or another option")
    if now is None and "cron" not in given:
        raise InvalidQuestion(
            f"the scan {scan} has no schedule yet; give one --cron, such as --cron '30 3 * * *'"
        )
    kept = {name: now[name] for name in SET} if now else {}
    variables = {"scan": scan, "input": {**kept, **given}, "next": coming}
    made = where.change(documents.SET_SCHEDULE, variables)["schedule"]
    _print(made["scan"], made, as_json=as_json)
    return 0


def remove(settings: StackSettings, scan: str, *, as_json: bool) -> int:
    """Take a scan's schedule away; exit code 1 if it had none."""
    was_set = endpoint(settings).change(documents.REMOVE_SCHEDULE, {"scan": scan})["wasSet"]
    if as_json:
        print_one({"scan": scan, "was_set": was_set}, as_json=True)
    else:
        told = "is not started by the clock any more" if was_set else "had no schedule"
        out.print(f"the scan {scan} {told}")
    return 0 if was_set else 1


def _scan(where: Endpoint, scan: str, coming: int) -> dict[str, Any]:
    found = where.ask(documents.SCHEDULE_SHOWN, {"scan": scan, "next": coming})["scan"]
    if found is None:
        raise Refusal(
            f"there is no scan {scan}; `mirage run show RUN` tells which scan a run carries out"
        )
    return dict(found)


def _print(scan: Mapping[str, Any], schedule: Mapping[str, Any], *, as_json: bool) -> None:
    told = {"scan": scan["id"], "name": scan["name"]}
    told |= {shown: schedule[name] for name, shown in SET.items()}
    told |= {
        "set_by": schedule["setBy"],
        "set_at": moment(schedule["setAt"]),
        "waiting_moment": moment(schedule["queuedFor"]),
        "last_started": moment(schedule["lastFiredAt"]),
        "last_outcome": schedule["lastOutcome"],
    }
    coming = [
        {"planned_for": moment(each["plannedFor"]), "begins_at": moment(each["beginsAt"])}
        for each in schedule["nextRuns"]
    ]
    outcomes = [
        {
            "planned_for": moment(each["plannedFor"]),
            "found_at": moment(each["at"]),
            "outcome": each["outcome"],
            "run": (each["run"] or {}).get("id"),
            "reason": each["reason"],
        }
        for each in schedule["outcomes"]
    ]
    if as_json:
        print_one({**told, "next_runs": coming, "outcomes": outcomes}, as_json=True)
        return
    print_one(told, as_json=False)
    for rows, name in ((coming, "next runs"), (outcomes, "outcomes")):
        if rows:
            out.print(f"\n{name}")
            print_rows(rows, name, as_json=False)
