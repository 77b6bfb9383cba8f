"""What every entity and relationship has in the schema: entities and links.

The resolvers are the field-by-field way, which reads like the documentation; where an operation
is compiled (`server.graphql.compiled`) they are not called, and the compiled statement gives the
same.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.entities import reading
from server.graphql.entities.held import Held
from server.graphql.entities.provenance import FirstReasons, Observation, Reason, reasons_of
from server.graphql.entities.record import EntityRecord, LinkRecord
from server.graphql.entities.resolved import members
from server.graphql.entities.vocabulary import (
    Direction,
    EntityKind,
    RelationshipType,
)
from server.graphql.paging import After, Connection, Counts, Edge, First, PageInfo, counted
from server.graphql.permissions import requires
from server.graphql.scalars import Json

if TYPE_CHECKING:
    from server.graphql.findings.types import FindingConnection, FindingState
    from server.graphql.modules.types import Pivot
    from server.graphql.notes.types import Note


@strawberry.interface(description="A thing that an investigation is about, as sources told of it.")
@requires(Permission.READ_GRAPH)
class Entity(Held):
    """A collected entity: what the database holds of it, seen at a moment (None: now)."""

    record: strawberry.Private[EntityRecord]

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
    async def available_pivots(
        self, info: Info
    ) -> list[Annotated[Pivot, strawberry.lazy("server.graphql.modules.types")]]:
        """The collectors that could be asked about it next, as it is now; by their names."""
        from server.graphql.modules import queries  # noqa: PLC0415 - pivots are about entities

        record = self.record
        return await queries.pivots_from(
            info.context, record.kind, record.key, record.marking or ""
        )

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
        bases = await members(info, self.record.id, self.at)
        found = await reading.links(info.context, bases, self.at, given)
        return LinkConnection(
            edges=[self._edge(cursor, each) for cursor, each in found.shown],
            page_info=found.info,
            count=lambda: counted(found.total),
        )

    def _edge(self, cursor: str, each: reading.Neighbour) -> LinkEdge:
        leaves = reading.leads(each.link, each.other.id, "IN")
        return LinkEdge(
            cursor=cursor,
            direction=Direction.OUT if leaves else Direction.IN,
            node=Entity.of(each.other, self.at),
            link=Link(record=each.link, at=self.at),
        )


@strawberry.type(description="A relationship of two entities, whatever its type.")
@requires(Permission.READ_GRAPH)
class Link(Held):
    """A relationship of two entities, seen at a moment (None: now)."""

    record: strawberry.Private[LinkRecord]

    @documented()
    def id(self) -> strawberry.ID:
        """The id: it follows from both ends, type and qualifiers, and never changes."""
        return strawberry.ID(self.record.id)

    @documented(graphql_type=RelationshipType)
    def type(self) -> str:
        """The type, which says how the two entities are related."""
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
    async def why(self, info: Info, first: FirstReasons = 10) -> list[Reason]:
        """Why it holds: the answers that state it, most reliable first, then latest first."""
        record = self.record
        rows = await reading.reasons(info.context, record.source_id, record.id)
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
