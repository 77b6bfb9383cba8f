"""Jobs that were given up: what they are in the schema, and asking for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from graph.queries import dead_letter as queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.entities.facts import Entity
from server.graphql.entities.reading import as_told
from server.graphql.entities.record import EntityRecord
from server.graphql.paging import After, Connection, First, Pager
from server.graphql.permissions import requires
from server.graphql.runs.types import Run, get_run


@strawberry.type(
    description="A job that was given up: a collector, and the entities it was to look at."
)
@requires(Permission.READ_SCANS)
class DeadLetter:
    """A job that was given up."""

    id: strawberry.ID = strawberry.field(description="The job's id, as `retryFailed` takes it.")
    run_id: strawberry.Private[str]
    collector: str = strawberry.field(description="The collector that was to look.")
    entities: list[Entity] = strawberry.field(description="What it was to look at, as it is now.")
    reason: str = strawberry.field(description="What became of its last attempt.")
    attempts: int = strawberry.field(description="How often a process took it up.")
    deaths: int = strawberry.field(
        description="How often the process that had it in hand died or stopped answering."
    )
    given_up_at: datetime = strawberry.field(description="When it was given up.")
    owner: strawberry.ID | None = strawberry.field(
        description="The id of the user who started its run."
    )

    @documented()
    async def run(self, info: Info) -> Run:
        """The run that it belongs to."""
        found = await get_run(info.context, self.run_id)
        if found is None:
            raise LookupError(f"job {self.id} has no run")
        return found


@documented(needs=Permission.READ_SCANS)
async def dead_letters(
    info: Info,
    run: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only of this run.")
    ] = None,
    collector: Annotated[
        str | None, strawberry.argument(description="Only of this collector, by its id.")
    ] = None,
    first: First = 25,
    after: After = None,
) -> Connection[DeadLetter]:
    """Jobs that were given up, latest first; `retryFailed` carries them out once more.

    A job is given up when it failed for good, was taken up five times in vain, or twice took its process along. Of
    jobs about several entities only those are listed of which the caller may see all.
    """
    context = info.context
    pager = Pager(Order.GIVEN_UP, first, after)
    behind, behind_id = pager.moment
    which = queries.WhichParams(
        org=context.org, readable=context.readable, user=context.principal.user,
        run=run, collector=collector,
    )  # fmt: skip
    params = queries.PageParams(
        **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
    )
    rows = await context.store.fetch(queries.LIST_DEAD_LETTERS.bind(params))
    records = [
        EntityRecord(each["properties"], tuple(each["versions"]), labels=tuple(each["labels"]))
        for row in rows
        for each in row.entities
    ]
    told = iter(await as_told(context, records))
    found = [_letter(row, [Entity.of(next(told)) for _ in row.entities]) for row in rows]

    async def count() -> int:
        row = await context.store.fetch_one(queries.COUNT_DEAD_LETTERS.bind(which))
        return row.total if row else 0

    return pager.connection(found, lambda each: (each.given_up_at, each.id), count)


def _letter(row: queries.DeadLetterRow, entities: list[Entity]) -> DeadLetter:
    kept = row.properties
    return DeadLetter(
        id=strawberry.ID(kept["id"]),
        run_id=kept["run"],
        collector=kept["collector"],
        entities=entities,
        reason=kept.get("reason") or "",
        attempts=kept["attempts"],
        deaths=kept.get("deaths") or 0,
        given_up_at=kept["released_at"],
        owner=strawberry.ID(row.owner) if row.owner else None,
    )
