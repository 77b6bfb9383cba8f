"""The running lab as a process: its state file, its start and end, and what it touches."""

import asyncio
import datetime as dt
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lab import run
from lab.company import read_company
from tests.support.running_lab import (
    ROOT,
    WATCHED,
    RunningLab,
    split,
    start_lab,
    touched_elsewhere,
)

MAIN = "orrery-instruments.example"


def test_state_file_has_the_form_that_the_docs_promise(running_lab: RunningLab) -> None:
    state = running_lab.state
    assert state["version"] == 1
    assert state["pid"] == running_lab.process.pid
    assert state["seeds"] == [MAIN, "orrery-cloud.example", "orrery-labs.example", "orrery.test"]
    assert len(state["resolvers"]) == 2
    assert all(r.startswith("127.0.0.1:") and r.endswith("/udp+tcp") for r in state["resolvers"])
    assert all(to.startswith("127.0.0.1:") for to in state["routes"].values())
    assert all(split(to)[1] < 32768 for to in state["routes"].values())
    assert state["routes"]["[2001:db8:10::10]:443/tcp"] == state["routes"]["203.0.113.10:443/tcp"]
    documented = (ROOT / "docs/lab.md").read_text()
    assert [key for key in state if f"| `{key}` |" not in documented] == []


def test_it_is_ready_in_three_seconds(running_lab: RunningLab) -> None:
    assert running_lab.startup_cpu_s < 3


def test_every_open_port_of_the_company_is_routed_and_nothing_else(running_lab: RunningLab) -> None:
    expected = set()
    for address, port, service in read_company().endpoints():
        host = f"[{address}]" if address.version == 6 else str(address)
        transports = ("tcp", "udp") if service.speaks == "dns" else ("tcp",)
        expected |= {f"{host}:{port}/{transport}" for transport in transports}
    assert set(running_lab.state["routes"]) == expected


def test_it_listens_on_loopback_only(running_lab: RunningLab) -> None:
    listening = {
        line.split()[1].partition(":")[0]
        for table in ("tcp", "udp")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[9] in _inodes(running_lab.process.pid)
    }
    assert listening == {"0100007F"}
    six = [
        line
        for table in ("tcp6", "udp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[9] in _inodes(running_lab.process.pid)
    ]
    assert six == []


def _inodes(pid: int) -> set[str]:
    links = (os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir())
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def test_it_stops_cleanly_and_leaves_nothing(tmp_path: Path) -> None:
    own = start_lab(tmp_path)
    with socket.create_connection(split(own.state["resolvers"][0].partition("/")[0])):
        own.process.send_signal(signal.SIGTERM)
        _, errors = own.process.communicate(timeout=10)
    assert (own.process.returncode, errors) == (0, b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["touched.txt"]
    for endpoint in set(own.state["routes"].values()):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(split(endpoint), timeout=1)


def test_company_file_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "company.yaml"
    text = (ROOT / "lab/company.yaml").read_text().replace("203.0.113.20]", "8.8.8.8]", 1)
    broken.write_text(text)
    found = subprocess.run(
        [sys.executable, "-m", "lab", "--state", tmp_path / "s.json", "--company", broken],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert found.returncode == 2
    assert b"hosts.shop: 8.8.8.8 is in none of `networks`" in found.stderr
    assert not (tmp_path / "s.json").exists()


async def test_it_runs_within_a_test_and_gives_the_same_certificates(
    running_lab: RunningLab, tmp_path: Path
) -> None:
    today = dt.date.fromisoformat(running_lab.state["today"])
    async with run(folder=tmp_path, today=today) as own:
        assert own.state.certificates == running_lab.state["certificates"]
        assert own.state.trust_anchor == running_lab.state["trust_anchor"]
        endpoints = set(own.state.routes.values())
        for endpoint in endpoints:
            _, writer = await asyncio.open_connection(*split(endpoint))
            writer.close()
            await writer.wait_closed()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*split(endpoints.pop()))


def test_it_touches_nothing_but_loopback(running_lab: RunningLab) -> None:
    # The fixture asks again when all live tests have used the lab.
    assert len(running_lab.touched.read_text().splitlines()) > len(running_lab.state["resolvers"])
    assert touched_elsewhere(running_lab) == []


def test_a_lookup_would_be_noticed(tmp_path: Path) -> None:
    watched = tmp_path / "touched.txt"
    code = WATCHED.replace("from lab.__main__ import main", "import socket").replace(
        "sys.exit(main())", "socket.getaddrinfo('127.0.0.1', 80)"
    )
    subprocess.run([sys.executable, "-c", code, watched], check=True)
    assert watched.read_text().startswith("socket.getaddrinfo ('127.0.0.1', 80")
