"""The party family: companies, bodies and people, and the identifiers that registries give them.

Names never identify a person; a company known by its name alone has a provisional key.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from graph.errors import Refused
from graph.model.base import Entity, Standard, prop
from graph.model.values.identifier import (
    COUNTRY,
    JURISDICTION,
    LEI,
    REGISTER_NUMBER,
    WIKIDATA,
    identifier_of,
)
from graph.model.values.party import NAME_FINGERPRINT, fingerprint_of_name
from graph.model.values.slug import SLUG
from graph.model.values.text import LINE, Count, Key, Line, Moment, Text


class LegalEntity(Entity):
    """A company, authority, association or other body.

    Its key is the strongest identifier known: LEI, number in a register, Wikidata item, else its
    name within its jurisdiction.
    """

    plural: ClassVar[str] = "legalEntities"
    standard: ClassVar[Standard] = Standard(
        stix="identity", oam="Organization", ftm="LegalEntity", ecs="organization.name"
    )
    seed_form: ClassVar[str] = r"(?:lei|reg|wd):.*"
    seed_hint: ClassVar[str] = "a company (lei:…, reg:GB:…, wd:Q…)"

    lei: Annotated[str, LEI] | None = prop(
        "The Legal Entity Identifier (ISO 17442).", indexed=True, example="529900T8BM49AURSDO55"
    )
    jurisdiction: Annotated[str, JURISDICTION] | None = prop(
        "Where it is registered (ISO 3166).", indexed=True, example="GB"
    )
    registration_number: Annotated[str, REGISTER_NUMBER] | None = prop(
        "Its number in the register of its jurisdiction, without leading zeros.",
        indexed=True,
        example="1234567",
    )
    wikidata_id: Annotated[str, WIKIDATA] | None = prop("Its item in Wikidata.", example="Q42")
    name: Line | None = prop("Its name.", searched=True, example="Example Instruments Ltd")
    name_fingerprint: Annotated[str, NAME_FINGERPRINT] | None = prop(
        "The name's words in a comparable form, and its legal form.",
        indexed=True,
        example="example instruments/ltd",
    )
    legal_form: Line | None = prop("Its legal form, as the source words it.", example="Ltd")
    status: Line | None = prop("Its state in the register.", example="active")
    website: Line | None = prop("Its website, as the source gives it.", example="example.com")
    sectors: tuple[Line, ...] = prop(
        "What it works in, in the sources' words.", default=(), merge="union", example=("energy",)
    )
    registrar_iana_id: Count | None = prop(
        "Its number among domain registrars (IANA).", indexed=True, example=292
    )
    valid_from: Moment | None = prop("When it was founded.", example="2001-05-01T00:00:00Z")
    valid_to: Moment | None = prop("When it was dissolved.", example="2024-05-01T00:00:00Z")

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The fingerprint of the name, where there is a name."""
        name, country = data.get("name"), data.get("jurisdiction")
        if not isinstance(name, str):
            return data
        known = country.strip()[:2].upper() if isinstance(country, str) else ""
        try:
            return {**data, "name_fingerprint": fingerprint_of_name(LINE(name), known)}
        except Refused:
            return (
                data  # without a letter, or too long: no key, but no fault where there is another
            )

    def make_key(self) -> str:
        """`lei:…`, else `reg:jurisdiction:number`, else `wd:…`, else `name:jurisdiction:form`."""
        if self.lei:
            return f"lei:{self.lei}"
        if self.registration_number and self.jurisdiction:
            return f"reg:{self.jurisdiction}:{self.registration_number}"
        if self.wikidata_id:
            return f"wd:{self.wikidata_id}"
        if self.name_fingerprint:
            return f"name:{self.jurisdiction or ''}:{self.name_fingerprint}"
        reason = "a LEI, a jurisdiction with a number, a Wikidata item or a name is needed"
        raise Refused("a company or body", self.name, reason)

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The body that a key names."""
        scheme, _, value = key.partition(":")
        jurisdiction, _, rest = value.partition(":")
        if scheme == "lei":
            return cls(lei=value)
        if scheme == "wd":
            return cls(wikidata_id=value)
        if scheme == "reg":
            return cls(jurisdiction=jurisdiction, registration_number=rest)
        if scheme == "name":
            return cls(jurisdiction=jurisdiction or None, name_fingerprint=rest)
        reason = "its forms are lei:…, reg:GB:1234567, wd:Q42 and name:GB:example/ltd"
        raise Refused("a key of LegalEntity", key, reason)

    def caption(self) -> str:
        """Its name, else its key."""
        return self.name or self.key


class Person(Entity):
    """A person as one source's record knows them; resolution joins records of one person."""

    plural: ClassVar[str] = "people"
    standard: ClassVar[Standard] = Standard(
        stix="identity", oam="Person", ftm="Person", ecs="user.full_name"
    )

    source: Annotated[str, SLUG] = prop("Whose record it is.", key=True, example="companies-house")
    record_id: Key = prop("The record's id there.", key=True, example="officer-4711")
    name: Line | None = prop("The full name.", searched=True, example="Jane Doe")
    given_name: Line | None = prop("The given name.", example="Jane")
    family_name: Line | None = prop("The family name.", indexed=True, example="Doe")
    other_names: tuple[Line, ...] = prop(
        "Further names and spellings.",
        default=(),
        merge="union",
        searched=True,
        example=("J. Doe",),
    )
    birth_date: Line | None = prop(
        "Year, month or day of birth, as exact as the source is.", example="1980-05"
    )
    nationalities: tuple[Annotated[str, COUNTRY], ...] = prop(
        "The countries they are nationals of.", default=(), merge="union", example=("GB",)
    )
    occupation: Line | None = prop("What they do.", example="engineer")
    biography: Text | None = prop(
        "What the source says of them.", searched=True, example="Builds telescopes."
    )

    def caption(self) -> str:
        """The name, else the key."""
        return self.name or self.key


class Identifier(Entity):
    """A number or code that a registry gave out to one holder."""

    plural: ClassVar[str] = "identifiers"
    standard: ClassVar[Standard] = Standard(oam="Identifier", ftm="Identification")

    scheme: Annotated[str, SLUG] = prop(
        "Which registry's: lei, vat, duns, bic, isin, imo, iban or another.",
        key=True,
        indexed=True,
        example="vat",
    )
    value: Key = prop(
        "The value, in upper case without separators.",
        key=True,
        searched=True,
        example="DE136695976",
    )
    country: Annotated[str, COUNTRY] | None = prop("Whose registry it is.", example="DE")

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The value in its scheme's form."""
        return {**data, "value": identifier_of(data.get("scheme"), data.get("value"))}

    def caption(self) -> str:
        """The scheme and the value."""
        return f"{self.scheme.upper()} {self.value}"
