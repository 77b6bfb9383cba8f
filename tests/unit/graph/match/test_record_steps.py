"""The steps of matching records: kinds of columns, words, candidates, levels, cuts."""

from __future__ import annotations

import random

import numpy as np
import pytest

from graph.match.records.bags import Bags, Vocabulary
from graph.match.records.candidates import Candidates, between, within
from graph.match.records.columns import Kind, arranged, describe, kind_of, number_in
from graph.match.records.cutting import cut_between, groups, transitivity
from graph.match.records.levels import Grader
from graph.match.records.spellings import spellings
from graph.match.records.table import Table
from graph.match.records.words import letter_groups, tokens_of


def table(*rows: tuple[str, ...], columns: tuple[str, ...] = ("name", "street", "phone")) -> Table:
    return Table(columns, tuple(f"r{at}" for at in range(len(rows))), rows)


def shops(count: int) -> list[tuple[str, str, str]]:
    draw = random.Random("shops")
    words = ("Golden", "Silver", "Quiet", "Harbor", "Lantern", "Meadow", "Raven")
    return [
        (f"{draw.choice(words)} {draw.choice(words)} {at}", f"{at} Oak Street", "")
        for at in range(count)
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["Golden Harbor", "x"], Kind.TEXT),
        (["1999", "2003", "1987"], Kind.YEAR),
        (["1999.", "(2003).", "1987,"], Kind.YEAR),
        (["$12.50", "3.99", "1,299.00"], Kind.QUANTITY),
        (["12", "7", "123456"], Kind.QUANTITY),
        (["404/231-1368", "404-231-1368"], Kind.CODE),
        (["19800517", "19811231"], Kind.CODE),
        ([], Kind.EMPTY),
    ],
)
def test_kinds_of_columns(values: list[str], kind: Kind) -> None:
    assert kind_of(values) is kind


def test_columns_tell_what_things_are_called_and_where_they_are() -> None:
    columns = describe(
        [table(("Golden Harbor", "5 Oak Street", "x"), columns=("Title", "where", "City"))]
    )
    unnamed = describe(
        [table(("b", "Golden Harbor", "x"), ("b", "Silver Raven", "x"), columns=("a", "b", "c"))]
    )

    assert [(c.is_name, c.is_place, c.is_address) for c in columns] == [
        (True, False, False), (False, True, True), (False, True, False),
    ]  # fmt: skip
    assert [c.is_name for c in unnamed] == [False, True, False]
    assert not describe([table(("a", "b", "c"), columns=("x", "E-mail address", "y"))])[
        1
    ].is_address


def test_columns_are_brought_together_by_name_else_by_values() -> None:
    left = Table(
        ("http://x.example/onto#Name", "street", "only_left"), ("1",), (("a", "Oak Street", "1"),)
    )
    right = Table(("road", "name", "only right"), ("1",), (("Oak Street", "a", "2"),))

    one, other = arranged(left, right)

    assert one.columns == other.columns == (*left.columns, "only right")
    assert one.rows == (("a", "Oak Street", "1", ""),)
    assert other.rows == (("a", "Oak Street", "", "2"),)


def test_words_of_values() -> None:
    assert tokens_of("Sony PS-LX350H, 1,299.00 (W. 3rd St.)") == (
        "sony", "ps", "lx350h", "pslx350h", "1299", "00", "west", "3rd", "street",
    )  # fmt: skip
    assert letter_groups("a bc") == [" a ", "a b", " bc", "bc "]
    assert number_in("$1,299.50") == 1299.5
    assert number_in("about 3") is None


def test_spellings_are_found_both_ways() -> None:
    vocabulary = Vocabulary()
    for word in ("harbor", "harbour", "summit", "2001", "2002", "lanterns", "lnaternss"):
        vocabulary.add(word)

    near = spellings(vocabulary)

    found = {
        (a, list(vocabulary)[near.others[at]])
        for a, number in vocabulary.items()
        for at in range(near.starts[number], near.starts[number + 1])
    }
    assert found == {
        ("harbor", "harbour"), ("harbour", "harbor"), ("lanterns", "lnaternss"), ("lnaternss", "lanterns"),
    }  # fmt: skip


def test_bags_without_words() -> None:
    empty = Bags.of([[], []], 3)

    assert not empty.have(np.array([0, 1]), np.array([2, 2])).any()
    assert len(empty) == 2


def test_candidates_are_pairs_each_once_in_order() -> None:
    rows = table(*shops(30))

    inside, across = within(rows, 5), between(rows, rows, 3)

    assert (inside.left < inside.right).all()
    for found in (inside, across):
        pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
        assert pairs == sorted(set(pairs))
        assert (found.likeness > 0).all()
        assert (found.likeness <= 1 + 1e-9).all()
    assert {(n, n) for n in range(30)} <= set(
        zip(across.left.tolist(), across.right.tolist(), strict=True)
    )


def test_levels_say_how_far_values_agree() -> None:
    columns = ("name", "year", "price", "phone", "street")
    left = table(
        ("Golden Harbor", "1999", "10.00", "555-1234", "5 Oak Street"),
        ("Golden Harbor", "1999", "10.00", "555-1234", "Oak Street"),
        columns=columns,
    )
    right = table(
        ("Golden Harbour", "2000", "10.20", "555 1235", "7 Oak Street"),
        ("", "", "", "", ""),
        columns=columns,
    )
    pairs = between(left, right, 5)
    grader = Grader(left, right, describe([left, right]))

    grades = {g.feature: int(g.levels[0]) for g in grader.grades(pairs)}

    assert grades == {
        "name": 4,
        "year": 3,
        "price": 4,
        "phone": 2,
        "street": 3,
        "street, numbers": 1,
    }
    assert grader.names(pairs).tolist() == [4, 4]


def test_what_many_have_tells_less_than_what_few_have() -> None:
    rows = table(*[("Common Cafe",)] * 6, ("Rare Cafe",), ("Rare Cafe",), columns=("name",))
    pairs = within(rows, 7)
    (names,) = Grader(rows, rows, describe([rows])).grades(pairs)

    levels = dict(
        zip(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True), names.levels, strict=True)
    )
    assert (levels[0, 1], levels[6, 7]) == (5, 6)


def test_without_columns_that_name_things_there_are_no_names() -> None:
    numbers = table(("1", "2", "3"), ("4", "5", "6"))
    pairs = within(numbers, 5)

    assert Grader(numbers, numbers, describe([numbers])).names(pairs).tolist() == [0] * len(pairs)


def test_the_cut_lies_above_what_is_wrong_whoever_is_alone() -> None:
    draw = random.Random("cut")
    # Thirty records have a partner and a wrong candidate, thirty only wrong ones.
    right_pairs = [(at, at, 10 + draw.random()) for at in range(30)]
    wrong_pairs = [(at, draw.randrange(60), draw.gauss(0, 1)) for at in range(60) for _ in range(4)]
    known = {(a, b): score for a, b, score in (*wrong_pairs, *right_pairs)}
    pairs = Candidates(
        np.array([a for a, _ in known]), np.array([b for _, b in known]), np.ones(len(known))
    )
    scores = np.array(list(known.values()))

    taken = cut_between(pairs, scores, 60)

    assert {(int(pairs.left[at]), int(pairs.right[at])) for at in taken} == {
        (n, n) for n in range(30)
    }
    only = pairs.where(scores >= 10)
    assert len(cut_between(only, scores[scores >= 10], 60)) == 30


def test_being_one_is_transitive() -> None:
    triangle = Candidates(np.array([0, 0, 1, 2]), np.array([1, 2, 2, 3]), np.ones(4))

    assert transitivity(triangle, np.array([0, 1, 2])) == 1
    assert transitivity(triangle, np.array([0, 1, 2, 3])) < 1
    assert groups(triangle, np.array([0.9, 0.9, 0.9, 0.2]), 4) == [[0, 1, 2]]
    assert groups(triangle, np.array([0.9, 0.0, 0.6, 0.2]), 4) == [[0, 1]]
