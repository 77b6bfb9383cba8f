"""Messages of the version before, as it wrote them, and of versions to come. The former lie in `messages/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from server.graphql.events.stream import Event, events_of
from server.jobs import metrics
from server.jobs.messages import SCHEMA, is_readable
from server.jobs.presence import Presence, ServiceState, presence_of
from server.jobs.queue import COLLECTOR_QUEUE, LEFT, dump_job, load_job

FORMER = Path(__file__).parent / "messages"
# What the version before reads of a process; anything more would break it.
KNOWN_TO_V1 = set(orjson.loads((FORMER / "v1_presence.json").read_bytes()))


def former(name: str) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads((FORMER / f"v1_{name}.json").read_bytes())
    return told


def events(told: dict[str, Any]) -> list[Event]:
    return events_of("7-0", {name.encode(): str(value).encode() for name, value in told.items()})


def refused(kind: str) -> float:
    return float(metrics.REFUSED.labels(kind)._value.get())


@pytest.mark.parametrize(
    ("schema", "is_read"),
    [(SCHEMA - 2, False), (SCHEMA - 1, True), (SCHEMA, True), (SCHEMA + 1, True), (SCHEMA + 2, False), ("2", False)],
)  # fmt: skip
def test_the_versions_beside_ours_are_read_and_no_others(schema: object, *, is_read: bool) -> None:
    assert is_readable("job", schema) is is_read


def test_a_process_of_the_version_before_is_known_and_takes_jobs() -> None:
    found = presence_of(former("presence"))
    assert found is not None
    assert (found.id, found.schema, found.state) == ("collector@heron:7", 1, ServiceState.READY)
    assert (found.queues, found.capabilities) == ((COLLECTOR_QUEUE,), ("dns.resolve",))


def test_the_version_before_is_told_what_it_reads_and_nothing_else() -> None:
    assert set(Presence("collector")._as_formerly()) == KNOWN_TO_V1


def test_of_the_version_after_ours_what_we_do_not_know_is_ignored() -> None:
    theirs = Presence("collector", host="heron", pid=7, token="a").as_json()
    found = presence_of(theirs | {"schema": SCHEMA + 1, "mood": "good", "state": "MUSING"})
    assert found is not None
    assert found.id == "collector@heron:7.a"
    assert found.state is ServiceState.DRAINING, "nothing is handed to what we do not understand"


def test_a_process_of_a_version_too_far_away_is_refused_and_counted() -> None:
    before = refused("presence")
    assert presence_of(Presence("api").as_json() | {"schema": SCHEMA + 2}) is None
    assert refused("presence") == before + 1


def test_jobs_of_the_version_before_and_the_one_after_are_taken() -> None:
    job = former("job")
    assert load_job(orjson.dumps(job)) == job
    after = job | {"v": SCHEMA + 1, "mood": "good"}
    assert load_job(orjson.dumps(after)) == after


def test_a_job_says_its_version_beside_all_that_the_version_before_reads() -> None:
    job = former("job")
    assert load_job(dump_job(job)) == job | {"v": SCHEMA}


def test_a_job_of_a_version_too_far_away_is_left_and_nothing_is_read_of_it() -> None:
    before = refused("job")
    found = load_job(orjson.dumps({"v": SCHEMA + 2, "what": "collect", "f": "collect", "a": ["x"]}))
    assert (found["f"], found["a"], found["k"]) == (LEFT, [""], {})
    assert refused("job") == before + 1


def test_events_of_the_version_before_and_the_one_after_are_read() -> None:
    (event,) = events(former("event"))
    assert (event.type, event.id, event.data) == ("run.progressed", "r", {"state": "RUNNING"})
    assert events(former("event") | {"v": SCHEMA + 1, "mood": "good"}) == [event]


def test_events_of_a_version_too_far_away_are_refused_and_counted() -> None:
    before = refused("event")
    assert events({"v": SCHEMA + 2, "e": "what is this"}) == []
    assert refused("event") == before + 1
