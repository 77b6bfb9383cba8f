"""The API as it runs: what it runs on, and whatever bytes come: an answer or a close code, and nothing in the log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvloop
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from server.embedded.ports import free_port
from server.settings_api import ApiSettings
from server.web import protocols, socket
from server.web.protocols import PatientOnce
from server.web.serving import FAST, Engine, engine_of, make_server
from tests.api.conftest import Caller
from tests.api.test_sockets import init
from tests.support.roles import roles
from tests.support.stack import Neo4jAddress
from tests.support.wire import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Wire,
    close_code,
    frame,
    handshake,
    socket_to,
)

SEED = 61
FRAMES = 2_000
HEADS = 400
ME = {"query": "{ me { email } }"}
FOLLOW = {"query": "subscription { entityFound { cursor } }"}
PIECES: list[Any] = [
    None, True, 0, -1.5, 2**70, 1e300, "", "x", "\u0000", "\u202e\U0001f4a5" * 60, [], {}, [[]], {"a": [{}]},
    "connection_init", "subscribe", "complete", "ping", "pong", "next", ME, FOLLOW, {"query": "{"}, {"query": 1},
    {"query": "{ a }", "variables": "{}"}, {"query": "query Q($i: ID!) { run(id: $i) { id } }", "variables": {"i": []}},
    {"Authorization": 1},
]  # fmt: skip
CODES = {
    socket.BAD_REQUEST, socket.UNAUTHORIZED, socket.FORBIDDEN, socket.ID_IN_USE, socket.TOO_MANY, 1002, 1007, 1009,
}  # fmt: skip


@dataclass(frozen=True)
class Running:
    """A process of the role: where it listens, and what it logs."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """What the role itself logged so far."""
        lines = self.log.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def faults(self) -> list[str]:
        """Errors in the log, by the role or by what it serves with, and tracebacks."""
        found = [str(each) for each in self.lines() if each["level"] in ("error", "critical")]
        wrong = r"(?:uvicorn|asyncio|websockets)[\w.]* (?:ERROR|CRITICAL) .*|Traceback .*"
        return found + re.findall(f"^{wrong}$", self.log.read_text("utf-8"), re.MULTILINE)

    def loaded(self) -> str:
        """The files that the process has loaded, where the system tells."""
        maps = Path(f"/proc/{self.process.pid}/maps")
        return maps.read_text("utf-8") if maps.exists() else "/httptools/parser/ /uvloop/loop."

    async def metric(self, name: str) -> float:
        """A figure of its metrics."""
        async with httpx.AsyncClient() as client:
            told = (await client.get(f"http://{self.address}/metrics")).text
        return float(re.findall(rf"^{name} (\S+)$", told, re.MULTILINE)[0])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(
    neo4j_server: Neo4jAddress, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    folder, port = tmp_path_factory.mktemp("role"), free_port()
    with roles(neo4j_server, redis_url, None, folder) as started:
        process = started.start("api", api_port=str(port))
        found = Running(process, f"127.0.0.1:{port}", folder / "api-0.log")
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    await client.get(f"http://{found.address}/readyz")
                    break
                await asyncio.sleep(0.1)
        yield found
    assert process.returncode == 0
    assert found.faults() == []


async def test_it_runs_on_httptools_and_uvloop(running: Running) -> None:
    [told] = [each for each in running.lines() if each["event"] == "serving"]
    assert (told["level"], told["http"], told["loop"]) == ("info", "httptools", "uvloop")
    assert told["connections"] == ApiSettings.model_fields["api_connections"].default
    assert "/httptools/parser/" in running.loaded()
    assert "/uvloop/loop." in running.loaded()


@pytest.mark.parametrize(
    ("http", "loop", "told"),
    [
        (PatientOnce, "uvloop", True),
        (PatientOnce, "asyncio", False),
        (H11Protocol, "uvloop", False),
    ],
)
def test_something_slower_is_noticed(http: type[asyncio.Protocol], loop: str, told: bool) -> None:
    async def look() -> Engine:
        server = make_server(Starlette(), 1)
        server.config.http = http
        return engine_of(server)

    factory = uvloop.new_event_loop if loop == "uvloop" else None
    with asyncio.Runner(loop_factory=factory) as runner:
        assert (runner.run(look()) == FAST) is told


def deep(choose: random.Random) -> str:
    levels = choose.choice([10, 300, 2_000])
    return '{"type": "ping", "payload": ' + '{"a":' * levels + "1" + "}" * levels + "}"


def message(choose: random.Random) -> str:
    """Mostly JSON, and often nearly right."""
    names = choose.sample(["type", "id", "payload", "x"], choose.randint(1, 4))
    shape = choose.randrange(12)
    if shape == 0:
        return json.dumps(choose.choice(PIECES))
    if shape == 1:
        return deep(choose)
    if shape in (2, 3, 10, 11):
        right = {
            "type": "subscribe",
            "id": choose.choice("ab"),
            "payload": choose.choice([ME, FOLLOW]),
        }
        return json.dumps({**right, choose.choice(names): choose.choice(PIECES)})
    if shape == 4:
        kind = choose.choice(["ping", "pong", "complete", "connection_init"])
        return json.dumps({"type": kind, "id": "a", "payload": choose.choice([None, {}, {"a": 1}])})
    text = json.dumps({name: choose.choice(PIECES) for name in names}, ensure_ascii=bool(shape % 2))
    return text[: choose.randrange(len(text))] if shape == 5 else text


def anything(choose: random.Random) -> tuple[bytes, int | None]:
    """A frame, or a few that belong together, and the code to expect where it is a close that is in order."""
    kind = choose.randrange(40)
    text = message(choose).encode()
    cut = choose.randrange(len(text) + 1)
    twice = json.dumps({"type": "subscribe", "id": "a", "payload": FOLLOW}).encode()
    strange: dict[int, bytes] = {
        0: frame(TEXT, choose.randbytes(choose.randrange(200))),
        1: frame(BINARY, choose.randbytes(choose.randrange(200))),
        2: frame(TEXT, text[:cut], first=0) + frame(0, text[cut:]),
        3: frame(TEXT, text[:cut], first=0) + frame(PING, b"between") + frame(0, text[cut:]),
        4: frame(0, text),
        5: frame(TEXT, b"a", first=0) + frame(TEXT, b"b"),
        6: frame(choose.choice([3, 7, 11, 15]), text[:100]),
        7: frame(choose.choice([TEXT, PING]), b"x", first=choose.choice([0xC0, 0xA0, 0x90])),
        8: frame(TEXT, text, is_masked=False),
        9: frame(PING, b"x" * 126) if choose.random() < 0.5 else frame(PING, b"x", first=0),
        10: bytes([0x80 | TEXT, 0xFF]) + choose.randbytes(12),
        11: frame(TEXT, b"x" * (socket.MOST_FRAME + 1)) if choose.random() < 0.05 else frame(PONG),
        12: frame(CLOSE, choose.choice([b"\x03", b"\x03\xee", b"\x00\x00", b"\x03\xe8\xff\xff"])),
        13: frame(TEXT, b"", first=0) + frame(0, b"", first=0) * protocols.MOST_FRAGMENTS,
        15: frame(TEXT, twice) * 2,
    }
    if kind == 14 and choose.random() < 0.3:
        code = choose.choice([1000, 1001, 3000, 4000, 4999])
        return frame(CLOSE, code.to_bytes(2, "big") + b"bye"), code
    return strange.get(kind, frame(TEXT, text)), None


async def conversation(
    address: str, caller: Caller, choose: random.Random, most: int
) -> tuple[int, int]:
    """So many random frames on one socket, or fewer where it ends before; how many, and the code of the end."""
    wire = await socket_to(address)
    if choose.random() < 0.85:
        wire.send(frame(TEXT, init(caller).encode()))
        await wire.until(b"connection_ack")
    own: int | None = None
    for sent in range(1, most + 1):
        data, own = anything(choose)
        wire.send(data)
        mark = b"mark%d." % sent
        wire.send(frame(PING, mark))
        if await wire.until_closed(mark) or own is not None:
            break
    wire.send(frame(TEXT, b"end"))
    await wire.until_closed()
    code = close_code(bytes(wire.received))
    assert code in CODES | {own}, data
    wire.abort()
    return sent, code


async def test_2000_random_frames_are_answered_by_close_codes(
    running: Running, caller: Caller
) -> None:
    choose, left, codes = random.Random(SEED), FRAMES, set()
    while left:
        most = min(choose.randint(1, 8), left)
        sent, code = await conversation(running.address, caller, choose, most)
        left -= sent
        codes.add(code)
    assert codes >= {4400, 4401, 4409, 4429, 1002, 1007, 1009}, "the generator has become tame"
    async with asyncio.timeout(5):
        for name in ("mirage_websockets", "mirage_subscriptions"):
            while await running.metric(name):  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.05)
    assert running.faults() == []


async def test_random_heads_are_refused_in_order(running: Running) -> None:
    choose, host = random.Random(SEED), running.address
    bases = [
        handshake(host, "Origin: http://localhost\r\n"),
        f"GET /graphql?query=a HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode(),
        f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
        f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode(),
    ]
    statuses = set()
    for _ in range(HEADS):
        head = mutated(choose.choice(bases), choose)
        wire = await Wire.to(host)
        wire.send(head)
        await asyncio.sleep(0.005)  # what waits for more to come is left
        answer = bytes(wire.received)
        wire.abort()
        statuses.add(answer[9:12])
        assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 101")), (head, answer)
    assert statuses >= {b"", b"400", b"401", b"404", b"421", b"431"}
    assert running.faults() == []


def mutated(head: bytes, choose: random.Random) -> bytes:
    """A head with a few bytes changed, left out, or put in."""
    made = bytearray(head)
    for _ in range(choose.randint(1, 4)):
        at = choose.randrange(len(made))
        kind = choose.randrange(3)
        if kind == 0:
            made[at] = choose.randrange(256)
        elif kind == 1:
            del made[at : at + choose.randint(1, 20)]
        else:
            made[at:at] = choose.randbytes(choose.randint(1, 5)) * choose.choice([1, 1, 8_000])
    return bytes(made)
