"""Trying something in the database: in a transaction that is never committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from graph.store import Limits, Store, Transaction

T = TypeVar("T")


class _Told(Exception):
    """No error: it takes an answer out of a transaction that is to be undone."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer


async def undone(
    store: Store, work: Callable[[Transaction], Awaitable[T]], *, limits: Limits | None = None
) -> T:
    """What `work` gives in a write transaction, all of whose writes are undone."""

    async def tried(tx: Transaction) -> None:
        raise _Told(await work(tx))

    try:
        await store.transact(tried, limits=limits)
    except _Told as told:
        return cast(T, told.answer)
    raise AssertionError("the transaction was committed")  # pragma: no cover
