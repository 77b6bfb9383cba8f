"""The lab's DNS, asked by dnspython over the network and validated from the trust anchor down."""

import os
import socket
from typing import Any

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.reversename
import dns.rrset
import dns.xfr
import dns.zone
import pytest

from tests.support.running_lab import RunningLab

IN = dns.rdataclass.IN
MAIN = "orrery-instruments.example"


def ask(
    where: tuple[str, int], name: str, rdtype: str, *, dnssec: bool = False, **options: Any
) -> dns.message.Message:
    query = dns.message.make_query(name, rdtype, want_dnssec=dnssec, **options)
    answer, _ = dns.query.udp_with_fallback(query, where[0], port=where[1], timeout=5)
    return answer


def texts(message: dns.message.Message, rdtype: str) -> set[str]:
    wanted = dns.rdatatype.from_text(rdtype)
    return {str(r) for rrset in message.answer if rrset.rdtype == wanted for r in rrset}


def test_both_resolvers_follow_aliases_across_zones(running_lab: RunningLab) -> None:
    for number in (0, 1):
        answer = ask(running_lab.resolver(number), f"www.{MAIN}", "A")
        assert answer.flags & dns.flags.RA
        assert texts(answer, "CNAME") == {
            "orrery-instruments.brightwater-cdn.example.",
            "edge-10.brightwater-cdn.example.",
        }
        assert texts(answer, "A") == {"192.0.2.10"}


def test_dangling_alias_ends_at_a_name_that_does_not_exist(running_lab: RunningLab) -> None:
    answer = ask(running_lab.resolver(), f"assets.{MAIN}", "A")
    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert texts(answer, "CNAME") == {"orrery-assets.bucketcove.example."}


def test_absent_type_and_absent_name_differ(running_lab: RunningLab) -> None:
    nodata = ask(running_lab.resolver(), f"shop.{MAIN}", "MX")
    missing = ask(running_lab.resolver(), f"no-such-host.{MAIN}", "MX")
    assert (nodata.rcode(), missing.rcode()) == (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
    for message in (nodata, missing):
        assert message.answer == []
        assert [r.rdtype for r in message.authority] == [dns.rdatatype.SOA]


def test_empty_non_terminal_exists_without_records(running_lab: RunningLab) -> None:
    answer = ask(running_lab.resolver(), f"_tcp.{MAIN}", "SRV")
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])


def test_wildcard_answers_for_any_name_of_its_zone_only(running_lab: RunningLab) -> None:
    found = ask(running_lab.resolver(), "x7f3.orrery-cloud.example", "A")
    assert texts(found, "A") == {"198.51.100.22"}
    deep = ask(running_lab.resolver(), "a.b.orrery-cloud.example", "A")
    assert texts(deep, "A") == {"198.51.100.22"}


def test_names_of_the_real_world_do_not_exist(running_lab: RunningLab) -> None:
    for name in ("example.com", "iana.org.example.net", "www.google.com"):
        assert ask(running_lab.resolver(), name, "A").rcode() == dns.rcode.NXDOMAIN


def test_signed_zone_is_authenticated_and_the_expired_one_fails(running_lab: RunningLab) -> None:
    good = ask(running_lab.resolver(), f"shop.{MAIN}", "A", dnssec=True)
    bogus = ask(running_lab.resolver(), "www.orrery-labs.example", "A", dnssec=True)
    plain = ask(running_lab.resolver(), "www.tidewater-books.example", "A", dnssec=True)
    unasked = ask(running_lab.resolver(), f"shop.{MAIN}", "A")
    assert good.flags & dns.flags.AD
    assert bogus.rcode() == dns.rcode.SERVFAIL
    assert not plain.flags & dns.flags.AD
    assert not unasked.flags & dns.flags.AD
    checking_disabled = dns.message.make_query("www.orrery-labs.example", "A", want_dnssec=True)
    checking_disabled.flags |= dns.flags.CD
    host, port = running_lab.resolver()
    raw = dns.query.udp(checking_disabled, host, port=port, timeout=5)
    assert texts(raw, "A") == {"203.0.113.10"}


def _validated(
    message: dns.message.Message, name: str, rdtype: str, keys: dict[Any, Any]
) -> dns.rrset.RRset:
    owner, kind = dns.name.from_text(name), dns.rdatatype.from_text(rdtype)
    section = message.answer or message.authority
    found = message.find_rrset(section, owner, IN, kind)
    signatures = message.find_rrset(section, owner, IN, dns.rdatatype.RRSIG, kind)
    dns.dnssec.validate(found, signatures, keys)
    return found


def test_chain_of_trust_holds_from_the_anchor_to_the_answer(running_lab: RunningLab) -> None:
    anchor = running_lab.state["trust_anchor"].split(maxsplit=4)
    trusted = dns.rrset.from_text(".", 3600, "IN", "DS", anchor[4])
    servers = {".": "192.0.2.130", "example.": "192.0.2.131", f"{MAIN}.": "203.0.113.53"}
    names = list(servers)
    for above, zone in zip([None, *names], names, strict=False):
        where = running_lab.route(servers[zone], 53, "udp")
        keys = ask(where, zone, "DNSKEY", dnssec=True)
        rrset = next(r for r in keys.answer if r.rdtype == dns.rdatatype.DNSKEY)
        made = dns.dnssec.make_ds(zone, rrset[0], trusted[0].digest_type)
        assert made == trusted[0], f"{zone} under {above}"
        own = {dns.name.from_text(zone): rrset}
        _validated(keys, zone, "DNSKEY", own)
        below = names[names.index(zone) + 1 :]
        if below:
            trusted = _validated(ask(where, below[0], "DS", dnssec=True), below[0], "DS", own)
    shop = ask(running_lab.route("203.0.113.53", 53, "udp"), f"shop.{MAIN}", "A", dnssec=True)
    assert str(_validated(shop, f"shop.{MAIN}.", "A", own)[0]) == "203.0.113.20"


def test_denial_of_a_name_is_proved(running_lab: RunningLab) -> None:
    where = running_lab.route("203.0.113.53", 53, "udp")
    answer = ask(where, f"nothing-here.{MAIN}", "A", dnssec=True)
    owner = dns.name.from_text(f"nothing-here.{MAIN}")
    spans = [(r.name, r[0].next) for r in answer.authority if r.rdtype == dns.rdatatype.NSEC]
    assert any(first < owner < last for first, last in spans)


def test_delegation_comes_with_glue_and_without_authority(running_lab: RunningLab) -> None:
    answer = ask(running_lab.route("192.0.2.131", 53, "udp"), f"www.{MAIN}", "A")
    assert answer.answer == []
    assert not answer.flags & dns.flags.AA
    assert {str(r) for r in answer.authority[0]} == {f"ns1.{MAIN}.", f"ns2.{MAIN}."}
    assert {str(r) for rrset in answer.additional for r in rrset} >= {
        "203.0.113.53",
        "203.0.113.54",
    }


def test_foreign_zone_is_refused(running_lab: RunningLab) -> None:
    answer = ask(running_lab.route("203.0.113.53", 53, "udp"), "www.tidewater-books.example", "A")
    assert answer.rcode() == dns.rcode.REFUSED


def test_long_answer_is_cut_over_udp_and_whole_over_tcp(running_lab: RunningLab) -> None:
    host, port = running_lab.route("203.0.113.53", 53, "udp")
    query = dns.message.make_query(f"{MAIN}", "ANY", want_dnssec=True, payload=512)
    short = dns.query.udp(query, host, port=port, timeout=5)
    whole = dns.query.tcp(query, host, port=port, timeout=5)
    assert short.flags & dns.flags.TC
    assert not whole.flags & dns.flags.TC
    assert len(whole.to_wire(max_size=65535)) > 512


def test_only_the_badly_configured_server_gives_its_zone_away(running_lab: RunningLab) -> None:
    zone = dns.zone.Zone(MAIN, relativize=False)
    host, port = running_lab.route("203.0.113.54", 53)
    dns.query.inbound_xfr(host, zone, port=port, timeout=5)
    assert dns.name.from_text(f"backup.{MAIN}") in zone.nodes
    host, port = running_lab.route("203.0.113.53", 53)
    with pytest.raises(dns.xfr.TransferError):
        dns.query.inbound_xfr(host, dns.zone.Zone(MAIN, relativize=False), port=port, timeout=5)


def test_unreadable_queries_do_no_harm(running_lab: RunningLab) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(5)
        line.connect(running_lab.resolver())
        for junk in (b"", b"x", bytes(12), b"\xff" * 40, os.urandom(200)):
            line.send(junk)
    assert texts(ask(running_lab.resolver(), "crt.sh", "A"), "A") == {"192.0.2.160"}


def test_reverse_zones_name_the_hosts(running_lab: RunningLab) -> None:
    for address, name in (
        ("203.0.113.34", f"backup.{MAIN}."),
        ("2001:db8:10::25", f"mail.{MAIN}."),
    ):
        reverse = dns.reversename.from_address(address)
        assert texts(ask(running_lab.resolver(), str(reverse), "PTR"), "PTR") == {name}


def test_tlsa_record_matches_the_mail_servers_key(running_lab: RunningLab) -> None:
    answer = ask(running_lab.resolver(), f"_25._tcp.mail.{MAIN}", "TLSA")
    expected = running_lab.state["certificates"]["mail"]["spki_sha256"]
    assert texts(answer, "TLSA") == {f"3 1 1 {expected}"}
