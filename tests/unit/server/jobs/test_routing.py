"""To which queue a job goes, by who lives."""

from __future__ import annotations

from typing import Any

from server.jobs.presence import Presence, ServiceState
from server.jobs.queue import COLLECTOR_QUEUE
from server.jobs.routing import Routes, queue_for

USUAL = ("dns.records", "dns.resolve")


def collector(*offered: str, queue: str = COLLECTOR_QUEUE, **more: Any) -> Presence:
    return Presence("collector", (queue,), offered, **more)


def test_the_usual_collectors_have_the_usual_queue_and_other_sets_their_own() -> None:
    assert queue_for(dict.fromkeys(USUAL[::-1], 1), USUAL) == COLLECTOR_QUEUE
    own = queue_for({"dns.resolve": 1}, USUAL)
    assert own.startswith(f"{COLLECTOR_QUEUE}:")
    assert queue_for({"b": 1, "a": 1}, USUAL) == queue_for({"a": 1, "b": 1}, USUAL) != own


def test_other_versions_of_collectors_of_our_own_have_a_queue_of_their_own() -> None:
    assert queue_for({"heron.names": 1}, USUAL) != queue_for({"heron.names": 2}, USUAL)


def test_a_pinned_collector_goes_where_all_who_listen_have_its_version() -> None:
    one, two = {"heron.names": 1}, {"heron.names": 2}
    routes = Routes.of(
        [
            collector("heron.names", queue="old", versions=one),
            collector("heron.names", queue="new", versions=two),
            collector("heron.names", queue="both", versions=one),
            collector("heron.names", queue="both", versions=two),
        ]
    )
    assert {routes.to("heron.names", 1) for _ in range(20)} == {"old"}
    assert {routes.to("heron.names", 2) for _ in range(20)} == {"new"}
    assert routes.to("heron.names", 3) is None
    assert routes.versions == {"heron.names": {1, 2}}


def test_a_job_goes_to_who_offers_its_collector() -> None:
    routes = Routes.of([collector(*USUAL), collector("heron.names", queue="own")])
    assert routes.offered == ["dns.records", "dns.resolve", "heron.names"]
    assert routes.to("dns.resolve") == COLLECTOR_QUEUE
    assert routes.to("heron.names") == "own"
    assert routes.to("whois.domain") is None


def test_only_ready_processes_are_handed_anything() -> None:
    for state in (ServiceState.STARTING, ServiceState.DRAINING):
        assert Routes.of([collector(*USUAL, state=state)]).to("dns.resolve") is None
        both = [collector(*USUAL, state=state), collector(*USUAL)]
        assert Routes.of(both).to("dns.resolve") == COLLECTOR_QUEUE


def test_a_queue_is_none_for_what_one_of_its_listeners_lacks() -> None:
    former = collector("dns.resolve", schema=1)
    routes = Routes.of([collector(*USUAL), former])
    assert routes.to("dns.records") is None, "the former one would take it, and fail it"
    assert routes.to("dns.resolve") == COLLECTOR_QUEUE


def test_of_several_queues_each_is_chosen_by_what_it_can_take() -> None:
    many = [collector("a", jobs_most=16), collector("a", queue="own", jobs_most=16)]
    routes = Routes.of(many)
    assert {routes.to("a") for _ in range(200)} == {COLLECTOR_QUEUE, "own"}


def test_what_other_roles_offer_is_no_collector() -> None:
    assert Routes.of([Presence("correlator", ("q",), ("shared_certificate",))]).offered == []
