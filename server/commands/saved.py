"""`mirage saved …`: queries that are kept and asked by name, through the API."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.errors import StoreUnavailable
from server.commands.answers import Refusal, endpoint, read_variables
from server.commands.console import out
from server.commands.documents import saved as documents
from server.commands.listing import columns, moment, print_one, print_rows, shown
from server.commands.query import show_answer
from server.commands.rules import read_text
from server.settings import StackSettings

PREFIX = "saved:"
AGAIN_S = 2.0  # until it is asked again to be followed, where the connection was lost


@dataclass(frozen=True)
class Draft:
    """How a query is to be kept; `variables` as JSON."""

    name: str
    variables: str
    description: str
    is_shared: bool
    marking: str


def show_all(settings: StackSettings, *, as_json: bool) -> int:
    """List saved queries."""
    found = endpoint(settings).ask(documents.SAVED_LIST)["savedQueries"]
    print_rows([_row(each) for each in found], "queries", as_json=as_json)
    return 0


def show(settings: StackSettings, name: str, *, as_json: bool) -> int:
    """Show a saved query. Raises Refusal."""
    found = endpoint(settings).ask(documents.SAVED_SHOWN, {"id": name})["savedQuery"]
    if found is None:
        raise Refusal(f"there is no saved query {name}; `mirage saved list` lists them")
    given = json.dumps(found["variables"], ensure_ascii=False)
    print_one({**_row(found), "variables": given}, as_json=as_json)
    return 0


def save(settings: StackSettings, file: Path, draft: Draft) -> int:
    """Keep the query of a file, by the file's name where none is given. Raises Refusal."""
    given = {
        "name": draft.name or file.stem,
        "document": read_text(file),
        "variables": read_variables(draft.variables),
        "description": draft.description,
        "isShared": draft.is_shared,
        "marking": draft.marking or None,
    }
    made = endpoint(settings).change(documents.SAVE_QUERY, {"input": given})["query"]
    print_one(columns(made), as_json=False)
    return 0


def run(settings: StackSettings, name: str, variables: str) -> int:
    """Ask a saved query, print the whole answer as JSON; exit code 1 if it holds errors."""
    body = {"documentId": f"{PREFIX}{name}", "variables": read_variables(variables)}
    return show_answer(endpoint(settings).answer(json=body))


def watch(settings: StackSettings, name: str, *, is_told: bool | None) -> int:
    """Watch a saved query. Raises Refusal."""
    given = {"id": name, "isTold": is_told}
    made = endpoint(settings).change(documents.WATCH_QUERY, given)["query"]
    print_one({"name": made["name"], **_state(made["watch"])}, as_json=False)
    return 0


def unwatch(settings: StackSettings, name: str) -> int:
    """Watch a saved query no more. Raises Refusal."""
    endpoint(settings).change(documents.UNWATCH_QUERY, {"id": name})
    out.print(f"{name} is watched no more; what changed in its answer is forgotten")
    return 0


def changes(settings: StackSettings, name: str, first: int, *, as_json: bool) -> int:
    """Show what changed in the answer to a watched query, the last change first. Raises Refusal."""
    given = {"id": name, "first": first}
    found = endpoint(settings).ask(documents.QUERY_CHANGES, given)["savedQuery"]
    if found is None or found["watch"] is None:
        raise Refusal(f"there is no watched query {name} of yours; `mirage saved watch` begins it")
    told = found["watch"].pop("changes")
    if as_json:
        out.print_json(json.dumps({**found["watch"], "changes": told["nodes"]}))
        return 0
    for each in told["nodes"]:
        _print_change(each)
    more = told["totalCount"] - len(told["nodes"])
    state = _state(found["watch"])
    said = f"{state['state']}, asked {shown(state['checked_at'])}"
    out.print(said + (f"; {state['failure']}" if state["failure"] else ""), markup=False)
    if more > 0:
        out.print(f"and {more} more changes")
    return 0


def follow(settings: StackSettings, name: str) -> int:
    """Show what changes in the answer to a watched query as it changes, until Ctrl-C. Raises Refusal."""
    asked, after = endpoint(settings), None
    try:
        while True:
            with suppress(StoreUnavailable):
                for event in asked.follow(documents.QUERY_CHANGED, {"id": name, "after": after}):
                    after = event["cursor"]
                    _print_change(event["change"])
            time.sleep(AGAIN_S)
    except KeyboardInterrupt:
        return 0


def _row(query: Mapping[str, Any]) -> dict[str, Any]:
    """A query as a row; of its watch the state."""
    return {**columns(query), "watch": query["watch"] and query["watch"]["state"]}


def _state(watch: Mapping[str, Any]) -> dict[str, Any]:
    """How a watch stands, as columns; of a failure its reason."""
    return {
        "state": watch["state"],
        "checked_at": moment(watch["checkedAt"]),
        "is_told": watch["isTold"],
        "failure": watch["failure"] and watch["failure"]["reason"],
    }


def _print_change(change: Mapping[str, Any]) -> None:
    counts = ", ".join(f"{change[each]} {each}" for each in ("entered", "left", "changed"))
    out.print(f"{shown(moment(change['at']))}  {counts}", markup=False)
    for each in change["parts"]:
        out.print(f"  {shown(_said(each))}", markup=False)
    if (
        more := sum(change[each] for each in ("entered", "left", "changed")) - len(change["parts"])
    ) > 0:
        out.print(f"  and {more} more")


def _said(part: Mapping[str, Any]) -> str:
    if part["change"] == "CHANGED":
        both = [json.dumps(part[each], ensure_ascii=False) for each in ("before", "after")]
        told = "too long to be kept" if part["isCut"] else " → ".join(both)
        return f"~ {part['path']}: {told}"
    sign, whole = ("+", part["after"]) if part["change"] == "ENTERED" else ("-", part["before"])
    called = part["caption"] or part["id"] or json.dumps(whole, ensure_ascii=False)
    return f"{sign} {part['path']}: {called}"


def delete(settings: StackSettings, name: str) -> int:
    """Delete a saved query. Raises Refusal."""
    endpoint(settings).change(documents.DELETE_QUERY, {"id": name})
    out.print(f"the saved query {name} is gone", highlight=False)
    return 0
