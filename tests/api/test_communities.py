"""Which entities belong together: by what joins them, within a run, at a moment, below a clearance."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from graph.facts import Outcome
from graph.model.base import Entity
from graph.model.intelligence import Feed
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import CnameTo, ResolvesTo
from graph.model.threat import ListedIn
from graph.store import Store
from graph.writer import Writer
from server.graphql.communities import queries
from tests.api.conftest import Caller, Command, MakeCaller
from tests.support.facts import answer, moment, stated

ASK = """
query C($run: ID, $kinds: [EntityKind!], $types: [RelationshipType!], $resolution: Float, $first: Int, $at: DateTime) {
  communities(run: $run, kinds: $kinds, types: $types, resolution: $resolution, first: $first, at: $at) {
    count parts entities
    nodes {
      size cohesion kinds { kind count }
      members(first: 3) { centrality entity { key } }
      all: members(first: 50) { entity { key } }
      leaving { type from { key } to { key } }
    }
  }
}"""
OWN, OTHER = (
    [IPAddress(address=f"{net}.{n}") for n in (1, 2, 3)] for net in ("192.0.2", "198.51.100")
)
OWNED = [DomainName(name=f"{each}.example") for each in ("shop", "blog", "mail")]
OTHERS = [DomainName(name=f"{each}.test") for each in ("one", "two", "three", "four")]
BETWEEN = CnameTo(source=OWNED[2], target=OTHERS[0])


def resolves(names: list[DomainName], *addresses: IPAddress) -> list[ResolvesTo]:
    return [ResolvesTo(source=n, target=a, rrtype="A") for n in names for a in addresses]


@pytest.fixture
async def _known(store: Store, caller: Caller) -> None:
    """Names at addresses that they have in common, and one relationship that joins the two groups."""
    await stated(store, caller.org, 10, *resolves(OWNED, *OWN), *resolves(OTHERS, *OTHER))
    await stated(store, caller.org, 20, BETWEEN)


async def told(caller: Caller, **given: Any) -> Any:
    return (await caller.ask(ASK, **given))["communities"]


def groups(found: Any) -> list[set[str]]:
    return [{each["entity"]["key"] for each in node["all"]} for node in found["nodes"]]


def keys(*entities: Entity) -> set[str]:
    return {each.key for each in entities}


@pytest.mark.usefixtures("_known")
async def test_what_belongs_together_is_a_group(caller: Caller) -> None:
    found = await told(caller)
    assert (found["count"], found["parts"], found["entities"]) == (2, 1, 13)
    larger, smaller = groups(found)
    assert larger == keys(*OTHERS, *OTHER)
    assert smaller == keys(*OWNED, *OWN)
    one = found["nodes"][0]
    assert one["size"] == 7
    assert one["kinds"] == [{"kind": "DomainName", "count": 4}, {"kind": "IPAddress", "count": 3}]
    assert {each["entity"]["key"] for each in one["members"]} == keys(*OTHER)
    assert [each["centrality"] for each in one["members"]] == pytest.approx([2 / 15] * 3, abs=1e-6)
    assert 0.8 < one["cohesion"] < 1
    between = [{"type": "CNAME_TO", "from": {"key": "mail.example"}, "to": {"key": "one.test"}}]
    assert [each["leaving"] for each in found["nodes"]] == [between, between]


@pytest.mark.usefixtures("_known")
async def test_only_some_of_it_is_grouped(caller: Caller) -> None:
    assert (await told(caller, types=["RESOLVES_TO"]))["parts"] == 2
    assert len(groups(await told(caller, first=1))) == 1
    names = await told(caller, kinds=["DomainName"])
    assert groups(names) == [keys(OWNED[2], OTHERS[0])]
    assert (await told(caller, kinds=["Person"]))["nodes"] == []


async def reached(store: Store, caller: Caller, *entities: Entity) -> str:
    """The id of a run that had entities in its scope."""
    run = str(uuid.uuid4())
    ids = [each.id_in(caller.org) for each in entities]
    await store.execute(
        "CREATE (r:Run {id: $run, org: $org}) WITH r UNWIND $ids AS id MATCH (n:Entity {id: id}) "
        "CREATE (r)-[:REACHED {distance: 0}]->(n)",
        {"run": run, "org": caller.org, "ids": ids},
    )
    return run


@pytest.mark.usefixtures("_known")
async def test_a_run_has_the_groups_of_its_scope(
    store: Store, caller: Caller, make_caller: MakeCaller
) -> None:
    run = await reached(store, caller, *OWNED, *OWN, OTHERS[0])
    assert set().union(*groups(await told(caller, run=run))) == keys(*OWNED, *OWN, OTHERS[0])
    assert await told(caller, run="unknown") is None
    assert await told(await make_caller(), run=run) is None
    limited = await make_caller("OWNER", caller, "GREEN")
    assert await told(limited, run=run) is not None
    secret = DomainName(name="secret.example")
    await stated(store, caller.org, 30, *resolves([secret], *OWN), tlp="RED")
    named = [secret.id_in(caller.org)]
    await store.execute(
        "MATCH (r:Run {id: $run}) SET r.named = $named", {"run": run, "named": named}
    )
    assert await told(limited, run=run) is None
    assert await told(caller, run=run) is not None


@pytest.mark.usefixtures("_known")
async def test_it_is_answered_as_it_was(store: Store, caller: Caller) -> None:
    async with Writer(store) as writer:
        gone = answer(OWNED[2], 40, outcome=Outcome.ABSENT, collector="test.20.0", nonce="gone")
        await writer.write(caller.org, [gone])
    assert (await told(caller))["parts"] == 2
    assert (await told(caller, at=moment(25).isoformat()))["parts"] == 1
    assert (await told(caller, at=moment(15).isoformat()))["parts"] == 2
    assert (await told(caller, at=moment(5).isoformat()))["entities"] == 0


@pytest.mark.usefixtures("_known")
async def test_what_may_not_be_read_joins_nobody(
    store: Store, caller: Caller, make_caller: MakeCaller
) -> None:
    limited = await make_caller("OWNER", caller, "GREEN")
    secret = IPAddress(address="203.0.113.9")
    await stated(store, caller.org, 50, *resolves([*OWNED, *OTHERS], secret), tlp="RED")
    assert (await told(caller))["entities"] == 14
    found = await told(limited)
    assert (found["entities"], found["count"]) == (13, 2)
    assert not any("203.0.113.9" in group for group in groups(found))


@pytest.mark.usefixtures("_known")
async def test_what_is_listed_as_common_joins_nobody(store: Store, caller: Caller) -> None:
    shared = IPAddress(address="203.0.113.9")
    await stated(store, caller.org, 50, *resolves([*OWNED, *OTHERS], shared))
    before = (await told(caller))["nodes"][0]["cohesion"]
    feed = Feed(slug="common", polarity="known_common")
    await stated(store, caller.org, 60, ListedIn(source=shared, target=feed))
    without = ["DomainName", "IPAddress"]
    after = (await told(caller, kinds=without))["nodes"][0]["cohesion"]
    assert after > before + 0.05


@pytest.mark.usefixtures("_known")
async def test_what_is_too_much_or_wrong_is_refused(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refusal(**given: Any) -> tuple[str, str]:
        [error] = (await caller.post(ASK, given)).json()["errors"]
        return error["extensions"]["code"], error["message"]

    code, said = await refusal(resolution=0.01)
    assert said == "resolution is 0.01; it may be 0.1 to 10"
    monkeypatch.setattr(queries, "MOST_LINKS", 20)
    code, said = await refusal()
    assert code == "LIMIT_EXCEEDED"
    assert said.startswith("there are 22 relationships among them, more than 20; name a run")
    monkeypatch.setattr(queries, "MOST_ENTITIES", 10)
    code, said = await refusal()
    assert code == "LIMIT_EXCEEDED"
    assert said.startswith("there are more than 10 entities to group; name a run")
    assert (await told(caller, kinds=["IPAddress"]))["entities"] == 0


@pytest.mark.usefixtures("_known")
async def test_groups_of_a_run_are_shown_in_the_terminal(
    store: Store, caller: Caller, mirage: Command
) -> None:
    run = await reached(store, caller, *OWNED, *OWN, *OTHERS, *OTHER)
    found = await mirage("run", "groups", run, "--json")
    assert (found["count"], found["parts"], found["entities"]) == (2, 1, 13)
    larger = found["groups"][0]
    assert larger["kinds"] == ["DomainName 4", "IPAddress 3"]
    assert set(larger["held_by"]) == keys(*OTHER)
    assert larger["leads_to"] == ["mail.example CNAME_TO one.test"]
    text = await mirage("run", "groups", run)
    assert text.startswith("entities: 13, groups: 2, connected components: 1\n")
    assert "198.51.100.1" in text
    assert "there is no run unknown; `mirage run list`" in await mirage("run", "groups", "unknown")
