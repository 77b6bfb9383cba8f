"""Keys and certificates follow from names and days."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lab.certificates import issue_certificates
from lab.company import read_company
from lab.keys import bytes_for, ed25519_key, p256_key, rsa_key
from lab.world import World


def test_keys_follow_from_their_names() -> None:
    assert p256_key("a").private_numbers() == p256_key("a").private_numbers()
    assert p256_key("a").private_numbers() != p256_key("b").private_numbers()
    assert ed25519_key("a").private_bytes_raw() == ed25519_key("a").private_bytes_raw()
    assert bytes_for("a", 4).hex() == "4f1184e0"
    assert (
        rsa_key("legacy", 1024).private_numbers()
        == rsa_key.__wrapped__("legacy", 1024).private_numbers()
    )


def test_derived_rsa_key_is_sound() -> None:
    numbers = rsa_key("legacy", 1024).private_numbers()
    assert numbers.public_numbers.n.bit_length() == 1024
    assert numbers.p != numbers.q
    assert (
        pow(
            pow(42, numbers.public_numbers.e, numbers.p * numbers.q),
            numbers.d,
            numbers.p * numbers.q,
        )
        == 42
    )


def test_same_day_gives_the_same_bytes_and_another_day_others(world: World) -> None:
    again = issue_certificates(world.company)
    known = world.certificates.issued
    assert {n: c.sha256 for n, c in again.issued.items()} == {n: c.sha256 for n, c in known.items()}
    later = issue_certificates(read_company(today=world.company.today + dt.timedelta(days=1)))
    assert later.issued["vpn"].sha256 != known["vpn"].sha256
    assert later.issued["vpn"].spki_sha256 == known["vpn"].spki_sha256


def test_chain_is_signed_by_the_authority_and_the_lonely_one_by_itself(world: World) -> None:
    root, issuing = world.certificates.root, world.certificates.issuing
    issuing.verify_directly_issued_by(root)
    for issued in world.certificates.issued.values():
        if issued.name == "build":
            assert len(issued.chain) == 1
            issued.leaf.verify_directly_issued_by(issued.leaf)
        else:
            assert issued.chain[1:] == (issuing,)
            issued.leaf.verify_directly_issued_by(issuing)


def test_plan_shows_in_the_certificate(world: World) -> None:
    issued = world.certificates.issued
    assert issued["cloud"].names == ("*.orrery-cloud.example", "orrery-cloud.example")
    assert isinstance(issued["vpn"].key, ec.EllipticCurvePrivateKey)
    assert isinstance(issued["legacy"].key, rsa.RSAPrivateKey)
    assert issued["api"].spki_sha256 == issued["tidewater"].spki_sha256
    assert issued["api"].sha256 != issued["tidewater"].sha256
    ends = issued["vpn"].leaf.not_valid_after_utc
    assert ends == world.company.day(-30) - dt.timedelta(seconds=1)


def test_serial_numbers_differ(world: World) -> None:
    serials = [issued.leaf.serial_number for issued in world.certificates.issued.values()]
    assert len(set(serials)) == len(serials)


@pytest.mark.parametrize("name", ["front", "build"])
def test_leaf_may_not_sign_others(world: World, name: str) -> None:
    constraints = world.certificates.issued[name].leaf.extensions.get_extension_for_class(
        x509.BasicConstraints
    )
    assert (constraints.critical, constraints.value.ca) == (True, False)
