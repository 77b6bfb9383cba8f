"""What the Domain Name System says of names and addresses, where a record names a host.

Other records are nodes, in `record.py`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from graph.model.base import Relationship, Standard, prop, qualifier
from graph.model.network import DomainName, IPAddress, Netblock
from graph.model.values.address import PORT
from graph.model.values.text import Key, Line, Moment

Preference = Annotated[int, Field(ge=0, le=65535)]


class ResolvesTo(Relationship):
    """A name has an address record with this address."""

    type: ClassVar[str] = "RESOLVES_TO"
    forward: ClassVar[str] = "resolvesTo"
    backward: ClassVar[str] = "resolvedBy"
    standard: ClassVar[Standard] = Standard(stix="resolves-to", oam="dns_record")

    source: DomainName
    target: IPAddress
    rrtype: Literal["A", "AAAA"] = qualifier("The type of the record.", example="A", default=...)
    valid_from: Moment | None = prop(
        "When a passive DNS source first saw the record.", example="2026-01-31T12:00:00Z"
    )
    valid_to: Moment | None = prop(
        "When a passive DNS source last saw the record.", example="2026-02-28T12:00:00Z"
    )


class CnameTo(Relationship):
    """A name is an alias of another (CNAME): whoever asks for it is sent on."""

    type: ClassVar[str] = "CNAME_TO"
    forward: ClassVar[str] = "aliasOf"
    backward: ClassVar[str] = "aliasedBy"
    standard: ClassVar[Standard] = Standard(oam="dns_record")

    source: DomainName
    target: DomainName


class DnameTo(Relationship):
    """All names below a name are aliases of those below another (DNAME)."""

    type: ClassVar[str] = "DNAME_TO"
    forward: ClassVar[str] = "subtreeAliasOf"
    backward: ClassVar[str] = "subtreeAliasedBy"
    standard: ClassVar[Standard] = Standard(oam="dns_record")

    source: DomainName
    target: DomainName


class DelegatedTo(Relationship):
    """A zone's answers come from this name server (NS)."""

    type: ClassVar[str] = "DELEGATED_TO"
    forward: ClassVar[str] = "nameServers"
    backward: ClassVar[str] = "nameServerOf"
    standard: ClassVar[Standard] = Standard(oam="dns_record")

    source: DomainName
    target: DomainName


class MailHandledBy(Relationship):
    """Mail for a name is delivered to this host (MX)."""

    type: ClassVar[str] = "MAIL_HANDLED_BY"
    forward: ClassVar[str] = "mailHandledBy"
    backward: ClassVar[str] = "handlesMailOf"
    standard: ClassVar[Standard] = Standard(oam="dns_record")

    source: DomainName
    target: DomainName
    preference: Preference = qualifier(
        "The order of trying; the lower number is tried first.", example=10, default=...
    )


class SrvTo(Relationship):
    """A name says on which host and port a service of its domain is found (SRV)."""

    type: ClassVar[str] = "SRV_TO"
    forward: ClassVar[str] = "serviceHosts"
    backward: ClassVar[str] = "serviceHostOf"
    standard: ClassVar[Standard] = Standard(oam="dns_record")

    source: DomainName
    target: DomainName
    service: Key = qualifier(
        "The service and its transport, as the name's first labels say.",
        example="_sip._tcp",
        default=...,
    )
    port: Annotated[int, PORT] = qualifier("The port on the host.", example=5060, default=...)
    priority: Preference = qualifier(
        "The order of trying; the lower number is tried first.", example=10, default=...
    )
    weight: Preference | None = prop(
        "The share of requests among hosts of one priority.", example=60
    )


class PointsTo(Relationship):
    """The holder of an address says that it belongs to this name (PTR)."""

    type: ClassVar[str] = "POINTS_TO"
    forward: ClassVar[str] = "pointsTo"
    backward: ClassVar[str] = "pointedToBy"
    standard: ClassVar[Standard] = Standard(oam="ptr_record")

    source: IPAddress
    target: DomainName


class AllowsSender(Relationship):
    """A domain lets hosts of this name or block send mail in its name (SPF)."""

    type: ClassVar[str] = "ALLOWS_SENDER"
    forward: ClassVar[str] = "allowsSender"
    backward: ClassVar[str] = "allowedToSendFor"

    source: DomainName
    target: DomainName | Netblock
    mechanisms: tuple[Line, ...] = prop(
        "The SPF mechanisms that name it.",
        default=(),
        merge="union",
        example=("include",),
    )
