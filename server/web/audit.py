"""`/audit/export`: all rows of an organization's audit as lines of JSON, streamed as they are read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from graph.errors import InvalidQuestion, MirageError
from server.audit.events import PLATFORM
from server.audit.reading import pages
from server.auth.policy import Permission
from server.graphql.context import Context
from server.web import metrics
from server.web.export import POINTS, begun
from server.web.pacing import admitted
from server.web.problems import refusal_response
from server.web.services import Services

ACTION = "audit.export"
CHAINS = {"organization": Permission.READ_AUDIT, "platform": Permission.MANAGE_PLATFORM}


async def export_audit(request: Request) -> Response:
    """Answer a request for an export: `chain` is organization or platform, `after` the last row that is known."""
    services: Services = request.app.state.services
    try:
        pace = await admitted(request, POINTS)
        context = services.context_of(request, pace.caller)
        chain, behind = _chain(request), _behind(request)
        await context.require(CHAINS[chain], ACTION)
        org = context.org if chain == "organization" else PLATFORM
        if org != PLATFORM:
            context.principal.require_all_markings("an export of the audit")
        lines = await begun(_lines(context, org, behind))
    except MirageError as error:
        metrics.REFUSALS.labels(error.code).inc()
        return refusal_response(error, request.scope["correlation_id"])
    headers = {"Content-Disposition": 'attachment; filename="audit.ndjson"'}
    return StreamingResponse(
        lines, media_type="application/x-ndjson", headers={**headers, **pace.headers}
    )


async def _lines(context: Context, org: str, behind: int) -> AsyncIterator[bytes]:
    """The export in pieces; it is an act of its own, which ends as UNKNOWN where the client goes away."""
    who = replace(context.caller, org=org)
    async with context.audit.act(who, ACTION, org, {"after": behind}) as act:
        yield b""  # the row that says it is exported is there before anything is given
        rows = 0
        async for links in pages(context.store, org, behind):
            rows += len(links)
            yield b"".join(link.exported() for link in links)
        act.details["rows"] = rows


def _chain(request: Request) -> str:
    chain = request.query_params.get("chain", "organization")
    if chain not in CHAINS:
        raise InvalidQuestion(f"chain: {' or '.join(CHAINS)} is right")
    return chain


def _behind(request: Request) -> int:
    given = request.query_params.get("after", "0")
    if not given.isdecimal() or len(given) > 18:
        raise InvalidQuestion("after: the number of a row is right, as seq gives it")
    return int(given)
