"""Statements that write facts, generated from the ontology.

Values travel as parameters, names come from declarations. Every statement takes `$rows`, a list of
lists in the order its docstring gives, and `$times`, the moments that rows name by index, so that a
moment crosses the wire once a transaction. Moments are integers (ms) where they differ per row.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from graph.claims import Values
from graph.errors import InvalidFact
from graph.model import registry
from graph.model.base import Entity, Property, Relationship

# What every fact carries beside its kind's own properties; see docs/graph-storage.md.
COMMON = frozenset(
    {
        "id", "org", "key", "caption", "search", "first_seen", "last_seen", "holds_since", "past", "supports",
        "doubt", "supported_at", "dropped_at", "changed_at", "valued_at", "value_hash", "agreeing", "tags", "tlp",
        "strictest", "strictest_values", "from", "until",
    }
)  # fmt: skip


def between(start: int, types: str, also: str = "") -> str:
    """A relationship by its ends (ids at `start` and after it in the row) and its id in column 0.

    Matched beside its ends, the planner may seek one end and follow all its relationships to the
    other: for a name under a hub that is every other name under it. Within a subquery both ends are
    given, and it can only look between them.
    """
    return f"""
UNWIND $rows AS row
MATCH (a:Entity {{id: row[{start}]}})
MATCH (b:Entity {{id: row[{start + 1}]}})
CALL (row, a, b) {{ MATCH (a)-[n:{types}]->(b) WHERE n.id = row[0]{also} RETURN n }}"""


def between_any(start: int, column: int) -> str:
    """The same of a relationship whose type is in a column of the row.

    All types are named: of a dynamic one the planner knows nothing, and while there are few relationships it reads
    them all for each row, by a plan that is kept when there are many.
    """
    return between(start, "|".join(registry.relationship_types()), f" AND type(n) = row[{column}]")


_STATE = """RETURN collect([n.id, n.first_seen.epochMillis, n.last_seen.epochMillis, n.holds_since.epochMillis,
                [p IN coalesce(n.past, []) | p.epochMillis], n.supports, n.doubt,
                n.supported_at.epochMillis, n.dropped_at.epochMillis,
                n.changed_at.epochMillis, n.valued_at.epochMillis, n.value_hash, n.strictest, n.agreeing])"""

_CONFIRM = "SET n.last_seen = CASE WHEN n.last_seen < $times[row[1]] THEN $times[row[1]] ELSE n.last_seen END"

# REMOVE of a property that is not there takes the node's lock and writes nothing.
LOCK_ENTITIES = f"""
UNWIND $ids AS id
MATCH (n:Entity {{id: id}})
REMOVE n._lock
{_STATE}
"""

CONFIRM_ENTITIES = f"""
UNWIND $rows AS row
MATCH (n:Entity {{id: row[0]}})
{_CONFIRM}
"""

GAIN_ENTITIES = """
UNWIND $rows AS row
MATCH (n:Entity {id: row[0]})
SET n.last_seen = $times[row[1]], n.supports = row[2], n.doubt = row[3], n.supported_at = $times[row[4]]
"""

_HISTORY = """first_seen: $times[row[1]], last_seen: $times[row[2]], holds_since: $times[row[3]],
    past: CASE row[4] WHEN null THEN null ELSE [p IN row[4] | $times[p]] END, supports: row[5], doubt: row[6],
    supported_at: $times[row[7]], dropped_at: $times[row[8]], changed_at: $times[row[9]], valued_at: $times[row[10]],
    value_hash: row[11], agreeing: row[12]"""
HISTORY_WIDTH = 13  # id and the twelve columns of _HISTORY

UPDATE_ENTITIES = f"""
UNWIND $rows AS row
MATCH (n:Entity {{id: row[0]}})
SET n += {{{_HISTORY}}}
"""

# Planning a statement costs the database more than a few rows do: small groups of any kind share these, large ones
# get a statement of their own with literal labels and types (dynamic ones are slower by the row).
CREATE_ANY_ENTITIES = f"""
UNWIND $rows AS row
CREATE (n:$(row[{HISTORY_WIDTH + 4}]) {{id: row[0], org: $org, key: row[{HISTORY_WIDTH}],
    caption: row[{HISTORY_WIDTH + 1}], search: row[{HISTORY_WIDTH + 2}], {_HISTORY}}})
SET n += row[{HISTORY_WIDTH + 3}]
"""

UPDATE_ENTITY_VALUES = """
UNWIND $rows AS row
MATCH (n:Entity {id: row[0]})
SET n.caption = row[1], n.search = row[2], n += row[3]
"""

CREATE_ANY_VERSIONS = """
UNWIND $rows AS row
MATCH (n:Entity {id: row[0]})
CREATE (n)-[:WAS]->(v:Version {org: $org, from: $times[row[1]], until: $times[row[2]]})
SET v += row[3]
"""

READ_ANY_RELATIONSHIPS = f"""{between_any(1, 3)}
{_STATE}
"""

CREATE_ANY_RELATIONSHIPS = f"""
UNWIND $rows AS row
MATCH (a:Entity {{id: row[{HISTORY_WIDTH}]}})
MATCH (b:Entity {{id: row[{HISTORY_WIDTH + 1}]}})
CREATE (a)-[n:$(row[{HISTORY_WIDTH + 3}]) {{id: row[0], org: $org, {_HISTORY}}}]->(b)
SET n += row[{HISTORY_WIDTH + 2}]
"""

UPDATE_ANY_RELATIONSHIPS = f"""{between_any(HISTORY_WIDTH, HISTORY_WIDTH + 3)}
SET n += {{{_HISTORY}}}, n += coalesce(row[{HISTORY_WIDTH + 2}], {{}})
"""

CONFIRM_ANY_RELATIONSHIPS = f"""{between_any(2, 4)}
{_CONFIRM}
"""

DELETE_ENTITY_VERSIONS = """
UNWIND $ids AS id
MATCH (n:Entity {id: id})-[:WAS]->(v:Version)
DETACH DELETE v
"""

KEYS = """
UNWIND $ids AS id
MATCH (n:Entity {id: id})
RETURN collect([n.id, n.key])
"""


def stored_properties(kind: type[Entity] | type[Relationship]) -> list[Property]:
    """The kind's own properties as they are stored. Raises InvalidFact where one has a name that every fact uses."""
    found = list(kind.properties().values())
    for declared in found:
        if declared.name in COMMON:
            raise InvalidFact(
                f"{kind.__name__}.{declared.name}: every fact has a property of this name; choose another"
            )
    return found


@functools.cache
def value_properties(kind: type[Entity] | type[Relationship]) -> list[str]:
    """Names of the properties that claims state and that have a history."""
    return [
        p.name for p in stored_properties(kind) if not (p.is_key or p.is_derived or p.is_qualifier)
    ]


def native_values(kind: type[Entity] | type[Relationship], own: Values) -> Values:
    """Values in the types they are stored in: moments, which travel as text, as moments."""
    moments = _moments(kind)
    if not moments & own.keys():
        return own
    return {name: _as_moment(value) if name in moments else value for name, value in own.items()}


def complete_values(kind: type[Entity] | type[Relationship], values: Values) -> Values:
    """`values` in their stored types, with None for what is not stated, so that setting them removes it."""
    return dict.fromkeys(value_properties(kind)) | native_values(kind, values)


@functools.cache
def _moments(kind: type[Entity] | type[Relationship]) -> frozenset[str]:
    return frozenset(name for name in kind.properties() if is_moment(kind, name))


def _as_moment(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_moment(item) for item in value]
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def is_moment(kind: type[Entity] | type[Relationship], name: str) -> bool:
    """Whether a property is stored as a temporal value."""
    return kind.properties()[name].python_type is datetime


def _assignments(kind: type[Entity] | type[Relationship], names: Iterable[str], source: str) -> str:
    """`name: source.name` for a map, moments converted."""
    parts = []
    for name in names:
        value = f"{source}.{name}"
        if is_moment(kind, name):
            value = (
                f"[m IN {value} | datetime(m)]"
                if kind.properties()[name].is_list
                else f"datetime({value})"
            )
        parts.append(f"`{name}`: {value}")
    return ", ".join(parts)


@functools.cache
def create_entities(kind: type[Entity], roles: tuple[str, ...]) -> str:
    """Rows: the history columns, then key, caption, search text, and a map of all own properties."""
    labels = ":".join(("Entity", kind.__name__, *roles))
    own = _assignments(kind, [p.name for p in stored_properties(kind)], "own")
    return f"""
UNWIND $rows AS row
WITH row, row[{HISTORY_WIDTH + 3}] AS own
CREATE (n:{labels} {{id: row[0], org: $org, key: row[{HISTORY_WIDTH}], caption: row[{HISTORY_WIDTH + 1}],
    search: row[{HISTORY_WIDTH + 2}], {_HISTORY}, {own}}})
"""


@functools.cache
def copy_entity_versions(kind: type[Entity]) -> str:
    """Keep the values that the node has now as a former version. Rows: id, from, until (indexes of times)."""
    own = ", ".join(f"`{name}`: n.`{name}`" for name in value_properties(kind))
    return f"""
UNWIND $rows AS row
MATCH (n:Entity {{id: row[0]}})
CREATE (n)-[:WAS]->(:Version {{org: $org, from: $times[row[1]], until: $times[row[2]], {own}}})
"""


@functools.cache
def read_relationships(kind: type[Relationship]) -> str:
    """Rows: id, start id, end id. Gives the same columns as LOCK_ENTITIES (the ends' locks guard relationships)."""
    return f"""{between(1, kind.type)}
{_STATE}
"""


@functools.cache
def create_relationships(kind: type[Relationship]) -> str:
    """Rows: the history columns, then start id, end id, and a map of all own properties."""
    own = _assignments(kind, [p.name for p in stored_properties(kind)], "own")
    own = f", {own}" if own else ""
    return f"""
UNWIND $rows AS row
MATCH (a:Entity {{id: row[{HISTORY_WIDTH}]}})
MATCH (b:Entity {{id: row[{HISTORY_WIDTH + 1}]}})
WITH a, b, row, row[{HISTORY_WIDTH + 2}] AS own
CREATE (a)-[:{kind.type} {{id: row[0], org: $org, {_HISTORY}{own}}}]->(b)
"""


@functools.cache
def confirm_relationships(kind: type[Relationship]) -> str:
    """Rows: id, time, start id, end id."""
    return f"""{between(2, kind.type)}
{_CONFIRM}
"""


@functools.cache
def update_relationships(kind: type[Relationship]) -> str:
    """Rows: the history columns, then start id, end id, and a map of the values that hold now."""
    own = _assignments(kind, value_properties(kind), "own")
    own = f", {own}" if own else ""
    return f"""{between(HISTORY_WIDTH, kind.type)}
WITH n, row, row[{HISTORY_WIDTH + 2}] AS own
SET n += {{{_HISTORY}}}
FOREACH (x IN CASE WHEN own IS NULL THEN [] ELSE [own] END | SET n += {{{own.removeprefix(", ")}}})
"""


@functools.cache
def create_relationship_versions(kind: type[Relationship]) -> str:
    """Rows: id, from, until (indexes of times), start id, end id, a map of the values as they were."""
    own = _assignments(kind, value_properties(kind), "own")
    own = f", {own}" if own else ""
    return f"""
UNWIND $rows AS row
MATCH (a:Entity {{id: row[3]}})
MATCH (b:Entity {{id: row[4]}})
WITH a, b, row, row[5] AS own
CREATE (a)-[:WAS_{kind.type} {{id: row[0], org: $org, from: $times[row[1]], until: $times[row[2]]{own}}}]->(b)
"""


@functools.cache
def copy_relationship_versions(kind: type[Relationship]) -> str:
    """Keep the values that the relationship has now as a former state. Rows: id, from, until, start id, end id."""
    own = "".join(f", `{name}`: n.`{name}`" for name in value_properties(kind))
    return f"""{between(3, kind.type)}
CREATE (a)-[:WAS_{kind.type} {{id: row[0], org: $org, from: $times[row[1]], until: $times[row[2]]{own}}}]->(b)
"""


@functools.cache
def delete_relationship_versions(kind: type[Relationship]) -> str:
    """Rows: id, start id, end id."""
    return f"""{between(1, f"WAS_{kind.type}")}
DELETE n
"""
