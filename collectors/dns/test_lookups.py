"""dns.reverse, dns.wildcard and dns.srv."""

import pytest

from collectors._kit.base import Collector
from collectors._kit.testing import described, replay
from collectors.dns.reverse import Reverse
from collectors.dns.srv import Srv
from collectors.dns.wildcard import Wildcard
from graph.facts import Outcome


def test_reverse_names_are_stated_and_other_text_is_not() -> None:
    assert described(replay(Reverse, "dns.reverse.ok")) == {
        "IPAddress 192.0.2.10 -POINTS_TO-> DomainName www.heron-optics.example"
    }


def test_private_addresses_are_not_asked_about() -> None:
    (answer,) = replay(Reverse, "dns.reverse.private")
    assert answer.outcome is Outcome.SKIPPED


@pytest.mark.parametrize("case", ["ok", "alias"])
def test_two_names_that_resolve_make_a_wildcard(case: str) -> None:
    assert described(replay(Wildcard, f"dns.wildcard.{case}")) == {
        "DomainName heron-apps.example {has_wildcard: True}"
    }


@pytest.mark.parametrize("case", ["empty", "once"])
def test_fewer_do_not(case: str) -> None:
    assert {a.outcome for a in replay(Wildcard, f"dns.wildcard.{case}")} == {Outcome.ABSENT}


def test_services_have_hosts_and_ports_and_a_dot_means_none() -> None:
    assert described(replay(Srv, "dns.srv.ok")) == {
        "DomainName heron-optics.example -SRV_TO[_sip._tcp¦5060¦10]-> "
        "DomainName sip.heron-optics.example {weight: 60}"
    }


@pytest.mark.parametrize("collector", [Reverse, Wildcard, Srv])
def test_one_failed_question_is_an_error(collector: type[Collector]) -> None:
    (answer,) = replay(collector, f"{collector.id}.failing")
    assert (answer.outcome, answer.facts) == (Outcome.ERROR, ())
    assert "SERVFAIL" in answer.reason
