"""What rules look for, planted among made-up facts: the firing cases of every rule, copied under other names.

A rule that is added brings its cases, so it finds something here, too.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from bench._kit.words import word
from graph.correlate import cases as case_files
from graph.correlate.cases import Case
from graph.facts import Answer
from graph.model.base import Entity, Fact, Relationship

# Known to many, so copies have them in common.
_COMMON = frozenset(
    {"Location", "AutonomousSystem", "IntrusionSet", "Malware", "ThreatActor", "CryptoWallet"}
)
_LISTS = frozenset({"Feed", "Breach"})  # these the copies of one case have in common
_NETWORKS = ("203.0.113.", "198.51.100.", "192.0.2.")
_NETWORK = re.compile(r"(?<![\d.])(?:203\.0\.113|198\.51\.100|192\.0\.2)\.")
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)\.(example|test|local|lan|corp)(?![\w-])")
_MAILBOX = re.compile(r"([\w+-]+)@(?=gmail\.)")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{62}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-f])")  # fmt: skip
_NUMBERED = ("handle", "registration_number", "record_id", "account_id", "registry_id")


@dataclass(frozen=True)
class Incident:
    """A copy of a case: what is answered, and how far entities are from what was to be scanned."""

    rule: str
    answers: tuple[Answer, ...]
    reached: tuple[tuple[Entity, int], ...]


def incidents(copies: int) -> Iterator[Incident]:
    """As many copies of each firing case as asked for."""
    for number, case in enumerate(firing()):
        for copy in range(copies):
            yield _Copying(number, number * copies + copy + 1).incident(case)


def firing() -> list[Case]:
    """The cases that fire by the rules' own parameters; where a rule has none, those that need others."""
    of_rule: dict[str, list[Case]] = defaultdict(list)
    for case in case_files.load():
        if case.proves == "fires":
            of_rule[case.rule].append(case)
    return [
        case for found in of_rule.values() for case in ([c for c in found if not c.params] or found)
    ]


@dataclass
class _Copying:
    """Names everything in one copy anew; `list_number` tells apart what only the copies of one case share."""

    list_number: int
    number: int
    _made: dict[tuple[str, str], Entity] = field(default_factory=dict)

    def incident(self, case: Case) -> Incident:
        answers = tuple(
            replace(a, about=self._entity(a.about), facts=tuple(map(self._fact, a.facts)))
            for a in case.answers
        )
        reached = tuple((self._entity(entity), hops) for entity, hops in case.reached)
        return Incident(case.rule, answers, reached)

    def _fact(self, fact: Fact) -> Fact:
        if isinstance(fact, Entity):
            return self._named(fact)
        assert isinstance(fact, Relationship)
        return type(fact)(
            source=self._entity(fact.source),
            target=self._entity(fact.target),
            **self._renamed(_stated(fact)),
        )

    def _entity(self, entity: Entity) -> Entity:
        where = entity.label, entity.key
        if where not in self._made:
            self._made[where] = self._named(entity)
        return self._made[where]

    def _named(self, entity: Entity) -> Entity:
        stated = _stated(entity)
        if entity.label in _COMMON:
            return entity
        if entity.label in _LISTS:
            return type(entity)(**{**stated, "slug": f"{stated['slug']}-{self.list_number}"})
        return type(entity)(**self._own(entity.label, self._renamed(stated)))

    def _own(self, label: str, stated: dict[str, Any]) -> dict[str, Any]:
        """What names entities of some kinds beside names, addresses and digests."""
        for name in _NUMBERED:
            if name in stated:
                stated[name] = f"{stated[name]}{self.number}"
        if "product" in stated:
            stated["product"] += f"_{self.number}"
        if label == "Vulnerability":
            stated["identifier"] += f"{self.number:05}"
        elif label == "CloudResource":
            stated["name"] += f"-{self.number}"
        elif label == "TrackingIdentifier":
            stated["tracking_id"] = f"G-{self.number:07}ABC"
        elif label == "PhoneNumber":
            stated["number"] = f"{stated['number'][:-3]}{self.number % 1000:03}"
        elif label == "Fingerprint":
            stated["value"] = self._print(str(stated["value"]))
        return stated

    def _print(self, value: str) -> str:
        if value.startswith("SHA256:"):
            digest = hashlib.sha256(f"{value} {self.number}".encode()).digest()
            return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
        if re.fullmatch(r"-?\d+", value):
            return str(int(value) + self.number)
        if re.fullmatch(r"\w+_\w+_[0-9a-f]{12}", value):
            return f"{value[:-12]}{self._digest(value)[:12]}"
        return value if _HEX.fullmatch(value) else f"{value}{self.number}"

    def _renamed(self, stated: dict[str, Any]) -> dict[str, Any]:
        return {name: self._value(value) for name, value in stated.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return tuple(map(self._value, value))
        if not isinstance(value, str):
            return value
        value = _UUID.sub(lambda m: str(uuid.uuid5(uuid.UUID(m[0]), str(self.number))), value)
        value = _HEX.sub(lambda m: self._digest(m[0])[: len(m[0])], value)
        value = _NETWORK.sub(lambda m: self._network(m[0]), value)
        value = _MAILBOX.sub(rf"\g<1>{self.number}@", value)
        prefix = word(f"copy {self.number}")
        return _NAME.sub(rf"{prefix}-\g<1>.\g<2>", value)

    def _digest(self, text: str) -> str:
        return hashlib.sha256(f"{text} {self.number}".encode()).hexdigest()

    def _network(self, prefix: str) -> str:
        """A public network of the copy's own for each that examples use."""
        place = 3 * self.number + _NETWORKS.index(prefix)
        return f"{5 + (place >> 16)}.{place >> 8 & 255}.{place & 255}."


def _stated(fact: Fact) -> dict[str, Any]:
    """What a fact was given, without what follows from its key, and without its ends."""
    known = type(fact).properties()
    return {
        name: value
        for name, value in vars(fact).items()
        if name in known and not known[name].is_derived and value not in (None, ())
    }
