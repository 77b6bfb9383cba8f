"""Selections on entities, relationships and answers as trees that `graph.select` compiles.

Each method turns what is asked of one type of the schema into fields of the tree. What has no place there makes the
operation uncompilable, and it is answered field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    SelectionSetNode,
    get_named_type,
)

from graph.model import registry
from graph.select.tree import (
    Common,
    Constant,
    Field,
    Links,
    Nested,
    Node,
    Observations,
    Page,
    Part,
    Read,
    Reasons,
    Related,
    Seen,
    Shape,
    Value,
    Variant,
    Way,
)
from server.graphql.compiled.arguments import Arguments, Given, Uncompilable
from server.graphql.compiled.conditions import Conditions
from server.graphql.compiled.findings import findings, notes
from server.graphql.compiled.selections import Picked, Selections
from server.graphql.entities.reads import relationship_reads, to_snake

Sets = Iterable[SelectionSetNode]
Parent = GraphQLObjectType | GraphQLInterfaceType
Make = Callable[[Picked, Parent], Field]

FACT = {
    "id": Common.ID,
    "holds": Common.HOLDS,
    "firstSeen": Common.FIRST_SEEN,
    "lastSeen": Common.LAST_SEEN,
    "changedAt": Common.CHANGED_AT,
    "confidence": Common.CONFIDENCE,
    "supports": Common.SUPPORTS,
    "tags": Common.TAGS,
    "marking": Common.MARKING,
}
ENTITY = {
    **FACT,
    "kind": Common.KIND,
    "key": Common.KEY,
    "caption": Common.CAPTION,
    "roles": Common.ROLES,
    "aliases": "aliases",
}
LINK = {**FACT, "type": Common.TYPE, "properties": Common.PROPERTIES}
ENDS = {"from": "source", "to": "target"}
WAYS: Mapping[str, tuple[Way, ...]] = {"OUT": ("OUT",), "IN": ("IN",), "BOTH": ("OUT", "IN")}


@dataclass(frozen=True)
class Entities:
    """Translates selections of one operation with the variables of one request."""

    selections: Selections
    arguments: Arguments

    # --- small things -----------------------------------------------------------------------------------------

    def fields(self, sets: Sets, parent: GraphQLNamedType, make: Make) -> tuple[Field, ...]:
        """What is asked of `parent`, each field as `make` turns it; the name of the type is known."""
        kind = cast(Parent, parent)
        return tuple(
            Constant(each.alias, kind.name) if each.name == "__typename" else make(each, kind)
            for each in self.selections.pick(sets, kind)
        )

    def type_of(self, picked: Picked, parent: Parent) -> GraphQLNamedType:
        """The type of a field's values."""
        return cast(GraphQLNamedType, get_named_type(parent.fields[picked.name].type))

    def given(self, picked: Picked, parent: Parent) -> dict[str, Given]:
        """The field's arguments."""
        return self.arguments.of(parent.fields[picked.name].args, picked.node)

    def page(self, given: Mapping[str, Given]) -> Page:
        """How many, and behind which cursor."""
        return Page(cast(Value, given["first"]), cast("Value | None", given["after"]))

    def _nested(self, picked: Picked, parent: Parent, make: Make) -> Nested:
        fields = self.fields(picked.sets, self.type_of(picked, parent), make)
        return Nested(picked.alias, to_snake(picked.name), fields)

    def _part(self, picked: Picked, _: Parent) -> Part:
        return Part(picked.alias, to_snake(picked.name))

    def read(self, picked: Picked, _: Parent) -> Read:
        """A stored property, of whatever it is a field of."""
        return Read(picked.alias, to_snake(picked.name))

    # --- entities ---------------------------------------------------------------------------------------------

    def node(self, picked: Picked, parent: Parent, kinds: Sequence[str] = ()) -> Node:
        """An entity at a place of its own."""
        shape = self.shape(picked.sets, self.type_of(picked, parent), kinds)
        return Node(picked.alias, to_snake(picked.name), shape)

    def shape(self, sets: Sets, declared: GraphQLNamedType, kinds: Sequence[str] = ()) -> Shape:
        """What is asked of an entity of the type `declared`, of whose kinds only `kinds` may occur (none: all)."""
        if isinstance(declared, GraphQLObjectType):
            return Shape((self._variant(sets, declared, (declared.name,)),))
        sets = tuple(sets)
        possible = tuple(kinds) or tuple(registry.kinds())
        named = self.selections.conditions(sets)
        apart = [kind for kind in possible if kind in named]
        rest = tuple(kind for kind in possible if kind not in named)
        types = self.selections.schema.type_map
        variants = [self._variant(sets, types[kind], (kind,)) for kind in apart]
        if rest:
            variants.append(self._variant(sets, declared, rest))
        return Shape(tuple(variants))

    def _variant(self, sets: Sets, declared: GraphQLNamedType, kinds: tuple[str, ...]) -> Variant:
        parent = cast(Parent, declared)
        fields = [
            self._entity_field(each, parent, kinds) for each in self.selections.pick(sets, parent)
        ]
        return Variant(kinds, tuple(fields))

    def _entity_field(self, picked: Picked, parent: Parent, kinds: tuple[str, ...]) -> Field:
        name = picked.name
        if name == "__typename":
            return Read(picked.alias, Common.KIND)
        if name in ENTITY:
            return Read(picked.alias, ENTITY[name])
        if name in ABOUT:
            return ABOUT[name](self, picked, parent)
        if len(kinds) == 1:
            kind = registry.kinds()[kinds[0]]
            if to_snake(name) in kind.properties():
                return Read(picked.alias, to_snake(name))
            if name in relationship_reads(kind):
                return self._related(picked, parent, kinds[0])
        raise Uncompilable(f"{parent.name}.{name}")

    # --- relationships ----------------------------------------------------------------------------------------

    def _related(self, picked: Picked, parent: Parent, kind: str) -> Related:
        reads = relationship_reads(registry.kinds()[kind])[picked.name]
        ends = tuple(end.__name__ for end in reads.ends)
        given = self.given(picked, parent)
        conditions = Conditions(self.arguments)
        own = set(reads.relationship.properties())

        def edge(each: Picked, of: Parent) -> Field:
            if each.name == "node":
                return self.node(each, of, ends)
            return self._fact_field(each, of, own)

        return Related(
            picked.alias,
            reads.relationship.type,
            reads.way,
            self.page(given),
            conditions.of(given["where"], ends[0] if len(ends) == 1 else ""),
            conditions.of(given["edge"]),
            bool(self.arguments.now(given["includeClosed"])),
            self.fields(picked.sets, self.type_of(picked, parent), self._of_entities(edge, ends)),
        )

    def _fact_field(self, picked: Picked, parent: Parent, own: Iterable[str] = ()) -> Field:
        """A field of a relationship, wherever it is."""
        name = picked.name
        if name == "cursor":
            return self._part(picked, parent)
        if name in LINK:
            return Read(picked.alias, LINK[name])
        if name in ENDS:
            return Node(
                picked.alias, ENDS[name], self.shape(picked.sets, self.type_of(picked, parent))
            )
        if name == "seen":
            return self._seen(picked, parent)
        if name == "why":
            return self.reasons(picked, parent)
        if to_snake(name) in own:
            return Read(picked.alias, to_snake(name))
        raise Uncompilable(f"{parent.name}.{name}")

    def link_fields(self, sets: Sets, declared: GraphQLNamedType) -> tuple[Field, ...]:
        """What is asked of a `Link`."""
        return self.fields(sets, declared, self._fact_field)

    def _links(self, picked: Picked, parent: Parent) -> Links:
        given = self.given(picked, parent)

        def edge(each: Picked, of: Parent) -> Field:
            if each.name == "node":
                return self.node(each, of)
            if each.name == "link":
                return self._nested(each, of, self._fact_field)
            return self._part(each, of)

        types = self.arguments.now(given["types"])
        return Links(
            picked.alias,
            tuple(registry.relationship_types() if types is None else types),
            WAYS[self.arguments.now(given["direction"])],
            self.page(given),
            bool(self.arguments.now(given["includeClosed"])),
            self.fields(picked.sets, self.type_of(picked, parent), self._of_entities(edge, ())),
        )

    # --- pages ------------------------------------------------------------------------------------------------

    def _of_entities(self, edge: Make, kinds: Sequence[str]) -> Make:
        """A page whose nodes are entities."""

        def make(picked: Picked, parent: Parent) -> Field:
            if picked.name == "nodes":
                return self.node(picked, parent, kinds)
            return self._page_field(picked, parent, edge)

        return make

    def entity_page(
        self, sets: Sets, declared: GraphQLNamedType, kinds: Sequence[str]
    ) -> tuple[Field, ...]:
        """A page of a list of entities."""

        def edge(each: Picked, of: Parent) -> Field:
            return self.node(each, of, kinds) if each.name == "node" else self._part(each, of)

        return self.fields(sets, declared, self._of_entities(edge, kinds))

    def of_things(self, thing: Make) -> Make:
        """A page whose nodes are no entities."""

        def edge(each: Picked, of: Parent) -> Field:
            return self._nested(each, of, thing) if each.name == "node" else self._part(each, of)

        def make(picked: Picked, parent: Parent) -> Field:
            if picked.name == "nodes":
                return self._nested(picked, parent, thing)
            return self._page_field(picked, parent, edge)

        return make

    def _page_field(self, picked: Picked, parent: Parent, edge: Make) -> Field:
        if picked.name == "edges":
            return self._nested(picked, parent, edge)
        if picked.name == "pageInfo":
            return self._nested(picked, parent, self._part)
        return self._part(picked, parent)

    def difference_page(self, sets: Sets, declared: GraphQLNamedType) -> tuple[Field, ...]:
        """A page of what differs between two moments."""

        def item(each: Picked, of: Parent) -> Field:
            if each.name == "entity":
                return self.node(each, of)
            if each.name == "link":
                return self._nested(each, of, self._fact_field)
            if each.name == "changes":
                return self._nested(each, of, self._part)
            return self._part(each, of)

        def make(picked: Picked, parent: Parent) -> Field:
            if picked.name == "items":
                return self._nested(picked, parent, item)
            return self._page_field(picked, parent, item)

        return self.fields(sets, declared, make)

    # --- why --------------------------------------------------------------------------------------------------

    def _seen(self, picked: Picked, parent: Parent) -> Seen:
        fields = self.fields(picked.sets, self.type_of(picked, parent), self._part)
        return Seen(picked.alias, cast("tuple[Part | Constant, ...]", fields))

    def _observations(self, picked: Picked, parent: Parent) -> Observations:
        make = self.of_things(self._observation_field)
        fields = self.fields(picked.sets, self.type_of(picked, parent), make)
        return Observations(picked.alias, self.page(self.given(picked, parent)), fields)

    def reasons(self, picked: Picked, parent: Parent) -> Reasons:
        """Why a fact holds, or a finding."""
        first = cast(Value, self.given(picked, parent)["first"])
        return Reasons(
            picked.alias, first, self.reason_fields(picked.sets, self.type_of(picked, parent))
        )

    def reason_fields(self, sets: Sets, declared: GraphQLNamedType) -> tuple[Field, ...]:
        """What is asked of a `Reason`."""
        return self.fields(sets, declared, self._reason_field)

    def _reason_field(self, picked: Picked, parent: Parent) -> Field:
        if picked.name == "observation":
            return self._nested(picked, parent, self._observation_field)
        if picked.name in ("derivedFrom", "path"):
            return self.node(picked, parent)
        return self.read(picked, parent)

    def _observation_field(self, picked: Picked, parent: Parent) -> Field:
        if picked.name == "about":
            return self.node(picked, parent)
        if picked.name == "evidence":
            return self._nested(picked, parent, self.read)
        return self.read(picked, parent)


ABOUT: Mapping[str, Callable[[Entities, Picked, Parent], Field]] = {
    "seen": Entities._seen,
    "why": Entities.reasons,
    "links": Entities._links,
    "observations": Entities._observations,
    "findings": findings,
    "notes": notes,
}
"""What every entity has beside properties and the relationships of its kind."""
