"""Where a statement begins: one entity, or why something holds. Every root is bound to the organization."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graph.model import registry
from graph.select import provenance, rows
from graph.select.clearance import also, bind, may_read, may_read_finding
from graph.select.facts import known_by
from graph.select.scope import Scope
from graph.select.statement import Expression, Statement, all_types, name
from graph.select.tree import One, Reasons, WhyOf


@lru_cache(maxsize=4_096)
def canonical_key(kind: str, raw: str) -> str:
    """The key that any spelling stands for. Raises Refused."""
    return registry.make(kind, raw).key


@dataclass(frozen=True)
class KeyOf:
    """Makes keys of a kind."""

    kind: str

    def __call__(self, raw: Any, org: str) -> str:  # noqa: ARG002 - the form of a conversion
        """The key that a spelling stands for. Raises Refused."""
        return canonical_key(self.kind, str(raw))


def one(statement: Statement, root: One) -> tuple[str, Expression]:
    """One entity, or no row."""
    scope = Scope(statement)
    n = scope.variable("n")
    if root.kind:
        key = statement.use(root.value, KeyOf(root.kind))
        match = f"MATCH ({n}:{name(root.kind)}) WHERE {n}.org = $org AND {n}.key = {key}"
    else:
        match = f"MATCH ({n}:Entity {{id: {statement.use(root.value)}}}) WHERE {n}.org = $org"
    match += also(may_read(statement, n))
    if statement.at:
        test = known_by(statement, scope.told(n))
        bound = bind(scope.told(n))
        match += f"{bound} WHERE {test}" if bound else f" AND {test}"
    made = rows.entity(scope, n, root.shape)
    return f"{match}{scope.clause} RETURN {made.text} AS value", made


def why_of(statement: Statement, root: WhyOf) -> tuple[str, Expression]:
    """Why an entity, a finding (by what it is about and rests on) or a relationship holds, by its id.

    Relationships have no index on their ids. They are looked for last, among the organization's own.
    """
    scope, wanted = Scope(statement), Reasons("", root.first, root.fields)
    given = statement.use(root.of)
    of_entity = provenance.reasons(scope, "_known", "", wanted)
    of_finding = provenance.reasons_among(scope, provenance.basis_of("_about"), "", wanted)
    link = (
        f"MATCH (_s:Entity)-[_r:{all_types()}]->(_t:Entity) WHERE _s.org = $org AND _s.key IS NOT NULL"
        f" AND _r.id = {given}{also(may_read(statement, '_s', '_r', '_t'))} WITH _s, _r LIMIT 1"
        " MATCH (_s)<-[:PRODUCED]-({o}:Observation)"
    )
    of_link = provenance.reasons_among(scope, link, " AND _r.id IN {o}.relationships", wanted)
    text = (
        f"OPTIONAL MATCH (_known:Entity {{id: {given}}}) WHERE _known.org = $org"
        f"{also(may_read(statement, '_known'))}"
        f" OPTIONAL MATCH (_about:Finding {{id: {given}}}) WHERE _about.org = $org"
        f"{also(may_read_finding(statement, '_about'))}"
        f" RETURN CASE WHEN _known IS NOT NULL THEN {of_entity.text}"
        f" WHEN _about IS NOT NULL THEN {of_finding.text} ELSE {of_link.text} END AS value"
    )
    return text, of_entity
