"""Scans of collectors that are none, and bodies that never end."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from server.web import body, protocols
from tests.api.conftest import Caller

SCAN = """mutation S($input: StartScanInput!) {
  startScan(input: $input) { run { id } errors { message code } }
}"""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"collectors": ["dns.resolv"]}, "collectors: there is no collector dns.resolv; is dns.resolve meant?"),
        ({"excludeCollectors": ["zzz"]}, "excludeCollectors: there is no collector zzz; `collectors` lists them"),
        ({"options": {"zzz": {"a": 1}}}, "options: there is no collector zzz; `collectors` lists them"),
        ({"collectors": ["nmap_xml"]}, "collectors: there is no collector nmap_xml; `collectors` lists them"),
    ],
)  # fmt: skip
async def test_a_scan_of_an_unknown_collector_is_refused(
    caller: Caller, given: dict[str, object], message: str
) -> None:
    done = (await caller.ask(SCAN, input={"seeds": ["a.example"], **given}))["startScan"]
    assert done == {"run": None, "errors": [{"message": message, "code": "INVALID_QUESTION"}]}


async def test_a_scan_of_known_ones_begins(caller: Caller) -> None:
    given = {
        "seeds": ["a.example"],
        "collectors": ["dns.resolve"],
        "options": {"dns.resolve": {}},
    }
    done = (await caller.ask(SCAN, input=given))["startScan"]
    assert done["errors"] == []


@pytest.mark.parametrize("trickles", [False, True])
@pytest.mark.parametrize(
    ("sent", "beginning"),
    [
        ("application/json", '{"query": "'),
        (
            "multipart/form-data; boundary=b",
            '--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n',
        ),
    ],
    ids=["json", "multipart"],
)
async def test_a_body_that_never_ends_is_given_up(
    address: str,
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
    sent: str,
    beginning: str,
    trickles: bool,
) -> None:
    monkeypatch.setattr(body, "MOST_SILENCE_S", 0.5)
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {caller.key}\r\n"
        f"Content-Type: {sent}\r\nContent-Length: 100000\r\n\r\n{beginning}".encode()
    )

    async def trickle() -> None:
        while trickles:
            writer.write(b"x")
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    line = await asyncio.wait_for(reader.readline(), 5)
    trickling.cancel()
    assert line.split()[1] == b"408"
    writer.close()


@pytest.mark.parametrize("sends", [b"", b"x"], ids=["nothing more", "a byte more"])
async def test_who_was_answered_before_all_was_sent_is_not_waited_for(
    address: str, monkeypatch: pytest.MonkeyPatch, sends: bytes
) -> None:
    monkeypatch.setattr(protocols, "HEAD_WITHIN_S", 0.5)
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n"
        'Content-Length: 900\r\n\r\n{"q'.encode()
    )
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert b" 401 " in head.splitlines()[0]
    writer.write(sends)
    with contextlib.suppress(ConnectionResetError):
        await asyncio.wait_for(reader.read(), 5)
    writer.close()


async def test_who_sends_the_rest_after_the_answer_may_ask_again(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocols, "HEAD_WITHIN_S", 0.5)
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for _ in range(2):
        writer.write(
            f"POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n"
            'Content-Length: 3\r\n\r\n{"'.encode()
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        length = int(head.lower().split(b"content-length:")[1].split()[0])
        await reader.readexactly(length)
        writer.write(b"q")
        await asyncio.sleep(1)
    assert not reader.at_eof()
    writer.close()
