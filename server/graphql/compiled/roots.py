"""Root fields on collected entities as roots of the neutral tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

from graphql import GraphQLNamedType, GraphQLObjectType

from graph.model import registry
from graph.select.tree import (
    Constant,
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
from server.graphql.compiled.selections import Picked, Selections
from server.graphql.entities.queries import singular
from server.graphql.entities.reads import to_snake


@cache
def _singulars() -> Mapping[str, str]:
    return {singular(kind): name for name, kind in registry.kinds().items()}


@cache
def _plurals() -> Mapping[str, str]:
    return {kind.plural: name for name, kind in registry.kinds().items()}


GENERAL = frozenset({"entity", "entities", "neighborhood", "paths", "why", "diff", "runDiff"})


def is_read(name: str) -> bool:
    """Whether a root field reads collected entities, so that it may be compiled."""
    return name in GENERAL or name in _singulars() or name in _plurals()


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
        if given.get("at") is not None:
            return Roots(replace(self.entities, is_past=True))._root(picked, query, given)
        return self._root(picked, query, given)

    def _root(
        self, picked: Picked, query: GraphQLObjectType, given: Mapping[str, Given]
    ) -> Root:
        declared = self.entities.type_of(picked, query)
        name = picked.name
        if name in _singulars():
            return self._one(picked, declared, _singulars()[name], given)
        if name in _plurals():
            return self._many(picked, declared, (_plurals()[name],), given)
        match name:
            case "entity":
                return self._one(picked, declared, "", given)
            case "entities":
                kinds = self._now(given["kinds"])
                return self._many(
                    picked, declared, tuple(registry.kinds() if kinds is None else kinds), given
                )
            case "neighborhood":
                return self._neighborhood(picked, declared, given)
            case "paths":
                return self._paths(picked, declared, given)
            case "why":
                fields = self.entities.reason_fields(picked.sets, declared)
                return WhyOf(_value(given["id"]), _value(given["first"]), fields)
            case "diff" | "runDiff":
                return self._difference(picked, declared, given)
        raise Uncompilable(f"root field {name}")

    def _now(self, given: Given) -> object:
        return self.entities.arguments.now(given)

    def _one(
        self, picked: Picked, declared: GraphQLNamedType, kind: str, given: Mapping[str, Given]
    ) -> One:
        shape = self.entities.shape(picked.sets, declared)
        return One(kind, _value(given["key" if kind else "id"]), shape, _optional(given["at"]))

    def _many(
        self,
        picked: Picked,
        declared: GraphQLNamedType,
        kinds: tuple[str, ...],
        given: Mapping[str, Given],
    ) -> Many:
        order = given["orderBy"]
        by = order if isinstance(order, dict) else {}
        only = kinds[0] if declared.name != "EntityConnection" else ""
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
            self.entities.entity_page(picked.sets, declared, kinds),
            _optional(given["at"]),
        )

    def _neighborhood(
        self, picked: Picked, declared: GraphQLNamedType, given: Mapping[str, Given]
    ) -> Neighborhood:
        return Neighborhood(
            _value(given["id"]),
            cast(int, self._now(given["depth"])),
            self._names(given["types"], registry.relationship_types()),
            self._names(given["kinds"], registry.kinds()),
            _value(given["first"]),
            self.entities.fields(picked.sets, declared, self._walk_field),
            _optional(given["at"]),
        )

    def _paths(
        self, picked: Picked, declared: GraphQLNamedType, given: Mapping[str, Given]
    ) -> Paths:
        return Paths(
            _value(given["from"]),
            _value(given["to"]),
            cast(int, self._now(given["k"])),
            cast(int, self._now(given["maxLength"])),
            self._names(given["types"], registry.relationship_types()),
            self.entities.fields(picked.sets, declared, self._walk_field),
            _optional(given["at"]),
        )

    def _difference(
        self, picked: Picked, declared: GraphQLNamedType, given: Mapping[str, Given]
    ) -> Difference:
        fields = self.entities.fields(picked.sets, declared, self._way_field)
        return Difference(
            _value(given["from"]),
            _value(given["to"]),
            self._names(given["kinds"], registry.kinds()),
            picked.name == "runDiff",
            cast("tuple[Constant | Part | Differing, ...]", fields),
        )

    def _way_field(self, picked: Picked, parent: Parent) -> Field:
        """A field of a difference: a moment, or a page of what differs in one way."""
        if picked.name in ("from", "to"):
            return Part(picked.alias, picked.name)
        page = self.entities.page(self.entities.given(picked, parent))
        declared = self.entities.type_of(picked, parent)
        fields = self.entities.difference_page(picked.sets, declared)
        return cast(Field, Differing(picked.alias, to_snake(picked.name), page, fields))

    def _names(self, given: Given, default: Iterable[str]) -> tuple[str, ...]:
        """Words of an enum, each once in a fixed order; all of them where none are given."""
        found = cast("Iterable[str] | None", self._now(given))
        return tuple(default if found is None else sorted(set(found)))

    def _walk_field(self, picked: Picked, parent: Parent) -> Field:
        """A field of what a walk finds: entities, relationships, or a plain value."""
        if picked.name == "nodes":
            return self.entities.node(picked, parent)
        if picked.name == "links":
            declared = self.entities.type_of(picked, parent)
            return Nested(picked.alias, "links", self.entities.link_fields(picked.sets, declared))
        return Part(picked.alias, to_snake(picked.name))


def _value(given: Given) -> Value:
    return cast(Value, given)


def _optional(given: Given) -> Value | None:
    return cast("Value | None", given)
