"""Root fields on collected entities as roots of the neutral tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from graphql import GraphQLNamedType, GraphQLObjectType

from graph.model import registry
from graph.select.findings import CLEARED, OPENED
from graph.select.tree import (
    Difference,
    Differing,
    Field,
    Many,
    Neighborhood,
    Nested,
    One,
    Part,
    Paths,
    Root,
    Sort,
    Value,
    WhyOf,
)
from server.graphql.compiled.arguments import Arguments, Given, Uncompilable
from server.graphql.compiled.conditions import Conditions
from server.graphql.compiled.entities import Entities, Parent
from server.graphql.compiled.findings import between
from server.graphql.compiled.selections import Picked, Selections
from server.graphql.entities.queries import singular
from server.graphql.entities.reads import to_snake


@cache
def _singulars() -> Mapping[str, str]:
    return {singular(kind): name for name, kind in registry.kinds().items()}


@cache
def _plurals() -> Mapping[str, str]:
    return {kind.plural: name for name, kind in registry.kinds().items()}


@dataclass(frozen=True)
class Asked:
    """A root field as asked: its selections, the type of its values, its arguments."""

    picked: Picked
    declared: GraphQLNamedType
    given: Mapping[str, Given]


@dataclass(frozen=True)
class Roots:
    """Translates the root fields of one operation with the variables of one request."""

    entities: Entities

    @classmethod
    def of(cls, selections: Selections) -> Roots:
        """For an operation whose selections these are."""
        return cls(Entities(selections, Arguments(selections.variables)))

    def root(self, picked: Picked, query: GraphQLObjectType) -> Root:
        """The root that a field stands for. Raises Uncompilable."""
        given = self.entities.given(picked, query)
        asked = Asked(picked, self.entities.type_of(picked, query), given)
        name = picked.name
        if name in _singulars():
            return self._one(asked, _singulars()[name])
        if name in _plurals():
            return self._many(asked, (_plurals()[name],))
        if name in GENERAL:
            return GENERAL[name](self, asked)
        raise Uncompilable(f"root field {name}")

    def _now(self, given: Given) -> Any:
        return self.entities.arguments.now(given)

    def _names(self, given: Given, default: Iterable[str]) -> tuple[str, ...]:
        """Words of an enum, each once in a fixed order; all of them where none are given."""
        found: Iterable[str] | None = self._now(given)
        return tuple(default if found is None else sorted(set(found)))

    def _one(self, asked: Asked, kind: str = "") -> One:
        shape = self.entities.shape(asked.picked.sets, asked.declared)
        value = _value(asked.given["key" if kind else "id"])
        is_resolved = bool(self._now(asked.given["resolved"]))
        return One(kind, value, shape, _optional(asked.given["at"]), is_resolved)

    def _many(self, asked: Asked, kinds: tuple[str, ...]) -> Many:
        given = asked.given
        order = given["orderBy"]
        by = order if isinstance(order, dict) else {}
        only = kinds[0] if asked.picked.name in _plurals() else ""
        return Many(
            kinds,
            self.entities.page(given),
            Conditions(self.entities.arguments).of(given["where"], only),
            _optional(given["search"]),
            Sort(
                str(self._now(by.get("field")) or "KEY").lower(),
                self._now(by.get("direction")) == "DESC",
            ),
            bool(self._now(given["includeClosed"])),
            self.entities.entity_page(asked.picked.sets, asked.declared, kinds),
            _optional(given["at"]),
            bool(self._now(given["resolved"])),
        )

    def _entities(self, asked: Asked) -> Many:
        return self._many(asked, self._names(asked.given["kinds"], registry.kinds()))

    def _why(self, asked: Asked) -> WhyOf:
        fields = self.entities.reason_fields(asked.picked.sets, asked.declared)
        return WhyOf(_value(asked.given["id"]), _value(asked.given["first"]), fields)

    def _neighborhood(self, asked: Asked) -> Neighborhood:
        given = asked.given
        return Neighborhood(
            _value(given["id"]),
            self._now(given["depth"]),
            self._names(given["types"], registry.relationship_types()),
            self._names(given["kinds"], registry.kinds()),
            _value(given["first"]),
            self.entities.fields(asked.picked.sets, asked.declared, self._walk_field),
            _optional(given["at"]),
            bool(self._now(given["resolved"])),
        )

    def _paths(self, asked: Asked) -> Paths:
        given = asked.given
        return Paths(
            _value(given["from"]),
            _value(given["to"]),
            self._now(given["k"]),
            self._now(given["maxLength"]),
            self._names(given["types"], registry.relationship_types()),
            self.entities.fields(asked.picked.sets, asked.declared, self._walk_field),
            _optional(given["at"]),
            bool(self._now(given["resolved"])),
        )

    def _walk_field(self, picked: Picked, parent: Parent) -> Field:
        """A field of what a walk finds: entities, relationships, or a plain value."""
        if picked.name == "nodes":
            return self.entities.node(picked, parent)
        if picked.name == "links":
            declared = self.entities.type_of(picked, parent)
            return Nested(picked.alias, "links", self.entities.link_fields(picked.sets, declared))
        return Part(picked.alias, to_snake(picked.name))

    def _difference(self, asked: Asked) -> Difference:
        fields = self.entities.fields(asked.picked.sets, asked.declared, self._way_field)
        return Difference(
            _value(asked.given["from"]),
            _value(asked.given["to"]),
            self._names(asked.given["kinds"], registry.kinds()),
            asked.picked.name == "runDiff",
            fields,
        )

    def _way_field(self, picked: Picked, parent: Parent) -> Field:
        """A field of a difference: a moment, or a page of what differs in one way."""
        if picked.name in ("from", "to"):
            return Part(picked.alias, picked.name)
        if to_snake(picked.name) in (OPENED, CLEARED):
            return between(self.entities, picked, parent)
        page = self.entities.page(self.entities.given(picked, parent))
        declared = self.entities.type_of(picked, parent)
        fields = self.entities.difference_page(picked.sets, declared)
        return Differing(picked.alias, to_snake(picked.name), page, fields)


GENERAL: Mapping[str, Callable[[Roots, Asked], Root]] = {
    "entity": Roots._one,
    "entities": Roots._entities,
    "neighborhood": Roots._neighborhood,
    "paths": Roots._paths,
    "why": Roots._why,
    "diff": Roots._difference,
    "runDiff": Roots._difference,
}
"""The root fields beside those of the kinds."""


def is_read(name: str) -> bool:
    """Whether a root field reads collected entities, so that it may be compiled."""
    return name in GENERAL or name in _singulars() or name in _plurals()


def _value(given: Given) -> Value:
    return cast(Value, given)


def _optional(given: Given) -> Value | None:
    return cast("Value | None", given)
