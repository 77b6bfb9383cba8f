"""Which kinds and relationship types there are: whatever the modules of this folder declare.

Nothing is listed here; a kind is added by declaring it in a module of its family.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TypeVar

import graph.model
from graph.errors import Refused
from graph.model.base import Declared, Entity, Relationship
from graph.model.detection import detected

D = TypeVar("D", bound=Declared)


@cache
def kinds() -> Mapping[str, type[Entity]]:
    """Every kind of entity by its label, in the order of the alphabet."""
    found = {kind.__name__: kind for kind in _declared(Entity)}
    return MappingProxyType(dict(sorted(found.items())))


@cache
def relationship_types() -> Mapping[str, type[Relationship]]:
    """Every relationship class by its type, in the order of the alphabet."""
    found = {link.type: link for link in _declared(Relationship)}
    return MappingProxyType(dict(sorted(found.items())))


@cache
def relationships_from(kind: type[Entity]) -> tuple[type[Relationship], ...]:
    """The relationships that may start from `kind`."""
    return tuple(r for r in relationship_types().values() if kind in r.sources())


@cache
def relationships_to(kind: type[Entity]) -> tuple[type[Relationship], ...]:
    """The relationships that may lead to `kind`."""
    return tuple(r for r in relationship_types().values() if kind in r.targets())


def make(kind_name: str, value: str) -> Entity:
    """The entity of kind `kind_name` with the key `value`. Raises Refused."""
    kind = kinds().get(kind_name)
    if kind is None:
        raise Refused("a kind of entity", kind_name, f"known are {', '.join(kinds())}")
    return kind.from_key(value)


def detect(text: str) -> Entity:
    """The entity that a seed typed by an analyst names. Raises Refused, saying what is accepted."""
    return detected(text, kinds().values())


def _declared(root: type[D]) -> Iterator[type[D]]:
    for module in pkgutil.iter_modules(graph.model.__path__, "graph.model."):
        importlib.import_module(module.name)
    yield from _subclasses(root)


def _subclasses(root: type[D]) -> Iterator[type[D]]:
    for child in root.__subclasses__():
        if not child.is_abstract and child.__module__.startswith("graph.model."):
            yield child
        yield from _subclasses(child)
