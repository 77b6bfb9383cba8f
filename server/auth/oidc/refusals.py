"""Why somebody does not come in by a provider. `reason` is a stable word for records; the message is for people."""

from __future__ import annotations

from graph.errors import MirageError


class OidcRefused(MirageError):
    """A provider's answer that is not good, or that lets nobody in here; the message says which."""

    code = "OIDC_REFUSED"

    def __init__(self, reason: str, message: str, user: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.user = user


class OidcUnavailable(MirageError):
    """The provider does not answer as it should right now; other ways of signing in are not concerned."""

    code = "OIDC_UNAVAILABLE"
    is_retryable = True

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class InvalidProviders(MirageError, ValueError):
    """The setting of the providers cannot be read; the message names the place and what would be right."""

    code = "INVALID_OIDC_PROVIDERS"
