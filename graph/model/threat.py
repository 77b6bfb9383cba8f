"""What intelligence claims: who uses, targets and is behind what; lists, reports, breaches."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from graph.model.base import Relationship, Standard, prop
from graph.model.certificate import PublicKey, TLSCertificate
from graph.model.contact import EmailAddress, PhoneNumber, UserAccount, Username
from graph.model.file import File
from graph.model.intelligence import (
    AttackPattern,
    Breach,
    Campaign,
    Feed,
    Indicator,
    IntrusionSet,
    Malware,
    Report,
    ThreatActor,
    Tool,
)
from graph.model.money import BankAccount, CryptoWallet
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock, NetworkService
from graph.model.party import LegalEntity, Person
from graph.model.place import Location
from graph.model.software import SoftwareProduct, Vulnerability
from graph.model.values.text import Line, Moment, Text
from graph.model.web import URL, Fingerprint, TrackingIdentifier


class _Claimed(Relationship, abstract=True):
    """What a source of intelligence claims."""

    summary: Text | None = prop("How the source words it.", example="Seen in two incidents.")
    valid_from: Moment | None = prop("From when it held.", example="2026-01-31T12:00:00Z")
    valid_to: Moment | None = prop("Until when it held.", example="2026-02-28T12:00:00Z")


class Indicates(_Claimed):
    """Where the indicator is seen, this is at work."""

    type: ClassVar[str] = "INDICATES"
    forward: ClassVar[str] = "indicates"
    backward: ClassVar[str] = "indicatedBy"
    standard: ClassVar[Standard] = Standard(stix="indicates")

    source: Indicator
    target: Malware | Tool | ThreatActor | IntrusionSet | Campaign | AttackPattern


class BasedOn(Relationship):
    """An indicator looks for this value."""

    type: ClassVar[str] = "BASED_ON"
    forward: ClassVar[str] = "basedOn"
    backward: ClassVar[str] = "basisOf"
    standard: ClassVar[Standard] = Standard(stix="based-on")

    source: Indicator
    target: (
        DomainName
        | IPAddress
        | Netblock
        | AutonomousSystem
        | URL
        | EmailAddress
        | File
        | TLSCertificate
        | UserAccount
    )


class Uses(_Claimed):
    """Attackers, or a program or technique of theirs, use this."""

    type: ClassVar[str] = "USES"
    forward: ClassVar[str] = "uses"
    backward: ClassVar[str] = "usedIn"
    standard: ClassVar[Standard] = Standard(stix="uses")

    source: ThreatActor | IntrusionSet | Campaign | Malware | Tool | AttackPattern
    target: Malware | Tool | AttackPattern


class Targets(_Claimed):
    """Attackers, or a program or technique of theirs, aim at this."""

    type: ClassVar[str] = "TARGETS"
    forward: ClassVar[str] = "targets"
    backward: ClassVar[str] = "targetedBy"
    standard: ClassVar[Standard] = Standard(stix="targets")

    source: ThreatActor | IntrusionSet | Campaign | Malware | Tool | AttackPattern
    target: LegalEntity | Person | Location | Vulnerability | SoftwareProduct | DomainName


class AttributedTo(_Claimed):
    """This is held to be behind it."""

    type: ClassVar[str] = "ATTRIBUTED_TO"
    forward: ClassVar[str] = "attributedTo"
    backward: ClassVar[str] = "attributions"
    standard: ClassVar[Standard] = Standard(stix="attributed-to")

    source: Campaign | IntrusionSet | ThreatActor | Malware
    target: IntrusionSet | ThreatActor | Person | LegalEntity


class CommunicatesWith(_Claimed):
    """A program or file talks to this."""

    type: ClassVar[str] = "COMMUNICATES_WITH"
    forward: ClassVar[str] = "communicatesWith"
    backward: ClassVar[str] = "contactedBy"
    standard: ClassVar[Standard] = Standard(stix="communicates-with")

    source: Malware | Tool | File
    target: DomainName | IPAddress | URL


class Drops(_Claimed):
    """A program or file leaves this behind."""

    type: ClassVar[str] = "DROPS"
    forward: ClassVar[str] = "drops"
    backward: ClassVar[str] = "droppedBy"
    standard: ClassVar[Standard] = Standard(stix="drops")

    source: Malware | Tool | File
    target: Malware | Tool | File


class Exploits(_Claimed):
    """A program or technique makes use of this vulnerability."""

    type: ClassVar[str] = "EXPLOITS"
    forward: ClassVar[str] = "exploits"
    backward: ClassVar[str] = "exploitedBy"
    standard: ClassVar[Standard] = Standard(stix="exploits")

    source: Malware | Tool | AttackPattern | Campaign | IntrusionSet | ThreatActor
    target: Vulnerability


class Impersonates(_Claimed):
    """Something passes itself off as this."""

    type: ClassVar[str] = "IMPERSONATES"
    forward: ClassVar[str] = "impersonates"
    backward: ClassVar[str] = "impersonatedBy"
    standard: ClassVar[Standard] = Standard(stix="impersonates")

    source: ThreatActor | DomainName | URL | UserAccount | EmailAddress
    target: LegalEntity | Person | DomainName


class VariantOf(_Claimed):
    """A program was made from this one."""

    type: ClassVar[str] = "VARIANT_OF"
    forward: ClassVar[str] = "variantOf"
    backward: ClassVar[str] = "variants"
    standard: ClassVar[Standard] = Standard(stix="variant-of")

    source: Malware | File
    target: Malware


class SightedAt(_Claimed):
    """Something was seen at this body or place."""

    type: ClassVar[str] = "SIGHTED_AT"
    forward: ClassVar[str] = "sightedAt"
    backward: ClassVar[str] = "sightings"
    standard: ClassVar[Standard] = Standard(stix="sighting")

    source: Indicator | Malware | Tool | ThreatActor | IntrusionSet | Campaign | AttackPattern
    target: LegalEntity | Location | NetworkService | IPAddress | DomainName


class ObjectOf(Relationship):
    """A report is about this."""

    type: ClassVar[str] = "OBJECT_OF"
    forward: ClassVar[str] = "reports"
    backward: ClassVar[str] = "objects"
    standard: ClassVar[Standard] = Standard(stix="object_refs")

    source: (
        Indicator
        | Malware
        | Tool
        | ThreatActor
        | IntrusionSet
        | Campaign
        | AttackPattern
        | Vulnerability
        | LegalEntity
        | Person
        | Location
        | DomainName
        | IPAddress
        | Netblock
        | AutonomousSystem
        | URL
        | EmailAddress
        | File
        | TLSCertificate
        | UserAccount
        | SoftwareProduct
    )
    target: Report


class ListedIn(Relationship):
    """A value is on this list."""

    type: ClassVar[str] = "LISTED_IN"
    forward: ClassVar[str] = "listedIn"
    backward: ClassVar[str] = "entries"

    source: (
        IPAddress
        | Netblock
        | AutonomousSystem
        | DomainName
        | URL
        | EmailAddress
        | PhoneNumber
        | Username
        | File
        | TLSCertificate
        | PublicKey
        | Fingerprint
        | TrackingIdentifier
        | Vulnerability
        | CryptoWallet
        | BankAccount
    )
    target: Feed
    reason: Line | None = prop("What the list accuses it of.", example="botnet command server")
    score: Annotated[float, Field(ge=0)] | None = prop(
        "The list's own measure of it.", example=87.5
    )
    valid_from: Moment | None = prop(
        "When the list says it was entered.", example="2026-01-31T12:00:00Z"
    )
    valid_to: Moment | None = prop(
        "When the list says it was taken off, or will be.", example="2026-02-28T12:00:00Z"
    )


class ExposedIn(Relationship):
    """An address, account or domain is among the data of this breach."""

    type: ClassVar[str] = "EXPOSED_IN"
    forward: ClassVar[str] = "exposedIn"
    backward: ClassVar[str] = "exposes"

    source: EmailAddress | UserAccount | PhoneNumber | DomainName
    target: Breach
    data_classes: tuple[Line, ...] = prop(
        "What of it was stolen.", default=(), merge="union", example=("passwords",)
    )
