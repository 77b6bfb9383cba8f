"""A brute-force model of what facts hold: the specification of the write path, in the plainest words.

It knows nothing of intervals or increments. It replays the answers of every claim up to a moment and looks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graph.facts import Answer, Content, values_of
from graph.model.base import Entity, Fact

Where = tuple[str, ...]
LEVELS = ("", "CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED")


@dataclass
class Seen:
    """What the model says of one fact at one moment."""

    supports: int = 0
    doubt: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    last_confirmed: int = 0
    agreeing: int | None = None  # how many state these values, where nobody states others


def where(fact: Fact) -> Where:
    """A name for a fact without organization."""
    if isinstance(fact, Entity):
        return (fact.label, fact.key)
    return (fact.source.key, type(fact).type, fact.target.key, fact.qualifiers())


def facts_of(answer: Answer) -> dict[Where, Fact]:
    """The closed facts of an answer."""
    content = Content.of(answer.facts)
    facts: list[Fact] = [*content.entities.values(), *content.relationships.values()]
    return {where(fact): fact for fact in facts}


class Model:
    """All answers ever given, asked by brute force."""

    def __init__(self, org: str, answers: Iterable[Answer]) -> None:
        self.org = org
        known = {a.observation_id(org): a for a in answers}
        timeline: dict[str, dict[int, tuple[str, Answer]]] = {}
        for identity, answer in sorted(known.items()):
            if answer.outcome.is_answer:
                claim = timeline.setdefault(answer.claim_id(org), {})
                claim[_ms(answer)] = (identity, answer)  # the greatest id of one millisecond counts
        self.claims = {
            c: [(at, answer) for at, (_, answer) in sorted(said.items())]
            for c, said in timeline.items()
        }
        self.moments = sorted({at for said in self.claims.values() for at, _ in said})
        self.looks = list(known.values())
        self.said = [a for a in self.looks if a.facts]
        self.facts: dict[Where, Fact] = {}
        for said in self.claims.values():
            for _, answer in said:
                self.facts.update(facts_of(answer))

    def at(self, moment: int) -> dict[Where, Seen]:
        """The facts that hold at `moment`, with what is known of them then."""
        holding: dict[Where, Seen] = {}
        stated: dict[Where, list[tuple[int, int, str, dict[str, Any]]]] = {}
        for claim, said in self.claims.items():
            past = [(at, a) for at, a in said if at <= moment]
            if not past:
                continue
            _, newest = past[-1]
            doubt = round(-math.log1p(-newest.reliability) * 1e6)
            for place, fact in facts_of(newest).items():
                seen = holding.setdefault(place, Seen())
                seen.supports += 1
                seen.doubt += doubt
                since = _content_since(past)
                stated.setdefault(place, []).append((doubt, since, claim, values_of(fact)))
        for place, seen in holding.items():
            kind = type(self.facts[place])
            for _, _, _, values in sorted(stated[place], key=lambda s: s[:3]):
                for name, value in values.items():
                    union = kind.properties()[name].merge == "union"
                    old = seen.values.get(name, [])
                    seen.values[name] = sorted({*old, *value}) if union else value
            last = [values for *_, values in stated[place] if values]
            seen.agreeing = len(last) if all(v == seen.values for v in last) else None
        return holding

    def marking(self, place: Where) -> str:
        """Who may see a fact now: the first level whose readers see all of it."""
        latest = [said[-1][1] for said in self.claims.values()]
        holding = [a for a in latest if place in facts_of(a)]
        stating = holding or [a for a in self.said if place in facts_of(a)]
        if not stating:
            return min(self._looks_at(place), key=LEVELS.index, default="")
        for level, name in enumerate(LEVELS):
            visible = [a for a in stating if LEVELS.index(a.tlp) <= level]
            if visible and self._view(place, visible, holding) == self._view(
                place, stating, holding
            ):
                return name
        return ""

    def strictest(self, place: Where) -> str:
        """The most restrictive marking of all that was ever said of a fact, or of who looked where nobody said it."""
        said = [a.tlp for a in self.said if place in facts_of(a)]
        return max(said or self._looks_at(place), key=LEVELS.index, default="")

    def strictest_values(self, place: Where) -> str:
        """The most restrictive marking of all that ever gave values of a fact."""
        stated = ((a.tlp, facts_of(a).get(place)) for a in self.said)
        said = [tlp for tlp, fact in stated if fact is not None and values_of(fact)]
        return max(said, key=LEVELS.index, default="")

    def _looks_at(self, place: Where) -> list[str]:
        return [a.tlp for a in self.looks if where(a.about) == place]

    def _view(self, place: Where, answers: list[Answer], holding: list[Answer]) -> object:
        """What whoever sees only `answers` sees of a fact: its values, or all it ever had where it is closed."""
        if not holding:
            stated = [values_of(facts_of(a)[place]) for a in answers]
            return {(name, str(value)) for values in stated for name, value in values.items()}
        mine = {a.claim_id(self.org) for a in answers}
        part = Model.__new__(Model)
        part.org, part.facts = self.org, self.facts
        part.claims = {c: said for c, said in self.claims.items() if c in mine}
        return part.at(self.moments[-1])[place].values

    def intervals(self, place: Where) -> list[tuple[int, int, int | None]]:
        """(from, last confirmed, ended or None) of a fact, found by looking at every moment."""
        found: list[tuple[int, int, int | None]] = []
        start: int | None = None
        confirmed = 0
        for moment in self.moments:
            holds = place in self.at(moment)
            if holds and start is None:
                start = moment
            if holds and any(
                at == moment and place in facts_of(a)
                for said in self.claims.values()
                for at, a in said
            ):
                confirmed = moment
            if not holds and start is not None:
                found.append((start, confirmed, moment))
                start = None
        if start is not None:
            found.append((start, confirmed, None))
        return found


def _content_since(past: list[tuple[int, Answer]]) -> int:
    """When the claim's present content began: the start of its last run of equal answers."""

    def content(answer: Answer) -> object:
        return (
            {w: values_of(f) for w, f in facts_of(answer).items()},
            answer.reliability,
            answer.tlp,
        )

    since, newest = past[-1]
    for at, answer in reversed(past):
        if answer.outcome is not newest.outcome or content(answer) != content(newest):
            break
        since = at
    return since


def _ms(answer: Answer) -> int:
    return round(answer.ended_at.timestamp() * 1000)
