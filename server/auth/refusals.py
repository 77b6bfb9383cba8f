"""Why somebody is not let in. What a refusal says helps who comes rightly, and tells nobody who has an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.errors import MirageError


class NotAuthenticated(MirageError):
    """No key, token or session, or none that is known."""

    code = "NOT_AUTHENTICATED"


class TooManyGuesses(MirageError):
    """Too many wrong keys, passwords or codes in a row; `Retry-After` says when to come again."""

    code = "TOO_MANY_GUESSES"
    is_retryable = True

    def __init__(self, message: str, retry_after_s: float = 60.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RateLimited(MirageError):
    """More was asked within a minute than the key, the user, the organization or the address may ask.

    `Retry-After` says when to come again; `headers` tell how much there is to ask.
    """

    code = "RATE_LIMITED"
    is_retryable = True

    def __init__(self, message: str, retry_after_s: int, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.headers = {**headers, "Retry-After": str(retry_after_s)}


class SignInRefused(MirageError):
    """The address, the password or the code is wrong, or the account may not sign in; which of them is not told."""

    code = "SIGN_IN_REFUSED"


class SecondFactorNeeded(MirageError):
    """The password is right; the code of the second factor is missing."""

    code = "SECOND_FACTOR_NEEDED"


class OrganizationNeeded(MirageError):
    """The account belongs to several organizations; `organizations` lists them, and one has to be named."""

    code = "ORGANIZATION_NEEDED"

    def __init__(self, message: str, organizations: Sequence[tuple[str, str]]) -> None:
        super().__init__(message)
        self.organizations = organizations


class SessionEnded(MirageError):
    """The session is over, or the refresh token was used before; sign in again."""

    code = "SESSION_ENDED"


class WeakPassword(MirageError, ValueError):
    """A password that is too short, too long or too easy to guess; the message says what would be right."""

    code = "WEAK_PASSWORD"


class LinkRefused(MirageError):
    """A link from a mail that was used, has expired or was never sent."""

    code = "LINK_REFUSED"


class HashingBusy(MirageError):
    """More passwords wait to be checked than there is time for."""

    code = "HASHING_BUSY"
    is_retryable = True
