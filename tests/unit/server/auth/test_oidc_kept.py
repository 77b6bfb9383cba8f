"""What is kept of a provider while it answers slowly, not at all, and again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from server.auth.oidc.discovery import (
    FRESH_S,
    KEYS_AGAIN_S,
    SERVES_S,
    TRY_AGAIN_S,
    Kept,
)
from server.auth.oidc.refusals import OidcUnavailable


@dataclass
class Provider:
    """Answers with a number that grows, when it may."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    is_gone: bool = False
    now: float = 0.0

    async def fetch(self) -> int:
        self.asked += 1
        number = self.asked
        if self.is_gone:
            raise OidcUnavailable("AWAY", "the provider cannot be reached")
        await self.answers.wait()
        return number

    def kept(self) -> Kept[int]:
        return Kept(self.fetch, lambda: self.now)


async def took(work: asyncio.Future[int]) -> tuple[int, float]:
    began = asyncio.get_running_loop().time()
    return await work, asyncio.get_running_loop().time() - began


async def test_what_is_known_serves_at_once_while_a_fetch_stalls_and_what_comes_late_serves_then() -> (
    None
):
    provider = Provider()
    kept = provider.kept()
    provider.answers.set()
    assert await kept.get() == 1
    provider.answers.clear()
    provider.now = FRESH_S + 1

    value, seconds = await took(asyncio.ensure_future(kept.get()))
    assert (value, provider.asked) == (1, 2)
    assert seconds < 1.5, "half a second is waited for it"
    value, seconds = await took(asyncio.ensure_future(kept.get()))
    assert (value, provider.asked) == (1, 2), "it is still coming"
    assert seconds < 0.25

    provider.answers.set()
    await asyncio.sleep(0.01)
    assert await kept.get() == 2


async def test_what_is_a_day_old_serves_nobody() -> None:
    provider = Provider()
    kept = provider.kept()
    provider.answers.set()
    assert await kept.get() == 1
    provider.is_gone, provider.now = True, SERVES_S + 1
    with pytest.raises(OidcUnavailable):
        await kept.get()


async def test_what_was_asked_for_anew_in_vain_is_asked_for_again_soon() -> None:
    provider = Provider()
    kept = provider.kept()
    provider.answers.set()
    assert await kept.get() == 1
    provider.is_gone, provider.now = True, KEYS_AGAIN_S + 1
    with pytest.raises(OidcUnavailable):
        await kept.get_again()
    provider.is_gone = False
    assert await kept.get_again() == 1, "once in ten seconds at most"
    provider.now += TRY_AGAIN_S + 1
    assert await kept.get_again() == 3
    provider.now += TRY_AGAIN_S + 1
    assert await kept.get_again() == 3, "once a minute at most"
