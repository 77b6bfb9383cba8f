from collections.abc import Iterator, Mapping

import pytest

from collectors._kit import conversation
from collectors._kit.base import (
    Collector,
    DnsRecord,
    DnsRequest,
    DnsResponse,
    Request,
    Response,
)
from collectors._kit.conversation import MAX_DEPTH, Conversation, PartState
from collectors._kit.manifest import CollectorManifest
from graph.errors import NotPermitted, SourceRejected, SourceUnavailable
from graph.facts import Outcome
from graph.model.base import Entity, Fact
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo

TARGET = DomainName(name="a.example")
MANIFEST = CollectorManifest.model_validate(
    {
        "id": "test.one",
        "title": "A collector of the tests",
        "summary": "Says what the test wants it to.",
        "consumes": ["DomainName"],
        "produces": ["DomainName", "IPAddress", "RESOLVES_TO"],
        "parts": ["", "x", "y"],
        "class": "P1",
        "reliability": 0.5,
        "version": 1,
        "max_requests": 40,
    }
)


class Scripted(Collector):
    """Plans what it is given; understands each answer as the facts or requests given for it."""

    id = "test.one"

    def __init__(self, plan: list[Request], meaning: dict[str, list[Fact | Request]]) -> None:
        super().__init__()
        self.planned = plan
        self.meaning = meaning

    def plan(self, _: Entity) -> Iterator[Request]:
        yield from self.planned

    def parse(self, response: Response, _: Entity) -> Iterator[Fact | Request]:
        assert isinstance(response, DnsResponse)
        yield from self.meaning.get(response.request.name, [])


def asking(name: str, part: str = "") -> DnsRequest:
    return DnsRequest(name, "A", part=part)


def address(value: str) -> IPAddress:
    return IPAddress(address=value)


def carried_out(
    collector: Collector, failures: Mapping[str, Exception] | None = None
) -> dict[str, PartState]:
    talk = Conversation(collector, MANIFEST, TARGET)
    talk.begin()
    while (asked := talk.take()) is not None:
        request = asked.request
        assert isinstance(request, DnsRequest)
        problem = (failures or {}).get(request.name)
        if isinstance(problem, SourceUnavailable | SourceRejected | NotPermitted):
            talk.fail(asked, problem)
        else:
            talk.receive(asked, DnsResponse(request, "NOERROR"))
    assert talk.is_over
    return {part.name: part for part in talk.results()}


def outcomes(parts: dict[str, PartState]) -> dict[str, tuple[Outcome, str]]:
    return {name: (part.outcome(), part.reason()) for name, part in parts.items()}


def test_facts_make_found_and_none_make_absent() -> None:
    parts = carried_out(
        Scripted([asking("one", "x"), asking("two", "y")], {"one": [address("192.0.2.1")]})
    )
    assert outcomes(parts) == {"x": (Outcome.FOUND, ""), "y": (Outcome.ABSENT, "")}
    assert parts["x"].facts == [address("192.0.2.1")]


def test_nothing_to_ask_is_skipped() -> None:
    assert outcomes(carried_out(Scripted([], {}))) == {
        "": (Outcome.SKIPPED, "there is nothing to ask about this entity")
    }


def test_one_failure_puts_its_part_in_error_and_no_other() -> None:
    parts = carried_out(
        Scripted(
            [asking("one", "x"), asking("two", "x"), asking("three", "y")],
            {"one": [address("192.0.2.1")], "three": [address("192.0.2.3")]},
        ),
        {"two": SourceUnavailable("no answer")},
    )
    assert outcomes(parts) == {"x": (Outcome.ERROR, "no answer"), "y": (Outcome.FOUND, "")}


def test_what_policy_refuses_is_skipped_or_left_out() -> None:
    refusal = {"two": NotPermitted("two is outside the scope")}
    alone = carried_out(Scripted([asking("two")], {}), refusal)
    assert outcomes(alone) == {"": (Outcome.SKIPPED, "two is outside the scope")}
    beside = carried_out(
        Scripted([asking("one"), asking("two")], {"one": [address("192.0.2.1")]}), refusal
    )
    assert outcomes(beside) == {"": (Outcome.FOUND, "")}


def test_requests_that_follow_inherit_the_part_and_are_sent_once() -> None:
    parts = carried_out(
        Scripted(
            [asking("one", "x")],
            {
                "one": [asking("two"), asking("two"), asking("three", "y")],
                "two": [address("192.0.2.2"), asking("one")],
                "three": [address("192.0.2.3")],
            },
        )
    )
    assert {name: part.facts for name, part in parts.items()} == {
        "x": [address("192.0.2.2")],
        "y": [address("192.0.2.3")],
    }
    assert parts["x"].answered == 2


def test_an_undeclared_kind_is_an_error() -> None:
    other = DomainName(name="b.example")
    wrong: list[Fact] = [
        ResolvesTo(source=TARGET, target=address("192.0.2.1"), rrtype="A"),
        ResolvesTo(source=other, target=address("192.0.2.1"), rrtype="A"),
        other,
    ]
    narrow = MANIFEST.model_copy(update={"produces": ("IPAddress", "RESOLVES_TO")})

    def reasons(fact: Fact) -> str:
        talk = Conversation(Scripted([asking("one")], {"one": [fact]}), narrow, TARGET)
        talk.begin()
        asked = talk.take()
        assert asked is not None
        talk.receive(asked, DnsResponse(asking("one"), "NOERROR"))
        return next(talk.results()).reason()

    said = "test.one stated a DomainName, which its manifest does not produce"
    assert [reasons(fact) for fact in wrong] == ["", said, said]


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        ([asking("one", "z")], "part 'z' is not among the manifest's parts"),
        ([asking(f"n{i}") for i in range(41)], "more than max_requests = 40 for one entity"),
    ],
)
def test_requests_are_bounded(requests: list[Request], message: str) -> None:
    reasons = {part.reason() for part in carried_out(Scripted(requests, {})).values()}
    assert any(message in reason for reason in reasons)


def test_a_chain_of_requests_is_bounded() -> None:
    meaning: dict[str, list[Fact | Request]] = {
        f"n{i}": [asking(f"n{i + 1}")] for i in range(MAX_DEPTH + 2)
    }
    parts = carried_out(Scripted([asking("n0")], meaning))
    assert outcomes(parts) == {
        "": (Outcome.ERROR, f"more than {MAX_DEPTH} requests led from one to the next")
    }


def test_a_defect_of_a_collector_is_told_and_ends_only_its_part() -> None:
    class Broken(Scripted):
        def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
            yield from super().parse(response, target)
            if response.request == asking("one", "x"):
                raise KeyError("colour")

    parts = carried_out(
        Broken([asking("one", "x"), asking("two", "y")], {"two": [address("192.0.2.2")]})
    )
    assert outcomes(parts) == {
        "x": (Outcome.ERROR, "defect in parse: KeyError('colour')"),
        "y": (Outcome.FOUND, ""),
    }


def test_a_defect_in_the_plan_is_told_beside_what_was_planned_before() -> None:
    class Broken(Scripted):
        def plan(self, target: Entity) -> Iterator[Request]:
            yield from super().plan(target)
            raise ZeroDivisionError("no parts")

    parts = carried_out(Broken([asking("one", "x")], {"one": [address("192.0.2.1")]}))
    assert outcomes(parts) == {
        "": (Outcome.ERROR, "defect in plan: ZeroDivisionError('no parts')"),
        "x": (Outcome.FOUND, ""),
    }


def test_the_facts_of_a_part_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "MAX_FACTS", 2)
    many: list[Fact | Request] = [address(f"192.0.2.{number}") for number in range(3)]
    parts = carried_out(
        Scripted([asking("one", "x"), asking("two", "y")], {"one": many, "two": many[:2]})
    )
    assert outcomes(parts) == {
        "x": (Outcome.ERROR, "more than 2 facts in one part"),
        "y": (Outcome.FOUND, ""),
    }


def test_giving_up_keeps_the_parts_that_are_whole() -> None:
    collector = Scripted([asking("one", "x"), asking("two", "y")], {"one": [address("192.0.2.1")]})
    talk = Conversation(collector, MANIFEST, TARGET)
    talk.begin()
    asked = talk.take()
    assert asked is not None
    talk.receive(asked, DnsResponse(asking("one"), "NOERROR", (DnsRecord("one", "A", 1, "x"),)))
    talk.abandon("out of time")
    assert talk.is_over
    assert outcomes({part.name: part for part in talk.results()}) == {
        "x": (Outcome.FOUND, ""),
        "y": (Outcome.ERROR, "out of time"),
    }
