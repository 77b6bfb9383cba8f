"""`mirage import`: files into the graph."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.padding import Padding
from rich.text import Text

from server.commands import documents
from server.commands.answers import Endpoint, endpoint
from server.commands.console import err, out
from server.commands.modules import read_option
from server.settings import StackSettings

SHOWN_REJECTIONS = 10
ACCEPTED = ": accepted are"


def import_files(
    settings: StackSettings,
    files: Sequence[Path],
    how: Mapping[str, Any],
    options: Sequence[str] = (),
    *,
    as_json: bool,
) -> int:
    """Import each file as `how` (an ImportFileInput) and options as NAME=VALUE say.

    The exit code is 1 if one was refused as a whole. Raises InvalidQuestion.
    """
    where = endpoint(settings)
    # The server holds them against the importer's own, which may be known only once it has seen a file.
    if options:
        how = {**how, "options": dict(read_option(each, {}) for each in options)}
    results = {str(file): _import(where, file, how) for file in files}
    if as_json:
        out.print_json(json.dumps(results))
    else:
        for name, payload in results.items():
            _print(name, payload)
    return 1 if any(payload["errors"] for payload in results.values()) else 0


def _import(where: Endpoint, file: Path, how: Mapping[str, Any]) -> dict[str, Any]:
    with err.status(f"importing {file}"):
        return dict(where.send_file(documents.IMPORT_FILE, file, {"input": how})["importFile"])


def _print(name: str, payload: Mapping[str, Any]) -> None:
    for error in payload["errors"]:
        out.print(f"[red]✘[/] {name}: {error['message']}")
    if not payload["report"]:
        return
    report = payload["report"]
    facts = ", ".join(f"{each['count']} {each['name']}" for each in report["facts"])
    out.print(f"[green]✔[/] {name} ({report['format']}): {report['rows']} rows; {facts}")
    if report["rejected"] or report["unmapped"]:
        out.print(
            f"  {report['rejected']} rows refused, {report['unmapped']} without a kind of ours"
        )
    rejections = report["rejections"][:SHOWN_REJECTIONS]
    for rejection in rejections:
        said = rejection["reason"].partition(ACCEPTED)[0]
        out.print(f"  {rejection['position']}: {said}", markup=False)
    # Each says the same list, many lines long: once is enough.
    accepted = {rejection["reason"].partition(ACCEPTED)[2] for rejection in rejections} - {""}
    for text in sorted(accepted):
        out.print(Padding(Text(f"accepted are{text}"), (0, 0, 0, 2)), soft_wrap=False)
