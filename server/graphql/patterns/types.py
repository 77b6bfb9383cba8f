"""What a pattern is in the schema, its rows, and what trying one gives."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import orjson
import strawberry

from graph.correlate.rules import Rule
from graph.patterns.books import Kept, patterns_of
from graph.patterns.rows import Said
from graph.queries import pattern as queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import described, documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity
from server.graphql.paging import After, Connection, First, Pager, counting
from server.graphql.permissions import framing, requires
from server.graphql.scalars import Json

PATTERNS = "patterns"  # what is read once for an operation


@described(
    "How far a pattern's rows are what the graph says.",
    WAITING="It was saved, and not everything was looked at yet.",
    CURRENT="Its rows are kept true with every write.",
    FAILED="It could not be carried out. Its rows are as they were; it is tried again each hour, and when it is saved.",
)
class PatternState(enum.StrEnum):
    """How far a pattern's rows are what the graph says."""

    WAITING = "WAITING"
    CURRENT = "CURRENT"
    FAILED = "FAILED"


@strawberry.type(description="A column of a pattern's rows.")
@requires(Permission.READ_GRAPH)
class PatternColumn:
    """A column of a pattern's rows."""

    name: str = strawberry.field(
        description="What the pattern calls it, as in `values` of its rows."
    )
    type: str = strawberry.field(
        description="What it holds: a kind of entity, a word for a value, or a list."
    )
    summary: str = strawberry.field(description="What it says.")


@strawberry.type(description="That a pattern failed.")
@requires(Permission.READ_GRAPH)
class PatternFailure:
    """That a pattern failed."""

    reason: str | None = strawberry.field(
        description="What was wrong; null to who is not cleared for everything: it may name what they may not read."
    )
    at: datetime | None = strawberry.field(description="When; null where nobody tried yet.")


@dataclass
class Together:
    """Rows that are given together, whose entities are read together: by the first that asks."""

    ids: Sequence[str]
    found: Mapping[str, Entity] | None = None

    async def of(self, context: Context, ids: Iterable[str]) -> list[Entity]:
        """Those of these ids that there are, in the order of the ids."""
        if self.found is None:
            records = await reading.by_ids(context, self.ids)
            self.found = {record.id: Entity.of(record) for record in records}
        return [self.found[each] for each in ids if each in self.found]


@strawberry.type(
    description="A row of a pattern's answer: what it says, and since when and until when it was in."
)
@requires(Permission.READ_GRAPH)
class PatternRow:
    """A row of a pattern's answer."""

    id: strawberry.ID = strawberry.field(
        description="The row's id. One that left and enters again is another row."
    )
    values: Json = strawberry.field(
        description="Its columns by name, entities by their ids, as they were when it entered."
    )
    entered_at: datetime = strawberry.field(description="When it entered.")
    left_at: datetime | None = strawberry.field(description="When it left; null while it is in.")
    about: strawberry.Private[str]
    basis: strawberry.Private[Sequence[str]]
    together: strawberry.Private[Together]

    @documented()
    async def subject(self, info: Info) -> Entity:
        """Whom it is about."""
        return (await self.together.of(info.context, [self.about]))[0]

    @documented()
    async def entities(self, info: Info) -> list[Entity]:
        """All entities that it names or rests on, its subject among them."""
        return await self.together.of(info.context, self.basis)

    @property
    def moved_at(self) -> datetime:
        """When it entered or left last."""
        return self.left_at or self.entered_at


def rows_of(found: Sequence[queries.ShownRow]) -> list[PatternRow]:
    """Stored rows as objects of the schema."""
    together = Together(sorted({each for row in found for each in row.basis}))
    return [_row(row, together) for row in found]


def _row(row: queries.ShownRow, together: Together) -> PatternRow:
    stored = row.properties
    return PatternRow(
        id=strawberry.ID(stored["id"]),
        values=Json(orjson.loads(stored["values"])),
        entered_at=stored["entered_at"],
        left_at=stored.get("left_at"),
        about=stored["subject"],
        basis=row.basis,
        together=together,
    )


@strawberry.type(description="A page of a pattern's rows.")
@framing
class PatternRowConnection(Connection[PatternRow]):
    """A page of a pattern's rows."""


@strawberry.type(
    description="A question in Cypher that the organization keeps: its rows are told as they enter and leave."
)
@requires(Permission.READ_GRAPH)
class Pattern:
    """A question in Cypher that the organization keeps."""

    id: strawberry.ID = strawberry.field(description="The pattern's id.")
    name: str = strawberry.field(description="Its name, such as `open_mail`.")
    title: str = strawberry.field(description="What it finds, in a few words.")
    summary: str = strawberry.field(description="What it finds, in a sentence; may be empty.")
    subject_kind: str = strawberry.field(description="The kind of what its rows are about.")
    columns: list[PatternColumn] = strawberry.field(description="The columns of its rows.")
    text: str | None = strawberry.field(
        description="Its text as it was saved; null to who is not cleared for everything."
    )
    is_told: bool = strawberry.field(
        description="Whether channels that tell of WATCH_MATCHED tell of its rows."
    )
    number: int = strawberry.field(description="How often it was saved.")
    state: PatternState = strawberry.field(description="How far its rows are what the graph says.")
    failure: PatternFailure | None = strawberry.field(
        description="Why it failed as it is now; null where it did not."
    )
    saved_by: strawberry.ID = strawberry.field(description="The id of the user who saved it last.")
    saved_at: datetime = strawberry.field(description="When it was saved last.")
    created_at: datetime = strawberry.field(description="When it was saved first.")
    forgotten_until: datetime | None = strawberry.field(
        description="Until when rows that left are kept no longer, not all of them; null where all are."
    )
    forgotten: int | None = strawberry.field(
        description="How many rows that left are kept no longer; null to who is not cleared for everything."
    )

    @documented()
    async def rows(
        self,
        info: Info,
        first: First = 25,
        after: After = None,
        is_in: Annotated[
            bool | None,
            strawberry.argument(
                description="Only rows that are in (true), only rows that left (false), or both (null)."
            ),
        ] = True,
        since: Annotated[
            datetime | None,
            strawberry.argument(
                description="Only rows that entered or left after this; null for all that are kept."
            ),
        ] = None,
    ) -> PatternRowConnection:
        """Its rows, what entered or left last first, as far as the caller may read all that they name and rest on."""
        context: Context = info.context
        pager = Pager(Order.MOVED, first, after)
        behind, behind_id = pager.moment
        which = queries.RowsParams(
            org=context.org, readable=context.readable, pattern=self.id, since=since, is_in=is_in
        )
        params = queries.RowsPageParams(
            **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
        )
        found = await context.store.fetch(queries.LIST_ROWS.bind(params))
        count = counting(context.store, queries.COUNT_ROWS.bind(which))
        page = pager.connection(rows_of(found), lambda each: (each.moved_at, each.id), count)
        return PatternRowConnection(edges=page.edges, page_info=page.page_info, count=page.count)

    @classmethod
    def of(cls, kept: Kept, *, is_cleared: bool) -> Pattern:
        """A pattern as an object of the schema, for who may read everything or not."""
        stored = kept.stored
        return cls(
            id=strawberry.ID(kept.id), name=kept.name, title=stored["title"], summary=stored["summary"],
            subject_kind=stored["kind"], columns=columns_of(kept.asks), text=stored["text"] if is_cleared else None,
            is_told=kept.is_told, number=kept.number, state=_state(kept), failure=_failure(kept, is_cleared=is_cleared),
            saved_by=strawberry.ID(stored["saved_by"]), saved_at=stored["saved_at"], created_at=stored["created_at"],
            forgotten_until=stored.get("forgotten_until"),
            forgotten=stored.get("forgotten", 0) if is_cleared else None,
        )  # fmt: skip


def columns_of(asks: Rule | None) -> list[PatternColumn]:
    """The columns that a pattern declares; none of one that cannot be read any more."""
    declared = asks.header.columns if asks else ()
    return [
        PatternColumn(name=each.name, type=each.type, summary=each.description) for each in declared
    ]


def _state(kept: Kept) -> PatternState:
    if kept.broken or kept.has_failed:
        return PatternState.FAILED
    return PatternState.CURRENT if kept.is_whole else PatternState.WAITING


def _failure(kept: Kept, *, is_cleared: bool) -> PatternFailure | None:
    if kept.broken is None and not kept.has_failed:
        return None
    reason = str(kept.broken) if kept.broken else kept.stored.get("failure")
    return PatternFailure(reason=reason if is_cleared else None, at=kept.stored.get("failed_at"))


async def all_patterns(context: Context) -> list[Pattern]:
    """The organization's patterns, by name."""

    async def read() -> list[Kept]:
        return await patterns_of(context.store, context.org)

    found = await context.once(PATTERNS, read)
    is_cleared = context.readable is None
    return [Pattern.of(each, is_cleared=is_cleared) for each in found if not each.is_deleted]


async def get_pattern(context: Context, called: str) -> Pattern | None:
    """A pattern by its id or name."""
    found = await all_patterns(context)
    return next((each for each in found if called in (each.id, each.name)), None)


@strawberry.type(description="What a pattern would answer.")
@framing
class PatternTrial:
    """What a pattern would answer."""

    rows: list[TriedRow] = strawberry.field(
        description="What it would answer, by subjects in the order of their keys."
    )
    columns: list[PatternColumn] = strawberry.field(description="The columns of its rows.")
    looks: int = strawberry.field(description="At how many subjects it looked.")
    took_ms: float = strawberry.field(description="How long that took, in milliseconds.")
    is_whole: bool = strawberry.field(
        description="Whether that were all there are; else time or room was over before."
    )


@strawberry.type(description="A row that a pattern would answer with.")
@requires(Permission.READ_GRAPH)
class TriedRow:
    """A row that a pattern would answer with."""

    values: Json = strawberry.field(description="Its columns by name, entities by their ids.")
    said: strawberry.Private[Said]
    together: strawberry.Private[Together]

    @documented()
    async def subject(self, info: Info) -> Entity:
        """Whom it is about."""
        return (await self.together.of(info.context, [self.said.subject]))[0]

    @documented()
    async def entities(self, info: Info) -> list[Entity]:
        """All entities that it names or rests on, its subject among them."""
        return await self.together.of(info.context, self.said.basis)


def tried_rows(said: Sequence[Said]) -> list[TriedRow]:
    """Rows of a trial as objects of the schema."""
    together = Together(sorted({each for row in said for each in row.basis}))
    return [
        TriedRow(values=Json(orjson.loads(row.values)), said=row, together=together) for row in said
    ]
