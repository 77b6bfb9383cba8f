"""The certificate family: TLS certificates, keys, and who shows, issued and is named in them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from graph.model.base import Entity, Relationship, Standard, prop, qualifier
from graph.model.contact import EmailAddress
from graph.model.network import DomainName, IPAddress, NetworkService
from graph.model.party import LegalEntity
from graph.model.values.digest import SHA1, SHA256
from graph.model.values.text import Count, Line, Moment


class TLSCertificate(Entity):
    """An X.509 certificate: a key, the names it stands for, and an issuer's word for that."""

    plural: ClassVar[str] = "tlsCertificates"
    keeps_spellings: ClassVar[bool] = False
    standard: ClassVar[Standard] = Standard(
        stix="x509-certificate", oam="TLSCertificate", ecs="x509"
    )

    sha256: Annotated[str, SHA256] = prop(
        "The SHA-256 of its DER form.",
        key=True,
        searched=True,
        example="2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    )
    sha1: Annotated[str, SHA1] | None = prop(
        "The SHA-1 of its DER form, as other tools know it.",
        indexed=True,
        example="aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
    )
    serial_number: Line | None = prop(
        "The issuer's serial number, in hexadecimal; unique per issuer only.",
        indexed=True,
        example="04:a1:2f",
    )
    subject: Line | None = prop(
        "Whom it names (RFC 4514).", searched=True, example="CN=example.com"
    )
    subject_common_name: Line | None = prop(
        "The common name it names.", searched=True, example="example.com"
    )
    subject_organization: Line | None = prop(
        "The organization it names.", searched=True, example="Example Instruments Ltd"
    )
    issuer: Line | None = prop("Who issued it (RFC 4514).", example="CN=Example CA,O=Example")
    issuer_common_name: Line | None = prop("The issuer's common name.", example="Example CA")
    issuer_organization: Line | None = prop(
        "The issuer's organization.", indexed=True, example="Example Trust Services"
    )
    not_before: Moment | None = prop(
        "From when it is valid.", indexed=True, example="2026-01-01T00:00:00Z"
    )
    not_after: Moment | None = prop(
        "Until when it is valid.", indexed=True, example="2026-04-01T00:00:00Z"
    )
    names: tuple[Line, ...] = prop(
        "The names and addresses it stands for, as it writes them.",
        default=(),
        searched=True,
        example=("example.com", "*.example.com"),
    )
    signature_algorithm: Line | None = prop(
        "How the issuer signed it.", example="sha256WithRSAEncryption"
    )
    key_algorithm: Line | None = prop("The kind of its key.", example="rsa")
    key_size_bits: Count | None = prop("The size of its key.", unit="bits", example=2048)
    is_self_signed: bool | None = prop("Whether it vouches for itself.", example=False)
    is_authority: bool | None = prop("Whether it may issue others.", example=False)
    is_precertificate: bool | None = prop(
        "Whether it is the form submitted to a log, which no server shows.", example=False
    )
    has_wildcard: bool | None = prop("Whether it stands for all names below one.", example=True)
    validation: Literal["domain", "organization", "extended"] | None = prop(
        "What the issuer checked before issuing.", example="domain"
    )

    def caption(self) -> str:
        """Its common name or first name, and the start of its digest."""
        shown = self.subject_common_name or (self.names[0] if self.names else "without a name")
        return f"{shown} ({self.sha256[:12]})"


class PublicKey(Entity):
    """A public key: certificates with one key are under one hand."""

    plural: ClassVar[str] = "publicKeys"
    keeps_spellings: ClassVar[bool] = False

    sha256: Annotated[str, SHA256] = prop(
        "The SHA-256 of its SubjectPublicKeyInfo.",
        key=True,
        searched=True,
        example="486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7",
    )
    algorithm: Line | None = prop("The kind of key.", example="rsa")
    size_bits: Count | None = prop("Its size.", unit="bits", example=2048)
    curve: Line | None = prop("The elliptic curve, for such keys.", example="secp256r1")

    def caption(self) -> str:
        """Kind, size and the start of the digest."""
        kind = f"{self.algorithm or 'key'} {self.size_bits or ''}".rstrip()
        return f"{kind} ({self.sha256[:12]})"


class HasKey(Relationship):
    """A certificate is for this key."""

    type: ClassVar[str] = "HAS_KEY"
    forward: ClassVar[str] = "publicKey"
    backward: ClassVar[str] = "certificates"

    source: TLSCertificate
    target: PublicKey


class Presents(Relationship):
    """A service shows this certificate."""

    type: ClassVar[str] = "PRESENTS"
    forward: ClassVar[str] = "presents"
    backward: ClassVar[str] = "presentedBy"
    standard: ClassVar[Standard] = Standard(oam="certificate")

    source: NetworkService
    target: TLSCertificate
    chain_position: Count | None = prop(
        "Its place in the chain as sent; 0 is the service's own.", example=0
    )


class Covers(Relationship):
    """A certificate stands for this name or address."""

    type: ClassVar[str] = "COVERS"
    forward: ClassVar[str] = "covers"
    backward: ClassVar[str] = "coveredBy"
    standard: ClassVar[Standard] = Standard(oam="san_dns_name")

    source: TLSCertificate
    target: DomainName | IPAddress | EmailAddress
    field: Literal["san", "cn"] = qualifier(
        "Where the certificate says so: among its alternative names, or as common name.",
        example="san",
        default=...,
    )
    is_exact: bool | None = prop("Whether it stands for the name itself.", example=True)
    is_wildcard: bool | None = prop(
        "Whether it stands for all names one label below.", example=False
    )


class IssuedBy(Relationship):
    """A certificate was issued by the holder of another certificate, or by this body."""

    type: ClassVar[str] = "ISSUED_BY"
    forward: ClassVar[str] = "issuedBy"
    backward: ClassVar[str] = "issued"
    standard: ClassVar[Standard] = Standard(oam="issuing_certificate")

    source: TLSCertificate
    target: TLSCertificate | LegalEntity
