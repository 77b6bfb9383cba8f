"""Every query file: its header, its parameters and columns in Python, and how the database would run it."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest

import graph.queries
from graph.migrate import migrate
from graph.queries.catalog import Query, every_file, load
from graph.store import Store
from tests.support.investigation import write_investigation
from tests.support.stack import Neo4jAddress

FOLDER = Path(__file__).parents[2] / "cypher"
APART = {"browse", "correlate", "schema"}  # tested by themselves; the schema is applied, not asked

FILES = sorted(
    str(file.relative_to(FOLDER)).removesuffix(".cypher")
    for file in FOLDER.rglob("*.cypher")
    if file.relative_to(FOLDER).parts[0] not in APART
)
VERBS = {
    "get", "list", "count", "find", "path", "upsert", "link", "unlink", "delete",
    "lock", "take", "renew", "release", "finish", "cancel", "pause", "resume",
    "drop", "close",
}  # fmt: skip
SCANS = {"AllNodesScan", "NodeByLabelScan", "UnionNodeByLabelsScan", "DirectedAllRelationshipsScan"}

# Labels, types and properties that no data has yet.
NOT_YET_SEEN = {"01N50", "01N51", "01N52"}

_DECLARED = re.compile(r"(?:^|,)\s*([a-z_0-9]+):\s+[a-z]")
_COMMENT_OR_TEXT = re.compile(r"//[^\n]*|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


def _queries() -> dict[str, list[Query[Any, Any]]]:
    found: dict[str, list[Query[Any, Any]]] = {}
    for module in pkgutil.iter_modules(graph.queries.__path__, "graph.queries."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Query):
                found.setdefault(value.name, []).append(value)
    return found


QUERIES = _queries()


def test_each_file_is_paired_once_with_its_types() -> None:
    assert sorted(QUERIES) == FILES
    assert [name for name, pairs in QUERIES.items() if len(pairs) > 1] == []


def test_a_start_up_cache_is_made_by_planning_them_all() -> None:
    every = {str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.cypher")}
    asked = {name for name in every if not name.startswith("schema/")}
    assert {f"{file.name}.cypher" for file in every_file()} == asked


@pytest.mark.parametrize("name", FILES)
def test_the_header_says_what_python_says(name: str) -> None:
    query, file = QUERIES[name][0], load(name)
    assert name.rpartition("/")[2].split("_")[0] in VERBS
    assert {"summary", "mode", "returns", "rows"} <= file.header.keys()
    assert "index" in file.header or "scan" in file.header
    assert file.header["mode"] in ("read", "write")
    text = _COMMENT_OR_TEXT.sub("''", file.text)
    used = set(re.findall(r"\$([a-z_0-9]+)", text))
    assert used == set(query.params.model_fields), "parameters in the text"
    assert set(_declared(name, "params")) == used, "parameters in the header"
    assert _columns(text) == list(query.row.model_fields) or set(_columns(text)) == set(
        query.row.model_fields
    ), "columns in the text"
    assert set(_declared(name, "returns")) == set(query.row.model_fields), "columns in the header"


def _declared(name: str, entry: str) -> Iterator[str]:
    """The names an entry of the header declares, whether one to a line or several."""
    inside = False
    for line in (FOLDER / f"{name}.cypher").read_text("utf-8").splitlines():
        if not line.startswith("//"):
            return
        if found := re.match(r"//\s?([a-z][a-z_-]*):\s+(.*)", line):
            inside, rest = found[1] == entry, found[2]
        else:
            rest = line.removeprefix("//").strip()
        if inside and rest != "none":
            yield from _DECLARED.findall(rest)


def _columns(text: str) -> list[str]:
    """The aliases of the statement's own RETURN: the last one outside of braces."""
    depth, start = 0, -1
    for found in re.finditer(r"[{}]|\bRETURN\b", text):
        if found[0] == "RETURN":
            start = found.end() if depth == 0 else start
        else:
            depth += 1 if found[0] == "{" else -1
    if start < 0:
        return []
    body = re.split(r"\b(?:ORDER BY|LIMIT|SKIP)\b", _outside(text[start:]))[0]
    parts = [part.strip().removeprefix("DISTINCT ").strip() for part in body.split("\x00")]
    return [part.rpartition(" AS ")[2].strip() for part in parts]


def _outside(text: str) -> str:
    """The text with top-level commas as NUL and what is inside of brackets left out."""
    depth, out = 0, []
    for character in text:
        depth += character in "([{"
        depth -= character in ")]}"
        if depth == 0:
            out.append("\x00" if character == "," else character)
    return "".join(out)


@pytest.mark.parametrize("name", FILES)
def test_the_database_would_use_an_index(name: str, session: neo4j.Session) -> None:
    file = load(name)
    summary = session.run(f"EXPLAIN {file.text}", dict.fromkeys(_parameters(name))).consume()
    told = [n for n in summary.gql_status_objects if n.is_notification]
    assert [n.status_description for n in told if n.gql_status not in NOT_YET_SEEN] == []
    operators = set(_operators(summary.plan or {}))
    if "scan" not in file.header:
        assert SCANS & operators == set()
    wants = neo4j.READ_ACCESS if file.header["mode"] == "read" else neo4j.WRITE_ACCESS
    assert (summary.query_type == "r") == (wants == neo4j.READ_ACCESS)


def _parameters(name: str) -> list[str]:
    return list(QUERIES[name][0].params.model_fields)


def _operators(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["operatorType"].partition("@")[0]
    for child in plan.get("children") or []:
        yield from _operators(child)


@pytest.fixture(scope="module")
def session(neo4j_server: Neo4jAddress) -> Iterator[neo4j.Session]:
    """A session on a database with the schema in place, and data: an empty graph is rightly read whole."""
    address = neo4j_server
    with neo4j.GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver:
        asyncio.run(_fill(address))
        with driver.session() as opened:
            yield opened


async def _fill(address: Neo4jAddress) -> None:
    async with Store.open(address.uri, address.user, address.password) as store:
        await store.wait_ready()
        await migrate(store)
        await write_investigation(store)
