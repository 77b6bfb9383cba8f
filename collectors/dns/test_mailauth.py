import pytest

from collectors._kit.testing import described, replay
from collectors.dns.mailauth import MailAuth
from collectors.dns.spf import Term, Walk, is_spf, terms_of
from graph.facts import Outcome
from graph.model.record import DNSRecord

ZONE = "heron-optics.example"


def record(case: str, part: str) -> DNSRecord:
    (answer,) = (a for a in replay(MailAuth, f"dns.mailauth.{case}") if a.part == part)
    return next(f for f in answer.facts if isinstance(f, DNSRecord))


def test_who_may_send_is_told_through_all_includes() -> None:
    lines = described(a for a in replay(MailAuth, "dns.mailauth.ok") if a.part == "spf")
    post = "_spf.post-house.example"
    assert {line for line in lines if not line.startswith("DNSRecord")} == {
        f"DomainName {ZONE} -ALLOWS_SENDER-> Netblock 192.0.2.0/25 {{mechanisms: ['ip4']}}",
        f"DomainName {ZONE} -ALLOWS_SENDER-> DomainName relay.{ZONE} {{mechanisms: ['a']}}",
        f"DomainName {ZONE} -ALLOWS_SENDER-> DomainName {post} {{mechanisms: ['include']}}",
        f"DomainName {ZONE} -ALLOWS_SENDER-> DomainName gone-letters.example "
        "{mechanisms: ['include']}",
        "DomainName gone-letters.example {dns_status: 'nonexistent'}",
        f"DomainName {post} -ALLOWS_SENDER-> Netblock 198.51.100.0/24 {{mechanisms: ['ip4']}}",
        f"DomainName {post} -ALLOWS_SENDER-> Netblock 2001:db8:7::/48 {{mechanisms: ['ip6']}}",
        f"DomainName {post} -ALLOWS_SENDER-> DomainName _spf2.post-house.example "
        "{mechanisms: ['include']}",
        "DomainName _spf2.post-house.example -ALLOWS_SENDER-> Netblock 198.51.100.128/25 "
        "{mechanisms: ['ip4']}",
    }


def test_an_address_of_version_6_under_ip4_counts_for_nothing() -> None:
    walk = Walk("v=spf1").reading("v=spf1 ip4:2001:db8::/32 ip4:192.0.2.0/24 -all")
    assert walk.address_count() == 256


def test_names_that_are_none_are_not_walked_to() -> None:
    text = (
        f"v=spf1 include:a..example include:{'a' * 64}.example include:%{{d}}.x include:b.example"
    )
    walk = Walk(text).reading(text)
    assert walk.waiting == ("b.example",)
    assert walk.lookups == 4


def test_the_record_at_the_root_has_the_sums_of_its_tree() -> None:
    spf = record("ok", "spf")
    # a, two includes, one include inside, exists inside that; /25 and /24, the other /25 in it.
    assert (spf.owner, spf.spf_all, spf.spf_lookup_count, spf.spf_address_count) == (
        ZONE,
        "softfail",
        5,
        384.0,
    )


def test_a_record_that_lets_anybody_send_is_known_wherever_it_says_so() -> None:
    spf = record("open", "spf")
    assert (spf.owner, spf.spf_all, spf.spf_address_count) == ("open-post.example", None, 2.0**32)


def test_policies_are_read() -> None:
    dmarc = record("ok", "dmarc")
    assert (
        dmarc.owner,
        dmarc.dmarc_policy,
        dmarc.dmarc_subdomain_policy,
        dmarc.dmarc_percent,
    ) == (f"_dmarc.{ZONE}", "none", "reject", 50)
    strange = record("open", "dmarc")
    assert (strange.dmarc_policy, strange.dmarc_percent) == (None, None)
    dkim = record("ok", "dkim")
    assert (dkim.owner, dkim.dkim_selector, dkim.dkim_key_bits) == (
        f"default._domainkey.{ZONE}",
        "default",
        1024,
    )
    assert record("ok", "tls_rpt").purpose == "tls_rpt"
    assert record("ok", "mta_sts").mta_sts_mode is None
    assert record("ok", "mta_sts_file").mta_sts_mode == "enforce"
    assert record("ok", "mta_sts_file").key == record("ok", "mta_sts").key


def test_policies_fail_one_by_one() -> None:
    answers = replay(MailAuth, "dns.mailauth.failing")
    assert {a.part: a.reason for a in answers if a.outcome is Outcome.ERROR} == {
        "spf": "198.51.100.1:53: SERVFAIL for _spf.post-house.example",
        "mta_sts_file": f"https://mta-sts.{ZONE}/.well-known/mta-sts.txt: certificate has expired",
    }
    assert record("failing", "dmarc").dmarc_policy == "none"


def test_a_domain_without_policies_is_an_answer_with_nothing_in_it() -> None:
    assert {a.outcome for a in replay(MailAuth, "dns.mailauth.empty")} == {Outcome.ABSENT}


def test_terms_are_read_with_their_qualifiers() -> None:
    text = "v=spf1 a mx/24 -ip4:192.0.2.1 ?include:a.example redirect=b.example ~ALL"
    assert list(terms_of(text)) == [
        Term("a", "pass", ""),
        Term("mx", "pass", "/24"),
        Term("ip4", "fail", "192.0.2.1"),
        Term("include", "neutral", "a.example"),
        Term("redirect", "pass", "b.example"),
        Term("all", "softfail", ""),
    ]


@pytest.mark.parametrize(
    ("text", "is_record"), [("v=spf1", True), ("V=SPF1 -all", True), ("v=spf2.0/pra", False)]
)
def test_what_an_spf_record_is(text: str, is_record: bool) -> None:
    assert is_spf(text) is is_record


def test_a_walk_reads_each_name_once_and_ends() -> None:
    walk = Walk("v=spf1", seen=("a.example",))
    asked = []
    text = "v=spf1 include:a.example include:b.example include:c.example include:%{d}.example"
    for _ in range(30):
        name, walk = Walk.from_note(walk.to_note()).reading(text).next_name()
        if not name:
            break
        asked.append(name)
    assert asked == ["b.example", "c.example"]
    long = Walk("v=spf1").reading("v=spf1 " + " ".join(f"include:n{i}.example" for i in range(20)))
    steps = 0
    while (step := long.next_name())[0]:
        long, steps = step[1], steps + 1
    assert (steps, long.lookups) == (10, 20)
