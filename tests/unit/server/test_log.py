"""What is hidden stays out of every line, ours and those of libraries, as JSON and for terminals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = """
import logging, sys
from server.jobs.log import configure_logging, get_logger, hidden, hide_for_good
configure_logging("info", sys.argv[1], role="test")
log = get_logger("x")
def fail():
    raise ValueError({"key": "hunter 2222"})
hide_for_good(["for good"])
with hidden(["hunter 2222"]), hidden(["hunter 2222"]):
    log.info("working", key="hunter 2222", other=["hunter%202222", "for good"])
    try:
        fail()
    except ValueError:
        log.exception("failed")
        logging.getLogger("library").exception("failed with %s", "hunter 2222")
log.info("afterwards hunter 2222, for good")
"""


@pytest.mark.parametrize("style", ["json", "console"])
def test_nothing_that_is_hidden_is_logged(style: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, style],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    before, after = done.stderr.split("afterwards")
    assert "2222" not in before
    assert before.count("[redacted]") >= 5
    assert "library ERROR failed with [redacted]" in before
    assert "Traceback" in before
    assert after.startswith(" hunter 2222, [redacted]"), "only as long as it is hidden"
