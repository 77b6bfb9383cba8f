"""Facts that an analyst asserts: claims like a collector's, withdrawn as a whole."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import InvalidFact, InvalidQuestion, NotFound
from graph.facts import Answer, Outcome
from graph.model import registry
from graph.model.base import Entity as EntityModel
from graph.model.base import Relationship as RelationshipModel
from graph.queries.entity import GET_CLAIM, OneParams
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented, recorded
from server.graphql.entities.facts import Entity
from server.graphql.entities.reads import to_snake
from server.graphql.entities.stated import readable_or_stated
from server.graphql.entities.vocabulary import (
    Direction,
    EntityKind,
    Marking,
    RelationshipType,
)
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.graphql.scalars import Json

COLLECTOR = "manual"
MOST_LINKS = 100


@strawberry.input(description="An entity, by its kind and key, and what is known of it.")
class EntityInput:
    """An entity and what is known of it."""

    kind: EntityKind = strawberry.field(description="Of which kind it is.")  # type: ignore[valid-type]
    key: str = recorded("The key; the spelling is normalised.")
    properties: Json | None = strawberry.field(
        default=None, description="Values by the names of the kind's fields, an object."
    )


@strawberry.input(description="A relationship of the asserted entity.")
class LinkInput:
    """A relationship of the asserted entity."""

    type: RelationshipType = strawberry.field(description="How the two entities are related.")  # type: ignore[valid-type]
    other: EntityInput = strawberry.field(description="The entity at the far end.")
    direction: Direction = strawberry.field(
        default=Direction.OUT, description="OUT where it leaves the asserted entity, else IN."
    )
    properties: Json | None = strawberry.field(
        default=None, description="Values by the names of the edge's fields, an object."
    )


@strawberry.input(description="What to assert.")
class AssertFactInput:
    """What to assert."""

    entity: EntityInput = strawberry.field(description="What it is about.")
    links: list[LinkInput] = strawberry.field(
        default_factory=list, description=f"Its relationships, at most {MOST_LINKS}."
    )
    reliability: float = strawberry.field(
        default=0.9, description="How sure you are, between 0 and 1, both excluded."
    )
    reason: str = strawberry.field(default="", description="How you know, in a sentence.")
    marking: Marking | None = strawberry.field(
        default=None,
        description="With whom what you state may be shared (TLP 2.0); null for everybody in the organization. Never "
        "above your own clearance.",
    )


@strawberry.type(description="What was asserted, or what to mend.")
@framing
class AssertFactPayload:
    """What was asserted, or what to mend."""

    claim: strawberry.ID | None = strawberry.field(
        description="The claim, by which `withdrawFact` takes it back.", default=None
    )
    entity: Entity | None = strawberry.field(
        description="The entity as it is now; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The entity after the withdrawal, or what to mend.")
@framing
class WithdrawFactPayload:
    """The entity after the withdrawal, or what to mend."""

    entity: Entity | None = strawberry.field(
        description="What the claim was about, as it is now; null where there are errors.",
        default=None,
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.ASSERT_FACTS)
@told(AssertFactPayload)
async def assert_fact(
    info: Info,
    input: Annotated[AssertFactInput, strawberry.argument(description="What to assert.")],
) -> AssertFactPayload:
    """State a fact that you know: an entity, what is known of it, and its relationships."""
    context, now = info.context, info.context.now()
    if len(input.links) > MOST_LINKS:
        raise InvalidQuestion(f"links: at most {MOST_LINKS} in one assertion")
    tlp = input.marking.value if input.marking else ""
    context.principal.require_clearance(tlp, "marking")
    about = _entity(input.entity)
    answer = Answer(
        about=about,
        collector=COLLECTOR,
        outcome=Outcome.FOUND,
        started_at=now,
        ended_at=now,
        facts=(about, *(_link(about, each) for each in input.links)),
        reliability=input.reliability,
        reason=f"{context.principal.email}: {input.reason}".removesuffix(": "),
        part=context.new_id(info, "assertion"),
        tlp=tlp,
    )
    await context.writer.write(context.org, [answer])
    return AssertFactPayload(
        claim=strawberry.ID(answer.claim_id(context.org)),
        entity=Entity.of(await readable_or_stated(context, answer)),
    )


@documented(needs=Permission.ASSERT_FACTS)
@told(WithdrawFactPayload)
async def withdraw_fact(
    info: Info,
    id: Annotated[
        strawberry.ID, strawberry.argument(description="The claim that `assertFact` gave.")
    ],
) -> WithdrawFactPayload:
    """Take an assertion back. What sources or other analysts also state stays."""
    context, now = info.context, info.context.now()
    params = OneParams(org=context.org, readable=context.readable, id=id)
    claim = await context.store.fetch_one(GET_CLAIM.bind(params))
    if claim is None or claim.collector != COLLECTOR:
        raise NotFound(f"there is no assertion {id}")
    kind = next(label for label in claim.labels if label in registry.kinds())
    about = registry.make(kind, claim.key)
    answer = Answer(
        about=about,
        collector=COLLECTOR,
        outcome=Outcome.ABSENT,
        started_at=now,
        ended_at=now,
        reason=f"withdrawn by {context.principal.email}",
        part=claim.part,
        tlp=claim.tlp or "",
    )
    await context.writer.write(context.org, [answer])
    return WithdrawFactPayload(entity=Entity.of(await readable_or_stated(context, answer)))


def _entity(given: EntityInput) -> EntityModel:
    """The entity as stated. Raises InvalidFact, Refused."""
    named = registry.make(str(given.kind), given.key)
    values = _values(type(named), given.properties, "properties")
    if not values:
        return named
    known = {
        name: value
        for name, declared in type(named).properties().items()
        if not declared.is_derived and (value := getattr(named, name)) not in (None, (), "")
    }
    stated = type(named)(**{**known, **values})
    if stated.key != named.key:
        raise InvalidFact(
            f"{given.kind}: the properties make the key {stated.key}, not {named.key}; leave out what the key says"
        )
    return stated


def _link(about: EntityModel, given: LinkInput) -> RelationshipModel:
    """A relationship as stated. Raises InvalidFact, Refused."""
    relationship = registry.relationship_types()[str(given.type)]
    other = _entity(given.other)
    source, target = (other, about) if given.direction is Direction.IN else (about, other)
    if type(source) not in relationship.sources() or type(target) not in relationship.targets():
        starts = ", ".join(kind.__name__ for kind in relationship.sources())
        ends = ", ".join(kind.__name__ for kind in relationship.targets())
        raise InvalidFact(
            f"{relationship.type} leads from {starts} to {ends}, not from {source.label} to {target.label}"
        )
    values = _values(relationship, given.properties, "links.properties")
    return relationship(source=source, target=target, **values)


def _values(
    kind: type[EntityModel | RelationshipModel], given: Json | None, place: str
) -> dict[str, Any]:
    """The given values by the names of the model."""
    stated: object = given if given is not None else {}
    if not isinstance(stated, dict):
        raise InvalidQuestion(f"{place}: an object is right, with values by field names")
    named = {to_snake(str(name)): value for name, value in stated.items()}
    if unknown := sorted(named.keys() - kind.properties().keys()):
        raise InvalidFact(f"{place}: {kind.__name__} has no {', '.join(unknown)}")
    return named


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [assert_fact, withdraw_fact]
