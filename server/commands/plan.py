"""`mirage scan --plan`: what a scan would begin with, before anybody is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.commands import documents
from server.commands.answers import endpoint
from server.commands.console import out
from server.commands.listing import print_rows
from server.settings import StackSettings


def show_plan(settings: StackSettings, wanted: Mapping[str, Any], *, as_json: bool) -> int:
    """Show the plan of a scan; 1 where nothing would be asked."""
    plan = endpoint(settings).ask(documents.PLAN_SCAN, {"input": wanted})["planScan"]
    if as_json:
        out.print_json(json.dumps(plan))
    else:
        _print(plan)
    return 0 if plan["collectors"] else 1


def _print(plan: Mapping[str, Any]) -> None:
    asked = [
        {
            "collector": each["collector"],
            "class": each["activity"],
            "asked about": _short(each["seeds"]),
            "answered lately": _short(each["reused"]),
            "contacts": _short(each["hosts"]),
            "secrets": _short(each["secrets"]),
            "requests, at most": each["mostRequests"],
            "key": each["key"] or "–",
            "key units": each["keyUnits"],
            "processes": each["workers"] or "none: its jobs wait",
        }
        for each in plan["collectors"]
    ]
    print_rows(asked, "collectors are asked", as_json=False)
    units = f", {plan['keyUnits']} units of keys" if plan["keyUnits"] else ""
    out.print(f"\n{plan['mostRequests']} requests at most about the seeds{units}", highlight=False)
    if plan["later"]:
        out.print(f"\nlater, of what is found: {', '.join(plan['later'])}", highlight=False)
    if plan["leftOut"]:
        out.print("\nleft out:")
        rows = [
            {name: each[name] for name in ("collector", "seed", "reason")}
            for each in plan["leftOut"]
        ]
        print_rows(rows, "left out", as_json=False)


def _short(values: list[str]) -> str:
    shown = ", ".join(values[:3])
    return f"{shown} and {len(values) - 3} more" if len(values) > 3 else shown or "–"
