"""The words of the entity schema: enums, markings and small shared values."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry

from graph.model import registry
from server.auth.policy import Permission
from server.graphql.declare import described, enum_type
from server.graphql.permissions import requires

EntityKind = enum_type(
    "EntityKind",
    "A kind of entity, by the name of its type.",
    {name: kind.description().split("\n", 1)[0] for name, kind in registry.kinds().items()},
)

RelationshipType = enum_type(
    "RelationshipType",
    "A type of relationship, read from source to target.",
    {
        name: kind.description().split("\n", 1)[0]
        for name, kind in registry.relationship_types().items()
    },
)


@described(
    "Which way a relationship is followed.",
    OUT="From source to target.",
    IN="From target to source.",
    BOTH="Either way.",
)
class Direction(enum.StrEnum):
    """Which way a relationship is followed."""

    OUT = "OUT"
    IN = "IN"
    BOTH = "BOTH"


@described(
    "Which end of an order comes first.",
    ASC="Smallest, earliest, A first; null last.",
    DESC="Greatest, latest, Z first; null last.",
)
class OrderDirection(enum.StrEnum):
    """Which end of an order comes first."""

    ASC = "ASC"
    DESC = "DESC"


@described(
    "Who may see a fact: the Traffic Light Protocol, version 2.",
    CLEAR="Anybody.",
    GREEN="The community.",
    AMBER="The organization and its clients.",
    AMBER_STRICT="The organization alone.",
    RED="Those present alone.",
)
class Marking(enum.StrEnum):
    """Who may see a fact."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    AMBER_STRICT = "AMBER_STRICT"
    RED = "RED"


@described(
    "How looking at an entity ended.",
    name="Outcome",
    FOUND="The source answered with facts.",
    ABSENT="The source answered that there is nothing.",
    ERROR="There was no answer that could be used.",
    SKIPPED="There was nothing to ask.",
)
class ObservedOutcome(enum.StrEnum):
    """How looking at an entity ended."""

    FOUND = "FOUND"
    ABSENT = "ABSENT"
    ERROR = "ERROR"
    SKIPPED = "SKIPPED"


@strawberry.type(description="A stretch of time in which a fact was confirmed.")
@requires(Permission.READ_GRAPH)
class Interval:
    """A stretch of time in which a fact was confirmed."""

    from_: datetime = strawberry.field(name="from", description="First confirmed.")
    to: datetime = strawberry.field(description="Last confirmed.")
    ended: datetime | None = strawberry.field(
        description="When it was found to hold no longer; null while it holds."
    )
