"""What signing in is made of, put together once per process, and what the world outside gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import argon2
import structlog
from redis.asyncio import Redis

from graph.store import Store
from server.accounts.invitations import Post
from server.audit.journal import Audit
from server.auth.events import Record, Tell, log_event
from server.auth.factors import SecondFactors
from server.auth.gate import Gate
from server.auth.guesses import PREFIX, Guesses
from server.auth.oidc.accounts import FederatedAccounts
from server.auth.oidc.flow import Oidc
from server.auth.oidc.providers import Provider
from server.auth.passwords import USUAL, Passwords
from server.auth.recovery import LINK_LIFE, Recovery
from server.auth.sessions import Lifetimes, Sessions
from server.auth.signin import Means, SignIn
from server.auth.signing import ACCESS, SigningKeys
from server.auth.throttle import Throttle
from server.auth.tokens import AccessTokens
from server.notify.letters import Outbox
from server.vault.envelope import Sealing

log = structlog.get_logger(__name__)

OnUse = Callable[[str, datetime | None], None]
HashNew = Callable[[str], Awaitable[str]]

Accept = Callable[[str, str, str, HashNew], Awaitable[str]]
"""Accepts an invitation: its token, a name, a password, and what makes of a password what is kept. Gives the
organization's id. Raises a MirageError that says what is wrong."""


@dataclass(frozen=True)
class ReceptionOptions:
    """What is given from outside.

    `post` is how invitations reach people, by hand where nothing is said; `tell` hears what the audit is told. `ring`
    and `counters` name the signing keys and the counters of guesses, for several installations on one database.
    """

    public_url: str = "http://127.0.0.1:8000"
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    has_mail: bool = False
    tell: Tell = log_event
    post: Post = field(default_factory=Post)
    accept_invitation: Accept | None = None
    hasher: argon2.PasswordHasher = USUAL
    ring: str = ACCESS
    counters: str = PREFIX
    providers: tuple[Provider, ...] = ()


NOTHING_GIVEN = ReceptionOptions()


@dataclass(frozen=True)
class Reception:
    """Everything that lets people in."""

    gate: Gate
    sign_in: SignIn
    recovery: Recovery
    sessions: Sessions
    factors: SecondFactors
    signing: SigningKeys
    passwords: Passwords
    record: Record
    accept_invitation: Accept | None
    chores: Chores
    oidc: Oidc

    async def close(self) -> None:
        """Finish what is under way."""
        await self.chores.drain()
        self.passwords.close()


class Chores:
    """What is done after the answer, so that nobody learns from how long an answer takes what was done for it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, beside everything else."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def drain(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("something that was to be done after an answer failed", exc_info=error)


def make_reception(
    store: Store,
    redis: Redis,
    masters: Sealing,
    audit: Audit,
    options: ReceptionOptions,
    on_use: OnUse | None = None,
) -> Reception:
    """Put it together on an open store and Redis; `on_use` is told of each key that was looked up."""
    base = options.public_url.rstrip("/")
    guesses = Guesses(redis, prefix=options.counters)
    sessions = Sessions(store, options.lifetimes)
    signing = SigningKeys(store, masters, ring=options.ring)
    tokens = AccessTokens(signing, base)
    gate = Gate(store, sessions=sessions, tokens=tokens, guesses=guesses, on_use=on_use)
    factors = SecondFactors(store, masters)
    passwords = Passwords(options.hasher)
    record = Record(audit, options.tell)
    means = Means(
        store,
        gate,
        sessions,
        tokens,
        passwords,
        factors,
        Throttle(guesses),
        record,
    )
    send = None
    if options.has_mail:
        send = Outbox(store, masters, lasts=LINK_LIFE).send
    sign_in = SignIn(means)
    accounts = FederatedAccounts(store, record)
    return Reception(
        gate=gate,
        sign_in=sign_in,
        recovery=Recovery(means, guesses, base, send),
        sessions=sessions,
        factors=factors,
        signing=signing,
        passwords=passwords,
        record=record,
        accept_invitation=options.accept_invitation,
        chores=Chores(),
        oidc=Oidc(options.providers, base, sign_in, accounts, redis, guesses),
    )
