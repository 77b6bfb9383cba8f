"""Saved queries for Neo4j Browser: an archive of `cypher/browse/`, each with its parameters set before it.

Those return paths, which Browser draws. The other reading queries of `cypher/` come along in folders of their own, for
whoever wants to see or change what the product asks.
"""

from __future__ import annotations

import importlib.resources
import io
import re
import zipfile
from collections.abc import Iterator
from importlib.resources.abc import Traversable

from graph.queries.catalog import CypherFile, load

DRAWN = "browse"
APART = {"correlate", "schema", "admin", "job"}
FOLDER = "Mirage"

ORGANIZATION = """// Once, before the others: which organization. Where there are several: :param org => 'its id'
:param [{org}] => { MATCH (o:Organization) RETURN o.id AS org LIMIT 1 }
"""

_USED = re.compile(r"\$([a-z_][a-z_0-9]*)")
_DECLARED = r"(?:^|[,\s]){name}: ([a-z<>]+)(?: = (\"[^\"]*\"|[0-9.]+))?"
_ALONE = re.compile(r"([a-z<>]+)(?: = (\"[^\"]*\"|[0-9.]+))?")


def archive() -> bytes:
    """The archive that Browser's import takes: the same bytes for the same queries."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in [("0_organization", ORGANIZATION), *_drawn(), *_others()]:
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}.cypher", (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return made.getvalue()


def _drawn() -> Iterator[tuple[str, str]]:
    for file in _files(DRAWN):
        yield file.name.rpartition("/")[2], saved(file)


def _others() -> Iterator[tuple[str, str]]:
    root = importlib.resources.files("cypher")
    for area in sorted(child.name for child in root.iterdir() if child.is_dir()):
        if area in APART or area == DRAWN or area.startswith("_"):
            continue
        for file in _files(area):
            if not file.is_write:
                yield file.name.replace("/", "_"), saved(file)


def _files(area: str) -> list[CypherFile]:
    folder: Traversable = importlib.resources.files("cypher").joinpath(area)
    names = sorted(child.name for child in folder.iterdir() if child.name.endswith(".cypher"))
    return [load(f"{area}/{name.removesuffix('.cypher')}") for name in names]


def saved(file: CypherFile) -> str:
    """A query as Browser keeps it: what it answers, its parameters, the statement."""
    lines = [f"// {file.header['summary']}"]
    lines.extend(
        f":param {name} => {_value(file, name)};"
        for name in dict.fromkeys(_USED.findall(file.text))
        if name != "org"
    )
    return "\n".join([*lines, f"{file.text};", ""])


def _value(file: CypherFile, name: str) -> str:
    """A parameter's default as its header states it, else what stands where a value is to be filled in."""
    alone = _ALONE.match(file.header.get(name, ""))
    listed = re.search(_DECLARED.format(name=name), file.header.get("params", ""))
    found = alone or listed
    if found is None:
        return "null"
    return str(found[2] or _empty(found[1]))


def _empty(kind: str) -> str:
    if kind.startswith("list"):
        return "[]"
    return {"str": '""', "int": "0", "float": "0.0", "bool": "false"}.get(kind, "null")
