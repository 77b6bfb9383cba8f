"""What kind of values a column has, as far as its values and name tell; which columns of two tables belong together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from graph.match.records.table import Table
from graph.match.words import words_of

_SAMPLE = 2_000  # values that are looked at
_NUMBER = re.compile(r"\W*(\d[\d,]*(?:\.\d+)?)\W*")
_DIGITS = re.compile(r"[\d\s()+.,/-]*\d[\d\s()+.,/-]*")
_NAMED = re.compile(r"name|title|label|company|organi[sz]ation|\bsite\b")
_ADDRESS = re.compile(r"(?<!mail )(?<!web )(?<!ip )\baddr|street")
_PLACED = re.compile(
    r"city|town|suburb|county|state|country|\bzip\b|postal|postcode|neighbo|location|place"
)
_FIRST_YEAR, _LAST_YEAR = 1500, 2100


class Kind(StrEnum):
    """How values of a column are compared."""

    EMPTY = "EMPTY"
    TEXT = "TEXT"
    CODE = "CODE"  # digits that stand for something: telephone, postal code, day of birth
    QUANTITY = "QUANTITY"  # a price, a count, a size
    YEAR = "YEAR"


@dataclass(frozen=True)
class Column:
    """A column: its name and kind; whether it says what a thing is called, or where it is, to the house or not."""

    name: str
    kind: Kind
    is_name: bool = False
    is_place: bool = False
    is_address: bool = False


def describe(tables: Sequence[Table]) -> tuple[Column, ...]:
    """The columns of tables that have the same ones."""
    values = [
        [text for table in tables for text in table.column(number)[:_SAMPLE] if text.strip()]
        for number in range(len(tables[0].columns))
    ]
    kinds = [kind_of(each) for each in values]
    folded = [" ".join(words_of(name.replace("_", " "))) for name in tables[0].columns]
    houses = [
        bool(_ADDRESS.search(name)) or _begin_with_numbers(each)
        for name, each in zip(folded, values, strict=True)
    ]
    places = [
        house or bool(_PLACED.search(name)) for name, house in zip(folded, houses, strict=True)
    ]
    texts = [n for n, kind in enumerate(kinds) if kind is Kind.TEXT and not places[n]]
    named = [n for n in texts if _NAMED.search(folded[n])]
    if not named and texts:
        named = [max(texts, key=lambda n: (len(set(values[n])), -n))]
    return tuple(
        Column(name, kinds[n], n in named, places[n], houses[n])
        for n, name in enumerate(tables[0].columns)
    )


def kind_of(values: Sequence[str]) -> Kind:
    """The kind of filled values."""
    if not values:
        return Kind.EMPTY
    if _share(bool(_DIGITS.fullmatch(_bare(value))) for value in values) < 0.85:
        return Kind.TEXT
    digits = ["".join(re.findall(r"\d", value)) for value in values]
    if (
        _share("." in _bare(v) or "$" in v for v in values) > 0.2
        and _share(_NUMBER.fullmatch(v.strip()) is not None for v in values) > 0.8
    ):
        return Kind.QUANTITY
    if _share(len(d) == 4 and _FIRST_YEAR <= int(d) <= _LAST_YEAR for d in digits) > 0.9:
        return Kind.YEAR
    usual = sorted(map(len, digits))[len(digits) // 2]
    is_even = _share(len(d) == usual for d in digits) > 0.75
    return Kind.CODE if usual >= 4 and is_even else Kind.QUANTITY


def number_in(value: str) -> float | None:
    """The number that a value is, whatever currency stands beside it; else None."""
    match = _NUMBER.fullmatch(value.strip())
    return float(match[1].replace(",", "")) if match else None


def code_in(value: str) -> str:
    """A code without what groups its digits."""
    return "".join(re.findall(r"[^\W_]+", value)).lower()


def arranged(left: Table, right: Table) -> tuple[Table, Table]:
    """Both tables with the same columns in the same order: those of the left, then what only the right has.

    Columns belong together where their names do, but for case, separators and what stands before # or / in a URL; else
    where no other has a name of its own and most of their values are the same.
    """
    names = [_local(name) for name in left.columns]
    others = [_local(name) for name in right.columns]
    places: list[int | None] = [others.index(n) if n in others else None for n in names]
    free = [n for n in range(len(others)) if n not in places]
    for number, place in enumerate(places):
        if place is None and free:
            nearest = max(free, key=lambda other: (_overlap(left, number, right, other), -other))
            if _overlap(left, number, right, nearest) >= 0.2:
                places[number] = nearest
                free.remove(nearest)
    shown = [*left.columns, *(right.columns[n] for n in free)]
    own: list[int | None] = [*range(len(left.columns)), *(None for _ in free)]
    return left.arranged(own, shown), right.arranged([*places, *free], shown)


def _overlap(left: Table, number: int, right: Table, other: int) -> float:
    """How much of the fewer words of two columns the other has, too (words of at least three letters or digits)."""
    one, two = (
        {w for text in table.column(n)[:_SAMPLE] for w in words_of(text) if len(w) > 2}
        for table, n in ((left, number), (right, other))
    )
    return len(one & two) / min(len(one), len(two)) if one and two else 0.0


def _local(name: str) -> str:
    return " ".join(words_of(re.split(r"[#/]", name.strip())[-1].replace("_", " ")))


def _begin_with_numbers(values: Sequence[str]) -> bool:
    return _share(re.match(r"\s*\d+\w*[\s,]+\D", value) is not None for value in values) > 0.5


def _bare(value: str) -> str:
    return re.sub(r"^\W+|\W+$", "", value)


def _share(flags: object) -> float:
    listed = list(flags)  # type: ignore[call-overload]
    return sum(listed) / len(listed) if listed else 0.0
