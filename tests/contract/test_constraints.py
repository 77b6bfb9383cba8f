"""Every kind and record of the graph has the constraint and the indexes that its declaration asks for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import neo4j
import pytest

from graph.migrate import migrate
from graph.model.base import Entity
from graph.model.registry import kinds
from graph.store import Store
from tests.support.stack import Neo4jAddress

FILES = sorted((Path(__file__).parents[2] / "cypher" / "schema").glob("*.cypher"))
NAMED = re.compile(r"^CREATE (?:FULLTEXT |\w+ )?(?:CONSTRAINT|INDEX) (\w+)", re.MULTILINE)

Index = tuple[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def session(neo4j_server: Neo4jAddress) -> Iterator[neo4j.Session]:
    """A session on a database with the schema in place."""
    address = neo4j_server
    asyncio.run(_migrate(address))
    with (
        neo4j.GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver,
        driver.session() as opened,
    ):
        yield opened


async def _migrate(address: Neo4jAddress) -> None:
    async with Store.open(address.uri, address.user, address.password) as store:
        await store.wait_ready()
        await migrate(store)


@pytest.fixture(scope="module")
def indexes(session: neo4j.Session) -> set[Index]:
    """What the database has an index of: label and properties, constraints' own among them."""
    rows = session.run(
        "SHOW INDEXES YIELD labelsOrTypes, properties, state, entityType "
        "WHERE entityType = 'NODE' AND state = 'ONLINE' RETURN labelsOrTypes, properties"
    )
    return {(label, tuple(row[1] or ())) for row in rows for label in row[0] or ()}


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.__name__)
def test_a_kind_is_found_by_its_key_and_by_each_indexed_property(
    kind: type[Entity], indexes: set[Index]
) -> None:
    indexed = [name for name, p in kind.properties().items() if p.is_indexed and not p.is_key]
    wanted = {(kind.__name__, ("org", name)) for name in ("key", *indexed)}

    assert wanted <= indexes


def test_every_entity_and_record_is_unique_by_its_id(session: neo4j.Session) -> None:
    rows = session.run(
        "SHOW CONSTRAINTS YIELD labelsOrTypes, properties, type "
        "WHERE type CONTAINS 'UNIQUENESS' AND properties = ['id'] RETURN labelsOrTypes[0]"
    )
    unique = {row[0] for row in rows}

    assert {"Entity", "Claim", "Observation", "Evidence", "Outbox"} <= unique


def test_the_schema_files_are_in_the_database(session: neo4j.Session) -> None:
    declared = {name for file in FILES for name in NAMED.findall(file.read_text("utf-8"))}
    there = {row[0] for row in session.run("SHOW INDEXES YIELD name RETURN name")}
    there |= {row[0] for row in session.run("SHOW CONSTRAINTS YIELD name RETURN name")}

    assert declared
    assert declared <= there
