"""The benchmark works: every part measures, figures make sense, nothing is left behind. Never how fast anything is."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from bench._kit.figure import Figure, Goal, percentile, table
from bench._kit.plan import measure_of, part_names
from tests.support.keys import AS_TEXT
from tests.support.stack import Neo4jAddress
from tests.support.thoroughness import IS_THOROUGH, some

ROOT = Path(__file__).parents[2]


# They start whole stacks, as test_demo and test_embedded_stack do: measured where tests are thorough.
WHOLE = ("start", "memory")
MEASURED = part_names() if IS_THOROUGH else some([p for p in part_names() if p not in WHOLE], 2)


def run(part: str, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Measure a part in sizes of a smoke run; its JSON."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bench", part, "--quick"],
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"{part}: begins" in done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def processes_in(folder: Path) -> list[str]:
    """Command lines and environments that name the folder: what a part started lies in it."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            text = (each / "cmdline").read_bytes() + (each / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in text:
            found.append(text.decode(errors="replace"))
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", MEASURED)
def test_a_part_measures_and_leaves_nothing(part: str, neo4j_server: Neo4jAddress) -> None:
    # Not pytest's own folder: its name is long, and Redis and Neo4j put sockets and paths below it.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The part brings a Redis of its own: workers of other tests would take its jobs.
        given = {
            "MIRAGE_NEO4J_URI": neo4j_server.uri,
            "MIRAGE_NEO4J_USER": neo4j_server.user,
            "MIRAGE_NEO4J_PASSWORD": neo4j_server.password,
            "MIRAGE_REDIS_URL": "",
            "MIRAGE_MASTER_KEYS": AS_TEXT,
        }
        told = run(part, folder, given)
        assert processes_in(folder) == []
        assert [each.name for each in folder.glob("mirage-bench-*")] == []

    assert list(told["parts"]) == [part]
    assert told["is_quick"] is True
    figures = told["parts"][part]
    assert any("goal" in each or "reference" in each for each in figures)
    assert len({each["name"] for each in figures}) == len(figures)
    for each in figures:
        assert math.isfinite(each["value"]), each
        assert each["value"] >= 0, each
        assert ("goal" in each) == ("is_met" in each), each
        assert ("ratio" in each) <= ("reference" in each), each
        assert each.get("reference", 1) > 0, each
        assert each.get("ratio", 1) > 0, each


def test_parts_are_found_by_their_modules() -> None:
    files = {each.stem for each in (ROOT / "bench").glob("[!_]*.py")}

    assert set(part_names()) == files
    assert all(callable(measure_of(part)) for part in part_names())


def test_a_part_that_is_none_is_refused_by_name() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bench", "nonsense"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "there is no part nonsense" in done.stderr


def test_every_part_has_its_section_in_the_page() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    sections = {line[4:].strip("`") for line in page.splitlines() if line.startswith("### `")}

    assert sections == set(part_names())


@pytest.mark.parametrize(
    ("goal", "value", "is_met"),
    [
        (Goal(2), 2, True),
        (Goal(2), 2.01, False),
        (Goal(2, "at least"), 2, True),
        (Goal(2, "at least"), 1.99, False),
    ],
)
def test_a_goal_holds_up_to_its_bound(goal: Goal, value: float, is_met: bool) -> None:
    assert goal.is_met(value) is is_met


def test_a_figure_is_held_against_what_its_goal_is_of() -> None:
    assert Figure.beside("x", 30, 10, "ms", Goal(2)).is_met is False
    assert Figure.beside("x", 30, 10, "ms", Goal(50, of="value")).is_met is True
    assert Figure("x", 30, "ms").is_met is None
    with pytest.raises(ValueError, match="needs a reference"):
        _ = Figure("x", 30, "ms", goal=Goal(2)).is_met


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(each) for each in range(100, 0, -1)]

    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile(values, 1) == 100
    assert percentile([7.0], 0.01) == 7


def test_the_table_says_what_was_missed() -> None:
    shown = table(
        [Figure.beside("slow", 3.0, 1.0, "s", Goal(2)), Figure("fast", 1.0, "s", goal=Goal(2, of="value"))]
    ).splitlines()  # fmt: skip

    assert shown[1].split() == ["slow", "3", "s", "1", "s", "3.00", "≤", "2", "×", "MISSED"]
    assert shown[2].split() == ["fast", "1", "s", "≤", "2", "met"]
