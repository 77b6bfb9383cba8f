import datetime as dt
import hashlib
import ipaddress
import os
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.x509.oid import NameOID

from collectors._kit.testing import described
from collectors._kit.x509 import certificate_facts, describe, load
from graph.errors import SourceRejected
from graph.model.certificate import Covers, HasKey, PublicKey, TLSCertificate

DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[4] / "shared" / "data"))
DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
EDWARDS = (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)
Key = (
    dsa.DSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | rsa.RSAPrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
)


def made(
    *names: x509.GeneralName,
    common: str = "heron.example",
    organization: str = "",
    issuer: str = "",
    key: Key | None = None,
    holder: x25519.X25519PublicKey | None = None,
    policies: tuple[str, ...] = (),
) -> bytes:
    """A certificate in DER; self-signed unless `issuer` is given. Its key is that of `holder`, else the signer's."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organization:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    subject = x509.Name(attributes)
    issued_by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]) if issuer else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by)
        .public_key(holder or key.public_key())
        .serial_number(0x4A12F)
        .not_valid_before(DAY)
        .not_valid_after(DAY + dt.timedelta(days=90))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if policies:
        stated = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in policies]
        builder = builder.add_extension(x509.CertificatePolicies(stated), critical=False)
    algorithm = None if isinstance(key, EDWARDS) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.DER)


def only(der: bytes) -> TLSCertificate:
    return next(f for f in certificate_facts(der) if isinstance(f, TLSCertificate))


def test_a_certificate_tells_its_fields() -> None:
    der = made(
        x509.DNSName("heron.example"),
        organization="Heron Optics Ltd",
        issuer="Test CA",
        policies=("2.23.140.1.2.2", "2.23.140.1.2.1"),
    )
    found = only(der)
    assert found.serial_number == "04:a1:2f"
    assert found.subject == "O=Heron Optics Ltd,CN=heron.example"
    assert (found.subject_common_name, found.subject_organization) == (
        "heron.example",
        "Heron Optics Ltd",
    )
    assert (found.issuer, found.issuer_common_name) == ("CN=Test CA", "Test CA")
    assert (found.not_before, found.not_after) == (DAY, DAY + dt.timedelta(days=90))
    assert found.names == ("heron.example",)
    assert found.signature_algorithm == "ecdsa-with-SHA256"
    assert (found.key_algorithm, found.key_size_bits) == ("ec", 256)
    assert (found.is_self_signed, found.is_authority, found.is_precertificate) == (
        False,
        False,
        False,
    )
    assert (found.has_wildcard, found.validation) == (False, "organization")


def test_it_stands_for_its_alternative_names() -> None:
    der = made(
        x509.DNSName("heron.example"),
        x509.DNSName("*.Heron.example"),
        x509.DNSName("intranet"),
        x509.DNSName("bad..name"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
        x509.RFC822Name("ada@heron.example"),
        x509.UniformResourceIdentifier("https://heron.example/"),
    )
    lines = {
        line.split("-COVERS", 1)[1]
        for line in described(certificate_facts(der))
        if "-COVERS" in line
    }
    assert lines == {
        "[san]-> DomainName heron.example {is_exact: True}",
        "[san]-> DomainName heron.example {is_wildcard: True}",
        "[san]-> IPAddress 192.0.2.1 {is_exact: True}",
        "[san]-> EmailAddress ada@heron.example {is_exact: True}",
    }
    assert only(der).has_wildcard


@pytest.mark.parametrize(
    ("common", "covers"),
    [
        ("old.heron.example", ["old.heron.example"]),
        ("192.0.2.7", ["192.0.2.7"]),
        ("intranet", []),
        ("Heron Optics", []),
        ("heron.example", []),
    ],
)
def test_a_common_name_counts_where_it_adds_something(common: str, covers: list[str]) -> None:
    der = made(x509.DNSName("Heron.example"), common=common)
    facts = [f for f in certificate_facts(der) if isinstance(f, Covers) and f.field == "cn"]
    assert [fact.target.key for fact in facts] == covers


@pytest.mark.parametrize(
    ("key", "algorithm", "bits"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "ec", 384),
        (rsa.generate_private_key(65537, 1024), "rsa", 1024),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519", 256),
        (ed448.Ed448PrivateKey.generate(), "ed448", 456),
        (dsa.generate_private_key(1024), "dsa", 1024),
    ],
)
def test_its_key_is_known_by_its_digest(key: Key, algorithm: str, bits: int) -> None:
    (found,) = (f.target for f in certificate_facts(made(key=key)) if isinstance(f, HasKey))
    assert isinstance(found, PublicKey)
    assert (found.algorithm, found.size_bits) == (algorithm, bits)
    again = made(key=key, common="other.example")
    assert [f.target for f in certificate_facts(again) if isinstance(f, HasKey)] == [found]


def test_other_kinds_of_key_are_known_by_digest() -> None:
    holder = x25519.X25519PrivateKey.generate().public_key()  # agrees on keys, signs nothing
    der = made(holder=holder, issuer="Test CA")
    (found,) = (f.target for f in certificate_facts(der) if isinstance(f, HasKey))
    spki = holder.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert found == PublicKey(sha256=hashlib.sha256(spki).hexdigest())
    assert not only(der).is_self_signed


def test_a_key_that_cannot_be_read_is_left_out() -> None:
    # The object identifier of P-256 (1.2.840.10045.3.1.7) becomes one that nobody has.
    broken = made().replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f"))
    found = only(broken)
    assert (found.key_algorithm, found.subject_common_name) == (None, "heron.example")
    assert not [f for f in certificate_facts(broken) if isinstance(f, HasKey)]


def test_a_forged_signature_is_not_its_own() -> None:
    der = bytearray(made())
    der[-1] ^= 1
    assert only(bytes(der)).is_self_signed is False


def test_self_signed_is_a_matter_of_the_key_not_of_names() -> None:
    assert only(made()).is_self_signed
    assert not only(made(issuer="heron.example ")).is_self_signed


def test_bytes_that_are_no_certificate_are_refused() -> None:
    with pytest.raises(SourceRejected, match="4 bytes that are no certificate"):
        load(b"nope")


def test_odd_certificates_of_the_world_can_be_read() -> None:
    folder = DATA / "recorded" / "x509"
    if not folder.is_dir():
        pytest.skip(f"no recorded certificates: {folder} is absent")
    read, refused = 0, []
    for path in sorted(folder.iterdir()):
        try:
            pem = x509.load_pem_x509_certificate(path.read_bytes())
        except ValueError:
            refused.append(path.name)
            continue
        entity = describe(pem)
        assert entity.sha256 == pem.fingerprint(hashes.SHA256()).hex()
        assert list(certificate_facts(pem.public_bytes(serialization.Encoding.DER)))
        read += 1
    assert (read, refused) == (60, [])
