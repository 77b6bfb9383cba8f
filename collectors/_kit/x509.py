"""What a certificate states, as facts. Pure; used by whoever meets certificates.

Real certificates break rules: a field that cannot be read is left out, and only bytes that are no
certificate at all are refused. Nothing here decides whether to trust one.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Literal, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from graph.errors import Refused, SourceRejected
from graph.model.base import Fact
from graph.model.certificate import Covers, HasKey, PublicKey, TLSCertificate
from graph.model.contact import EmailAddress
from graph.model.network import DomainName, IPAddress

Field = Literal["san", "cn"]
Validation = Literal["domain", "organization", "extended"]
T = TypeVar("T")
E = TypeVar("E", bound=x509.ExtensionType)

_SIGNATURES = {
    SignatureAlgorithmOID.RSA_WITH_MD5: "md5WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA1: "sha1WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA256: "sha256WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA384: "sha384WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA512: "sha512WithRSAEncryption",
    SignatureAlgorithmOID.RSASSA_PSS: "rsassaPss",
    SignatureAlgorithmOID.ECDSA_WITH_SHA1: "ecdsa-with-SHA1",
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: "ecdsa-with-SHA256",
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: "ecdsa-with-SHA384",
    SignatureAlgorithmOID.ECDSA_WITH_SHA512: "ecdsa-with-SHA512",
    SignatureAlgorithmOID.DSA_WITH_SHA1: "dsa-with-SHA1",
    SignatureAlgorithmOID.DSA_WITH_SHA256: "dsa-with-SHA256",
    SignatureAlgorithmOID.ED25519: "ed25519",
    SignatureAlgorithmOID.ED448: "ed448",
}
# Certificate policies of the CA/Browser Forum, the strongest first.
_VALIDATIONS: dict[str, Validation] = {
    "2.23.140.1.1": "extended",
    "2.23.140.1.2.2": "organization",
    "2.23.140.1.2.1": "domain",
}
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.UnsupportedGeneralNameType)


def load(der: bytes) -> x509.Certificate:
    """The certificate in `der`. Raises SourceRejected where it is none."""
    try:
        # Odd serial numbers and versions are warned of; they are facts here.
        with warnings.catch_warnings(action="ignore"):
            return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise SourceRejected(f"{len(der)} bytes that are no certificate: {error}") from error


def certificate_facts(der: bytes) -> Iterator[Fact]:
    """The certificate, its key, and the names and addresses it stands for."""
    certificate = load(der)
    entity = describe(certificate)
    yield entity
    key = key_of(certificate)
    if key is not None:
        yield HasKey(source=entity, target=key)
    yield from covered(certificate, entity)


def describe(certificate: x509.Certificate) -> TLSCertificate:
    """The certificate as an entity."""
    der = certificate.public_bytes(Encoding.DER)
    key = key_of(certificate)
    names = tuple(text for _, text in _alternative_names(certificate))
    basic = _extension(certificate, x509.BasicConstraints)
    return TLSCertificate(
        sha256=hashlib.sha256(der).hexdigest(),
        sha1=hashlib.sha1(der, usedforsecurity=False).hexdigest(),
        serial_number=_read(lambda: _colons(certificate.serial_number)),
        subject=_read(lambda: certificate.subject.rfc4514_string()) or None,  # noqa: PLW0108
        subject_common_name=_attribute(lambda: certificate.subject, NameOID.COMMON_NAME),
        subject_organization=_attribute(lambda: certificate.subject, NameOID.ORGANIZATION_NAME),
        issuer=_read(lambda: certificate.issuer.rfc4514_string()) or None,  # noqa: PLW0108
        issuer_common_name=_attribute(lambda: certificate.issuer, NameOID.COMMON_NAME),
        issuer_organization=_attribute(lambda: certificate.issuer, NameOID.ORGANIZATION_NAME),
        not_before=_moment(lambda: certificate.not_valid_before_utc),
        not_after=_moment(lambda: certificate.not_valid_after_utc),
        names=names,
        signature_algorithm=_read(lambda: _signature(certificate)),
        key_algorithm=key.algorithm if key else None,
        key_size_bits=key.size_bits if key else None,
        is_self_signed=_read(lambda: is_self_signed(certificate)),
        is_authority=basic.ca if basic else False,
        is_precertificate=_extension(certificate, x509.PrecertPoison) is not None,
        has_wildcard=any(name.startswith("*.") for name in names),
        validation=_validation(certificate),
    )


def key_of(certificate: x509.Certificate) -> PublicKey | None:
    """The certificate's key; None for a kind that cannot be read."""
    key = _read(certificate.public_key)
    if key is None:
        return None
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = hashlib.sha256(spki).hexdigest()
    if isinstance(key, rsa.RSAPublicKey):
        return PublicKey(sha256=digest, algorithm="rsa", size_bits=key.key_size)
    if isinstance(key, ec.EllipticCurvePublicKey):
        curve = key.curve
        return PublicKey(sha256=digest, algorithm="ec", size_bits=curve.key_size, curve=curve.name)
    if isinstance(key, dsa.DSAPublicKey):
        return PublicKey(sha256=digest, algorithm="dsa", size_bits=key.key_size)
    named = {ed25519.Ed25519PublicKey: ("ed25519", 256), ed448.Ed448PublicKey: ("ed448", 456)}
    for kind, (algorithm, bits) in named.items():
        if isinstance(key, kind):
            return PublicKey(sha256=digest, algorithm=algorithm, size_bits=bits)
    return PublicKey(sha256=digest)


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Whether the certificate's own key signed it."""
    if certificate.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except InvalidSignature:
        return False
    return True


def covered(certificate: x509.Certificate, source: TLSCertificate) -> Iterator[Covers]:
    """What the certificate stands for: its alternative names, and a common name not among them.

    Names without a dot are of no public DNS, and what no normaliser accepts is no name.
    """
    seen: set[str] = set()
    for kind, text in _alternative_names(certificate):
        seen.add(text.lower())
        with suppress(Refused):
            yield from _cover(source, kind, text, "san")
    common = source.subject_common_name
    if common and common.lower() not in seen:
        with suppress(Refused):
            kind = "ip" if common.replace(".", "").isdigit() or ":" in common else "dns"
            yield from _cover(source, kind, common, "cn")


def _cover(source: TLSCertificate, kind: str, text: str, field: Field) -> Iterator[Covers]:
    if kind == "ip":
        target = IPAddress(address=text)
        yield Covers(source=source, target=target, field=field, is_exact=True)
    elif kind == "email":
        mailbox = EmailAddress(address=text)
        yield Covers(source=source, target=mailbox, field=field, is_exact=True)
    elif "." in text.removeprefix("*."):
        is_wildcard = text.startswith("*.")
        yield Covers(
            source=source,
            target=DomainName(name=text),
            field=field,
            # A certificate may name both `a.example` and `*.a.example`: one edge, both true.
            is_exact=None if is_wildcard else True,
            is_wildcard=True if is_wildcard else None,
        )


def _alternative_names(certificate: x509.Certificate) -> list[tuple[str, str]]:
    """(dns, ip or email; the text) of each alternative name, in the certificate's order."""
    found: list[tuple[str, str]] = []
    for name in _extension(certificate, x509.SubjectAlternativeName) or ():
        if isinstance(name, x509.DNSName):
            found.append(("dns", name.value))
        elif isinstance(name, x509.IPAddress):
            found.append(("ip", str(name.value)))
        elif isinstance(name, x509.RFC822Name):
            found.append(("email", name.value))
    return [(kind, text.strip()) for kind, text in found if text.strip()]


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    found = _read(lambda: certificate.extensions)
    try:
        return found.get_extension_for_class(kind).value if found else None
    except x509.ExtensionNotFound:
        return None


def _validation(certificate: x509.Certificate) -> Validation | None:
    policies = _extension(certificate, x509.CertificatePolicies) or ()
    stated = {policy.policy_identifier.dotted_string for policy in policies}
    return next((word for oid, word in _VALIDATIONS.items() if oid in stated), None)


def _signature(certificate: x509.Certificate) -> str:
    oid = certificate.signature_algorithm_oid
    return _SIGNATURES.get(oid, oid.dotted_string)


def _attribute(read: Callable[[], x509.Name], oid: x509.ObjectIdentifier) -> str | None:
    name = _read(read)
    values = name.get_attributes_for_oid(oid) if name is not None else []
    text = str(values[0].value).strip() if values else ""
    return text or None


def _moment(read: Callable[[], datetime]) -> datetime | None:
    return _read(read)


def _colons(number: int) -> str:
    digits = f"{abs(number):x}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    text = ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))
    return f"-{text}" if number < 0 else text


def _read(read: Callable[[], T]) -> T | None:
    """What `read` gives, or None for a field that this certificate has in an unreadable form."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return read()
    except _UNREADABLE:
        return None
