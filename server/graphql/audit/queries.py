"""Asking for rows of the audit. All of them at once: `/audit/export`."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Annotated

import orjson
import strawberry
from strawberry.types.field import StrawberryField

from graph.select.cursors import Order
from server.audit.events import PLATFORM, Link, Phase
from server.audit.reading import Filter, find
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import described, documented
from server.graphql.paging import After, Edge, First, PageInfo, Pager, counted
from server.graphql.permissions import framing, requires
from server.graphql.scalars import Json


@described(
    "Where a row stands.",
    BEFORE="Before an act: it is about to be carried out.",
    AFTER="After an act, or by itself: it was carried out, or failed.",
)
class AuditPhase(enum.StrEnum):
    """Where a row stands."""

    BEFORE = "BEFORE"
    AFTER = "AFTER"


@strawberry.type(
    description="A row of the audit. An act has two: before it, and after it with its outcome."
)
@requires(Permission.READ_AUDIT)
class AuditEvent:
    """A row of the audit."""

    id: strawberry.ID = strawberry.field(description="The row's id; rows are counted by seq.")
    seq: int = strawberry.field(description="Its place in the chain, counted from 1 without gaps.")
    at: datetime = strawberry.field(description="When it was written.")
    actor: str = strawberry.field(
        description="The id of the user who acted; `operator` for a command on the machine, `system` for Mirage itself."
    )
    credential: str = strawberry.field(description="The id of the key or session that was used.")
    address: str = strawberry.field(description="The address that the request came from.")
    correlation_id: str = strawberry.field(
        description="The request, as answers, errors and logs name it."
    )
    action: str = strawberry.field(description="What was done, such as `startScan`.")
    subject: str = strawberry.field(description="The id of what it was done to; may be empty.")
    phase: AuditPhase = strawberry.field(description="Whether it stands before the act.")
    outcome: str = strawberry.field(
        description="`OK`, an error's code, or `UNKNOWN` where the process died; empty before the act."
    )
    details: Json = strawberry.field(
        description="More about it, an object: arguments that are no secrets, what was made."
    )
    previous: str = strawberry.field(description="The hash of the row before it.")
    hash: str = strawberry.field(
        description="The SHA-256 of its other fields, that of the row before among them."
    )

    @classmethod
    def of(cls, link: Link) -> AuditEvent:
        """A row as an object of the schema."""
        return cls(
            id=strawberry.ID(link.id),
            seq=link.seq,
            at=link.at,
            actor=link.actor,
            credential=link.credential,
            address=link.address,
            correlation_id=link.correlation_id,
            action=link.action,
            subject=link.subject,
            phase=AuditPhase.BEFORE if link.phase == Phase.BEFORE else AuditPhase.AFTER,
            outcome=link.outcome,
            details=_details(link.details),
            previous=link.previous,
            hash=link.hash,
        )


def _details(text: str) -> Json:
    """The details of a row, which may have been tampered with: then they are shown as they are."""
    try:
        return Json(orjson.loads(text))
    except orjson.JSONDecodeError:
        return Json({"unreadable": text})


@strawberry.type(description="One page of the audit.")
@framing
class AuditEventConnection:
    """One page of the audit. It is not counted: that would mean going through all of it."""

    edges: list[Edge[AuditEvent]] = strawberry.field(
        description="The page's rows with their cursors."
    )
    page_info: PageInfo = strawberry.field(description="Whether more follow, and from where.")

    @documented()
    def nodes(self) -> list[AuditEvent]:
        """The page's rows, without their cursors."""
        return [edge.node for edge in self.edges]


@strawberry.input(description="Which rows: those for which all that is given is true.")
class AuditFilter:
    """Which rows."""

    actor: str | None = strawberry.field(
        default=None, description="The id of a user or of a credential."
    )
    action: str | None = strawberry.field(
        default=None, description="What was done, such as `startScan`."
    )
    subject: str | None = strawberry.field(
        default=None, description="The id of what it was done to."
    )
    outcome: str | None = strawberry.field(
        default=None, description="How it ended: `OK`, an error's code, `UNKNOWN`."
    )
    since: datetime | None = strawberry.field(
        default=None, description="Written at this moment or later."
    )
    until: datetime | None = strawberry.field(default=None, description="Written before it.")


Wanted = Annotated[AuditFilter | None, strawberry.argument(description="Which rows; null for all.")]


@documented(needs=Permission.READ_AUDIT)
async def audit_events(
    info: Info, filter: Wanted = None, first: First = 25, after: After = None
) -> AuditEventConnection:
    """What was done in the organization, newest first: for those who may read everything, since rows bear no markings.

    Rows are as they stand in the database: `mirage audit verify` tells whether they are as they were written.
    """
    info.context.principal.require_all_markings("auditEvents")
    return await _page(info.context, info.context.org, filter, first, after)


@documented(needs=Permission.MANAGE_PLATFORM)
async def platform_audit_events(
    info: Info, filter: Wanted = None, first: First = 25, after: After = None
) -> AuditEventConnection:
    """What was done to the platform: commands of operators, and what belongs to no organization; newest first."""
    return await _page(info.context, PLATFORM, filter, first, after)


async def _page(
    context: Context, org: str, given: AuditFilter | None, first: int | None, after: str | None
) -> AuditEventConnection:
    pager = Pager(Order.AUDIT, first, after)
    before = pager.place[0] if pager.place else None
    wanted = Filter(**vars(given)) if given else Filter()
    links = await find(context.store, org, wanted, before, pager.limit)
    events = [AuditEvent.of(link) for link in links]
    page = pager.connection(events, lambda event: (event.seq,), lambda: counted(0))
    return AuditEventConnection(edges=page.edges, page_info=page.page_info)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [audit_events, platform_audit_events]
