"""`python -m bench faults`: injects the matrix's faults, prints a line for each row and one line of JSON at the end."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bench._kit.figure import aligned
from bench.faults.registry import missing, rows
from bench.faults.row import Outcome, Row
from bench.faults.scanning import run_quietly
from bench.faults.world import World, world

RUNS = 20
SHOWN = 3  # of what went wrong in a row, for reading


@dataclass
class Result:
    """What came of a row, injection by injection."""

    row: Row
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def recoveries(self) -> list[float]:
        """The seconds that recovery took, where there was one."""
        return [each.recovery_s for each in self.outcomes if each.recovery_s is not None]

    @property
    def is_met(self) -> bool:
        """Whether each injection kept the goal."""
        return bool(self.outcomes) and all(each.keeps(self.row.goal) for each in self.outcomes)

    def as_json(self) -> dict[str, object]:
        """All of it as the last line of output carries it."""
        return {
            "row": self.row.number, "title": self.row.title, "goal": self.row.goal.text,
            "runs": len(self.outcomes), "is_met": self.is_met,
            "lost": sum(len(each.lost) for each in self.outcomes),
            "doubled": sum(len(each.doubled) for each in self.outcomes),
            "recovery_s": [round(each, 2) for each in self.recoveries],
            "broken": [text for each in self.outcomes for text in each.broken],
        }  # fmt: skip

    def cells(self) -> tuple[str, ...]:
        """Its line of the table."""
        took = self.recoveries
        told = self.as_json()
        return (
            str(self.row.number), self.row.title, str(told["runs"]), str(told["lost"]), str(told["doubled"]),
            f"{statistics.median(took):.1f}" if took else "", f"{max(took):.1f}" if took else "",
            self.row.goal.text, "met" if self.is_met else "MISSED",
        )  # fmt: skip


HEAD = ("row", "fault", "runs", "lost", "doubled", "median s", "worst s", "goal", "")


def table(results: Sequence[Result]) -> str:
    """The results for reading, a line each."""
    return aligned([HEAD, *(each.cells() for each in results)], left=(1, 7, 8))


class Session:
    """Carries rows out in one world, which is made anew where one of them broke it."""

    def __init__(self, seed: int, folder: Path, logs: Path | None = None) -> None:
        self._seed = seed
        self._folder = folder
        self._logs = logs
        self._worlds = 0
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """A line of progress, with the seconds since the begin."""
        print(f"{time.monotonic() - self._began:7.1f} s  {text}", file=sys.stderr, flush=True)

    async def run(self, results: Sequence[Result], runs: int) -> None:
        """Inject every row so many times."""
        left = [(result, number) for result in results for number in range(runs)]
        while left:
            self._worlds += 1
            folder = self._folder / str(self._worlds)
            folder.mkdir()
            self.say("starts Neo4j, Redis, the lab and the roles")
            async with world(folder, self.say) as made:
                while left:
                    result, number = left.pop(0)
                    outcome, is_whole = await self._once(made, result.row, number)
                    result.outcomes.append(outcome)
                    if not is_whole:
                        break

    async def _once(self, made: World, row: Row, number: int) -> tuple[Outcome, bool]:
        """One injection, and whether the world is whole after it. What goes wrong otherwise is an outcome, too."""
        dice = random.Random(f"{self._seed} {row.number} {number}")
        is_whole = True
        try:
            if row.workload is not None:
                await run_quietly(made, row.workload)
            await made.begin()
            async with asyncio.timeout(row.limit_s):
                outcome = await row.inject(made, dice)
        except Exception as error:  # whatever it is, the goal is missed, and it is told
            told = str(error) or f"in {_waiting_in(error)}"
            outcome, is_whole = Outcome(broken=(f"{type(error).__name__}: {told}",)), False
        self._tell(row, number, outcome)
        if self._logs and not outcome.keeps(row.goal):
            shutil.copytree(
                made.servers.folder, self._logs / f"row-{row.number}-run-{number + 1}",
                ignore=_nothing_but_logs, dirs_exist_ok=True,
            )  # fmt: skip
        return outcome, is_whole

    def _tell(self, row: Row, number: int, outcome: Outcome) -> None:
        kept = "kept" if outcome.keeps(row.goal) else "NOT KEPT"
        took = "" if outcome.recovery_s is None else f", {outcome.recovery_s:.1f} s"
        self.say(f"row {row.number}, run {number + 1}: {kept}{took} ({outcome.note})")
        for name, texts in (
            ("lost", outcome.lost),
            ("doubled", outcome.doubled),
            ("broken", outcome.broken),
        ):
            for text in texts[:SHOWN]:
                self.say(f"    {name}: {text}")
            if len(texts) > SHOWN:
                self.say(f"    {name}: {len(texts) - SHOWN} more")


def _nothing_but_logs(folder: str, names: Sequence[str]) -> set[str]:
    """What is not copied: a database is hundreds of megabytes, and has run on."""
    return {
        name
        for name in names
        if not (Path(folder, name).is_dir() or name.endswith((".log", ".jsonl")))
    }


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench faults", description=__doc__)
    parser.add_argument("--rows", default="", metavar="1,2,7", help="only these rows")
    parser.add_argument("--runs", type=int, default=RUNS, help="how often each is injected")
    parser.add_argument(
        "--seed", type=int, help="of the moments at which something breaks; else one is drawn"
    )
    parser.add_argument("--json", action="store_true", help="only the line of JSON, no table")
    parser.add_argument(
        "--list", action="store_true", help="the rows that there are, and those that are missing"
    )
    parser.add_argument(
        "--logs",
        type=Path,
        metavar="FOLDER",
        help="keep the logs of runs that miss their goal there",
    )
    given = parser.parse_args(arguments)
    known = rows()
    try:
        given.rows = [int(each) for each in given.rows.split(",") if each] or list(known)
    except ValueError:
        parser.error("--rows: numbers with commas between them, such as 1,2,7")
    if unknown := [str(each) for each in given.rows if each not in known]:
        parser.error(f"--rows: {', '.join(unknown)} cannot be injected; see --list")
    if given.runs < 1:
        parser.error("--runs: at least 1")
    return given


def _listed() -> str:
    lines = [f"{number:>3}  {row.title}: {row.goal.text}" for number, row in rows().items()]
    lines += [f"{number:>3}  {title}: MISSING" for number, title in missing().items()]
    return "\n".join(sorted(lines))


def main(arguments: Sequence[str]) -> int:
    """Carry out what is asked for; 1 where a goal is missed."""
    given = _parsed(arguments)
    if given.list:
        print(_listed())
        return 0
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1_000_000)
    before = os.getloadavg()[0]
    results = [Result(rows()[number]) for number in given.rows]
    with tempfile.TemporaryDirectory(prefix="mirage-faults-") as folder:
        session = Session(seed, Path(folder), given.logs)
        session.say(f"seed {seed}")
        uvloop.run(session.run(results, given.runs))
    if not given.json:
        print(f"{table(results)}\n")
    told = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "cores": os.cpu_count(),
        "load": [round(before, 2), round(os.getloadavg()[0], 2)],
        "rows": [each.as_json() for each in results],
    }
    print(json.dumps(told))
    return 0 if all(each.is_met for each in results) else 1


def _waiting_in(error: Exception) -> str:
    """Which of the functions here did not come to its end; a TimeoutError itself has no word to say."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(
        frame.name for frame in frames if Path(__file__).parent in Path(frame.filename).parents
    )
