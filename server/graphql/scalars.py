"""The scalars of the schema that GraphQL itself does not have."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.file_uploads import Upload
from strawberry.types.scalar import ScalarDefinition

from graph.errors import InvalidQuestion

Long = NewType("Long", int)
Json = NewType("Json", object)
SecretText = NewType("SecretText", str)

SECRET_TEXT = "SecretText"  # noqa: S105 - the scalar's name
LONGEST_SECRET = 20_000

MOST_LONG = 2**53 - 1
LONGEST_SHOWN = 100


def write_datetime(value: Any) -> str:
    """A moment as the database's `toString` writes it: UTC, no more digits than it needs."""
    if isinstance(value, str):
        return value
    native: datetime = value.to_native() if hasattr(value, "to_native") else value
    moment = native.astimezone(UTC).replace(tzinfo=None)
    text = moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds")
    return f"{text.rstrip('0') if moment.microsecond else text}Z"


def read_datetime(value: object) -> datetime:
    """A moment from RFC 3339 text; without an offset it is refused, since it could be any hour.

    Raises InvalidQuestion, as all that reads a value of a caller here: what is wrong with a value is theirs to mend.
    """
    if not isinstance(value, str):
        raise InvalidQuestion(f'{_cut(value)} is not a time; write it like "2026-01-31T12:00:00Z"')
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise InvalidQuestion(f"{_cut(value)} has no offset; append Z for UTC")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        if isinstance(error, InvalidQuestion):
            raise
        raise InvalidQuestion(
            f'{_cut(value)} is not a time; write it like "2026-01-31T12:00:00Z"'
        ) from error


def _read_long(value: object) -> int:
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_whole:
        raise InvalidQuestion(f"{_cut(value)} is not a whole number")
    if abs(value) > MOST_LONG:
        raise InvalidQuestion(
            f"{_cut(value)} is beyond {MOST_LONG}, the largest whole number JSON carries exactly"
        )
    return int(value)


def _read_json(value: object) -> object:
    """Any JSON value whose numbers the database and JSON itself can carry."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (dict, list)):
            waiting.extend(each.values() if isinstance(each, dict) else each)
        elif isinstance(each, float) and not math.isfinite(each):
            raise InvalidQuestion("a number is larger than JSON can carry")
        elif isinstance(each, int) and not -(2**63) <= each < 2**63:
            raise InvalidQuestion(f"{_cut(each)} does not fit into 64 bits; send it as text")
    return value


def _read_upload(value: object) -> object:
    if not hasattr(value, "filename"):
        raise InvalidQuestion(
            "a file is right, sent beside the operation by the GraphQL multipart request specification"
        )
    return value


def _read_secret(value: object) -> str:
    """A secret, of which no message shows anything."""
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_SECRET:
        raise InvalidQuestion(f"a text of 1 to {LONGEST_SECRET:,} characters is right")
    return value


def _refuse_literal(node: object, variables: object = None) -> object:  # noqa: ARG001 - a scalar's form
    raise GraphQLError(
        "a secret is sent as a variable, so that it stays out of documents, which are kept"
    )


def _never_written(value: object) -> object:  # noqa: ARG001 - a scalar's form
    raise TypeError("a secret is never given back")


def _cut(value: object) -> str:
    """A value as messages show it."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A moment in UTC, written as RFC 3339, for example `2026-01-31T12:00:00.250Z`. Other "
            "offsets are accepted in arguments."
        ),
        serialize=write_datetime,
        parse_value=read_datetime,
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    ),
    Long: strawberry.scalar(
        name="Long",
        description=(
            "A whole number beyond 32 bits, exact up to 2^53 - 1: sizes, counts, autonomous "
            "system numbers."
        ),
        serialize=int,
        parse_value=_read_long,
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value: a text, number, truth value, list or object.",
        serialize=lambda value: value,
        parse_value=_read_json,
    ),
    SecretText: strawberry.scalar(
        name=SECRET_TEXT,
        description=(
            "A text that is kept secret: it is sent as a variable, never given back, and stays out of logs, "
            "messages and the audit."
        ),
        serialize=_never_written,
        parse_value=_read_secret,
        parse_literal=_refuse_literal,
    ),
    Upload: strawberry.scalar(
        name="Upload",
        description=(
            "A file sent beside the operation, by the GraphQL multipart request specification."
        ),
        parse_value=_read_upload,
    ),
}
