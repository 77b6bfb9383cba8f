"""The truth follows from the file, and what the file expects of rules agrees with it."""

import datetime as dt

from graph.model.network import DomainName, IPAddress, NetworkService
from graph.model.registry import kinds, relationship_types
from graph.model.web import URL
from lab.truth import Facts, Truth
from lab.world import World

MAIN = "orrery-instruments.example"


def service(key: str) -> NetworkService:
    return NetworkService.from_key(key)


def test_alias_chain_is_told_link_by_link(truth: Truth) -> None:
    found = truth.answer("dns.resolve", DomainName(name=f"www.{MAIN}"))
    assert found.relationships == {
        ("CNAME_TO", f"www.{MAIN}", "orrery-instruments.brightwater-cdn.example"),
        (
            "CNAME_TO",
            "orrery-instruments.brightwater-cdn.example",
            "edge-10.brightwater-cdn.example",
        ),
        ("RESOLVES_TO", "edge-10.brightwater-cdn.example", "192.0.2.10"),
        ("RESOLVES_TO", "edge-10.brightwater-cdn.example", "2001:db8:cd::10"),
    }


def test_names_that_do_not_resolve_give_nothing(truth: Truth) -> None:
    for name in (f"staging-2019.{MAIN}", "orrery-labs.example", "free.example"):
        assert truth.answer("dns.resolve", DomainName(name=name)) == Facts()
    dangling = truth.answer("dns.resolve", DomainName(name=f"assets.{MAIN}"))
    assert dangling.relationships == {
        ("CNAME_TO", f"assets.{MAIN}", "orrery-assets.bucketcove.example")
    }


def test_wildcard_stands_for_any_name(truth: Truth) -> None:
    found = truth.answer("dns.resolve", DomainName(name="x.orrery-cloud.example"))
    assert found.relationships == {("RESOLVES_TO", "x.orrery-cloud.example", "198.51.100.22")}


def test_null_mx_is_no_mail_host(truth: Truth) -> None:
    found = truth.answer("dns.records", DomainName(name="orrery.test"))
    assert not [edge for edge in found.relationships if edge[0] == "MAIL_HANDLED_BY"]


def test_senders_include_those_of_includes(truth: Truth) -> None:
    found = truth.answer("dns.mailauth", DomainName(name=MAIN))
    assert found.only(["ALLOWS_SENDER"]).relationships == {
        ("ALLOWS_SENDER", MAIN, "203.0.113.0/25"),
        ("ALLOWS_SENDER", MAIN, "_spf.mailharbour.example"),
        ("ALLOWS_SENDER", "_spf.mailharbour.example", "192.0.2.64/26"),
        ("ALLOWS_SENDER", MAIN, "starling-newsletter.example"),
    }


def test_service_shows_the_certificate_of_the_name_asked_for(world: World, truth: Truth) -> None:
    issued = world.certificates.issued
    for key, name in (
        ("tcp://198.51.100.21:443", "tidewater"),
        ("tcp://198.51.100.21:443#sni=reading.tidewater-books.example", "reading"),
    ):
        shown = truth.answer("tls.handshake", service(key)).only(["PRESENTS"]).relationships
        assert ("PRESENTS", key, issued[name].sha256) in shown
        assert len(shown) == 2
    assert truth.answer("tls.handshake", service("tcp://203.0.113.20:3306")) == Facts()
    assert truth.answer("tls.handshake", service("tcp://203.0.113.99:443")) == Facts()


def test_software_is_named_with_or_without_version(truth: Truth) -> None:
    greeting = truth.answer("tcp.banner", service("tcp://203.0.113.25:25"))
    assert greeting.only(["RUNS"]).relationships == {
        ("RUNS", "tcp://203.0.113.25:25", "a:exim:exim¦4.92")
    }
    page = truth.answer("http.tech", URL(url=f"https://www.{MAIN}/"))
    assert page.relationships == {("RUNS", f"https://www.{MAIN}/", "a:f5:nginx")}


def test_redirect_of_a_plain_site_is_a_page_without_parts(truth: Truth) -> None:
    probe = truth.answer("http.probe", DomainName(name=f"shop.{MAIN}"))
    assert probe.only(["REDIRECTS_TO"]).relationships == {
        ("REDIRECTS_TO", f"http://shop.{MAIN}/", f"https://shop.{MAIN}/")
    }
    assert truth.answer("http.trackers", URL(url=f"http://shop.{MAIN}/")) == Facts()


def test_ranges_list_the_addresses_in_them(truth: Truth) -> None:
    found = truth.answer("rep.feeds", IPAddress(address="198.51.100.140"))
    assert found.relationships == {("LISTED_IN", "198.51.100.140", "lab-bad-ranges")}


def test_failed_captures_are_no_addresses(truth: Truth) -> None:
    found = truth.answer("archive.wayback", DomainName(name=MAIN))
    assert ("URL", f"http://old.{MAIN}/catalogue.pdf") in found.entities
    assert ("URL", f"http://www.{MAIN}/admin/backup.sql") not in found.entities
    # Later captures of the same address by https are the archive's same entry.
    assert ("URL", f"http://www.{MAIN}/") in found.entities
    assert ("URL", f"https://www.{MAIN}/") not in found.entities


def test_collector_that_does_not_take_a_kind_finds_nothing(truth: Truth) -> None:
    assert truth.answer("dns.reverse", DomainName(name=MAIN)) == Facts()
    assert truth.answer("rdap.domain", DomainName(name=f"www.{MAIN}")) == Facts()


def test_every_own_name_is_reached_from_the_seeds(world: World, truth: Truth) -> None:
    reached = {entity.key for entity in truth.scanned if isinstance(entity, DomainName)}
    owners = (owner for zone in world.zones.values() for owner in zone.data.nodes)
    own = {n for o in owners if world.company.is_own(n := o.to_text(omit_final_dot=True))}
    known_to_the_zone_only = {
        "*.orrery-cloud.example",
        f"_25._tcp.mail.{MAIN}",
        f"_sip._tcp.{MAIN}",
        f"_submission._tcp.{MAIN}",
    }
    assert own - reached == known_to_the_zone_only


def test_nothing_foreign_is_scanned(world: World, truth: Truth) -> None:
    names = {e.key for e in truth.scanned if isinstance(e, DomainName)}
    assert {name for name in names if not world.company.is_own(name)} == set()
    addresses = {e.key for e in truth.scanned if isinstance(e, IPAddress)}
    assert "198.51.100.140" not in addresses
    assert "10.20.0.5" not in addresses


def test_kinds_and_types_are_those_of_the_model(truth: Truth) -> None:
    assert {kind for kind, _ in truth.facts.entities} <= set(kinds())
    assert {kind for kind, _, _ in truth.facts.relationships} <= set(relationship_types())


def test_truth_is_the_same_each_time(world: World, truth: Truth) -> None:
    again = Truth(World.read(today=world.company.today))
    assert again.facts == truth.facts
    assert again.findings == truth.findings


def test_of_a_collector_is_the_union_of_its_answers(truth: Truth) -> None:
    found = truth.of("dns.reverse")
    assert ("POINTS_TO", "203.0.113.34", f"backup.{MAIN}") in found.relationships
    assert {edge[0] for edge in found.relationships} == {"POINTS_TO"}
    assert found.relationships <= truth.facts.relationships


def test_every_finding_is_about_something_that_is_found(truth: Truth) -> None:
    subjects = {subject for found in truth.findings.values() for subject in found}
    assert subjects - truth.facts.entities == set()
    assert set(truth.findings).isdisjoint(truth.later_findings)
    assert len(truth.findings) >= 15


def _presented(world: World, truth: Truth, first: int, last: int) -> set[tuple[str, str]]:
    """The own services whose certificate ends between two days from today."""
    found = set()
    for entity in truth.scanned:
        presents = truth.answer("tls.handshake", entity).only(["PRESENTS"]).relationships
        for issued in world.certificates.issued.values():
            ends = issued.leaf.not_valid_after_utc
            is_due = world.company.day(first) <= ends < world.company.day(last)
            if is_due and ("PRESENTS", entity.key, issued.sha256) in presents:
                found.add(("NetworkService", entity.key))
    return found


def test_expected_certificate_findings_agree_with_the_days(world: World, truth: Truth) -> None:
    assert truth.findings["tls.expired"] == _presented(world, truth, -10_000, 0)
    assert truth.findings["tls.expiring"] == _presented(world, truth, 0, 21)


def test_expected_mismatches_agree_with_names_and_certificates(truth: Truth) -> None:
    facts, found = truth.facts, set()
    covered = {(s, t) for kind, s, t in facts.relationships if kind == "COVERS"}
    addresses = {(s, t) for kind, s, t in facts.relationships if kind == "RESOLVES_TO"}
    for kind, key, certificate in facts.relationships:
        if kind == "PRESENTS":
            names = {n for n, a in addresses if a == service(key).address and MAIN in n}
            own = {s for s, _ in covered} | {certificate}
            if certificate in own and any((certificate, name) not in covered for name in names):
                found.add((key, certificate))
    leaves = {(key, c) for key, c in found if _is_leaf(truth, c)}
    assert {("NetworkService", key) for key, _ in leaves} == truth.findings["tls.mismatch"]


def _is_leaf(truth: Truth, sha256: str) -> bool:
    return sha256 in {issued.sha256 for issued in truth.world.certificates.issued.values()}


def test_expected_registration_findings_agree_with_the_days(world: World, truth: Truth) -> None:
    ending = {
        ("DomainName", name)
        for name, plan in world.company.registrations.items()
        if world.company.is_own(name) and plan.expires < 45
    }
    assert truth.findings["reg.expiring"] == ending
    open_ = {
        ("DomainName", name)
        for name, plan in world.company.registrations.items()
        if world.company.is_own(name) and not any("transfer" in word for word in plan.status)
    }
    assert truth.findings["reg.no_lock"] == open_


def test_registrations_end_when_the_file_says(world: World) -> None:
    plan = world.company.registrations["orrery-cloud.example"]
    assert world.company.day(plan.expires).date() == world.company.today + dt.timedelta(days=21)
