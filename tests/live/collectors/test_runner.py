"""Batches through the whole kit, against a DNS server on loopback."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from collectors._kit.base import Collector, DnsRequest, Request, Response
from collectors._kit.dialing import Endpoint
from collectors._kit.egress import Egress, direct_egress
from collectors._kit.limits import Retry
from collectors._kit.manifest import CollectorManifest
from collectors._kit.policy import ScopeRules
from collectors._kit.registry import discover
from collectors._kit.resolvers import fixed
from collectors._kit.runner import Batch, Runner
from graph.errors import SourceRejected
from graph.facts import Answer, Outcome
from graph.model.base import Entity, Fact
from graph.model.network import DomainName
from tests.support.loopback import DnsServer, dns_server

REGISTRY = discover(with_entry_points=False)
ZONE = {(f"n{i}.example.", "A"): [f"192.0.2.{i}"] for i in range(20)}


class Slow(DnsServer):
    """A DNS server that never answers for names beginning with `slow`."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if b"\x04slow" not in data:
            super().datagram_received(data, addr)

    async def stream(self, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()


@pytest_asyncio.fixture
async def egress() -> AsyncIterator[Egress]:
    async with dns_server(Slow(ZONE)) as port:
        out = direct_egress(fixed(Endpoint("127.0.0.1", port)))
        out.retry = Retry(attempts=1)
        yield out


class Ticking:
    """A wall clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def batch(names: list[str], **changes: object) -> Batch:
    listed = REGISTRY.get("dns.resolve")
    values: dict[str, object] = {
        "collector": REGISTRY.make("dns.resolve"),
        "manifest": listed.manifest,
        "targets": [DomainName(name=name) for name in names],
        "run": "run-1",
        "source": "dns",
    }
    return Batch(**{**values, **changes})  # type: ignore[arg-type]


async def answers(runner: Runner, work: Batch, cancel: asyncio.Event | None = None) -> list[Answer]:
    return [answer async for answer in runner.run(work, cancel)]


async def test_each_entity_and_part_gets_one_answer(egress: Egress) -> None:
    found = await answers(
        Runner(egress, Ticking()), batch(["n1.example", "gone.example"], nonce="again")
    )
    assert {(a.about.key, a.part): a.outcome for a in found} == {
        ("n1.example", "A"): Outcome.FOUND,
        ("n1.example", "AAAA"): Outcome.ABSENT,
        ("gone.example", "A"): Outcome.ABSENT,
        ("gone.example", "AAAA"): Outcome.ABSENT,
    }
    one = next(a for a in found if a.outcome is Outcome.FOUND)
    assert (one.collector, one.collector_version, one.run, one.nonce, one.reliability) == (
        "dns.resolve",
        1,
        "run-1",
        "again",
        0.95,
    )
    assert one.started_at < one.ended_at
    assert [e.media_type for e in one.evidence] == ["application/json"]


async def test_answers_come_as_entities_are_done(egress: Egress) -> None:
    work = batch(["slow.example", *(f"n{i}.example" for i in range(5))], deadline_s=0.5)
    order = [a.about.key async for a in Runner(egress).run(work)]
    assert order[-1] == "slow.example"
    assert len(order) == 12


async def test_at_the_deadline_what_is_open_is_an_error_and_the_rest_is_not_begun(
    egress: Egress,
) -> None:
    manifest = batch([]).manifest
    narrow = manifest.model_copy(
        update={"rate": manifest.rate.model_copy(update={"concurrency": 1})}
    )
    work = batch(["n1.example", "slow.example", "n2.example"], manifest=narrow, deadline_s=0.5)
    found = await answers(Runner(egress), work)
    reason = "not finished at the batch's deadline of 0.5 s"
    assert [(a.about.key, a.outcome, a.reason) for a in found] == [
        ("n1.example", Outcome.FOUND, ""),
        ("n1.example", Outcome.ABSENT, ""),
        ("slow.example", Outcome.ERROR, reason),
        ("slow.example", Outcome.ERROR, reason),
    ]


async def test_cancelling_drops_what_is_under_way(egress: Egress) -> None:
    before = asyncio.all_tasks()
    cancel = asyncio.Event()
    work = batch(["n1.example", *(f"slow.n{i}.example" for i in range(3))])
    began = asyncio.get_running_loop().time()
    seen: list[str] = []
    async for answer in Runner(egress).run(work, cancel):
        seen.append(answer.about.key)
        cancel.set()
    assert set(seen) == {"n1.example"}
    assert asyncio.get_running_loop().time() - began < 1
    assert asyncio.all_tasks() <= before


async def test_leaving_early_leaves_nothing_running(egress: Egress) -> None:
    before = asyncio.all_tasks()
    run = Runner(egress).run(batch(["n1.example", "slow.example"]))
    assert (await anext(run)).about.key == "n1.example"
    await run.aclose()  # type: ignore[attr-defined]
    assert asyncio.all_tasks() <= before


class Silent(Collector):
    """Has nothing to ask about anything."""

    id = "test.silent"

    def plan(self, _: Entity) -> Iterator[Request]:
        return iter(())

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        raise AssertionError((response, target))


async def test_a_slow_caller_gets_every_answer(egress: Egress) -> None:
    names = [f"n{i}.example" for i in range(300)]
    seen: list[str] = []
    async for answer in Runner(egress).run(batch(names, collector=Silent())):
        if len(seen) % 40 == 0:
            await asyncio.sleep(0.001)
        seen.append(answer.about.key)
        assert answer.outcome is Outcome.SKIPPED
    assert sorted(seen) == sorted(names)


async def test_a_batch_of_nothing_gives_nothing(egress: Egress) -> None:
    assert await answers(Runner(egress), batch([])) == []


class Telling(Collector):
    """Fails with its secret in the message."""

    id = "test.telling"

    def plan(self, target: Entity) -> Iterator[Request]:
        yield DnsRequest(target.key, "A", server="192.0.2.53")
        yield DnsRequest(target.key, "A")

    def parse(self, _: Response, target: Entity) -> Iterator[Fact | Request]:
        if self.secrets:
            raise SourceRejected(f"key {self.secrets['heron_key']} is not known " + "x" * 600)
        yield target


TELLING = CollectorManifest.model_validate(
    {
        "id": "test.telling",
        "title": "A collector of the tests",
        "summary": "Tells its secret when it fails.",
        "consumes": ["DomainName"],
        "produces": ["DomainName"],
        "class": "P1",
        "reliability": 0.5,
        "version": 1,
    }
)


async def test_secrets_stay_out_of_reasons_and_reasons_short(egress: Egress) -> None:
    work = batch(
        ["n1.example"],
        collector=Telling(secrets={"heron_key": "hunter22"}),
        manifest=TELLING,
        scope=ScopeRules(names=("example",)),
    )
    (answer,) = await answers(Runner(egress), work)
    assert answer.outcome is Outcome.ERROR
    assert answer.reason.startswith("key [redacted] is not known xxx")
    assert len(answer.reason) == 501


async def test_a_defect_of_the_kit_is_not_hidden(
    egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    before = asyncio.all_tasks()
    monkeypatch.setattr(Egress, "fetch", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        await answers(Runner(egress), batch(["n1.example"]))
    assert asyncio.all_tasks() <= before
