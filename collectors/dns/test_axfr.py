from collectors._kit.testing import described, replay
from collectors.dns.axfr import Axfr
from graph.facts import Outcome

ZONE = "heron-optics.example"


def test_a_zone_that_is_handed_out_is_told_record_by_record() -> None:
    answers = {a.part: a for a in replay(Axfr, "dns.axfr.ok")}
    lines = described([answers[f"server:ns1.{ZONE}"]])
    assert {line for line in lines if not line.startswith("DNSRecord")} == {
        f"DomainName {ZONE} -DELEGATED_TO-> DomainName ns1.{ZONE}",
        f"DomainName {ZONE} -RESOLVES_TO[A]-> IPAddress 192.0.2.10",
        f"DomainName {ZONE} -MAIL_HANDLED_BY[10]-> DomainName mail.{ZONE}",
        f"DomainName www.{ZONE} -CNAME_TO-> DomainName {ZONE}",
        f"DomainName secret.{ZONE} -RESOLVES_TO[AAAA]-> IPAddress 2001:db8::7",
        f"DomainName {ZONE} -SRV_TO[_sip._tcp¦5060¦10]-> DomainName sip.{ZONE} {{weight: 60}}",
    }
    assert len([line for line in lines if line.startswith("DNSRecord")]) == 2  # SOA, TXT
    refused = answers["server:ns2.harbour-dns.example"]
    assert (refused.outcome, refused.facts) == (Outcome.ABSENT, ())


def test_servers_that_refuse_are_answers_and_broken_transfers_are_not() -> None:
    assert {a.outcome for a in replay(Axfr, "dns.axfr.empty")} == {Outcome.ABSENT}
    outcomes = {a.part: a.outcome for a in replay(Axfr, "dns.axfr.failing")}
    assert outcomes == {
        "": Outcome.ABSENT,
        f"server:ns1.{ZONE}": Outcome.ERROR,
        "server:ns2.harbour-dns.example": Outcome.ERROR,
    }
