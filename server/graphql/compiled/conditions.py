"""Filters as given by a caller, as conditions of the neutral tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from graph.model import registry
from graph.select.tree import (
    ALWAYS,
    All,
    AnyOf,
    Compare,
    Condition,
    Has,
    Not,
    Operator,
    Value,
)
from server.graphql.compiled.arguments import Arguments, Given
from server.graphql.entities.reads import relationship_reads, to_snake

_OPERATORS = {
    "eq": Operator.EQ,
    "ne": Operator.NE,
    "in": Operator.IN,
    "gt": Operator.GT,
    "gte": Operator.GTE,
    "lt": Operator.LT,
    "lte": Operator.LTE,
    "startsWith": Operator.STARTS_WITH,
    "endsWith": Operator.ENDS_WITH,
    "contains": Operator.CONTAINS,
    "has": Operator.HAS,
    "hasAny": Operator.HAS_ANY,
}


@dataclass(frozen=True)
class Conditions:
    """Makes conditions of what was given."""

    arguments: Arguments

    def of(self, given: Given, kind: str = "") -> Condition:
        """The condition that a `…Where` stands for; `kind` is the one it is about, if it is about one."""
        if not isinstance(given, dict):
            return ALWAYS
        parts = [
            part
            for name, each in given.items()
            if each is not None
            for part in self._member(name, each, kind)
        ]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _member(self, name: str, given: Given, kind: str) -> Iterator[Condition]:
        if name == "and":
            yield All(tuple(self.of(each, kind) for each in cast("list[Given]", given)))
        elif name == "or":
            yield AnyOf(tuple(self.of(each, kind) for each in cast("list[Given]", given)))
        elif name == "not":
            yield Not(self.of(given, kind))
        elif name == "has" and kind:
            yield from self._related(cast("dict[str, Given]", given), kind)
        else:
            yield from self._comparisons(to_snake(name), cast("dict[str, Given]", given))

    def _related(self, given: dict[str, Given], kind: str) -> Iterator[Condition]:
        reads = relationship_reads(registry.kinds()[kind])
        for name, each in given.items():
            if each is not None:
                far = reads[name]
                only = far.ends[0].__name__ if len(far.ends) == 1 else ""
                yield Has(far.relationship.type, far.way, self.of(each, only))

    def _comparisons(self, name: str, given: dict[str, Given]) -> Iterator[Condition]:
        for word, each in given.items():
            if each is None:
                continue
            if word in ("isNull", "isEmpty"):
                is_absent = bool(self.arguments.now(each))
                yield Compare(name, Operator.IS_ABSENT if is_absent else Operator.IS_PRESENT)
            else:
                yield Compare(name, _OPERATORS[word], cast(Value, each))
