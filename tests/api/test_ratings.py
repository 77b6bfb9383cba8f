"""How much assets matter, through the API and from the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from graph.model.network import DomainName
from graph.store import Store
from graph.writer import Writer
from tests.api.conftest import Caller, Command, MakeCaller
from tests.api.test_findings import SUBJECT, make_findings
from tests.support.facts import answer

RATE = """mutation R($ids: [ID!]!, $to: AssetCriticality, $reason: String) {
  rateAssets(entities: $ids, criticality: $to, reason: $reason) {
    ratings { criticality reason by entity { key } } errors { code message } } }"""
LIST = """query L($first: Int, $after: String, $only: [AssetCriticality!]) {
  assetRatings(first: $first, after: $after, criticalities: $only) {
    totalCount pageInfo { hasNextPage endCursor } nodes { criticality by entity { key } } } }"""
RISKS = "{ findings { nodes { title risk { score parts { name factor reason } } } } }"
OTHER = DomainName(name="other.example")


@pytest.fixture(autouse=True)
async def found(store: Store, caller: Caller) -> None:
    """The findings a to g, and a name of which there are none."""
    await make_findings(store, caller)
    async with Writer(store) as writer:
        await writer.write(caller.org, [answer(OTHER, 2, OTHER)])


async def test_a_word_counts_at_once_and_can_be_taken_back(caller: Caller) -> None:
    ids = [SUBJECT.id_in(caller.org)]
    told = (await caller.ask(RATE, ids=ids, to="CRITICAL", reason=" the shop "))["rateAssets"]
    assert told["errors"] == []
    assert told["ratings"] == [
        {"criticality": "CRITICAL", "reason": "the shop", "by": caller.email, "entity": {"key": SUBJECT.name}}
    ]  # fmt: skip
    critical = await scores(caller)
    low = (await caller.ask(RATE, ids=ids, to="LOW"))["rateAssets"]["ratings"]
    assert [each["criticality"] for each in low] == ["LOW"]
    assert await scores(caller) == {
        title: pytest.approx(score * 0.4, abs=0.06) for title, score in critical.items()
    }
    assert (await caller.ask(RATE, ids=ids, to=None))["rateAssets"]["ratings"] == []
    assert (await caller.ask(LIST))["assetRatings"]["totalCount"] == 0
    assert await scores(caller) == {
        title: pytest.approx(score * 0.7, abs=0.06) for title, score in critical.items()
    }


async def scores(caller: Caller) -> dict[str, float]:
    nodes = (await caller.ask(RISKS))["findings"]["nodes"]
    return {each["title"]: each["risk"]["score"] for each in nodes}


async def test_ratings_are_listed_latest_first(caller: Caller) -> None:
    for name, to in ((SUBJECT, "HIGH"), (OTHER, "LOW")):
        await caller.ask(RATE, ids=[name.id_in(caller.org)], to=to)
    seen: list[str] = []
    after = None
    while True:
        page = (await caller.ask(LIST, first=1, after=after))["assetRatings"]
        assert page["totalCount"] == 2
        seen += [each["entity"]["key"] for each in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == [OTHER.name, SUBJECT.name]
    only = (await caller.ask(LIST, only=["HIGH"]))["assetRatings"]
    assert [each["entity"]["key"] for each in only["nodes"]] == [SUBJECT.name]


async def test_who_may_and_of_what(caller: Caller, make_caller: MakeCaller, store: Store) -> None:
    ours, hidden = SUBJECT.id_in(caller.org), OTHER.id_in(caller.org)
    viewer: Caller = await make_caller("VIEWER", beside=caller)
    answered = (await viewer.post(RATE, {"ids": [ours], "to": "HIGH"})).json()
    assert answered["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"

    await caller.ask(RATE, ids=[hidden], to="HIGH")
    await store.execute("MATCH (n:Entity {id: $id}) SET n.tlp = 'RED'", {"id": hidden})
    analyst: Caller = await make_caller("ANALYST", beside=caller, clearance="AMBER")
    for ids in ([ours, hidden], ["unknown"]):
        told = (await analyst.ask(RATE, ids=ids, to="LOW"))["rateAssets"]
        assert told["errors"][0]["code"] == "NOT_FOUND"
    assert (await analyst.ask(LIST))["assetRatings"] == {
        "totalCount": 0, "nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None},
    }  # fmt: skip
    stranger: Caller = await make_caller()
    told = (await stranger.ask(RATE, ids=[ours], to="LOW"))["rateAssets"]
    assert told["errors"][0]["code"] == "NOT_FOUND"


@pytest.mark.timeout(180)
async def test_assets_from_the_terminal(caller: Caller, mirage: Command) -> None:
    async def command(*arguments: str) -> Any:
        return await mirage("asset", *arguments)

    ours = SUBJECT.id_in(caller.org)
    told = await command("rate", ours, "--to", "critical", "--reason", "the shop", "--json")
    assert told["ratings"][0]["asset"] == f"DomainName {SUBJECT.name}"
    listed = await command("list", "--criticality", "critical")
    assert "the shop" in listed
    first = (await mirage("finding", "list", "--order", "risk", "--json"))["findings"][0]
    assert first["risk"] > 0
    shown = await mirage("finding", "show", first["id"])
    assert "criticality × 1.00: it was said to be critical" in shown
    assert "no ratings" in await command("unrate", ours)
    assert "no entity" in await command("rate", "unknown", "--to", "low")
