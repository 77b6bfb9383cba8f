"""Runs one command that must not outlive the process that asked for it.

Started as `python -I -S guard.py PARENT_PID COMMAND…`, with the standard library only, so that it
costs some milliseconds. On Linux the kernel is told to send SIGTERM when the parent dies, and this
process becomes the command. Elsewhere this process stays, looks every second whether its parent is
still there, and passes signals on.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType

PR_SET_PDEATHSIG = 1
EXIT_ORPHANED = 143  # as a shell tells "ended by SIGTERM"
LOOK_EVERY_S = 1.0


def main(arguments: list[str]) -> int:
    """Become (or keep) the command `arguments[1:]`, bound to the parent of pid `arguments[0]`."""
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        become(parent, command)
    return keep(parent, command)


def become(parent: int, command: list[str]) -> None:
    """Ask the kernel for SIGTERM at the parent's death, then turn into the command."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it died before the line above; no signal will come any more
        sys.exit(EXIT_ORPHANED)
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


def keep(parent: int, command: list[str]) -> int:
    """Run the command as a child until it ends or the parent is gone; give its exit code."""
    child = subprocess.Popen(command)  # noqa: S603 - the caller's own command

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)
    while child.poll() is None:
        if os.getppid() != parent:
            child.terminate()
            return child.wait()
        time.sleep(LOOK_EVERY_S)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
