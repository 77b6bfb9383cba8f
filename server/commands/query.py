"""`mirage query`: one GraphQL question from a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import httpx

from graph.errors import InvalidQuestion, NotFound
from server.commands.answers import endpoint, read_variables
from server.commands.console import out
from server.settings import StackSettings


def query(settings: StackSettings, file: Path, variables: str) -> int:
    """Ask, print the whole answer as JSON; exit code 1 if it holds errors."""
    body = {"query": _document(file), "variables": read_variables(variables)}
    return show_answer(endpoint(settings).answer(json=body))


def show_answer(response: httpx.Response) -> int:
    """Print a whole answer as JSON; exit code 1 if it holds errors."""
    try:
        answer = response.json()
    except ValueError:
        sys.stderr.write(f"mirage: HTTP {response.status_code}: {response.text[:1000]}\n")
        return 1
    out.print_json(json.dumps(answer))
    return 1 if response.is_error or answer.get("errors") else 0


def _document(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except OSError as problem:
        raise NotFound(f"{file} cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise InvalidQuestion(f"{file} is not text in UTF-8, so it holds no question") from problem
