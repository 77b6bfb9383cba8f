"""Counters and histograms of what is asked of the database and written to it. Labels are words of ours."""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from prometheus_client import Counter, Histogram

P = ParamSpec("P")
T = TypeVar("T")

SECONDS = Histogram(
    "mirage_database_seconds",
    "Time of one attempt of a transaction, from its begin to its last row or commit.",
    ["mode"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
FAULTS = Counter(
    "mirage_database_faults_total",
    "Attempts that ended in a fault, whether they were tried again or not.",
    ["mode", "fault"],
)
RETRIES = Counter(
    "mirage_database_retries_total", "Attempts that were made because one before had failed."
)
ANSWERS = Counter(
    "mirage_answers_total",
    "Answers of collectors and importers that were written, by how they ended.",
    ["collector", "outcome"],
)
GROUPS = Counter("mirage_write_groups_total", "Transactions that wrote answers.")


def timed(mode: str) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Measure each call of an asynchronous function as one attempt; `mode` is read or write."""

    def decorate(work: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(work)
        async def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            began = time.perf_counter()
            try:
                return await work(*args, **kwargs)
            except Exception as error:
                FAULTS.labels(mode, type(error).__name__).inc()
                raise
            finally:
                SECONDS.labels(mode).observe(time.perf_counter() - began)

        return measured

    return decorate
