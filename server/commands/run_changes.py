"""`mirage run changes`: what a run tells otherwise than the previous run of its scan, through the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.commands import documents
from server.commands.answers import endpoint
from server.commands.console import out
from server.commands.listing import column, print_one, print_rows
from server.commands.runs import run_of
from server.settings import StackSettings

Parts = Mapping[str, Mapping[str, Any]]


def show(settings: StackSettings, run: str, first: int, *, as_json: bool) -> int:
    """Show what appeared, what is gone and what was not rechecked, at most `first` things of each."""
    found = run_of(endpoint(settings).ask(documents.RUN_CHANGES, {"id": run, "first": first}), run)
    parts = {column(way): part for way, part in (found["changes"] or {}).items()}
    previous = found["previous"]
    if as_json:
        told = {way: _listed(part) for way, part in parts.items()}
        print_one(
            {"id": run, "previous": previous["id"] if previous else None, "changes": told or None},
            as_json=True,
        )
    elif previous:
        out.print(f"compared with {previous['id']}, which ended at {previous['endedAt']}\n")
        _print(parts)
    else:
        out.print("no earlier run of its scan has finished: there is nothing to compare it with")
    return 0


def _listed(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"total": part["totalCount"], "items": [_row(each) for each in part["items"]]}


def _print(parts: Parts) -> None:
    rows = [
        {"change": way.replace("_", " "), **_row(each)}
        for way, part in parts.items()
        for each in part["items"]
    ]
    print_rows(rows, "changes", as_json=False)
    for way, part in parts.items():
        more = part["totalCount"] - len(part["items"])
        if more > 0:
            out.print(f"and {more} more: {way.replace('_', ' ')}; --first shows more of them")


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    """An entity, or a relationship by its ends."""
    entity, link = item["entity"], item["link"]
    if entity:
        return {"what": entity["kind"], "key": entity["key"], "target": None}
    return {"what": link["type"], "key": link["from"]["key"], "target": link["to"]["key"]}
