"""What kinds do beyond their contract: derive, imply, carry further labels, refuse."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graph.errors import InvalidFact, Refused
from graph.facts import Content
from graph.model.base import Entity
from graph.model.certificate import PublicKey, TLSCertificate
from graph.model.cloud import CloudResource, CloudTenant
from graph.model.file import File
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock, NetworkService
from graph.model.registration import ContactRecord, DomainRegistration, NetworkRegistration
from graph.model.resolution import MailHandledBy, ResolvesTo, SrvTo
from graph.model.web import URL, Fingerprint, TrackingIdentifier


def edges(*facts: Entity) -> set[tuple[str, str, str]]:
    """All relationships that follow from `facts`, as (start, type, end)."""
    return {(start[1], kind, end[1]) for start, kind, end, _ in Content.of(facts).relationships}


def test_a_name_is_under_its_parents_up_to_the_registrable_one() -> None:
    assert edges(DomainName(name="a.b.example.co.uk")) == {
        ("a.b.example.co.uk", "SUBDOMAIN_OF", "b.example.co.uk"),
        ("b.example.co.uk", "SUBDOMAIN_OF", "example.co.uk"),
    }
    assert edges(DomainName(name="shop.github.io")) == set()
    assert edges(DomainName(name="com")) == set()


def test_a_registrable_name_is_an_apex() -> None:
    assert DomainName(name="example.com").roles() == ("Apex",)
    assert DomainName(name="shop.github.io").roles() == ("Apex",)
    assert DomainName(name="www.example.com").roles() == ()
    assert DomainName(name="co.uk").roles() == ()


def test_a_name_keeps_spellings_that_tell_more() -> None:
    assert DomainName(name="WWW.Example.com.").aliases == ()
    assert DomainName(name="*.Bücher.de").aliases == ("Bücher.de",)
    assert DomainName(name="*.example.com").aliases == ()
    assert DomainName(name="xn--bcher-kva.de", aliases=("x\x00y",)).aliases == ("xy",)


def test_a_name_shows_other_scripts() -> None:
    assert DomainName(name="Bücher.de").unicode_name == "bücher.de"
    assert DomainName(name="example.com").unicode_name is None


def test_addresses_tell_their_space() -> None:
    inside = IPAddress(address="10.0.0.1")
    outside = IPAddress(address="2606:4700::1")

    assert (inside.roles(), inside.is_global, inside.version) == (("NonGlobalIP",), False, 4)
    assert (outside.roles(), outside.is_global, outside.version) == ((), True, 6)


def test_blocks_tell_their_bounds() -> None:
    found = Netblock(cidr="192.0.2.77/24")

    assert (found.first_address, found.last_address, found.prefix_length, found.aliases) == (
        "192.0.2.0",
        "192.0.2.255",
        24,
        ("192.0.2.77/24",),
    )


def test_captions_are_readable() -> None:
    digest = "a" * 64
    assert AutonomousSystem(number="AS1.10").caption() == "AS65546"
    assert (
        TLSCertificate(sha256=digest, names=("x.example",)).caption() == "x.example (aaaaaaaaaaaa)"
    )
    assert TLSCertificate(sha256=digest).caption() == "without a name (aaaaaaaaaaaa)"
    assert PublicKey(sha256=digest, algorithm="rsa", size_bits=2048).caption() == "rsa 2048 (" + (
        "aaaaaaaaaaaa)"
    )
    assert PublicKey(sha256=digest).caption() == "key (aaaaaaaaaaaa)"
    assert Fingerprint(method="favicon_mmh3", value=1).caption() == "favicon_mmh3 1"
    assert TrackingIdentifier(vendor="google_analytics", tracking_id="UA-5551212-1").caption() == (
        "UA-5551212 (google_analytics)"
    )
    assert CloudTenant(provider="azure", tenant_id="t").caption() == "t (azure)"


def test_a_service_is_on_a_port_of_its_address() -> None:
    plain = NetworkService(transport="TCP", address="192.0.2.7", port="443")
    view = NetworkService(transport="tcp", address="192.0.2.7", port=443, server_name="x.example")

    assert edges(plain) == {("192.0.2.7", "HAS_PORT", "tcp://192.0.2.7:443")}
    assert view.key == "tcp://192.0.2.7:443#sni=x.example"
    assert NetworkService.from_key(view.key) == view


def test_a_url_is_hosted_at_its_host() -> None:
    assert edges(URL(url="https://www.example.com/a")) == {
        ("https://www.example.com/a", "HOSTED_AT", "www.example.com"),
        ("www.example.com", "SUBDOMAIN_OF", "example.com"),
    }
    assert edges(URL(url="https://[2001:db8::1]:8443/")) == {
        ("https://[2001:db8::1]:8443/", "HOSTED_AT", "2001:db8::1")
    }


def test_qualifiers_tell_relationships_apart() -> None:
    name, host = DomainName(name="example.com"), DomainName(name="mx.example.net")
    first, second = (MailHandledBy(source=name, target=host, preference=p) for p in (10, 20))

    assert first.id_in("o") != second.id_in("o")
    srv = SrvTo(source=name, target=host, service="_sip._tcp", port=5060, priority=1, weight=2)
    assert srv.qualifiers() == "_sip._tcp¦5060¦1"
    with pytest.raises(InvalidFact, match=r"MailHandledBy\.preference: Field required"):
        MailHandledBy(source=name, target=host)


def test_ends_of_the_wrong_kind_are_refused() -> None:
    name, address = DomainName(name="example.com"), IPAddress(address="192.0.2.7")

    with pytest.raises(InvalidFact, match=r"ResolvesTo\.source"):
        ResolvesTo(source=address, target=name, rrtype="A")


def test_unknown_properties_are_refused() -> None:
    with pytest.raises(InvalidFact, match=r"DomainName\.ttl_s: Extra inputs are not permitted"):
        DomainName(name="example.com", ttl_s=300)  # type: ignore[call-arg]


def test_a_refusal_is_told_as_such() -> None:
    with pytest.raises(Refused, match=r"'10\.0\.0\.256' is not an IP address"):
        ResolvesTo(
            source=DomainName(name="example.com"),
            target=IPAddress(address="10.0.0.256"),
            rrtype="A",
        )


def test_a_registration_is_one_period() -> None:
    by_id = DomainRegistration(
        domain="example.com", registry_id="1_DOMAIN", valid_from="1995-08-14"
    )
    by_day = DomainRegistration(domain="example.com", valid_from="1995-08-14T04:00:00Z")
    again = DomainRegistration(domain="example.com", valid_from=datetime(2020, 1, 1, tzinfo=UTC))

    assert by_id.key == "example.com¦1_DOMAIN"
    assert by_day.key == "example.com¦1995-08-14"
    assert len({by_id.key, by_day.key, again.key}) == 3
    assert DomainRegistration(domain="example.de").key == "example.de¦unknown"
    assert DomainRegistration.from_key("example.de¦unknown").caption() == "example.de"
    assert DomainRegistration.from_key(by_day.key).caption() == "example.com since 1995"
    assert DomainRegistration.from_key(by_id.key).registry_id == "1_DOMAIN"
    assert edges(by_day) == {("example.com", "HAS_REGISTRATION", "example.com¦1995-08-14")}


def test_a_contact_without_handle_is_known_by_its_words() -> None:
    first = ContactRecord(name="Jané  Doe", email="NOC@Example.com", source="ripe")
    second = ContactRecord(name="JANE DOE", email="noc@example.com")

    assert first.key == second.key
    assert first.key != ContactRecord(name="Jane Doe").key
    assert ContactRecord(source="ripe", handle="jd1-ripe", name="Jane").key == "ripe¦JD1-RIPE"
    assert ContactRecord.from_key("ripe¦JD1-RIPE").caption() == "JD1-RIPE"
    with pytest.raises(Refused, match="a source with a handle"):
        ContactRecord(name="!")


def test_a_network_registration_reads_as_its_name() -> None:
    found = NetworkRegistration(registry="ripe", handle="net-1", name="EXAMPLE-NET")

    assert (found.key, found.caption()) == ("ripe¦NET-1", "EXAMPLE-NET (NET-1)")
    with pytest.raises(InvalidFact):
        NetworkRegistration(registry="elsewhere", handle="NET-1")


def test_a_file_has_the_strongest_digest_as_key() -> None:
    md5, sha1, sha256 = "a" * 32, "b" * 40, "c" * 64

    assert File(md5=md5, sha1=sha1, sha256=sha256).key == sha256
    assert File(md5=md5, sha1=sha1).key == f"sha1:{sha1}"
    assert File(md5=md5, names=("x.pdf",)).caption() == "x.pdf"
    assert File.from_key(f"md5:{md5}").md5 == md5
    with pytest.raises(Refused, match="a SHA-256, SHA-1 or MD5 is needed"):
        File(names=("x.pdf",))
    with pytest.raises(Refused, match="a SHA-256, SHA-1 or MD5 is right"):
        File.from_key("d" * 128)


def test_what_stores_files_is_a_bucket() -> None:
    bucket = CloudResource(provider="S3", resource_type="bucket", name="Example-Backups")

    assert (bucket.key, bucket.roles()) == ("aws¦bucket¦example-backups", ("StorageBucket",))
    assert CloudResource(provider="aws", resource_type="function", name="f").roles() == ()
