"""What a channel and its deliveries are in the schema."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import strawberry

from graph.queries import channel as queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import described, documented
from server.graphql.entities.vocabulary import Marking
from server.graphql.findings.types import Severity
from server.graphql.modules.types import Module, ModuleSecret
from server.graphql.paging import After, Connection, First, Pager, counting
from server.graphql.permissions import requires
from server.graphql.scalars import Json
from server.modules import catalog
from server.notify.events import ChannelEvent
from server.notify.kept import Channels, Kept
from server.vault.secrets import Secrets

described(
    "What an organization can be told of over a channel.",
    FINDING_OPENED="A rule found something.",
    FINDING_REOPENED="A finding is back that was closed or set aside.",
    RUN_FINISHED="A run ended by itself.",
    RUN_FAILED="A run came to nothing.",
    RUN_CANCELLED="Somebody ended a run, or its schedule did.",
    MODULE_OPENED="A collector does not work, and is not asked until a moment.",
    WATCH_MATCHED="Rows entered or left a pattern that is told of (`isTold`).",
    WATCH_CHANGED="The answer to a watched query that is told of (`isTold`) changed.",
)(ChannelEvent)


@described(
    "Where a delivery stands.",
    DUE="It is to be sent, for the first time or once more.",
    DELIVERED="It has arrived.",
    DEAD="It was given up; `replayDelivery` has it sent once more.",
)
class DeliveryState(enum.StrEnum):
    """Where a delivery stands."""

    DUE = "DUE"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


@strawberry.type(description="Something that was or is to be sent over a channel; not its words.")
@requires(Permission.EDIT_ORGANIZATION)
class Delivery:
    """Something that was or is to be sent over a channel."""

    id: strawberry.ID = strawberry.field(
        description="The delivery's id, and that of the notice as it is sent."
    )
    event: ChannelEvent | None = strawberry.field(
        description="What it tells of; null for a test, which tells of nothing."
    )
    is_test: bool = strawberry.field(description="Whether `testChannel` made it.")
    marking: Marking | None = strawberry.field(
        description="How what it tells of is marked (TLP 2.0); null where it is open."
    )
    state: DeliveryState = strawberry.field(description="Where it stands.")
    tries: int = strawberry.field(description="How often it was tried.")
    reason: str | None = strawberry.field(
        description="What the channel said to the last try, or what went wrong; null before the first."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    due_at: datetime | None = strawberry.field(
        description="When it is tried next; null where it is not."
    )
    ended_at: datetime | None = strawberry.field(
        description="When it arrived or was given up; null while it is DUE."
    )

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Delivery:
        """A stored delivery as an object of the schema."""
        known = {each.value for each in ChannelEvent}
        return cls(
            id=strawberry.ID(kept["id"]),
            event=ChannelEvent(kept["event"]) if kept["event"] in known else None,
            is_test=kept["is_test"],
            marking=Marking(kept["tlp"]) if kept["tlp"] else None,
            state=DeliveryState(kept["state"]),
            tries=kept["tries"],
            reason=kept.get("reason") or None,
            created_at=kept["created_at"],
            due_at=kept.get("due_at"),
            ended_at=kept.get("ended_at"),
        )


@strawberry.type(description="A way on which an organization is told of what happens.")
@requires(Permission.EDIT_ORGANIZATION)
class Channel:
    """A way on which an organization is told of what happens."""

    id: strawberry.ID = strawberry.field(description="The channel's id.")
    module_id: strawberry.Private[str]
    name: str = strawberry.field(description="What people call it.")
    options: Json = strawberry.field(description="The options of its module.")
    events: list[ChannelEvent] = strawberry.field(description="What it tells of.")
    least_severity: Severity = strawberry.field(
        description="Of findings, it tells of those that matter as much or more."
    )
    ceiling: Marking = strawberry.field(
        description="The strictest marking (TLP 2.0) of what goes over it."
    )
    is_enabled: bool = strawberry.field(description="Whether it tells of anything.")
    created_by: strawberry.ID = strawberry.field(description="The id of the user who made it.")
    created_at: datetime = strawberry.field(description="When it was made.")
    changed_by: strawberry.ID = strawberry.field(
        description="The id of the user who changed it last."
    )
    changed_at: datetime = strawberry.field(description="When it was changed last.")

    @documented()
    async def module(self) -> Module | None:
        """The module over which it tells; null where it is not installed any more."""
        found = catalog.modules().get(self.module_id)
        return Module.of(found) if found else None

    @documented()
    async def secrets(self, info: Info) -> list[ModuleSecret]:
        """The secrets that its module needs, and whether it has them."""
        context = info.context
        found = catalog.modules().get(self.module_id)
        channels = Channels(context.store, Secrets(context.store, context.keys))
        are_set = await channels.names_set(context.org, self.id)
        names = found.secrets if found else ()
        return [ModuleSecret(name=name, is_set=name in are_set) for name in names]

    @documented()
    async def deliveries(
        self,
        info: Info,
        states: Annotated[
            list[DeliveryState] | None,
            strawberry.argument(description="Only where they stand so; null for all."),
        ] = None,
        first: First = 25,
        after: After = None,
    ) -> Connection[Delivery]:
        """What was or is to be sent over it, latest first, as far as the caller may read it; 30 days are kept."""
        context = info.context
        pager = Pager(Order.CREATED, first, after)
        behind, behind_id = pager.moment
        which = queries.WhichParams(
            org=context.org, readable=context.readable, channel=self.id,
            states=[each.value for each in (states if states is not None else DeliveryState)],
        )  # fmt: skip
        params = queries.PageParams(
            **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
        )
        rows = await context.store.fetch(queries.LIST_DELIVERIES.bind(params))
        return pager.connection(
            [Delivery.of(row.properties) for row in rows],
            lambda each: (each.created_at, each.id),
            counting(context.store, queries.COUNT_DELIVERIES.bind(which)),
        )

    @classmethod
    def of(cls, kept: Kept) -> Channel:
        """A channel as an object of the schema."""
        known = {each.value: each for each in ChannelEvent}
        return cls(
            id=strawberry.ID(kept.id),
            module_id=kept.module,
            name=kept.name,
            options=Json(dict(kept.options)),
            events=[known[each] for each in kept.events if each in known],
            least_severity=Severity(kept.least_severity),
            ceiling=Marking(kept.ceiling),
            is_enabled=kept.is_enabled,
            created_by=strawberry.ID(kept.created_by),
            created_at=kept.created_at,
            changed_by=strawberry.ID(kept.changed_by),
            changed_at=kept.changed_at,
        )
