"""Jobs that were given up: who sees them, and how they are carried out again one by one."""

from __future__ import annotations

from typing import Any

from graph.model.network import DomainName
from graph.store import Store
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_changes import change
from tests.api.test_runs import started
from tests.support.acting import fail_job

LIST = """query L($run: ID, $collector: String, $first: Int, $after: String) {
  deadLetters(run: $run, collector: $collector, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id collector reason attempts deaths givenUpAt owner run { id } entities { key } } } }"""
RETRY = """mutation R($id: ID!, $jobs: [ID!]) { retryFailed(id: $id, jobs: $jobs) {
  run { id retries { id } } errors { code message } } }"""


async def failed(caller: Caller, store: Store) -> str:
    """A run that is over, one job of which was given up."""
    run = await started(caller)
    await fail_job(store, caller.org, run)
    return run


async def listed(caller: Caller, **given: Any) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await caller.ask(LIST, **given))["deadLetters"]["nodes"]
    return nodes


async def test_who_looks_after_jobs_sees_what_became_of_them(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    run = await failed(caller, store)
    (letter,) = await listed(caller)
    assert letter.pop("givenUpAt")
    assert letter == {
        "id": f"{run}-failed", "collector": "dns.resolve", "reason": "broken", "attempts": 5, "deaths": 0,
        "owner": caller.id, "run": {"id": run}, "entities": [{"key": "heron.example"}],
    }  # fmt: skip
    other = await failed(caller, store)
    assert [each["run"]["id"] for each in await listed(caller)] == [other, run]
    assert [each["run"]["id"] for each in await listed(caller, run=run)] == [run]
    assert await listed(caller, collector="dns.records") == []
    assert await listed(await make_caller()) == []

    page = (await caller.ask(LIST, first=1))["deadLetters"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (2, True)
    after = page["pageInfo"]["endCursor"]
    assert [each["run"]["id"] for each in await listed(caller, first=1, after=after)] == [run]


async def test_only_the_jobs_that_are_named_are_carried_out_again(
    caller: Caller, store: Store
) -> None:
    run = await failed(caller, store)
    (refused,) = (await change(caller, RETRY, id=run, jobs=["unknown"]))["errors"]
    assert refused["code"] == "CONFLICT"
    assert refused["message"].startswith("jobs: none of these failed in the run")
    retry = await change(caller, RETRY, id=run, jobs=[f"{run}-failed"])
    assert (retry["errors"], retry["run"]["retries"]) == ([], {"id": run})
    kept = await store.read_single(
        "MATCH (r:Run {id: $id}) RETURN r.retries_jobs", {"id": retry["run"]["id"]}
    )
    assert kept == [f"{run}-failed"]


async def test_a_job_about_what_a_member_may_not_see_is_not_there_for_them(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    await failed(caller, store)
    member = await make_caller("ANALYST", beside=caller, clearance="GREEN")
    assert len(await listed(member)) == 1
    await store.execute(
        "MATCH (n:Entity {id: $id}) SET n.tlp = 'RED'",
        {"id": DomainName(name="heron.example").id_in(caller.org)},
    )
    assert len(await listed(caller)) == 1
    page = (await member.ask(LIST))["deadLetters"]
    assert (page["nodes"], page["totalCount"]) == ([], 0)
