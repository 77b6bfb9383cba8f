from collectors._kit.testing import described, replay
from collectors.dns.resolve import Resolve
from graph.facts import Outcome


def outcomes(case: str) -> dict[str, str]:
    return {answer.part: answer.outcome for answer in replay(Resolve, case)}


def test_aliases_and_addresses_are_stated_about_their_owners() -> None:
    assert described(replay(Resolve, "dns.resolve.ok")) == {
        "DomainName www.heron-optics.example -CNAME_TO-> DomainName edge.heron-cdn.example",
        "DomainName edge.heron-cdn.example -RESOLVES_TO[A]-> IPAddress 192.0.2.10",
        "DomainName edge.heron-cdn.example -RESOLVES_TO[A]-> IPAddress 192.0.2.11",
        "DomainName edge.heron-cdn.example -RESOLVES_TO[AAAA]-> IPAddress 2001:db8::10",
        "DomainName edge.heron-cdn.example {dns_status: 'resolves'}",
    }


def test_a_name_that_does_not_exist_is_an_answer_with_nothing_in_it() -> None:
    assert outcomes("dns.resolve.empty") == {"A": Outcome.ABSENT, "AAAA": Outcome.ABSENT}
    assert described(replay(Resolve, "dns.resolve.empty")) == set()


def test_an_alias_to_nowhere_says_that_its_end_does_not_exist() -> None:
    assert described(replay(Resolve, "dns.resolve.dangling")) == {
        "DomainName shop.heron-optics.example -CNAME_TO-> DomainName heron.shops.example",
        "DomainName heron.shops.example {dns_status: 'nonexistent'}",
    }


def test_an_alias_through_what_is_no_host_name_leaves_the_addresses() -> None:
    assert described(replay(Resolve, "dns.resolve.odd_alias")) == {
        "DomainName edge.heron-cdn.example -RESOLVES_TO[A]-> IPAddress 192.0.2.10",
        "DomainName edge.heron-cdn.example {dns_status: 'resolves'}",
    }


def test_each_address_type_fails_by_itself() -> None:
    assert outcomes("dns.resolve.dangling") == {"A": Outcome.FOUND, "AAAA": Outcome.ERROR}


def test_a_failure_is_told_and_states_nothing() -> None:
    answers = replay(Resolve, "dns.resolve.failing")
    assert {a.part: a.reason for a in answers} == {
        "A": "198.51.100.1:53 gave no answer: timed out",
        "AAAA": "198.51.100.1:53: SERVFAIL for www.heron-optics.example",
    }
    assert described(answers) == set()
