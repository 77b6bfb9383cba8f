"""Makes the lab's certificates: one authority, and a chain for each plan of `company.yaml`.

The same plan on the same day gives the same bytes: keys, serial numbers and signatures are derived.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.company import CertificatePlan, Company
from lab.keys import CertificateKey, bytes_for, certificate_key, p256_key

ROOT_NAME = "Lab Trust Root"
ISSUING_NAME = "Lab Trust Issuing CA 1"
ORGANIZATION = "Lab Trust Services"


@dataclass(frozen=True)
class Issued:
    """A certificate with its key and the chain that is sent with it, leaf first."""

    name: str
    key: CertificateKey
    chain: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate itself."""
        return self.chain[0]

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the certificate's DER, lower-case hexadecimal."""
        return self.leaf.fingerprint(hashes.SHA256()).hex()

    @cached_property
    def spki_sha256(self) -> str:
        """SHA-256 of the public key (SubjectPublicKeyInfo), lower-case hexadecimal."""
        return spki_sha256(self.leaf)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names it covers, wildcards as they are."""
        alternative = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return tuple(alternative.value.get_values_for_type(x509.DNSName))

    def pem(self) -> str:
        """Key and chain in one text, as TLS servers load them."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return key.decode() + "".join(pem_of(certificate) for certificate in self.chain)


@dataclass(frozen=True)
class Certificates:
    """The authority and everything it issued."""

    root: x509.Certificate
    issuing: x509.Certificate
    issued: Mapping[str, Issued]

    def write(self, folder: Path) -> Path:
        """Write the root, which clients trust, and a file per certificate for servers to load."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ca_file = folder / "ca.pem"
        ca_file.write_text(pem_of(self.root))
        for name, issued in self.issued.items():
            self.file(folder, name).write_text(issued.pem())
        return ca_file

    @staticmethod
    def file(folder: Path, name: str) -> Path:
        """Where `write` puts the certificate called `name`."""
        return folder / f"{name}.pem"


def issue_certificates(company: Company) -> Certificates:
    """Everything that `company` plans, signed."""
    validity = company.day(-1000), company.day(3000)
    root = _Holder(_authority_name(ROOT_NAME), p256_key("authority root"))
    issuing = _Holder(_authority_name(ISSUING_NAME), p256_key("authority issuing"))
    root_certificate = _sign(_authority(1), root, root, validity)
    issuing_certificate = _sign(_authority(0), issuing, root, validity)
    issued = {}
    for name, plan in company.certificates.items():
        holder = _Holder(_common_name(plan), certificate_key(plan.key or name, plan.algorithm))
        signer = holder if plan.issuer == "self" else issuing
        days = company.day(plan.days[0]), company.day(plan.days[1])
        leaf = _sign(_leaf(plan), holder, signer, days)
        chain = (leaf,) if signer is holder else (leaf, issuing_certificate)
        issued[name] = Issued(name, holder.key, chain)
    return Certificates(root_certificate, issuing_certificate, issued)


def pem_of(certificate: x509.Certificate) -> str:
    """The certificate as PEM text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def spki_sha256(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate's SubjectPublicKeyInfo, lower-case hexadecimal."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(
        certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return digest.finalize().hex()


@dataclass(frozen=True)
class _Holder:
    """Who holds a key: the subject or the issuer of a certificate."""

    name: x509.Name
    key: CertificateKey


def _authority(path_length: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )


def _leaf(plan: CertificatePlan) -> x509.CertificateBuilder:
    names = [x509.DNSName(name) for name in plan.names]
    return (
        x509.CertificateBuilder()
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )


def _sign(
    builder: x509.CertificateBuilder,
    subject: _Holder,
    signer: _Holder,
    validity: tuple[dt.datetime, dt.datetime],
) -> x509.Certificate:
    first, last = validity
    public, issuer_key = subject.key.public_key(), signer.key.public_key()
    serial = bytes_for(f"serial {subject.name.rfc4514_string()} {first} {last}", 16)
    finished = (
        builder.subject_name(subject.name)
        .issuer_name(signer.name)
        .public_key(public)
        .serial_number(int.from_bytes(serial) >> 1)
        .not_valid_before(first)
        .not_valid_after(last - dt.timedelta(seconds=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False
        )
    )
    deterministic = True if isinstance(signer.key, ec.EllipticCurvePrivateKey) else None
    return finished.sign(signer.key, hashes.SHA256(), ecdsa_deterministic=deterministic)


def _common_name(plan: CertificatePlan) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, plan.names[0])])


def _authority_name(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CH"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
