"""Parties of an RDAP answer as facts: contact records in their roles, and whom they name.

A record that is held back stays without a name: it is a fact that somebody is registered, not who.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from collectors._kit.lenient import accepted, stated
from collectors.rdap.answer import Party
from graph.model.base import Fact
from graph.model.contact import EmailAddress, PhoneNumber
from graph.model.party import LegalEntity
from graph.model.registration import (
    AbuseContact,
    AdminContact,
    BillingContact,
    ContactRecord,
    DomainRegistration,
    Identifies,
    NetworkRegistration,
    Registrant,
    TechContact,
)
from graph.model.values.registration import HANDLE

Role = type[Registrant | AdminContact | TechContact | AbuseContact | BillingContact]
ROLES: dict[str, Role] = {
    "registrant": Registrant,
    "administrative": AdminContact,
    "technical": TechContact,
    "abuse": AbuseContact,
    "billing": BillingContact,
}
SORTS: dict[str, Literal["individual", "organization", "group"]] = {
    "individual": "individual",
    "org": "organization",
    "group": "group",
}


def contact_facts(
    registration: DomainRegistration | NetworkRegistration, found: Iterable[Party], source: str
) -> Iterator[Fact]:
    """The contacts of `registration`; `source` is the registry that their handles belong to."""
    for party in found:
        roles = [ROLES[role] for role in party.roles if role in ROLES]
        if not roles or party.is_nobody:
            continue
        record = _record(party, source)
        for role in roles:
            yield role(source=registration, target=record)
        yield from _named(party, record)


def _record(party: Party, source: str) -> ContactRecord:
    handle = accepted(HANDLE, party.handle)
    return ContactRecord(
        source=source if handle else None,
        handle=handle,
        name=party.name or None,
        organization=party.organization or None,
        contact_type=SORTS.get(party.sort),
        email=party.email or None,
        phone=party.phone or None,
        address=party.address or None,
        country=party.country or None,
        is_redacted=party.is_redacted or None,
        updated_at=party.updated_at,
    )


def _named(party: Party, record: ContactRecord) -> Iterator[Fact]:
    """Who the record says it is. What is no proper address, number or name stays text."""
    company = party.organization or (party.name if party.sort == "org" else "")
    if company:
        yield from stated(
            lambda: Identifies(
                source=record,
                target=LegalEntity(name=company, jurisdiction=party.country or None),
            )
        )
    if party.email:
        yield from stated(
            lambda: Identifies(source=record, target=EmailAddress(address=party.email))
        )
    if party.phone:
        number = party.phone.replace(".", "")
        yield from stated(lambda: Identifies(source=record, target=PhoneNumber(number=number)))
