"""What comparing two values gives: how alike they are, and why, in words a person can check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Comparison(NamedTuple):
    """How alike two values are: `similarity` from 0 to 1, the values as they stand, and the reason."""

    similarity: float
    left: str
    right: str
    reason: str


class Veto(NamedTuple):
    """Why two records cannot be one, whatever else speaks for it: the field and both values."""

    field: str
    left: str
    right: str
    reason: str


def best(
    lefts: Sequence[T], rights: Sequence[T], compare: Callable[[T, T], Comparison]
) -> Comparison | None:
    """The most alike pair of two lists of values; None where one list is empty.

    Of equally alike pairs it is the one that comes first in order of text, so that neither the order of the lists
    nor their sides matter.
    """
    if not lefts or not rights:
        return None
    if len(lefts) == len(rights) == 1:
        return compare(lefts[0], rights[0])
    found = [compare(left, right) for left in lefts for right in rights]
    highest = max(each.similarity for each in found)
    return min(
        (each for each in found if each.similarity == highest),
        key=lambda each: (min(each.left, each.right), max(each.left, each.right)),
    )
