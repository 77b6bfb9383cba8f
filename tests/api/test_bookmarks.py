"""What a mutation wrote is seen by the next question that carries its bookmark."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from graph.errors import InvalidQuestion
from server.graphql.bookmarks import WAITED_FOR, read_bookmark, write_bookmark
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_sockets import greeted, said
from tests.support.keys import MASTERS

SCAN = 'mutation { startScan(input: {seeds: ["heron.example"], presets: PASSIVE}) { run { id } } }'
ASSERT = (
    'mutation { assertFact(input: {entity: {kind: DomainName, key: "heron.example"}}) { claim } }'
)
NOW = datetime.now(UTC)


@pytest.mark.parametrize("mutation", [SCAN, ASSERT])
@pytest.mark.parametrize("question", ["{ runs { totalCount } }", "{ domainNames { totalCount } }"])
async def test_a_question_with_the_bookmark_waits_for_what_was_written(
    caller: Caller, waited: list[tuple[str, ...]], mutation: str, question: str
) -> None:
    answer = await caller.client.post("/graphql", json={"query": mutation}, headers=caller.headers)
    mark = answer.json()["extensions"]["bookmark"]
    assert answer.headers["x-mirage-bookmark"] == mark
    waited.clear()
    for sent in (
        {"headers": {**caller.headers, "X-Mirage-Bookmark": mark}, "json": {"query": question}},
        {
            "headers": caller.headers,
            "json": {"query": question, "extensions": {"bookmark": mark}},
        },
    ):
        told = await caller.client.post("/graphql", **sent)
        assert "errors" not in told.json()
        assert "x-mirage-bookmark" not in told.headers
        marks = set(waited)
        assert len(marks) == 1
        assert marks != {()}
        waited.clear()
    await caller.ask(question)
    assert set(waited) == {()}


async def test_over_a_socket_it_is_an_extension(
    address: str, caller: Caller, waited: list[tuple[str, ...]]
) -> None:
    async with greeted(address, caller) as opened:
        body = {"type": "subscribe", "id": "a", "payload": {"query": SCAN}}
        await opened.send(json.dumps(body))
        mark = (await said(opened))["payload"]["extensions"]["bookmark"]
        await said(opened)
        waited.clear()
        question = {"query": "{ runs { totalCount } }", "extensions": {"bookmark": mark}}
        await opened.send(json.dumps({"type": "subscribe", "id": "b", "payload": question}))
        assert (await said(opened))["payload"]["data"] == {"runs": {"totalCount": 1}}
    assert () not in waited


async def test_a_bookmark_of_another_organization_is_none(
    caller: Caller, make_caller: MakeCaller
) -> None:
    other: Caller = await make_caller()
    answer = await other.client.post("/graphql", json={"query": SCAN}, headers=other.headers)
    headers = {**caller.headers, "X-Mirage-Bookmark": answer.headers["x-mirage-bookmark"]}
    refused = await caller.client.post("/graphql", json={"query": "{ me { id } }"}, headers=headers)
    assert "data" not in refused.json()
    assert refused.json()["errors"][0]["extensions"]["code"] == "INVALID_QUESTION"


def test_a_bookmark_shows_nothing_of_the_database() -> None:
    text = write_bookmark(["FB:kcwQ"], "org", MASTERS, NOW)
    assert "FB:" not in text
    assert read_bookmark(text, "org", MASTERS, NOW) == ("FB:kcwQ",)
    assert write_bookmark([], "org", MASTERS, NOW) == ""
    assert write_bookmark(["FB:kcwQ" * 1_000], "org", MASTERS, NOW) == ""


def test_an_old_one_is_not_waited_for() -> None:
    text = write_bookmark(["FB:kcwQ"], "org", MASTERS, NOW)
    assert read_bookmark(text, "org", MASTERS, NOW + WAITED_FOR + timedelta(seconds=1)) == ()


@pytest.mark.parametrize(
    "text", ["FB:kcwQ", "v1.1.x.y", "x" * 5_000, MASTERS.seal(b"{}", "bookmark/org")]
)
def test_what_was_not_given_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuestion):
        read_bookmark(text, "org", MASTERS, NOW)
