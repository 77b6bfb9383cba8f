"""The API role: GraphQL over HTTP and WebSocket, the explorer, health and metrics. Wiring only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

from redis.exceptions import RedisError
from uvicorn.loops.auto import auto_loop_factory

from graph.match import kinds
from graph.migrate import migrate
from graph.store import Store
from server import memory
from server.accounts import invitations
from server.accounts.invitations import Post
from server.accounts.tokens import Links
from server.auth.oidc.providers import providers_of
from server.auth.sessions import Lifetimes
from server.commands.documents import all_documents
from server.jobs.log import configure_logging, get_logger, hide_for_good
from server.jobs.presence import Presence, ServiceState
from server.jobs.queue import Queue, open_queue
from server.notify.letters import Outbox
from server.settings_api import ApiSettings
from server.tracing import exporting
from server.vault.envelope import Sealing
from server.vault.keyring import open_keyring
from server.web.app import create_app
from server.web.door import door_of
from server.web.reception import ReceptionOptions
from server.web.serving import (
    FAST,
    ApiServer,
    engine_of,
    listen,
    make_server,
    possible_connections,
)

log = get_logger(__name__)


async def run(settings: ApiSettings) -> None:
    """Serve until SIGTERM; requests under way are then finished, streams told to come again."""
    configure_logging(settings.log_level, settings.log_format, role="api")
    hide_for_good(settings.secrets)
    with exporting(settings, "api"):
        await _serve(settings)


async def _serve(settings: ApiSettings) -> None:
    keys = open_keyring(settings)
    if settings.match_weights is not None:
        kinds.take(settings.match_weights)
    async with _opened(settings) as (store, queue):
        presence = Presence("api", state=ServiceState.STARTING)
        announcing = asyncio.create_task(presence.announce_forever(queue))
        options = _reception(settings, store, keys)
        door = door_of(settings, all_documents())
        app = create_app(store, queue, keys, door, settings.cypher, options)
        server = make_server(app, possible_connections(settings.api_connections))
        server.linger_s = settings.api_linger_s
        server.on_start = partial(presence.become, ServiceState.READY)
        server.on_end = partial(presence.become, ServiceState.DRAINING)
        listening = listen(settings.api_host, settings.api_port)
        _tell(server, settings)
        memory.settle()
        try:
            await server.serve([listening])
        finally:
            announcing.cancel()
            with suppress(RedisError, OSError):  # without a word, others notice
                await presence.withdraw(queue)


def _reception(settings: ApiSettings, store: Store, keys: Sealing) -> ReceptionOptions:
    lifetimes = Lifetimes(
        timedelta(days=settings.session_days), timedelta(hours=settings.session_idle_hours)
    )
    providers = providers_of(settings.oidc_providers)
    hide_for_good(each.client_secret.get_secret_value() for each in providers)
    return ReceptionOptions(
        public_url=settings.own_url,
        lifetimes=lifetimes,
        has_mail=bool(settings.mail_from),
        accept_invitation=partial(invitations.accept, store),
        providers=providers,
        post=Post(Links(settings.own_url), Outbox(store, keys) if settings.mail_from else None),
    )


def _tell(server: ApiServer, settings: ApiSettings) -> None:
    """Say in the log what serves; what is slower than it should be, loudly."""
    engine, most = engine_of(server), server.config.limit_concurrency
    told = {
        "http": engine.http,
        "loop": engine.loop,
        "port": settings.api_port,
        "connections": most,
    }
    if engine != FAST:
        log.warning("serving slowly: httptools or uvloop is missing", **told)
    elif most != settings.api_connections:
        log.warning("serving fewer connections: the limit on open files is too low", **told)
    else:
        log.info("serving", **told)


@asynccontextmanager
async def _opened(settings: ApiSettings) -> AsyncIterator[tuple[Store, Queue]]:
    password = settings.neo4j_password.get_secret_value()
    async with Store.open(
        settings.neo4j_uri, settings.neo4j_user, password, settings.neo4j_database
    ) as store:
        await store.wait_ready()
        await migrate(store)
        queue = await open_queue(settings.redis_url.get_secret_value())
        try:
            async with store.noticing_silence():
                yield store, queue
        finally:
            await queue.aclose()


def main() -> None:
    """Run the role until SIGTERM."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(run(ApiSettings()))
