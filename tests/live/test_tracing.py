"""What leaves, and what rules conclude, in traces: by protocol, outcome and counts, without hosts."""

from __future__ import annotations

import asyncio

import pytest

from collectors._kit.base import HttpRequest, TcpRequest
from collectors._kit.egress import Asker
from graph import tracing
from graph.correlate.engine import Engine
from graph.errors import InvalidQuestion, NotPermitted, SourceUnavailable
from graph.facts import Answer, Outcome
from graph.model.network import DomainName, NetworkService
from graph.store import Limits, Store, Transaction
from graph.writer import Writer
from tests.support.correlating import NOW, SITE, day, rulebook, write
from tests.support.egress import manifest, opened
from tests.support.facts import new_org
from tests.support.loopback import page, says, tcp_server
from tests.support.tracing import attributes, id_of, linked_from, trace_of, traced

ASKER = Asker(manifest(), run="run-1")


async def test_each_request_that_leaves_is_told_without_its_host() -> None:
    down = page(status="503 Service Unavailable")
    with traced() as spans:
        async with opened() as world, tcp_server(says(page(b"x"), down)) as port:
            world.serve(port)
            with tracing.begun("job"):
                await world.egress.fetch(HttpRequest("http://site.example/a?key=heron"), ASKER)
                with pytest.raises(SourceUnavailable):
                    await world.egress.fetch(HttpRequest("http://site.example/b"), ASKER)
                with pytest.raises(NotPermitted):
                    await world.egress.fetch(TcpRequest("127.0.0.1", 22), ASKER)

    told = [attributes(each) for each in spans.below(spans.one("job"))]
    http = {"mirage.protocol": "http"}
    assert told[0] == http | {"mirage.outcome": "answered", "http.response.status_code": 200}
    # Each attempt is a request; what policy refuses does not leave.
    assert told[1:] == [http | {"error.type": SourceUnavailable.code}] * 3
    for hidden in ("site.example", "heron", "192.0.2", "127.0.0.1"):
        assert hidden not in spans.told()


async def test_a_rule_says_how_many_it_looked_at_and_what_it_found(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.weak"))
    weak = NetworkService(transport="tcp", address="192.0.2.80", port=443, tls_versions=("TLSv1",))
    at = day(-2)
    touched = await write(store, org, Answer(SITE, "tls.handshake", Outcome.FOUND, at, at, (weak,)))
    with traced() as spans, tracing.begun("job"):
        await engine.evaluate(org, touched, NOW)

    asked, written = spans.one("rule"), spans.one("findings")
    about = {"mirage.rule": "tls.weak", "mirage.subjects": 1}
    assert attributes(asked) == about
    assert attributes(written) == about | {"mirage.findings": 1}
    assert len(spans.at_the_bottom(written)) > 2


async def test_answers_that_are_written_at_once_are_in_one_trace_and_linked_from_the_other(
    store: Store,
) -> None:
    org = new_org()

    async def one(name: str) -> None:
        about = DomainName(name=name)
        with tracing.begun(f"job {name}"):
            await writer.write(org, [Answer(about, "test.a", Outcome.FOUND, NOW, NOW, (about,))])

    with traced() as spans:
        async with Writer(store) as writer:
            await asyncio.gather(one("a.example"), one("b.example"))

    group = spans.one("write group")
    assert attributes(group) == {"mirage.answers": 2}
    mine, other = sorted(spans.named("write"), key=lambda each: group not in spans.below(each))
    assert group in spans.below(mine)
    assert linked_from(group) == [(trace_of(other), id_of(other))]


async def test_a_transaction_that_is_tried_again_says_how_often(store: Store) -> None:
    failed = False

    async def once(tx: Transaction) -> None:
        nonlocal failed
        await tx.run("RETURN 1 AS one")
        if not failed:
            failed = True
            raise OSError("the connection to heron.example is gone")

    with traced() as spans, tracing.begun("job"):
        await store.transact(once)

    transaction = spans.one("transaction")
    assert attributes(transaction) == {"db.operation.name": "write", "mirage.attempts": 2}
    assert [each.name for each in spans.below(transaction)] == ["statement"] * 2
    assert "heron" not in spans.told()


async def test_a_statement_that_the_database_refuses_does_not_show_its_text(store: Store) -> None:
    with traced() as spans, tracing.begun("job"), pytest.raises(InvalidQuestion):
        await store.read_some("RETURN heron2222", {}, 1, Limits())

    assert attributes(spans.one("statement"))["error.type"] == InvalidQuestion.code
    assert "heron2222" not in spans.told()
