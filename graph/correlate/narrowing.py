"""Which subjects a rule can find anything of at all: asked once for many rules, so that most rules are asked of few.

Few names have mail hosts, a registration or a look-alike, and a rule that begins with one is asked in vain of the
others. What is asked here is cheap: whether an entity has relationships of a type, ended ones included.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from graph.correlate import rules as rule_files
from graph.correlate.paths import written
from graph.correlate.rules import Rule
from graph.store import Limits, Store

CHUNK = 5_000
LIMITS = Limits(timeout_s=60.0)


async def find_able(
    store: Store, asked: Iterable[tuple[Rule, Collection[str]]], bookmarks: tuple[str, ...] = ()
) -> dict[str, frozenset[str]]:
    """By rule's id, those of its subjects that have what it needs; rules that need nothing of the sort are left out."""
    wanted = [
        (rule, ids, known)
        for rule, ids in asked
        if (known := _needs(rule).intersection(_conditions(rule.subject)))
    ]
    of_kind: dict[str, set[str]] = defaultdict(set)
    for rule, ids, _ in wanted:
        of_kind[rule.subject].update(ids)
    having: dict[str, set[str]] = defaultdict(set)
    for kind, ids in of_kind.items():
        conditions, ordered = _conditions(kind), sorted(ids)
        for first in range(0, len(ordered), CHUNK):
            given = {"ids": ordered[first : first + CHUNK]}
            rows = await store.read_single(
                having_of(conditions), given, limits=LIMITS, bookmarks=bookmarks
            )
            for each, places in rows:
                for place in places:
                    having[conditions[place]].add(each)
    return {
        rule.id: frozenset(ids).intersection(*(having[need] for need in known))
        for rule, ids, known in wanted
    }


@functools.cache
def having_of(conditions: Sequence[str]) -> str:
    """The statement that gives, for each of `$ids`, the places of the conditions that hold of the entity."""
    every = ", ".join(
        f"CASE WHEN {condition} THEN {place} END" for place, condition in enumerate(conditions)
    )
    return (
        "UNWIND $ids AS id\nMATCH (n:Entity {id: id})\n"
        f"WITH id, [place IN [{every}] WHERE place IS NOT NULL] AS places\n"
        "RETURN collect([id, places])"
    )


@functools.cache
def _conditions(kind: str) -> tuple[str, ...]:
    """What shipped rules about a kind need: the same whichever are awake, so that the database plans it once."""
    of_kind = (rule for rule in rule_files.load().values() if rule.subject == kind)
    return tuple(sorted({need for rule in of_kind for need in _needs(rule)}))


def _needs(rule: Rule) -> frozenset[str]:
    role = [f"n:{rule.role}"] if rule.role else []
    hops = [f"EXISTS {{ (n){written(hop.types, hop.arrow)}() }}" for hop in rule.needed]
    return frozenset([*role, *hops])
