"""The one door to Neo4j: sessions, transactions, retries, bookmarks, and errors in our own words.

No query text lives here, and nothing else imports the driver (migrations aside).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self, TypeVar

import neo4j
from neo4j import AsyncGraphDatabase, AsyncTransaction, Bookmarks, Query

from graph.bound import Bound, Row
from graph.causality import note_written, waited_for
from graph.connections import put_right_connections
from graph.deadline import time_left
from graph.errors import StoreUnavailable
from graph.metering import RETRIES, timed
from graph.moments import make_moments_quickly
from graph.tracing import noted, spanned, statement
from graph.translating import (
    Again,
    is_absence,
    persons_own,
    translated,
)
from graph.vigil import Vigil

T = TypeVar("T")
R = TypeVar("R")

FIRST_DELAY_S = 0.05
MOST_DELAY_S = 2.0


@dataclass(frozen=True)
class Limits:
    """What a transaction may cost: `timeout_s` seconds in the database, `retry_s` seconds of trying again."""

    timeout_s: float = 10.0
    retry_s: float = 30.0


# Where nobody waits: a statement that is stopped because there is much to do would only be sent again.
PATIENT = Limits(timeout_s=30.0)


class Transaction:
    """An open transaction. `run` gives all rows of one statement."""

    def __init__(self, tx: AsyncTransaction) -> None:
        self._tx = tx

    async def run(
        self, text: str, parameters: Mapping[str, Any] | None = None, name: str = ""
    ) -> list[Row]:
        """Run one statement and give its rows as plain dictionaries; traces know it by `name`."""
        with statement(name):
            return await _rows_of(await self._tx.run(text, dict(parameters or {})))

    async def fetch(self, query: Bound[R]) -> list[R]:
        """Run a named query and give its typed rows."""
        rows = await self.run(query.text, query.parameters, query.name)
        return [query.read_row(row) for row in rows]

    async def run_single(self, text: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """Run one statement that gives one row of one column, and give that value (None without a row)."""
        with statement():
            return await _value_of(await self._tx.run(text, dict(parameters or {})))

    async def execute(self, text: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run one statement whose rows nobody needs."""
        with statement():
            await (await self._tx.run(text, dict(parameters or {}))).consume()


class Store:
    """The database. One per process; safe for concurrent use."""

    def __init__(self, driver: neo4j.AsyncDriver, database: str, uri: str) -> None:
        self._driver = driver
        self._database = database
        self._uri = uri
        self._vigil: Vigil | None = None
        self._idle: list[neo4j.AsyncSession] = []
        self.retries = 0
        self.statements = 0
        self._away_at = float("-inf")
        self.read_limits = self.write_limits = Limits()  # of whoever does not say

    def was_away(self, within: timedelta) -> bool:
        """Whether the database did not answer this process lately: others may have met the same."""
        return time.monotonic() - self._away_at < within.total_seconds()

    @property
    def database(self) -> str:
        """The database's name."""
        return self._database

    @classmethod
    @asynccontextmanager
    async def open(
        cls, uri: str, user: str, password: str, database: str = "neo4j", pool_size: int = 50
    ) -> AsyncIterator[Self]:
        """Open the database at `uri` and close it at the end. Nothing is sent before the first query."""
        put_right_connections()
        make_moments_quickly()
        driver = AsyncGraphDatabase.driver(
            uri,
            auth=(user, password),
            max_connection_pool_size=pool_size,
            connection_acquisition_timeout=2.0,
            connection_timeout=2.0,
            keep_alive=True,
            notifications_min_severity="OFF",
            user_agent="mirage",
        )
        store = cls(driver, database, uri)
        try:
            yield store
        finally:
            while store._idle:
                await store._idle.pop().close()
            await driver.close()

    @asynccontextmanager
    async def noticing_silence(self) -> AsyncIterator[None]:
        """Meanwhile nobody waits over two seconds for a database that has fallen silent; they get StoreUnavailable."""
        self._vigil = Vigil(self._uri)
        try:
            async with self._vigil.kept():
                yield
        finally:
            self._vigil = None

    async def check(self) -> None:
        """Raise StoreUnavailable unless the database answers a query now."""
        await self.read("RETURN 1 AS one", limits=Limits(timeout_s=2, retry_s=0))

    async def wait_ready(self, within_s: float = 60.0) -> None:
        """Wait until the database answers; raise StoreUnavailable after `within_s` seconds."""
        end = time.monotonic() + within_s
        while True:
            try:
                await self.check()
            except StoreUnavailable:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(0.2)
            else:
                return

    async def read(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        limits: Limits | None = None,
        bookmarks: Sequence[str] = (),
    ) -> list[Row]:
        """Run one reading statement in a transaction of its own."""
        with statement(mode="read"):
            return await self._read(text, parameters, limits, bookmarks, _rows_of)

    async def read_single(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        limits: Limits | None = None,
        bookmarks: Sequence[str] = (),
    ) -> Any:
        """Run one reading statement that answers with a single shaped value."""
        with statement(mode="read"):
            return await self._read(text, parameters, limits, bookmarks, _value_of)

    async def read_some(
        self,
        text: str,
        parameters: Mapping[str, Any],
        most: int,
        limits: Limits,
        bookmarks: Sequence[str] = (),
    ) -> tuple[list[str], list[list[Any]]]:
        """Run one reading statement of a person's own; its columns and at most `most` rows, the rest left unread.

        Raises InvalidQuestion with the database's words for what is wrong with the statement.
        """

        async def take(result: neo4j.AsyncResult) -> tuple[list[str], list[list[Any]]]:
            records = await result.fetch(most)
            columns = list(result.keys())
            await result.consume()
            return columns, [list(record.values()) for record in records]

        with statement(mode="read"), persons_own():
            return await self._read(text, parameters, limits, bookmarks, take)

    async def explain(self, text: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """The plan of a statement, which is not run: operatorType, args, children. Raises as `read_some`."""

        async def take(result: neo4j.AsyncResult) -> Mapping[str, Any]:
            return (await result.consume()).plan or {}

        with statement(mode="read"), persons_own():
            return await self._read(f"EXPLAIN {text}", parameters, None, (), take)

    async def fetch(
        self, query: Bound[R], *, limits: Limits | None = None, bookmarks: Sequence[str] = ()
    ) -> list[R]:
        """Run a named query and give its typed rows."""
        if query.is_write:
            rows, _ = await self.transact(
                lambda tx: tx.run(query.text, query.parameters, query.name), limits=limits, bookmarks=bookmarks
            )  # fmt: skip
        else:
            with statement(query.name, "read"):
                rows = await self._read(
                    query.text, query.parameters, limits, bookmarks, _rows_of, is_ours=True
                )
        return [query.read_row(row) for row in rows]

    async def fetch_one(
        self, query: Bound[R], *, limits: Limits | None = None, bookmarks: Sequence[str] = ()
    ) -> R | None:
        """Run a named query that gives at most one row."""
        rows = await self.fetch(query, limits=limits, bookmarks=bookmarks)
        return rows[0] if rows else None

    async def transact(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        limits: Limits | None = None,
        bookmarks: Sequence[str] = (),
    ) -> tuple[T, tuple[str, ...]]:
        """Run `work` in one write transaction, again from its start when the database says that may help.

        Returns what `work` gave and the bookmarks by which a later read sees it.
        """
        bounds = _in_time(limits or self.write_limits)
        after = waited_for(bookmarks)
        with spanned("transaction", {"db.operation.name": "write"}, kind="client"):
            done, made = await self._retried(
                lambda: self._once(work, bounds, after), bounds, is_ours=True
            )
        note_written(made, after)
        return done, made

    async def execute(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run one writing statement in a transaction of its own."""
        rows, _ = await self.transact(lambda tx: tx.run(text, parameters))
        return rows

    async def run_autocommit(self, text: str) -> None:
        """Run a command that needs a transaction of its own kind and may be run twice, such as one on the schema."""

        async def once() -> None:
            async with self._driver.session(database=self._database) as session:
                await (await session.run(Query(text))).consume()

        with statement():
            await self._retried(once, Limits())

    async def _read(
        self,
        text: str,
        parameters: Mapping[str, Any] | None,
        limits: Limits | None,
        bookmarks: Sequence[str],
        take: Callable[[neo4j.AsyncResult], Awaitable[T]],
        *,
        is_ours: bool = False,
    ) -> T:
        """Run one reading statement; `take` has what is wanted of its result.

        It crosses the wire as one message: opening and closing a transaction would be two round trips more.
        """
        bounds = _in_time(limits or self.read_limits)
        query, given = Query(text, timeout=bounds.timeout_s), dict(parameters or {})
        after = waited_for(bookmarks)
        return await self._retried(
            lambda: self._once_read(query, given, after, take), bounds, is_ours=is_ours
        )

    async def _retried(
        self, once: Callable[[], Awaitable[T]], bounds: Limits, *, is_ours: bool = False
    ) -> T:
        """Our own retry: the driver's begins with a second and doubles past a database's restart."""
        end = time.monotonic() + bounds.retry_s
        delay, attempts = FIRST_DELAY_S, 0
        while True:
            attempts += 1
            noted({"mirage.attempts": attempts})
            try:
                with translated(is_ours=is_ours):
                    return await (self._vigil.over(once) if self._vigil else once())
            except Again as again:
                if is_absence(again.__cause__):
                    self._away_at = time.monotonic()
                # After a silence that was noticed beside it there is no time to try again.
                is_given_up = self._vigil and isinstance(again.__cause__, TimeoutError)
                if is_given_up or time.monotonic() + delay > end:
                    raise again.error from again.__cause__
                self.retries += 1
                RETRIES.inc()
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - spreading, not secrecy
            delay = min(delay * 2, MOST_DELAY_S)

    @timed("read")
    async def _once_read(
        self,
        query: Query,
        parameters: dict[str, Any],
        bookmarks: Sequence[str],
        take: Callable[[neo4j.AsyncResult], Awaitable[T]],
    ) -> T:
        # Making a session reads its configuration anew, which takes as long as sending the statement. One that has
        # read without a fault serves again; it holds no connection in between.
        session = (
            self._idle.pop() if self._idle and not bookmarks else self._read_session(bookmarks)
        )
        try:
            value = await take(await session.run(query, parameters))
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                session.cancel()  # without that, closing it waits for the database
            await session.close()
            raise
        if bookmarks:
            await session.close()
        else:
            self._idle.append(session)
        self.statements += 1
        return value

    def _read_session(self, bookmarks: Sequence[str]) -> neo4j.AsyncSession:
        return self._driver.session(
            database=self._database,
            default_access_mode=neo4j.READ_ACCESS,
            bookmarks=Bookmarks.from_raw_values(bookmarks) if bookmarks else None,
        )

    @timed("write")
    async def _once(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        bounds: Limits,
        bookmarks: Sequence[str],
    ) -> tuple[T, tuple[str, ...]]:
        session = self._driver.session(
            database=self._database,
            default_access_mode=neo4j.WRITE_ACCESS,
            bookmarks=Bookmarks.from_raw_values(bookmarks) if bookmarks else None,
        )
        async with session:
            tx = await session.begin_transaction(timeout=bounds.timeout_s)
            async with tx:
                value = await work(Transaction(tx))
                await tx.commit()
            marks = await session.last_bookmarks()
        self.statements += 1
        return value, tuple(marks.raw_values)


def _in_time(limits: Limits) -> Limits:
    """What a transaction may cost that somebody waits for. Raises LimitExceeded where the time is over."""
    left = time_left(limits.timeout_s)
    return limits if left == limits.timeout_s else Limits(left, min(limits.retry_s, left))


async def _rows_of(result: neo4j.AsyncResult) -> list[Row]:
    keys = result.keys()
    rows = [dict(zip(keys, record.values(), strict=True)) async for record in result]
    noted({"db.response.returned_rows": len(rows)})
    return rows


async def _value_of(result: neo4j.AsyncResult) -> Any:
    record = await result.single()
    noted({"db.response.returned_rows": int(record is not None)})
    return None if record is None else record.value()
