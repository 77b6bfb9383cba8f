"""What a write transaction must know first: the stored states of all it touches, read under their locks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, cast

from graph.encoding import Encoded
from graph.ledger import ClaimSlot, Ledger, Slot
from graph.model.base import Relationship
from graph.model.registry import kinds, relationship_types
from graph.rows import MANY
from graph.store import Transaction
from graph.upsert import facts as upsert
from graph.upsert import log


async def known_observations(tx: Transaction, encoded: Sequence[Encoded]) -> set[str]:
    """Ids of the observations that are already written."""
    return set(await _single(tx, log.KNOWN_OBSERVATIONS, sorted({e.observation for e in encoded})))


async def _single(tx: Transaction, text: str, ids: list[str]) -> list[Any]:
    return cast(list[Any], await tx.run_single(text, {"ids": ids})) if ids else []


async def load_claims(tx: Transaction, ledger: Ledger, answers: Sequence[Encoded]) -> None:
    """The answers' claims, with the contents of those that change."""
    by_claim = {e.claim: e for e in answers}
    for row in await _single(tx, log.LOCK_CLAIMS, sorted(by_claim)):
        ledger.claims[row[0]] = ClaimSlot(
            row[0], row[1], row[2] or "", row[3], row[4] or "", row[5], row[6], is_new=False
        )
    wanted = {(e.claim, e.content_hash) for e in answers if e.claim in ledger.claims}
    changed = sorted((c, h) for c, h in wanted if ledger.claims[c].answer != h)
    if changed:
        rows = await tx.run_single(log.SAME_CONTENTS, {"rows": [list(pair) for pair in changed]})
        ledger.same_contents = {(claim, answer): observation for claim, answer, observation in rows}
    claims_changing = {claim for claim, _ in changed} | {
        e.claim for e in answers if not e.answer.facts and e.claim in ledger.claims
    }
    contents = {ledger.claims[c].content for c in claims_changing}
    for observation, facts in await _single(tx, log.CONTENTS, sorted(c for c in contents if c)):
        ledger.load_content(observation, facts)


def only_repeating(ledger: Ledger, answers: Sequence[Encoded]) -> list[Encoded]:
    """Answers that say again what their claim stands on: their facts hold, and need no reading."""
    said = Counter(e.claim for e in answers)
    return [
        e
        for e in answers
        if said[e.claim] == 1
        and (claim := ledger.claims.get(e.claim)) is not None
        and claim.content is not None
        and claim.answer == e.content_hash
        and claim.observed_at < e.at
    ]


async def load_entities(
    tx: Transaction, ledger: Ledger, answers: Sequence[Encoded], repeating: Sequence[Encoded]
) -> None:
    """The states of all entities that the answers state, and that their claims stated before."""
    by_label = kinds()
    slots = ledger.entities
    _take_unread(ledger, repeating)
    skipped = {one.observation for one in repeating}
    for one in answers:
        about = one.answer.about
        if one.observation in skipped:
            slots.setdefault(one.about, Slot(type(about), about))
            continue
        _wanted(slots, one.about, Slot(type(about), about))
        for fact_id, entity in one.entities.items():
            _wanted(slots, fact_id, Slot(type(entity), entity))
        for fact_id, (fact, start, end) in one.relationships.items():
            _wanted(ledger.relationships, fact_id, Slot(type(fact), fact, ends=(start, end)))
    for observation, (entities, _) in ledger.old_contents.items():
        labels = ledger.labels[observation]
        for fact_id in entities:
            _wanted(slots, fact_id, Slot(by_label[labels[fact_id]]))
    wanted = sorted(i for i, slot in slots.items() if not slot.is_unread)
    for row in await _single(tx, upsert.LOCK_ENTITIES, wanted):
        ledger.load_fact(slots[row[0]], row)


def _take_unread(ledger: Ledger, repeating: Sequence[Encoded]) -> None:
    """Facts that are only said again."""
    for one in repeating:
        for fact_id, entity in one.entities.items():
            ledger.entities[fact_id] = Slot(type(entity), entity, is_new=False, is_unread=True)
        for fact_id, (fact, start, end) in one.relationships.items():
            ledger.relationships[fact_id] = Slot(
                type(fact), fact, ends=(start, end), is_new=False, is_unread=True
            )


def _wanted(slots: dict[str, Slot], fact_id: str, slot: Slot) -> None:
    """A fact whose state must be read, also where it is repeated elsewhere in the group."""
    known = slots.get(fact_id)
    if known is None or known.is_unread:
        slots[fact_id] = slot


async def load_relationships(tx: Transaction, ledger: Ledger) -> None:
    """The states of all relationships likewise, but those that a new entity shows to be new."""
    by_type = relationship_types()
    slots = ledger.relationships
    for _, relationships in ledger.old_contents.values():
        for fact_id, (name, start, end, _) in relationships.items():
            _wanted(slots, fact_id, Slot(by_type[name], ends=(start, end)))
    wanted: dict[type[Relationship], list[list[str]]] = defaultdict(list)
    for fact_id, slot in sorted(slots.items()):
        start, end = slot.ends
        if not slot.is_unread and not (
            ledger.entities[start].is_new or ledger.entities[end].is_new
        ):
            wanted[cast(type[Relationship], slot.kind)].append([fact_id, start, end])
    few: list[list[str]] = []
    found: list[list[Any]] = []
    for kind, rows in wanted.items():
        if len(rows) >= MANY:
            found += await tx.run_single(upsert.read_relationships(kind), {"rows": rows})
        else:
            few += [[*row, kind.type] for row in rows]
    if few:
        found += await tx.run_single(upsert.READ_ANY_RELATIONSHIPS, {"rows": few})
    for row in found:
        ledger.load_fact(slots[row[0]], row)
