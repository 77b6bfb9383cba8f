"""Facts whose state only the log can tell: read every answer that ever concerned them, and write what follows.

The slow and exact side of the write path, for answers that arrive later than newer ones and for values on which
several claims differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, cast

import orjson

from graph.claims import FactState, Said, Values, rebuild
from graph.encoding import hash_values
from graph.ledger import Ledger, Slot
from graph.model.base import Entity, Relationship
from graph.model.registry import kinds, make, relationship_types
from graph.rows import Times, history, value_row
from graph.store import Transaction
from graph.upsert import facts as upsert
from graph.upsert import log

# fact id → observation with content → (claim, moment, values)
Mentions = dict[str, dict[str, tuple[str, int, Values]]]


async def rebuild_facts(tx: Transaction, org: str, ledger: Ledger) -> None:
    """Recompute and write every fact of `ledger` that needs it. The transaction's own answers are already written."""
    if ledger.late_claims:
        await _settle_late_claims(tx, org, ledger)
    entities = {i: s for i, s in ledger.entities.items() if s.needs_rebuild}
    relationships = {i: s for i, s in ledger.relationships.items() if s.needs_rebuild}
    if not entities and not relationships:
        return
    mentions = await _mentions(tx, entities, relationships)
    claims = sorted({claim for found in mentions.values() for claim, _, _ in found.values()})
    said = {claim: _counting(log) for claim, log in (await _logs(tx, claims)).items()}
    for fact_id, slot in (*entities.items(), *relationships.items()):
        _recompute(slot, mentions.get(fact_id, {}), said)
    await _name_entities(tx, entities)
    await _write(tx, org, entities, relationships)


async def _settle_late_claims(tx: Transaction, org: str, ledger: Ledger) -> None:
    """Give late claims their newest answer anew, and mark the facts whose support a late answer interrupts."""
    logs = await _logs(tx, sorted(ledger.late_claims))
    contents: set[str] = set()
    for claim_id, given in logs.items():
        claim, answers = ledger.claims[claim_id], _counting(given)
        late = ledger.late_claims[claim_id]
        before = [a for a in answers if a.at < late][-1:]
        contents.update(
            a.content for a in (*before, *given) if a.states and (a in before or a.at >= late)
        )
        newest = answers[-1]
        claim.observed_at, claim.latest, claim.doubt = newest.at, newest.order, newest.doubt
        claim.content = newest.content if newest.states else None
        since = newest.at
        for answer in reversed(answers):
            if answer.states != newest.states or (
                newest.states and answer.content != newest.content
            ):
                break
            since = answer.at
        claim.content_since = since
        hashes = await tx.run_single(_ANSWER_HASH, {"id": newest.order})
        claim.answer = hashes or ""
    times = Times()
    rows = [
        [c.id, times(c.observed_at), c.latest, c.content, c.answer, times(c.content_since), c.doubt]
        for c in (ledger.claims[i] for i in sorted(ledger.late_claims))
    ]
    await tx.execute(log.UPDATE_CLAIMS, {"rows": rows, "times": times.values(), "org": org})
    await _mark_contents(tx, ledger, contents)


_ANSWER_HASH = (
    "MATCH (o:Observation {id: $id}) RETURN CASE o.outcome WHEN 'FOUND' THEN o.answer END"
)


async def _mark_contents(tx: Transaction, ledger: Ledger, contents: Iterable[str]) -> None:
    by_label, by_type = kinds(), relationship_types()
    rows = await tx.run_single(log.CONTENTS, {"ids": sorted(contents)})
    for _, facts in rows:
        data = orjson.loads(facts)
        for fact_id, label, _ in data["e"]:
            slot = ledger.entities.setdefault(fact_id, Slot(by_label[label], is_new=False))
            slot.needs_rebuild = True
        for fact_id, name, start, end, _ in data["r"]:
            slot = ledger.relationships.setdefault(
                fact_id, Slot(by_type[name], ends=(start, end), is_new=False)
            )
            slot.needs_rebuild = True


async def _mentions(
    tx: Transaction, entities: dict[str, Slot], relationships: dict[str, Slot]
) -> Mentions:
    """Which observations with content state each fact, and with which values."""
    found: Mentions = defaultdict(dict)
    if entities:
        for fact_id, observation, claim, at, values in await tx.run_single(
            log.LOG_OF_ENTITIES, {"ids": sorted(entities)}
        ):
            found[fact_id][observation] = (claim, at, orjson.loads(values) if values else {})
    if relationships:
        rows = [[i, s.ends[0]] for i, s in sorted(relationships.items())]
        for fact_id, observation, claim, at, facts in await tx.run_single(
            log.LOG_OF_RELATIONSHIPS, {"rows": rows}
        ):
            found[fact_id][observation] = (claim, at, _relationship_values(facts, fact_id))
    return found


def _relationship_values(facts: str, fact_id: str) -> Values:
    return next((values or {} for i, *_, values in orjson.loads(facts)["r"] if i == fact_id), {})


async def _logs(tx: Transaction, claims: list[str]) -> dict[str, list[Said]]:
    """All answers of `claims` in order of time and id."""
    rows: list[list[Any]] = await tx.run_single(log.ANSWERS_OF_CLAIMS, {"ids": claims})
    said: dict[str, list[Said]] = defaultdict(list)
    for claim, observation, at, content, answer, doubt in sorted(
        rows, key=lambda r: (r[0], r[2], r[1])
    ):
        said[claim].append(Said(claim, at, observation, answer is not None, content, doubt))
    return said


def _counting(log: list[Said]) -> list[Said]:
    """The answers that count: of several in the same millisecond the one with the greatest id."""
    return list({one.at: one for one in log}.values())


def _recompute(
    slot: Slot, mentions: dict[str, tuple[str, int, Values]], said: dict[str, list[Said]]
) -> None:
    claims = {claim for claim, _, _ in mentions.values()}
    log = [
        Said(
            one.claim, one.at, one.order, one.states and one.content in mentions, one.content, one.doubt,
            mentions[one.content][2] if one.content in mentions else None,
        )
        for claim in claims
        for one in said[claim]
    ]  # fmt: skip
    merges = {name: declared.merge for name, declared in slot.kind.properties().items()}
    rebuilt = rebuild(log, merges)
    slot.is_rewritten = True
    if rebuilt is None:
        # Stated only by answers that another of the same claim and millisecond replaces.
        moments = [at for _, at, _ in mentions.values()]
        slot.state = FactState(min(moments), max(moments))
        slot.values, slot.value_hash, slot.former = {}, 0, []
        slot.changed_at, slot.valued_at, slot.agreeing = None, None, 0
        return
    slot.state = rebuilt.state
    slot.values, slot.value_hash = rebuilt.values, hash_values(rebuilt.values)
    slot.changed_at, slot.valued_at = rebuilt.changed_at, rebuilt.valued_at
    slot.agreeing = rebuilt.agreeing
    slot.former = [(since, until, values) for since, until, values in rebuilt.versions]


async def _name_entities(tx: Transaction, entities: dict[str, Slot]) -> None:
    """Facts known only from old answers are made again from their keys, for caption and search text."""
    nameless = sorted(i for i, slot in entities.items() if slot.fact is None)
    if nameless:
        for fact_id, key in await tx.run_single(upsert.KEYS, {"ids": nameless}):
            entities[fact_id].fact = make(entities[fact_id].kind.__name__, key)


def _stating(entity: Entity, values: Values) -> Entity:
    """The entity with these values, whichever it was made with: what it is called follows from them.

    What they do not say is as the key alone has it: a file's digest is a value, and makes its key.
    """
    kind = type(entity)
    bare = make(kind.__name__, entity.key)
    unstated = {name: getattr(bare, name) for name in upsert.value_properties(kind)}
    return entity.model_copy(update=unstated | upsert.native_values(kind, values))


async def _write(
    tx: Transaction, org: str, entities: dict[str, Slot], relationships: dict[str, Slot]
) -> None:
    times = Times()
    statements: list[tuple[str, dict[str, Any]]] = []
    if entities:
        statements.append((upsert.DELETE_ENTITY_VERSIONS, {"ids": sorted(entities)}))
        statements.append(
            (
                upsert.UPDATE_ENTITIES,
                {"rows": [history(i, s, times) for i, s in sorted(entities.items())]},
            )
        )
    current = [
        value_row(i, _stating(s.fact, s.values or {}), s.values or {})
        for i, s in sorted(entities.items())
        if isinstance(s.fact, Entity)
    ]
    former = [
        [i, times(a), times(b), upsert.native_values(s.kind, v or {})]
        for i, s in sorted(entities.items())
        for a, b, v in s.former
    ]
    if current:
        statements.append((upsert.UPDATE_ENTITY_VALUES, {"rows": current}))
    if former:
        statements.append((upsert.CREATE_ANY_VERSIONS, {"rows": former}))
    for kind, members in _by_kind(relationships).items():
        relation = cast(type[Relationship], kind)
        gone = [[i, *s.ends] for i, s in members]
        rows = [[*history(i, s, times), *s.ends, s.values or {}] for i, s in members]
        former = [[i, times(a), times(b), *s.ends, v] for i, s in members for a, b, v in s.former]
        statements.append((upsert.delete_relationship_versions(relation), {"rows": gone}))
        statements.append((upsert.update_relationships(relation), {"rows": rows}))
        if former:
            statements.append((upsert.create_relationship_versions(relation), {"rows": former}))
    moments = times.values()
    for text, parameters in statements:
        await tx.execute(text, {**parameters, "org": org, "times": moments})


def _by_kind(
    slots: dict[str, Slot],
) -> dict[type[Entity] | type[Relationship], list[tuple[str, Slot]]]:
    found: dict[type[Entity] | type[Relationship], list[tuple[str, Slot]]] = defaultdict(list)
    for fact_id, slot in sorted(slots.items()):
        found[slot.kind].append((fact_id, slot))
    return found
