"""What the driver's exceptions become, where no real database can be had to raise them at will."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Any, cast

import pytest
import uvloop
from neo4j._async.io._bolt._bolt_socket import AsyncBoltSocket
from neo4j.exceptions import Neo4jError, ServiceUnavailable, SessionExpired, TransactionError

from graph.errors import LimitExceeded, StorageFull, StoreUnavailable
from graph.translating import (
    Again,
    is_absence,
    notice_lost_connections,
    persons_own,
    translated,
)


def failed(cause: Exception) -> TransactionError:
    """What the driver raises for each statement of a transaction after the one that failed by this."""
    error = TransactionError(cast(Any, None), "Transaction failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("cause", [ServiceUnavailable("gone"), SessionExpired("gone"), OSError(9)])
def test_a_transaction_whose_way_was_cut_may_pass(cause: Exception) -> None:
    with pytest.raises(Again) as again, translated():
        raise failed(cause)
    assert isinstance(again.value.error, StoreUnavailable)
    assert is_absence(cause)


def test_a_transaction_that_was_used_wrongly_is_a_defect() -> None:
    with pytest.raises(TransactionError), translated():
        raise failed(ValueError("used after its end"))
    assert not is_absence(ValueError())


@pytest.mark.parametrize(
    ("code", "said", "means"),
    [
        ("Neo.ClientError.General.WriteOnReadOnlyAccessDatabase", "No write operations are allowed", StorageFull),
        ("Neo.DatabaseError.General.UnknownError", "Could not preallocate disk space for the transaction", StorageFull),
        ("Neo.DatabaseError.Statement.ExecutionFailed", "The database neo4j is in read-only mode", StorageFull),
        ("Neo.DatabaseError.Transaction.TransactionStartFailed", "a critical error, and needs to be restarted", Again),
        ("Neo.DatabaseError.Database.Unknown", "Unable to complete transaction.", Again),
    ],
)  # fmt: skip
def test_a_database_that_cannot_write_says_so_with_a_code(
    code: str, said: str, means: type[Exception]
) -> None:
    with pytest.raises(means), translated():
        raise Neo4jError._hydrate_neo4j(code=code, message=said)


@pytest.mark.parametrize(
    ("code", "means"),
    [
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", LimitExceeded),
        ("Neo.TransientError.General.DatabaseUnavailable", StoreUnavailable),
    ],
)
def test_a_statement_of_a_persons_own_that_takes_all_memory_is_theirs_to_mend(
    code: str, means: type[Exception]
) -> None:
    error = StoreUnavailable("Neo4j does not answer now; try again")
    error.__cause__ = Neo4jError._hydrate_neo4j(code=code, message="no")
    with pytest.raises(means), persons_own():
        raise error


async def write_to_a_connection_that_was_reset() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        now = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        writer.transport.abort()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        wire: Any = AsyncBoltSocket(reader, None, writer)
        try:
            await wire.sendall(b"x")
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
            await wire.sendall(b"y")
        finally:
            writer.close()


def test_the_driver_notices_that_a_connection_was_reset_in_the_loop_of_the_api_too() -> None:
    notice_lost_connections()

    async def write() -> None:
        with pytest.raises(ConnectionResetError):
            await write_to_a_connection_that_was_reset()

    for run in (asyncio.run, uvloop.run):
        run(write())
