"""`mirage query`: one GraphQL question from a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from server.commands.answers import endpoint, read_variables
from server.commands.console import out
from server.settings import StackSettings


def query(settings: StackSettings, file: Path, variables: str) -> int:
    """Ask, print the whole answer as JSON; exit code 1 if it holds errors."""
    document = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    body = {"query": document, "variables": read_variables(variables)}
    response = endpoint(settings).answer(json=body)
    try:
        answer = response.json()
    except ValueError:
        sys.stderr.write(f"mirage: HTTP {response.status_code}: {response.text[:1000]}\n")
        return 1
    out.print_json(json.dumps(answer))
    return 1 if response.is_error or answer.get("errors") else 0
