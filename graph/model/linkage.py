"""What services, pages and files lead to: what they serve, link to, load, send to and hold."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from graph.model.base import Relationship, Standard, prop, qualifier
from graph.model.certificate import TLSCertificate
from graph.model.cloud import CloudResource
from graph.model.contact import EmailAddress, PhoneNumber, UserAccount
from graph.model.file import File
from graph.model.intelligence import Report
from graph.model.money import BankAccount, CryptoWallet
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock, NetworkService
from graph.model.software import Vulnerability
from graph.model.values.text import Count, Line, Moment
from graph.model.web import URL, Fingerprint, TrackingIdentifier


class Serves(Relationship):
    """A service answers at this URL."""

    type: ClassVar[str] = "SERVES"
    forward: ClassVar[str] = "serves"
    backward: ClassVar[str] = "servedBy"

    source: NetworkService
    target: URL


class RedirectsTo(Relationship):
    """A page sends whoever asks for it elsewhere."""

    type: ClassVar[str] = "REDIRECTS_TO"
    forward: ClassVar[str] = "redirectsTo"
    backward: ClassVar[str] = "redirectedFrom"

    source: URL
    target: URL | DomainName
    status: Annotated[int, Field(ge=300, le=399)] = qualifier(
        "The HTTP status that says so: 301 and 308 for good, others for now.",
        example=301,
        default=...,
    )


class LinksTo(Relationship):
    """A page has a link to this page or name."""

    type: ClassVar[str] = "LINKS_TO"
    forward: ClassVar[str] = "linksTo"
    backward: ClassVar[str] = "linkedFrom"

    source: URL
    target: URL | DomainName | CloudResource


class LoadsFrom(Relationship):
    """A page loads scripts, styles or pictures from here."""

    type: ClassVar[str] = "LOADS_FROM"
    forward: ClassVar[str] = "loadsFrom"
    backward: ClassVar[str] = "loadedBy"

    source: URL
    target: URL | DomainName | CloudResource
    has_integrity: bool | None = prop(
        "Whether the page pins what it loads by a digest.", example=False
    )


class Embeds(Relationship):
    """A page shows this one in a frame."""

    type: ClassVar[str] = "EMBEDS"
    forward: ClassVar[str] = "embeds"
    backward: ClassVar[str] = "embeddedIn"

    source: URL
    target: URL | DomainName


class FormPostsTo(Relationship):
    """A form on a page sends what is typed into it here."""

    type: ClassVar[str] = "FORM_POSTS_TO"
    forward: ClassVar[str] = "formPostsTo"
    backward: ClassVar[str] = "formPostedFrom"

    source: URL
    target: URL | DomainName
    has_password: bool | None = prop("Whether the form asks for a password.", example=True)


class HasFingerprint(Relationship):
    """A service, page, certificate or file has this fingerprint."""

    type: ClassVar[str] = "HAS_FINGERPRINT"
    forward: ClassVar[str] = "fingerprints"
    backward: ClassVar[str] = "fingerprintOf"

    source: NetworkService | URL | TLSCertificate | File
    target: Fingerprint


class HasTracker(Relationship):
    """A page or site is measured under this id."""

    type: ClassVar[str] = "HAS_TRACKER"
    forward: ClassVar[str] = "trackers"
    backward: ClassVar[str] = "trackerOf"

    source: URL | DomainName
    target: TrackingIdentifier
    property_number: Count | None = prop(
        "The property's number within the account (the 2 of UA-5551212-2).", example=2
    )


class ArchivedAs(Relationship):
    """An archive keeps a copy of a page at this URL."""

    type: ClassVar[str] = "ARCHIVED_AS"
    forward: ClassVar[str] = "archivedAs"
    backward: ClassVar[str] = "archiveOf"

    source: URL
    target: URL
    captured_at: Moment | None = prop("When the copy was made.", example="2019-05-01T08:00:00Z")
    media_type: Line | None = prop("The copy's type.", example="text/html")


class ContainsData(Relationship):
    """A page, file or report holds this value; that it means something is not claimed."""

    type: ClassVar[str] = "CONTAINS_DATA"
    forward: ClassVar[str] = "containsData"
    backward: ClassVar[str] = "foundIn"
    standard: ClassVar[Standard] = Standard(stix="contains")

    source: File | URL | Report
    target: (
        EmailAddress
        | PhoneNumber
        | UserAccount
        | URL
        | DomainName
        | IPAddress
        | Netblock
        | AutonomousSystem
        | File
        | Vulnerability
        | BankAccount
        | CryptoWallet
    )
    occurrence_count: Count | None = prop("How often it holds it.", unit="times", example=3)


class DerivedFrom(Relationship):
    """Something was made from something else."""

    type: ClassVar[str] = "DERIVED_FROM"
    forward: ClassVar[str] = "derivedFrom"
    backward: ClassVar[str] = "derivedInto"
    standard: ClassVar[Standard] = Standard(stix="derived-from")

    source: File | URL | Report
    target: File | URL | Report
