"""How often somebody may try to sign in, so that guessing is slow and nobody is locked out by others.

* Attempts count for the address they come from, whatever the account, and for the account from that neighbourhood.
  After the third each one waits longer; beyond the limit it is refused with the time when there is room again.
* An account that is tried from everywhere is never locked. Beyond a soft limit each neighbourhood has less room and
  waits longer, which slows many guessers down and leaves room for the owner at an address of their own.
* A device that signed in to the account before has room of its own, which nobody else can use up: its owner comes in
  during any attack. Its room is bounded, too, since a device can be stolen.
* An attempt is counted before the password is looked at, so that a thousand at once get no more than their limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from server.auth.guesses import (
    ADDRESS,
    ANYWHERE,
    CODES,
    DEVICE,
    NEAR,
    Counted,
    Guesses,
    Limit,
    neighbourhood,
    one_party,
    too_many,
)
from server.auth.sessions import Client

ATTEMPTS = "attempts to sign in"
FREE = 3
FIRST_DELAY_S, MOST_DELAY_S = 0.5, 4.0
CROWDED_MOST, CROWDED_DELAY_S = 3, 2.0

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Attempt:
    """An attempt that was let through, with what it was counted by."""

    account: str
    counted: tuple[tuple[Limit, str, Counted], ...]
    is_known_device: bool


class Throttle:
    """Lets attempts through, after a while, or not. One per process."""

    def __init__(self, guesses: Guesses, sleep: Sleep = asyncio.sleep) -> None:
        self._guesses = guesses
        self._sleep = sleep

    async def begin(self, account: str, client: Client, *, is_known_device: bool) -> Attempt:
        """Count an attempt at an account and let it through in its time. Raises TooManyGuesses."""
        if is_known_device:
            own = f"{account}\n{client.device}"
            counted = await self._guesses.count(DEVICE, own)
            if not counted.wait_s:
                return Attempt(account, ((DEVICE, own, counted),), is_known_device=True)
        party, near = one_party(client.address), f"{account}\n{neighbourhood(client.address)}"
        by_address = await self._guesses.take(ADDRESS, party, ATTEMPTS)
        anywhere = await self._guesses.count(ANYWHERE, account)
        is_crowded = bool(anywhere.wait_s)
        limit = NEAR.lowered(CROWDED_MOST) if is_crowded else NEAR
        here = await self._guesses.take(limit, near, ATTEMPTS)
        await self._sleep(delay_s(here.count, is_crowded=is_crowded))
        kept = ((ADDRESS, party, by_address), (ANYWHERE, account, anywhere), (NEAR, near, here))
        return Attempt(account, kept, is_known_device=False)

    async def begin_code(self, attempt: Attempt) -> None:
        """Count a code that follows a right password. Raises TooManyGuesses.

        Only who knows the password comes here, so this limit may hold for the account as a whole.
        """
        if not attempt.is_known_device:
            counted = await self._guesses.count(CODES, attempt.account)
            if counted.wait_s:
                raise too_many("wrong codes", counted.wait_s)

    async def half_way(self, attempt: Attempt) -> None:
        """The password was right and the code is still to come: it counts for the account there, and nowhere else."""
        for limit, subject, counted in attempt.counted:
            if limit.name not in (NEAR.name, DEVICE.name):
                await self._guesses.take_back(limit, subject, counted)

    async def succeeded(self, attempt: Attempt) -> None:
        """It was the right one: it was no guess, and what came before it from there is forgiven."""
        await self.half_way(attempt)
        for limit, subject, _ in attempt.counted:
            if limit.name in (NEAR.name, DEVICE.name):
                await self._guesses.forget(limit, subject)
        await self._guesses.forget(CODES, attempt.account)


def delay_s(count: int, *, is_crowded: bool) -> float:
    """How long the attempt that is the `count`th from its neighbourhood waits."""
    usual = 0.0 if count <= FREE else min(FIRST_DELAY_S * 2 ** (count - FREE - 1), MOST_DELAY_S)
    return max(usual, CROWDED_DELAY_S) if is_crowded else usual
