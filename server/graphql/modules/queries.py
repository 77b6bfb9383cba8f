"""Asking which modules there are, and what can be asked about an entity."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.model.registry import make
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.modules.needs import needed_secrets
from server.graphql.modules.now import standing
from server.graphql.modules.types import Module, Pivot
from server.graphql.paging import After, Connection, Edge, First, Ordered, counted
from server.modules import catalog
from server.modules.catalog import ModuleKind
from server.modules.standing import pivots


@documented(needs=Permission.READ_SERVICES)
async def modules(
    info: Info,  # noqa: ARG001 - a resolver's form
    kind: Annotated[
        ModuleKind | None, strawberry.argument(description="Only of this kind; null for all.")
    ] = None,
    first: First = 25,
    after: After = None,
) -> Connection[Module]:
    """Collectors, importers, rules and channels, in the order of their names."""
    found = [each for each in catalog.modules().values() if kind in (None, each.kind)]
    ordered = Ordered(Order.NAME, found, lambda each: (each.id, each.id))
    shown, page_info = ordered.page(25 if first is None else first, after)
    edges = [Edge(cursor=cursor, node=Module.of(each)) for cursor, each in shown]
    return Connection(edges=edges, page_info=page_info, count=lambda: counted(len(found)))


@documented(needs=Permission.READ_SERVICES)
async def module(
    info: Info,  # noqa: ARG001 - a resolver's form
    id: Annotated[strawberry.ID, strawberry.argument(description="The module's id.")],
) -> Module | None:
    """One module; null where there is none."""
    found = catalog.modules().get(id)
    return Module.of(found) if found else None


async def pivots_from(context: Context, kind: str, key: str, tlp: str) -> list[Pivot]:
    """The collectors that accept an entity, by kind and key, marked `tlp`; in the order of their names."""
    manifests = [each.manifest for each in catalog.modules().values() if each.manifest]
    found = pivots(make(kind, key), tlp, manifests, await standing(context))
    return [Pivot.of(each) for each in found]


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [modules, module, needed_secrets]
