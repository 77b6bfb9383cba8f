"""What is put right about the driver's connections, whatever loop they run in."""

from __future__ import annotations

from functools import cache
from typing import Any

from neo4j._async_compat.network._bolt_socket import AsyncBoltSocketBase


@cache
def put_right_connections() -> None:
    """Have the driver notice lost connections, and not wait for what it has received. Once a process."""
    _notice_loss()
    _take_what_is_there()


def _notice_loss() -> None:
    """Where asyncio raises ConnectionResetError, uvloop raises RuntimeError for a transport that is closed.

    The driver does not take that for the loss of the connection: it passes it on, and hands the dead connection out
    again.
    """
    send = AsyncBoltSocketBase.sendall

    async def sendall(self: AsyncBoltSocketBase, data: bytes) -> Any:
        try:
            return await send(self, data)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise ConnectionResetError(f"the connection is gone: {error}") from error

    AsyncBoltSocketBase.sendall = sendall  # type: ignore[method-assign]


def _take_what_is_there() -> None:
    """Twice for each row the driver makes a task that waits for bytes, with a time limit, though nearly all are there.

    It does so wherever the server says how long it may be silent, as ours does; that is half of what reading costs.
    """
    wait_for_it = AsyncBoltSocketBase.recv_into

    async def recv_into(self: AsyncBoltSocketBase, buffer: Any, nbytes: int) -> int:
        reader = self._reader
        if self._read_deadline is not None or not reader._buffer:  # type: ignore[attr-defined]
            return int(await wait_for_it(self, buffer, nbytes))  # type: ignore[no-untyped-call]
        taken = await reader.read(nbytes)
        buffer[: len(taken)] = taken
        return len(taken)

    AsyncBoltSocketBase.recv_into = recv_into  # type: ignore[method-assign]
