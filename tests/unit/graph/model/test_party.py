"""Companies' names and identifiers."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import Refused
from graph.model.party import Identifier, LegalEntity
from graph.model.values.identifier import (
    JURISDICTION,
    REGISTER_NUMBER,
    WIKIDATA,
    country_of,
    identifier_of,
)
from graph.model.values.party import NAME_FINGERPRINT, company_name, fingerprint_of_name


def test_spellings_of_one_name_meet() -> None:
    umlauts = company_name("Müller & Söhne GmbH")
    written_out = company_name("MUELLER UND SOEHNE GMBH")
    bare = company_name("Muller + Sohne G.m.b.H.")

    assert umlauts.variants & written_out.variants
    assert umlauts.variants & bare.variants
    assert {n.legal_form for n in (umlauts, written_out, bare)} == {"gmbh"}
    assert not umlauts.variants & company_name("Möller & Söhne GmbH").variants


@pytest.mark.parametrize(
    ("name", "country", "expected"),
    [
        ("Müller & Söhne GmbH", "", "mueller soehne/gmbh"),
        ("MUELLER UND SOEHNE GMBH", "DE", "mueller soehne/gmbh"),
        ("Agüero S.L.", "ES", "aguero/sl"),
        ("Acme Limited", "GB", "acme/ltd"),
        ("ACME LTD.", "GB", "acme/ltd"),
        ("The Acme Private Limited Company", "GB", "acme the/ltd"),
        ("A.B.C. Holdings, Inc.", "US", "abc holdings/inc"),
        ("Foo GmbH & Co. KG", "DE", "foo/gmbh-co-kg"),
        ("Société Générale S.A.", "FR", "generale societe/sa"),
        ("Ørsted A/S", "DK", "oersted/as"),
        ("ООО Ромашка", "", "ромашка/ooo"),
        ("Stichting Zonnebloem", "NL", "zonnebloem/stichting"),
        ("株式会社サンプル", "JP", "株式会社サンプル/"),
        ("Limited", "GB", "limited/"),
    ],
)
def test_fingerprints_of_names(name: str, country: str, expected: str) -> None:
    assert fingerprint_of_name(name, country) == expected
    assert NAME_FINGERPRINT(expected) == expected


@pytest.mark.parametrize("raw", ["acme", "b a/ltd", "/ltd", "a/b/c", None])
def test_refused_fingerprints(raw: object) -> None:
    with pytest.raises(Refused):
        NAME_FINGERPRINT(raw)


def test_a_company_has_the_strongest_key() -> None:
    everything: dict[str, Any] = {
        "lei": "529900T8BM49AURSDO55",
        "jurisdiction": "gb",
        "registration_number": "0123 4567",
        "wikidata_id": "http://www.wikidata.org/entity/Q42",
        "name": "Example Instruments Ltd",
    }
    keys = []
    for name in list(everything):
        keys.append(LegalEntity(**everything).key)
        if name != "jurisdiction":
            del everything[name]
        if len(everything) == 1:
            break

    assert keys == [
        "lei:529900T8BM49AURSDO55",
        "reg:GB:1234567",
        "reg:GB:1234567",
        "wd:Q42",
        "name:GB:example instruments/ltd",
    ]
    with pytest.raises(Refused, match="a LEI, a jurisdiction with a number"):
        LegalEntity(jurisdiction="GB")


@pytest.mark.parametrize(
    "key",
    [
        "lei:529900T8BM49AURSDO55",
        "reg:GB:1234567",
        "wd:Q42",
        "name:GB:example/ltd",
        "name::acme/ltd",
    ],
)
def test_a_company_is_made_again_from_its_key(key: str) -> None:
    assert LegalEntity.from_key(key).key == key


def test_a_key_of_another_form_names_no_company() -> None:
    with pytest.raises(Refused, match="its forms are lei:…"):
        LegalEntity.from_key("duns:150483782")


def test_a_name_without_letters_does_no_harm_beside_a_key() -> None:
    assert LegalEntity(wikidata_id="Q42", name="!!!").key == "wd:Q42"
    with pytest.raises(Refused):
        LegalEntity(name="!!!")


@pytest.mark.parametrize(
    ("scheme", "raw", "expected"),
    [
        ("lei", "5299 00T8 BM49 AURS DO55", "529900T8BM49AURSDO55"),
        ("IBAN", "GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
        ("isin", "us0378331005", "US0378331005"),
        ("imo", "9074729", "IMO9074729"),
        ("imo", "IMO 9074729", "IMO9074729"),
        ("vat", "DE 136695976", "DE136695976"),
        ("vat", "IT00743110157", "IT00743110157"),
        ("vat", "BE0428759497", "BE0428759497"),
        ("vat", "LU15027442", "LU15027442"),
        ("vat", "FR40303265045", "FR40303265045"),
        ("bic", "deutdeff500", "DEUTDEFF500"),
        ("duns", "15-048-3782", "150483782"),
        ("passport", "c01x 0006h", "C01X0006H"),
    ],
)
def test_identifiers(scheme: str, raw: str, expected: str) -> None:
    assert identifier_of(scheme, raw) == expected
    assert Identifier(scheme=scheme, value=raw).key == f"{scheme.lower()}¦{expected}"


@pytest.mark.parametrize(
    ("scheme", "raw"),
    [
        ("lei", "529900T8BM49AURSDO56"),
        ("iban", "GB82WEST12345698765433"),
        ("isin", "US0378331006"),
        ("imo", "9074728"),
        ("vat", "DE136695975"),
        ("vat", "IT00743110158"),
        ("vat", "BE0428759498"),
        ("vat", "LU15027443"),
        ("bic", "DEUT1EFF"),
        ("duns", "12345678"),
        ("passport", "¦"),
        ("", "x"),
        ("lei", None),
    ],
)
def test_refused_identifiers(scheme: str, raw: object) -> None:
    with pytest.raises(Refused):
        identifier_of(scheme, raw)


def test_countries_and_registers() -> None:
    assert JURISDICTION("us_de") == "US-DE"
    assert country_of("uk") == "GB"
    assert REGISTER_NUMBER("00 123/456") == "123456"
    assert WIKIDATA("q42") == "Q42"
    for normaliser, raw in ((JURISDICTION, "GBR"), (REGISTER_NUMBER, "000"), (WIKIDATA, "P42")):
        with pytest.raises(Refused):
            normaliser(raw)
    with pytest.raises(Refused):
        country_of("US-DE")
