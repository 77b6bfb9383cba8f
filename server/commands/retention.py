"""`mirage retention …`: what would go for its age, and legal holds of one's organization."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from graph.errors import InvalidQuestion
from server.commands import documents
from server.commands.answers import endpoint
from server.commands.console import out
from server.commands.listing import column, moment, print_one, print_rows
from server.settings import StackSettings

PLACE = "retention."


def plan(settings: StackSettings, wanted: Sequence[str], *, as_json: bool) -> int:
    """Show what would go now, or once something was set. Raises InvalidQuestion."""
    given = {"settings": dict(map(_setting, wanted))}
    found = endpoint(settings).ask(documents.PLAN_RETENTION, given)["planRetention"]
    if as_json:
        out.print_json(json.dumps(found))
        return 0
    if found["isHeld"]:
        out.print("A legal hold stands: nothing goes until it is lifted.")
    rows = [_row(each, is_held=found["isHeld"]) for each in found["policies"]]
    print_rows(rows, "policies", as_json=False)
    return 0


def _row(policy: Mapping[str, Any], *, is_held: bool) -> dict[str, Any]:
    share = policy["held" if is_held else "goes"]
    return {
        "setting": policy["setting"],
        "days": "for ever" if policy["days"] is None else policy["days"],
        "held" if is_held else "goes": share["count"],
        "bytes": share["bytes"],
        "oldest": moment(share["oldestAt"]),
        "stays_as_needed": policy["needed"],
    }


def _setting(text: str) -> tuple[str, int | None]:
    """`evidence_days=90` as a setting; `never` is for what is kept for ever."""
    name, is_there, days = text.partition("=")
    if not is_there or not (days.isdecimal() or days == "never"):
        raise InvalidQuestion(f"{text[:100]}: evidence_days=90 or evidence_days=never is right")
    return f"{PLACE}{name.removeprefix(PLACE)}", None if days == "never" else int(days)


def list_holds(settings: StackSettings, *, as_json: bool) -> int:
    """List the organization's legal holds, latest first."""
    found = endpoint(settings).ask(documents.LEGAL_HOLDS)["legalHolds"]["nodes"]
    rows = [
        {
            column(name): moment(value) if name.endswith("At") else value
            for name, value in each.items()
        }
        for each in found
    ]
    print_rows(rows, "legal holds", as_json=as_json)
    return 0


def hold(settings: StackSettings, reason: str, *, as_json: bool) -> int:
    """Set a legal hold."""
    made = endpoint(settings).change(documents.SET_LEGAL_HOLD, {"reason": reason})["hold"]
    print_one({"id": made["id"], "set_at": moment(made["setAt"])}, as_json=as_json)
    return 0


def lift(settings: StackSettings, hold_id: str, reason: str, *, as_json: bool) -> int:
    """Lift a legal hold."""
    given = {"id": hold_id, "reason": reason}
    found = endpoint(settings).change(documents.LIFT_LEGAL_HOLD, given)["hold"]
    print_one({"id": found["id"], "lifted_at": moment(found["liftedAt"])}, as_json=as_json)
    return 0
