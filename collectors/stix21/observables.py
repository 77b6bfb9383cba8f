"""Observables: STIX cyber-observable objects, and the values that patterns compare, as entities.

A type that is not in the table has no kind in the ontology; what of a type cannot be one (a file
without a digest) is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from collectors.stix21.bundle import StixObject
from collectors.stix21.pattern import Comparison
from graph.errors import Refused
from graph.model.base import Entity
from graph.model.certificate import TLSCertificate
from graph.model.contact import EmailAddress, UserAccount
from graph.model.file import File
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock
from graph.model.software import SoftwareProduct, SoftwareRelease
from graph.model.values.address import parsed_netblock
from graph.model.values.software import cpe_of
from graph.model.web import URL

# Accounts of these types are known on one machine or in one network only, so they identify nobody.
LOCAL_ACCOUNTS = frozenset(
    ("unix", "windows-local", "windows-domain", "ldap", "tacacs", "radius", "nis", "openid")
)
DIGESTS = {"md5": "md5", "sha1": "sha1", "sha256": "sha256"}


def address(value: object) -> IPAddress | Netblock:
    """An address, or a block where the value has a prefix shorter than the address."""
    if isinstance(value, str) and "/" in value:
        block = parsed_netblock(value)
        if block.prefixlen < block.max_prefixlen:
            return Netblock(cidr=str(block))
        value = str(block.network_address)
    return IPAddress(address=value)


def _file(one: StixObject) -> File:
    hashes = one.body.get("hashes")
    found = _digests(hashes if isinstance(hashes, dict) else {})
    if not found:
        raise Refused("a file", one.text("name"), "a MD5, SHA-1 or SHA-256 is needed")
    size = one.body.get("size")
    return File(
        **found,
        names=(one.text("name"),) if one.text("name") else (),
        size_bytes=size if isinstance(size, int) and size >= 0 else None,
        media_type=one.text("mime_type") or None,
    )


def _digests(hashes: Mapping[str, object]) -> dict[str, Any]:
    spelled = {name.lower().replace("-", ""): value for name, value in hashes.items()}
    return {field: spelled[name] for name, field in DIGESTS.items() if name in spelled}


def _account(one: StixObject) -> UserAccount:
    platform = one.text("account_type")
    if not platform or platform in LOCAL_ACCOUNTS:
        raise Refused("an account", one.text("account_login"), "a platform on the web is needed")
    return UserAccount(
        platform=platform,
        handle=one.text("account_login") or one.text("user_id") or None,
        display_name=one.text("display_name") or None,
    )


def _certificate(one: StixObject) -> TLSCertificate:
    hashes = one.body.get("hashes")
    digest = _digests(hashes if isinstance(hashes, dict) else {}).get("sha256")
    if digest is None:
        reason = "the SHA-256 of its DER form is needed; a serial number does not identify it"
        raise Refused("a certificate", one.text("serial_number"), reason)
    return TLSCertificate(
        sha256=digest,
        serial_number=one.text("serial_number") or None,
        subject=one.text("subject") or None,
        issuer=one.text("issuer") or None,
    )


def _software(one: StixObject) -> SoftwareProduct | SoftwareRelease:
    product, version = one.text("name"), one.text("version")
    if one.text("cpe"):
        known = cpe_of(one.text("cpe"))
        product = f"{known.part}:{known.vendor}:{known.product}"
        version = version or known.version
    if version:
        return SoftwareRelease(product=product, version=version)
    return SoftwareProduct(product=product, name=one.text("name") or None)


OBSERVABLES: Mapping[str, Callable[[StixObject], Entity]] = {
    "ipv4-addr": lambda one: address(one.body.get("value")),
    "ipv6-addr": lambda one: address(one.body.get("value")),
    "domain-name": lambda one: DomainName(name=one.body.get("value")),
    "url": lambda one: URL(url=one.body.get("value")),
    "email-addr": lambda one: EmailAddress(
        address=one.body.get("value"), display_name=one.text("display_name") or None
    ),
    "autonomous-system": lambda one: AutonomousSystem(
        number=one.body.get("number"), name=one.text("name") or None
    ),
    "file": _file,
    "artifact": _file,
    "user-account": _account,
    "x509-certificate": _certificate,
    "software": _software,
}

# What a comparison in a pattern names: object type and path to the entity of a value.
COMPARED: Mapping[tuple[str, str], Callable[[str], Entity]] = {
    ("ipv4-addr", "value"): address,
    ("ipv6-addr", "value"): address,
    ("domain-name", "value"): lambda value: DomainName(name=value),
    ("domain-name", "resolves_to_refs[*].value"): lambda value: (
        DomainName(name=value) if value[-1:].isalpha() and ":" not in value else address(value)
    ),
    ("url", "value"): lambda value: URL(url=value),
    ("email-addr", "value"): lambda value: EmailAddress(address=value),
    ("email-message", "from_ref.value"): lambda value: EmailAddress(address=value),
    ("email-message", "sender_ref.value"): lambda value: EmailAddress(address=value),
    ("network-traffic", "dst_ref.value"): address,
    ("network-traffic", "src_ref.value"): address,
    ("autonomous-system", "number"): lambda value: AutonomousSystem(number=value),
    ("x509-certificate", "hashes.sha256"): lambda value: TLSCertificate(sha256=value),
    ("file", "hashes.md5"): lambda value: File(md5=value),
    ("file", "hashes.sha1"): lambda value: File(sha1=value),
    ("file", "hashes.sha256"): lambda value: File(sha256=value),
}


def compared(one: Comparison) -> Iterator[Callable[[], Entity]]:
    """The entities that a comparison names, to be made; none where it does not name values."""
    path = one.path.lower().replace("'", "").replace('"', "")
    if path.startswith("hashes."):
        path = path.replace("-", "")
    make = COMPARED.get((one.object_type, path))
    if make is not None and one.names_values:
        for value in one.values:
            yield lambda value=value: make(value)  # type: ignore[misc]
