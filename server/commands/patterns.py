"""`mirage pattern …`: questions that are kept, and their rows, through the API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from server.commands.answers import Refusal, endpoint
from server.commands.console import out
from server.commands.documents import patterns as documents
from server.commands.listing import columns, moment, print_one, print_rows
from server.commands.rules import read_text
from server.settings import StackSettings

FORM = ("subject", "evidence")  # columns that are told otherwise


def show_all(settings: StackSettings, *, as_json: bool) -> int:
    """List the patterns, by name."""
    found = endpoint(settings).ask(documents.PATTERN_LIST)["patterns"]
    print_rows([_row(each) for each in found], "patterns", as_json=as_json)
    return 0


def show(settings: StackSettings, name: str, *, as_json: bool) -> int:
    """Show how a pattern stands. Raises Refusal."""
    found = _found(settings, documents.PATTERN_SHOWN, {"id": name})
    said = [
        f"{each['name']}: {each['type']}" + (f" -- {each['summary']}" if each["summary"] else "")
        for each in found["columns"]
    ]
    rows = found["rows"]["totalCount"]
    print_one({**_row(found), "columns": said, "rows": rows}, as_json=as_json)
    return 0


def try_out(settings: StackSettings, file: Path, first: int, *, as_json: bool) -> int:
    """Try a pattern of a file on what is there. Raises Refusal."""
    given = {"text": read_text(file), "first": first}
    told = endpoint(settings).ask(documents.TRY_PATTERN, given)["tryPattern"]
    print_rows([_said(each) for each in told["rows"]], "rows", as_json=as_json)
    if not as_json:
        whole = "all there are" if told["isWhole"] else "not all there are"
        out.print(
            f"looked at {told['looks']} subjects, {whole}, in {told['tookMs']:g} ms",
            highlight=False,
        )
    return 0


@dataclass(frozen=True)
class Draft:
    """How a pattern is to be kept; the name is the file's where it is empty, None leaves as it is."""

    name: str = ""
    expects: int | None = None
    is_told: bool | None = None


def save(settings: StackSettings, file: Path, draft: Draft, *, as_json: bool) -> int:
    """Keep the pattern of a file. Raises Refusal."""
    given = {
        "name": draft.name or file.stem,
        "text": read_text(file),
        "expects": draft.expects,
        "isTold": draft.is_told,
    }
    made = endpoint(settings).change(documents.SAVE_PATTERN, given)["pattern"]
    print_one(_row(made), as_json=as_json)
    return 0


def rows(
    settings: StackSettings,
    name: str,
    since: datetime | None,
    first: int,
    *,
    is_in: bool,
    as_json: bool,
) -> int:
    """List the rows of a pattern, and how many there are more. Raises Refusal."""
    moved = since.replace(tzinfo=since.tzinfo or UTC).isoformat() if since else None
    given = {"id": name, "first": first, "isIn": is_in, "since": moved}
    found = _found(settings, documents.PATTERN_ROWS, given)["rows"]
    told = [
        {"entered": moment(each["enteredAt"]), "left": moment(each["leftAt"]), **_said(each)}
        for each in found["nodes"]
    ]
    print_rows(told, "rows", as_json=as_json)
    if not as_json and (more := found["totalCount"] - len(told)) > 0:
        out.print(f"and {more} more", highlight=False)
    return 0


def delete(settings: StackSettings, name: str) -> int:
    """Delete a pattern. Raises Refusal."""
    endpoint(settings).change(documents.DELETE_PATTERN, {"id": name})
    out.print(f"the pattern {name} is gone, with its rows", highlight=False)
    return 0


def _found(settings: StackSettings, document: str, given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] | None = endpoint(settings).ask(document, given)["pattern"]
    if found is None:
        raise Refusal(f"there is no pattern {given['id']}; `mirage pattern list` lists them")
    return found


def _row(pattern: Mapping[str, Any]) -> dict[str, Any]:
    """A pattern as a row; of a failure its reason."""
    return {**columns(pattern), "failure": pattern["failure"] and pattern["failure"]["reason"]}


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says: whom it is about, and its other columns."""
    about = f"{row['subject']['kind']} {row['subject']['caption']}"
    told = {name: value for name, value in row["values"].items() if name not in FORM}
    return {"about": about, "says": json.dumps(told, ensure_ascii=False)}
