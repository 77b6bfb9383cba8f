"""A cell: the process of one job at a time. `python -m server.jobs.cell FD` talks over the socket with that number.

It takes no job by itself: whoever started it holds the job, renews the hold, and may end this process at any moment.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from graph.errors import Conflict, MirageError
from graph.queries import lease
from graph.store import PATIENT, Store
from graph.tracing import continued
from graph.writer import Fence, Writer
from server import memory
from server.jobs.events import Publisher
from server.jobs.isolation import Order, Outcome
from server.jobs.log import configure_logging, hide_for_good
from server.jobs.looking import Looking
from server.jobs.outlet import open_egress
from server.jobs.queue import open_queue
from server.jobs.watchdog import watched
from server.modules.catalog import registry
from server.settings import CollectorSettings
from server.tracing import exporting
from server.vault.keyring import open_keyring
from server.vault.secrets import Secrets


@asynccontextmanager
async def _looking(settings: CollectorSettings) -> AsyncIterator[Looking]:
    password = settings.neo4j_password.get_secret_value()
    async with Store.open(
        settings.neo4j_uri, settings.neo4j_user, password, settings.neo4j_database
    ) as store:
        store.read_limits = store.write_limits = PATIENT
        queue = await open_queue(settings.redis_url.get_secret_value())
        try:
            async with Writer(store, Publisher(store, queue)) as writer:
                secrets = Secrets(store, open_keyring(settings))
                yield Looking(store, writer, open_egress(settings, queue), registry(), secrets)
        finally:
            await queue.aclose()


async def _carry_out(looking: Looking, order: Order) -> Outcome:
    params = lease.HeldParams(lease=order.lease, fence=order.fence)
    taken = await looking.store.fetch_one(lease.GET_HELD.bind(params))
    if taken is None:
        return Outcome(is_gone=True)
    looked = await looking.look(taken, Fence(order.lease, order.fence), asyncio.Event())
    return Outcome.of(looked)


async def _answered(looking: Looking, order: Order) -> Outcome:
    try:
        with continued("cell", order.traceparent, {"mirage.lease": order.lease}):
            return await _carry_out(looking, order)
    except Conflict:
        return Outcome(is_gone=True)
    except MirageError as error:
        return Outcome.of_error(error)


async def serve(settings: CollectorSettings, fd: int) -> None:
    """Carry out what comes over the socket `fd`, until its other end is closed."""
    configure_logging(settings.log_level, settings.log_format, role="cell")
    hide_for_good(settings.secrets)
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=fd))
    with exporting(settings, "cell"):
        await _serve(settings, reader, writer)


async def _serve(
    settings: CollectorSettings, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    async with watched(settings.stall_s), _looking(settings) as looking:
        memory.settle()
        while line := await _next_line(reader):
            order = Order.model_validate_json(line)
            # The other end closes when the holder dies: nobody is left to hear of it, or to hold the job.
            work = asyncio.create_task(_answered(looking, order))
            gone = asyncio.create_task(reader.read(1))
            await asyncio.wait([work, gone], return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                return
            await asyncio.gather(gone, return_exceptions=True)
            writer.write((await work).model_dump_json().encode() + b"\n")
            await writer.drain()


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    """The next order; nothing once the other end is gone, however it went."""
    try:
        return await reader.readline()
    except ConnectionResetError:
        return b""


def main() -> None:
    """Carry out jobs until nobody wants more of them."""
    settings = CollectorSettings()
    most = settings.cell_memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    asyncio.run(serve(settings, int(sys.argv[1])))


if __name__ == "__main__":
    main()
