"""`/healthz`: the process lives. `/readyz`: it can answer; without Redis it is degraded, not down. `/metrics`."""

from __future__ import annotations

import asyncio

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import Response

from graph.errors import StoreUnavailable
from server.web.services import Services

WITHIN_S = 2.0


async def healthz(request: Request) -> Response:  # noqa: ARG001 - an endpoint's form
    """Whether the process lives: if this is answered, it does."""
    return Response(b'{"status":"live"}', media_type="application/json")


async def readyz(request: Request) -> Response:
    """Whether the process can answer: `ready`, `degraded` (no events, no new jobs), `unavailable` or `ending`."""
    if request.app.state.is_ending:
        headers = {"Retry-After": "2", "Connection": "close"}
        return Response(b'{"status":"ending"}', 503, headers, media_type="application/json")
    services: Services = request.app.state.services
    neo4j, redis = await asyncio.gather(_neo4j(services), _redis(services))
    status = "unavailable" if not neo4j else "ready" if redis else "degraded"
    body = {"status": status, "neo4j": neo4j, "redis": redis}
    headers = {} if neo4j else {"Retry-After": "2"}
    return Response(
        orjson.dumps(body), 200 if neo4j else 503, headers, media_type="application/json"
    )


async def metrics(request: Request) -> Response:  # noqa: ARG001 - an endpoint's form
    """Counters of this process in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _neo4j(services: Services) -> bool:
    try:
        await services.store.check()
    except StoreUnavailable:
        return False
    return True


async def _redis(services: Services) -> bool:
    try:
        async with asyncio.timeout(WITHIN_S):
            await services.queue.ping()
    except (RedisError, OSError, TimeoutError):
        return False
    return True
