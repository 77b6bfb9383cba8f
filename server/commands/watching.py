"""`mirage status --watch`: services, queues, runs and the health of the databases, as they are now."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from graph.errors import MirageError
from server.commands import documents
from server.commands.answers import Endpoint, endpoint
from server.commands.console import out
from server.settings import StackSettings

EVERY_S = 2.0
LATEST_RUNS = 20
OPEN = frozenset({"ACCEPTED", "RUNNING", "PAUSED"})
_STYLES = {"READY": "green", "STARTING": "yellow", "DRAINING": "magenta", "ready": "green"}


@dataclass(frozen=True)
class View:
    """What is shown. `health` is what the API says at /readyz, `trouble` why there is nothing to show."""

    at: datetime
    health: Mapping[str, Any]
    services: Sequence[Mapping[str, Any]] = ()
    runs: Sequence[Mapping[str, Any]] = ()
    trouble: str = ""


def look(where: Endpoint) -> View:
    """How things are now; whatever does not answer is told in the view."""
    now = datetime.now(UTC)
    health = _health(where)
    try:
        told = where.ask(documents.STATUS, {"first": LATEST_RUNS})
    except MirageError as problem:
        return View(now, health, trouble=str(problem))
    runs = [run for run in told["runs"]["nodes"] if run["state"] in OPEN]
    return View(now, health, told["services"], runs)


def _health(where: Endpoint) -> dict[str, Any]:
    parts = urlsplit(where.url)
    address = urlunsplit((parts.scheme, parts.netloc, "/readyz", "", ""))
    try:
        found = httpx.get(address, timeout=5, trust_env=False).json()
    except (httpx.TransportError, ValueError):
        found = {}
    return found if isinstance(found, dict) else {}


def rendered(view: View) -> RenderableType:
    """The view for a terminal."""
    head = Text(f"{view.at:%H:%M:%S} UTC   API ")
    status = str(view.health.get("status", "does not answer"))
    head.append(status, _STYLES.get(status, "red"))
    for name in ("neo4j", "redis"):
        is_well = view.health.get(name)
        head.append(f"   {name} ")
        head.append("answers" if is_well else "unknown" if is_well is None else "does not answer",
                    "green" if is_well else "red")  # fmt: skip
    parts: list[RenderableType] = [head, Text()]
    if view.trouble:
        return Group(*parts, Text(view.trouble, "red"))
    parts += [_services(view), Text(), _queues(view.services), Text(), _runs(view.runs)]
    return Group(*parts)


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number < 1, overflow="ellipsis")
    return table


def _services(view: View) -> Table:
    columns = "role", "host", "version", "state", "age", "jobs", "failed", "lag", "memory"
    table = _table("services", columns)
    for each in view.services:
        age = (view.at - datetime.fromisoformat(each["startedAt"])).total_seconds()
        jobs = f"{each['jobsRunning']} of {each['jobsMost']}" if each["jobsMost"] else "–"
        table.add_row(
            each["role"], each["host"], each["version"],
            Text(each["state"], _STYLES.get(each["state"], "")), _time(max(0, age)), jobs,
            str(each["jobsFailed"]), f"{each['loopLagMs']} ms", f"{each['memoryMb']} MiB",
        )  # fmt: skip
    return table


def _queues(services: Sequence[Mapping[str, Any]]) -> Table:
    waiting = {name: each["jobsWaiting"] for each in services for name in each["queues"]}
    table = _table("queues", ("queue", "waiting"))
    for name, count in sorted(waiting.items()):
        table.add_row(name.removeprefix("mirage:queue:"), str(count))
    return table


def _runs(runs: Sequence[Mapping[str, Any]]) -> Table | Text:
    if not runs:
        return Text("no run is open", "dim")
    table = _table("open runs", ("run", "state", "progress", "entities", "failed", "left"))
    for each in runs:
        made = each["jobsDone"] + each["jobsFailed"] + each["jobsOpen"]
        left = each["secondsLeft"]
        table.add_row(
            each["name"] or each["id"], each["state"], f"{each['jobsDone']} of {made} jobs",
            str(each["reached"]), str(each["jobsFailed"]), "–" if left is None else _time(left),
        )  # fmt: skip
    return table


def _time(seconds: float) -> str:
    """A span in its largest units: 42 s, 3 min, 5 h 10 min, 4 d."""
    minutes = int(seconds) // 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours < 48 else f"{hours // 24} d"


def watch(settings: StackSettings) -> int:
    """Show it again and again until Ctrl-C."""
    where = endpoint(settings)
    try:
        with Live(rendered(look(where)), console=out, screen=out.is_terminal) as live:
            while True:
                time.sleep(EVERY_S)
                live.update(rendered(look(where)))
    except KeyboardInterrupt:
        return 0
