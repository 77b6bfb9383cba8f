"""What happens at the door, told to the audit and to the log.

Never a secret, and never what somebody typed: what stands where an address should may be a password.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import structlog

from graph.errors import MirageError
from server.audit import events as audited
from server.audit.journal import Audit
from server.auth.refusals import TooManyGuesses
from server.auth.sessions import Client

log = structlog.get_logger(__name__)

Happened = Literal[
    "SIGN_IN", "SIGN_OUT", "SWITCH", "TOKEN_REUSED", "PASSWORD_CHANGED", "PASSWORD_RESET_ASKED",
    "PASSWORD_RESET", "SECOND_FACTOR_ON", "SECOND_FACTOR_OFF", "RECOVERY_CODES_RENEWED",
    "IDENTITY_LINKED", "MEMBERSHIP_RENEWED",
    "INVITATION_ACCEPTED",
]  # fmt: skip

ACTIONS: dict[Happened, str] = {
    "SIGN_IN": "auth.signIn",
    "SIGN_OUT": "auth.signOut",
    "SWITCH": "auth.switch",
    "TOKEN_REUSED": "auth.tokenReused",
    "PASSWORD_CHANGED": "auth.changePassword",
    "PASSWORD_RESET_ASKED": "auth.forgotPassword",
    "PASSWORD_RESET": "auth.resetPassword",
    "SECOND_FACTOR_ON": "auth.setSecondFactor",
    "SECOND_FACTOR_OFF": "auth.removeSecondFactor",
    "RECOVERY_CODES_RENEWED": "auth.renewRecoveryCodes",
    "IDENTITY_LINKED": "auth.linkIdentity",
    "MEMBERSHIP_RENEWED": "auth.renewMembership",
    "INVITATION_ACCEPTED": "auth.acceptInvitation",
}
"""What the audit calls them."""

LONGEST_AGENT = 200


@dataclass(frozen=True)
class AuthEvent:
    """One thing that happened. `user` is None where nobody has the address; `reason` says why it was refused.

    `details` are further words for the audit.
    """

    happened: Happened
    user: str | None
    address: str
    agent: str = ""
    org: str = ""
    session: str = ""
    method: str = ""
    reason: str = ""
    correlation_id: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Whether it was not done."""
        return bool(self.reason)

    @property
    def is_told(self) -> bool:
        """Whether the audit tells of it: not of what was refused unlooked at, or whoever guesses could fill it."""
        return self.reason != TooManyGuesses.code

    @property
    def row(self) -> audited.Event:
        """The same for the audit. It lies with the organization where one is known, else with the platform."""
        actor = audited.Actor(
            self.org, self.user or "", self.session, self.address, self.correlation_id
        )
        details = {**self.details, "agent": self.agent[:LONGEST_AGENT], "method": self.method}
        return audited.Event(
            ACTIONS[self.happened],
            actor,
            self.user or "",
            outcome=self.reason or audited.OK,
            details={name: value for name, value in details.items() if value},
        )


def event(happened: Happened, user: str | None, client: Client, **more: Any) -> AuthEvent:
    """What happened, from where; `more` are further fields."""
    known: dict[str, Any] = {"agent": client.agent, "correlation_id": client.correlation_id}
    return AuthEvent(happened, user, client.address, **known, **more)


Tell = Callable[[AuthEvent], Awaitable[None]]


async def log_event(event: AuthEvent) -> None:
    """Tell it to the log."""
    told = {name: value for name, value in asdict(event).items() if value}
    log.info("authentication", outcome="refused" if event.is_refused else "done", **told)


@dataclass(frozen=True)
class Record:
    """Keeps the record of what happens at the door: rows of the audit; `tell` hears the same."""

    audit: Audit
    tell: Tell = log_event

    async def happened(self, event: AuthEvent) -> None:
        """Keep something that has happened. Raises StoreUnavailable."""
        if event.is_told:
            await self.audit.record(event.row)
        await self.tell(event)

    @asynccontextmanager
    async def around(self, event: AuthEvent) -> AsyncIterator[None]:
        """Keep something before it is done, and after, with how it ended. Raises StoreUnavailable before."""
        row = event.row
        try:
            async with self.audit.act(row.actor, row.action, row.subject, row.details):
                yield
        except MirageError as error:
            await self.tell(replace(event, reason=error.code))
            raise
        await self.tell(event)
