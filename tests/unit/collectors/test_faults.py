"""Whose fault an error is, and what the parts of entities come to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from collectors._kit.base import (
    Collector,
    DnsRequest,
    DnsResponse,
    HttpRequest,
    HttpResponse,
    Request,
    Response,
)
from collectors._kit.conversation import Conversation, PartState
from collectors._kit.faults import (
    Busy,
    Fault,
    NotCovered,
    RateLimited,
    Tally,
    Unauthorized,
    fault_of,
)
from collectors._kit.registry import discover
from collectors._kit.verdicts import judged
from graph.errors import (
    InvalidFact,
    LimitExceeded,
    MirageError,
    NotPermitted,
    Refused,
    SourceRejected,
    SourceUnavailable,
    StoreUnavailable,
)
from graph.facts import Outcome
from graph.model.base import Entity, Fact
from graph.model.network import AutonomousSystem, DomainName, IPAddress

NAME = DomainName(name="heron.example")
MANIFEST = discover(with_entry_points=False).get("dns.resolve").manifest


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ValueError("x"), Fault.DEFECT),
        (InvalidFact("x"), Fault.DEFECT),
        (Refused("a name", "x", "why"), Fault.UNREADABLE),
        (SourceUnavailable("x"), Fault.UNAVAILABLE),
        (Busy("x", 1), Fault.UNAVAILABLE),
        (RateLimited("x", 1), Fault.RATE_LIMITED),
        (SourceRejected("x"), Fault.UNREADABLE),
        (Unauthorized("x"), Fault.UNAUTHORIZED),
        (NotCovered("x"), None),
        (LimitExceeded("x"), None),
        (NotPermitted("x"), None),
        (StoreUnavailable("x"), None),
        (MirageError("x"), None),
    ],
)
def test_each_error_is_the_fault_of_one(error: Exception, fault: Fault | None) -> None:
    assert fault_of(error) == fault


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (401, Fault.UNAUTHORIZED),
        (402, Fault.RATE_LIMITED),
        (403, Fault.UNAUTHORIZED),
        (429, Fault.RATE_LIMITED),
        (503, Fault.UNAVAILABLE),
        (500, Fault.UNAVAILABLE),
        (404, Fault.UNREADABLE),
    ],
)
def test_a_status_that_is_no_answer_tells_whose_fault_it_is(status: int, fault: Fault) -> None:
    response = HttpResponse(HttpRequest("https://heron.example/"), status, (), b"", "192.0.2.1")
    with pytest.raises((SourceRejected, SourceUnavailable)) as raised:
        judged(response)
    assert fault_of(raised.value) is fault


class Scripted(Collector):
    """Raises, or states, what it is given."""

    id = MANIFEST.id
    does: Exception | Fact | None = None
    plans: Exception | None = None

    def plan(self, target: Entity) -> Iterator[Request]:
        if self.plans is not None:
            raise self.plans
        yield DnsRequest(target.key, "A", part=MANIFEST.parts[0])

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        if isinstance(self.does, Exception):
            raise self.does
        if self.does is not None:
            yield self.does


def asked(
    does: Exception | Fact | None = None,
    plans: Exception | None = None,
    source: MirageError | None = None,
) -> PartState:
    """The one part of a name that such a collector is asked about, where its source answers, or fails so."""
    collector = Scripted({}, {})
    collector.does, collector.plans = does, plans
    talk = Conversation(collector, MANIFEST, NAME)
    talk.begin()
    while (request := talk.take()) is not None:
        if source is not None:
            talk.fail(request, source)
        else:
            talk.receive(request, DnsResponse(cast(DnsRequest, request.request), "NOERROR"))
    (part,) = talk.results()
    return part


@pytest.mark.parametrize(
    ("part", "outcome", "fault", "defect"),
    [
        (asked(), Outcome.ABSENT, None, ""),
        (asked(IPAddress(address="192.0.2.1")), Outcome.FOUND, None, ""),
        (asked(KeyError("hidden.example")), Outcome.ERROR, Fault.DEFECT, "KeyError"),
        (asked(plans=KeyError("hidden.example")), Outcome.ERROR, Fault.DEFECT, "KeyError"),
        (asked(SourceRejected("not JSON")), Outcome.ERROR, Fault.UNREADABLE, ""),
        (asked(source=SourceUnavailable("x")), Outcome.ERROR, Fault.UNAVAILABLE, ""),
        (asked(source=NotPermitted("x")), Outcome.SKIPPED, None, ""),
        (asked(LimitExceeded("too much")), Outcome.ERROR, None, ""),
    ],
)
def test_a_part_says_whose_fault_it_is(
    part: PartState, outcome: Outcome, fault: Fault | None, defect: str
) -> None:
    assert (part.outcome(), part.fault, part.defect) == (outcome, fault, defect)


def test_what_a_manifest_does_not_allow_is_a_defect() -> None:
    part = asked(AutonomousSystem(number=64500))
    assert (part.fault, part.defect) == (Fault.DEFECT, "InvalidFact")


def test_of_several_faults_the_worst_is_told() -> None:
    part = PartState("")
    for error in (SourceUnavailable("a"), ValueError("b"), RateLimited("c", 1)):
        part.failed(error, "parse")
    assert part.fault is Fault.DEFECT
    assert part.errors == ["a", "defect in parse: ValueError('b')", "c"]


def test_a_tally_counts_answers_errors_and_faults_and_keeps_the_first_defect() -> None:
    tally = Tally()
    tally.note(Outcome.FOUND, None)
    tally.note(Outcome.ABSENT, None)
    tally.note(Outcome.SKIPPED, None)
    tally.note(Outcome.ERROR, None)
    tally.note(Outcome.ERROR, Fault.DEFECT, "KeyError")
    tally.note(Outcome.ERROR, Fault.DEFECT, "ValueError")
    assert (tally.answered, tally.errors, tally.defect) == (2, 3, "KeyError")
    assert tally.faults == {Fault.DEFECT: 2}
