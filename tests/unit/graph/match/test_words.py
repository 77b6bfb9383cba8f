"""Words in forms that spellings share."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.match.words import (
    aligned,
    edits_allowed,
    latin,
    sound,
    spelling,
    word_similarity,
    words_of,
)

WORDS = st.lists(
    st.sampled_from(["anna", "ana", "anne", "hannah", "smith", "smyth", "12"]), max_size=4
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Владимир Путин", ("vladimir", "putin")),
        ("習近平", ("xi", "jin", "ping")),
        ("Müller & Söhne", ("muller", "sohne")),
        ("O'Neil U.S. Steel", ("oneil", "us", "steel")),
        ("Ørsted", ("orsted",)),
        ("Γεώργιος", ("georgios",)),
        ("ßüß", ("ssuss",)),
        ("  ", ()),
        ("😀 42", ("42",)),
    ],
)
def test_words_are_in_latin_letters(text: str, expected: tuple[str, ...]) -> None:
    assert words_of(text) == expected


def test_what_has_no_latin_letters_is_kept() -> None:
    assert latin("\ue000x") == "\ue000x"


@given(st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_forms_do_not_change_when_made_again(text: str) -> None:
    assert latin(latin(text)) == latin(text)
    for word in words_of(text):
        assert words_of(word) == (word,)
        assert spelling(spelling(word)) == spelling(word)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("mueller", "muller", 0.95),
        ("smith", "smyth", 0.95),
        ("yusuf", "iusuf", 0.95),
        ("petrenko", "petrenka", 0.875),
        ("aleksandr", "alexander", 0.889),
        ("2019", "2018", 0.0),
        ("jon", "jan", 0.0),
        ("ivanov", "sidorov", 0.0),
        ("a", "abcdefg", 0.0),
    ],
)
def test_how_alike_words_are(left: str, right: str, expected: float) -> None:
    assert word_similarity(left, right) == pytest.approx(expected, abs=1e-3)


def test_names_that_sound_alike_have_one_sound() -> None:
    assert len({sound(w) for w in ("mohammed", "muhammad", "mohamed")}) == 1
    assert len({sound(w) for w in ("schmidt", "schmitt", "smit")}) == 1
    assert sound("ivanov") != sound("petrov")


def test_the_longer_a_word_the_more_edits() -> None:
    assert [edits_allowed(n) for n in (3, 4, 7, 8)] == [0, 1, 1, 2]


@given(WORDS, WORDS)
@settings(deadline=None)
def test_aligning_is_the_same_from_either_side(left: list[str], right: list[str]) -> None:
    one, other = aligned(left, right), aligned(right, left)

    assert sorted((*sorted(p[:2]), p[2]) for p in one.pairs) == sorted(
        (*sorted(p[:2]), p[2]) for p in other.pairs
    )
    assert sorted(one.left) == sorted(other.right)
    assert len(one.pairs) * 2 + len(one.left) + len(one.right) == len(left) + len(right)


@given(st.text("abchz", max_size=9), st.text("abchz", max_size=9))
@settings(deadline=None)
def test_similarity_is_symmetric_and_between_0_and_1(left: str, right: str) -> None:
    assert 0 <= word_similarity(left, right) == word_similarity(right, left) <= 1
