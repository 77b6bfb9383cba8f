"""Keyset cursors: where in an order a page begins, as opaque text that both ways of execution make and read alike.

A cursor names its order, so that one taken from another order is refused rather than misread. It carries no
organization: the statement it is used in is bound to one.
"""

from __future__ import annotations

import binascii
import enum
from collections.abc import Sequence

import orjson

from graph.errors import InvalidQuestion

Place = list[str | int | float]


class Order(enum.StrEnum):
    """The orders pages come in, and what a place in each consists of.

    Times are text as the database's `toString` gives it; `CONFIDENCE` carries the stored `doubt`, an exact integer.
    """

    KEY = "key"  # key, id
    FIRST_SEEN = "first_seen"  # first_seen, id
    LAST_SEEN = "last_seen"  # last_seen, id
    CONFIDENCE = "confidence"  # doubt, id
    CONNECTION = "connection"  # the other end's key, the relationship's id
    LINKS = "links"  # relationship type, the other end's key, the relationship's id
    OBSERVATIONS = "observations"  # ended_at, id
    FINDINGS = "findings"  # opened_at, id
    SEVERITY = "severity"  # rank (0 is the gravest), opened_at, id
    RISK = "risk"  # risk, opened_at, id
    SCORE = "score"  # score, id
    CREATED = "created"  # created_at, id
    NAME = "name"  # name, id
    MOVED = "moved"  # moved_at, id
    GIVEN_UP = "given_up"  # released_at, id
    REACHED = "reached"  # distance, id
    AUDIT = "audit"  # seq
    DIFF = "diff"  # 0 for entities and 1 for relationships, id

    @property
    def form(self) -> tuple[type, ...]:
        """The types of a place's members."""
        return _FORMS.get(self, (str, str))


_FORMS: dict[Order, tuple[type, ...]] = {
    Order.CONFIDENCE: (int, str),
    Order.LINKS: (str, str, str),
    Order.SEVERITY: (int, str, str),
    Order.RISK: (float, str, str),
    Order.SCORE: (float, str),
    Order.REACHED: (int, str),
    Order.AUDIT: (int,),
    Order.DIFF: (int, str),
}


def encode(order: Order, place: Sequence[object]) -> str:
    """The cursor of the item at `place`."""
    text = binascii.b2a_base64(orjson.dumps([order, *place]), newline=False)
    return text.translate(_TO_URL).rstrip(b"=").decode()


def decode(order: Order, cursor: str) -> Place:
    """The place `cursor` stands for. Raises InvalidQuestion for anything `encode` did not make for `order`."""
    try:
        raw = cursor.encode("ascii").translate(_FROM_URL)
        found = orjson.loads(binascii.a2b_base64(raw + b"=" * (-len(raw) % 4), strict_mode=True))
    except ValueError as error:
        raise _refusal(cursor) from error
    if not isinstance(found, list) or found[:1] != [order]:
        raise _refusal(cursor)
    place: Place = found[1:]
    is_whole = tuple(type(value) for value in place) == order.form
    if not is_whole or encode(order, place) != cursor:
        raise _refusal(cursor)
    return place


def _refusal(cursor: str) -> InvalidQuestion:
    shown = cursor if len(cursor) <= 40 else f"{cursor[:37]}..."
    return InvalidQuestion(
        f"cursor {shown!r} is not one of this list; pass an endCursor or cursor that the same field gave"
    )


_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
