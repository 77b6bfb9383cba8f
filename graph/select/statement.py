"""The growing statement: its parameters, and the names that the ontology lends to its text.

Text is made of names from the ontology and of parameters only; no value ever becomes part of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from graph.errors import InvalidQuestion
from graph.model import registry
from graph.model.base import Declared, Entity, Property, Relationship
from graph.select.tree import Value, Way

Convert = Callable[[Any, str], Any]
"""Makes a parameter of a request's value and the organization's id."""
Shaper = Callable[[Any], Any]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a statement: where its value comes from, and what is made of it."""

    value: Value
    convert: Convert | None = None

    def read(self, variables: Mapping[str, Any], org: str) -> Any:
        """The parameter for a request with these variables. Raises InvalidQuestion, InvalidFact."""
        found = self.value.read(variables)
        return found if self.convert is None else self.convert(found, org)


@dataclass(frozen=True)
class Expression:
    """A Cypher expression, and what makes the answer's value of what it gives (None: nothing to do)."""

    text: str
    shape: Shaper | None = None


@dataclass
class Statement:
    """What all parts of one statement share.

    `at` is the parameter of the moment, or empty for now; `is_cleared` says that the reader may read whatever its
    marking (`graph.select.clearance`), `is_resolved` that relationships are those of all entities
    that are one (`graph.select.identity`).
    """

    at: str = ""
    is_cleared: bool = True
    is_resolved: bool = False
    parameters: dict[str, Parameter] = field(default_factory=dict)

    def use(self, value: Value, convert: Convert | None = None) -> str:
        """The parameter for `value`; the same one for the same value and conversion."""
        wanted = Parameter(value, convert)
        for name, known in self.parameters.items():
            if known.convert == convert and known.value == value and _is_same(known.value, value):
                return f"${name}"
        name = f"p{len(self.parameters)}"
        self.parameters[name] = wanted
        return f"${name}"

    def of_now(self) -> Statement:
        """The same statement where it tells of now, whatever moment is asked about."""
        return replace(self, at="")

    def names(self, of: Iterable[str]) -> str:
        """A parameter that is a list of names of the ontology."""
        return self.use(Value(constant=tuple(of)), _as_list)


def _as_list(value: Iterable[str], org: str) -> list[str]:  # noqa: ARG001 - the form of a conversion
    return list(value)


def _is_same(one: Value, other: Value) -> bool:
    """Equality alone would take 1 for True and 1.0."""
    is_alike = type(one.constant) is type(other.constant)
    return is_alike and all(map(_is_same, one.items, other.items))


def name(text: str) -> str:
    """A name of the ontology as Cypher text. Anything that is not a plain name is refused."""
    if not _NAME.match(text):
        raise InvalidQuestion(f"{text!r} is not a name of the ontology")
    return text


def kind_of(label: str) -> type[Entity]:
    """The kind called `label`."""
    found = registry.kinds().get(label)
    if found is None:
        raise InvalidQuestion(f"there is no kind {label!r}")
    return found


def relationship_of(type_name: str) -> type[Relationship]:
    """The relationship class of type `type_name`."""
    found = registry.relationship_types().get(type_name)
    if found is None:
        raise InvalidQuestion(f"there is no relationship type {type_name!r}")
    return found


def far_kinds(type_name: str, way: Way) -> tuple[str, ...]:
    """The kinds at the other end of a relationship type, seen from the start (OUT) or the end (IN)."""
    relationship = relationship_of(type_name)
    ends = relationship.targets() if way == "OUT" else relationship.sources()
    return tuple(end.__name__ for end in ends)


@cache
def all_kinds() -> tuple[str, ...]:
    """The names of all kinds."""
    return tuple(registry.kinds())


@cache
def all_roles() -> tuple[str, ...]:
    """The labels that kinds add by role, in the order of the alphabet."""
    return tuple(sorted({r for kind in registry.kinds().values() for r in kind.possible_roles}))


@cache
def all_types() -> str:
    """The pattern text of any relationship type of the ontology."""
    return any_of(registry.relationship_types())


def any_of(names: Iterable[str]) -> str:
    """Labels or types as alternatives of a pattern; none stand for what nothing has."""
    return "|".join(name(each) for each in names) or "!%"


def own_property(declared: type[Declared] | None, property_name: str) -> Property:
    """The declared property, of the kind or, where several kinds may occur, of all entities."""
    found = (declared or Entity).properties().get(property_name)
    if found is None:
        where = declared.__name__ if declared else "Entity"
        raise InvalidQuestion(f"{where} has no property {property_name!r}")
    return found


def has_history(declared: Property) -> bool:
    """Whether former values are kept: what follows from the identity never changes."""
    return not (declared.is_key or declared.is_derived or declared.is_qualifier)


def camel_case(name: str) -> str:
    """A stored name as the API writes it."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
