import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors._kit.testing import described, replay
from collectors.whois.dates import read_date
from collectors.whois.domain import WhoisDomain
from collectors.whois.record import WhoisRecord, read_whois
from graph.facts import Outcome

DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "recorded" / "whois"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"{RECORDED} is absent")

ABUSE = "ContactRecord 53d80e91f75d07774d4c3ea08d1477eeb928babdc411a0221c46ed59c9cd303a"
REGISTRATION = "DomainRegistration lanternworks.example¦LW-77_DOMAIN-EX"


def test_a_registration_with_keys_and_values_on_each_line() -> None:
    (answer,) = replay(WhoisDomain, "whois_ok")
    assert described(answer.facts) == {
        f"{REGISTRATION} {{is_dnssec_signed: True, is_redacted: True, name_servers: "
        "['ns1.harbourdns.example', 'ns2.harbourdns.example'], registrant_country: 'GB', "
        "registrant_organization: 'Lantern Works Ltd', registrar: 'Pier Registrar Ltd', "
        "registrar_iana_id: 9990, registry_id: 'LW-77_DOMAIN-EX', "
        "statuses: ['clientTransferProhibited'], updated_at: '2026-01-02T03:04:05.000Z', "
        "valid_from: '2004-05-06T07:08:09.000Z', valid_to: '2027-05-06T07:08:09.000Z'}",
        "ContactRecord example¦LW1-EX {country: 'GB', handle: 'LW1-EX', "
        "organization: 'Lantern Works Ltd', source: 'example'}",
        "ContactRecord example¦LW1-EX -IDENTIFIES-> LegalEntity name:GB:lantern works/ltd",
        "LegalEntity name:GB:lantern works/ltd {jurisdiction: 'GB', name: 'Lantern Works Ltd', "
        "name_fingerprint: 'lantern works/ltd'}",
        f"{ABUSE} {{content_sha256: '{ABUSE.removeprefix('ContactRecord ')}', "
        "email: 'abuse@pier-registrar.example', phone: '+44.2079460018'}",
        "LegalEntity name::pier registrar/ltd {name: 'Pier Registrar Ltd', "
        "name_fingerprint: 'pier registrar/ltd', registrar_iana_id: 9990}",
        f"{REGISTRATION} -SPONSORED_BY-> LegalEntity name::pier registrar/ltd",
        f"{REGISTRATION} -REGISTRANT-> ContactRecord example¦LW1-EX",
        f"{REGISTRATION} -ABUSE_CONTACT-> {ABUSE}",
        f"{ABUSE} -IDENTIFIES-> EmailAddress abuse@pier-registrar.example",
        f"{ABUSE} -IDENTIFIES-> PhoneNumber +442079460018",
    }


def test_a_registration_in_paragraphs_under_headings() -> None:
    (answer,) = replay(WhoisDomain, "whois_ok_sections")
    lines = described(answer.facts)
    (registration,) = [
        line for line in lines if line.startswith("DomainRegistration") and "{" in line
    ]
    assert registration == (
        "DomainRegistration wickbakery.test¦2008-03-26 {is_redacted: False, name_servers: "
        "['ns1.harbourdns.example', 'ns2.harbourdns.example'], "
        "registrant_organization: 'Wick Bakery', registrar: 'Pier Registrar Ltd', "
        "statuses: ['Registered until expiry date.'], valid_from: '2008-03-26T00:00:00.000Z', "
        "valid_to: '2027-03-26T00:00:00.000Z'}"
    )
    assert sum("TECH_CONTACT" in line for line in lines) == 1


@pytest.mark.parametrize("fixture", ["whois_empty", "whois_empty_status"])
def test_a_free_name_is_an_answer(fixture: str) -> None:
    (answer,) = replay(WhoisDomain, fixture)
    assert (answer.outcome, answer.facts) == (Outcome.ABSENT, ())


@pytest.mark.parametrize(
    ("fixture", "reason"),
    [
        ("whois_failing_closed", "whois.registry.example does not answer on port 43"),
        ("whois_failing_limit", "refuses now: Your query rate limit has been exceeded"),
        ("whois_failing_no_server", "whois.iana.org names no server for .invalid"),
        ("whois_failing_other", "answers about other.example, not lanternworks.example"),
        ("whois_failing_prose", "no registration can be read from the answer"),
    ],
)
def test_what_is_no_record_is_an_error_not_an_absence(fixture: str, reason: str) -> None:
    (answer,) = replay(WhoisDomain, fixture)
    assert answer.outcome is Outcome.ERROR
    assert reason in answer.reason


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-03-10T15:22:23.0Z", datetime(2025, 3, 10, 15, 22, 23, tzinfo=UTC)),
        ("2018-03-12T21:44:25+01:00", datetime(2018, 3, 12, 20, 44, 25, tzinfo=UTC)),
        ("2002-12-04 00:00:00+02", datetime(2002, 12, 3, 22, tzinfo=UTC)),
        ("2009-07-01 12:44:02 (GMT+0:00)", datetime(2009, 7, 1, 12, 44, 2, tzinfo=UTC)),
        ("2024/10/01 01:00:44 (JST)", datetime(2024, 9, 30, 16, 0, 44, tzinfo=UTC)),
        ("2019-11-20 14:48:02 CLST", datetime(2019, 11, 20, 17, 48, 2, tzinfo=UTC)),
        ("18.7.2012 04:04:23", datetime(2012, 7, 18, 4, 4, 23, tzinfo=UTC)),
        ("05-06-1999", datetime(1999, 6, 5, tzinfo=UTC)),
        ("13-mar-2007", datetime(2007, 3, 13, tzinfo=UTC)),
        ("2001-Aug-23.", datetime(2001, 8, 23, tzinfo=UTC)),
        ("20110426 17:57:27", datetime(2011, 4, 26, 17, 57, 27, tzinfo=UTC)),
        ("Tue Feb 10 09:42:42 2004", datetime(2004, 2, 10, 9, 42, 42, tzinfo=UTC)),
        ("before Aug-1996", None),
        ("31.02.2020", None),
        ("", None),
    ],
)
def test_dates_as_registries_write_them(text: str, moment: datetime | None) -> None:
    assert read_date(text) == moment


def recorded_pairs() -> list[tuple[str, WhoisRecord, dict[str, object]]]:
    found = []
    for path in sorted((RECORDED / "whois").iterdir()):
        try:
            expected = json.loads((RECORDED / "expected" / path.name).read_text("utf-8"))
        except ValueError:  # written as Python, not JSON
            continue
        name = str(expected["domain_name"]).lower()
        record = read_whois(path.read_bytes().decode("utf-8", "replace"), name)
        found.append((path.name, record, expected))
    return found


def first(value: object) -> object:
    return value[0] if isinstance(value, list) else value


@recorded
def test_recorded_answers_agree_with_another_reader() -> None:
    """The other reader is taken as right except where the differences below were looked at."""
    agreed: Counter[str] = Counter()
    differing: dict[str, set[str]] = {}
    pairs = recorded_pairs()
    for name, record, expected in pairs:
        wanted = {
            "domain": str(expected["domain_name"]).lower(),
            "created": read_date(str(first(expected.get("creation_date")))),
            "updated": read_date(str(first(expected.get("updated_date")))),
            "expires": read_date(str(first(expected.get("expiration_date")))),
            "registrar": first(expected.get("registrar")) or "",
        }
        got = vars(record) | {"domain": record.domain.lower()}
        for field, value in wanted.items():
            if got[field] == value:
                agreed[field] += 1
            else:
                differing.setdefault(field, set()).add(name)
    assert len(pairs) == 66
    assert differing == {
        "created": {"amazon.co.uk", "www.gov.uk"}  # "before Aug-1996" is no date
        | {"druid.fi"}  # the time of day, which the other reader drops
        | {"google.cl"}  # CLST is not UTC
        | {"slashdot.org"},  # no space after the colon
        "updated": {"drupalcamp.by", "google.ie", "slashdot.org"},  # there, but not in its words
        "expires": {"druid.fi", "google.cl"},
        "registrar": {"amazon.co.uk", "google.at"}  # with a remark
        | {"davidwalsh.name", "google.lv", "seal.jobs"}  # there, but not in its words
        | {"microsoft.com", "reddit.com"},  # the registry's word before the registrar's
    }
    assert agreed == {"domain": 66, "created": 61, "updated": 63, "expires": 64, "registrar": 59}


@recorded
def test_recorded_answers_give_name_servers_and_states() -> None:
    without_servers = {name for name, record, _ in recorded_pairs() if not record.nameservers}
    assert without_servers == {"davidwalsh.name", "google.hu"}
    assert sum(bool(record.statuses) for _, record, _ in recorded_pairs()) == 54
