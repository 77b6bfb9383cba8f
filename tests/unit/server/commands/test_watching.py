"""What `mirage status --watch` shows, and that it says what does not answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from server.commands import watching
from server.commands.answers import Endpoint
from server.commands.watching import View, look, rendered

NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)


def service(**more: Any) -> dict[str, Any]:
    return {
        "role": "collector", "host": "heron", "version": "0.1.0", "state": "READY",
        "queues": ["mirage:queue:collector"], "startedAt": (NOW - timedelta(minutes=190)).isoformat(),
        "jobsRunning": 3, "jobsMost": 16, "jobsWaiting": 41, "jobsFailed": 2, "loopLagMs": 7,
        "memoryMb": 120,
    } | more  # fmt: skip


RUN = {
    "id": "r", "name": "heron", "state": "RUNNING", "reached": 80, "jobsOpen": 5, "jobsDone": 20,
    "jobsFailed": 1, "secondsLeft": 95,
}  # fmt: skip


def shown(view: View) -> str:
    console = Console(width=140, record=True, file=None, quiet=False)
    with console.capture() as taken:
        console.print(rendered(view))
    return taken.get()


def test_services_queues_and_runs_are_shown() -> None:
    draining = service(role="api", state="DRAINING", queues=[], jobsMost=0)
    view = View(
        NOW, {"status": "ready", "neo4j": True, "redis": True}, [draining, service()], [RUN]
    )
    lines = shown(view).splitlines()
    rows = [line.split() for line in lines]
    for row in (
        "collector|heron|0.1.0|READY|3|h|10|min|3|of|16|2|7|ms|120|MiB",
        "api|heron|0.1.0|DRAINING|3|h|10|min|–|2|7|ms|120|MiB",
        "collector|41",
        "heron|RUNNING|20|of|26|jobs|80|1|1|min",
    ):
        assert row.split("|") in rows
    assert "API ready   neo4j answers   redis answers" in lines[0]


def test_what_does_not_answer_is_said() -> None:
    text = shown(View(NOW, {"status": "unavailable", "neo4j": False, "redis": True}, trouble="why"))
    assert "API unavailable   neo4j does not answer   redis answers" in text
    assert "why" in text


def test_an_api_that_is_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.commands.answers.PAUSES_S", ())
    view = look(Endpoint("http://127.0.0.1:9/graphql", ""))
    assert "does not answer" in view.trouble
    assert "API does not answer   neo4j unknown" in shown(view)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (7_260, "2 h 1 min"), (400_000, "4 d")]
)  # fmt: skip
def test_spans_are_told_in_their_largest_units(seconds: float, text: str) -> None:
    assert watching._time(seconds) == text
