"""What a run may look at and contact: rules first, then distances."""

from __future__ import annotations

import pytest

from graph.errors import Refused
from graph.model.base import Entity
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock
from graph.model.registry import detect
from graph.model.web import URL
from server.configuration.rules import Rules, host_of, read_rule
from server.jobs.scope import Scope, host_ids, is_by_name
from server.jobs.spec import ScanSpec, ScopeRules


def rules(*seeds: str) -> Rules:
    return Rules.of(detect(seed) for seed in seeds)


def scope(*seeds: str, **how: object) -> Scope:
    return Scope.of(ScanSpec(seeds=seeds, scope=ScopeRules.model_validate(how)))


@pytest.mark.parametrize(
    ("rule", "covered", "left"),
    [
        (
            "orrery.example",
            ["orrery.example", "a.b.orrery.example", "https://www.orrery.example/x"],
            ["example.org", "notorrery.example", "192.0.2.1", "AS64500"],
        ),
        (
            "192.0.2.0/24",
            ["192.0.2.0/24", "192.0.2.128/25", "192.0.2.9", "tcp://192.0.2.9:443", "http://192.0.2.9/"],
            ["192.0.2.0/23", "198.51.100.0/24", "192.0.3.9", "2001:db8::/32", "2001:db8::1"],
        ),
        (
            "2001:db8::/32",
            ["2001:db8::/48", "2001:db8::9", "http://[2001:db8::9]/", "tcp://[2001:db8::9]:443"],
            ["192.0.2.0/24", "2001:db9::9"],
        ),
        ("AS64500", ["AS64500"], ["AS64501", "192.0.2.1"]),
        # A part of a host stands for the host.
        (
            "https://shop.orrery.example/cart",
            ["https://shop.orrery.example/", "shop.orrery.example", "a.shop.orrery.example"],
            ["orrery.example", "www.orrery.example"],
        ),
        ("tcp://192.0.2.9:443", ["tcp://192.0.2.9:22", "192.0.2.9"], ["192.0.2.8"]),
    ],
)  # fmt: skip
def test_a_rule_covers_what_is_below_it_and_nothing_else(
    rule: str, covered: list[str], left: list[str]
) -> None:
    found = [seed for seed in (*covered, *left) if rules(rule).cover(detect(seed))]
    assert found == covered


@pytest.mark.parametrize(
    ("entity", "host", "by_name"),
    [
        (DomainName(name="orrery.example"), "orrery.example", True),
        (URL(url="https://www.orrery.example:8443/x"), "www.orrery.example", True),
        (IPAddress(address="192.0.2.1"), "192.0.2.1", False),
        (URL(url="http://192.0.2.1/"), "192.0.2.1", False),
        (Netblock(cidr="192.0.2.0/24"), "192.0.2.0/24", False),
        (AutonomousSystem(number=64500), "", False),
    ],
)
def test_the_host_that_an_entity_is_a_part_of(entity: Entity, host: str, by_name: bool) -> None:
    assert (host_of(entity), is_by_name(entity)) == (host, by_name)


def test_a_host_may_be_a_name_or_an_address() -> None:
    hosts = (DomainName(name="orrery.example"), IPAddress(address="192.0.2.1"))
    ids = host_ids("org", [host.key for host in hosts])
    assert ids == sorted(ids)
    assert len(ids) == 4
    assert {host.id_in("org") for host in hosts} < set(ids)


def test_what_is_found_is_a_hop_further_and_parts_of_a_host_are_as_far_as_it() -> None:
    seen = scope("orrery.example", max_distance=2)
    at, page = IPAddress(address="198.51.100.7"), URL(url="http://198.51.100.7/")

    assert seen.distance(DomainName(name="www.orrery.example"), 2) == 0, "by the rules"
    assert seen.distance(at, 0) == 1
    assert seen.distance(page, 0) == 1, "its host is not known yet"
    seen.take(at, 1)
    assert seen.distance(page, 1) == 1, "as far as its host"
    assert seen.distance(DomainName(name="mail.provider.example"), 1) == 2
    assert seen.distance(DomainName(name="mail.provider.example"), 2) is None
    assert seen.distance(AutonomousSystem(number=64500), 1) == 2
    weakness = detect("CVE-2021-44228")
    assert (seen.distance(weakness, 1), seen.distance(weakness, 2)) == (2, None)


def test_a_host_stays_as_near_as_it_once_was() -> None:
    seen = scope("orrery.example", max_distance=3)
    at = IPAddress(address="198.51.100.7")
    for distance in (2, 1, 3):
        seen.take(at, distance)
    assert seen.reached == {at.key: 1}
    seen.take(AutonomousSystem(number=64500), 1)
    assert seen.reached == {at.key: 1}


def test_what_is_excluded_is_out_wherever_it_is_found() -> None:
    seen = scope(
        "orrery.example", exclude=["dev.orrery.example", "198.51.100.0/24"], max_distance=5
    )
    for left in ("dev.orrery.example", "https://a.dev.orrery.example/", "198.51.100.7"):
        assert seen.distance(detect(left), 0) is None
    assert seen.distance(detect("192.0.2.1"), 0) == 1
    assert seen.refusal("a.dev.orrery.example") == "a.dev.orrery.example is excluded from the scan"
    assert seen.is_decided("198.51.100.7")


def test_include_rules_stand_in_for_the_seeds() -> None:
    seen = scope("orrery.example", include=["192.0.2.0/24"], max_distance=0)
    assert seen.distance(detect("192.0.2.9"), 0) == 0
    assert seen.distance(detect("orrery.example"), 0) is None


def test_only_hosts_that_are_near_enough_are_contacted() -> None:
    seen = scope("orrery.example", max_distance=3)
    near, far, name = "198.51.100.7", "198.51.100.8", "mail.provider.example"
    for host, distance in ((near, 1), (far, 2), (name, 1)):
        seen.take(detect(host), distance)

    assert {host: seen.refusal(host) for host in ("www.orrery.example", near, far, name, "x.example")} == {
        "www.orrery.example": "",
        near: "",  # where the scan's own names lie
        far: f"{far} is somebody else's: 2 hops from what the scan includes",
        name: f"{name} is somebody else's: 1 hop from what the scan includes",
        "x.example": "x.example is not in the scan's scope",
    }  # fmt: skip
    hosts = ("www.orrery.example", far, "x.example")
    assert [seen.is_decided(host) for host in hosts] == [True, True, False]


def test_a_scan_may_contact_further_hosts() -> None:
    seen = scope("orrery.example", max_distance=3, contact_distance=1)
    for host, distance in (("mail.provider.example", 1), ("far.example", 2), ("203.0.113.9", 2)):
        seen.take(detect(host), distance)
    assert [bool(seen.refusal(host)) for host in seen.reached] == [False, True, False]


@pytest.mark.parametrize(
    ("rule", "covered", "left"),
    [
        (
            "=orrery.example",
            ["orrery.example", "https://orrery.example/x"],
            ["www.orrery.example", "https://www.orrery.example/", "192.0.2.1"],
        ),
        (
            "port:25",
            ["tcp://192.0.2.9:25", "tcp://[2001:db8::9]:25", "http://any.example:25/"],
            ["tcp://192.0.2.9:443", "192.0.2.9", "any.example", "https://any.example/"],
        ),
        (
            "port:443-8080",
            ["tcp://192.0.2.9:443", "https://any.example/", "http://any.example:8080/"],
            ["tcp://192.0.2.9:442", "http://any.example/", "http://any.example:8081/"],
        ),
    ],
)
def test_names_alone_and_ports(rule: str, covered: list[str], left: list[str]) -> None:
    of_one = Rules.of([read_rule(rule)])
    assert [each for each in covered if not of_one.cover(detect(each))] == []
    assert [each for each in left if of_one.cover(detect(each))] == []


@pytest.mark.parametrize(
    "rule",
    ["port:", "port:0", "port:65536", "port:90-80", "port:http", "=192.0.2.1", "=AS64500", "="],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule: str) -> None:
    with pytest.raises(Refused):
        read_rule(rule)


def test_ports_are_excluded_of_any_host() -> None:
    of_all = scope("orrery.example", exclude=("port:25", "=mail.orrery.example"))
    assert of_all.refusal("www.orrery.example", 25) == "port 25 is excluded from the scan"
    assert of_all.refusal("www.orrery.example", 443) == ""
    assert of_all.refusal("mail.orrery.example").startswith("mail.orrery.example is excluded")
    assert of_all.refusal("a.mail.orrery.example") == ""


def test_ports_that_are_included_bound_what_is_looked_at() -> None:
    https = scope("orrery.example", include=("port:443", "port:8443-8444"))
    assert https.distance(detect("www.orrery.example"), 0) == 0, "the seeds stand in for the rest"
    assert https.distance(detect("https://www.orrery.example/"), 0) == 0
    assert https.distance(detect("http://www.orrery.example/"), 0) is None
    assert https.distance(detect("tcp://192.0.2.1:8444"), 0) == 1
    assert https.refusal("www.orrery.example", 8444) == ""
    told = "port 22 is none of those that the scan includes"
    assert https.refusal("www.orrery.example", 22) == told
    assert https.refusal("x.example", 443) == "x.example is not in the scan's scope"


def test_countries_and_providers_that_are_included_bound_what_is_contacted() -> None:
    here = scope("orrery.example", include=("orrery.example", "country:DE", "provider:Heron Net"))
    at = detect("198.51.100.7")
    assert (here.asks_where, here.distance(at, 0)) == (True, 1)
    assert here.exclusion(at.key, {"countries": ["DE"]}) == ""
    assert here.exclusion(at.key, {"countries": ["FR"], "providers": ["heron net"]}) == ""
    told = f"{at.key} is not contacted: it is not known to lie in the country DE or the provider Heron Net"
    assert here.exclusion(at.key, {"countries": ["FR"]}) == told
    assert here.exclusion(at.key, {}) == told


def test_what_lies_in_a_network_or_is_run_by_a_body_that_is_included_is_the_scans_own() -> None:
    own = scope("orrery.example", include=("orrery.example", "AS64500", "organization:Heron Ltd"))
    at = detect("198.51.100.7")
    assert own.distance(at, 0, {"systems": ["AS64500"]}) == 0
    assert own.distance(at, 5, {"organizations": ["HERON  ltd"]}) == 0
    assert own.distance(at, 0, {"systems": ["AS64501"], "providers": ["Heron Ltd"]}) == 1
    assert own.distance(detect("AS64500"), 5) == 0
    assert not own.asks_where, "nothing has to be known before hosts are contacted"


def test_what_lies_in_a_network_that_is_a_seed_is_not_the_scans_own() -> None:
    assert scope("AS64500").distance(detect("198.51.100.7"), 0, {"systems": ["AS64500"]}) == 1
