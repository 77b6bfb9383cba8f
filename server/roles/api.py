"""The API role: GraphQL over HTTP and WebSocket, the explorer, health and metrics. Wiring only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from graph.migrate import migrate
from graph.store import Store
from server.jobs.log import configure_logging
from server.jobs.presence import Presence
from server.jobs.queue import Queue, open_queue
from server.settings import ApiSettings
from server.web.app import LOOPBACK, create_app
from server.web.socket import MOST_FRAME

DRAIN_S = 20


async def run(settings: ApiSettings) -> None:
    """Serve until SIGTERM; requests under way are then finished, streams told to come again."""
    configure_logging(settings.log_level, settings.log_format, role="api")
    async with _opened(settings) as (store, queue):
        presence = Presence("api")
        announcing = asyncio.create_task(presence.announce_forever(queue))
        app = create_app(store, queue, LOOPBACK | settings.host_names)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=settings.api_host,
                port=settings.api_port,
                log_config=None,
                access_log=False,
                server_header=False,
                http="httptools",
                loop="uvloop",
                ws="websockets",
                ws_max_size=MOST_FRAME,
                ws_max_queue=8,
                ws_per_message_deflate=False,
                limit_concurrency=2_000,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=DRAIN_S,
                h11_max_incomplete_event_size=65_536,
            )
        )
        try:
            await server.serve()
        finally:
            announcing.cancel()
            await presence.withdraw(queue)


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
            yield store, queue
        finally:
            await queue.aclose()


def main() -> None:
    """Run the role until SIGTERM."""
    asyncio.run(run(ApiSettings()))
