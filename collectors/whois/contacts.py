"""The registrar and the contacts of a WHOIS record as facts."""

from __future__ import annotations

from collections.abc import Iterator

from collectors._kit.lenient import accepted, stated
from collectors.whois.record import Contact, WhoisRecord
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
    Registrant,
    SponsoredBy,
    TechContact,
)
from graph.model.values.contact import EMAIL
from graph.model.values.identifier import COUNTRY
from graph.model.values.registration import HANDLE, is_redacted

ROLES = {
    "registrant": Registrant,
    "admin": AdminContact,
    "tech": TechContact,
    "billing": BillingContact,
}


def contact_facts(
    registration: DomainRegistration, record: WhoisRecord, source: str
) -> Iterator[Fact]:
    """Who sponsors the registration, and its contacts; handles belong to the registry `source`."""
    if record.registrar:
        yield from stated(
            lambda: SponsoredBy(
                source=registration,
                target=LegalEntity(
                    name=record.registrar, registrar_iana_id=registration.registrar_iana_id
                ),
            )
        )
    for role, contact in record.contacts.items():
        found = _record(contact, source)
        if found is not None:
            yield ROLES[role](source=registration, target=found)
            yield from _named(found)
    if record.abuse_email or record.abuse_phone:
        abuse = Contact(email=record.abuse_email, phone=record.abuse_phone)
        found = _record(abuse, source)
        if found is not None:
            yield AbuseContact(source=registration, target=found)
            yield from _named(found)


def _record(contact: Contact, source: str) -> ContactRecord | None:
    """The contact without what is held back; None where nothing is left to tell it by."""
    said = {name: value for name, value in vars(contact).items() if value}
    shown = {name: value for name, value in said.items() if not is_redacted(value)}
    handle = accepted(HANDLE, shown.pop("handle", None))
    country = accepted(COUNTRY, shown.pop("country", None))
    if email := accepted(EMAIL, shown.pop("email", None)):  # else a sentence on how to ask for it
        shown["email"] = email
    if not handle and not shown:
        return None
    return ContactRecord(
        source=source if handle else None,
        handle=handle,
        country=country,
        is_redacted=_is_nobody(shown) or None,
        **shown,
    )


def _is_nobody(shown: dict[str, str]) -> bool:
    return not any(shown.get(name) for name in ("name", "organization", "email", "phone"))


def _named(record: ContactRecord) -> Iterator[Fact]:
    if record.organization:
        yield from stated(
            lambda: Identifies(
                source=record,
                target=LegalEntity(name=record.organization, jurisdiction=record.country),
            )
        )
    if record.email:
        yield from stated(
            lambda: Identifies(source=record, target=EmailAddress(address=record.email))
        )
    if record.phone:
        number = record.phone.replace(".", "")
        yield from stated(lambda: Identifies(source=record, target=PhoneNumber(number=number)))
