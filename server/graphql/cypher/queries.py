"""Asking in Cypher: read only, held to the organization where that can be proven, in time, rows and bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
import strawberry
from strawberry.types.field import StrawberryField

from graph.door.proof import NotBound, prove
from graph.door.values import plain
from graph.errors import InvalidQuestion, LimitExceeded, NotPermitted
from graph.store import Limits
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.permissions import requires
from server.graphql.scalars import Json
from server.jobs.log import get_logger

log = get_logger(__name__)

MOST_ROWS = 1_000
MOST_BYTES = 4_000_000
MOST_CHARACTERS = 20_000
LIMITS = Limits(timeout_s=10.0, retry_s=1.5)
LONGEST = 4_000  # characters of a statement that the audit shows
OWN = "org"


@strawberry.type(description="What a question in Cypher gave.")
@requires(Permission.QUERY_CYPHER)
class CypherResult:
    """What a question in Cypher gave."""

    columns: list[str] = strawberry.field(description="The names of the columns.")
    rows: Json = strawberry.field(
        description="A list of rows, each a list with a value for each column; nodes have elementId, labels and "
        "properties, relationships type, from and to (nodes' elementId) and properties, paths nodes and relationships."
    )
    is_truncated: bool = strawberry.field(
        description=f"Whether there were more than the {MOST_ROWS:,} rows that are given."
    )
    is_bound: bool = strawberry.field(
        description="Whether it was proven to see nothing but the organization's own graph."
    )


@documented(needs=Permission.QUERY_CYPHER)
async def cypher(
    info: Info,
    query: Annotated[
        str,
        strawberry.argument(
            description="One reading statement; `$org` stands for the organization."
        ),
    ],
    params: Annotated[
        Json | None, strawberry.argument(description="Its parameters, an object; without `org`.")
    ] = None,
) -> CypherResult:
    """Ask the graph in Cypher. Closed unless the platform opens it (setting `cypher`).

    Each pattern begins at a label with `{org: $org}`; what cannot be proven to stay in the organization is for platform
    administrators, where they allow it. Markings are not looked at, so the caller is cleared for all.
    """
    context: Context = info.context
    async with context.audit.act(context.caller, "cypher", details={"query": query[:LONGEST]}):
        return await _ask(context, query, params)


async def _ask(context: Context, query: str, params: object) -> CypherResult:
    _refuse_closed(context)
    given = _parameters(query, params) | {OWN: context.org}
    is_bound = await _check_bound(context, query, given)
    log.info(
        "asked in cypher",
        user=context.principal.user,
        org=context.org,
        is_bound=is_bound,
        query=query,
    )
    columns, rows = await context.store.read_some(query, given, MOST_ROWS + 1, LIMITS)
    made = [[plain(value) for value in row] for row in rows[:MOST_ROWS]]
    if len(orjson.dumps(made, default=str)) > MOST_BYTES:
        raise LimitExceeded(
            f"query: the answer is over {MOST_BYTES // 1_000_000} MB; return properties instead of nodes, or fewer rows"
        )
    return CypherResult(
        columns=columns, rows=Json(made), is_truncated=len(rows) > MOST_ROWS, is_bound=is_bound
    )


def _refuse_closed(context: Context) -> None:
    if context.cypher == "off":
        raise NotPermitted("asking in Cypher is off here; the setting `cypher` of the API opens it")
    context.principal.require_all_markings("asking in Cypher")


def _parameters(query: str, params: object) -> dict[str, Any]:
    if len(query) > MOST_CHARACTERS:
        raise LimitExceeded(f"query: at most {MOST_CHARACTERS:,} characters are taken")
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise InvalidQuestion("params: an object is right, with a value for each parameter")
    if OWN in params:
        raise InvalidQuestion(f"params: {OWN} is the organization's id and given by Mirage")
    return dict(params)


async def _check_bound(context: Context, query: str, given: Mapping[str, Any]) -> bool:
    """Whether the statement is bound to the organization. Raises NotBound where it is not and has to be."""
    plan = await context.store.explain(query, given)
    try:
        prove(plan, context.store.database)
    except NotBound as error:
        is_admin = Permission.MANAGE_PLATFORM in context.principal.permissions
        if context.cypher == "any" and is_admin:
            return False
        raise NotBound(f"query: it is not proven to stay in the organization: {error}") from error
    return True


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [cypher]
