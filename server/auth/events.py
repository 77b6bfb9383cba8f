"""What happens at the door, told to whoever keeps the record: by default a log line.

Never a secret, and never what somebody typed: what stands where an address should may be a password.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Literal

import structlog

from server.auth.sessions import Client

log = structlog.get_logger(__name__)

Happened = Literal[
    "SIGN_IN", "SIGN_OUT", "SWITCH", "TOKEN_REUSED", "PASSWORD_CHANGED", "PASSWORD_RESET_ASKED",
    "PASSWORD_RESET", "SECOND_FACTOR_ON", "SECOND_FACTOR_OFF", "RECOVERY_CODES_RENEWED",
    "IDENTITY_LINKED",
]  # fmt: skip


@dataclass(frozen=True)
class AuthEvent:
    """One thing that happened. `user` is None where nobody has the address; `reason` says why it was refused."""

    happened: Happened
    user: str | None
    address: str
    agent: str = ""
    org: str = ""
    session: str = ""
    method: str = ""
    reason: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether it was not done."""
        return bool(self.reason)


def event(happened: Happened, user: str | None, client: Client, **more: str) -> AuthEvent:
    """What happened, from where; `more` are further fields."""
    return AuthEvent(happened, user, client.address, client.agent, **more)


Record = Callable[[AuthEvent], Awaitable[None]]


async def log_event(event: AuthEvent) -> None:
    """Tell it to the log."""
    told = {name: value for name, value in asdict(event).items() if value}
    log.info("authentication", outcome="refused" if event.is_refused else "done", **told)
