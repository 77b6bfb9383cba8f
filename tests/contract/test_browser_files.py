"""The files for Neo4j Browser: current, complete, and with queries that begin at an index and only read."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest

from graph.migrate import migrate
from graph.model import registry
from graph.queries.catalog import load
from graph.store import Store
from server.web.browser.saved import archive
from server.web.browser.styles import style_sheet
from tests.support.stack import Neo4jAddress

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "server" / "web" / "browser"
DRAWN = sorted(file.stem for file in (ROOT / "cypher" / "browse").glob("*.cypher"))
SCANS = {"AllNodesScan", "NodeByLabelScan", "DirectedAllRelationshipsScan"}
RENEW = "run `python -m server.web.browser`"


def contents(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_the_style_sheet_is_current_and_colours_every_kind() -> None:
    sheet = (FOLDER / "mirage.grass").read_text("utf-8")
    assert sheet == style_sheet(), RENEW
    coloured = dict(re.findall(r"node\.(\w+) \{\n  color: (#[0-9a-f]{6});", sheet))
    assert set(registry.kinds()) <= set(coloured)
    of_kinds = [colour for name, colour in coloured.items() if name in registry.kinds()]
    assert len(set(of_kinds)) == len(of_kinds)


def test_the_saved_queries_are_current() -> None:
    found = contents((FOLDER / "mirage-queries.zip").read_bytes())
    assert found == contents(archive()), RENEW
    folders: dict[str, set[str]] = {}
    for name in found:
        folder, _, script = name.partition("/")
        folders.setdefault(folder, set()).add(script)
    assert folders.keys() == {"Mirage", "Mirage, what it asks itself"}
    assert folders["Mirage"] == {f"{name}.cypher" for name in DRAWN}
    assert all(script.endswith(".cypher") for script in folders["Mirage, what it asks itself"])


def test_a_saved_query_is_one_statement_under_a_name_that_the_drawer_shows() -> None:
    """Browser shows the first comment, some 25 letters of it, and draws the answer of single statements only."""
    for name, content in contents(archive()).items():
        first, *lines = content.decode().splitlines()
        assert first == f"// {name.rpartition('/')[2].removesuffix('.cypher')}"
        assert not [line for line in lines if line.startswith(":")]
        assert [line for line in lines if line.rstrip().endswith(";")] == lines[-1:]


@pytest.mark.parametrize("name", DRAWN)
def test_a_query_to_draw_sets_what_it_uses(name: str) -> None:
    file = load(f"browse/{name}")
    assert {"summary", "params", "index"} <= file.header.keys()
    saved = contents(archive())[f"Mirage/{name}.cypher"].decode()
    used = set(re.findall(r"\$([a-z_]+)", file.text)) - {"org"}
    assert used == set(re.findall(r"^  (\w+): [^o]\S*$", saved, re.MULTILINE))
    assert '""' not in saved
    assert "$" not in saved
    assert "LIMIT" in file.text
    page = (ROOT / "docs" / "neo4j-browser.md").read_text("utf-8")
    assert f"`{name}`" in page


@pytest.mark.parametrize("name", DRAWN)
def test_a_query_to_draw_reads_from_an_index(name: str, session: neo4j.Session) -> None:
    saved = contents(archive())[f"Mirage/{name}.cypher"].decode().removesuffix(";\n")
    summary = session.run(f"EXPLAIN {saved}").consume()
    assert summary.query_type == "r"
    scans = [plan for plan in _plans(summary.plan or {}) if _operator(plan) in SCANS]
    assert [plan["args"]["Details"] for plan in scans] == ["organization:Organization"]


def _plans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("children") or []:
        yield from _plans(child)


def _operator(plan: dict[str, Any]) -> str:
    return str(plan["operatorType"]).partition("@")[0]


@pytest.fixture(scope="module")
def session(neo4j_server: Neo4jAddress) -> Iterator[neo4j.Session]:
    """A session on a database with the schema in place."""
    address = neo4j_server
    with neo4j.GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver:
        asyncio.run(_migrate(address))
        with driver.session() as opened:
            yield opened


async def _migrate(address: Neo4jAddress) -> None:
    async with Store.open(address.uri, address.user, address.password) as store:
        await store.wait_ready()
        await migrate(store)
