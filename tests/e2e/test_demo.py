"""The demo from nothing: every process starts, the lab's company is scanned, the rules speak, all ends.

Runs the command as a person does, in a data folder of its own. The second run repeats nothing, and answers every
example of GraphiQL.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from lab.truth import Truth
from lab.world import World
from server.commands.answers import PASSING
from server.embedded.instance import Instance
from server.settings import StackSettings

CHECKOUT = Path(__file__).parents[2]
EXAMPLES = sorted((CHECKOUT / "server" / "web" / "graphiql" / "src" / "examples").glob("*.graphql"))
LIMIT_S = 1200
FINDINGS = "{ findings(first: 200) { totalCount nodes { rule subject { kind key } } } }"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with nothing in it but the downloads that this user has already."""
    folder = tmp_path_factory.mktemp("home")
    cache = StackSettings().home / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (folder / "cache").symlink_to(cache)
    yield folder
    assert processes_of(folder) == []


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "server.cli", *arguments]


def environment(home: Path) -> dict[str, str]:
    given = {"MIRAGE_HOME": str(home), "PYTHONPATH": str(CHECKOUT)}
    return {
        name: value for name, value in os.environ.items() if not name.startswith("MIRAGE_")
    } | given


def mirage(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


@contextmanager
def running_demo(home: Path) -> Iterator[dict[str, Any]]:
    """A demo that stays; what it told for programs."""
    log = home / "demo.log"
    with (
        log.open("wb") as said,
        subprocess.Popen(
            command("demo", "--json"),
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            told = next((line for line in process.stdout if line.startswith("{")), None)
            assert told is not None, log.read_text()[-4000:]
            yield json.loads(told)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(LIMIT_S)


def answer_of(address: str, key: str, document: str) -> dict[str, Any]:
    """The answer to a document; to a subscription, the first event."""
    is_followed = re.search(r"^subscription", document, re.MULTILINE) is not None
    accept = "text/event-stream" if is_followed else "application/json"
    headers = {"Authorization": f"Bearer {key}", "Accept": accept}
    body = {"query": document}
    with httpx.stream("POST", address, headers=headers, json=body, timeout=60) as response:
        if not is_followed:
            response.read()
            return dict(response.json())
        lines = (line for line in response.iter_lines() if line.startswith("data:"))
        told = next(line for line in lines if line.removeprefix("data:").strip())
        return dict(json.loads(told.removeprefix("data:")))


def answered(address: str, key: str, document: str) -> dict[str, Any]:
    """The answer, asked for again where the database has just started and planning takes it all the time there is.

    As `mirage` itself does: what is told to come again does.
    """
    for pause_s in (0, 1, 5, 10):
        time.sleep(pause_s)
        answer = answer_of(address, key, document)
        codes = {each.get("extensions", {}).get("code") for each in answer.get("errors") or ()}
        if not codes or not codes <= PASSING:
            break
    return answer


def empty_parts(value: Any, place: str = "") -> Iterator[str]:
    """The root fields that are null, and the lists right below them that hold nothing."""
    for name, part in value.items():
        here = f"{place}.{name}"
        if part is None and not place:
            yield here
        if isinstance(part, list) and not part and name != "errors":
            yield here
        if isinstance(part, dict):
            yield from empty_parts(part, here)


def found_by_rule(answer: dict[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """By rule, the subjects of its findings as (kind, key)."""
    told = answer["data"]["findings"]
    assert len(told["nodes"]) == told["totalCount"]
    found: dict[str, set[tuple[str, str]]] = {}
    for each in told["nodes"]:
        subject = (each["subject"]["kind"], each["subject"]["key"])
        found.setdefault(each["rule"], set()).add(subject)
    return found


def truth_of_today() -> dict[str, set[tuple[str, str]]]:
    """What the rules must say about the lab's company, and nothing else."""
    truth = Truth(World.read(today=datetime.now(UTC).date()))
    return {rule: set(subjects) for rule, subjects in truth.findings.items()}


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
    instance = Instance.of_user("demo", home)
    assert not instance.is_locked()
    assert instance.master_key_file.stat().st_mode & 0o777 == 0o600

    with running_demo(home) as again:
        assert again["entities"] == told["entities"]
        assert again["relationships"] == told["relationships"]
        assert again["findings"] == told["findings"]
        assert not {"fetch Neo4j", "prepare the database", "scan"} & set(again["seconds"])

        status = json.loads(mirage(home, "status", "--json").stdout)
        key = Path(status["key_file"]).read_text("utf-8").strip()
        assert found_by_rule(answered(status["graphql"], key, FINDINGS)) == truth_of_today()
        assert EXAMPLES
        for example in EXAMPLES:
            answer = answered(status["graphql"], key, example.read_text("utf-8"))
            assert not answer.get("errors"), (example.name, answer)
            assert list(empty_parts(answer["data"])) == [], (example.name, answer)
