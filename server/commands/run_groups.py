"""`mirage run groups`: what of a run belongs together, and what holds it together, through the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.commands import documents
from server.commands.answers import endpoint
from server.commands.console import out
from server.commands.listing import print_one, print_rows
from server.commands.runs import known
from server.settings import StackSettings

LINES = 3


def show(settings: StackSettings, run: str, first: int, resolution: float, *, as_json: bool) -> int:
    """Show the largest groups, at most `first` of them. Raises Refusal where there is no such run."""
    asked = {"id": run, "first": first, "resolution": resolution}
    found = known(endpoint(settings).ask(documents.RUN_GROUPS, asked)["communities"], run)
    rows = [_row(each) for each in found.pop("nodes")]
    if as_json:
        print_one(found | {"groups": rows}, as_json=True)
        return 0
    out.print(
        f"entities: {found['entities']}, groups: {found['count']}, "
        f"connected components: {found['parts']}\n"
    )
    print_rows([row | {"kinds": _few(row["kinds"])} for row in rows], "groups", as_json=False)
    return 0


def _row(group: Mapping[str, Any]) -> dict[str, Any]:
    """A group; `held_by` are those that most ways within it go through."""
    return {
        "size": group["size"],
        "cohesion": round(group["cohesion"], 2),
        "kinds": [f"{each['kind']} {each['count']}" for each in group["kinds"]],
        "held_by": [each["entity"]["caption"] for each in group["members"]],
        "leads_to": [
            f"{each['from']['caption']} {each['type']} {each['to']['caption']}"
            for each in group["leaving"]
        ],
    }


def _few(kinds: Sequence[str]) -> list[str]:
    """As many lines as the other columns have."""
    if len(kinds) <= LINES:
        return list(kinds)
    return [*kinds[: LINES - 1], f"and {len(kinds) - LINES + 1} other kinds"]
