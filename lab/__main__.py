"""`python -m lab --state FILE [--ready-fd N]`: runs the lab until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

from lab.company import COMPANY_FILE, CompanyError
from lab.internet import run


def main() -> int:
    """Run the command; its exit code."""
    options = _parser().parse_args()
    try:
        asyncio.run(_serve(options.company, options.state, options.ready_fd))
    except CompanyError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m lab", description="Run the lab on loopback.")
    parser.add_argument(
        "--state", type=Path, required=True, help="file to write when everything listens (JSON)"
    )
    parser.add_argument("--company", type=Path, default=COMPANY_FILE, help="company file (YAML)")
    parser.add_argument(
        "--ready-fd", type=int, help='descriptor to write "ready" to when everything listens'
    )
    return parser


async def _serve(company: Path, state: Path, ready_fd: int | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    folder = state.with_name(f"{state.name}.files")
    try:
        async with run(company, folder=folder) as lab:
            lab.state.write(state)
            if ready_fd is not None:
                os.write(ready_fd, b"ready\n")
                os.close(ready_fd)
            await stopped.wait()
    finally:
        _remove(state, folder)


def _remove(state: Path, folder: Path) -> None:
    """Leave nothing that points to servers which have gone."""
    state.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
