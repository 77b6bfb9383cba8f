"""What resolution compares of an entity: its own values and those of its neighbours that identify it.

A profile is made from canonical values of the model, and knows no database. Forms that comparing needs are made once
for each profile, when first asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from graph.match.dates import PartialDate, partial_date
from graph.match.identifiers import Number, own_sites
from graph.match.names import BodyName, body_name
from graph.match.people import PersonName, person_name
from graph.match.places import Address, address_of
from graph.match.products import ProductName, product_name


@dataclass(frozen=True)
class Place:
    """A postal address in text, with postal code and country (ISO 3166-1) where they are told apart."""

    text: str
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True)
class Profile:
    """One entity for comparing; `kind` is its label, `id` tells it from others. What is unknown is empty.

    `names` begins with the name shown; other spellings and aliases follow. `family_name`: where a source tells it.
    `countries`: jurisdiction of a body, nationalities of a person (ISO 3166-1). `dates`: birth, or founding.
    `ended`: when a body was dissolved. `emails` in the model's form; `sites`: domain names. `handles` on `platform`.
    `ties`: ids of entities that may be shared (organizations, pictures, techniques, proofs), by what they are.
    `named_in`: ids of documents, accounts and contact records that name a person or a mailbox.
    """

    kind: str
    id: str
    names: tuple[str, ...] = ()
    family_name: str = ""
    countries: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    dates: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    platform: str = ""
    handles: tuple[str, ...] = ()
    vendor: str = ""
    part: str = ""
    organizations: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    disproofs: tuple[str, ...] = ()
    named_in: tuple[str, ...] = ()

    @property
    def country(self) -> str:
        """The only country; empty where there is none or more than one."""
        return self.countries[0][:2] if len(self.countries) == 1 else ""

    @cached_property
    def all_countries(self) -> frozenset[str]:
        """The countries, those of its places too."""
        places = (place.country for place in self.places)
        return frozenset(code[:2] for code in (*self.countries, *places) if code)

    @cached_property
    def body_names(self) -> tuple[BodyName, ...]:
        """The names as a body's."""
        return tuple(body_name(name, self.country) for name in self.names)

    @cached_property
    def person_names(self) -> tuple[PersonName, ...]:
        """The names as a person's."""
        return tuple(person_name(name, self.family_name) for name in self.names)

    @cached_property
    def product_names(self) -> tuple[ProductName, ...]:
        """The names as a product's."""
        return tuple(product_name(name, self.vendor, self.part) for name in self.names)

    @cached_property
    def addresses(self) -> tuple[Address, ...]:
        """The places, taken apart."""
        return tuple(
            address_of(place.text, place.postal_code, place.country) for place in self.places
        )

    @cached_property
    def born(self) -> tuple[PartialDate, ...]:
        """The dates that can be read."""
        return tuple(found for text in self.dates if (found := partial_date(text)))

    @cached_property
    def ends(self) -> tuple[PartialDate, ...]:
        """The dates of `ended` that can be read."""
        return tuple(found for text in self.ended if (found := partial_date(text)))

    @cached_property
    def own_sites(self) -> frozenset[str]:
        """The registrable domains of its sites and mail addresses that are its own."""
        return own_sites((*self.sites, *(email.rpartition("@")[2] for email in self.emails)))
