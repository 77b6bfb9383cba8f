"""Dates, addresses, identifiers, handles, products and threats: how alike, and what excludes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.match.comparing import Comparison, best
from graph.match.dates import PartialDate, agree, compare_dates, exclude, partial_date
from graph.match.handles import (
    compare_handles,
    compare_mailbox,
    folded_handle,
    mailbox_patterns,
    rarity,
)
from graph.match.identifiers import (
    Number,
    compare_emails,
    compare_exactly,
    compare_numbers,
    compare_sites,
    number_veto,
    own_sites,
)
from graph.match.people import person_name
from graph.match.places import address_of, compare_addresses, house_number_veto
from graph.match.products import (
    compare_products,
    compare_threats,
    compare_vendors,
    part_veto,
    product_name,
    threat_form,
)

DATES = st.builds(
    lambda year, month, day: PartialDate.of(year, month, day if month else 0),
    st.integers(1980, 1982),
    st.integers(0, 12),
    st.integers(0, 3),
)


def dated(text: str) -> PartialDate:
    found = partial_date(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1980", "1980"),
        ("1980-05", "1980-05"),
        ("1980-05-17T10:00:00Z", "1980-05-17"),
        ("19800517", "1980-05-17"),
        ("17.05.1980", "1980-05-17"),
        ("1980-17-05", "1980-05-17"),
        ("1980-44-05", "1980"),
        ("1980-04-44", "1980-04"),
    ],
)
def test_dates_are_read_as_exact_as_they_are(text: str, expected: str) -> None:
    assert str(dated(text)) == expected


@pytest.mark.parametrize("text", ["", "May 1980", "0980-01-01", "1980123456"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert partial_date(text) is None


@pytest.mark.parametrize(
    ("left", "right", "similarity"),
    [
        ("1980-05-17", "1980-05-17", 1),
        ("1980-05", "1980-05", 0.85),
        ("1980", "1980", 0.7),
        ("1980-05", "1980-05-17", 0.75),
        ("1980", "1980-05-17", 0.65),
        ("1980-05-06", "1980-06-05", 0.8),
        ("1980-05-17", "1980-05-18", 0.7),
        ("1980-05-17", "1991-05-17", 0.3),
        ("1980-05-17", "1980-09-28", 0.25),
        ("1980-05-17", "1991-09-28", 0),
        ("1980-05", "1980-07", 0.3),
        ("1980", "1981", 0.2),
        ("1980", "1990", 0),
    ],
)
def test_how_alike_dates_are(left: str, right: str, similarity: float) -> None:
    assert compare_dates(dated(left), dated(right)).similarity == similarity


@given(DATES, DATES)
@settings(deadline=None)
def test_dates_are_compared_alike_from_either_side(left: PartialDate, right: PartialDate) -> None:
    found, turned = compare_dates(left, right), compare_dates(right, left)

    assert (found.similarity, found.reason) == (turned.similarity, turned.reason)
    assert 0 <= found.similarity <= 1
    assert agree(left, right) == agree(right, left)
    assert not (agree(left, right) and exclude(left, right))
    assert dated(str(left)) == left


@pytest.mark.parametrize(
    ("left", "right", "least", "most"),
    [
        ("435 s. la cienega blv. los angeles", "435 S La Cienega Boulevard, Los Angeles", 1, 1),
        ("Hauptstr. 5, Berlin", "Hauptstraße 5 Berlin", 1, 1),
        ("10 Main St", "12 Main Street", 0, 0.4),
        ("10 Main St, London", "10 Main Street", 0.5, 0.9),
        ("Main Street", "High Street", 0, 0.25),
        ("", "", 0, 0),
    ],
)
def test_how_alike_addresses_are(left: str, right: str, least: float, most: float) -> None:
    one, other = address_of(left), address_of(right)

    assert least <= compare_addresses(one, other).similarity <= most
    assert compare_addresses(one, other).similarity == compare_addresses(other, one).similarity


def test_postal_codes_are_compared_and_no_house_numbers() -> None:
    one = address_of("5 Main St, SW1A 1AA", "SW1A 1AA", "GB")
    other, elsewhere = address_of("5 Main St", "sw1a1aa"), address_of("5 Main St", "E1 6AN")

    assert one.numbers == {"5"}
    assert compare_addresses(one, other).similarity == 1
    assert compare_addresses(one, elsewhere).similarity < 1


def test_another_house_number_is_another_place() -> None:
    veto = house_number_veto(address_of("10 Main St"), address_of("12 Main St"))

    assert veto is not None
    assert (veto.left, veto.right) == ("10", "12")
    assert house_number_veto(address_of("10 Main St"), address_of("Main St")) is None


LEI_A, LEI_B = Number("lei", "529900T8BM49AURSDO55"), Number("lei", "213800D1EI4B9WTWWD28")
REG_DE, REG_GB = Number("reg", "1", "DE"), Number("reg", "2", "GB")
VAT_A, VAT_B = Number("vat", "DE1"), Number("vat", "DE2")


def test_identifiers_are_equal_or_different_within_a_register() -> None:
    same, different = (
        compare_numbers([LEI_A, VAT_A], [LEI_A]),
        compare_numbers([VAT_B, REG_DE], [VAT_A]),
    )

    assert same == Comparison(1, str(LEI_A), str(LEI_A), "the same identifier")
    assert different == Comparison(
        0, str(VAT_B), str(VAT_A), "different identifiers of one register"
    )
    assert compare_numbers([REG_DE], [REG_GB]) is None
    assert compare_numbers([], [LEI_A]) is None


def test_two_numbers_of_one_register_exclude_each_other() -> None:
    veto = number_veto([LEI_A, VAT_A], [VAT_B, LEI_B])

    assert veto is not None
    assert (veto.field, veto.left, veto.right) == ("lei", str(LEI_A), str(LEI_B))
    assert (
        number_veto([LEI_A, LEI_B], [Number("lei", "x")]) is None
    )  # merged registers tell nothing
    assert number_veto([VAT_A], [VAT_B]) is None  # a body may have several
    assert number_veto([LEI_A], [LEI_A]) is None
    assert number_veto([REG_DE], [REG_GB]) is None
    assert number_veto([REG_DE], []) is None


def test_mailboxes_are_compared_as_their_provider_delivers() -> None:
    found = compare_emails(["jane.doe+x@gmail.com", "info@acme.example"], ["janedoe@gmail.com"])
    role = compare_emails(["info@acme.example"], ["info@acme.example"])
    other = compare_emails(["a@acme.example"], ["b@acme.example"])

    assert found is not None
    assert role is not None
    assert other is not None
    assert (found.similarity, found.reason) == (1, "one mailbox, written differently")
    assert (role.similarity, other.similarity) == (0.5, 0)
    assert compare_emails([], ["a@acme.example"]) is None
    same = compare_emails(["a@acme.example"], ["a@acme.example"])
    assert same is not None
    assert same.reason == "the same mail address"


def test_everybodys_domains_are_no_sites() -> None:
    assert own_sites(["www.acme.com", "gmail.com", "com"]) == {"acme.com"}
    assert compare_sites(["www.acme.com"], ["mail.acme.com"]) is not None
    assert compare_sites(["gmail.com"], ["gmail.com"]) is None
    assert compare_exactly(["b", "a"], ["c"], "thing") == Comparison(
        0, "a", "c", "no thing in common"
    )


def test_handles_are_folded() -> None:
    assert folded_handle("J4ne.Doe_99") == folded_handle("janedoe")
    assert folded_handle("12345") == "12345"
    assert folded_handle("realDonaldTrump") == "donaldtrump"
    assert (
        rarity("admin") == rarity("bob") == 0 < rarity("janedoe") < rarity("jane.doe.of.kent") == 1
    )


@given(st.text("abz019_.-$@xX", max_size=12))
@settings(deadline=None)
def test_folding_again_changes_nothing(handle: str) -> None:
    assert folded_handle(folded_handle(handle)) == folded_handle(handle)


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        ("krakenoperator", "krakenoperator", "the same handle"),
        ("bob", "bob", "the same handle, a common one"),
        ("kraken_ops", "Krak3nops99", "the same but for digits and separators"),
        ("krakenops", "krakenopz", "1 edit apart"),
        ("krakenoperator", "krakenoprateor", "2 edits apart"),
        ("krakenops", "janedoe", "different handles"),
    ],
)
def test_handles_are_compared(left: str, right: str, reason: str) -> None:
    found = compare_handles(left, right)

    assert found.reason == reason
    assert found.similarity == compare_handles(right, left).similarity


def test_a_mailbox_may_be_named_after_somebody() -> None:
    jane = person_name("Jane Doe", "Doe")

    found = {
        mail: compare_mailbox(f"{mail}@x.example", jane).similarity
        for mail in ("jane.doe", "doe.jane", "j.doe", "doej", "jane.d", "doe", "jane", "info")
    }
    assert list(found.values()) == [1, 1, 0.8, 0.8, 0.6, 0.5, 0.3, 0]
    assert mailbox_patterns(person_name("Cher")) == frozenset()
    assert compare_mailbox("cher@x.example", person_name("Cher")).similarity == 0


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        ("a:apache:http_server", "HTTP Server", "the same words"),
        ("Visual Studio Code", "VisualStudio Code", "the same letters, spaced differently"),
        ("Windows Server 2019", "Windows Server 2016", "alike, but for a number"),
        ("nginx", "nginx open source", "one contains the other"),
        ("Apache Tomcat", "Apache Struts", "some words in common"),
        ("nginx", "postgresql", "no word in common"),
    ],
)
def test_products_are_compared(left: str, right: str, reason: str) -> None:
    one, other = product_name(left), product_name(right)

    assert compare_products(one, other).reason == reason
    assert compare_products(one, other).similarity == compare_products(other, one).similarity


def test_vendors_and_parts() -> None:
    tomcat, other = (
        product_name("a:apache:tomcat"),
        product_name("Tomcat", "Apache Software Foundation"),
    )
    system, bare = product_name("o:acme:tomcat"), product_name("tomcat")
    alike = product_name("tomcat", "acme systems")

    same, near, different = (
        compare_vendors(tomcat, other), compare_vendors(system, alike), compare_vendors(tomcat, system),
    )  # fmt: skip
    assert [x.similarity for x in (same, near, different) if x] == [1, 0.8, 0]
    assert compare_vendors(tomcat, bare) is None
    assert part_veto(tomcat, system) is not None
    assert part_veto(tomcat, bare) is None


@pytest.mark.parametrize(
    ("left", "right", "least", "most"),
    [
        ("APT 28", "apt-28", 1, 1),
        ("APT28", "APT29", 0, 0),
        ("Cozy Bear", "CozyBear Group", 0.85, 0.85),
        ("Emotet", "Emotett", 0.7, 0.9),
        ("Emotet", "Dridex", 0, 0),
        ("!!", "??", 0, 0.9),
    ],
)
def test_threats_are_compared(left: str, right: str, least: float, most: float) -> None:
    assert least <= compare_threats(left, right).similarity <= most
    assert threat_form("!!") == ""


def crossed(left: str, right: str) -> Comparison:
    return Comparison(float({left, right} in ({"b", "d"}, {"a", "c"})), left, right, "")


def test_the_best_of_several_is_the_same_from_either_side() -> None:
    def compare(left: str, right: str) -> Comparison:
        return Comparison(float(left[0] == right[0]), left, right, "")

    found, turned = (
        best(["ab", "ac", "x"], ["ad", "y"], compare),
        best(["y", "ad"], ["x", "ac", "ab"], compare),
    )
    assert found is not None
    assert turned is not None
    assert (found.left, found.right) == (turned.right, turned.left) == ("ab", "ad")
    ends = (best(["b", "c"], ["a", "d"], crossed), best(["d", "a"], ["c", "b"], crossed))
    assert [(each.left, each.right) for each in ends if each] == [("c", "a"), ("a", "c")]
    assert best([], ["a"], compare) is None
    assert best(["a"], ["a"], compare) == compare("a", "a")
