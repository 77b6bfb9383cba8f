"""TCP against real servers on loopback, reached by routes."""

import asyncio

import pytest

from collectors._kit.base import TcpRequest, TcpResponse
from collectors._kit.protocols.tcp import TcpChannel
from graph.errors import SourceUnavailable
from tests.live.collectors.test_channels import HERE, dialer
from tests.support.loopback import Talk, tcp_server


async def greet(talk: Talk, request: TcpRequest) -> TcpResponse:
    async with tcp_server(talk) as port:
        return await TcpChannel(dialer(ssh=port)).ask(request, HERE)


async def test_a_port_says_its_banner_or_an_answer_to_what_is_sent() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"x\r\n" + await reader.read(10))
        await writer.drain()
        await asyncio.sleep(5)

    answer = await greet(talk, TcpRequest(HERE, 22, send=b"PING"))
    assert (answer.is_open, answer.data, answer.address) == (True, b"SSH-2.0-x\r\nPING", HERE)


async def test_reading_ends_at_its_bound_and_with_silence() -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"a" * 100_000)
        await writer.drain()

    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)

    assert len((await greet(talk, TcpRequest(HERE, 22, max_bytes=1000))).data) == 1000
    assert await greet(mute, TcpRequest(HERE, 22, wait_s=0.1)) == TcpResponse(
        TcpRequest(HERE, 22, wait_s=0.1), True, b"", HERE
    )
    assert (await greet(talk, TcpRequest(HERE, 22, wait_s=0))).data == b""


async def test_whoever_hangs_up_is_not_waited_for() -> None:
    async def brief(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        await writer.drain()

    async with asyncio.timeout(20):
        answer = await greet(brief, TcpRequest(HERE, 22, wait_s=60))
    assert (answer.is_open, answer.data) == (True, b"220 ready\r\n")


async def told(talk: Talk, **changes: object) -> TcpResponse:
    request = TcpRequest(HERE, 22, b"question\r\n", wait_s=0.3, to_end=True, **changes)  # type: ignore[arg-type]
    async with tcp_server(talk) as port:
        return await TcpChannel(dialer(ssh=port)).ask(request, HERE)


async def test_an_answer_to_its_end_may_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    async def halting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(b"more")

    monkeypatch.setattr("collectors._kit.protocols.tcp._SILENCE_S", 0.01)
    assert (await told(halting)).data == b"question\r\nmore"
    assert (await told(halting, max_bytes=4)).data == b"ques"


async def test_an_answer_that_breaks_off_is_none() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        await asyncio.sleep(5)

    with pytest.raises(SourceUnavailable, match="broke off after 10 bytes: silence"):
        await told(silent)


async def test_a_closed_port_is_an_answer() -> None:
    answer = await TcpChannel(dialer()).ask(TcpRequest(HERE, 22), HERE)
    assert (answer.is_open, answer.is_filtered) == (False, False)


async def test_a_port_that_says_nothing_to_a_connection_is_filtered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(*_: object) -> None:
        await asyncio.sleep(10)

    monkeypatch.setattr("collectors._kit.protocols.tcp.connect_stream", never)
    answer = await TcpChannel(dialer(ssh=1), connect_s=0.05).ask(TcpRequest(HERE, 22), HERE)
    assert (answer.is_open, answer.is_filtered) == (False, True)
