"""Saved queries for Neo4j Browser: an archive of `cypher/browse/`, each a statement that runs and draws as it stands.

Browser draws the answer of one statement only, so their parameters stand in the statement itself and not before it. The
other reading queries of `cypher/` come along in a folder of their own, for whoever wants to see or change what the
product asks; those take parameters, which `:params` sets.
"""

from __future__ import annotations

import io
import re
import textwrap
import zipfile
from collections.abc import Iterator

from graph.queries.catalog import PARAMETER, CypherFile, every_file

DRAWN = "browse"
APART = {DRAWN, "correlate", "job"}
FOLDER, OTHERS = "Mirage", "Mirage, what it asks itself"

_OPEN = """MATCH (organization:Organization)
WITH {
  org: organization.id{values}
} AS asked
LIMIT 1 // the first organization; where there are several, write the id of yours above
CALL (asked) {
"""

_DECLARED = r"(?:^|[,\s]){name}: ([a-z<>]+)(?: = (\"[^\"]*\"|[0-9.]+))?"
_ALONE = re.compile(r"([a-z<>]+)(?: = (\"[^\"]*\"|[0-9.]+))?")


def archive() -> bytes:
    """The archive that Browser takes when it is dropped there: the same bytes for the same queries."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in [*_drawn(), *_others()]:
            entry = zipfile.ZipInfo(f"{name}.cypher", (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return made.getvalue()


def _drawn() -> Iterator[tuple[str, str]]:
    for file in every_file():
        if file.area == DRAWN:
            yield f"{FOLDER}/{_title(file)}", saved(file)


def _others() -> Iterator[tuple[str, str]]:
    for file in every_file():
        if file.area not in APART and not file.is_write:
            yield f"{OTHERS}/{_title(file)}", parameterised(file)


def saved(file: CypherFile) -> str:
    """A query to draw: what it answers, then one statement with the values to change at its beginning."""
    values = "".join(
        f",\n  {name}: {_value(file, name)}" for name in file.parameters if name != "org"
    )
    body = PARAMETER.sub(r"asked.\1", file.text)
    columns = body[body.rindex("RETURN ") :].partition("\n")[0]
    opening = _OPEN.replace("{values}", values)
    return f"{_heading(file)}{opening}{textwrap.indent(body, '  ')}\n}}\n{columns};\n"


def parameterised(file: CypherFile) -> str:
    """A query as the product asks it, with the command that sets its parameters in a comment."""
    values = ", ".join(f"{name}: {_value(file, name)}" for name in file.parameters)
    before = f"// Set before: :params {{{values}}}\n" if values else ""
    return f"{_heading(file)}{before}{file.text};\n"


def _title(file: CypherFile) -> str:
    """Browser lists scripts by their first line and shows about 25 letters of it."""
    return file.name.removeprefix(f"{DRAWN}/").replace("/", "_")


def _heading(file: CypherFile) -> str:
    return f"// {_title(file)}\n// {file.header['summary']}\n"


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
