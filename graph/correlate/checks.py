"""What a rule has to keep to, as far as its text can prove it.

That the statement parses and starts from an index is proven by the database (EXPLAIN, in the
tests); that every returned entity belongs to the organization is checked as rows arrive.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping

from graph.correlate.header import Column, Header
from graph.correlate.paths import (
    ANY_KIND,
    CONCLUDED,
    PROVENANCE_LABELS,
    PROVENANCE_TYPES,
    Path,
    introduced,
    longest,
    opening,
)
from graph.correlate.statement import Edge, Statement
from graph.model.registry import kinds, relationship_types
from graph.upsert.facts import COMMON

GIVEN = frozenset({"touched", "org", "now"})
VALUE_TYPES = frozenset({"str", "int", "float", "bool", "datetime", "list<str>", "list<int>"})
LINKS = "list<link>"

_WRITES = frozenset(
    [
        "CREATE",
        "MERGE",
        "SET",
        "DELETE",
        "DETACH",
        "REMOVE",
        "FOREACH",
        "LOAD",
        "DROP",
        "ALTER",
        "GRANT",
        "DENY",
        "REVOKE",
        "USE",
        "SHOW",
        "TERMINATE",
        "START",
        "STOP",
        "INSERT",
        "FINISH",
        "UNION",
    ]
)
_UNSTABLE = frozenset(
    ["datetime", "date", "time", "localtime", "localdatetime", "timestamp", "rand", "randomUUID"]
)
_VOLATILE = frozenset(
    ["last_seen", "supports", "doubt", "supported_at", "dropped_at", "valued_at", "agreeing"]
)
_ANSWER = ("Observation",)  # what one says of itself, such as its doubt, stays as it is
_OPENING = re.compile(
    r"\s*UNWIND\s+\$touched\s+AS\s+id\s+MATCH\s*"
    r"\(\s*subject\s*:\s*Entity\s*(?:&\s*\w+\s*){1,2}\{\s*id\s*:\s*id\s*,\s*org\s*:\s*\$org\s*\}\s*\)\s*"
    r"USING\s+INDEX\s+subject\s*:\s*Entity\s*\(\s*id\s*\)",
    re.IGNORECASE,
)


def check(header: Header, statement: Statement, paths: tuple[Path, ...]) -> None:
    """Raise InvalidRule at the first promise the rule does not keep."""
    _check_statement(header, statement, paths)
    _check_columns(header, statement, {**_wanted(paths), "score": "float"})
    _check_names(header)
    _check_reads(header, paths)


def check_pattern(header: Header, statement: Statement, paths: tuple[Path, ...]) -> None:
    """Raise InvalidRule at the first promise a pattern does not keep: those of a rule, but for what rules conclude."""
    _check_statement(header, statement, paths)
    _check_columns(header, statement, _wanted(paths))


def _check_statement(header: Header, statement: Statement, paths: tuple[Path, ...]) -> None:
    _check_opening(statement, paths)
    _check_words(statement)
    _check_independence(statement)
    _check_connected(statement)
    _check_holding(statement)
    _check_properties(statement, paths[0].subject)
    _check_parameters(header, statement)


def _wanted(paths: tuple[Path, ...]) -> dict[str, str]:
    """The columns that there have to be, with their types."""
    return {"subject": paths[0].subject, "links": LINKS}


def _check_opening(statement: Statement, paths: tuple[Path, ...]) -> None:
    if not _OPENING.match(statement.bare):
        raise statement.error(0, f"a rule begins with\n{opening(paths[0].subject)}")


def _check_words(statement: Statement) -> None:
    for at, word in statement.words():
        if word.upper() in _WRITES and not _is_name(statement, at, word):
            raise statement.error(at, f"a rule only reads and does not branch: no {word.upper()}")
        if word.upper() == "CALL" and not re.match(r"\s*[({]", statement.bare[at + 4 :]):
            raise statement.error(at, "a rule calls no procedures; CALL only opens a subquery")
    for found in re.finditer(r"(?<![.\w$])([A-Za-z.]+)\s*\(\s*\)", statement.bare):
        if found[1] in _UNSTABLE:
            raise statement.error(
                found.start(), f"{found[1]}() is different each time; the moment is $now"
            )
    answers = {n.name for e in statement.edges() for n in (e.left, e.right) if n.labels == _ANSWER}
    for found in re.finditer(r"(\w*)\s*\.\s*(\w+)", statement.bare):
        if found[2] in _VOLATILE and found[1] not in answers:
            raise statement.error(
                found.start(2),
                f"{found[2]} changes with every look, without a change of what is known",
            )
    if ";" in statement.bare:
        raise statement.error(statement.bare.index(";"), "a rule is one statement")


def _is_name(statement: Statement, at: int, word: str) -> bool:
    """Whether a word stands where a label, a type or a map's key stands."""
    before = statement.bare[:at].rstrip()
    after = statement.bare[at + len(word) :].lstrip()
    return before.endswith((":", "|", "&")) or (after.startswith(":") and before[-1:] in "{,")


def _check_independence(statement: Statement) -> None:
    """One subject's result must not depend on which others are looked at with it."""
    for word in ("LIMIT", "SKIP"):
        for start, _ in statement.clauses(word):
            raise statement.error(
                start, f"{word} cuts across subjects; cut within `COLLECT {{ ... }}` instead"
            )
    for start, end in statement.clauses("WITH"):
        items = statement.bare[start:end]
        if not re.search(r"(^|,)\s*(DISTINCT\s+)?(subject|\*)\s*(,|$)", items, re.IGNORECASE):
            raise statement.error(
                start, "every WITH carries `subject` on, so that groups are by it"
            )


def _check_connected(statement: Statement) -> None:
    """No pattern starts from anywhere but the subject; a claim is found by its id."""
    opening = statement.opening_node().at
    joined = {node.at for edge in statement.edges() for node in (edge.left, edge.right)}
    for found in re.finditer(r"\bMATCH\s*\(", statement.bare, re.IGNORECASE):
        at = found.end() - 1
        node = statement.node_at(at)
        if not node.labels or at == opening or at in joined:
            continue
        if not PROVENANCE_LABELS.issuperset(node.labels):
            raise statement.error(at, "a rule starts from its subject only; connect this pattern")


def _check_holding(statement: Statement) -> None:
    """Facts that ended do not count: an entity holds as long as a relationship of it does."""
    if not _asks_holding(statement, "subject"):
        raise statement.error(0, "say `subject.holds_since IS NOT NULL`: closed facts do not count")
    for edge in statement.edges():
        if PROVENANCE_TYPES.issuperset(edge.types) or _is_concluded(statement, edge):
            continue
        if not edge.name:
            name = edge.types[0].lower()
            raise statement.error(
                edge.at, f"name this relationship and say `{name}.holds_since IS NOT NULL` of it"
            )
        if not _asks_holding(statement, edge.name):
            raise statement.error(
                edge.at, f"say `{edge.name}.holds_since IS NOT NULL`: closed facts do not count"
            )


def _is_concluded(statement: Statement, edge: Edge) -> bool:
    """Whether it is no fact but concluded from facts; such a one stands alone, since it is held to other words."""
    found = CONCLUDED.keys() & set(edge.types)
    if found and len(edge.types) > 1:
        raise statement.error(
            edge.at, f"{', '.join(sorted(found))} is no fact; ask for it by a pattern of its own"
        )
    return bool(found)


def _asks_holding(statement: Statement, name: str) -> bool:
    pattern = rf"(?<![.\w]){name}\.holds_since\s+IS\s+NOT\s+NULL"
    return bool(re.search(pattern, statement.bare, re.IGNORECASE))


def _check_properties(statement: Statement, subject: str) -> None:
    """A property that no kind has is null for ever; misspelt, it makes a rule that never speaks."""
    edges = statement.edges()
    known: dict[str, set[str]] = {}
    for name, labels in introduced(statement, subject, edges).items():
        if isinstance(name, str) and set(labels) <= kinds().keys():
            known[name] = {p for label in labels for p in kinds()[label].properties()} | COMMON
    for edge in edges:
        if edge.name and set(edge.types) <= relationship_types().keys():
            types = [relationship_types()[name] for name in edge.types]
            known[edge.name] = {p for kind in types for p in kind.properties()} | COMMON
    concluded = {edge.name: edge.types[0] for edge in edges if CONCLUDED.keys() & set(edge.types)}
    for found in re.finditer(r"(?<![.\w$])([a-z_]\w*)\.(\w+)", statement.bare):
        name, word = found[1], found[2]
        if name in known and word not in known[name]:
            raise statement.error(found.start(), f"{name} has no property {word}")
        if name in concluded and word not in (said := CONCLUDED[concluded[name]]):
            raise statement.error(
                found.start(),
                f"{concluded[name]} is no fact and has no {word}; it has {', '.join(sorted(said))}",
            )


def _check_parameters(header: Header, statement: Statement) -> None:
    used, declared = statement.parameters(), {p.name for p in header.params}
    place = header.places.get("params", header.places["title"])
    if clash := declared & GIVEN:
        raise place.error(f"every rule is given {', '.join(sorted(clash))}; choose another name")
    if unknown := used - declared - GIVEN:
        raise place.error(f"the statement uses ${', $'.join(sorted(unknown))}, undeclared")
    if unused := declared - used:
        raise place.error(f"the statement does not use ${', $'.join(sorted(unused))}")


def _check_columns(header: Header, statement: Statement, wanted: Mapping[str, str]) -> None:
    place = header.places["returns"]
    declared = [column.name for column in header.columns]
    returned = statement.columns()
    if declared != returned:
        raise place.error(
            f"the header says {', '.join(declared)}; the statement returns {', '.join(returned)}"
        )
    for name, word in wanted.items():
        column = header.column(name)
        if column is None or column.type != word:
            raise place.error(f"there has to be a column `{name}: {word}`")
    evidence = header.column("evidence")
    if evidence is None or not (evidence.is_list and evidence.kinds):
        raise place.error("there has to be a column `evidence: list<Kind>` (or list<One|Other>)")
    for column in header.columns:
        _check_column_type(header, column)


def _check_column_type(header: Header, column: Column) -> None:
    if column.kinds:
        if unknown := [k for k in column.kinds if k not in kinds() and k != ANY_KIND]:
            raise header.places["returns"].error(
                f"{column.name}: there is no kind of entity called {', '.join(unknown)}"
            )
    elif column.type not in VALUE_TYPES and column.type != LINKS:
        raise header.places["returns"].error(
            f"{column.name}: {column.type!r} is no type of column; known are the kinds, list<Kind>,"
            f" {LINKS} and {', '.join(sorted(VALUE_TYPES))}"
        )


def _check_names(header: Header) -> None:
    names = {column.name for column in header.columns}
    used = {name for _, name, _, _ in string.Formatter().parse(header.headline) if name is not None}
    if unknown := used - names:
        raise header.places["headline"].error(
            f"the headline names {', '.join(sorted(unknown))}, which no column is called"
        )
    if unknown := set(header.keyed_by) - names:
        raise header.places["keyed-by"].error(f"no column is called {', '.join(sorted(unknown))}")
    for name in header.shared:
        column = header.column(name)
        if column is None or not column.kinds:
            raise header.places["shared"].error(f"no column called {name} holds entities")


def _check_reads(header: Header, paths: tuple[Path, ...]) -> None:
    declared = [line.text for line in header.reads]
    read = [str(path) for path in longest(paths)]
    if sorted(declared) != sorted(read):
        raise header.places["reads"].error(
            "the statement reads other paths than the header says; it should say\n"
            + "\n".join(f"//   {path}" for path in read)
        )
