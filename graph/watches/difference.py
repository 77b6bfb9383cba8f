"""How two answers to one question differ. Pure.

Lists of objects are compared by who their items are (`id`, else `key`, or those of their `node`), whatever their order;
where that is not known, or not said once each, an item is one with its equal. All else is compared by its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

ENTERED, LEFT, CHANGED = "ENTERED", "LEFT", "CHANGED"
_CALLED = ("id", "key")


@dataclass(frozen=True)
class Item:
    """The item of a list that is called so."""

    id: str


Path: TypeAlias = tuple[str | Item, ...]


@dataclass(frozen=True)
class Part:
    """One thing in which two answers differ.

    An object that entered or left a list: `path` is the list's, `before` or `after` the object, the other one None, and
    `id` what it is called (empty where that is not known). Or a value that changed, at its path.
    """

    change: str
    path: Path
    before: Any = None
    after: Any = None
    id: str = ""


def written(value: Any) -> bytes:
    """A value as JSON, the same for equal ones."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def canonical(value: Any) -> Any:
    """A value with its lists of objects in an order of their own."""
    if isinstance(value, dict):
        return {name: canonical(each) for name, each in value.items()}
    if not isinstance(value, list):
        return value
    made = [canonical(each) for each in value]
    return sorted(made, key=written) if _are_objects(made) else made


def difference(before: Any, after: Any) -> list[Part]:
    """In what two answers differ: objects that entered and left first, then values.

    Nothing where they are equal but for the order of objects in lists.
    """
    found = _between(canonical(before), canonical(after), ())
    return sorted(found, key=lambda part: part.change == CHANGED)


def _between(before: Any, after: Any, path: Path) -> Iterator[Part]:
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for name, each in before.items():
            yield from _between(each, after[name], (*path, name))
    elif _are_objects(before) and _are_objects(after):
        yield from _of_lists(before, after, path)
    elif written(before) != written(after):
        yield Part(CHANGED, path, before, after)


def _of_lists(
    before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]], path: Path
) -> Iterator[Part]:
    old, new = _by_identity(before), _by_identity(after)
    if old is None or new is None:
        yield from _of_nameless(before, after, path)
        return
    for id_, each in old.items():
        if id_ not in new:
            yield Part(LEFT, path, before=each, id=id_)
    for id_, each in new.items():
        if id_ in old:
            yield from _between(old[id_], each, (*path, Item(id_)))
        else:
            yield Part(ENTERED, path, after=each, id=id_)


def _of_nameless(
    before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]], path: Path
) -> Iterator[Part]:
    old, new = Counter(map(written, before)), Counter(map(written, after))
    for each in (old - new).elements():
        yield Part(LEFT, path, before=orjson.loads(each))
    for each in (new - old).elements():
        yield Part(ENTERED, path, after=orjson.loads(each))


def _by_identity(items: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]] | None:
    """The items by what they are called; None where one is not, or two alike."""
    found = {called: each for each in items if (called := identity(each))}
    return found if len(found) == len(items) else None


def identity(item: Mapping[str, Any]) -> str:
    """What an object is called; empty where it does not say."""
    for name in _CALLED:
        if isinstance(called := item.get(name), str):
            return called
    node = item.get("node")
    return identity(node) if isinstance(node, dict) else ""


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)
