"""With whom a fact may be shared: the marking that its claims give it.

A marking (TLP 2.0) belongs to an answer: it is the source that says with whom its words may be shared. What is
public anyway does not become secret by being said in confidence, too; so a fact has the least restrictive level
whose claims alone show it as it is. An answer without a marking counts as the most open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from graph.claims import Values, resolve
from graph.encoding import Encoded
from graph.facts import MARKINGS, strictest_of
from graph.ledger import Ledger, Slot
from graph.store import Transaction
from graph.upsert import markings as upsert


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement of a fact: with which marking and values, and whether its claim stands on it now."""

    tlp: str
    holds: bool
    doubt: int
    content_since: int
    claim: str
    values: Values


def marking_of(stated: Sequence[Stated], merges: Mapping[str, str]) -> str:
    """The marking of a fact from all that was ever stated of it; empty where it is open.

    A fact that no claim supports now is judged by all that was said of it while one did.
    """
    holding = [one for one in stated if one.holds]
    levels = (
        (tlp, [one for one in holding or stated if MARKINGS.index(one.tlp) <= strictness])
        for strictness, tlp in enumerate(MARKINGS)
    )
    shown = _shown(holding, merges) if holding else _ever_said(stated)
    return next(
        (
            tlp
            for tlp, known in levels
            if known and (_shown(known, merges) if holding else _ever_said(known)) == shown
        ),
        "",
    )


def _shown(stated: Iterable[Stated], merges: Mapping[str, str]) -> object:
    return resolve(((s.doubt, s.content_since, s.claim, s.values) for s in stated), merges)


def _ever_said(stated: Iterable[Stated]) -> object:
    return {(name, orjson.dumps(value)) for one in stated for name, value in one.values.items()}


def _most_open(markings: Iterable[str]) -> str:
    return min(markings, key=MARKINGS.index, default="")


async def mark_facts(tx: Transaction, ledger: Ledger, answers: Sequence[Encoded]) -> None:
    """Give the facts of `ledger` that a marked answer ever stated, or looked at, the marking they have now.

    The transaction's answers and claims are already written. Facts that no marked answer concerns cost nothing.
    """
    marked = {
        fact_id
        for one in answers
        if one.answer.tlp
        for fact_id in (one.about, *one.entities, *one.relationships)
    }
    entities, relationships = (
        {i: s for i, s in slots.items() if not s.is_unread and (s.is_marked or i in marked)}
        for slots in (ledger.entities, ledger.relationships)
    )
    if entities:
        found = await tx.run_single(upsert.STATEMENTS_OF_ENTITIES, {"ids": sorted(entities)})
        stated = _by_fact(found)
        rows = [
            *_judged({i: s for i, s in entities.items() if i in stated}, stated),
            *await _only_looked_at(tx, sorted(entities.keys() - stated.keys())),
        ]
        await tx.execute(upsert.MARK_ENTITIES, {"rows": rows})
    if relationships:
        asked = [[i, s.ends[0]] for i, s in sorted(relationships.items())]
        found = await tx.run_single(upsert.STATEMENTS_OF_RELATIONSHIPS, {"rows": asked})
        rows = [
            [*row, *relationships[row[0]].ends, relationships[row[0]].kind.type]  # type: ignore[union-attr]
            for row in _judged(relationships, _by_fact(found))
        ]
        await tx.execute(upsert.MARK_RELATIONSHIPS, {"rows": rows})


async def _only_looked_at(tx: Transaction, ids: Sequence[str]) -> list[list[Any]]:
    """Rows of upsert.MARK_… for entities that nobody ever stated: who looked at them most openly decides."""
    looks: dict[str, list[str]] = defaultdict(list)
    if ids:
        for entity_id, tlp in await tx.run_single(upsert.LOOKS, {"ids": list(ids)}):
            looks[entity_id].append(tlp or "")
    return [
        [i, _most_open(looks[i]) or None, strictest_of(looks[i]) or None, None]
        for i in sorted(looks)
    ]


def _judged(slots: Mapping[str, Slot], stated: Mapping[str, list[Stated]]) -> list[list[Any]]:
    """Rows of upsert.MARK_…: id, the marking now, the strictest of all that stated it, and of all that gave values."""
    judged: list[list[Any]] = []
    for fact_id, slot in sorted(slots.items()):
        merges = {name: declared.merge for name, declared in slot.kind.properties().items()}
        said = stated[fact_id]
        strictest = strictest_of(one.tlp for one in said)
        valued = strictest_of(one.tlp for one in said if one.values)
        judged.append(
            [fact_id, marking_of(said, merges) or None, strictest or None, valued or None]
        )
    return judged


def _by_fact(rows: Iterable[Sequence[Any]]) -> dict[str, list[Stated]]:
    """The rows of upsert.STATEMENTS_OF_…: values come as the fact's own JSON, or the whole answer's."""
    found: dict[str, list[Stated]] = defaultdict(list)
    for fact_id, tlp, holds, doubt, since, claim, values, facts in rows:
        own = orjson.loads(values) if values else {}
        if facts:
            own = next((r[4] or {} for r in orjson.loads(facts)["r"] if r[0] == fact_id), {})
        found[fact_id].append(Stated(tlp or "", holds, doubt, since, claim, own))
    return found
