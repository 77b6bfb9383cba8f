"""How two answers differ: what is said of it is all of it, and nothing where they are equal."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graph.watches.difference import (
    CHANGED,
    ENTERED,
    LEFT,
    Item,
    Part,
    canonical,
    difference,
    identity,
    written,
)
from graph.watches.telling import (
    LONGEST_VALUE,
    MOST_CHARACTERS,
    MOST_PARTS,
    path_text,
    summary,
)

VALUES = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2)
NAMES = st.sampled_from(["id", "key", "node", "nodes", "a", "b c"])
ANSWERS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=25,
)


def applied(before: Any, parts: Sequence[Part]) -> Any:
    """What becomes of an answer by what is said to differ."""
    root = [canonical(before)]
    for part in parts:
        holder, place = _place(root, part)
        if part.change == CHANGED:
            assert written(holder[place]) == written(part.before)
            holder[place] = part.after
        elif part.change == ENTERED:
            holder[place].append(part.after)
        else:
            holder[place].remove(
                next(each for each in holder[place] if written(each) == written(part.before))
            )
    return canonical(root[0])


def _place(root: Any, part: Part) -> tuple[Any, Any]:
    """The container and the index at which a part is, in an answer that is changed where it lies."""
    holder, place = root, 0
    for step in part.path:
        holder = holder[place]
        if isinstance(step, Item):
            place = next(n for n, each in enumerate(holder) if identity(each) == step.id)
        else:
            place = step  # type: ignore[assignment]
    return holder, place


def mixed(value: Any, draw: random.Random) -> Any:
    """The same with its lists of objects in another order."""
    if isinstance(value, dict):
        return {name: mixed(each, draw) for name, each in value.items()}
    if not isinstance(value, list):
        return value
    made = [mixed(each, draw) for each in value]
    if all(isinstance(each, dict) for each in made):
        draw.shuffle(made)
    return made


def _ids_first(parts: Sequence[Part]) -> list[Part]:
    """Parts that change what objects are called are applied last: until then they are found by it."""
    return sorted(parts, key=lambda part: part.path[-1:] in (("id",), ("key",), ("node",)))


@given(ANSWERS, ANSWERS)
def test_the_difference_makes_one_answer_of_the_other(before: Any, after: Any) -> None:
    assert applied(before, _ids_first(difference(before, after))) == canonical(after)


@given(ANSWERS, st.randoms())
def test_equal_answers_differ_in_nothing(answer: Any, draw: random.Random) -> None:
    assert difference(answer, mixed(answer, draw)) == []


@given(ANSWERS, ANSWERS)
def test_the_difference_is_empty_only_where_they_are_equal(before: Any, after: Any) -> None:
    is_equal = written(canonical(before)) == written(canonical(after))
    assert (difference(before, after) == []) == is_equal


def test_objects_are_one_by_what_they_are_called() -> None:
    before = {"a": {"edges": [{"node": {"id": "1", "n": 1}}, {"node": {"id": "2", "n": 1}}]}}
    after = {"a": {"edges": [{"node": {"id": "3", "n": 1}}, {"node": {"id": "1", "n": 2}}]}}
    parts = difference(before, after)
    assert parts == [
        Part(LEFT, ("a", "edges"), before={"node": {"id": "2", "n": 1}}, id="2"),
        Part(ENTERED, ("a", "edges"), after={"node": {"id": "3", "n": 1}}, id="3"),
        Part(CHANGED, ("a", "edges", Item("1"), "node", "n"), 1, 2),
    ]
    assert [path_text(part.path) for part in parts] == ["a.edges", "a.edges", "a.edges[1].node.n"]


def test_what_does_not_say_who_it_is_is_one_with_its_equal() -> None:
    before = [{"port": 25}, {"port": 443}, {"port": 443}]
    assert difference(before, [{"port": 443}, {"port": 25}, {"port": 80}]) == [
        Part(LEFT, (), before={"port": 443}),
        Part(ENTERED, (), after={"port": 80}),
    ]
    # One called as another is no reason to lose either.
    twice = [{"id": "1", "n": 1}, {"id": "1", "n": 2}]
    assert difference([{"id": "1", "n": 1}], twice) == [Part(ENTERED, (), after=twice[1])]
    assert difference(["a", "b"], ["b", "a"]) == [Part(CHANGED, (), ["a", "b"], ["b", "a"])]
    assert difference(1, True) == [Part(CHANGED, (), 1, True)]


def test_what_is_kept_is_bounded_and_all_is_counted() -> None:
    many = [{"id": str(n), "title": f"number {n}"} for n in range(MOST_PARTS + 5)]
    told = summary(difference({"l": [], "n": 1}, {"l": many, "n": 2}))
    assert (told.entered, told.left, told.changed) == (MOST_PARTS + 5, 0, 1)
    assert len(told.parts) == MOST_PARTS
    assert told.parts[0]["caption"].startswith("number ")
    long = [{"id": "1", "node": {"caption": "x" * LONGEST_VALUE}}]
    [cut] = summary(difference([], long)).parts
    assert (cut["is_cut"], cut["after"], cut["caption"]) == (True, None, "x" * 200)
    large = [{"id": str(n), "a": "x" * (LONGEST_VALUE - 50)} for n in range(50)]
    parts = summary(difference([], large)).parts
    assert 0 < sum(not each["is_cut"] for each in parts) < len(parts)
    assert (
        sum(len(written(each["after"])) for each in parts if not each["is_cut"]) <= MOST_CHARACTERS
    )


def test_names_that_are_no_names_are_told_as_texts() -> None:
    assert path_text(("values", "a.b", Item("1"), "c")) == 'values["a.b"][1].c'
