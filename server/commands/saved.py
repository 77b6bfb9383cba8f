"""`mirage saved …`: queries that are kept and asked by name, through the API."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from server.commands.answers import Refusal, endpoint, read_variables
from server.commands.console import out
from server.commands.documents import saved as documents
from server.commands.listing import columns, print_one, print_rows
from server.commands.query import show_answer
from server.commands.rules import read_text
from server.settings import StackSettings

PREFIX = "saved:"


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
    print_rows([columns(each) for each in found], "queries", as_json=as_json)
    return 0


def show(settings: StackSettings, name: str, *, as_json: bool) -> int:
    """Show a saved query. Raises Refusal."""
    found = endpoint(settings).ask(documents.SAVED_SHOWN, {"id": name})["savedQuery"]
    if found is None:
        raise Refusal(f"there is no saved query {name}; `mirage saved list` lists them")
    given = json.dumps(found["variables"], ensure_ascii=False)
    print_one({**columns(found), "variables": given}, as_json=as_json)
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


def delete(settings: StackSettings, name: str) -> int:
    """Delete a saved query. Raises Refusal."""
    endpoint(settings).change(documents.DELETE_QUERY, {"id": name})
    out.print(f"the saved query {name} is gone", highlight=False)
    return 0
