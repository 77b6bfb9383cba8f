"""What a truth is made of: facts reduced to their keys, so that tests compare plain sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from graph.model.base import Entity, Fact
from lab.world import World

Node = tuple[str, str]
Edge = tuple[str, str, str]


@dataclass(frozen=True)
class Facts:
    """Entities as (kind, key), relationships as (type, source's key, target's key)."""

    entities: frozenset[Node] = frozenset()
    relationships: frozenset[Edge] = frozenset()

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Self:
        """The keys of `facts` as stated, ends of relationships included.

        What keys imply (that a name is under its parent) is not added.
        """
        entities, relationships = set(), set()
        for fact in facts:
            if isinstance(fact, Entity):
                entities.add(node_of(fact))
            else:
                entities |= {node_of(fact.source), node_of(fact.target)}
                relationships.add((type(fact).type, fact.source.key, fact.target.key))
        return cls(frozenset(entities), frozenset(relationships))

    def __or__(self, other: Facts) -> Facts:
        return Facts(self.entities | other.entities, self.relationships | other.relationships)

    def only(self, kinds: Iterable[str]) -> Facts:
        """What is of these kinds and relationship types."""
        wanted = set(kinds)
        return Facts(
            frozenset(node for node in self.entities if node[0] in wanted),
            frozenset(edge for edge in self.relationships if edge[0] in wanted),
        )


@dataclass(frozen=True)
class Oracle:
    """What one collector finds: which kinds it takes, and the facts about one entity."""

    consumes: tuple[str, ...]
    answer: Callable[[World, Any], Iterator[Fact]]  # about an entity of one of those kinds
    needs: str = ""  # a role that the entity must have
    # Whether whoever it stands in for can answer about an entity: then a scan does not ask it.
    is_answered: Callable[[World, Any], bool] = lambda world, entity: False  # noqa: ARG005


def node_of(entity: Entity) -> Node:
    """Kind and key."""
    return entity.label, entity.key
