"""Markings of an imported bundle on what it states, until somebody else says it openly or it is withdrawn."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace

import orjson

from collectors._kit.registry import discover
from graph.facts import Answer, Evidence, Outcome
from graph.model.base import Fact
from graph.model.network import DomainName
from graph.queries.catalog import load
from graph.store import Store
from graph.writer import Writer
from server.jobs.imports import Offered, import_file, withdraw
from tests.support.facts import answer, new_org

REGISTRY = discover(with_entry_points=False)
AMBER, GREEN = (
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
)
EVIL = "evil.example"


def bundle(marking: str) -> bytes:
    """A malware that talks to a name; both so marked."""
    name, malware = f"domain-name--{uuid.UUID(int=1)}", f"malware--{uuid.UUID(int=2)}"
    objects: list[dict[str, object]] = [
        {"type": "domain-name", "id": name, "value": EVIL},
        {"type": "malware", "id": malware, "name": "Wickworm", "is_family": True},
        {
            "type": "relationship", "id": f"relationship--{uuid.UUID(int=3)}",
            "relationship_type": "communicates-with", "source_ref": malware, "target_ref": name,
        },
    ]  # fmt: skip
    marked = [{**one, "object_marking_refs": [marking]} for one in objects]
    return orjson.dumps({"type": "bundle", "id": f"bundle--{uuid.UUID(int=4)}", "objects": marked})


async def take_in(store: Store, org: str, content: bytes) -> str:
    async with Writer(store) as writer:
        done = await import_file(
            store, writer, REGISTRY, org, Offered(io.BytesIO(content), "a.json", "stix21")
        )
    return done.sha256


async def say(store: Store, org: str, second: float, *facts: Fact) -> None:
    said: Answer = answer(DomainName(name=EVIL), second, *facts, collector="dns.resolve")
    async with Writer(store) as writer:
        await writer.write(org, [said])


async def markings(store: Store, org: str) -> dict[str, str | None]:
    """The marking of each fact about the name and the malware, by its kind or type."""
    rows = await store.read(
        "MATCH (n:Entity {org: $org}) WHERE n.key = $evil OR n:Malware "
        "RETURN head([l IN labels(n) WHERE l IN ['DomainName', 'Malware']]) AS what, n.tlp AS tlp "
        "UNION ALL MATCH (:Malware {org: $org})-[r:COMMUNICATES_WITH]->() "
        "RETURN 'COMMUNICATES_WITH' AS what, r.tlp AS tlp",
        {"org": org, "evil": EVIL},
    )
    return {row["what"]: row["tlp"] for row in rows}


def all_as(tlp: str | None) -> dict[str, str | None]:
    return dict.fromkeys(("DomainName", "Malware", "COMMUNICATES_WITH"), tlp)


async def test_the_least_restrictive_claim_counts_and_withdrawing_it_restores_the_other(
    store: Store,
) -> None:
    org = new_org()
    await take_in(store, org, bundle(AMBER))
    assert await markings(store, org) == all_as("AMBER")
    green = await take_in(store, org, bundle(GREEN))
    assert await markings(store, org) == all_as("GREEN")
    async with Writer(store) as writer:
        assert await withdraw(store, writer, org, green, None) == 1
    assert await markings(store, org) == all_as("AMBER")


async def test_what_somebody_says_openly_is_open_while_they_say_it(store: Store) -> None:
    org = new_org()
    sha256 = await take_in(store, org, bundle(AMBER))
    await say(store, org, 1, DomainName(name=EVIL))
    assert await markings(store, org) == {**all_as("AMBER"), "DomainName": None}
    await say(store, org, 2)
    assert await markings(store, org) == all_as("AMBER")
    async with Writer(store) as writer:
        await withdraw(store, writer, org, sha256, None)
    # Of what nobody says any more, whoever said it most openly decides.
    assert await markings(store, org) == {**all_as("AMBER"), "DomainName": None}


async def test_values_said_in_confidence_do_not_become_open_with_the_name(store: Store) -> None:
    org = new_org()
    confidential = answer(
        DomainName(name="other.example"), 1, DomainName(name=EVIL, aliases=("Moth",)), tlp="RED"
    )
    async with Writer(store) as writer:
        await writer.write(org, [confidential])
    await say(store, org, 2, DomainName(name=EVIL))
    assert await markings(store, org) == {"DomainName": "RED"}
    await say(store, org, 3, DomainName(name=EVIL, aliases=("Moth",)))
    assert await markings(store, org) == {"DomainName": None}


async def test_what_was_only_looked_at_in_confidence_is_as_confidential(store: Store) -> None:
    org = new_org()
    looked = answer(DomainName(name=EVIL), 1, outcome=Outcome.ABSENT, tlp="RED")
    async with Writer(store) as writer:
        await writer.write(org, [looked])
        assert await markings(store, org) == {"DomainName": "RED"}
        await writer.write(org, [replace(looked, collector="test.two", tlp="GREEN")])
        assert await markings(store, org) == {"DomainName": "GREEN"}
    await say(store, org, 2, DomainName(name=EVIL))
    assert await markings(store, org) == {"DomainName": None}
    assert await strictest(store, org) is None, "nobody who stated it marked it"


async def test_the_strictest_marking_is_remembered(store: Store) -> None:
    org = new_org()
    sha256 = await take_in(store, org, bundle(AMBER))
    await take_in(store, org, bundle(GREEN))
    await say(store, org, 1, DomainName(name=EVIL))
    async with Writer(store) as writer:
        await withdraw(store, writer, org, sha256, None)
    assert (await markings(store, org))["DomainName"] is None
    assert await strictest(store, org) == "AMBER"


async def strictest(store: Store, org: str) -> object:
    return await store.read_single(
        "MATCH (n:DomainName {org: $org, key: $evil}) RETURN n.strictest",
        {"org": org, "evil": EVIL},
    )


async def test_evidence_of_marked_answers_is_kept_apart(store: Store) -> None:
    """The same bytes may have come from an address that says who has them."""
    org, body = new_org(), b"the same bytes"
    name = DomainName(name=EVIL)
    async with Writer(store) as writer:
        for tlp, url in (("RED", "https://secret.example/"), ("", "https://open.example/")):
            seen = replace(
                answer(name, 1, name, collector=f"test.{tlp or 'open'}".lower(), tlp=tlp),
                evidence=(Evidence.of(body, "text/plain", url),),
            )
            await writer.write(org, [seen])
    rows = await store.read(
        "MATCH (o:Observation {org: $org})-[:EVIDENCED_BY]->(e) RETURN o.tlp AS tlp, e.source_url AS url"
        " ORDER BY url",
        {"org": org},
    )
    assert [(row["tlp"], row["url"]) for row in rows] == [
        (None, "https://open.example/"),
        ("RED", "https://secret.example/"),
    ]


async def test_what_was_marked_before_there_were_clearances_is_kept_back(store: Store) -> None:
    org = new_org()
    await store.execute(
        "CREATE (a:Entity {id: $org + 'a', org: $org, is_marked: true})"
        "-[:RESOLVES_TO {id: $org + 'r', org: $org, is_marked: true}]->(:Entity {id: $org + 'b', org: $org})",
        {"org": org},
    )
    for statement in load("schema/0009_markings").text.split(";"):
        if statement.strip():
            await store.execute(statement)
    rows = await store.read(
        "MATCH (a:Entity {org: $org}) OPTIONAL MATCH (a)-[r]->()"
        " RETURN a.strictest AS one, r.strictest AS link, a.is_marked AS before ORDER BY a.id",
        {"org": org},
    )
    assert [(row["one"], row["link"], row["before"]) for row in rows] == [
        ("RED", "RED", None),
        (None, None, None),
    ]
    await store.execute("MATCH (n:Entity {org: $org}) DETACH DELETE n", {"org": org})
