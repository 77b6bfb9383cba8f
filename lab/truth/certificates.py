"""What a perfect collector of certificates finds, in certificate search and at services."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from graph.model.base import Fact
from graph.model.certificate import Covers, HasKey, IssuedBy, Presents, PublicKey, TLSCertificate
from graph.model.network import DomainName, NetworkService
from lab.certificates import Issued, spki_sha256
from lab.truth.facts import Oracle
from lab.world import World


def search(world: World, target: DomainName) -> Iterator[Fact]:
    """Every logged certificate with a name at or below a domain, its key and all its names."""
    for name, plan in world.company.certificates.items():
        certificate = world.certificates.issued[name]
        if plan.is_logged and any(_is_below(n, target.key) for n in certificate.names):
            yield HasKey(
                source=_entity(certificate.leaf), target=PublicKey(sha256=certificate.spki_sha256)
            )
            yield from _covered(certificate)


def handshake(world: World, target: NetworkService) -> Iterator[Fact]:
    """The chain that a service shows: to anybody, or to who asks for one name."""
    certificate = _shown_by(world, target)
    if certificate is None:
        return
    for each in certificate.chain:
        yield Presents(source=target, target=_entity(each))
        yield HasKey(source=_entity(each), target=PublicKey(sha256=spki_sha256(each)))
    for leaf, issuer in zip(certificate.chain, certificate.chain[1:], strict=False):
        yield IssuedBy(source=_entity(leaf), target=_entity(issuer))
    yield from _covered(certificate)


def shown_to(world: World, service: NetworkService, name: str) -> Iterator[Fact]:
    """The certificate that a service shows to who asks it for `name`, by itself."""
    certificate = _shown_by(world, service.model_copy(update={"server_name": name}))
    if certificate is not None:
        leaf = _entity(certificate.leaf)
        yield Presents(source=service, target=leaf)
        yield HasKey(source=leaf, target=PublicKey(sha256=spki_sha256(certificate.leaf)))
        yield from _covered(certificate)


def _shown_by(world: World, service: NetworkService) -> Issued | None:
    host = world.company.host_at(ipaddress.ip_address(service.address))
    plan = host.services.get(service.port) if host else None
    if plan is None or plan.speaks != "https":
        return None
    site = service.server_name if service.server_name in plan.sites else plan.sites[0]
    return world.certificates.issued[world.company.sites[site].certificate]


def _covered(certificate: Issued) -> Iterator[Fact]:
    source = _entity(certificate.leaf)
    for name in certificate.names:
        if "." in name:  # a bare host name is no name of the public DNS
            yield Covers(source=source, target=DomainName(name=name), field="san")


def _entity(certificate: x509.Certificate) -> TLSCertificate:
    return TLSCertificate(sha256=certificate.fingerprint(hashes.SHA256()).hex())


def _is_below(name: str, domain: str) -> bool:
    bare = name.removeprefix("*.")
    return bare == domain or bare.endswith(f".{domain}")


ORACLES: Mapping[str, Oracle] = {
    "ct.crtsh": Oracle(("DomainName",), search, needs="Apex"),
    "tls.handshake": Oracle(("NetworkService",), handshake),
}
