"""The house rules that a program can hold: form, types, layers, sizes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
CODE = ("server", "graph", "collectors", "lab", "bench", "tests", "mirage")

# Longer than the 400 lines a file may have, each with its reason. The list may only shrink.
LONG_FILES: dict[str, str] = {
    "tests/live/test_select.py": "each form of question on one seeded graph; to be cut by root",
}


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_the_form_is_the_formatters() -> None:
    run(str(BIN / "ruff"), "format", "--check", *CODE)


def test_the_linter_has_nothing_to_say() -> None:
    run(str(BIN / "ruff"), "check", *CODE)


@pytest.mark.timeout(300)
def test_the_types_hold() -> None:
    run(str(BIN / "mypy"))


def test_layers_point_downward() -> None:
    run(str(BIN / "lint-imports"))


def test_no_file_is_too_long() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    long = {
        name
        for name in tracked
        if (ROOT / name).is_file() and len((ROOT / name).read_text("utf-8").splitlines()) > 400
    }

    assert long == set(LONG_FILES)
