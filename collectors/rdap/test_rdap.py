import json
import os
from pathlib import Path

import pytest

from collectors._kit.base import HttpRequest, HttpResponse
from collectors._kit.testing import described, replay
from collectors.rdap.asking import (
    OBJECT,
    service_of_block,
    service_of_name,
    service_of_number,
)
from collectors.rdap.asn import RdapAsn
from collectors.rdap.domain import RdapDomain
from collectors.rdap.ip import RdapIp
from graph.errors import SourceRejected
from graph.facts import Outcome
from graph.model.base import Fact
from graph.model.network import DomainName
from graph.model.registration import DomainRegistration
from graph.model.values.address import parsed_netblock

DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "recorded" / "rdap"
BOOTSTRAP = DATA / "reference" / "iana-rdap-bootstrap"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"{RECORDED} is absent")

REGISTRATION = "DomainRegistration lanternworks.example¦LW-77_DOMAIN-EX"
ABUSE_DIGEST = "2aad94c779d079c03776db11000a8e6bc097398472d58dc3fbb66379622ca010"
HOLDING = "NetworkRegistration ripe¦192.0.2.0 - 192.0.2.95"


def test_a_domain_with_registrar_holder_and_what_is_held_back() -> None:
    (answer,) = replay(RdapDomain, "domain_ok")
    assert described(answer.facts) == {
        f"{REGISTRATION} {{is_dnssec_signed: True, is_redacted: True, name_servers: "
        "['ns1.harbourdns.example', 'ns2.harbourdns.example'], registrant_country: 'GB', "
        "registrant_name: 'Mara Quill', registrant_organization: 'Lantern Works Ltd', "
        "registrar: 'Pier Registrar Ltd', registrar_iana_id: 9990, "
        "registry_id: 'LW-77_DOMAIN-EX', statuses: ['clientTransferProhibited', 'active'], "
        "updated_at: '2026-01-02T03:04:05.000Z', valid_from: '2004-05-06T07:08:09.000Z', "
        "valid_to: '2027-05-06T07:08:09.000Z'}",
        f"{REGISTRATION} -SPONSORED_BY-> LegalEntity name::pier registrar/ltd",
        f"{REGISTRATION} -REGISTRANT-> ContactRecord example¦LW1-EX",
        f"{REGISTRATION} -TECH_CONTACT-> ContactRecord example¦LW1-EX",
        f"{REGISTRATION} -BILLING_CONTACT-> ContactRecord example¦HIDE9-EX",
        f"{REGISTRATION} -ABUSE_CONTACT-> ContactRecord {ABUSE_DIGEST}",
        "LegalEntity name::pier registrar/ltd {name: 'Pier Registrar Ltd', "
        "name_fingerprint: 'pier registrar/ltd', registrar_iana_id: 9990}",
        "LegalEntity name:GB:lantern works/ltd {jurisdiction: 'GB', name: 'Lantern Works Ltd', "
        "name_fingerprint: 'lantern works/ltd'}",
        "ContactRecord example¦LW1-EX {address: '1 Wick Lane, Yard 2, Glowport, GP1 1AA', "
        "country: 'GB', email: 'mara@lanternworks.example', handle: 'LW1-EX', "
        "name: 'Mara Quill', organization: 'Lantern Works Ltd', source: 'example'}",
        "ContactRecord example¦HIDE9-EX {handle: 'HIDE9-EX', is_redacted: True, source: 'example'}",
        f"ContactRecord {ABUSE_DIGEST} {{content_sha256: '{ABUSE_DIGEST}', "
        "email: 'abuse@pier-registrar.example', name: 'Abuse Desk', phone: '+44.2079460018'}",
        "ContactRecord example¦LW1-EX -IDENTIFIES-> EmailAddress mara@lanternworks.example",
        "ContactRecord example¦LW1-EX -IDENTIFIES-> LegalEntity name:GB:lantern works/ltd",
        f"ContactRecord {ABUSE_DIGEST} -IDENTIFIES-> EmailAddress abuse@pier-registrar.example",
        f"ContactRecord {ABUSE_DIGEST} -IDENTIFIES-> PhoneNumber +442079460018",
    }


def test_members_of_the_wrong_kind_are_left_out() -> None:
    (answer,) = replay(RdapDomain, "domain_ok_bare")
    assert described(answer.facts) == {"DomainRegistration bare.example¦unknown"}


@pytest.mark.parametrize(
    ("collector", "fixture"),
    [(RdapDomain, "domain_empty"), (RdapIp, "ip_empty"), (RdapAsn, "asn_empty")],
)
def test_not_registered_is_an_answer(
    collector: type[RdapDomain | RdapIp | RdapAsn], fixture: str
) -> None:
    (answer,) = replay(collector, fixture)
    assert (answer.outcome, answer.facts) == (Outcome.ABSENT, ())


@pytest.mark.parametrize(
    ("collector", "fixture", "reason"),
    [
        (RdapDomain, "domain_failing_no_service", "no RDAP service for .test"),
        (RdapDomain, "domain_failing_html", "not JSON"),
        (RdapDomain, "domain_failing_other_name", "about lanternworks.example, not wick.example"),
        (RdapDomain, "domain_failing_busy", "answered 429"),
        (RdapIp, "ip_failing", "no RDAP service for 2001:db8::1"),
        (RdapIp, "ip_failing_elsewhere", "192.0.2.0 to 192.0.2.95, not 192.0.2.200"),
        (RdapAsn, "asn_failing", "no handle"),
    ],
)
def test_what_cannot_be_read_is_an_error(
    collector: type[RdapDomain | RdapIp | RdapAsn], fixture: str, reason: str
) -> None:
    (answer,) = replay(collector, fixture)
    assert answer.outcome is Outcome.ERROR
    assert reason in answer.reason


@pytest.mark.parametrize(
    ("collector", "fixture"), [(RdapIp, "ip_skipped"), (RdapAsn, "asn_skipped")]
)
def test_private_numbers_are_not_asked_about(
    collector: type[RdapIp | RdapAsn], fixture: str
) -> None:
    (answer,) = replay(collector, fixture)
    assert answer.outcome is Outcome.SKIPPED


def test_an_address_lies_in_the_block_of_a_registered_range() -> None:
    (answer,) = replay(RdapIp, "ip_ok")
    lines = described(answer.facts)
    assert {line for line in lines if "ContactRecord" not in line} == {
        "Netblock 192.0.2.64/27 {network_name: 'LANTERN-NET'}",
        "Netblock 192.0.2.64/27 -CONTAINS-> IPAddress 192.0.2.70",
        f"Netblock 192.0.2.64/27 -HAS_REGISTRATION-> {HOLDING}",
        f"{HOLDING} {{country: 'GB', first_address: '192.0.2.0', last_address: '192.0.2.95', "
        "name: 'LANTERN-NET', network_type: 'ASSIGNED PA', organization: 'Lantern Works Ltd', "
        "parent_handle: '192.0.0.0 - 192.0.255.255', remarks: 'Lantern Works\\noffice and lab', "
        "statuses: ['active'], updated_at: '2020-02-02T02:02:02.000Z', "
        "valid_from: '2012-01-01T00:00:00.000Z'}",
        "LegalEntity name::lantern works/ltd {name: 'Lantern Works Ltd', "
        "name_fingerprint: 'lantern works/ltd'}",
    }
    assert f"{HOLDING} -ABUSE_CONTACT-> ContactRecord ripe¦AR1-RIPE" in lines


def test_a_block_lies_in_the_block_of_a_registered_range() -> None:
    (answer,) = replay(RdapIp, "ip_ok_block")
    assert "Netblock 192.0.2.64/27 -CONTAINS-> Netblock 192.0.2.64/28" in described(answer.facts)


def test_the_holder_of_an_autonomous_system() -> None:
    (answer,) = replay(RdapAsn, "asn_ok")
    lines = described(answer.facts)
    assert "AutonomousSystem 64500 {holder: 'Lantern Works Ltd', name: 'LANTERN-AS'}" in lines
    assert "AutonomousSystem 64500 -HAS_REGISTRATION-> NetworkRegistration apnic¦AS64500" in lines
    assert "NetworkRegistration apnic¦AS64500 -REGISTRANT-> ContactRecord apnic¦LW9-AP" in lines


@recorded
def test_iana_files_lead_to_the_narrowest_service() -> None:
    files = {n: json.loads((BOOTSTRAP / f"{n}.json").read_text()) for n in ("asn", "ipv4", "ipv6")}
    assert service_of_block(files["ipv4"], parsed_netblock("41.1.2.3/32")) == (
        "https://rdap.afrinic.net/rdap/"
    )
    assert service_of_block(files["ipv6"], parsed_netblock("2001:4200::/32")) == (
        "https://rdap.afrinic.net/rdap/"
    )
    assert service_of_number(files["asn"], 1230) == "https://rdap.afrinic.net/rdap/"
    with pytest.raises(SourceRejected, match=r"no RDAP service for 10\.0\.0\.0/8"):
        service_of_block(files["ipv4"], parsed_netblock("10.0.0.0/8"))


def test_the_longest_suffix_wins() -> None:
    file = {
        "services": [
            [["example"], ["https://a.example/"]],
            [["co.example"], ["http://x.example/", "https://b.example/"]],
            [["plain"], ["http://only.example/"]],
        ]
    }
    assert service_of_name(file, "x.co.example") == "https://b.example/"
    assert service_of_name(file, "co.example") == "https://a.example/"
    with pytest.raises(SourceRejected, match=r"no RDAP service for \.plain"):
        service_of_name(file, "x.plain")


def read_recorded(name: str, domain: str) -> list[Fact]:
    request = HttpRequest(f"https://rdap.example/domain/{domain}", note=OBJECT)
    response = HttpResponse(request, 200, (), (RECORDED / name).read_bytes())
    found = RdapDomain().parse(response, DomainName(name=domain))
    return [fact for fact in found if isinstance(fact, Fact)]


@recorded
@pytest.mark.parametrize(
    ("domain", "facts", "registrar_id", "servers"),
    [
        ("abc.xyz", 7, 292, 4),
        ("amazon.cyou", 12, 470, 3),
        ("amazon.ooo", 12, 470, 3),
        ("bitcoin.org", 5, None, 2),
        ("bitcoin.top", 9, 1556, 2),
        ("deep.surf", 5, None, 4),
        ("google.com", 7, 292, 4),
        ("google.pw", 7, 292, 0),
        ("you.tube", 5, 292, 4),
    ],
)
def test_recorded_answers(domain: str, facts: int, registrar_id: int | None, servers: int) -> None:
    found = read_recorded(f"{domain}.json", domain)
    (registration,) = [fact for fact in found if isinstance(fact, DomainRegistration)]
    assert registration.registry_id
    assert registration.valid_from
    assert registration.valid_to
    assert (len(found), registration.registrar_iana_id, len(registration.name_servers)) == (
        facts,
        registrar_id,
        servers,
    )


@recorded
@pytest.mark.parametrize("name", ["bad_response_01.json", "bad_response_02.json"])
def test_recorded_answers_with_wrong_members_give_what_is_right(name: str) -> None:
    found = read_recorded(name, "something-not-real.com")
    assert [fact.key for fact in found if isinstance(fact, DomainRegistration)] == [
        "something-not-real.com¦2023-07-05"
    ]


@recorded
def test_a_recorded_handle_that_is_the_name_is_no_id() -> None:
    found = read_recorded("domain-example.cz.json", "example.cz")
    assert found[0].key == "example.cz¦2004-08-30"  # type: ignore[union-attr]


@recorded
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nameserver-ns2.pipni.cz.json", "class 'domain' is expected, not 'nameserver'"),
        ("example.json", "a JSON object is expected"),
    ],
)
def test_recorded_answers_that_are_no_domain_objects(name: str, reason: str) -> None:
    with pytest.raises(SourceRejected, match=reason):
        read_recorded(name, "example.cz")
