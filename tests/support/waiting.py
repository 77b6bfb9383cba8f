"""Waiting in tests for what another task or process brings about."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

STEP_S = 0.02


async def eventually(is_so: Callable[[], Awaitable[bool]], *, within_s: float = 20) -> None:
    """Wait until `is_so` says yes; the test fails where it never does."""
    for _ in range(round(within_s / STEP_S)):
        if await is_so():
            return
        await asyncio.sleep(STEP_S)
    pytest.fail(f"not so within {within_s:g} s")
