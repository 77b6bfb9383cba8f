"""A finished ledger as the statements and rows of one transaction, in the order in which they must run. Pure."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import orjson

from graph.claims import FactState, Values
from graph.encoding import Encoded, own_properties, search_text
from graph.facts import Evidence, Outcome
from graph.ledger import Ledger, Slot
from graph.model.base import Entity, Relationship, name_id
from graph.upsert import facts as upsert
from graph.upsert import log

Statement = tuple[str, dict[str, Any]]

MANY = 200  # rows of one kind that earn a statement of their own


class Times:
    """The moments of a transaction: each crosses the wire once, rows name it by its index."""

    def __init__(self) -> None:
        self._index: dict[int, int] = {}
        self._values: list[datetime] = []

    def __call__(self, moment: int | None) -> int | None:
        """The index of `moment`, or None."""
        return None if moment is None else self._index.setdefault(moment, len(self._index))

    def values(self) -> list[datetime]:
        """All moments so far, by index."""
        new = itertools.islice(self._index, len(self._values), None)
        self._values.extend(datetime.fromtimestamp(ms / 1000, UTC) for ms in new)
        return list(self._values)


def history(fact_id: str, slot: Slot, times: Times) -> list[Any]:
    """The columns of upsert.HISTORY_WIDTH."""
    state = cast(FactState, slot.state)
    past = [times(moment) for interval in state.past for moment in interval] or None
    return [
        fact_id, times(state.first_seen), times(state.last_seen), times(state.holds_since), past,
        state.supports, state.doubt, times(state.supported_at), times(state.dropped_at),
        times(slot.changed_at), times(slot.valued_at), slot.value_hash or None,
        slot.agreeing if slot.value_hash else None,
    ]  # fmt: skip


def entity_statements(ledger: Ledger, times: Times) -> Iterator[Statement]:
    """New and changed entities, former values before new ones."""
    yield from _new_entities(ledger, times)
    yield from _entity_values(ledger, times)
    updated: list[list[Any]] = []
    gained: list[list[Any]] = []
    confirmed: list[list[Any]] = []
    for fact_id, slot in sorted(ledger.entities.items()):
        state = slot.state
        if slot.is_unread:
            confirmed.append([fact_id, times(slot.confirmed_at)])
        elif slot.is_new or state is None:
            continue
        elif slot.is_rewritten:
            updated.append(history(fact_id, slot, times))
        elif slot.is_gained:
            gained.append(
                [
                    fact_id,
                    times(state.last_seen),
                    state.supports,
                    state.doubt,
                    times(state.supported_at),
                ]
            )
        elif slot.is_confirmed:
            confirmed.append([fact_id, times(state.last_seen)])
    for text, rows in (
        (upsert.UPDATE_ENTITIES, updated),
        (upsert.GAIN_ENTITIES, gained),
        (upsert.CONFIRM_ENTITIES, confirmed),
    ):
        if rows:
            yield text, {"rows": rows}


def _new_entities(ledger: Ledger, times: Times) -> Iterator[Statement]:
    created: dict[tuple[type[Entity], tuple[str, ...]], list[list[Any]]] = defaultdict(list)
    for fact_id, slot in sorted(ledger.entities.items()):
        if slot.is_new:
            entity = cast(Entity, slot.fact)
            created[(type(entity), entity.roles())].append(_created(fact_id, slot, entity, times))
    few: list[list[Any]] = []
    for (kind, roles), rows in created.items():
        if len(rows) >= MANY:
            yield upsert.create_entities(kind, roles), {"rows": rows}
            continue
        for row in rows:
            row[-1] = upsert.native_values(kind, row[-1])
            few.append([*row, ["Entity", kind.__name__, *roles]])
    if few:
        yield upsert.CREATE_ANY_ENTITIES, {"rows": sorted(few, key=first_column)}


def _created(fact_id: str, slot: Slot, entity: Entity, times: Times) -> list[Any]:
    values = slot.values or {}
    return [
        *history(fact_id, slot, times), entity.key, entity.caption(), search_text(entity, values),
        own_properties(entity, values),
    ]  # fmt: skip


def _entity_values(ledger: Ledger, times: Times) -> Iterator[Statement]:
    copied: dict[type[Entity], list[list[Any]]] = defaultdict(list)
    former: list[list[Any]] = []
    current: list[list[Any]] = []
    for fact_id, slot in sorted(ledger.entities.items()):
        kind = cast(type[Entity], slot.kind)
        for since, until, values in slot.former:
            if values is None:
                copied[kind].append([fact_id, times(since), times(until)])
            else:
                own = upsert.native_values(kind, values)
                former.append([fact_id, times(since), times(until), own])
        if slot.values is not None and not slot.is_new and isinstance(slot.fact, Entity):
            current.append(value_row(fact_id, slot.fact, slot.values))
    for kind, rows in copied.items():
        yield upsert.copy_entity_versions(kind), {"rows": rows}
    if former:
        yield upsert.CREATE_ANY_VERSIONS, {"rows": former}
    if current:
        yield upsert.UPDATE_ENTITY_VALUES, {"rows": current}


def value_row(fact_id: str, entity: Entity, values: Values) -> list[Any]:
    """A row of upsert.UPDATE_ENTITY_VALUES."""
    own = upsert.complete_values(type(entity), values)
    return [fact_id, entity.caption(), search_text(entity, values), own]


def relationship_statements(ledger: Ledger, times: Times) -> Iterator[Statement]:
    """New and changed relationships, former values before new ones."""
    copied: dict[type[Relationship], list[list[Any]]] = defaultdict(list)
    former: dict[type[Relationship], list[list[Any]]] = defaultdict(list)
    created: dict[type[Relationship], list[list[Any]]] = defaultdict(list)
    updated: dict[type[Relationship], list[list[Any]]] = defaultdict(list)
    confirmed: dict[type[Relationship], list[list[Any]]] = defaultdict(list)
    for fact_id, slot in sorted(ledger.relationships.items()):
        kind = cast(type[Relationship], slot.kind)
        for since, until, values in slot.former:
            if values is None:
                copied[kind].append([fact_id, times(since), times(until), *slot.ends])
            else:
                former[kind].append([fact_id, times(since), times(until), *slot.ends, values])
        if slot.is_unread:
            confirmed[kind].append([fact_id, times(slot.confirmed_at), *slot.ends])
        elif slot.is_new:
            own = own_properties(cast(Relationship, slot.fact), slot.values or {})
            created[kind].append([*history(fact_id, slot, times), *slot.ends, own])
        elif slot.is_rewritten or slot.is_gained:
            stated = slot.values
            now = None if stated is None else upsert.complete_values(kind, stated)
            updated[kind].append([*history(fact_id, slot, times), *slot.ends, now])
        elif slot.state is not None and slot.is_confirmed:
            confirmed[kind].append([fact_id, times(slot.state.last_seen), *slot.ends])
    for kind, rows in copied.items():
        yield upsert.copy_relationship_versions(kind), {"rows": rows}
    yield from _grouped(created, upsert.create_relationships, upsert.CREATE_ANY_RELATIONSHIPS)
    for kind, rows in former.items():
        yield upsert.create_relationship_versions(kind), {"rows": rows}
    yield from _grouped(updated, upsert.update_relationships, upsert.UPDATE_ANY_RELATIONSHIPS)
    yield from _grouped(confirmed, upsert.confirm_relationships, upsert.CONFIRM_ANY_RELATIONSHIPS)


def _grouped(
    rows_of: dict[type[Relationship], list[list[Any]]],
    literal: Callable[[type[Relationship]], str],
    dynamic: str,
) -> Iterator[Statement]:
    """Large groups by a statement of their own, what is left by one that takes the type from the row."""
    few: list[list[Any]] = []
    for kind, rows in rows_of.items():
        if len(rows) >= MANY:
            yield literal(kind), {"rows": rows}
            continue
        for row in rows:
            if isinstance(row[-1], dict):
                row[-1] = upsert.native_values(kind, row[-1])
            few.append([*row, kind.type])
    if few:
        yield dynamic, {"rows": sorted(few, key=first_column)}


def first_column(row: Sequence[Any]) -> str:
    """The id, for writing in the order of ids."""
    return str(row[0])


def claim_statements(
    ledger: Ledger, times: Times, encoded: Iterable[Encoded]
) -> Iterator[Statement]:
    """New and changed claims."""
    first = {e.claim: e for e in reversed(list(encoded))}
    created, updated = [], []
    for claim in sorted(ledger.claims.values(), key=lambda c: c.id):
        if not claim.is_changed:
            continue
        state = [
            claim.latest,
            claim.content,
            claim.answer,
            times(max(claim.content_since, 0)),
            claim.doubt,
        ]
        if claim.is_new:
            answer = first[claim.id].answer
            created.append(
                [
                    claim.id,
                    answer.collector,
                    first[claim.id].about,
                    answer.part,
                    times(claim.observed_at),
                    *state,
                ]
            )
        else:
            updated.append([claim.id, times(claim.observed_at), *state])
    if created:
        yield log.CREATE_CLAIMS, {"rows": created}
    if updated:
        yield log.UPDATE_CLAIMS, {"rows": updated}


def observation_statements(org: str, ledger: Ledger, times: Times) -> Iterator[Statement]:
    """Observations with what they looked at, produced, repeat and rest on."""
    rows: list[list[Any]] = []
    produced: list[list[Any]] = []
    repeats: list[list[Any]] = []
    runs: list[list[Any]] = []
    evidence: list[list[Any]] = []
    for encoded, repeated in ledger.applied:
        is_content = encoded.answer.outcome is Outcome.FOUND and repeated is None
        rows.append(_observation(encoded, times, is_content=is_content))
        if is_content:
            links = [[i, _values_text(encoded, i)] for i in sorted(encoded.entities)]
            produced.append([encoded.observation, links])
        elif repeated is not None:
            repeats.append([encoded.observation, repeated])
        if encoded.answer.run:
            runs.append([encoded.observation, encoded.answer.run])
        evidence.extend(
            [encoded.observation, _evidence_id(org, encoded, piece), piece.sha256, piece.media_type,
             piece.size_bytes, piece.source_url, times(encoded.at)]
            for piece in encoded.answer.evidence
        )  # fmt: skip
    for text, found in (
        (log.CREATE_OBSERVATIONS, rows),
        (log.LINK_PRODUCED, produced),
        (log.LINK_REPEATS, repeats),
        (log.LINK_RUNS, runs),
        (log.LINK_EVIDENCE, sorted(evidence, key=lambda r: str(r[1]))),
    ):
        if found:
            yield text, {"rows": found}


def _evidence_id(org: str, encoded: Encoded, piece: Evidence) -> str:
    """The same bytes are one piece of evidence, but for what is marked: its address may say who has them."""
    marking = [encoded.answer.tlp] if encoded.answer.tlp else []
    return name_id(org, "Evidence", piece.sha256, *marking)


def _values_text(encoded: Encoded, fact_id: str) -> str | None:
    values = encoded.values.get(fact_id)
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode() if values else None


def _observation(encoded: Encoded, times: Times, *, is_content: bool) -> list[Any]:
    answer = encoded.answer
    started = round(answer.started_at.timestamp() * 1000)
    return [
        encoded.observation, encoded.about, encoded.claim, answer.collector, answer.collector_version,
        answer.outcome.value, answer.reason or None, times(started), times(encoded.at), answer.run or None,
        answer.part or None, encoded.content_hash if answer.outcome is Outcome.FOUND else None, encoded.doubt,
        encoded.facts.decode() if is_content else None,
        sorted(encoded.relationships) if is_content and encoded.relationships else None,
        answer.tlp or None,
    ]  # fmt: skip
