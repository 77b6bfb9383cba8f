"""The loader of named queries: a file under cypher/, its header, and the Python types of its two ends.

A query is text in a file; values travel as parameters. Nothing here builds Cypher.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from graph.errors import InvalidQuestion

P = TypeVar("P", bound="Params")
R = TypeVar("R", bound="Row")

_HEADER = re.compile(r"^//\s*([a-z_-]+):\s*(.*)$")
_MORE = re.compile(r"^//\s{2,}(\S.*)$")
PARAMETER = re.compile(r"\$([a-z_][a-z_0-9]*)")


class Params(BaseModel):
    """The parameters of a query. Field names are the `$names` of its text."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class ReadParams(Params):
    """Of an organization's graph, what may be read under these markings (None: whatever its marking)."""

    org: str
    readable: list[str] | None


class RunReadParams(ReadParams):
    """The same where runs are concerned: one's own may be read whatever they are about."""

    user: str


class Row(BaseModel):
    """One row of a query. Field names are the aliases of its last RETURN."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


@dataclass(frozen=True)
class CypherFile:
    """One file: its name (`entity/get_neighbours`), its header's entries and its statement."""

    name: str
    header: Mapping[str, str]
    text: str

    @property
    def is_write(self) -> bool:
        """Whether the header asks for a write transaction."""
        return self.header.get("mode", "read") == "write"

    @property
    def area(self) -> str:
        """The folder below cypher/ that it lies in."""
        return self.name.partition("/")[0]

    @property
    def parameters(self) -> list[str]:
        """The names of its parameters, in the order in which the statement meets them."""
        return list(dict.fromkeys(PARAMETER.findall(self.text)))


@functools.cache
def load(name: str) -> CypherFile:
    """Read `cypher/<name>.cypher`. Raises InvalidQuestion where there is none."""
    resource = importlib.resources.files("cypher").joinpath(f"{name}.cypher")
    if not resource.is_file():
        raise InvalidQuestion(f"there is no query {name!r} under cypher/")
    return parse(name, resource.read_text("utf-8"))


def every_file() -> Iterator[CypherFile]:
    """What is asked of a database, by name, rules and Neo4j Browser's questions too; not what makes its schema."""
    found = _files_in(importlib.resources.files("cypher"), "")
    return (load(name) for name in found if not name.startswith("schema/"))


def _files_in(folder: Traversable, above: str) -> Iterator[str]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files_in(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(".cypher"):
            yield above + entry.name.removesuffix(".cypher")


def parse(name: str, content: str) -> CypherFile:
    """Split a file into its header (leading `// word: text` lines, indented lines go on) and its statement."""
    header: dict[str, str] = {}
    lines = content.splitlines()
    last = ""
    for index, line in enumerate(lines):
        if found := _HEADER.match(line):
            last = found[1]
            header[last] = found[2].strip()
        elif last and (more := _MORE.match(line)):
            header[last] = f"{header[last]} {more[1].strip()}".strip()
        elif line.strip():
            return CypherFile(name, header, "\n".join(lines[index:]).strip().rstrip(";"))
    raise InvalidQuestion(f"cypher/{name}.cypher has no statement")


@dataclass(frozen=True)
class Bound(Generic[R]):
    """A query with its parameters, ready for `Store.fetch`."""

    name: str
    text: str
    parameters: Mapping[str, Any]
    is_write: bool
    row: type[R]

    def read_row(self, row: Mapping[str, Any]) -> R:
        """One record as the query's row type."""
        return self.row.model_validate({key: _native(value) for key, value in row.items()})


@dataclass(frozen=True)
class Query(Generic[P, R]):
    """A named query. Parameters are bound through `bind`, so that a type checker sees both ends."""

    name: str
    params: type[P]
    row: type[R]

    @property
    def file(self) -> CypherFile:
        """The file behind the query."""
        return load(self.name)

    def bind(self, params: P) -> Bound[R]:
        """The query with its parameters."""
        values = {name: getattr(params, name) for name in type(params).model_fields}
        return Bound(self.name, self.file.text, values, self.file.is_write, self.row)


def _native(value: Any) -> Any:
    """Temporal values of the database as Python's; containers are walked."""
    if hasattr(value, "to_native"):
        return value.to_native()
    if isinstance(value, list):
        return [_native(item) for item in value]
    if isinstance(value, dict):
        return {key: _native(item) for key, item in value.items()}
    return value
