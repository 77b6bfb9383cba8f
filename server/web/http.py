"""`/graphql` over HTTP: one operation a request; events as server-sent events."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from graph import tracing
from graph.errors import MirageError
from server.graphql.context import Context
from server.graphql.document import InvalidDocument
from server.graphql.execution import Answered, Asked, Question, refused
from server.web import metrics
from server.web.credentials import admit_again
from server.web.multipart import read_multipart
from server.web.negotiation import EVENTS, GRAPHQL, JSON, accepted
from server.web.pacing import Pace, admitted
from server.web.patience import unless_gone, wait_of
from server.web.problems import (
    Problem,
    headers_of,
    problem_response,
    refusal_response,
    status_of,
)
from server.web.question import media_type, question_in_url, read_question
from server.web.services import Services
from server.web.sse import event_stream, single_event

BOOKMARK = "X-Mirage-Bookmark"
IDEMPOTENCY_KEY = "Idempotency-Key"


async def graphql(request: Request) -> Response:
    """Answer a request to `/graphql`."""
    services: Services = request.app.state.services
    correlation_id: str = request.scope["correlation_id"]
    try:
        kind = accepted(request.headers.get("accept", ""))
        pace = await admitted(request)
        context = services.context_of(request, pace.caller)
        response = await _respond(request, context, kind, pace)
    except ClientDisconnect:
        metrics.REFUSALS.labels("CLIENT_GONE").inc()
        # Nobody reads it; the log tells what became of the request.
        return Response(status_code=499)
    except Problem as problem:
        metrics.REFUSALS.labels(problem.code).inc()
        return problem_response(problem.code, problem.detail, correlation_id, problem.headers)
    except MirageError as error:
        metrics.REFUSALS.labels(error.code).inc()
        return refusal_response(error, correlation_id)
    response.headers.update(pace.headers)
    return response


async def _respond(request: Request, context: Context, kind: str, pace: Pace) -> Response:
    services: Services = request.app.state.services
    started = time.perf_counter()
    async with _question(request) as sent:
        question = _with_headers(request, sent)
        try:
            with tracing.spanned("operation"):
                asked = await services.executor.ask(question, context)
                _check_method(request, asked)
                await pace.take(asked.points - 1)
                if asked.operation.kind == "subscription":
                    return await _follow(request, asked, context, kind)
                work = services.executor.answer(asked, context)
                # What changes something is carried out to its end, whoever still waits for it.
                is_query = asked.operation.kind == "query"
                answered = await (unless_gone(request, work) if is_query else work)
        except (InvalidDocument, MirageError) as error:
            return _written(refused(error, context.correlation_id), kind, "unknown", started)
    return _written(answered, kind, asked.operation.kind, started)


@asynccontextmanager
async def _question(request: Request) -> AsyncIterator[Question]:
    """The question, however it was sent."""
    if request.method != "POST":
        yield question_in_url(request)
        return
    sent = media_type(request)
    if sent == "application/json":
        yield await read_question(request)
    elif sent == "multipart/form-data":
        async with read_multipart(request) as question:
            yield question
    else:
        raise Problem(
            "UNSUPPORTED_MEDIA_TYPE",
            "send application/json, or multipart/form-data for an operation with files",
            {"Accept": "application/json, multipart/form-data"},
        )


def _with_headers(request: Request, question: Question) -> Question:
    """The question with what its headers say beside it; they win over its extensions."""
    return replace(
        question,
        bookmark=request.headers.get(BOOKMARK, "") or question.bookmark,
        idempotency_key=request.headers.get(IDEMPOTENCY_KEY, question.idempotency_key),
        wait_s=wait_of(request.headers.getlist("prefer")),
    )


def _check_method(request: Request, asked: Asked) -> None:
    if request.method != "POST" and asked.operation.kind == "mutation":
        raise Problem("METHOD_NOT_ALLOWED", "send mutations by POST", {"Allow": "POST"})


async def _follow(request: Request, asked: Asked, context: Context, kind: str) -> Response:
    if kind != EVENTS:
        raise Problem(
            "NOT_ACCEPTABLE",
            "a subscription is followed over a WebSocket (graphql-transport-ws) or with Accept: text/event-stream",
        )
    services: Services = request.app.state.services

    async def check() -> None:
        await admit_again(services.gate, request, context.principal)

    stream = await event_stream(services, asked, context, check)
    tracing.over()
    return stream


def _written(answered: Answered, kind: str, operation: str, started: float) -> Response:
    """The answer with the status that its media type asks for: JSON keeps 200 for what GraphQL refuses."""
    outcome = "ok" if not answered.codes else "errors" if answered.has_data else "failed"
    metrics.REQUESTS.labels(operation, answered.way, outcome).inc()
    metrics.SECONDS.labels(answered.way).observe(time.perf_counter() - started)
    for code in answered.codes:
        metrics.ERRORS.labels(code).inc()
    status = 200
    if answered.codes and not answered.has_data:
        status = status_of(answered.codes)
        is_refused = answered.way == "refused"
        if (kind == JSON and status == 400) or (not is_refused and status < 500):
            status = 200
    body = answered.body
    if kind == EVENTS:
        body, kind = (single_event(body), kind) if status == 200 else (body, GRAPHQL)
    headers = headers_of(answered.codes)
    if answered.bookmark:
        headers[BOOKMARK] = answered.bookmark
    return Response(body, status, headers, media_type=f"{kind}; charset=utf-8")
