import ipaddress
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors._kit.base import FileRequest, FileResponse
from collectors._kit.testing import described, replay
from collectors.mmdb.mmdb import Mmdb
from graph.facts import Outcome
from graph.model.affiliation import LocatedAt
from graph.model.base import Fact
from graph.model.network import IPAddress
from graph.model.routing import Announces

DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "reference" / "geoip"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"{RECORDED} is absent")


def test_place_network_and_holder_come_from_their_files() -> None:
    asn, city, isp = replay(Mmdb, "mmdb_ok")
    assert [asn.part, city.part, isp.part] == ["file:asn.mmdb", "file:city.mmdb", "file:isp.mmdb"]
    assert described(city.facts) == {
        "Location city:9000001 {city: 'Glowport', country: 'GB', name: 'Glowport', "
        "time_zone: 'Europe/London'}",
        "IPAddress 192.0.2.7 -LOCATED_AT-> Location city:9000001",
    }
    assert described(asn.facts) == {
        "AutonomousSystem 64500 {holder: 'Lantern Works Ltd'}",
        "AutonomousSystem 64500 -ANNOUNCES-> Netblock 192.0.2.0/24",
        "Netblock 192.0.2.0/24 -CONTAINS-> IPAddress 192.0.2.7",
    }
    assert described(isp.facts) == {
        "LegalEntity name::lantern works/ltd {name: 'Lantern Works Ltd', "
        "name_fingerprint: 'lantern works/ltd'}",
        "IPAddress 192.0.2.7 -OPERATED_BY-> LegalEntity name::lantern works/ltd",
    }


def test_without_a_city_the_country_is_the_place() -> None:
    (answer,) = replay(Mmdb, "mmdb_ok_country")
    assert described(answer.facts) == {
        "Location country:DE {country: 'DE', name: 'Germany'}",
        "IPAddress 192.0.2.130 -LOCATED_AT-> Location country:DE",
    }


@pytest.mark.parametrize("fixture", ["mmdb_empty", "mmdb_empty_country"])
def test_an_address_that_no_record_places_is_an_answer(fixture: str) -> None:
    (answer,) = replay(Mmdb, fixture)
    assert (answer.outcome, answer.facts) == (Outcome.ABSENT, ())


def test_a_file_that_is_no_database_is_an_error() -> None:
    asn, city = replay(Mmdb, "mmdb_failing")
    assert (asn.outcome, city.outcome) == (Outcome.ERROR, Outcome.ERROR)
    assert asn.reason == "/data/asn.mmdb: no such file"
    assert city.reason.startswith("/data/city.mmdb: Error opening database")


def test_without_files_there_is_nothing_to_ask() -> None:
    (answer,) = replay(Mmdb, "mmdb_skipped")
    assert answer.outcome is Outcome.SKIPPED


def look_up(name: str, address: str) -> list[Fact]:
    path = RECORDED / f"{name}.mmdb"
    response = FileResponse(FileRequest(str(path)), path.read_bytes())
    return [f for f in Mmdb().parse(response, IPAddress(address=address)) if isinstance(f, Fact)]


def records(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The first address of each range of the JSON that a test database was built from."""
    for entry in json.loads((RECORDED / f"{name}.json").read_text("utf-8")):
        for cidr, record in entry.items():
            first = ipaddress.ip_network(cidr.replace("::ffff:", "")).network_address
            yield str(first), record


@recorded
def test_every_recorded_city_record_gives_its_city_or_country() -> None:
    checked = 0
    for address, record in records("GeoLite2-City-Test"):
        facts = look_up("GeoLite2-City-Test", address)
        places = [fact.target.key for fact in facts if isinstance(fact, LocatedAt)]
        country = record.get("country") or record.get("registered_country") or {}
        if "city" in record:
            assert places == [f"city:{record['city']['geoname_id']}"]
        elif country:
            assert places == [f"country:{country['iso_code']}"]
        else:
            assert places == []
        checked += 1
    assert checked == 242


@recorded
def test_every_recorded_asn_record_gives_its_system() -> None:
    checked = 0
    for address, record in records("GeoLite2-ASN-Test"):
        facts = look_up("GeoLite2-ASN-Test", address)
        systems = [fact.source.key for fact in facts if isinstance(fact, Announces)]
        assert systems == [str(record["autonomous_system_number"])]
        checked += 1
    assert checked == 720


@recorded
def test_recorded_country_and_isp_databases() -> None:
    assert described(look_up("GeoLite2-Country-Test", "81.2.69.142")) == {
        "Location country:GB {country: 'GB', name: 'United Kingdom'}",
        "IPAddress 81.2.69.142 -LOCATED_AT-> Location country:GB",
    }
    assert "IPAddress 1.128.0.1 -OPERATED_BY-> LegalEntity name::internet telstra/" in described(
        look_up("GeoIP2-ISP-Test", "1.128.0.1")
    )
