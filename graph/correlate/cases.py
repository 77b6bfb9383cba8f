"""Cases of rules: tiny graphs in YAML, and what the rule has to find in each.

A case is built through the ontology and written by the write path, so it cannot show what could
never be collected. The form is explained in docs/howto/add-a-rule.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast, get_args

import yaml
from pydantic import ValidationError

from graph.correlate.rules import files
from graph.errors import InvalidFact, InvalidRule
from graph.facts import Answer, Outcome
from graph.model.base import Entity, Fact, Relationship
from graph.model.registry import kinds, make, relationship_types

Proof = Literal["fires", "silent", "near_miss", "false_positive"]
LEAST: Mapping[Proof, int] = {"fires": 2, "silent": 1, "near_miss": 1, "false_positive": 1}

BEFORE = timedelta(hours=1)  # how long before `now` facts were seen that say nothing of it
COLLECTOR = "case"
_HASH = re.compile(r"hash of (\w+)$")
_LOOK = re.compile(r"^(\S+) by ([\w.-]+)(?:/([\w.-]+))?$")
_CASE = frozenset(
    {"name", "proves", "now", "params", "entities", "links", "looks", "reached", "finds"}
)
_TIMES = frozenset({"seen", "until"})


@dataclass(frozen=True)
class Expected:
    """A finding that the rule has to make: about which entity, resting on which."""

    subject: Entity
    evidence: tuple[Entity, ...]
    title: str | None
    score: float | None


@dataclass(frozen=True)
class Case:
    """One tiny graph and what a rule has to find in it."""

    rule: str
    file: str
    line: int
    name: str
    proves: Proof
    now: datetime
    params: Mapping[str, object]
    answers: tuple[Answer, ...]
    reached: tuple[tuple[Entity, int], ...]
    finds: tuple[Expected, ...]

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"


def load() -> list[Case]:
    """The cases of every rule. Raises InvalidRule."""
    found: list[Case] = []
    for folder, file in files(".cases.yaml"):
        rule = f"{folder.name}.{file.name.removesuffix('.cases.yaml')}"
        found += parse(rule, f"cypher/correlate/{folder.name}/{file.name}", file.read_text("utf-8"))
    return found


def parse(rule: str, file: str, content: str) -> list[Case]:
    """The cases of one file. Raises InvalidRule, naming file and line."""
    try:
        document = yaml.safe_load(content)
        lines = _lines_of_cases(content)
    except yaml.YAMLError as error:
        raise InvalidRule(f"{file}: not YAML: {error}") from error
    if not isinstance(document, dict) or not lines or set(document) - {"now", "cases"}:
        raise InvalidRule(f"{file}:1: a file of cases has `now:` and a list `cases:`")
    cases = []
    for line, case in zip(lines, document["cases"], strict=True):
        try:
            cases.append(_Builder(document.get("now"), case).build(rule, file, line))
        except InvalidRule as error:
            raise InvalidRule(f"{file}:{line}: {error}") from error
    return cases


def missing(cases: Sequence[Case]) -> list[str]:
    """What one rule's cases do not prove yet, in words."""
    counts = {proof: sum(c.proves == proof for c in cases) for proof in LEAST}
    return [
        f"{least} or more cases that prove {proof}, not {counts[proof]}"
        for proof, least in LEAST.items()
        if counts[proof] < least
    ]


def _lines_of_cases(content: str) -> list[int]:
    root = yaml.compose(content, Loader=yaml.SafeLoader)
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if key.value == "cases" and isinstance(value, yaml.SequenceNode):
                return [node.start_mark.line + 1 for node in value.value]
    return []


@dataclass
class _Builder:
    """Reads one case."""

    shared_now: object
    raw: Any

    def build(self, rule: str, file: str, line: int) -> Case:
        raw = self.raw
        if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
            raise InvalidRule("a case has a `name`")
        if unknown := set(raw) - _CASE:
            raise InvalidRule(
                f"{', '.join(sorted(unknown))}: a case has {', '.join(sorted(_CASE))}"
            )
        if raw.get("proves") not in get_args(Proof):
            raise InvalidRule(f"`proves` is one of {', '.join(get_args(Proof))}")
        if "finds" not in raw or bool(raw["finds"]) != (raw["proves"] == "fires"):
            raise InvalidRule("a case that fires lists what it `finds`, any other `finds: []`")
        now = _moment("now", raw.get("now", self.shared_now))
        named = self._entities()
        return Case(
            rule=rule,
            file=file,
            line=line,
            name=raw["name"],
            proves=cast(Proof, raw["proves"]),
            now=now,
            params=raw.get("params") or {},
            answers=tuple(self._answers(named, now)),
            reached=tuple(_reached(named, raw.get("reached") or {})),
            finds=tuple(_expected(named, found) for found in raw["finds"]),
        )

    def _entities(self) -> dict[str, Entity]:
        named: dict[str, Entity] = {}
        for name, stated in (self.raw.get("entities") or {}).items():
            named[name] = _entity(name, {k: v for k, v in stated.items() if k not in _TIMES})
        return named

    def _answers(self, named: Mapping[str, Entity], now: datetime) -> Iterator[Answer]:
        for name, stated in (self.raw.get("entities") or {}).items():
            yield from _seen(named[name], named[name], f"entity {name}", stated, now)
        for item in self.raw.get("links") or []:
            text, stated = _one(item)
            link = _link(named, text, stated)
            yield from _seen(link.source, link, text, stated, now)
        for item in self.raw.get("looks") or []:
            text, outcome = _one(item)
            yield _look(named, text, outcome, now - BEFORE)


def _one(item: object) -> tuple[str, Any]:
    """An item that is a text, or a text with more said of it."""
    if isinstance(item, str):
        return item, {}
    if isinstance(item, dict) and len(item) == 1:
        return cast(tuple[str, Any], next(iter(item.items())))
    raise InvalidRule(f"{item!r} is neither a text nor `text: ...`")


def _entity(name: str, stated: Mapping[str, Any]) -> Entity:
    known = [word for word in stated if word in kinds()]
    if len(known) != 1:
        raise InvalidRule(
            f"{name}: say its kind and key once, such as `DomainName: www.one.example`"
        )
    kind = known[0]
    value = _HASH.sub(lambda m: hashlib.sha256(m[1].encode()).hexdigest(), str(stated[kind]))
    properties = {k: v for k, v in stated.items() if k != kind}
    try:
        made = make(kind, value)
        return type(made).model_validate({**made.model_dump(exclude_none=True), **properties})
    except (InvalidFact, ValidationError) as error:
        raise InvalidRule(f"{name}: {error}") from error


def _named(named: Mapping[str, Entity], word: str) -> Entity:
    """An entity by its name in the case, or by `Kind key` where it only follows from another."""
    if word in named:
        return named[word]
    kind, _, key = word.partition(" ")
    if kind in kinds() and key:
        return make(kind, key)
    raise InvalidRule(f"no entity of the case is called {word!r}")


def _link(named: Mapping[str, Entity], text: str, stated: Mapping[str, Any]) -> Relationship:
    words = text.split(" ")
    if len(words) != 3 or words[1] not in relationship_types():
        raise InvalidRule(f"{text!r}: a link is `one TYPE other`, of a type that the ontology has")
    properties = {k: v for k, v in stated.items() if k not in _TIMES}
    try:
        return relationship_types()[words[1]].model_validate(
            {
                "source": _named(named, words[0]),
                "target": _named(named, words[2]),
                **properties,
            }
        )
    except (InvalidFact, ValidationError) as error:
        raise InvalidRule(f"{text}: {error}") from error


def _seen(
    about: Entity, fact: Fact, part: str, stated: Mapping[str, Any], now: datetime
) -> Iterator[Answer]:
    """The answers by which a fact was seen, and ended where the case says until when."""
    raw = stated.get("seen", now - BEFORE)
    for moment in raw if isinstance(raw, list) else [raw]:
        at = _moment("seen", moment)
        yield Answer(about, COLLECTOR, Outcome.FOUND, at, at, (fact,), part=part)
    if "until" in stated:
        at = _moment("until", stated["until"])
        yield Answer(about, COLLECTOR, Outcome.ABSENT, at, at, part=part)


def _look(named: Mapping[str, Entity], text: str, outcome: object, at: datetime) -> Answer:
    found = _LOOK.match(text)
    word, _, moment = str(outcome).partition(" ")
    if found is None or word not in Outcome.__members__:
        raise InvalidRule(
            f"{text!r}: a look is `entity by collector/part: OUTCOME`, such as ABSENT, and a moment"
            " if it was not just now"
        )
    about = _named(named, found[1])
    when = _moment(text, moment) if moment else at
    return Answer(about, found[2], Outcome(word), when, when, part=found[3] or "")


def _reached(
    named: Mapping[str, Entity], raw: Mapping[str, object]
) -> Iterator[tuple[Entity, int]]:
    """What a run had in scope, with the hops from what was to be scanned."""
    for word, distance in raw.items():
        if type(distance) is not int or distance < 0:
            raise InvalidRule(f"reached: {word}: {distance!r} is no number of hops")
        yield _named(named, word), distance


def _expected(named: Mapping[str, Entity], raw: Mapping[str, Any]) -> Expected:
    if not isinstance(raw, dict) or set(raw) - {"subject", "evidence", "title", "score"}:
        raise InvalidRule("a finding has subject, evidence and, if you like, title and score")
    return Expected(
        subject=_named(named, raw["subject"]),
        evidence=tuple(_named(named, word) for word in raw.get("evidence") or []),
        title=raw.get("title"),
        score=raw.get("score"),
    )


def _moment(word: str, value: object) -> datetime:
    """A moment; YAML gives those that say `Z` a zone, and a bare day is its beginning in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    text = str(value)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidRule(f"{word}: {text!r} is no moment such as 2026-06-01T12:00:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
