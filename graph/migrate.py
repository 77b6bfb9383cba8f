"""Bring a database's schema to what the ontology and `cypher/schema/` ask for.

Constraints and indexes of kinds follow from their declarations and are applied each time (IF NOT EXISTS). Files of
`cypher/schema/` hold what no declaration gives; each is applied once, in order of name, and recorded. Safe to run in
many processes at once and to be killed at any moment.
"""

from __future__ import annotations

import importlib.resources
import itertools
from collections.abc import Iterable, Iterator, Sequence, Set
from importlib.resources.abc import Traversable

from graph.errors import StoreUnavailable
from graph.model.registry import kinds
from graph.queries.catalog import parse
from graph.store import Limits, Store, Transaction
from graph.upsert.schema import schema_statements

_RECORDED = "MATCH (m:Migration) RETURN collect(m.name)"
_RECORD = """
UNWIND $names AS name MERGE (m:Migration {name: name}) ON CREATE SET m.applied_at = datetime()
"""
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
    for names, statements in _steps(done):
        await _change_schema(store, statements)
        await store.execute(_RECORD, {"names": names})
        applied += names
    return applied


def _steps(done: Set[str]) -> Iterator[tuple[list[str], list[str]]]:
    """What is to be done one after the other: names of files that are not done yet, and their statements.

    Files in a row that change nothing but the schema are done at once: one by one they take a quarter of the time that
    a new database takes.
    """
    folder = importlib.resources.files("cypher").joinpath("schema")
    files = sorted(f.name for f in folder.iterdir() if f.name.endswith(".cypher"))
    waiting = [(name, _statements_of(folder.joinpath(name))) for name in files if name not in done]
    for is_schema, group in itertools.groupby(waiting, lambda each: _is_schema(each[1])):
        some = list(group)
        if is_schema:
            yield [name for name, _ in some], [each for _, of in some for each in of]
        else:
            yield from (([name], of) for name, of in some)


def _statements_of(file: Traversable) -> list[str]:
    text = parse(f"schema/{file.name.removesuffix('.cypher')}", file.read_text("utf-8")).text
    return [each for part in text.split(";") if (each := part.strip())]


def _is_schema(statements: Iterable[str]) -> bool:
    return all(each.startswith(("CREATE CONSTRAINT", "CREATE INDEX")) for each in statements)
