"""Labelled sets are read in every form they come in; and matched without training as well as they have been."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench._kit.labelled import FOLDER, LabelledSet, labelled_sets
from bench._kit.naming import NamePairs, name_pairs
from bench._kit.plain import plain
from bench.match import f1
from graph.match.records.resolve import deduplicate, link

SETS = {each.name: each for each in labelled_sets()} if FOLDER.is_dir() else {}


def write(folder: Path, **files: str) -> LabelledSet:
    place = folder / "set"
    place.mkdir()
    for name, text in files.items():
        (place / f"{name}.csv").write_text(text, "utf-8")
    (found,) = labelled_sets(folder)
    return found


def test_two_tables_and_their_pairs(tmp_path: Path) -> None:
    found = write(
        tmp_path,
        a="id|name\n0|x\n1|y\n2|z\n",
        b='id|name\n0|"x, y"\n5|y\n',
        gt="D1|D2\n2|0\n1|5\n",
    )

    assert found.left.rows == (("x",), ("y",), ("z",))
    assert found.right is not None
    assert found.right.rows == (("x, y",), ("y",))
    assert found.pairs == {("2", "0"), ("1", "5")}
    assert found.size == 3


def test_the_left_table_is_the_one_that_the_pairs_name_first(tmp_path: Path) -> None:
    found = write(tmp_path, a="id%n\n0%x\n1%z\n", b="id%n\n0%x\n1%z\n9%y\n", the_gt="D1%D2\n9%0\n")

    assert found.left.ids == ("0", "1", "9")
    assert found.pairs == {("9", "0")}


def test_one_table_and_its_pairs_without_a_heading(tmp_path: Path) -> None:
    found = write(tmp_path, a="Entity Id|name|\n7|x|\n3|y|\n", a_gt="3|7\n")

    assert found.right is None
    assert found.left.columns == ("name",)
    assert found.pairs == {("7", "3")}


@pytest.mark.parametrize(
    "text",
    [
        "unique_id,name,cluster\n1,x,A\n2,y,B\n3,z,A\n",
        "name, unique_id\n\"x\", 'A'\ny, 'B'\nz, 'A'\n",
        "rec_id, name\nrec-1-org, x\nrec-2-org, y\nrec-1-dup-0, z\n",
        "True Id,Id,name\nA,1,x\nB,2,y\nA,3,z\n",
    ],
)
def test_one_table_with_groups(tmp_path: Path, text: str) -> None:
    found = write(tmp_path, a=text)

    assert found.left.rows == (("x",), ("y",), ("z",))
    assert found.pairs == {("0", "2")}


def test_what_is_no_set_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "nicknames").mkdir()
    (tmp_path / "nicknames" / "names.csv").write_text("name1,name2\na,b\n")

    assert list(labelled_sets(tmp_path)) == []
    assert list(labelled_sets(tmp_path / "nowhere")) == []


def test_rapidfuzz_alone(tmp_path: Path) -> None:
    rows = [
        f"{at}|{word} {word[::-1]} cafe\n"
        for at, word in enumerate(("golden", "silver", "quiet", "rapid"))
    ]
    text = "id|name\n" + "".join(rows)
    found = write(tmp_path, a=text, b=text, gt="D1|D2\n0|0\n1|1\n2|2\n3|3\n")

    assert plain(found) == found.pairs
    assert f1(plain(found), found.pairs) == 1
    assert f1(frozenset({("0", "0"), ("0", "1")}), found.pairs) == pytest.approx(1 / 3)


def test_names_are_ranked(tmp_path: Path) -> None:
    found = write(
        tmp_path, a="given_name,surname,cluster\nJane,Doe,A\nJane,Do,A\nJohn,Roe,B\nJohn,,C\n"
    )

    pairs = name_pairs(found)

    assert pairs is not None
    assert pairs.schema == "Person"
    assert ("Jane Doe", "Jane Do") in pairs.pairs
    ranked = NamePairs("x", "Company", (("a", "b"), ("a", "c"), ("b", "c")), (True, False, True))
    assert ranked.precision([0.9, 0.8, 0.7]) == pytest.approx((1 + 2 / 3) / 2)
    assert ranked.precision([0.5, 0.5, 0.5]) == pytest.approx(2 / 3)
    assert ranked.ours() == [0, 0, 0]


@pytest.mark.parametrize(
    ("name", "least"),
    [("febrl1", 1.0), ("restaurants-oaei", 0.86), ("fodors-zagat", 0.94), ("abt-buy", 0.95)],
)
def test_labelled_sets_are_matched_as_well_as_before(name: str, least: float) -> None:
    if name not in SETS:
        pytest.skip("the labelled sets lie beside the project, and are not there")
    each = SETS[name]

    found = link(each.left, each.right) if each.right else deduplicate(each.left)

    ids = [table.ids for table in found.tables]
    merged = {
        (ids[0][found.candidates.left[at]], ids[1][found.candidates.right[at]])
        for at in found.cut.certain.tolist()
    }
    assert f1(found.pairs, each.pairs) >= least
    assert merged <= each.pairs
