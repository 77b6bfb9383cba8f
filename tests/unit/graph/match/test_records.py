"""Records of any fields: columns get kinds, pairs get levels, what agrees is weighed without training."""

from __future__ import annotations

import random

import numpy as np
import pytest

from graph.errors import InvalidFact
from graph.match.records import evidence, resolve
from graph.match.records.bags import Bags, Vocabulary
from graph.match.records.candidates import Candidates, between, within
from graph.match.records.columns import Kind, arranged, describe, kind_of, number_in
from graph.match.records.cutting import cut_between, groups, transitivity
from graph.match.records.evidence import Weights
from graph.match.records.levels import CODE_LEVELS, Graded, Grader
from graph.match.records.resolve import Resolution, deduplicate, link
from graph.match.records.spellings import spellings
from graph.match.records.table import Table
from graph.match.records.words import letter_groups, tokens_of
from graph.match.score import Decision, logistic

ADJECTIVES = (
    "Golden",
    "Silver",
    "Quiet",
    "Rapid",
    "Northern",
    "Ancient",
    "Crystal",
    "Hidden",
    "Velvet",
    "Bitter",
)
NOUNS = (
    "Harbor",
    "Lantern",
    "Meadow",
    "Summit",
    "Orchard",
    "Falcon",
    "Anchor",
    "Bridge",
    "Garden",
    "Raven",
)
STREETS = ("Oak Street", "Mill Road", "Church Lane", "Station Road", "High Street", "Park Avenue")


def table(*rows: tuple[str, ...], columns: tuple[str, ...] = ("name", "street", "phone")) -> Table:
    return Table(columns, tuple(f"r{at}" for at in range(len(rows))), rows)


def shops(count: int = 60) -> tuple[tuple[str, str, str], ...]:
    draw = random.Random("shops")
    named = [(a, n) for a in ADJECTIVES for n in NOUNS]
    draw.shuffle(named)
    return tuple(
        (
            f"{a} {n} Cafe",
            f"{at} {draw.choice(STREETS)}",
            f"555-{draw.randint(1000, 9999)}",
        )
        for at, (a, n) in enumerate(named[:count], 1)
    )


def misspelt(row: tuple[str, str, str]) -> tuple[str, str, str]:
    name, street, phone = row
    return (
        name.replace("Golden", "Goldn").replace("Harbor", "Harbour").replace(" Cafe", ""),
        street.replace("Street", "St").replace("Road", "Rd."),
        phone.replace("-", " "),
    )


def linked() -> tuple[Table, Table, Resolution]:
    rows = shops()
    left = table(*rows[:40])
    right = table(*(misspelt(row) for row in rows[20:]))
    return left, right, link(left, right)


def test_two_tables_are_linked() -> None:
    _, _, found = linked()

    assert found.pairs == {(f"r{at}", f"r{at - 20}") for at in range(20, 40)}


def test_every_match_is_explained_by_parts_that_add_up() -> None:
    _, _, found = linked()

    matches = list(found.matches())
    assert len(matches) == 20
    assert [m.verdict.log_odds for m in matches] == sorted(
        (m.verdict.log_odds for m in matches), reverse=True
    )
    for match in matches:
        verdict = match.verdict
        assert verdict.log_odds == pytest.approx(
            verdict.prior + sum(part.adds for part in verdict.parts)
        )
        assert verdict.score == pytest.approx(logistic(verdict.log_odds))
        assert {part.feature for part in verdict.parts} >= {"whole record", "name", "phone"}
        assert all(0 <= part.comparison.similarity <= 1 for part in verdict.parts)
    for at in found.cut.taken.tolist():
        assert found.match(at).verdict.log_odds == pytest.approx(float(found.learnt.log_odds[at]))


def test_what_is_certain_is_accepted_and_what_is_not_taken_rejected() -> None:
    rows = shops()
    copied = link(table(*rows), table(*rows))

    decisions = {copied.match(at).verdict.decision for at in copied.cut.certain.tolist()}
    others = set(range(len(copied.candidates))) - set(copied.cut.taken.tolist())
    assert copied.pairs == {(f"r{at}", f"r{at}") for at in range(len(rows))}
    assert decisions == {Decision.ACCEPT}
    assert {copied.match(at).verdict.decision for at in list(others)[:5]} == {Decision.REJECT}
    _, _, apart = linked()
    assert {m.verdict.decision for m in apart.matches()} >= {Decision.REVIEW}


def test_the_same_records_give_the_same_pairs() -> None:
    left, right, found = linked()

    again = link(left, right)
    assert again.pairs == found.pairs
    assert np.array_equal(again.learnt.log_odds, found.learnt.log_odds)


def test_one_tables_duplicates_are_grouped() -> None:
    rows = shops()
    twice = [*rows, *(misspelt(row) for row in rows[:12]), rows[0]]

    found = deduplicate(table(*twice))

    pairs = {(f"r{at}", f"r{60 + at}") for at in range(12)} | {("r0", "r72"), ("r60", "r72")}
    assert found.pairs == pairs
    assert {m.verdict.decision for m in found.matches()} <= {Decision.ACCEPT, Decision.REVIEW}


def test_neighbours_at_one_place_are_not_one() -> None:
    columns = ("name", "street", "phone", "city", "price")
    rows = [(*row, "London", str(at)) for at, row in enumerate(shops())]
    neighbours = [("Blue Pelican Bistro", street, "", "London", "") for _, street, *_ in rows[:8]]

    found = deduplicate(table(*rows, *neighbours, columns=columns))

    crossing = [
        at
        for at, (a, b) in enumerate(zip(found.candidates.left, found.candidates.right, strict=True))
        if a < 60 <= b and b - 60 == a
    ]
    assert crossing
    assert not {(f"r{at}", f"r{60 + at}") for at in range(8)} & found.pairs
    for at in crossing:
        (veto,) = found.match(at).verdict.vetoes
        assert "nothing rare agrees but where they are" in veto.reason


def test_where_nothing_is_transitive_the_fewest_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "_TRANSITIVE", 2.0)
    rows = shops()

    found = deduplicate(table(*rows, *map(misspelt, rows[:12])))

    assert found.learnt.weights.prior == pytest.approx(np.log(0.001 / 0.999))
    assert found.pairs <= {(f"r{at}", f"r{60 + at}") for at in range(12)}


def test_more_agreement_never_tells_less() -> None:
    _, _, found = linked()

    for told in (
        *(each[1:] for each in found.learnt.weights.levels),
        found.learnt.weights.likeness,
    ):
        assert (np.diff(told) >= 0).all()
    seen = np.array([1, 1, 2, 2, 3, 3])
    told = evidence._weights(seen, np.array([0.9, 0.8, 0.1, 0.1, 0.9, 0.9]), 3)
    assert told[0] == told[1] < told[2]


def test_three_columns_make_certain_unless_one_disputes() -> None:
    columns = [
        Graded(name, at, np.array([4, 4, 4, level]), CODE_LEVELS)
        for at, (name, level) in enumerate((("a", 4), ("b", 4), ("c", 4), ("d", 1)))
    ]
    columns[2] = Graded("c", 2, np.array([4, 4, 0, 4]), CODE_LEVELS)
    columns[3] = Graded("d", 3, np.array([0, 2, 0, 1]), CODE_LEVELS)
    told = np.array([0.0, -3.0, -0.5, 1.0, 2.0])
    weights = Weights(0.0, (told,) * 4, np.array([0.0]), np.array([0.0]))

    assert weights.is_certain(columns, 3).tolist() == [True, True, False, False]


def test_learning_ends_though_nothing_settles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_ROUNDS", 1)

    _, _, found = linked()

    assert len(found.pairs) >= 15


def test_fragments_are_not_taken_by_themselves() -> None:
    rows = shops()
    fragments = (("", "12 Unusual Crescent", ""), ("Paris", "", ""))

    found = link(table(*rows[:40], *fragments), table(*map(misspelt, rows[20:]), *fragments))

    assert {(f"r{at}", f"r{at - 20}") for at in range(20, 40)} <= found.pairs
    assert not {("r40", "r40"), ("r41", "r41")} & found.pairs


def test_a_table_of_names_alone_has_no_fragments() -> None:
    names = [(name,) for name, *_ in shops()]
    twice = table(*names, *((f"{name} ",) for (name,) in names[:12]), columns=("name",))

    assert deduplicate(twice).pairs == {(f"r{at}", f"r{60 + at}") for at in range(12)}


@pytest.mark.parametrize("rows", [(), (("a", "b", "c"),), (("", "", ""), ("", "", ""))])
def test_tables_with_next_to_nothing(rows: tuple[tuple[str, str, str], ...]) -> None:
    few = table(*rows)

    assert deduplicate(few).pairs == frozenset()
    assert list(link(few, table()).matches()) == []
    assert len(link(few, few).pairs) <= len(rows)


def test_a_table_has_an_id_for_each_row_and_a_value_for_each_column() -> None:
    with pytest.raises(InvalidFact, match="an id of its own"):
        Table(("a",), ("1", "1"), (("x",), ("y",)))
    with pytest.raises(InvalidFact, match="a row has 2 values, the table 1"):
        Table(("a",), ("1",), (("x", "y"),))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["Golden Harbor", "x"], Kind.TEXT),
        (["1999", "2003", "1987"], Kind.YEAR),
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
