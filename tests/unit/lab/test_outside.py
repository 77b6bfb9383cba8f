"""The wider internet's services as the lab plays them."""

import csv
import io
import json

import maxminddb
import pytest
from cryptography import x509

from lab.outside.archive import archive, sort_key
from lab.outside.certificate_search import search
from lab.outside.feeds import feed_text, feeds
from lab.outside.mmdb import encode, geo_database, write_database
from lab.outside.registration_data import bootstrap, names, numbers
from lab.outside.whois import epp_code
from lab.outside.whois import names as whois_names
from lab.outside.whois import root as whois_root
from lab.web.message import Handler, Request, Response
from lab.world import World

MAIN = "orrery-instruments.example"
CDX = "/cdx/search/cdx"


def get(handler: Handler, path: str, query: str = "") -> Response:
    return handler(Request("GET", "any.example", path, query, is_tls=True))


def value(handler: Handler, path: str, query: str = "") -> object:
    return json.loads(get(handler, path, query).body)


@pytest.mark.parametrize(
    ("query", "numbers_found"),
    [
        (f"q={MAIN}&output=json", 1),
        (f"q=%25.{MAIN}&output=json", 11),
        (f"q=%25.{MAIN}&output=json&exclude=expired", 8),
        ("q=nothing.example&output=json", 0),
    ],
)
def test_certificates_are_found_by_pattern(world: World, query: str, numbers_found: int) -> None:
    rows = value(search(world), "/", query)
    assert isinstance(rows, list)
    assert len(rows) == numbers_found
    assert all(MAIN in name for row in rows for name in row["name_value"].split("\n"))


def test_certificate_is_given_by_its_number(world: World) -> None:
    rows = value(search(world), "/", "q=*.orrery-cloud.example&output=json")
    assert isinstance(rows, list)
    pem = get(search(world), "/", f"d={rows[0]['id']}").body
    assert x509.load_pem_x509_certificate(pem) == world.certificates.issued["cloud"].leaf
    assert get(search(world), "/", "d=1").status == 404
    assert get(search(world), "/other").status == 404


def test_what_is_not_logged_is_not_found(world: World) -> None:
    for query in ("q=crt.sh&output=json", "q=build&output=json"):
        assert value(search(world), "/", query) == []


def test_captures_come_in_order_by_pages(world: World) -> None:
    query = f"url={MAIN}&matchType=domain&fl=original&collapse=urlkey&limit=3&showResumeKey=true"
    first = get(archive(world), CDX, query).body.decode().splitlines()
    assert len(first) == 5
    assert first[3] == ""
    second = get(archive(world), CDX, f"{query}&resumeKey={first[4]}").body.decode().splitlines()
    assert len(second) == 3
    assert not set(first[:3]) & set(second)


def test_conditions_are_expressions_and_all_must_hold(world: World) -> None:
    query = f"url={MAIN}&matchType=domain&fl=statuscode&filter=!statuscode:[45].."
    assert set(get(archive(world), CDX, query).body.decode().split()) == {"200"}
    query += "&filter=mimetype:application/pdf&output=json"
    assert value(archive(world), CDX, query) == [["statuscode"], ["200"]]


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        (f"url=*.{MAIN}", 7),
        (f"url=www.{MAIN}&matchType=host", 3),
        (f"url=www.{MAIN}/admin/*", 1),
        (f"url=http://old.{MAIN}/catalogue.pdf", 1),
        ("url=nothing.example", 0),
    ],
)
def test_scope_of_captures(world: World, scope: str, count: int) -> None:
    assert len(get(archive(world), CDX, f"{scope}&fl=original").body.splitlines()) == count


def test_sort_key_turns_the_host_around() -> None:
    assert sort_key("https://www.a.example/B?c=D") == "example,a)/b?c=d"


def test_registry_of_names_tells_a_registration(world: World) -> None:
    found = value(names(world), f"/domain/{MAIN.upper()}")
    assert isinstance(found, dict)
    assert found["ldhName"] == MAIN
    assert [server["ldhName"] for server in found["nameservers"]] == [f"ns1.{MAIN}", f"ns2.{MAIN}"]
    assert found["secureDNS"]["delegationSigned"] is True
    assert [e["roles"] for e in found["entities"]] == [["registrar"], ["registrant", "technical"]]
    hidden = value(names(world), "/domain/orrery-instrument.example")
    assert isinstance(hidden, dict)
    assert hidden["entities"][1]["vcardArray"][1][1][3] == "REDACTED FOR PRIVACY"


@pytest.mark.parametrize(
    "path", ["/domain/orrery.test", "/domain/free.example", "/entity/ORRERY-1", "/"]
)
def test_registry_of_names_does_not_know_everything(world: World, path: str) -> None:
    answer = get(names(world), path)
    assert (answer.status, json.loads(answer.body)["errorCode"]) == (404, 404)


@pytest.mark.parametrize(
    ("path", "handle"),
    [
        ("/ip/203.0.113.77", "NET-203-0-113-0-1"),
        ("/ip/203.0.113.0/26", "NET-203-0-113-0-1"),
        ("/ip/2001:db8:10::25", "NET6-2001-DB8-10-1"),
        ("/autnum/64503", "AS64503"),
    ],
)
def test_registry_of_numbers(world: World, path: str, handle: str) -> None:
    found = value(numbers(world), path)
    assert isinstance(found, dict)
    assert found["handle"] == handle


@pytest.mark.parametrize("path", ["/ip/203.0.113.0/24", "/ip/junk", "/autnum/1", "/autnum/x", "/"])
def test_registry_of_numbers_holds_nothing_else(world: World, path: str) -> None:
    assert get(numbers(world), path).status == 404


def test_bootstrap_covers_every_range_and_number(world: World) -> None:
    four = value(bootstrap(world), "/rdap/ipv4.json")
    systems = value(bootstrap(world), "/rdap/asn.json")
    assert isinstance(four, dict)
    assert isinstance(systems, dict)
    assert "203.0.113.0/25" in four["services"][0][0]
    assert "64500-64500" in systems["services"][0][0]
    assert get(bootstrap(world), "/rdap/object-tags.json").status == 404


def test_whois_words_statuses_as_epp_does() -> None:
    assert epp_code("client transfer prohibited") == "clientTransferProhibited"
    assert epp_code("active") == "ok"


def test_whois_withholds_and_denies(world: World) -> None:
    answer = whois_names(world)
    assert "Registrant Name: REDACTED FOR PRIVACY\n" in answer("orrery-instrument.example")
    assert answer("free.test").startswith('No match for domain "FREE.TEST".')
    assert "0 objects" in whois_root(world)("something.invalid")


def test_lists_in_each_format(world: World) -> None:
    plans = world.company.feeds
    rows = list(csv.reader(io.StringIO(feed_text("lab-bruteforce", plans["lab-bruteforce"]))))
    assert [row[0] for row in rows] == ["value", "203.0.113.27", "192.0.2.199"]
    hosts = feed_text("lab-phishing", plans["lab-phishing"])
    assert "0.0.0.0 orrery-instrument.example # listed\n" in hosts
    assert feed_text("x", plans["lab-bad-ranges"]).splitlines()[1] == "198.51.100.128/26 ; x"
    assert get(feeds(world), "/lab-local").status == 404


def test_database_is_readable_and_disjoint(world: World) -> None:
    data = geo_database(world.company)
    assert data == geo_database(world.company)
    reader = maxminddb.open_database(io.BytesIO(data), maxminddb.MODE_FD)
    assert reader.metadata().database_type == "Lab-City-ASN"
    assert reader.get("198.51.100.200") is not None
    assert reader.get("198.51.100.130") != reader.get("198.51.100.200")
    assert reader.get("8.8.8.8") is None
    outer, inner = (n for n in world.company.networks if str(n).startswith("198.51.100.1"))
    with pytest.raises(ValueError, match="lies within another range"):
        write_database({outer.supernet(): "a", outer: "b"}, "Test")
    assert inner.version == 4


@pytest.mark.parametrize("text", ["", "a" * 28, "a" * 29, "é" * 100])
def test_database_values_survive(world: World, text: str) -> None:
    network = next(iter(world.company.networks))
    data = write_database({network: {"text": text, "n": 300, "list": [1, "b"]}}, "Test")
    reader = maxminddb.open_database(io.BytesIO(data), maxminddb.MODE_FD)
    assert reader.get(str(network[1])) == {"text": text, "n": 300, "list": [1, "b"]}


def test_too_long_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="285 bytes"):
        encode("a" * 285)
