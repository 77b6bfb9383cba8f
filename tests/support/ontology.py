"""Entities and relationships of every kind: as the ontology's examples say, and others like them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.model.base import Declared, Entity, Relationship
from graph.model.registry import kinds, make, relationship_types

# A key of each kind that none of the examples has.
OTHER_KEYS = {
    "AttackPattern": "T1566",
    "AutonomousSystem": "64511",
    "BankAccount": "DE89370400440532013000",
    "Breach": "zebra-bank¦2023-01",
    "Campaign": "zebrastorm",
    "CloudResource": "aws¦bucket¦zebra-files",
    "CloudTenant": "azure¦11111111-2222-4333-8444-555555555555",
    "ContactRecord": "ripe¦ZB9-RIPE",
    "CryptoWallet": "bitcoin¦1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "DNSRecord": f"zebra.example¦TXT¦{'ab' * 32}",
    "DomainName": "secret.zebra.example",
    "DomainRegistration": "zebra.example¦ZEBRA-1",
    "EmailAddress": "zoe@zebra.example",
    "Feed": "zebra-list",
    "File": "cd" * 32,
    "Fingerprint": "favicon_mmh3¦424242",
    "IPAddress": "198.51.100.77",
    "Identifier": "vat¦DE111111125",
    "Indicator": "indicator--99999999-2b17-4cbf-938f-98ee46b3cd3f",
    "IntrusionSet": "zebrapack",
    "LegalEntity": "name:GB:holdings zebra/ltd",
    "Location": "city:2988507",
    "Malware": "zebraworm",
    "Netblock": "198.51.100.0/24",
    "NetworkRegistration": "ripe¦NET-198-51-100-0-1",
    "NetworkService": "tcp://198.51.100.77:8443",
    "Person": "companies-house¦officer-999",
    "PhoneNumber": "+442079460999",
    "PublicKey": "ef" * 32,
    "Report": "report--99999999-44ea-4bcd-bbf3-b2c1c320bcb3",
    "SoftwareProduct": "a:zebra:stripes",
    "SoftwareRelease": "a:zebra:stripes¦1.0",
    "TLSCertificate": "01" * 32,
    "ThreatActor": "zebragang",
    "Tool": "zebratool",
    "TrackingIdentifier": "google_analytics¦UA-9999999",
    "URL": "https://secret.zebra.example/stripes",
    "UserAccount": "github¦id:999999",
    "Username": "zebrajoe",
    "Vulnerability": "CVE-2014-0160",
}


def examples(declared: type[Declared]) -> dict[str, Any]:
    """The example of each property that can be given."""
    return {
        name: p.example
        for name, p in declared.properties().items()
        if p.example is not None and not p.is_derived
    }


def example_of(kind: type[Entity]) -> Entity:
    """An entity made of the examples alone."""
    return kind(**examples(kind))


def other_of(kind: type[Entity]) -> Entity:
    """Another entity of the kind, with a key of its own."""
    return make(kind.__name__, OTHER_KEYS[kind.__name__])


def related(relationship: type[Relationship], source: Entity, target: Entity) -> Relationship:
    """A relationship of the examples, between these ends."""
    return relationship(source=source, target=target, **examples(relationship))


def all_related(
    sources: Mapping[type[Entity], Entity], targets: Mapping[type[Entity], Entity]
) -> list[Relationship]:
    """A relationship of every type between each two kinds that it may join."""
    return [
        related(relationship, sources[start], targets[end])
        for relationship in relationship_types().values()
        for start in relationship.sources()
        for end in relationship.targets()
    ]


def one_of_each() -> dict[type[Entity], Entity]:
    """The example of every kind."""
    return {kind: example_of(kind) for kind in kinds().values()}


def another_of_each() -> dict[type[Entity], Entity]:
    """Another entity of every kind."""
    return {kind: other_of(kind) for kind in kinds().values()}
