"""What a generated field stands for in the ontology: the compiler and the resolvers go by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from strawberry.utils.str_converters import to_camel_case

from graph.model import registry
from graph.model.base import Entity, Property, Relationship

Way = Literal["OUT", "IN"]


@dataclass(frozen=True)
class ReadsProperty:
    """The field gives a declared property."""

    declared: Property


@dataclass(frozen=True)
class ReadsRelationship:
    """The field gives the relationships of one type that leave (OUT) or reach (IN) the entity."""

    relationship: type[Relationship]
    way: Way

    @property
    def ends(self) -> tuple[type[Entity], ...]:
        """The kinds at the far end."""
        return self.relationship.targets() if self.way == "OUT" else self.relationship.sources()


def relationship_reads(kind: type[Entity]) -> dict[str, ReadsRelationship]:
    """The relationships of a kind by the names of its fields."""
    out = {r.forward: ReadsRelationship(r, "OUT") for r in registry.relationships_from(kind)}
    back = {r.backward: ReadsRelationship(r, "IN") for r in registry.relationships_to(kind)}
    return {**out, **back}


def to_snake(name: str) -> str:
    """A camelCase field name in snake_case, so that it comes back the same."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def to_camel(name: str) -> str:
    """A snake_case name as the field's name in the schema."""
    return to_camel_case(name)
