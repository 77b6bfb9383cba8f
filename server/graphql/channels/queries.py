"""Asking for an organization's channels."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.channels.types import Channel
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.paging import After, Connection, Edge, First, Ordered, counted
from server.notify.kept import Channels, Kept
from server.vault.secrets import Secrets


def kept_by(context: Context) -> Channels:
    """The channels in the database."""
    return Channels(context.store, Secrets(context.store, context.keys))


@documented(needs=Permission.EDIT_ORGANIZATION)
async def channels(info: Info, first: First = 25, after: After = None) -> Connection[Channel]:
    """The organization's channels, in the order of their names."""
    found: list[Kept] = await kept_by(info.context).of(info.context.org)
    ordered = Ordered(Order.NAME, found, lambda each: (each.name, each.id))
    shown, page_info = ordered.page(25 if first is None else first, after)
    edges = [Edge(cursor=cursor, node=Channel.of(each)) for cursor, each in shown]
    return Connection(edges=edges, page_info=page_info, count=lambda: counted(len(found)))


@documented(needs=Permission.EDIT_ORGANIZATION)
async def channel(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The channel's id.")],
) -> Channel | None:
    """One of the organization's channels; null where there is none."""
    found = await kept_by(info.context).of(info.context.org)
    return next((Channel.of(each) for each in found if each.id == id), None)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [channels, channel]
