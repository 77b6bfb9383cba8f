import io
import json
from pathlib import Path

import pytest

from collectors._kit.importing import ImportedRow, Limits, Rejection, Row, rows_of
from collectors._kit.testing import described
from collectors._kit.unpacking import FileRefused
from collectors.bbot_ndjson.importer import BbotNdjson

FIXTURES = Path(__file__).parent / "fixtures"
SITE = "URL https://www.lanternworks.example/"


def rows(name: str) -> list[Row]:
    with (FIXTURES / name).open("rb") as stream:
        return list(rows_of(BbotNdjson(), stream))


def lines(found: list[Row]) -> set[str]:
    return described(f for row in found if isinstance(row, ImportedRow) for f in row.facts)


def one(**event: object) -> list[Row]:
    return list(rows_of(BbotNdjson(), io.BytesIO(json.dumps(event).encode())))


def test_events_become_what_they_state() -> None:
    assert lines(rows("ok.ndjson")) == {
        "DomainName lanternworks.example {dns_status: 'resolves'}",
        "DomainName lanternworks.example -RESOLVES_TO[A]-> IPAddress 192.0.2.10",
        "DomainName lanternworks.example -RESOLVES_TO[AAAA]-> IPAddress 2001:db8::10",
        "DomainName lanternworks.example -DELEGATED_TO-> DomainName ns1.harbourdns.example",
        "DomainName www.lanternworks.example",
        "DomainName www.lanternworks.example -CNAME_TO-> DomainName edge.cdn.example",
        "DomainName dev.lanternworks.example {has_wildcard: True}",
        "DomainName old.lanternworks.example",
        "DomainName nested.lanternworks.example",
        "DomainName found.example",
        "DomainName intra.lanternworks.example",
        "IPAddress 192.0.2.10",
        "IPAddress 192.0.2.10 -POINTS_TO-> DomainName host10.isp.example",
        "IPAddress 192.0.2.10 -LOCATED_AT-> Location country:GB",
        "IPAddress 192.0.2.10 -HAS_VULNERABILITY-> Vulnerability CVE-2024-9999",
        "Location country:GB {country: 'GB'}",
        "Netblock 192.0.2.0/24",
        "Netblock 192.0.2.0/24 -CONTAINS-> IPAddress 192.0.2.10",
        "AutonomousSystem 64500 {holder: 'Lantern Works Ltd', name: 'LANTERN-AS'}",
        "AutonomousSystem 64500 -ANNOUNCES-> Netblock 192.0.2.0/24",
        "AutonomousSystem 64500 -ANNOUNCES-> Netblock 198.51.100.0/24",
        "NetworkService tcp://192.0.2.10:443 {state: 'open'}",
        "NetworkService tcp://192.0.2.25:25 {state: 'open'}",
        "NetworkService tcp://192.0.2.25:25 {banner: '220 mail ESMTP', service_name: 'smtp', "
        "state: 'open'}",
        "NetworkService udp://[2001:db8::10]:53 {state: 'open'}",
        "DomainName mail.lanternworks.example -HAS_PORT-> NetworkService tcp://192.0.2.25:25",
        f"{SITE} {{status: 200}}",
        "URL https://www.lanternworks.example/go {media_type: 'text/html', server: 'nginx', "
        "status: 302, title: 'Moved'}",
        "URL https://www.lanternworks.example/go -REDIRECTS_TO[302]-> "
        "URL https://shop.lanternworks.example/",
        "URL https://www.lanternworks.example/go -HAS_FINGERPRINT-> "
        "Fingerprint favicon_mmh3¦-1137684390",
        "URL https://partner.example/x",
        "URL https://code.example/lantern/works",
        f"{SITE} -LINKS_TO-> URL https://partner.example/x",
        f"{SITE} -CONTAINS_DATA-> EmailAddress mara@lanternworks.example",
        f"{SITE} -CONTAINS_DATA-> DomainName found.example",
        f"{SITE} -RUNS-> SoftwareRelease a:igor_sysoev:nginx¦1.24.0",
        f"{SITE} -RUNS-> SoftwareProduct name:paperwall",
        f"{SITE} -HAS_VULNERABILITY-> Vulnerability CVE-2025-10001",
        "SoftwareProduct name:paperwall {aliases: ['Paperwall'], name: 'Paperwall'}",
        "EmailAddress mara@lanternworks.example",
        "CloudResource aws¦bucket¦lantern-backups {is_listable: True}",
        "CloudTenant azure¦11111111-2222-4333-8444-555555555555",
        "DomainName lanternworks.example -USES_CLOUD-> "
        "CloudTenant azure¦11111111-2222-4333-8444-555555555555",
        "UserAccount github¦lanternworks {handle: 'lanternworks', "
        "profile_url: 'https://github.example/LanternWorks'}",
        "Username mara",
        "DNSRecord lanternworks.example¦TXT¦"
        "27160f4dab91258cb0d762c5f4e95e72d6d72033da04cb015e88be8e0add8f82 "
        "{value: 'v=spf1 -all'}",
    }


def test_what_is_refused_or_has_no_kind_is_told_by_line() -> None:
    told = [(r.position, r.is_unmapped) for r in rows("ok.ndjson") if isinstance(r, Rejection)]
    assert told == [
        ("line 11", False),  # a port of a name with two addresses
        ("line 20", False),  # software of a name
        ("line 23", True),  # a finding that names no vulnerability
        *((f"line {number}", True) for number in range(33, 38)),
        ("line 39", False),
        ("line 40", False),
        ("line 41", False),
        ("line 42", False),
    ]


def test_a_password_is_told_as_a_type_and_nothing_else() -> None:
    (row,) = one(type="PASSWORD", data="hunter2")
    assert row == Rejection(
        "line 1", "event type PASSWORD has no kind in the ontology", is_unmapped=True
    )


def test_a_scan_without_findings_has_no_rows() -> None:
    assert rows("empty.ndjson") == []


def test_a_file_without_events_is_refused() -> None:
    with pytest.raises(FileRefused, match="none of the first 2 lines is an event"):
        rows("failing.ndjson")
    with pytest.raises(FileRefused, match="none of the first 20 lines is an event"):
        list(rows_of(BbotNdjson(), io.BytesIO(b"{}\n" * 1_000)))


def test_a_line_that_is_too_long_or_nests_too_deep_is_refused() -> None:
    importer = BbotNdjson()
    importer.limits = Limits(max_row_chars=200, max_depth=5)
    event = json.dumps({"type": "DNS_NAME", "data": "a.example"})
    deep = json.dumps({"type": "DNS_NAME", "data": "b.example", "x": [[[[[[]]]]]]})
    long = json.dumps({"type": "DNS_NAME", "data": "c.example", "x": "y" * 300})
    found = list(rows_of(importer, io.BytesIO("\n".join((event, deep, long)).encode())))
    assert lines(found) == {"DomainName a.example"}
    assert [row.reason for row in found if isinstance(row, Rejection)] == [
        "it nests deeper than 5",
        "longer than 200 characters",
    ]


@pytest.mark.parametrize(
    ("head", "likelihood"),
    [
        (b'{"type": "DNS_NAME", "id": "x", "module_sequence": "y"}\n', 0.95),
        (b'{"type": "bundle", "objects": []}', 0.0),
        (b"", 0.0),
    ],
)
def test_the_format_is_known_by_its_members(head: bytes, likelihood: float) -> None:
    assert BbotNdjson.detect(head, "output.json") == likelihood
