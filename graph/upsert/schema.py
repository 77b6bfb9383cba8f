"""Constraints and indexes, as the declarations of kinds ask for them."""

from __future__ import annotations

from collections.abc import Iterable

from graph.model.base import Entity
from graph.upsert.facts import stored_properties


def schema_statements(kinds: Iterable[type[Entity]]) -> list[str]:
    """Constraints and indexes that the kinds ask for; each safe to run again."""
    statements = [
        f"CREATE CONSTRAINT {label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
        for label in ("Entity", "Claim", "Observation", "Evidence", "Outbox")
    ]
    statements.append("CREATE INDEX outbox_org IF NOT EXISTS FOR (n:Outbox) ON (n.org)")
    # Lists of entities of several kinds: planning a union of forty kinds' indexes takes seconds.
    statements.append("CREATE INDEX entity_key IF NOT EXISTS FOR (n:Entity) ON (n.org, n.key)")
    statements.append(
        "CREATE INDEX observation_claim IF NOT EXISTS FOR (n:Observation) ON (n.claim)"
    )
    statements.append(
        "CREATE FULLTEXT INDEX entity_search IF NOT EXISTS FOR (n:Entity) ON EACH [n.search, n.org]"
        " OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-no-stop-words'}}"
    )
    for kind in kinds:
        label = kind.__name__
        statements.append(
            f"CREATE INDEX {label.lower()}_key IF NOT EXISTS FOR (n:{label}) ON (n.org, n.key)"
        )
        statements.extend(
            f"CREATE INDEX {label.lower()}_{p.name} IF NOT EXISTS FOR (n:{label}) ON (n.org, n.{p.name})"
            for p in stored_properties(kind)
            if p.is_indexed
        )
    return statements
