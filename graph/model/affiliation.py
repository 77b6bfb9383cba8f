"""Who belongs to whom: people, companies, their addresses, accounts and shares in each other."""

from __future__ import annotations

from typing import ClassVar

from graph.model.base import Relationship, Standard, prop, qualifier
from graph.model.contact import EmailAddress, PhoneNumber, UserAccount
from graph.model.file import File
from graph.model.intelligence import (
    Campaign,
    IntrusionSet,
    Malware,
    Report,
    ThreatActor,
    Tool,
)
from graph.model.money import BankAccount, CryptoWallet
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock, NetworkService
from graph.model.party import Identifier, LegalEntity, Person
from graph.model.place import Location
from graph.model.values.text import Line, Moment


class _Held(Relationship, abstract=True):
    """What a source says began and ended."""

    valid_from: Moment | None = prop("When it began.", example="2019-05-01T00:00:00Z")
    valid_to: Moment | None = prop("When it ended.", example="2025-04-30T00:00:00Z")


class HasIdentifier(Relationship):
    """A person or body holds this number or code."""

    type: ClassVar[str] = "HAS_IDENTIFIER"
    forward: ClassVar[str] = "identifiers"
    backward: ClassVar[str] = "identifierOf"

    source: LegalEntity | Person
    target: Identifier


class OwnsAccount(Relationship):
    """A person or body uses this account."""

    type: ClassVar[str] = "OWNS_ACCOUNT"
    forward: ClassVar[str] = "accounts"
    backward: ClassVar[str] = "accountOf"

    source: LegalEntity | Person
    target: UserAccount


class HasEmail(Relationship):
    """A person or body is reached at this mailbox."""

    type: ClassVar[str] = "HAS_EMAIL"
    forward: ClassVar[str] = "emails"
    backward: ClassVar[str] = "emailOf"

    source: LegalEntity | Person
    target: EmailAddress


class HasPhone(Relationship):
    """A person or body is reached at this number."""

    type: ClassVar[str] = "HAS_PHONE"
    forward: ClassVar[str] = "phones"
    backward: ClassVar[str] = "phoneOf"

    source: LegalEntity | Person
    target: PhoneNumber


class HasWebsite(Relationship):
    """A person or body presents itself under this name."""

    type: ClassVar[str] = "HAS_WEBSITE"
    forward: ClassVar[str] = "websites"
    backward: ClassVar[str] = "websiteOf"

    source: LegalEntity | Person
    target: DomainName


class LocatedAt(_Held):
    """Something is at this place."""

    type: ClassVar[str] = "LOCATED_AT"
    forward: ClassVar[str] = "locatedAt"
    backward: ClassVar[str] = "placeOf"
    standard: ClassVar[Standard] = Standard(stix="located-at", oam="location")

    source: IPAddress | Netblock | LegalEntity | Person | PhoneNumber | ThreatActor | IntrusionSet
    target: Location


class OperatedBy(Relationship):
    """An address, block, network or service is run by this body."""

    type: ClassVar[str] = "OPERATED_BY"
    forward: ClassVar[str] = "operatedBy"
    backward: ClassVar[str] = "operates"

    source: IPAddress | Netblock | AutonomousSystem | NetworkService
    target: LegalEntity


class EmployedBy(_Held):
    """A person works for this body."""

    type: ClassVar[str] = "EMPLOYED_BY"
    forward: ClassVar[str] = "employedBy"
    backward: ClassVar[str] = "employs"
    standard: ClassVar[Standard] = Standard(ftm="Employment")

    source: Person
    target: LegalEntity
    position: Line | None = prop("As what.", example="engineer")


class DirectorOf(_Held):
    """A person or body is in the board of this one."""

    type: ClassVar[str] = "DIRECTOR_OF"
    forward: ClassVar[str] = "directorOf"
    backward: ClassVar[str] = "directors"
    standard: ClassVar[Standard] = Standard(ftm="Directorship")

    source: Person | LegalEntity
    target: LegalEntity
    position: Line | None = prop("As what.", example="director")


class Owns(_Held):
    """A person or body holds a share in this one."""

    type: ClassVar[str] = "OWNS"
    forward: ClassVar[str] = "owns"
    backward: ClassVar[str] = "ownedBy"
    standard: ClassVar[Standard] = Standard(ftm="Ownership")

    source: Person | LegalEntity
    target: LegalEntity
    share: Line = qualifier(
        "The share in percent as the source states it, a range where it states one.",
        unit="percent",
        example="25-50",
    )


class SubsidiaryOf(_Held):
    """A body belongs to this one."""

    type: ClassVar[str] = "SUBSIDIARY_OF"
    forward: ClassVar[str] = "subsidiaryOf"
    backward: ClassVar[str] = "subsidiaries"

    source: LegalEntity
    target: LegalEntity


class MemberOf(_Held):
    """A person or body is a member of this one."""

    type: ClassVar[str] = "MEMBER_OF"
    forward: ClassVar[str] = "memberOf"
    backward: ClassVar[str] = "members"
    standard: ClassVar[Standard] = Standard(ftm="Membership")

    source: Person | LegalEntity
    target: LegalEntity


class Represents(_Held):
    """A person or body acts for this one."""

    type: ClassVar[str] = "REPRESENTS"
    forward: ClassVar[str] = "represents"
    backward: ClassVar[str] = "representedBy"
    standard: ClassVar[Standard] = Standard(ftm="Representation")

    source: Person | LegalEntity
    target: Person | LegalEntity


class FamilyOf(_Held):
    """Two people are of one family."""

    type: ClassVar[str] = "FAMILY_OF"
    forward: ClassVar[str] = "familyOf"
    backward: ClassVar[str] = "hasFamily"
    standard: ClassVar[Standard] = Standard(ftm="Family")

    source: Person
    target: Person
    kinship: Line | None = prop("What the first is to the second.", example="sister")


class AssociatedWith(_Held):
    """Two are linked in a way that the source does not say more exactly."""

    type: ClassVar[str] = "ASSOCIATED_WITH"
    forward: ClassVar[str] = "associatedWith"
    backward: ClassVar[str] = "associatedBy"
    standard: ClassVar[Standard] = Standard(stix="related-to", ftm="UnknownLink")

    source: Person | LegalEntity | ThreatActor | IntrusionSet | Campaign | Malware | Tool
    target: Person | LegalEntity | ThreatActor | IntrusionSet | Campaign | Malware | Tool
    nature: Line | None = prop("What the source calls it.", example="business partner")


class Authored(Relationship):
    """A person, body or account wrote this."""

    type: ClassVar[str] = "AUTHORED"
    forward: ClassVar[str] = "authored"
    backward: ClassVar[str] = "authoredBy"

    source: Person | LegalEntity | UserAccount | EmailAddress
    target: File | Report


class Holds(Relationship):
    """A person or body has this account for money."""

    type: ClassVar[str] = "HOLDS"
    forward: ClassVar[str] = "moneyAccounts"
    backward: ClassVar[str] = "heldBy"

    source: Person | LegalEntity
    target: BankAccount | CryptoWallet
