"""One write transaction in memory: the states of all it touches, and what its answers do to them.

Pure: it is given what the database holds, applies answers in order, and says which rows to write. What it cannot
decide from states alone it marks for `rebuild`, which the writer does from the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from graph.claims import FactState, RebuildNeeded, Values, confirm, gain, looked_at, lose
from graph.encoding import Encoded, hash_values
from graph.facts import Outcome
from graph.model.base import Entity, Fact, Relationship


@dataclass(slots=True)
class Slot:
    """One fact within the transaction: its stored state (None when new) and what has become of it."""

    kind: type[Entity] | type[Relationship]
    fact: Fact | None = None
    state: FactState | None = None
    value_hash: int = 0
    changed_at: int | None = None
    valued_at: int | None = None
    # How many claims that support it state just these values; None where others state others, or it is not known.
    agreeing: int | None = 0
    values: Values | None = None  # only when stated anew in this transaction
    former: list[tuple[int, int, Values | None]] = field(default_factory=list)
    ends: tuple[str, str] = ("", "")
    is_new: bool = True
    is_confirmed: bool = False
    is_gained: bool = False
    is_rewritten: bool = False
    needs_rebuild: bool = False
    confirmed_at: int = 0
    is_unread: bool = False  # only repeated here: it holds, whatever its state, and is confirmed
    held_before: bool = False
    was_known: bool = False
    is_marked: bool = False  # some answer that stated it carries a marking
    loaded: tuple[Any, ...] | None = None  # what is read of it elsewhere, as it was stored

    @property
    def is_altered(self) -> bool:
        """Whether anything that is read of it elsewhere is another than before: when it holds, and its values.

        Not what every look changes: when it was seen last, and how many say so. To be asked after it was rebuilt.
        """
        return not self.is_unread and (self.is_new or self.loaded != self.shown())

    @property
    def is_revalued(self) -> bool:
        """Whether it has other values than it was stored with, or has them since another moment."""
        return self.loaded is None or self.loaded[-2:] != self.shown()[-2:]

    def shown(self) -> tuple[Any, ...]:
        """What is read of it elsewhere."""
        state = self.state
        holding = (state.first_seen, state.holds_since, tuple(state.past)) if state else ()
        return (*holding, self.value_hash, self.changed_at)


@dataclass(slots=True)
class ClaimSlot:
    """A claim's stored state. `content` is the id of the observation whose facts it stands on, or None."""

    id: str
    observed_at: int = -1
    latest: str = ""
    content: str | None = None
    answer: str = ""
    content_since: int = -1
    doubt: int = 0
    is_new: bool = True
    is_changed: bool = False


# entity id → values; relationship id → type, start, end, values
_Facts = tuple[dict[str, Values], dict[str, tuple[str, str, str, Values]]]


class Ledger:
    """The transaction's states. Load, apply answers in order of time, then read `slots`, `claims`, `observations`."""

    def __init__(self) -> None:
        self.entities: dict[str, Slot] = {}
        self.relationships: dict[str, Slot] = {}
        self.claims: dict[str, ClaimSlot] = {}
        self.old_contents: dict[str, _Facts] = {}
        self._own_contents: dict[str, Encoded] = {}  # of answers applied here
        self.labels: dict[
            str, dict[str, str]
        ] = {}  # observation → entity id → label, of loaded contents
        self.same_contents: dict[tuple[str, str], str] = {}
        self.applied: list[tuple[Encoded, str | None]] = []  # with the observation it repeats
        self.late_claims: dict[str, int] = {}  # with the earliest late moment

    @staticmethod
    def load_fact(slot: Slot, row: Sequence[Any]) -> None:
        """Take a stored state in the column order of upsert.LOCK_ENTITIES."""
        flat = row[4]
        slot.state = FactState(
            row[1], row[2], row[3],
            [(flat[i], flat[i + 1], flat[i + 2]) for i in range(0, len(flat), 3)],
            row[5], row[6], row[7], row[8],
        )  # fmt: skip
        slot.changed_at, slot.valued_at, slot.value_hash = row[9], row[10], row[11] or 0
        slot.is_marked = bool(row[12])
        slot.agreeing = row[13] if slot.value_hash else 0
        slot.is_new = False
        slot.loaded = slot.shown()
        slot.held_before = slot.state.holds_since is not None
        slot.was_known = slot.state.was_ever_held

    def load_content(self, observation: str, facts: bytes | str) -> None:
        """Take the facts of an observation that a claim stands on."""
        data = orjson.loads(facts)
        self.labels[observation] = {i: label for i, label, _ in data["e"]}
        self.old_contents[observation] = (
            {i: values or {} for i, _, values in data["e"]},
            {i: (kind, start, end, values or {}) for i, kind, start, end, values in data["r"]},
        )

    def apply(self, encoded: Encoded) -> None:
        """Let one answer act on the states. Answers must come in order of (time, observation id)."""
        about = self.entities[encoded.about]
        if not about.is_unread:
            about.state = looked_at(about.state, encoded.at)
            about.is_rewritten = about.is_rewritten or not about.state.was_ever_held
        claim = self.claims.setdefault(encoded.claim, ClaimSlot(encoded.claim))
        if not encoded.answer.outcome.is_answer:
            self.applied.append((encoded, None))
            return
        repeats = self._repeated(claim, encoded)
        self.applied.append((encoded, repeats))
        if encoded.answer.outcome is Outcome.FOUND and repeats is None:
            self.same_contents[(claim.id, encoded.content_hash)] = encoded.observation
            self._own_contents[encoded.observation] = encoded
        if encoded.at <= claim.observed_at:
            self._apply_late(claim, encoded)
        else:
            self._apply_newest(claim, encoded, repeats)

    def _content(self, observation: str) -> _Facts:
        """The facts of an observation that a claim stands on, stored or applied here."""
        own = self._own_contents.get(observation)
        if own is None:
            return self.old_contents.get(observation, ({}, {}))
        return (
            {i: own.values.get(i, {}) for i in own.entities},
            {
                i: (type(r).type, start, end, own.values.get(i, {}))
                for i, (r, start, end) in own.relationships.items()
            },
        )

    def _repeated(self, claim: ClaimSlot, encoded: Encoded) -> str | None:
        if encoded.answer.outcome is not Outcome.FOUND:
            return None
        if claim.content is not None and claim.answer == encoded.content_hash:
            return claim.content
        return self.same_contents.get((claim.id, encoded.content_hash))

    def _apply_late(self, claim: ClaimSlot, encoded: Encoded) -> None:
        """An answer older than the claim's newest: only the log can tell what it changes."""
        self.late_claims[claim.id] = min(encoded.at, self.late_claims.get(claim.id, encoded.at))
        claim.is_changed = True
        for fact_id in encoded.entities:
            self._mark_for_rebuild(self.entities[fact_id], encoded)
        for fact_id in encoded.relationships:
            self._mark_for_rebuild(self.relationships[fact_id], encoded)

    @staticmethod
    def _mark_for_rebuild(slot: Slot, encoded: Encoded) -> None:
        slot.state = looked_at(slot.state, encoded.at)
        slot.needs_rebuild = True

    def _apply_newest(self, claim: ClaimSlot, encoded: Encoded, repeats: str | None) -> None:
        at = encoded.at
        was_standing = claim.content is not None
        same = was_standing and claim.answer == encoded.content_hash
        before = self._content(claim.content or "") if not same else ({}, {})
        old_doubt = claim.doubt
        for slots, stated, old in (
            (self.entities, encoded.entities.keys(), before[0]),
            (
                self.relationships,
                encoded.relationships.keys(),
                {i: r[3] for i, r in before[1].items()},
            ),
        ):
            for fact_id in stated:
                slot, values = slots[fact_id], encoded.values.get(fact_id, {})
                if same:
                    self._confirm(slot, at)
                elif fact_id in old:
                    self._keep(slot, at, old[fact_id], values, encoded.doubt - old_doubt)
                else:
                    self._gain(slot, at, values, encoded.doubt)
                if slot.values is values:
                    # What it is called follows from these values, not from who named it first.
                    slot.fact = encoded.entities.get(fact_id, slot.fact)
            for fact_id in old.keys() - set(stated):
                self._lose(slots[fact_id], at, old[fact_id], old_doubt)
        claim.observed_at, claim.latest, claim.is_changed = at, encoded.observation, True
        if not same:
            found = encoded.answer.outcome is Outcome.FOUND
            claim.content = (repeats or encoded.observation) if found else None
            claim.answer = encoded.content_hash if found else ""
            if found or was_standing or claim.content_since < 0:
                claim.content_since = at
            claim.doubt = encoded.doubt

    @staticmethod
    def _confirm(slot: Slot, at: int) -> None:
        if slot.is_unread:
            slot.confirmed_at = max(slot.confirmed_at, at)
        elif slot.state is not None and not slot.needs_rebuild:
            slot.state = confirm(slot.state, at)
            slot.is_confirmed = True

    def _gain(self, slot: Slot, at: int, values: Values, doubt: int) -> None:
        if slot.needs_rebuild:
            return
        state = slot.state
        supports = state.supports if state else 0
        first_before = state.first_seen if state and state.was_ever_held else None
        since_before = state.holds_since if state else None
        slot.state = gain(state, at, doubt)
        only_gained = since_before is not None and slot.state.holds_since == since_before
        slot.is_gained = True
        slot.is_rewritten = slot.is_rewritten or not only_gained or bool(values)
        fills = since_before is not None and slot.state.holds_since != since_before
        if fills and not values and slot.valued_at is not None:
            # Filling a time in which nothing held shows what the others did not state then.
            slot.needs_rebuild = True
        self._take_values(slot, at, values, supports, first_before)

    def _take_values(
        self, slot: Slot, at: int, values: Values, supports: int, first_before: int | None
    ) -> None:
        """What a gained claim's values make of the fact's; see claims.resolve for the rule."""
        stated = hash_values(values)
        if first_before is None:
            self._set_values(slot, values, stated, at if values else None)
            return
        is_early = slot.valued_at is not None and at < slot.valued_at
        if not values and supports > 0:
            return
        if stated == slot.value_hash and slot.changed_at is None and (supports > 0 or not is_early):
            if values:
                slot.valued_at = max(slot.valued_at or at, at)
                self._count_agreeing(slot, 1)
            return
        if (
            is_early
            or (supports > 0 and slot.value_hash not in (0, stated))
            or self._overlaps(slot, at, supports)
        ):
            slot.needs_rebuild = True
            return
        if stated != slot.value_hash:
            self._change_values(slot, at, values, stated)
        elif values:
            self._count_agreeing(slot, 1)
        slot.valued_at = max(slot.valued_at or at, at)

    @staticmethod
    def _count_agreeing(slot: Slot, more: int) -> None:
        if slot.agreeing is not None:
            slot.agreeing += more

    @staticmethod
    def _overlaps(slot: Slot, at: int, supports: int) -> bool:
        """Whether a closed fact is reopened at a moment at which another claim still supported it."""
        dropped = slot.state.dropped_at if slot.state else None
        return supports == 0 and dropped is not None and at < dropped

    def _change_values(self, slot: Slot, at: int, values: Values, stated: int) -> None:
        since = slot.changed_at
        if since is None and slot.state is not None:
            since = slot.state.first_seen
        if since == at and slot.changed_at is not None:
            # A second change in the same millisecond undoes or replaces the first.
            slot.needs_rebuild = True
            return
        if since != at:
            if slot.value_hash and since is not None:
                slot.former.append((since, at, slot.values))
            slot.changed_at = at
        slot.values, slot.value_hash, slot.is_rewritten = values, stated, True
        slot.agreeing = 1 if values else 0

    def _set_values(self, slot: Slot, values: Values, stated: int, at: int | None) -> None:
        slot.values, slot.value_hash, slot.valued_at = values, stated, at
        slot.agreeing = 1 if values else 0
        slot.is_rewritten = True

    def _keep(self, slot: Slot, at: int, old: Values, new: Values, doubt: int) -> None:
        """The claim's content changed, but this fact is in both: its values may differ."""
        if slot.needs_rebuild or slot.state is None:
            return
        slot.state = confirm(slot.state, at)
        slot.state.doubt += doubt
        slot.is_confirmed = True
        slot.is_rewritten = slot.is_rewritten or doubt != 0
        if not old and not new:
            return
        stated = hash_values(new)
        if old == new and stated == slot.value_hash and self._is_agreed_at(slot, at):
            return  # whatever others state, or will have stated: it states these values before and after
        if slot.valued_at is not None and at < slot.valued_at:
            slot.needs_rebuild = True
        elif old == new and stated == slot.value_hash:
            pass
        elif not old and stated == slot.value_hash and slot.agreeing:
            self._count_agreeing(slot, 1)
        elif (slot.state.supports == 1 and not (slot.state.dropped_at or at) > at) or (
            not old and slot.value_hash == 0
        ):
            self._change_values(slot, at, new, stated)
        else:
            slot.needs_rebuild = True
        slot.valued_at = max(slot.valued_at or at, at)
        slot.is_rewritten = True

    def _lose(self, slot: Slot, at: int, old: Values, doubt: int) -> None:
        if slot.needs_rebuild or slot.state is None:
            return
        dropped = slot.state.dropped_at
        try:
            slot.state = lose(slot.state, at, doubt)
        except RebuildNeeded:
            slot.needs_rebuild = True
            return
        slot.is_rewritten = True
        if slot.state.supports == 0 and slot.changed_at == slot.state.dropped_at:
            slot.needs_rebuild = True  # values that would have held for no time at all
        if old:
            early = slot.valued_at is not None and at < slot.valued_at
            is_last = not self._drop_agreeing(slot, old)
            if (
                early
                or (is_last and slot.state.supports > 0)
                or (dropped is not None and dropped > at)
            ):
                slot.needs_rebuild = True
            slot.valued_at = max(slot.valued_at or at, at)
        if slot.state.supports == 0:
            slot.agreeing = 0

    @staticmethod
    def _is_agreed_at(slot: Slot, at: int) -> bool:
        """Whether no claim that supports it states other values than it has, and has not since `at`."""
        return slot.agreeing is not None and (slot.changed_at is None or slot.changed_at <= at)

    def _drop_agreeing(self, slot: Slot, old: Values) -> bool:
        """Count out a claim that stated these values; tells whether others are left that state what the fact has."""
        if hash_values(old) != slot.value_hash:
            slot.agreeing = None
        self._count_agreeing(slot, -1)
        return bool(slot.agreeing)
