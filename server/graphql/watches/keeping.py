"""Watching saved queries, and watching them no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from graph.errors import InvalidQuestion, LimitExceeded, NotFound, NotPermitted
from graph.queries import watch as queries
from graph.setting import hold_settings
from graph.store import Transaction
from graph.writer import EventGroup
from server.configuration.kept import Configurations
from server.graphql.context import Context
from server.graphql.document import InvalidDocument, Prepared
from server.graphql.saved.finding import seen
from server.graphql.saved.prepared import check_values, documents
from server.graphql.schema import core_schema
from server.graphql.watches.steady import check_watchable
from server.jobs.events import Publisher

SET = "watch.set"  # the event: a query is watched from now on, or was saved again


async def watch(context: Context, called: str, *, is_told: bool | None) -> Mapping[str, Any]:
    """Watch a query of the caller's own, or go on doing so; the query as it is then. `is_told` of None leaves that.

    Raises NotFound; NotPermitted for another's; InvalidQuestion for one that cannot be asked as it was saved;
    LimitExceeded where too many are watched.
    """
    found = await _own(context, called)
    try:
        prepared = documents().prepare(str(found["document"]))
    except InvalidDocument as error:
        raise InvalidQuestion(f"id: it cannot be asked any more: {error}") from None
    check_watched(prepared, orjson.loads(found["variables"]))
    most = (await Configurations(context.store).counting(context.org)).own.watches.most
    one = queries.OneParams(id=found["id"], org=context.org)
    params = queries.WatchParams(
        **one.model_dump(), owner=context.principal.user, is_told=is_told, now=context.now()
    )

    async def work(tx: Transaction) -> None:
        await hold_settings(tx, context.org)  # so that it is known how many there are
        [others] = await tx.fetch(queries.COUNT_WATCHES.bind(one))
        if others.total >= most:
            raise LimitExceeded(
                f"the organization watches at most {most} saved queries (watches.most); unwatch one that is not needed"
            )
        if not await tx.fetch(queries.UPSERT_WATCH.bind(params)):
            raise NotFound(f"id: there is no saved query {called[:100]}")

    await context.store.transact(work)
    await tell_set(context, found["id"])
    return await _own(context, found["id"])


async def unwatch(context: Context, called: str) -> Mapping[str, Any]:
    """Watch a query no more, and forget its answers; the query as it is then. Raises NotFound, NotPermitted."""
    found = await _own(context, called)
    params = queries.OneParams(id=found["id"], org=context.org)
    await context.store.fetch(queries.DELETE_WATCH.bind(params))
    return {**found, "watch": None}


def check_watched(prepared: Prepared, variables: Mapping[str, Any]) -> None:
    """Raise InvalidQuestion unless a query can be asked again and again as it was saved."""
    [operation] = prepared.operations.values()
    declared = operation.node.variable_definitions
    for each in declared:
        name = each.variable.name.value
        if each.default_value is None and name not in variables:
            raise InvalidQuestion(
                f"variables: {name} has no value and no default; a watched query is asked as it was saved"
            )
    check_values(declared, variables)
    check_watchable(core_schema(), prepared.document)


async def tell_set(context: Context, watch: str) -> None:
    """Have a watch looked at soon; where nobody hears it, that is done by the clock."""
    group = EventGroup(SET, "Watch", (watch,))
    await Publisher(context.store, context.queue).tell(context.org, group)


async def _own(context: Context, called: str) -> Mapping[str, Any]:
    found = await seen(context, called)
    if not found:
        raise NotFound(f"id: there is no saved query {called[:100]}")
    if found[0]["owner"] != context.principal.user:
        raise NotPermitted(
            "a query that another shares is asked as them where it is watched: save it as one of your own"
        )
    return found[0]
