"""Saved queries as somebody may see them: all, or one by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from graph.errors import NotFound
from graph.queries import saved as queries
from server.graphql.context import Context

PREFIX = "saved:"  # what a document's name begins with where it is that of a saved query


async def seen(context: Context, called: str | None = None) -> list[Mapping[str, Any]]:
    """The stored queries that the caller may see, their own first; `called` is an id or a name.

    One's own have their watch under `watch`, null where there is none.
    """
    params = queries.SeenParams(
        org=context.org, readable=context.readable, user=context.principal.user, called=called
    )
    found = await context.store.fetch(queries.LIST_SAVED.bind(params))
    return [{**row.properties, "watch": row.watch} for row in found]


async def called(context: Context, name: str) -> tuple[str, Mapping[str, Any]]:
    """The document that a saved query is, and its variables. Raises NotFound."""
    found = await seen(context, name)
    if not found:
        raise NotFound(f"there is no saved query {name[:100]}; `savedQueries` lists them")
    return str(found[0]["document"]), orjson.loads(found[0]["variables"])
