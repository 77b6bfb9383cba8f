"""Names of companies and of people."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.match.names import (
    body_name,
    compare_first_words,
    compare_legal_forms,
    compare_names,
    initials,
)
from graph.match.people import (
    compare_people,
    family_sounds,
    part_similarity,
    person_name,
)

BODIES = st.lists(
    st.sampled_from(
        ["Acme", "Holdings", "2", "North", "South", "of", "GmbH", "Müller", "GROUP", "Datadog"]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
PEOPLE = st.lists(
    st.sampled_from(
        ["Jane", "Doe", "J.", "Dr.", "Jr", "al", "Fayed", "Alfayed", "Иван", "Bill", "William", "x"]
    ),
    max_size=4,
).map(" ".join)


@pytest.mark.parametrize(
    ("left", "right", "least"),
    [
        ("Müller & Söhne GmbH", "MUELLER UND SOEHNE", 0.94),
        ("Acme Holdings Ltd", "Acme Holding Limited", 1),
        ("Data Dog Inc", "DataDog, Inc.", 0.97),
        ("ООО Ромашка", "OOO Romashka", 1),
        ("株式会社サンプル", "サンプル", 1),
        ("Bank of America", "America Bank", 0.95),
        ("Siemens AG", "Seimens AG", 0.85),
        ("International Business Machines Corp", "IBM", 0.8),
        ("First Bank Int'l", "1st International Bank", 0.99),
        ("OAO Gazprom", "Open Joint Stock Company Gazprom", 0.75),
        ("Al Qaeda", "Al Qa'ida", 0.8),
    ],
)
def test_names_of_one_body(left: str, right: str, least: float) -> None:
    assert compare_names(body_name(left), body_name(right)).similarity >= least


@pytest.mark.parametrize(
    ("left", "right", "most"),
    [
        ("Acme Holdings 2 Ltd", "Acme Holdings 3 Ltd", 0.6),
        ("Foo North Ltd", "Foo South Ltd", 0.6),
        ("First National Bank", "Second National Bank", 0.6),
        ("Government of Estonia", "Government of Ethiopia", 0.6),
        ("Volkswagen Aktiengesellschaft", "Siemens Aktiengesellschaft", 0.2),
        ("Apple Inc", "Apple Computer Inc", 0.7),
        ("!!!", "???", 0),
    ],
)
def test_names_of_two_bodies(left: str, right: str, most: float) -> None:
    assert compare_names(body_name(left), body_name(right)).similarity <= most


def test_reasons_say_what_was_found() -> None:
    def reason(left: str, right: str) -> str:
        return compare_names(body_name(left), body_name(right)).reason

    assert reason("Acme Foo", "Foo Acme") == "the same words in another order"
    assert reason("Acme Foo", "Acme") == "one has words more than the other"
    assert reason("Acme Foo", "Acme Bar") == "some words in common"
    assert reason("Acme", "Bar") == "no word in common"
    assert reason("Siemens", "Seimens") == "words spelt a little differently"


def test_a_name_that_is_only_a_form_keeps_it() -> None:
    assert body_name("Aktsionernoe Obshchestvo").words == ("aktsionernoe", "obshchestvo")
    assert body_name("!!!").words == body_name("").words == ()
    assert initials(body_name("Bank of New York")) == "bny"


def test_first_words_and_legal_forms() -> None:
    acme, other, bare = body_name("The Acme GmbH"), body_name("Acne AG"), body_name("of")

    found = compare_first_words(acme, other)
    assert found is not None
    assert 0.8 < found.similarity < 1
    assert compare_first_words(acme, bare) is None
    same, different = compare_legal_forms(acme, acme), compare_legal_forms(acme, other)
    assert same is not None
    assert different is not None
    assert (same.similarity, different.similarity) == (1, 0)
    assert compare_legal_forms(acme, bare) is None


@given(BODIES, BODIES)
@settings(deadline=None)
def test_comparing_bodies_is_symmetric(left: str, right: str) -> None:
    one, other = body_name(left), body_name(right)
    found, turned = compare_names(one, other), compare_names(other, one)

    assert found.similarity == pytest.approx(turned.similarity)
    assert found.reason == turned.reason
    assert 0 <= found.similarity <= 1
    assert compare_names(one, one).similarity == 1


@pytest.mark.parametrize(
    ("left", "right", "least"),
    [
        ("Doe, Jane", "Jane Doe", 1),
        ("Doe Jane", "Jane Doe", 0.98),
        ("Владимир Путин", "Vladimir Putin", 1),
        ("Dr. William Henry Gates III", "Bill Gates", 0.74),
        ("J. Doe", "Jane Doe", 0.79),
        ("Mohammed Al-Fayed", "Muhammad Alfayed", 0.84),
        ("Sergey Lavrov", "Sergei Viktorovich Lavrov", 0.85),
        ("Usama bin Laden", "Osama Bin Ladin", 0.75),
        ("SergeiLavrov", "Sergei Lavrov", 0.95),
        ("Ig0r Sech1n", "Igor Sechin", 1),
        ("Adam Jsneo", "Adam Jones", 0.8),
        ("Riley King", "Riley King", 1),
        ("Jane Doe PhD", "Ms Jane Doe", 1),
    ],
)
def test_names_of_one_person(left: str, right: str, least: float) -> None:
    assert compare_people(person_name(left), person_name(right)).similarity >= least


@pytest.mark.parametrize(
    ("left", "right", "most"),
    [
        ("John Smith", "James Smith", 0.7),
        ("Jane Smith", "Jane Jones", 0.6),
        ("John Smith Jr", "John Smith Sr", 0.6),
        ("Putin", "Vladimir Putin", 0.7),
        ("J. D.", "Jane Doe", 0.3),
        ("Barack Obama", "George Hussein Onyango Obama", 0.6),
        ("Paul Murphy", "Pol Pot", 0.6),
        ("", "Jane Doe", 0),
        ("Doe, Jane", "Roe, Jane", 0.5),
    ],
)
def test_names_of_two_people(left: str, right: str, most: float) -> None:
    assert compare_people(person_name(left), person_name(right)).similarity <= most


def test_reasons_of_people_say_what_was_found() -> None:
    def reason(left: str, right: str) -> str:
        return compare_people(person_name(left), person_name(right)).reason

    assert reason("Jane Doe", "Jane Mary Doe") == "one has parts more than the other"
    assert reason("J. Mary Doe", "Jane Mary Doe") == "an initial stands for a name"
    assert reason("Jane Doe", "Jane Dow Roe") == "some parts in common"
    assert reason("Jane Mary Doe", "Jane Marie Doe") == "parts spelt differently, or short forms"
    assert reason("Doe", "Jane Doe") == "one part in common"
    assert reason("Doe, Jane", "Roe, Jane") == "different family names"
    assert reason("al Fayed Dodi", "Alfayed Dodi") == "the same letters, spaced differently"
    assert reason("Dodi al Fayed", "Dodi Mohamed Alfayed") == "one has parts more than the other"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("william", "bill", 0.78),
        ("john", "giovanni", 0.78),
        ("suleiman", "salayman", 0.85),
        ("jones", "jsneo", 0.7),
        ("jane", "jane", 1),
        ("j", "jane", 0.7),
        ("j", "doe", 0),
        ("wong", "smith", 0),
    ],
)
def test_parts_of_names(left: str, right: str, expected: float) -> None:
    assert part_similarity(left, right) == pytest.approx(expected, abs=0.01)


def test_the_family_name_sounds_as_it_is_or_may_be() -> None:
    assert len(family_sounds(person_name("Jane Doe"))) == 2
    assert len(family_sounds(person_name("Jane Doe", "Doe"))) == 1


@given(PEOPLE, PEOPLE)
@settings(deadline=None)
def test_comparing_people_is_symmetric(left: str, right: str) -> None:
    one, other = person_name(left), person_name(right)
    found, turned = compare_people(one, other), compare_people(other, one)

    assert found.similarity == pytest.approx(turned.similarity)
    assert found.reason == turned.reason
    assert 0 <= found.similarity <= 1
