"""Scans of collectors that are none, and bodies that never end."""

from __future__ import annotations

import asyncio

import pytest

from server.web import body
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
