"""The registration family: what registries know of names, addresses and AS numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from graph.errors import Refused
from graph.model.base import Entity, Relationship, Standard, prop
from graph.model.contact import EmailAddress, PhoneNumber
from graph.model.network import AutonomousSystem, DomainName, Netblock
from graph.model.party import LegalEntity, Person
from graph.model.place import Location
from graph.model.values.address import AS_NUMBER, IP_ADDRESS
from graph.model.values.digest import SHA256, sha256_of
from graph.model.values.domain import DOMAIN_NAME
from graph.model.values.identifier import COUNTRY
from graph.model.values.registration import EPP_STATUS, HANDLE, Registry
from graph.model.values.slug import SLUG
from graph.model.values.text import (
    KEY_SEPARATOR,
    LINE,
    Count,
    Key,
    Line,
    Moment,
    Text,
    plain_letters,
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNKNOWN = "unknown"


class DomainRegistration(Entity):
    """One registration of a domain, from its creation until it lapses; made anew, it is another."""

    plural: ClassVar[str] = "domainRegistrations"
    standard: ClassVar[Standard] = Standard(oam="DomainRecord")

    domain: Annotated[str, DOMAIN_NAME] = prop(
        "The registered domain; part of the key.", key=True, indexed=True, example="example.com"
    )
    registry_id: Key | None = prop(
        "The registry's own id of the registration; part of the key where given.",
        example="2336799_DOMAIN_COM-VRSN",
    )
    valid_from: Moment | None = prop(
        "When it was created; its day is part of the key where there is no id.",
        indexed=True,
        example="1995-08-14T04:00:00Z",
    )
    valid_to: Moment | None = prop(
        "When it ends unless it is renewed.", indexed=True, example="2027-08-13T04:00:00Z"
    )
    updated_at: Moment | None = prop("When it last changed.", example="2026-08-14T07:01:31Z")
    statuses: tuple[Annotated[str, EPP_STATUS], ...] = prop(
        "Its states, in the words of EPP.", default=(), example=("clientTransferProhibited",)
    )
    name_servers: tuple[Annotated[str, DOMAIN_NAME], ...] = prop(
        "The name servers that the registry has for it.",
        default=(),
        example=("a.iana-servers.net",),
    )
    is_dnssec_signed: bool | None = prop(
        "Whether the registry publishes keys for the zone.", example=True
    )
    registrar: Line | None = prop(
        "The registrar's name.", searched=True, indexed=True, example="Example Registrar, Inc."
    )
    registrar_iana_id: Count | None = prop(
        "The registrar's number at IANA.", indexed=True, example=376
    )
    registrant_name: Line | None = prop(
        "Whom it is registered for, where the registry tells.", searched=True, example="Jane Doe"
    )
    registrant_organization: Line | None = prop(
        "The organization it is registered for.", searched=True, example="Example Instruments Ltd"
    )
    registrant_country: Annotated[str, COUNTRY] | None = prop(
        "The country it is registered from.", indexed=True, example="GB"
    )
    is_redacted: bool | None = prop("Whether the registry holds contacts back.", example=True)

    def make_key(self) -> str:
        """`domain¦registry id`, else `domain¦day of creation`, else `domain¦unknown`."""
        own = (
            self.registry_id or (self.valid_from and self.valid_from.date().isoformat()) or _UNKNOWN
        )
        return f"{self.domain}{KEY_SEPARATOR}{own}"

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The registration that a key names."""
        domain, _, own = key.partition(KEY_SEPARATOR)
        if own == _UNKNOWN:
            return cls(domain=domain)
        if _DAY.fullmatch(own):
            return cls(domain=domain, valid_from=own)
        return cls(domain=domain, registry_id=own)

    def caption(self) -> str:
        """The domain and the year it was registered in."""
        return f"{self.domain} since {self.valid_from.year}" if self.valid_from else self.domain

    def implies(self) -> Iterator[Entity | Relationship]:
        """Its domain has it."""
        yield HasRegistration(source=DomainName(name=self.domain), target=self)


class NetworkRegistration(Entity):
    """A registry's record of who holds a block of addresses or AS numbers."""

    plural: ClassVar[str] = "networkRegistrations"
    standard: ClassVar[Standard] = Standard(oam="IPNetRecord|AutnumRecord")

    registry: Registry = prop(
        "The regional or national registry.", key=True, indexed=True, example="ripe"
    )
    handle: Annotated[str, HANDLE] = prop(
        "The record's handle there.", key=True, searched=True, example="NET-192-0-2-0-1"
    )
    name: Line | None = prop("The network's name.", searched=True, example="EXAMPLE-NET")
    network_type: Line | None = prop(
        "How it was handed out, in the registry's words.", example="ASSIGNED PA"
    )
    first_address: Annotated[str, IP_ADDRESS] | None = prop(
        "The first address it holds.", example="192.0.2.0"
    )
    last_address: Annotated[str, IP_ADDRESS] | None = prop(
        "The last address it holds.", example="192.0.2.255"
    )
    first_number: Annotated[int, AS_NUMBER] | None = prop(
        "The first AS number it holds.", example=64496
    )
    last_number: Annotated[int, AS_NUMBER] | None = prop(
        "The last AS number it holds.", example=64496
    )
    parent_handle: Line | None = prop("The record it was handed out of.", example="NET-192-0-0-0-0")
    organization: Line | None = prop(
        "Who holds it, as the registry words it.", searched=True, example="Example Networks Ltd"
    )
    country: Annotated[str, COUNTRY] | None = prop(
        "The country that the registry notes.", indexed=True, example="GB"
    )
    statuses: tuple[Line, ...] = prop(
        "Its states, in the registry's words.", default=(), example=("active",)
    )
    remarks: Text | None = prop(
        "What its holder adds.", searched=True, example="Complaints to abuse@example.net."
    )
    valid_from: Moment | None = prop("When it was registered.", example="1995-08-14T04:00:00Z")
    updated_at: Moment | None = prop("When it last changed.", example="2026-08-14T07:01:31Z")

    def caption(self) -> str:
        """The network's name and handle."""
        return f"{self.name} ({self.handle})" if self.name else self.handle


class ContactRecord(Entity):
    """A contact as a registry lists it; one person may have many, and many people may share one."""

    plural: ClassVar[str] = "contactRecords"
    standard: ClassVar[Standard] = Standard(oam="ContactRecord", ftm="Person")

    source: Annotated[str, SLUG] | None = prop(
        "Whose record it is; part of the key where the record has a handle.", example="ripe"
    )
    handle: Annotated[str, HANDLE] | None = prop(
        "The record's handle there; part of the key.", searched=True, example="JD1-RIPE"
    )
    content_sha256: Annotated[str, SHA256] | None = prop(
        "The SHA-256 of its words; the key where there is no handle.",
        example="a0f6c4a90cb6ae4ba0e4a1f0c8bd9b2f4f77a54c6d7b7b1e3b1ab1c9a1f0a2d3",
    )
    name: Line | None = prop("The name.", searched=True, example="Jane Doe")
    organization: Line | None = prop(
        "The organization.", searched=True, example="Example Instruments Ltd"
    )
    contact_type: Literal["individual", "organization", "group"] | None = prop(
        "What the record says it is.", example="group"
    )
    email: Line | None = prop("The mail address.", searched=True, example="noc@example.com")
    phone: Line | None = prop("The telephone number.", example="+442079460018")
    address: Line | None = prop(
        "The postal address in one line.", searched=True, example="10 Example Street, London"
    )
    country: Annotated[str, COUNTRY] | None = prop("The country.", indexed=True, example="GB")
    is_redacted: bool | None = prop(
        "Whether the registry holds it back; then it says nothing about who it is.", example=False
    )
    updated_at: Moment | None = prop("When it last changed.", example="2026-08-14T07:01:31Z")

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The digest of the record's words, where it has words and no handle."""
        fields = ("name", "organization", "email", "phone", "address", "country")
        given = (data.get(field) for field in fields)
        words = [plain_letters(LINE(v)) if isinstance(v, str) else "" for v in given]
        words = [" ".join(re.findall(r"[^\W_]+", w)) for w in words]
        if data.get("handle") or not any(words):
            return data
        return {**data, "content_sha256": sha256_of("\n".join(words))}

    def make_key(self) -> str:
        """`source¦handle`, else the digest of the words."""
        if self.source and self.handle:
            return f"{self.source}{KEY_SEPARATOR}{self.handle}"
        if self.content_sha256:
            return self.content_sha256
        reason = "a source with a handle, or a name, address or number is needed"
        raise Refused("a contact", self.name, reason)

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The contact that a key names."""
        source, separator, handle = key.partition(KEY_SEPARATOR)
        return cls(source=source, handle=handle) if separator else cls(content_sha256=key)

    def caption(self) -> str:
        """Name, organization, mail address or handle."""
        return self.name or self.organization or self.email or self.handle or "contact"


class HasRegistration(Relationship):
    """A name, block or autonomous system is registered by this record."""

    type: ClassVar[str] = "HAS_REGISTRATION"
    forward: ClassVar[str] = "registrations"
    backward: ClassVar[str] = "registrationOf"
    standard: ClassVar[Standard] = Standard(oam="registration")

    source: DomainName | Netblock | AutonomousSystem
    target: DomainRegistration | NetworkRegistration


class Registrant(Relationship):
    """A registration is in this contact's name."""

    type: ClassVar[str] = "REGISTRANT"
    forward: ClassVar[str] = "registrant"
    backward: ClassVar[str] = "registrantOf"
    standard: ClassVar[Standard] = Standard(oam="registrant_contact")

    source: DomainRegistration | NetworkRegistration
    target: ContactRecord


class AdminContact(Relationship):
    """This contact decides on a registration."""

    type: ClassVar[str] = "ADMIN_CONTACT"
    forward: ClassVar[str] = "adminContact"
    backward: ClassVar[str] = "adminContactOf"
    standard: ClassVar[Standard] = Standard(oam="admin_contact")

    source: DomainRegistration | NetworkRegistration
    target: ContactRecord


class TechContact(Relationship):
    """This contact runs what is registered."""

    type: ClassVar[str] = "TECH_CONTACT"
    forward: ClassVar[str] = "techContact"
    backward: ClassVar[str] = "techContactOf"
    standard: ClassVar[Standard] = Standard(oam="technical_contact")

    source: DomainRegistration | NetworkRegistration
    target: ContactRecord


class AbuseContact(Relationship):
    """This contact takes complaints."""

    type: ClassVar[str] = "ABUSE_CONTACT"
    forward: ClassVar[str] = "abuseContact"
    backward: ClassVar[str] = "abuseContactOf"
    standard: ClassVar[Standard] = Standard(oam="abuse_contact")

    source: DomainRegistration | NetworkRegistration
    target: ContactRecord


class BillingContact(Relationship):
    """This contact gets the bills."""

    type: ClassVar[str] = "BILLING_CONTACT"
    forward: ClassVar[str] = "billingContact"
    backward: ClassVar[str] = "billingContactOf"
    standard: ClassVar[Standard] = Standard(oam="billing_contact")

    source: DomainRegistration | NetworkRegistration
    target: ContactRecord


class SponsoredBy(Relationship):
    """A registration is kept by this registrar."""

    type: ClassVar[str] = "SPONSORED_BY"
    forward: ClassVar[str] = "sponsoredBy"
    backward: ClassVar[str] = "sponsors"
    standard: ClassVar[Standard] = Standard(oam="registrar_contact")

    source: DomainRegistration
    target: LegalEntity


class Identifies(Relationship):
    """A contact record says who or what is behind it."""

    type: ClassVar[str] = "IDENTIFIES"
    forward: ClassVar[str] = "identifies"
    backward: ClassVar[str] = "identifiedBy"

    source: ContactRecord
    target: LegalEntity | Person | EmailAddress | PhoneNumber | Location
