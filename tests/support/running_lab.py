"""A lab in a process of its own, watched for every address that it touches."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# Runs the lab and writes down every address that it binds to, connects to, sends to or looks up.
WATCHED = """
import sys
log = open(sys.argv.pop(1), "a", buffering=1)
def watch(event, args):
    if event in ("socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg"):
        print(event, args[1], file=log)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        print(event, args, file=log)
sys.addaudithook(watch)
from lab.__main__ import main
sys.exit(main())
"""


@dataclass(frozen=True)
class RunningLab:
    """A lab in a process of its own."""

    process: subprocess.Popen[bytes]
    state: dict[str, Any]
    touched: Path
    startup_cpu_s: float
    path: Path  # of the state file

    def route(self, address: str, port: int, transport: str = "tcp") -> tuple[str, int]:
        host = f"[{address}]" if ":" in address else address
        return split(self.state["routes"][f"{host}:{port}/{transport}"])

    def resolver(self, number: int = 0) -> tuple[str, int]:
        return split(self.state["resolvers"][number].partition("/")[0])


def split(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def start_lab(folder: Path) -> RunningLab:
    state, touched = folder / "lab.json", folder / "touched.txt"
    ready, told = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHED, touched, "--state", state, "--ready-fd", str(told)],
        pass_fds=[told],
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )
    os.close(told)
    with os.fdopen(ready, "rb") as pipe:
        line = pipe.readline()
    assert line == b"ready\n", process.communicate()[1].decode()
    return RunningLab(process, json.loads(state.read_text()), touched, _cpu_s(process.pid), state)


def _cpu_s(pid: int) -> float:
    """The processor time a process has used: unlike the clock, the same on a busy machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def touched_elsewhere(running: RunningLab) -> list[str]:
    """What the lab did on the network beyond listening and answering on loopback."""
    allowed = ("socket.bind ('127.0.0.1', ", "socket.sendto ('127.0.0.1', ")
    lines = running.touched.read_text().splitlines()
    return [line for line in lines if not line.startswith(allowed)]
