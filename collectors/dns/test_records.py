import pytest

from collectors._kit.testing import described, replay
from collectors.dns.records import Records
from collectors.dns.text import mta_sts_mode, purpose_of, verified_service
from graph.facts import Outcome
from graph.model.record import DNSRecord

ZONE = "heron-optics.example"


def test_hosts_are_relationships_and_other_data_are_records() -> None:
    answers = replay(Records, "dns.records.ok")
    lines = described(answers)
    assert {line for line in lines if not line.startswith("DNSRecord")} == {
        f"DomainName {ZONE} -DELEGATED_TO-> DomainName ns1.{ZONE}",
        f"DomainName {ZONE} -DELEGATED_TO-> DomainName ns.harbour-dns.example",
        f"DomainName {ZONE} -MAIL_HANDLED_BY[10]-> DomainName mail.{ZONE}",
        f"DomainName {ZONE} -MAIL_HANDLED_BY[20]-> DomainName mx.post-house.example",
    }
    records = [f for a in answers for f in a.facts if isinstance(f, DNSRecord)]
    assert {(r.rrtype, r.value, r.purpose, r.verifies) for r in records} == {
        ("CAA", '0 issue "trust.example"', None, None),
        ("HTTPS", '1 . alpn="h2"', None, None),
        (
            "SOA",
            f"ns1.{ZONE}. hostmaster.{ZONE}. 0 7200 3600 1209600 300",
            None,
            None,
        ),
        (
            "TXT",
            "v=spf1 ip4:192.0.2.0/25 a:relay.heron-optics.example "
            "include:_spf.post-house.example include:gone-letters.example ~all",
            "spf",
            None,
        ),
        ("TXT", "heron-site-verification=7c1d", "verification", "heron-site"),
        ("TXT", "just some text", "other", None),
    }


def test_a_name_without_records_is_an_answer_with_nothing_in_it() -> None:
    assert {a.outcome for a in replay(Records, "dns.records.empty")} == {Outcome.ABSENT}


def test_what_an_alias_leads_to_is_not_stated_of_the_alias() -> None:
    assert described(replay(Records, "dns.records.alias")) == set()


def test_a_name_that_takes_no_mail_has_no_mail_host() -> None:
    assert described(replay(Records, "dns.records.null_mx")) == {
        "DomainName quiet.example -DELEGATED_TO-> DomainName ns.harbour-dns.example"
    }


def test_each_record_type_fails_by_itself() -> None:
    outcomes = {a.part: a.outcome for a in replay(Records, "dns.records.failing")}
    assert {part for part, outcome in outcomes.items() if outcome is Outcome.ERROR} == {
        "NS",
        "MX",
        "TXT",
    }
    assert outcomes["SOA"] is Outcome.FOUND


@pytest.mark.parametrize(
    ("text", "purpose", "service"),
    [
        ("v=spf1 -all", "spf", ""),
        ("V=DMARC1;p=none", "dmarc", ""),
        ("v=TLSRPTv1; rua=mailto:x@a.example", "tls_rpt", ""),
        ("v=spf10 -all", "other", ""),
        ("google-site-verification=abc", "verification", "google-site"),
        ("apple-domain-verification=abc", "verification", "apple"),
        ("Heron_verification: abc", "verification", "heron"),
        ("MS=ms123456", "verification", "microsoft-365"),
        ("verification=abc", "other", ""),
        ("what is verification?", "other", ""),
        ("", "other", ""),
    ],
)
def test_what_a_text_is_for(text: str, purpose: str, service: str) -> None:
    assert (purpose_of(text), verified_service(text)) == (purpose, service)


@pytest.mark.parametrize(
    ("policy", "mode"),
    [
        ("version: STSv1\nmode: enforce\n", "enforce"),
        ("version: STSv1\r\nMode : Testing\r\n", "testing"),
        ("mode: sometimes", None),
        ("<html>mode", None),
    ],
)
def test_the_mode_of_an_mta_sts_policy(policy: str, mode: str | None) -> None:
    assert mta_sts_mode(policy) == mode
