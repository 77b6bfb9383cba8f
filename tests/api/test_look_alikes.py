"""Names that look like one's own, as callers are told of them."""

from __future__ import annotations

import pytest
import pytest_asyncio

from graph.facts import Answer, Outcome
from graph.identity.alikes import LookAlikes
from graph.model.network import DomainName
from graph.store import Store
from tests.api.conftest import Caller, Command, MakeCaller
from tests.support.correlating import NOW, write

OWN = DomainName(name="example-instruments.com")
COPIES = [
    DomainName(name=each)
    for each in (
        "exarnple-instruments.com",
        "example-instrument.com",
        "example-instruments.net",
    )
]
REACH = """
MERGE (run:Run {id: $run}) SET run.org = $org
WITH run MATCH (n:Entity {id: $id}) MERGE (run)-[near:REACHED]->(n) SET near.distance = 0
"""
LISTED = """query Q($first: Int, $after: String, $entity: ID, $least: Float! = 0.0) {
  lookAlikes(first: $first, after: $after, entity: $entity, leastScore: $least) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id of { key } name { key } ways score reason since } } }"""


@pytest_asyncio.fixture(loop_scope="session")
async def copied(caller: Caller, store: Store) -> Caller:
    """Somebody of whose organization's name there are copies, one of them marked."""
    said = [
        Answer(each, "dns.records", Outcome.FOUND, NOW, NOW, (each,), tlp=tlp)
        for each, tlp in zip([OWN, *COPIES], ["", "", "", "AMBER"], strict=True)
    ]
    touched = await write(store, caller.org, *said)
    given = {"run": f"{caller.org}-run", "org": caller.org, "id": OWN.id_in(caller.org)}
    await store.execute(REACH, given)
    await LookAlikes(store).compare(caller.org, touched, NOW)
    return caller


async def test_the_most_alike_come_first_a_page_at_a_time(copied: Caller) -> None:
    page = (await copied.ask(LISTED, first=2))["lookAlikes"]
    assert page["totalCount"] == 3
    assert [each["name"]["key"] for each in page["nodes"]] == [each.name for each in COPIES[:2]]
    assert page["nodes"][0]["ways"] == ["CONFUSABLE"]
    assert page["nodes"][0]["of"]["key"] == OWN.name
    assert page["nodes"][0]["reason"].endswith("its letters are mistaken for the other's")
    rest = (await copied.ask(LISTED, first=2, after=page["pageInfo"]["endCursor"]))["lookAlikes"]
    assert [each["name"]["key"] for each in rest["nodes"]] == [COPIES[2].name]
    assert not rest["pageInfo"]["hasNextPage"]


async def test_of_one_name_and_from_a_score_on(copied: Caller) -> None:
    one = COPIES[1].id_in(copied.org)
    (only,) = (await copied.ask(LISTED, entity=one))["lookAlikes"]["nodes"]
    assert only["name"]["key"] == COPIES[1].name
    assert (await copied.ask(LISTED, entity=OWN.id_in(copied.org)))["lookAlikes"]["totalCount"] == 3
    assert (await copied.ask(LISTED, least=0.9))["lookAlikes"]["totalCount"] == 1


async def test_who_may_not_read_one_of_the_two_is_not_told(
    copied: Caller, make_caller: MakeCaller
) -> None:
    limited: Caller = await make_caller("VIEWER", copied, "GREEN")
    found = (await limited.ask(LISTED))["lookAlikes"]
    assert found["totalCount"] == 2
    assert COPIES[2].name not in [each["name"]["key"] for each in found["nodes"]]
    stranger: Caller = await make_caller()
    assert (await stranger.ask(LISTED))["lookAlikes"]["totalCount"] == 0


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("copied")
async def test_they_are_told_in_the_terminal(mirage: Command) -> None:
    found = await mirage("match", "look-alikes", "--least", "0.7", "--json")
    assert {each["name"] for each in found["look_alikes"]} >= {each.name for each in COPIES[:2]}
    assert found["look_alikes"][0]["looks_like"] == OWN.name
    assert OWN.name in await mirage("match", "look-alikes")
