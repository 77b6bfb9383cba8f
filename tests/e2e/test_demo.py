"""The demo from nothing: every process starts, the lab's company is scanned, the rules speak, all ends.

Runs the command as a person does, in a data folder of its own. The second run repeats nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.embedded.instance import Instance
from server.settings import StackSettings

CHECKOUT = Path(__file__).parents[2]
LIMIT_S = 1200


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with nothing in it but the downloads that this user has already."""
    folder = tmp_path_factory.mktemp("home")
    cache = StackSettings().home / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (folder / "cache").symlink_to(cache)
    yield folder
    assert processes_of(folder) == []


def mirage(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = {"MIRAGE_HOME": str(home), "PYTHONPATH": str(CHECKOUT)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MIRAGE_")}
    command = [sys.executable, "-P", "-m", "server.cli", *arguments]
    return subprocess.run(
        command, env=kept | given, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def processes_of(home: Path) -> list[str]:
    """The command lines of processes that name the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        if str(home) in line:
            found.append(line)
    return found


def last_line(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


@pytest.mark.timeout(2 * LIMIT_S)
def test_the_demo_finds_what_the_lab_shows_and_a_second_run_repeats_nothing(home: Path) -> None:
    first = mirage(home, "demo", "--exit", "--json")
    told = last_line(first)

    assert set(told) == {"entities", "relationships", "findings", "seconds"}
    assert {"DomainName", "IPAddress", "NetworkService", "TLSCertificate", "URL"} <= set(
        told["entities"]
    )
    assert {"RESOLVES_TO", "HAS_PORT", "SUBDOMAIN_OF", "HAS_REGISTRATION"} <= set(
        told["relationships"]
    )
    assert all(set(each) == {"rule", "severity", "title", "subject"} for each in told["findings"])
    rules = {each["rule"] for each in told["findings"]}
    assert {"dns.takeover", "tls.expired", "exp.unauth_service", "exp.login_no_tls"} <= rules
    assert {"start neo4j", "start api", "scan", "correlate"} <= set(told["seconds"])
    assert "Authorization: Bearer" in first.stdout
    assert processes_of(home) == []
    assert not Instance.of_user("demo", home).is_locked()

    again = last_line(mirage(home, "demo", "--exit", "--json"))

    assert again["entities"] == told["entities"]
    assert again["relationships"] == told["relationships"]
    assert again["findings"] == told["findings"]
    assert not {"fetch Neo4j", "prepare the database", "scan"} & set(again["seconds"])
