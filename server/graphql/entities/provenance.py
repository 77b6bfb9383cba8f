"""Where facts come from, in the schema: answers of collectors, their evidence, and reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.claims import confidence_of
from graph.queries.entity import ObservationRow, ReasonRow
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.entities import reading
from server.graphql.entities.record import EntityRecord
from server.graphql.entities.vocabulary import ObservedOutcome
from server.graphql.permissions import requires

if TYPE_CHECKING:
    from server.graphql.entities.facts import Entity

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
    removed_at: datetime | None = strawberry.field(
        description="Since when it is kept no more, by the organization's retention; null while it is kept."
    )


@strawberry.type(description="What one collector answered when it looked at one entity.")
@requires(Permission.READ_GRAPH)
class Observation:
    """What one collector answered when it looked at one entity."""

    id: strawberry.ID = strawberry.field(
        description="The observation's id: that of one answer about one entity."
    )
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
    async def about(
        self, info: Info
    ) -> Annotated[Entity, strawberry.lazy("server.graphql.entities.facts")]:
        """The entity that was looked at."""
        return _entity(await reading.end_of(info.context, self.about_id), self.at)

    @documented()
    async def evidence(self, info: Info) -> list[Evidence]:
        """The raw answers it was read from."""
        return [
            Evidence(
                sha256=row.sha256,
                media_type=row.media_type,
                size_bytes=row.size_bytes,
                source_url=row.source_url or None,
                removed_at=row.removed_at,
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
            reliability=confidence_of(stored["doubt"]),
            run_id=strawberry.ID(row.run) if row.run else None,
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
    async def derived_from(
        self, info: Info
    ) -> Annotated[Entity, strawberry.lazy("server.graphql.entities.facts")]:
        """The entity that was looked at when this fact came up."""
        about = self.observation.about_id
        return _entity(await reading.end_of(info.context, about), self.at)

    @documented()
    async def path(
        self, info: Info
    ) -> list[Annotated[Entity, strawberry.lazy("server.graphql.entities.facts")]]:
        """A shortest way from a seed of the run to the entity looked at; that alone without one."""
        seen = self.observation
        run = seen.run_id or ""
        way = await reading.derivation(info.context, seen.about_id, run)
        return [_entity(record, self.at) for record in way]


def _entity(record: EntityRecord, at: datetime | None) -> Entity:
    from server.graphql.entities.facts import Entity as EntityType  # noqa: PLC0415 - it has reasons

    return EntityType.of(record, at)


def reasons_of(
    rows: Iterable[ReasonRow], first: int | None, at: datetime | None = None
) -> list[Reason]:
    """The strongest of these reasons as objects of the schema."""
    return [
        Reason(
            observation=Observation.of(row, at),
            claim=strawberry.ID(row.claim),
            collector=row.properties["collector"],
            reliability=confidence_of(row.doubt),
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
