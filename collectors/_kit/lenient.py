"""Taking from a source what the ontology accepts, where the rest of its answer must not be lost.

For values that are useful but not what the answer is about: a registrar's misspelt country must
not cost the registration. Importers tell what they refuse instead (`importing.Record`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from graph.errors import InvalidFact, Refused
from graph.model.base import Fact

T = TypeVar("T")


def accepted(normalise: Callable[[object], T], raw: object) -> T | None:
    """The canonical form of `raw`, or None where it is refused."""
    try:
        return normalise(raw)
    except Refused:
        return None


def all_accepted(normalise: Callable[[object], T], raws: Iterable[object]) -> tuple[T, ...]:
    """The canonical forms of those of `raws` that are not refused, each once, in order."""
    found = (accepted(normalise, raw) for raw in raws)
    return tuple(dict.fromkeys(value for value in found if value is not None))


def stated(*makers: Callable[[], Fact]) -> Iterator[Fact]:
    """The facts that the makers give, without those whose values are refused."""
    for make in makers:
        try:
            yield make()
        except InvalidFact:
            continue
