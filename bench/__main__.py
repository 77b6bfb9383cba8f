"""`python -m bench [PART …]`: measures all parts or some, prints a table for each and one line of JSON at the end.

`python -m bench faults` breaks things instead (docs/faults.md), `python -m bench soak` looks for leaks.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from datetime import UTC, datetime
from types import FrameType

import uvloop

from bench._kit.figure import table
from bench._kit.plan import Plan, measure_of, part_names, run_tool, tool_names


def main() -> int:
    """Measure; the exit code tells of failures, never of speed. A tool named first does what it does instead."""
    signal.signal(signal.SIGTERM, _end)
    if sys.argv[1:2] and sys.argv[1] in tool_names():
        return run_tool(sys.argv[1], sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(part_names()))
    parser.add_argument("--quick", action="store_true", help="see whether it works, in a minute")
    parser.add_argument("--full", action="store_true", help="also what takes minutes: a demo scan")
    parser.add_argument(
        "--cold", action="store_true", help="also a start that fetches Neo4j from the network"
    )
    parser.add_argument(
        "--entities", type=int, default=0, metavar="N", help="how large the estate of `rules` is"
    )
    given = parser.parse_args()
    if unknown := set(given.parts) - set(part_names()):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    plan = Plan(given.quick, given.full, given.cold, given.entities)
    result: dict[str, object] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "is_quick": plan.is_quick,
    }
    parts: dict[str, list[dict[str, object]]] = {}
    for part in given.parts or part_names():
        plan.say(f"{part}: begins, load {os.getloadavg()[0]:.2f}")
        figures = uvloop.run(measure_of(part)(plan))
        print(f"{part}\n{table(figures)}\n", flush=True)
        parts[part] = [each.as_json() for each in figures]
    result |= {"load_after": os.getloadavg()[0], "parts": parts}
    print(json.dumps(result))
    return 0


def _end(_number: int, _frame: FrameType | None) -> None:
    """End as by Ctrl-C, which asyncio does in order: what was started stops, what was written is removed."""
    signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
