"""`mirage test --coverage`: processes that tests start count, and what is below a gate fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.commands import testing
from server.settings import child_environment

CODE = "def sign(number):\n    if number < 0:\n        return -1\n    return 1\n"
SETTINGS = """
[tool.coverage.run]
branch = true
source = ["graph"]
parallel = true
patch = ["subprocess"]
"""
ONE = "from graph.sign import sign\n\ndef test_one():\n    assert sign(1) == 1\n"
OTHER = """
import subprocess, sys

def test_other():
    code = "from graph.sign import sign; assert sign(-1) == -1"
    subprocess.run([sys.executable, "-c", code], check=True)
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout with one function, whose second branch nothing runs yet."""
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "__init__.py").write_text("")
    (tmp_path / "graph" / "sign.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "test_one.py").write_text(ONE)
    monkeypatch.setattr(testing, "CHECKOUT", tmp_path)
    monkeypatch.setattr(testing, "GATES", {"*": 50, "graph/*": 100})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv(
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"
    )  # ours take seconds to load, five times
    for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COVERAGE_FILE"):
        monkeypatch.delenv(name, raising=False)  # of a measuring run that this test is part of
    return tmp_path


def test_a_branch_that_only_a_started_process_runs_counts(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert testing.measured(child_environment({}), [], []) != 0
    assert "graph/sign.py" in capfd.readouterr().out

    (checkout / "test_other.py").write_text(OTHER)

    assert testing.measured(child_environment({}), [], []) == 0


def test_a_part_of_the_tests_is_held_to_no_gate(checkout: Path) -> None:
    assert testing.measured(child_environment({}), ["test_one.py"], []) == 0
    assert (checkout / ".mirage" / "coverage").is_dir()


def test_a_failing_test_fails_whatever_was_reached(checkout: Path) -> None:
    (checkout / "test_other.py").write_text(OTHER + "    assert False\n")

    assert testing.measured(child_environment({}), [], []) != 0
