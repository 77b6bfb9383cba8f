"""The way out with a secret in hand: it is sent, and kept nowhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from collectors._kit.base import HttpRequest, HttpResponse, TcpRequest
from collectors._kit.egress import Asker
from collectors._kit.evidence import DirectoryEvidence
from collectors._kit.limits import CircuitBreaker, Retry
from graph.errors import SourceUnavailable
from tests.support.egress import World, manifest, opened
from tests.support.loopback import page, says, tcp_server


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with opened() as made:
        yield made


async def test_a_secret_that_comes_back_is_not_kept(world: World, tmp_path: Path) -> None:
    world.egress.evidence = DirectoryEvidence(tmp_path)
    echo = b'{"url": "/?key=s%2Fcret", "key": "s/cret"}'
    async with tcp_server(says(page(echo, "X-Seen: s/cret"))) as port:
        world.serve(port)
        asker = Asker(manifest(), secrets=("s/cret",))
        exchange = await world.egress.fetch(HttpRequest("http://site.example/?key=s%2Fcret"), asker)
    assert isinstance(exchange.response, HttpResponse)
    assert exchange.response.body == echo, "the collector reads it as it came"
    assert exchange.evidence is not None
    body = await world.egress.evidence.get(exchange.evidence.sha256)
    assert b"cret" not in body
    assert body.count(b"[redacted]") == 3


async def test_a_secret_that_was_sent_to_a_port_is_not_kept(world: World, tmp_path: Path) -> None:
    world.egress.evidence = DirectoryEvidence(tmp_path)
    async with tcp_server(says(b"hello")) as port:
        world.serve(port)
        asker = Asker(manifest(), secrets=("hunter22",))
        sent = TcpRequest("192.0.2.1", 80, b"AUTH hunter22\r\n\r\n")
        exchange = await world.egress.fetch(sent, asker)
    assert exchange.evidence is not None
    record = json.loads(await world.egress.evidence.get(exchange.evidence.sha256))
    assert record["request"]["send"] == "AUTH [redacted]\r\n\r\n"


async def test_others_are_not_told_a_secret_by_the_breaker(world: World) -> None:
    world.egress.retry = Retry(attempts=1)
    world.egress.breaker = CircuitBreaker(threshold=1)
    keyed = HttpRequest("http://site.example/?key=hunter22")
    world.serve(1)
    with pytest.raises(SourceUnavailable):
        await world.egress.fetch(keyed, Asker(manifest(), run="a", secrets=("hunter22",)))
    with pytest.raises(SourceUnavailable) as told:
        await world.egress.fetch(HttpRequest("http://site.example/"), Asker(manifest(), run="b"))
    assert "hunter22" not in str(told.value)
