"""The company file: what it may say, and that all of it is made up."""

import datetime as dt
from pathlib import Path

import pytest

from graph.model.contact import EmailAddress, PhoneNumber
from graph.model.network import DomainName
from lab.company import COMPANY_FILE, Company, CompanyError, read_company
from lab.world import World

# Public services whose names the lab's own resolvers answer for, and nobody else here.
PUBLIC_SERVICES = {"crt.sh", "data.iana.org", "whois.iana.org", "web.archive.org"}
TEXT = COMPANY_FILE.read_text(encoding="utf-8")


def read(folder: Path, old: str, new: str) -> Company:
    assert old in TEXT
    path = folder / "company.yaml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return read_company(path)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "addresses: [203.0.113.20]",
            "addresses: [203.0.114.20]",
            "hosts.shop: 203.0.114.20 is in none of `networks`",
        ),
        (
            "  192.0.2.0/26: {name",
            "  192.0.0.0/22: {name",
            "networks: 192.0.0.0/22 is not in a documentation range",
        ),
        ("  64505: {name", "  13335: {name", "systems: 13335 is not from 64496 to 64511"),
        (
            "name: ORRERY-AS, party: orrery}",
            "name: ORRERY-AS, party: nobody}",
            "systems: 'nobody' is not declared",
        ),
        (
            "registrar: quayside, registrant: orrery, created: -9000",
            "registrar: elsewhere, registrant: orrery, created: -9000",
            "registrations: 'elsewhere' is not declared",
        ),
        (
            "sites: [vpn.orrery-instruments.example]",
            "sites: [portal.orrery-instruments.example]",
            "203.0.113.26:443 serves portal.orrery-instruments.example over TLS, which has no",
        ),
        ('max_tls: "1.1"', "oldest: yes", "hosts.legacy.services.443.oldest"),
        ("speaks: redis", "speaks: gopher", "hosts.cache.services.6379.speaks"),
        ('at: "20090314091500"', 'at: "2009"', "archive.0.at"),
    ],
)
def test_contradiction_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    with pytest.raises(CompanyError) as refusal:
        read(tmp_path, old, new)
    assert complaint in str(refusal.value)


def test_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "company.yaml"
    path.write_text("- a\n- b\n", encoding="utf-8")
    with pytest.raises(CompanyError, match="a mapping is needed at the top"):
        read_company(path)


def test_unreadable_yaml_is_refused_with_line(tmp_path: Path) -> None:
    path = tmp_path / "company.yaml"
    path.write_text("name: [a\nabout: b\n", encoding="utf-8")
    with pytest.raises(CompanyError, match="line 2"):
        read_company(path)


def test_the_day_comes_from_the_caller_else_from_the_file_else_from_the_clock(
    tmp_path: Path,
) -> None:
    dated = "today: 2026-02-03 # empty"
    assert read(tmp_path, "today: # empty", dated).today == dt.date(2026, 2, 3)
    assert read_company(tmp_path / "company.yaml", dt.date(2026, 1, 1)).today.month == 1
    assert read_company().today == dt.datetime.now(dt.UTC).date()


def test_every_name_is_reserved_or_a_public_service_that_only_the_lab_answers_for(
    world: World,
) -> None:
    company = world.company
    certified = {name for plan in company.certificates.values() for name in plan.names}
    pointed = {host.ptr for host in company.hosts.values() if host.ptr}
    names = {*company.sites, *company.registrations, *certified, *pointed}
    unreserved = {n for n in names if not n.endswith((".example", ".test"))}
    assert unreserved == PUBLIC_SERVICES | {"build"}
    zones = {name for name in company.zones if not name.endswith((".example", ".test"))}
    assert zones == {"crt.sh", "iana.org", "archive.org"}


def test_every_address_number_and_mailbox_is_one_that_the_model_accepts(world: World) -> None:
    for party in world.company.parties.values():
        assert PhoneNumber(number=party.phone).key == party.phone
        assert EmailAddress(address=party.email).key == party.email
    for site in world.company.sites.values():
        for page in site.pages.values():
            for phone in page.phones:
                assert PhoneNumber(number=phone).key == phone.replace(" ", "")


def test_every_address_in_a_zone_belongs_to_a_host_but_for_the_leaked_one(world: World) -> None:
    hosts = {str(a) for host in world.company.hosts.values() for a in host.addresses}
    in_zones = {
        record.address
        for zone in world.zones.values()
        for node in zone.data.nodes.values()
        for rdataset in node.rdatasets
        if rdataset.rdtype.name in ("A", "AAAA")
        for record in rdataset
    }
    assert in_zones - hosts == {"10.20.0.5"}


def test_every_certificate_is_served_or_only_logged(world: World) -> None:
    company = world.company
    served = {site.certificate for site in company.sites.values()}
    served |= {service.certificate for _, _, service in company.endpoints()}
    assert set(company.certificates) - served == {"staging", "backup"}


def test_ownership_is_by_whole_labels(world: World) -> None:
    assert world.company.is_own("orrery.test")
    assert world.company.is_own("www.orrery.test")
    assert not world.company.is_own("not-orrery.test")
    assert not world.company.is_own(DomainName(name="orrery-instrument.example").key)
