"""`mirage config export|plan|apply`: an organization's configuration as a file, for those who keep it in git."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import typer
import yaml

from graph.errors import InvalidQuestion
from server.commands import documents
from server.commands.answers import endpoint
from server.commands.console import out
from server.commands.listing import print_rows
from server.settings import StackSettings

LARGEST_FILE = 6_000_000  # all rules of an organization's own are at most 4 MB
LONGEST_SHOWN = 200


def export(settings: StackSettings) -> int:
    """Print what the organization has set, in YAML."""
    found = endpoint(settings).ask(documents.CONFIGURATION)["configuration"]
    out.print(
        yaml.dump(found["document"], Dumper=_Dumper, sort_keys=False, allow_unicode=True),
        end="", markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip
    return 0


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines, such as rules, line by line."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """A text, as a block where it has lines."""
        return self.represent_scalar(
            "tag:yaml.org,2002:str", data, style="|" if "\n" in data else None
        )


_Dumper.add_representer(str, _Dumper.represent_str)


def plan(settings: StackSettings, file: Path, *, as_json: bool) -> int:
    """Show what a file would change; exit code 1 where it would change something. Raises InvalidQuestion."""
    document = read(file)
    found = endpoint(settings).ask(documents.PLAN_CONFIGURATION, {"document": document})
    planned = found["planConfiguration"]
    if as_json:
        out.print_json(json.dumps(planned))
    else:
        _print(planned["changes"])
    return 1 if planned["changes"] else 0


def apply(settings: StackSettings, file: Path, reason: str, *, is_confirmed: bool) -> int:
    """Change what a file says, once that was seen and confirmed. Raises InvalidQuestion, Refusal."""
    where, document = endpoint(settings), read(file)
    planned = where.ask(documents.PLAN_CONFIGURATION, {"document": document})["planConfiguration"]
    _print(planned["changes"])
    if not planned["changes"]:
        return 0
    if not is_confirmed:
        typer.confirm("Change this?", abort=True, err=True)
    given = {"document": document, "plan": planned["digest"], "reason": reason}
    payload = where.change(documents.APPLY_CONFIGURATION, given)
    out.print(f"changed; version {payload['configuration']['number']}", highlight=False)
    return 0


def read(file: Path) -> Any:
    """What a file in YAML or JSON says. Raises InvalidQuestion naming the file, and the place where it is broken."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise InvalidQuestion(f"{file}: {LARGEST_FILE} bytes at most are right")
        written = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise InvalidQuestion(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidQuestion(f"{file}: it is no text in UTF-8") from error
    except yaml.YAMLError as error:
        raise InvalidQuestion(f"{file}: {' '.join(str(error).split())}") from error
    if written is None:
        raise InvalidQuestion(f"{file}: it is empty")
    return written


def _print(changes: Iterable[Mapping[str, Any]]) -> None:
    rows = [
        {"setting": each["name"], "now": _written(each["before"]), "then": _written(each["after"])}
        for each in changes
    ]
    print_rows(rows, "changes", as_json=False)


def _written(value: Any) -> str:
    text = "–" if value is None else json.dumps(value, ensure_ascii=False)
    return (
        text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(text)} characters)"
    )
