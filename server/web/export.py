"""`/export`: everything of the caller's organization as lines of JSON, for its OWNER.

It reads past every marking, so that it needs the highest clearance, too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from graph.errors import MirageError
from server.accounts.export import export
from server.auth.policy import Permission
from server.graphql.context import Context
from server.web import metrics
from server.web.credentials import admit_request
from server.web.pacing import admitted
from server.web.problems import refusal_response
from server.web.services import Services

NDJSON = "application/x-ndjson; charset=utf-8"
ACTION = "organization.export"
WHAT = "/export"
CHECK_EVERY = 1_000
POINTS = 50
"""What one export takes from the quotas."""


async def export_organization(request: Request) -> Response:
    """Answer a request to `/export`."""
    services: Services = request.app.state.services
    try:
        pace = await admitted(request, POINTS)
        context = services.context_of(request, pace.caller)
        await context.require(Permission.OWN_ORGANIZATION, ACTION)
        context.principal.require_all_markings(WHAT)
        lines = await begun(_lines(context, lambda: _admit_again(request)))
    except MirageError as error:
        metrics.REFUSALS.labels(error.code).inc()
        return refusal_response(error, request.scope["correlation_id"])
    headers = {"Content-Disposition": f'attachment; filename="{context.org}.ndjson"'}
    return StreamingResponse(lines, media_type=NDJSON, headers={**headers, **pace.headers})


async def begun(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same lines, the first of which is there: what stands in the way is raised here, before an answer begins."""
    first = await anext(lines)

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for line in lines:
            yield line

    return whole()


async def _admit_again(request: Request) -> None:
    """Look again whether the caller may have it.

    Raises NotAuthenticated, TooManyGuesses, StoreUnavailable, NotPermitted.
    """
    services: Services = request.app.state.services
    caller = await admit_request(services.gate, request)
    caller.require(Permission.OWN_ORGANIZATION, WHAT)
    caller.require_all_markings(WHAT)


async def _lines(context: Context, check: Callable[[], Awaitable[object]]) -> AsyncIterator[bytes]:
    """The lines, as long as the caller may have them: an export without a line `end` is not whole."""
    count = 0
    async with context.audit.act(context.caller, ACTION, context.org):
        async for line in export(context.store, context.org):
            yield line
            count += 1
            if count % CHECK_EVERY == 0:
                await check()
