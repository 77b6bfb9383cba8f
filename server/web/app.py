"""The application: routes, and the one set of services they share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from graph.store import Store
from graph.writer import Writer
from server import memory
from server.accounts.uses import Uses
from server.audit.journal import Audit
from server.auth.quotas import Quotas
from server.graphql.events.hub import Hub
from server.graphql.execution import READ_LIMITS, Executor
from server.jobs.events import Publisher
from server.jobs.presence import notice_forever
from server.jobs.queue import Queue
from server.settings_api import CypherDoor
from server.vault.envelope import Sealing
from server.web import health
from server.web.audit import export_audit
from server.web.auth import auth_routes
from server.web.door import Door
from server.web.explorer import EXPLORER, explorer_routes
from server.web.export import export_organization
from server.web.headers import PAGE, STRICT_PAGE
from server.web.http import graphql
from server.web.middleware import Guard
from server.web.oidc import OIDC, oidc_routes
from server.web.packing import Packing
from server.web.problems import problem_response
from server.web.reception import NOTHING_GIVEN, ReceptionOptions, make_reception
from server.web.seats import Seats
from server.web.services import Services
from server.web.signin import PAGES as OWN_PAGES
from server.web.signin import signin_routes
from server.web.socket import graphql_socket
from server.web.watching import make_watcher

LOCAL = Door()
PAGES = {EXPLORER: PAGE, **dict.fromkeys((*OWN_PAGES, OIDC), STRICT_PAGE)}


def create_app(
    store: Store,
    queue: Queue,
    keys: Sealing,
    door: Door = LOCAL,
    cypher: CypherDoor = "off",
    options: ReceptionOptions = NOTHING_GIVEN,
) -> Starlette:
    """The application on an open store and queue, with the master keys, behind its door.

    `cypher` says whether people may ask so; `options` is what letting people in needs from outside.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        store.read_limits = READ_LIMITS  # somebody waits: workers may try for longer
        async with Writer(store, Publisher(store, queue)) as writer:
            executor = Executor(door.bounds, door.library)
            hub, uses, audit = Hub(queue, executor), Uses(store), Audit(store, keys)
            reception = make_reception(store, queue, keys, audit, options, uses.note)
            app.state.services = Services(
                store,
                queue,
                writer,
                reception,
                executor,
                hub,
                Seats("WebSockets", door.sockets_per_user),
                Seats("subscriptions", door.subscriptions_per_user),
                Quotas(door.rates, queue),
                audit,
                keys,
                options.post,
                cypher=cypher,
                explorer=door.explorer,
            )
            watcher = make_watcher(app.state.services)
            hub.hears = watcher.hear
            watching = [
                asyncio.create_task(hub.run()),
                asyncio.create_task(watcher.run()),
                asyncio.create_task(notice_forever(queue)),
            ]
            memory.settle()
            try:
                yield
            finally:
                for task in watching:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
                await watcher.aclose()
                await reception.close()
                await uses.close()
                await audit.aclose()

    app = Starlette(
        routes=[
            Route("/graphql", graphql, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", graphql_socket),
            WebSocketRoute("/{elsewhere:path}", _no_socket),
            Route("/export", export_organization),
            Route("/audit/export", export_audit),
            Route("/healthz", health.healthz),
            Route("/readyz", health.readyz),
            Route("/metrics", health.metrics),
            *auth_routes(),
            *oidc_routes(),
            *signin_routes(),
            *explorer_routes(),
        ],
        middleware=_layers(door),
        exception_handlers={404: _not_found, 405: _wrong_method},
        lifespan=lifespan,
    )
    app.state.is_ending = False
    return app


def _layers(door: Door) -> list[Middleware]:
    """What a request passes, the outermost first. Who asks, and how often, is decided behind the guard."""
    layers = [Middleware(Guard, door=door, pages=PAGES), Middleware(Packing)]
    if door.proxies:
        layers.insert(0, Middleware(ProxyHeadersMiddleware, trusted_hosts=list(door.proxies)))
    return layers


async def _not_found(request: Request, error: Exception) -> Response:  # noqa: ARG001 - a handler's form
    detail = (
        "there are /graphql, /graphiql, /export, /audit/export, /signin, /account, /auth, /healthz, /readyz and "
        "/metrics"
    )
    return problem_response("NOT_FOUND", detail, request.scope["correlation_id"])


async def _no_socket(websocket: WebSocket) -> None:
    detail = "WebSockets are served at /graphql"
    refusal = problem_response("NOT_FOUND", detail, websocket.scope["correlation_id"])
    await websocket.send_denial_response(refusal)


async def _wrong_method(request: Request, error: Exception) -> Response:
    detail = f"{request.method} is not for this address"
    allowed = error.headers if isinstance(error, HTTPException) else None
    return problem_response("METHOD_NOT_ALLOWED", detail, request.scope["correlation_id"], allowed)
