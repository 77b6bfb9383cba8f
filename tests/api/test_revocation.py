"""What somebody loses ends what they have open: each way of losing, on a WebSocket and on a stream of events.

The times are shortened here: 20 s that a gate remembers and 30 s until a socket looks again (12 s for a stream) are
within the promised minute, which a test holds, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from graph.store import Store
from server.auth import gate
from server.auth.guesses import KEYS
from server.web import socket, sse
from server.web.services import Services
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_sockets import closed, greeted, said, subscribe

FOLLOW = "subscription { entityFound { cursor } }"

LOSSES = {
    "the key is revoked": "MATCH (k:ApiKey {id: $id}) SET k.revoked_at = datetime()",
    "the key expires": "MATCH (k:ApiKey {id: $id}) SET k.expires_at = datetime() - duration('PT0.1S')",
    "the key is narrowed": "MATCH (k:ApiKey {id: $id}) SET k.scopes = ['READ_GRAPH', 'READ_ACCOUNT']",
    "the key reads less": "MATCH (k:ApiKey {id: $id}) SET k.clearance = 'GREEN'",
    "the membership is removed": "MATCH (m:Membership {id: $id}) DETACH DELETE m",
    "the membership is suspended": "MATCH (m:Membership {id: $id}) SET m.suspended_at = datetime()",
    "the user is suspended": "MATCH (u:User {id: $id}) SET u.suspended_at = datetime()",
    "the role becomes less": "MATCH (m:Membership {id: $id}) SET m.role = 'VIEWER'",
    "the clearance becomes less": "MATCH (m:Membership {id: $id}) SET m.clearance = 'AMBER'",
    "the organization is suspended": "MATCH (o:Organization {id: $org}) SET o.suspended_at = datetime()",
    "the organization is deleted": "MATCH (o:Organization {id: $org}) SET o.deleted_at = datetime()",
}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _impatient(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(gate, "REMEMBERED_S", 0.2)
    monkeypatch.setattr(socket, "CHECK_EVERY_S", 0.2)
    monkeypatch.setattr(sse, "PULSE_S", 0.2)
    yield
    # All tests share an address, and keys that have ended count as guesses.
    services: Services = app.state.services
    await services.gate._guesses.forget(KEYS, "127.0.0.1")


def test_the_real_times_keep_the_promise() -> None:
    """Not patched: read from the modules' own text."""
    import importlib  # noqa: PLC0415 - a fresh look beside the patched ones
    import importlib.util  # noqa: PLC0415

    fresh = {}
    for module in (gate, socket, sse):
        spec = importlib.util.find_spec(module.__name__)
        assert spec is not None
        assert spec.loader is not None
        copy = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(copy)
        fresh[module.__name__] = copy
    remembered = fresh[gate.__name__].REMEMBERED_S
    assert remembered + fresh[socket.__name__].CHECK_EVERY_S <= 55
    assert remembered + fresh[sse.__name__].PULSE_S <= 55


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_socket_is_closed(
    address: str, make_caller: MakeCaller, store: Store, loss: str
) -> None:
    caller: Caller = await make_caller("ANALYST", beside=await make_caller())
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", FOLLOW))
        await asyncio.sleep(0.6)  # it looks again and stays
        await opened.send(subscribe("2", "{ me { role } }"))
        assert (await said(opened))["payload"]["data"] == {"me": {"role": "ANALYST"}}
        await store.execute(LOSSES[loss], {"id": caller.id, "org": caller.org})
        assert await closed(opened) == socket.FORBIDDEN


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_stream_of_events_ends(
    address: str, make_caller: MakeCaller, store: Store, loss: str
) -> None:
    caller: Caller = await make_caller("ANALYST", beside=await make_caller())
    headers = {**caller.headers, "Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=10) as client,
        client.stream("POST", "/graphql", json={"query": FOLLOW}, headers=headers) as response,
    ):
        assert response.status_code == 200
        lines = response.aiter_lines()
        seen = [await anext(lines) for _ in range(6)]
        assert ": still here" in seen
        await store.execute(LOSSES[loss], {"id": caller.id, "org": caller.org})
        async with asyncio.timeout(10):
            rest = [line async for line in lines]
        assert "event: complete" not in rest


async def test_who_may_do_more_than_before_stays(
    address: str, make_caller: MakeCaller, store: Store
) -> None:
    caller: Caller = await make_caller("VIEWER", beside=await make_caller())
    async with greeted(address, caller) as opened:
        await store.execute(
            "MATCH (m:Membership {id: $id}) SET m.role = 'ANALYST'", {"id": caller.id}
        )
        await asyncio.sleep(0.8)
        await opened.send(subscribe("1", 'mutation { cancelRun(id: "x") { errors { code } } }'))
        told = await said(opened)
        assert told["payload"]["data"] == {"cancelRun": {"errors": [{"code": "NOT_FOUND"}]}}
        # And what it grew to is then what must not become less.
        await store.execute(
            "MATCH (m:Membership {id: $id}) SET m.role = 'VIEWER'", {"id": caller.id}
        )
        assert await closed(opened) == socket.FORBIDDEN
