"""Records of any fields: columns get kinds, pairs get levels, what agrees is weighed without training."""

from __future__ import annotations

import random

import numpy as np
import pytest

from graph.errors import InvalidFact
from graph.match.records import evidence, resolve
from graph.match.records.evidence import Weights
from graph.match.records.levels import CODE_LEVELS, YEAR_LEVELS, Graded
from graph.match.records.resolve import Resolution, deduplicate, link
from graph.match.records.table import Table
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


def test_another_year_disputes_however_near() -> None:
    """Editions of a text have title and authors in common, and are a year apart."""
    columns = [
        Graded(name, at, np.array([4, 4, 4]), CODE_LEVELS)
        for at, name in enumerate(("a", "b", "c"))
    ]
    years = Graded("year", 3, np.array([0, 3, 4]), YEAR_LEVELS)
    told = np.array([0.0, -3.0, -0.5, 1.0, 2.0])
    weights = Weights(0.0, (told,) * 4, np.array([0.0]), np.array([0.0]))

    assert weights.is_certain([*columns, years], 3).tolist() == [True, False, True]


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
