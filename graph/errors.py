"""Every error Mirage raises on purpose, in one tree, so that an edge can translate it once.

MirageError
├── InvalidFact          a value that no normaliser accepts, or a fact its kind does not allow
│   └── Refused          a normaliser's refusal of one value, with the reason
├── InvalidQuestion      a question that cannot be asked like this (a bad filter, cursor, limit)
├── InvalidRule          a correlation rule, or a case of one, that cannot be read or trusted
├── NotFound             there is no such thing in this organization
├── Conflict             the state does not allow it (a transition, a fence that has moved on)
├── NotPermitted         the caller may not do this
├── LimitExceeded        more than a stated limit, which the message names
├── StoreUnavailable     the database does not answer (retryable)
│   └── StoreOverloaded  it does, and does not manage in time what it is asked (retryable)
├── StorageFull          no room is left where something has to be kept (retryable)
├── SourceUnavailable    a source does not answer now (retryable)
└── SourceRejected       a source refuses, or answers what cannot be read (not retryable)
"""

from __future__ import annotations


class MirageError(Exception):
    """The root. `code` is the stable word that callers of the API see in place of the class."""

    code = "INTERNAL"
    is_retryable = False


class InvalidFact(MirageError, ValueError):
    """A fact that the ontology does not allow; the message names the kind, the field and what would be right."""

    code = "INVALID_FACT"


class Refused(InvalidFact):
    """A normaliser's refusal of one value: which kind of value it should be, and why it is not.

    A refusal is an answer, not a fault: importers report it with its line, collectors count it and go on.
    """

    code = "REFUSED_VALUE"

    def __init__(self, wanted: str, raw: object, reason: str) -> None:
        text = repr(raw)
        shown = text if len(text) <= 80 else f"{text[:77]}..."
        super().__init__(f"{shown} is not {wanted}: {reason}")
        self.wanted = wanted
        self.raw = raw
        self.reason = reason


class InvalidQuestion(MirageError, ValueError):
    """A question that cannot be asked like this."""

    code = "INVALID_QUESTION"


class InvalidRule(MirageError, ValueError):
    """A correlation rule, or a case of one, that cannot be read or trusted; the message names the file and the line."""

    code = "INVALID_RULE"


class NotFound(MirageError):
    """There is no such thing in this organization; unknown and foreign ids answer alike."""

    code = "NOT_FOUND"


class Conflict(MirageError):
    """The state does not allow it; the message says which state would."""

    code = "CONFLICT"


class NotPermitted(MirageError):
    """The caller may not do this."""

    code = "NOT_PERMITTED"


class LimitExceeded(MirageError):
    """More than a stated limit; the message names the limit and how to stay under it."""

    code = "LIMIT_EXCEEDED"


class StoreUnavailable(MirageError):
    """The database does not answer; trying again later may help."""

    code = "STORE_UNAVAILABLE"
    is_retryable = True


class StoreOverloaded(StoreUnavailable):
    """The database does not manage in time what nobody could ask less of; trying again later may help."""

    code = "STORE_OVERLOADED"


class StorageFull(MirageError):
    """No room is left where something has to be kept: once there is, the same may be done again."""

    code = "STORAGE_FULL"
    is_retryable = True


class SourceUnavailable(MirageError):
    """A source does not answer now; trying again later may help."""

    code = "SOURCE_UNAVAILABLE"
    is_retryable = True


class SourceRejected(MirageError):
    """A source refuses, or answers what cannot be read; asking again the same way will not help."""

    code = "SOURCE_REJECTED"
