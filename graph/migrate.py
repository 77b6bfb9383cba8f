"""Bring a database's schema to what the ontology and `cypher/schema/` ask for.

Constraints and indexes of kinds follow from their declarations and are applied each time (IF NOT EXISTS). Files of
`cypher/schema/` hold what no declaration gives; each is applied once, in order of name, and recorded. Safe to run in
many processes at once and to be killed at any moment.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence

from graph.errors import StoreUnavailable
from graph.model.registry import kinds
from graph.queries.catalog import parse
from graph.store import Limits, Store, Transaction
from graph.upsert.schema import schema_statements

_RECORDED = "MATCH (m:Migration) RETURN collect(m.name)"
_RECORD = "MERGE (m:Migration {name: $name}) ON CREATE SET m.applied_at = datetime()"
_SCHEMA_LIMITS = Limits(timeout_s=150, retry_s=150)
_FIRST = "CREATE CONSTRAINT migration_name IF NOT EXISTS FOR (n:Migration) REQUIRE n.name IS UNIQUE"
# REMOVE takes a node's lock, which the write path and the conductor rely on, but only for a property whose name the
# database has met: this makes it known.
_LOCKABLE = """
MERGE (m:Migration {name: 'lock'})
SET m._lock = true
REMOVE m._lock
"""
_ONLINE = "CALL db.awaitIndexes(120)"
_MISSING = """
SHOW INDEXES YIELD name, state WHERE state <> 'ONLINE' RETURN collect(name + ' is ' + state)
"""


async def migrate(store: Store) -> list[str]:
    """Apply what is missing, wait until indexes serve, and give the names of the files applied now.

    A MERGE planned before its index serves is hundreds of times slower and stays so, hence the wait.
    Raises StoreUnavailable when an index does not come online.
    """
    await _change_schema(store, [_FIRST])
    await store.execute(_LOCKABLE)
    present = {str(row["name"]) for row in await store.read("SHOW INDEXES YIELD name RETURN name")}
    missing = [
        statement
        for statement in schema_statements(kinds().values())
        if statement.split()[2 if "FULLTEXT" not in statement else 3] not in present
    ]
    await _change_schema(store, missing)
    applied = await _apply_files(store)
    await store.read(_ONLINE, limits=Limits(timeout_s=150))
    if waiting := await store.read_single(_MISSING):
        raise StoreUnavailable(f"indexes that do not serve: {', '.join(waiting)}")
    return applied


async def _change_schema(store: Store, statements: Sequence[str]) -> None:
    """Run schema commands in one transaction: a hundred of their own take twice as long.

    Processes that do it at once lock each other out; the store then tries again.
    """

    async def work(tx: Transaction) -> None:
        for statement in statements:
            await tx.execute(statement)

    if statements:
        await store.transact(work, limits=_SCHEMA_LIMITS)
        # Nothing else can be planned well, or at all, while many indexes fill.
        await store.read(_ONLINE, limits=_SCHEMA_LIMITS)


async def _apply_files(store: Store) -> list[str]:
    done = set(await store.read_single(_RECORDED) or [])
    applied: list[str] = []
    folder = importlib.resources.files("cypher").joinpath("schema")
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".cypher") or file.name in done:
            continue
        name = file.name.removesuffix(".cypher")
        text = parse(f"schema/{name}", file.read_text("utf-8")).text
        statements = [part.strip() for part in text.split(";")]
        await _change_schema(store, [statement for statement in statements if statement])
        await store.execute(_RECORD, {"name": file.name})
        applied.append(file.name)
    return applied
