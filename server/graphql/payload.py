"""How mutations answer: the object, or what the caller should mend, as data rather than as a failed request."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import strawberry

from graph.errors import (
    Conflict,
    InvalidFact,
    InvalidQuestion,
    InvalidRule,
    LimitExceeded,
    MirageError,
    NotFound,
    SourceRejected,
)
from server.graphql.permissions import framing

P = TypeVar("P")

MENDABLE = (
    InvalidFact,
    InvalidQuestion,
    InvalidRule,
    LimitExceeded,
    NotFound,
    Conflict,
    SourceRejected,
)


@strawberry.type(description="Something in a mutation's input that the caller should mend.")
@framing
class UserError:
    """Something to mend."""

    field: str | None = strawberry.field(
        description="The argument or input field it is about, if it is about one."
    )
    message: str = strawberry.field(description="What is wrong and what would be right.")
    code: str = strawberry.field(description="A stable word for programs, such as `NOT_FOUND`.")


def errors_field() -> Any:
    """The field `errors` that every payload has."""
    return strawberry.field(
        description="What to mend; empty where it was done.", default_factory=list
    )


def told(
    payload: Callable[..., P], *, is_done_when_gone: bool = False
) -> Callable[..., Callable[..., Awaitable[P]]]:
    """Turn errors that the caller can mend into `payload(errors=[…])`; others go on as faults.

    With `is_done_when_gone`, for what takes something away: where a request with an idempotency key is carried out
    again, that it is gone means that it was done.
    """

    def decorate(resolver: Callable[..., Awaitable[P]]) -> Callable[..., Awaitable[P]]:
        @functools.wraps(resolver)
        async def run(*args: Any, **kwargs: Any) -> P:
            try:
                return await resolver(*args, **kwargs)
            except MENDABLE as error:
                is_gone = is_done_when_gone and isinstance(error, NotFound)
                if is_gone and _is_again(*args, *kwargs.values()):
                    return payload()
                return payload(errors=[as_user_error(error)])

        return run

    return decorate


def _is_again(*arguments: Any) -> bool:
    """Whether the request may have been carried out before, by the resolver's `info`."""
    repeats = (getattr(getattr(each, "context", None), "repeat", None) for each in arguments)
    return any(repeat is not None and repeat.is_again for repeat in repeats)


def as_user_error(error: MirageError) -> UserError:
    """An error of ours as data."""
    return UserError(field=getattr(error, "field", None), message=str(error), code=error.code)
