"""What zones say, and how servers and resolvers put it."""

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import pytest

from lab.company import dns_name
from lab.naming.authority import Authority
from lab.naming.lookup import Found, find
from lab.naming.resolver import Resolver, Security
from lab.naming.server import malformed, read_query
from lab.naming.zones import ROOT, Zone, closest, reverse_zone_of
from lab.world import World

MAIN = "orrery-instruments.example"
NOON = 43_200


def lookup(world: World, zone: str, name: str, rdtype: str) -> Found:
    asked = dns.rdatatype.from_text(rdtype)
    return find(world.zones[dns_name(zone)], dns_name(name), asked, world.zones)


def types(found: Found) -> list[str]:
    return [dns.rdatatype.to_text(rrset.rdtype) for rrset in found.authority]


def resolver(world: World) -> Resolver:
    return Resolver(world.zones, world.company.day(0).timestamp() + NOON)


def ask(world: World, name: str, rdtype: str, *, dnssec: bool = False) -> dns.message.Message:
    return resolver(world).answer(dns.message.make_query(name, rdtype, want_dnssec=dnssec))


def test_alias_is_given_with_where_it_leads(world: World) -> None:
    found = lookup(world, MAIN, f"newsletter.{MAIN}", "A")
    assert found.alias == dns_name(f"www.{MAIN}")
    assert [rrset.rdtype.name for rrset in found.answer] == ["CNAME", "RRSIG"]
    assert lookup(world, MAIN, f"newsletter.{MAIN}", "CNAME").alias is None


def test_wildcard_gives_its_records_under_the_name_asked_for(world: World) -> None:
    found = lookup(world, "orrery-cloud.example", "any.orrery-cloud.example", "A")
    assert [(str(r.name), str(r[0])) for r in found.answer] == [
        ("any.orrery-cloud.example.", "198.51.100.22")
    ]
    nodata = lookup(world, "orrery-cloud.example", "any.orrery-cloud.example", "TXT")
    assert (nodata.rcode, types(nodata)) == (dns.rcode.NOERROR, ["SOA"])


def test_wildcard_does_not_reach_its_own_zones_top(world: World) -> None:
    assert lookup(world, "orrery-cloud.example", "orrery-cloud.example", "AAAA").answer == []


def test_missing_name_and_empty_name_differ_in_a_signed_zone(world: World) -> None:
    missing = lookup(world, MAIN, f"zzz.{MAIN}", "A")
    empty = lookup(world, MAIN, f"_tcp.{MAIN}", "A")
    assert (missing.rcode, types(missing)) == (
        dns.rcode.NXDOMAIN,
        ["SOA", "RRSIG", "NSEC", "RRSIG", "NSEC", "RRSIG"],
    )
    assert (empty.rcode, types(empty)) == (dns.rcode.NOERROR, ["SOA", "RRSIG", "NSEC", "RRSIG"])


def test_denial_covers_the_name_before_it_in_canonical_order(world: World) -> None:
    found = lookup(world, MAIN, f"zzz.{MAIN}", "A")
    last = next(r for r in found.authority if r.rdtype == dns.rdatatype.NSEC)
    assert last.name < dns_name(f"zzz.{MAIN}")
    assert last[0].next == dns_name(MAIN)


def test_delegation_refers_with_glue_and_ds_is_the_parents(world: World) -> None:
    referral = lookup(world, "example", f"www.{MAIN}", "A")
    assert (referral.is_referral, referral.answer) == (True, [])
    assert types(referral) == ["NS", "DS", "RRSIG"]
    assert {str(r.name) for r in referral.additional} == {f"ns1.{MAIN}.", f"ns2.{MAIN}."}
    ds = lookup(world, "example", MAIN, "DS")
    assert (ds.is_referral, ds.answer[0].rdtype.name) == (False, "DS")


def test_unsigned_delegation_proves_that_it_is_unsigned(world: World) -> None:
    assert types(lookup(world, "example", "crt.nic.example", "A")) == ["NS", "NSEC", "RRSIG"]


def test_any_gives_all_but_signatures_alone(world: World) -> None:
    found = lookup(world, "crt.sh", "crt.sh", "ANY")
    assert [r.rdtype.name for r in found.answer] == ["A", "NS", "SOA"]


def test_closest_zone_is_the_one_with_the_longest_name(world: World) -> None:
    found = closest(world.zones, dns_name(f"a.b.{MAIN}"))
    assert found is world.zones[dns_name(MAIN)]
    assert closest(world.zones, dns_name("www.google.com")) is world.zones[ROOT]
    assert closest({}, dns_name("www.google.com")) is None


def test_reverse_zones_are_cut_at_whole_blocks(world: World) -> None:
    hosts = world.company.hosts
    four, six = hosts["mail"].addresses
    assert str(reverse_zone_of(four)) == "113.0.203.in-addr.arpa."
    assert str(reverse_zone_of(six)) == "0.1.0.0.8.b.d.0.1.0.0.2.ip6.arpa."


def test_resolver_marks_what_it_authenticated_for_who_asks(world: World) -> None:
    assert ask(world, f"shop.{MAIN}", "A", dnssec=True).flags & dns.flags.AD
    assert not ask(world, f"shop.{MAIN}", "A").flags & dns.flags.AD
    through_unsigned = ask(world, f"www.{MAIN}", "A", dnssec=True)
    assert not through_unsigned.flags & dns.flags.AD


def test_resolver_fails_for_expired_signatures_and_says_why(world: World) -> None:
    answer = ask(world, "orrery-labs.example", "A", dnssec=True)
    assert (answer.rcode(), answer.answer) == (dns.rcode.SERVFAIL, [])
    assert [str(option) for option in answer.options] == ["EDE 6 (DNSSEC Bogus)"]


def test_resolver_fails_where_a_delegation_leads_nowhere(world: World) -> None:
    zones = {origin: zone for origin, zone in world.zones.items() if origin != dns_name("crt.sh")}
    query = dns.message.make_query("crt.sh", "A")
    answer = Resolver(zones, world.company.day(0).timestamp()).answer(query)
    assert answer.rcode() == dns.rcode.SERVFAIL


def test_zone_with_another_key_than_its_parent_says_is_bogus(world: World) -> None:
    wrong = Zone(world.zones[dns_name(MAIN)].data, world.zones[dns_name("example")].ds)
    found = Resolver({**world.zones, dns_name(MAIN): wrong}, world.company.day(0).timestamp())
    assert found._security_of(wrong) is Security.BOGUS


@pytest.mark.parametrize(
    ("name", "rdtype", "rcode"),
    [
        ("www.tidewater-books.example", "A", dns.rcode.REFUSED),
        (MAIN, "AXFR", dns.rcode.REFUSED),
        (MAIN, "SOA", dns.rcode.NOERROR),
    ],
)
def test_server_answers_for_its_own_zones_only(
    world: World, name: str, rdtype: str, rcode: dns.rcode.Rcode
) -> None:
    held = world.held_by(world.company.hosts["ns1"].addresses)
    assert {str(origin) for origin in held} == {
        f"{MAIN}.",
        "orrery-labs.example.",
        "orrery.test.",
    }
    answer = Authority(held, world.zones).answer(dns.message.make_query(name, rdtype))
    assert answer.rcode() == rcode


def test_unusual_queries_are_turned_down(world: World) -> None:
    server = Authority(world.zones, world.zones)
    chaos = dns.message.make_query("version.bind", "TXT", "CH")
    assert server.answer(chaos).rcode() == dns.rcode.REFUSED
    notify = dns.message.make_query(MAIN, "SOA")
    notify.set_opcode(dns.opcode.NOTIFY)
    assert server.answer(notify).rcode() == dns.rcode.NOTIMP


def test_transfer_starts_and_ends_with_the_soa(world: World) -> None:
    query = dns.message.make_query(MAIN, "AXFR")
    messages = list(Authority(world.zones, world.zones, gives_transfers=True).transfer(query))
    records = [rrset for message in messages for rrset in message.answer]
    assert len(messages) > 1
    assert records[0].rdtype == records[-1].rdtype == dns.rdatatype.SOA
    refusal = list(Authority(world.zones, world.zones).transfer(query))
    assert [message.rcode() for message in refusal] == [dns.rcode.REFUSED]


def test_bytes_that_are_no_query_are_told_apart() -> None:
    query = dns.message.make_query(MAIN, "A")
    assert read_query(b"short") is None
    assert read_query(dns.message.make_response(query).to_wire()) is None
    broken = read_query(query.to_wire()[:-3])
    assert broken is not None
    assert malformed(broken).rcode() == dns.rcode.FORMERR
    assert malformed(broken).id == query.id
