"""Patterns in what `tests.support.everything` writes: one whose rows are open, or hidden; and one that failed."""

from __future__ import annotations

from datetime import UTC, datetime

from graph.patterns.watching import Patterns
from graph.store import Store
from tests.support.saved import write_query, write_watch

AT = datetime(2026, 1, 1, 0, 0, 46, tzinfo=UTC)
NAME = "aliases"

ALIASES = """
// title: Names that are aliases
// returns:
//   subject: DomainName -- the alias
//   evidence: list<DomainName>
//   links: list<link>
//   target: str -- what it stands for
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[alias:CNAME_TO]->(target:DomainName)
WHERE alias.holds_since IS NOT NULL
RETURN subject, [target] AS evidence, [alias.id] AS links, target.name AS target
""".strip()

_FAILS = ALIASES.replace("target.name AS target", "1 / size([]) AS target").replace(
    "target: str", "target: int"
)


_KEPT = """
MERGE (p:Pattern {org: $org, name: $name})
ON CREATE SET p.id = $org + '-' + $name, p.text = $text, p.title = 'Names that are aliases', p.summary = '',
  p.kind = 'DomainName', p.number = 1, p.changes = [], p.created_by = 'ann', p.saved_by = 'ann',
  p.created_at = $at, p.saved_at = $at
"""


async def _keep(store: Store, org: str, name: str, text: str) -> None:
    """Keep a pattern; what is kept besides is written elsewhere, so nothing else is made for it."""
    await store.execute(_KEPT, {"org": org, "name": name, "text": text, "at": AT})


async def patterns_open(store: Store, org: str) -> None:
    """Keep two patterns, and let them look at what is there: one answers, one fails."""
    await _keep(store, org, NAME, ALIASES)
    await _keep(store, org, "failing", _FAILS)
    await Patterns(store).follow(org, AT)


async def patterns_hidden(store: Store, org: str) -> None:
    """Let the pattern look at what has been added, where it is kept; else keep it first."""
    await _keep(store, org, NAME, ALIASES)
    await store.execute(
        "MATCH (p:Pattern {org: $org, name: $name}) MATCH (d:PatternDesk {id: p.id}) REMOVE d.passed_digest",
        {"org": org, "name": NAME},
    )
    await Patterns(store).follow(org, AT)


async def questions_open(store: Store, org: str, user: str, query: str) -> None:
    """Patterns, and a query that somebody shares and watches."""
    await patterns_open(store, org)
    await write_query(store, org, user, query)
    await write_watch(store, query)


async def questions_hidden(
    store: Store, org: str, user: str, query: str, secret: tuple[str, str]
) -> None:
    """The same with what is hidden; `secret` is a marking, and what texts have."""
    await patterns_hidden(store, org)
    await write_query(store, org, user, query, *secret)
    await write_watch(store, query)
