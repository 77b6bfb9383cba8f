"""One trace for one question, with its statements; one for one job, linked to who made it; nothing confidential."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, cast, get_args

import httpx
import orjson
import pytest

from graph import tracing
from graph.store import Store
from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.fairness import Whose
from server.jobs.planning import advance
from server.jobs.presence import Presence
from server.jobs.queue import Queue, hint_collect
from server.jobs.worker import Role, _worker
from server.settings import RoleSettings
from server.vault.secrets import Secrets
from tests.api.conftest import Caller
from tests.api.test_changes import change
from tests.live.test_collecting import egress
from tests.live.test_planning import MANIFESTS, REGISTRY
from tests.support.keys import MASTERS
from tests.support.tracing import (
    attributes,
    id_of,
    linked_from,
    trace_of,
    traced,
)

LOOK = """query Look($key: String!) {
  me { id }
  domainNames(where: {name: {eq: $key}}, first: 3) { nodes { name } }
}"""
START = """mutation Start($seed: String!) {
  startScan(input: {seeds: [$seed], collectors: ["dns.resolve"]}) { run { id } errors { message } }
}"""
ID = "chosen-by-the-caller-2222"


async def test_a_question_is_one_trace_with_its_statements_beneath_it(caller: Caller) -> None:
    with traced() as spans:
        await caller.ask(LOOK, key="heron.example")

    request, operation = spans.one("request"), spans.one("operation")
    assert spans.traces() == {trace_of(request)}
    assert request.parent is None
    assert operation in spans.below(request)
    told = attributes(request)
    assert told.pop("mirage.correlation_id")
    assert told == {
        "http.request.method": "POST", "http.response.status_code": 200, "mirage.endpoint": "graphql",
    }  # fmt: skip
    assert attributes(operation) == {
        "graphql.operation.type": "query", "graphql.operation.name": "Look", "mirage.outcome": "mixed",
    }  # fmt: skip
    asked = [attributes(each) for each in spans.at_the_bottom(operation)]
    assert asked
    assert {each["db.operation.name"] for each in asked} == {"read"}
    assert {each["mirage.attempts"] for each in asked} == {1}
    assert all(isinstance(each["db.response.returned_rows"], int) for each in asked)


async def test_a_question_that_is_refused_says_so_by_its_code(caller: Caller) -> None:
    with traced() as spans:
        await caller.post("query Q { heron2222 }")

    operation = spans.one("operation")
    assert attributes(operation)["error.type"] == "InvalidDocument"
    assert not operation.status.is_ok
    assert "heron2222" not in spans.told()


async def test_what_machines_ask_all_the_time_is_not_traced(client: httpx.AsyncClient) -> None:
    with traced() as spans:
        for path in ("/healthz", "/readyz", "/metrics"):
            await client.get(path)

    assert list(spans) == []


async def test_what_somebody_looks_for_in_addresses_is_not_told(client: httpx.AsyncClient) -> None:
    with traced() as spans:
        await client.get(
            "/heron2222?heron2222", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
        )

    assert attributes(spans.one("request"))["mirage.endpoint"] == ""
    assert "heron2222" not in spans.told()
    assert spans.one("request").parent is None, "callers do not decide about traces"


def working(settings: RoleSettings, collecting: Collecting, queue: str) -> Any:
    """An arq worker as the roles have one, on a queue of its own."""

    role = Role("collector", queue, cast(Any, None))  # its handlers are here
    return _worker(
        settings, role, {"collect": collecting.carry_out}, Presence("collector", (queue,))
    )


async def carried_out(
    store: Store, queue: Queue, settings: RoleSettings, run: str, org: str
) -> None:
    """Let a conductor make the run's jobs, and a worker carry them out."""
    with tracing.begun("conductor"):
        step = await advance(store, run, MANIFESTS)
        assert step is not None
        (hint,) = step.hints
        where = f"mirage:queue:test:{uuid.uuid4()}"
        await hint_collect(queue, hint, Whose(org, run), where)

    async def moved(_: str) -> None:
        return None

    async with Writer(store) as writer:
        collecting = Collecting(
            store, writer, egress(), REGISTRY, Secrets(store, MASTERS), "w", moved
        )
        worker = working(settings, collecting, where)
        worker.burst = True
        async with asyncio.timeout(60):
            await worker.async_run()
        await worker.pool.aclose()


@pytest.fixture
def settings(redis_url: str) -> RoleSettings:
    given = {"neo4j_uri": "bolt://unused", "neo4j_password": "x", "evidence_folder": "/unused"}
    return RoleSettings(redis_url=redis_url, **given)  # type: ignore[arg-type]


async def test_a_job_is_one_trace_linked_to_the_question_and_to_the_step_that_made_it(
    caller: Caller, store: Store, queue: Queue, settings: RoleSettings
) -> None:
    with traced() as spans:
        run = (await change(caller, START, seed="heron.example"))["run"]["id"]
        await carried_out(store, queue, settings, run, caller.org)

    job, operation, conductor = (
        spans.one("job collect"), spans.one("operation"), spans.one("conductor")
    )  # fmt: skip
    assert len({trace_of(job), trace_of(operation), trace_of(conductor)}) == 3
    assert job.parent is None
    made, asked = linked_from(job)
    assert made == (trace_of(conductor), id_of(conductor))
    assert asked[0] == trace_of(operation)
    told = attributes(job)
    assert (told["mirage.job"], told["mirage.collector"]) == ("collect", "dns.resolve")
    assert (told["mirage.run"], told["mirage.outcome"]) == (run, "done")
    assert told["mirage.lease"]
    below = {attributes(each).get("db.query.summary") for each in spans.at_the_bottom(job)}
    assert {"job/take_lease", "job/list_targets", "job/finish_lease"} <= below
    group = spans.one("write group")
    assert trace_of(group) == trace_of(job), "what a job found is written in its trace"
    assert len(spans.at_the_bottom(group)) > 3


async def test_a_job_of_what_was_not_recorded_is_linked_to_nothing(
    caller: Caller, store: Store, queue: Queue, settings: RoleSettings
) -> None:
    run = (await change(caller, START, seed="heron.example"))["run"]["id"]
    stored = await store.read_single("MATCH (r:Run {id: $id}) RETURN r.traceparent", {"id": run})
    assert stored is None
    await carried_out(store, queue, settings, run, caller.org)
    with traced() as spans:
        await caller.ask("{ me { id } }")
    assert linked_from(spans.one("request")) == []


SECRET = """mutation S($value: SecretText!) {
  setSecret(input: {source: "heron", name: "key", value: $value}) { errors { message } }
}"""


async def test_nothing_confidential_is_in_any_span(
    caller: Caller, store: Store, queue: Queue, settings: RoleSettings
) -> None:
    seed, secret = f"s{uuid.uuid4().hex}.example", f"v{uuid.uuid4().hex}"
    with traced() as spans:
        run = (await change(caller, START, seed=seed))["run"]["id"]
        await carried_out(store, queue, settings, run, caller.org)
        await caller.ask(LOOK, key=seed)
        await caller.post(SECRET, {"value": secret})
        await caller.post("mutation { startScan(input: {seeds: 7}) { run { id } } }")
        asked = {
            "query": f'{{ domainNames(filter: {{name: {{eq: "{seed}"}}}}) {{ nodes {{ id }} }} }}'
        }
        await caller.client.post(
            "/graphql", json=asked,
            headers={**caller.headers, "X-Correlation-Id": ID, "User-Agent": "agent2222"},
        )  # fmt: skip

    told = spans.told()
    assert len(list(spans)) > 30
    assert run in told, "ids of ours are"
    for hidden in (seed, secret, caller.key, caller.email, caller.org, caller.id, ID, "agent2222"):
        assert hidden not in told
    known = set(get_args(tracing.Attribute))
    assert {name for span in spans for name in attributes(span)} <= known
    assert all(span.events == () and span.status.description is None for span in spans)


async def test_a_hint_that_lies_in_redis_names_its_maker(caller: Caller, queue: Queue) -> None:
    with traced() as spans:
        run = (await change(caller, START, seed="heron.example"))["run"]["id"]
        (key,) = [key async for key in queue.scan_iter(f"arq:job:advance:{run}:*")]
        sent = orjson.loads(await queue.get(key) or b"{}")

    assert int(sent["tp"].split("-")[1], 16) == trace_of(spans.one("operation"))
