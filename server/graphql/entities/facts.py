"""What every entity and relationship has in the schema: links, observations, reasons.

The resolvers are the field-by-field way, which reads like the documentation; where an operation
is compiled (`server.graphql.compiled`) they are not called, and the compiled statement gives the
same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.queries.entity import ObservationRow, ReasonRow
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.entities import reading
from server.graphql.entities.record import EntityRecord, LinkRecord, reliability_of
from server.graphql.entities.vocabulary import (
    Direction,
    EntityKind,
    Interval,
    Marking,
    ObservedOutcome,
    RelationshipType,
)
from server.graphql.paging import After, Connection, Counts, Edge, First, PageInfo, counted
from server.graphql.permissions import requires
from server.graphql.scalars import Json

if TYPE_CHECKING:
    from server.graphql.findings.types import FindingConnection, FindingState
    from server.graphql.notes.types import Note

FirstReasons = Annotated[
    int | None,
    strawberry.argument(description="How many reasons to give at most, 0 to 100."),
]


@strawberry.type(description="A raw answer in the evidence store, by its content.")
@requires(Permission.READ_GRAPH)
class Evidence:
    """A raw answer in the evidence store."""

    sha256: str = strawberry.field(description="The SHA-256 of the raw answer, in lower-case hex.")
    media_type: str = strawberry.field(description="What it is, as a media type.")
    size_bytes: int = strawberry.field(description="How large it is, in bytes.")
    source_url: str | None = strawberry.field(
        description="The address it came from, if it has one."
    )


@strawberry.interface(description="A thing that an investigation is about, as sources told of it.")
@requires(Permission.READ_GRAPH)
class Entity:
    """A collected entity: what the database holds of it, seen at a moment (None: now)."""

    def __init__(self, record: EntityRecord, at: datetime | None = None) -> None:
        self.record = record
        self.at = at

    @classmethod
    def of(cls, record: EntityRecord, at: datetime | None = None) -> Entity:
        """The record as an object of its kind's type."""
        kinds = {kind.__name__: kind for kind in cls.__subclasses__()}
        return kinds[record.kind](record, at)

    @documented()
    def id(self) -> strawberry.ID:
        """The id: it follows from organization, kind and key, and never changes."""
        return strawberry.ID(self.record.id)

    @documented(graphql_type=EntityKind)
    def kind(self) -> str:
        """The kind, which is the name of the type."""
        return self.record.kind

    @documented()
    def key(self) -> str:
        """The canonical key, unique within the kind."""
        return self.record.key

    @documented()
    def caption(self) -> str:
        """The name a person reads."""
        return self.record.caption

    @documented()
    def aliases(self) -> list[str]:
        """Other spellings under which sources gave it."""
        return list(self.record.value("aliases", self.at) or [])

    @documented()
    def roles(self) -> list[str]:
        """Roles that follow from the key, such as `Apex`, in alphabetical order."""
        return sorted(self.record.roles)

    @documented()
    def holds(self) -> bool:
        """Whether at least one source states it (with `at`: stated it then)."""
        return self.record.holds(self.at)

    @documented()
    def first_seen(self) -> datetime:
        """When it was first observed."""
        return self.record.first_seen

    @documented()
    def last_seen(self) -> datetime:
        """When it was last confirmed."""
        return self.record.last_seen(self.at)

    @documented()
    def seen(self) -> list[Interval]:
        """The stretches of time in which it was confirmed, oldest first."""
        return [
            Interval(from_=i.start, to=i.last, ended=i.ended) for i in self.record.seen(self.at)
        ]

    @documented()
    def confidence(self) -> float:
        """How sure it is, 0 to 1, from the reliability of the sources that state it now."""
        return self.record.confidence

    @documented()
    def supports(self) -> int:
        """How many sources state it now."""
        return self.record.supports

    @documented()
    def changed_at(self) -> datetime | None:
        """When its values last changed; null while they are the first ones."""
        return self.record.changed_at(self.at)

    @documented()
    def tags(self) -> list[str]:
        """The labels that analysts gave it."""
        return self.record.tags

    @documented()
    def marking(self) -> Marking | None:
        """Who may see it; null where nobody said."""
        return Marking(self.record.marking) if self.record.marking else None

    @documented()
    async def why(self, info: Info, first: FirstReasons = 10) -> list[Reason]:
        """Why it holds: the answers that state it, most reliable first, then latest first."""
        rows = await reading.reasons(info.context, self.record.id)
        return reasons_of(rows, first, self.at)

    @documented()
    async def observations(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[Observation]:
        """What collectors answered when they looked at it, newest first."""
        given = {"first": first, "after": after}
        found = await reading.observations(info.context, self.record.id, given)
        return Connection(
            edges=[
                Edge(cursor=cursor, node=Observation.of(row, self.at))
                for cursor, row in found.shown
            ],
            page_info=found.info,
            count=lambda: counted(found.total),
        )

    @documented()
    async def findings(
        self,
        info: Info,
        first: First = 25,
        after: After = None,
        state: Annotated[
            Annotated[FindingState, strawberry.lazy("server.graphql.findings.types")] | None,
            strawberry.argument(description="Only findings in this state; null for all."),
        ] = None,
    ) -> Annotated[FindingConnection, strawberry.lazy("server.graphql.findings.types")]:
        """What is wrong or remarkable about it, newest first."""
        from server.graphql.findings import queries  # noqa: PLC0415 - findings are about entities

        return await queries.findings_about(info.context, self.record.id, first, after, state)

    @documented()
    async def notes(
        self, info: Info, first: First = 25
    ) -> list[Annotated[Note, strawberry.lazy("server.graphql.notes.types")]]:
        """What analysts noted about it, newest first."""
        from server.graphql.notes import queries  # noqa: PLC0415 - notes are about entities

        return await queries.notes_about(info.context, self.record.id, first)

    @documented()
    async def links(
        self,
        info: Info,
        first: First = 25,
        after: After = None,
        types: Annotated[
            list[RelationshipType] | None,  # type: ignore[valid-type]
            strawberry.argument(description="Only these types; null for all."),
        ] = None,
        direction: Annotated[
            Direction | None,
            strawberry.argument(description="Only those that leave or reach it, or both."),
        ] = Direction.BOTH,
        include_closed: Annotated[
            bool | None, strawberry.argument(description="Also what holds no longer.")
        ] = False,
    ) -> LinkConnection:
        """Its relationships of every type, in the order of type, far end's key, id."""
        given = {
            "first": first,
            "after": after,
            "types": types,
            "direction": direction,
            "include_closed": include_closed,
        }
        found = await reading.links(info.context, self.record, self.at, given)
        return LinkConnection(
            edges=[self._edge(cursor, each) for cursor, each in found.shown],
            page_info=found.info,
            count=lambda: counted(found.total),
        )

    def _edge(self, cursor: str, each: reading.Neighbour) -> LinkEdge:
        leaves = reading.leads(each.link, self.record.id, "OUT")
        return LinkEdge(
            cursor=cursor,
            direction=Direction.OUT if leaves else Direction.IN,
            node=Entity.of(each.other, self.at),
            link=Link(record=each.link, at=self.at),
        )


@strawberry.type(description="A relationship of two entities, whatever its type.")
@requires(Permission.READ_GRAPH)
class Link:
    """A relationship of two entities, seen at a moment (None: now)."""

    record: strawberry.Private[LinkRecord]
    at: strawberry.Private[datetime | None] = None

    @documented()
    def id(self) -> strawberry.ID:
        """The id: it follows from both ends, type and qualifiers, and never changes."""
        return strawberry.ID(self.record.id)

    @documented(graphql_type=RelationshipType)
    def type(self) -> str:
        """The type."""
        return self.record.type

    @documented(name="from")
    async def source(self, info: Info) -> Entity:
        """Where it starts."""
        return Entity.of(await reading.end_of(info.context, self.record.source_id), self.at)

    @documented(name="to")
    async def target(self, info: Info) -> Entity:
        """Where it leads."""
        return Entity.of(await reading.end_of(info.context, self.record.target_id), self.at)

    @documented()
    def properties(self) -> Json:
        """Its own properties by name, as in the model; those not known are left out."""
        return Json(self.record.shown_properties(self.at))

    @documented()
    def holds(self) -> bool:
        """Whether at least one source states it (with `at`: stated it then)."""
        return self.record.holds(self.at)

    @documented()
    def first_seen(self) -> datetime:
        """When it was first observed."""
        return self.record.first_seen

    @documented()
    def last_seen(self) -> datetime:
        """When it was last confirmed."""
        return self.record.last_seen(self.at)

    @documented()
    def seen(self) -> list[Interval]:
        """The stretches of time in which it was confirmed, oldest first."""
        return [
            Interval(from_=i.start, to=i.last, ended=i.ended) for i in self.record.seen(self.at)
        ]

    @documented()
    def confidence(self) -> float:
        """How sure it is, 0 to 1, from the reliability of the sources that state it now."""
        return self.record.confidence

    @documented()
    def supports(self) -> int:
        """How many sources state it now."""
        return self.record.supports

    @documented()
    def changed_at(self) -> datetime | None:
        """When its values last changed; null while they are the first ones."""
        return self.record.changed_at(self.at)

    @documented()
    def tags(self) -> list[str]:
        """The labels that analysts gave it."""
        return self.record.tags

    @documented()
    def marking(self) -> Marking | None:
        """Who may see it; null where nobody said."""
        return Marking(self.record.marking) if self.record.marking else None

    @documented()
    async def why(self, info: Info, first: FirstReasons = 10) -> list[Reason]:
        """Why it holds: the answers that state it, most reliable first, then latest first."""
        rows = await reading.reasons(info.context, self.record.source_id, self.record.id)
        return reasons_of(rows, first, self.at)


@strawberry.type(description="A relationship seen from one of its ends.")
@requires(Permission.READ_GRAPH)
class LinkEdge:
    """A relationship seen from one of its ends."""

    cursor: str = strawberry.field(description="This item's place, to give as `after`.")
    direction: Direction = strawberry.field(
        description="OUT where it leaves this entity, IN where it reaches it; a loop is OUT."
    )
    node: Entity = strawberry.field(description="The entity at the far end.")
    link: Link = strawberry.field(description="The relationship.")


@strawberry.type(description="One page of an entity's relationships of every type.")
@requires(Permission.READ_GRAPH)
class LinkConnection:
    """One page of an entity's relationships."""

    edges: list[LinkEdge] = strawberry.field(description="The page's items with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether more follow, and from where.")
    count: strawberry.Private[Counts]

    @documented()
    async def total_count(self) -> int:
        """How many there are on all pages, counted in the database."""
        return await self.count()

    @documented()
    def nodes(self) -> list[Entity]:
        """The entities at the far ends, one for each relationship."""
        return [edge.node for edge in self.edges]


@strawberry.type(description="What one collector answered when it looked at one entity.")
@requires(Permission.READ_GRAPH)
class Observation:
    """What one collector answered when it looked at one entity."""

    id: strawberry.ID = strawberry.field(description="The id.")
    collector: str = strawberry.field(
        description=(
            "The collector, such as `dns.resolve`; `manual` for an analyst, `import:` and the "
            "file's SHA-256 for a file."
        )
    )
    collector_version: int = strawberry.field(description="The version of the collector.")
    outcome: ObservedOutcome = strawberry.field(description="How it ended.")
    reason: str | None = strawberry.field(
        description="Why there was no answer, for ERROR and SKIPPED."
    )
    part: str | None = strawberry.field(
        description="Which piece of the collector's answer this is, such as a record type."
    )
    started_at: datetime = strawberry.field(description="When the collector began to ask.")
    ended_at: datetime = strawberry.field(description="When the answer was complete.")
    reliability: float = strawberry.field(
        description="How far the collector is to be believed, 0 to 1."
    )
    run_id: strawberry.ID | None = strawberry.field(
        description="The run it was part of; null for an analyst's assertion."
    )
    is_current: bool = strawberry.field(
        description=(
            "Whether it is what the collector last answered about the entity, so that its facts "
            "rest on it."
        )
    )
    about_id: strawberry.Private[str]
    at: strawberry.Private[datetime | None] = None

    @documented()
    async def about(self, info: Info) -> Entity:
        """The entity that was looked at."""
        return Entity.of(await reading.end_of(info.context, self.about_id), self.at)

    @documented()
    async def evidence(self, info: Info) -> list[Evidence]:
        """The raw answers it was read from."""
        return [
            Evidence(
                sha256=row.sha256,
                media_type=row.media_type,
                size_bytes=row.size_bytes,
                source_url=row.source_url or None,
            )
            for row in await reading.evidence(info.context, self.id)
        ]

    @classmethod
    def of(cls, row: ObservationRow | ReasonRow, at: datetime | None) -> Observation:
        """A stored answer as an object of the schema."""
        stored = row.properties
        return cls(
            id=stored["id"],
            collector=stored["collector"],
            collector_version=stored["collector_version"],
            outcome=ObservedOutcome(stored["outcome"]),
            reason=stored.get("reason") or None,
            part=stored.get("part") or None,
            started_at=stored["started_at"],
            ended_at=stored["ended_at"],
            reliability=reliability_of(stored["doubt"]),
            run_id=stored.get("run") or None,
            is_current=stored["id"] == row.latest,
            about_id=row.about,
            at=at,
        )


@strawberry.type(description="One answer that a fact rests on, and the way that led there.")
@requires(Permission.READ_GRAPH)
class Reason:
    """One answer that a fact rests on."""

    observation: Observation = strawberry.field(description="The answer that states the fact.")
    claim: strawberry.ID = strawberry.field(
        description=(
            "The claim: what this collector last answered about that entity. With its withdrawal "
            "this reason ends."
        )
    )
    collector: str = strawberry.field(description="The collector that answered.")
    reliability: float = strawberry.field(
        description="How far the collector is to be believed, 0 to 1."
    )
    at: strawberry.Private[datetime | None] = None

    @documented()
    async def derived_from(self, info: Info) -> Entity:
        """The entity that was looked at when this fact came up."""
        about = self.observation.about_id
        return Entity.of(await reading.end_of(info.context, about), self.at)

    @documented()
    async def path(self, info: Info) -> list[Entity]:
        """A shortest way from a seed of the run to the entity looked at; that alone without one."""
        seen = self.observation
        way = await reading.derivation(info.context, seen.about_id, seen.run_id or "")
        return [Entity.of(record, self.at) for record in way]


def reasons_of(
    rows: Iterable[ReasonRow], first: int | None, at: datetime | None = None
) -> list[Reason]:
    """The strongest of these reasons as objects of the schema."""
    return [
        Reason(
            observation=Observation.of(row, at),
            claim=strawberry.ID(row.claim),
            collector=row.properties["collector"],
            reliability=reliability_of(row.doubt),
            at=at,
        )
        for row in reading.strongest(rows, reading.given_or(first, 10))
    ]


async def reasons_of_id(context: Context, fact_id: str, first: int | None) -> list[Reason]:
    """Why an entity, a relationship or a finding holds, by its id; nothing for an unknown one."""
    if await reading.by_id(context, fact_id):
        return reasons_of(await reading.reasons(context, fact_id), first)
    if end := await reading.link_end(context, fact_id):
        return reasons_of(await reading.reasons(context, end, fact_id), first)
    return reasons_of(await reading.reasons_of_finding(context, fact_id), first)
