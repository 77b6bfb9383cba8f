"""Following processes: that they appear, change and go is told, whichever way they end."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from server.jobs import presence
from server.jobs.presence import Presence, ServiceState, living, notice
from server.jobs.queue import Queue
from tests.api.conftest import Caller
from tests.api.test_events import event, settle
from tests.api.test_sockets import greeted, subscribe
from tests.support.waiting import eventually

CHANGED = """subscription S($role: String, $after: String) { serviceChanged(role: $role, after: $after) {
  cursor change service { id state } } }"""


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of this test only: others may run beside it on the same Redis."""
    monkeypatch.setattr(presence, "PREFIX", f"mirage:test:{uuid.uuid4()}:")


def of_its_own() -> Presence:
    """A process of a role that no other test has."""
    return Presence(f"heron-{uuid.uuid4()}", host="a-host")


async def told(opened: ClientConnection) -> tuple[str, str, str]:
    found = await event(opened, "serviceChanged")
    return found["change"], found["service"]["id"], found["service"]["state"]


async def test_a_process_is_followed_from_its_start_to_its_end(
    address: str, caller: Caller, queue: Queue
) -> None:
    one, other = of_its_own(), of_its_own()
    one.state = ServiceState.STARTING
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", CHANGED, role=one.role))
        await settle(opened)
        await other.announce(queue)
        await one.announce(queue)
        assert await told(opened) == ("APPEARED", one.id, "STARTING")
        one.state = ServiceState.READY
        await one.announce(queue)
        await one.announce(queue)  # which is nothing new
        assert await told(opened) == ("CHANGED", one.id, "READY")
        one.state = ServiceState.DRAINING
        await one.announce(queue)
        assert await told(opened) == ("CHANGED", one.id, "DRAINING")
        await one.withdraw(queue)
        assert await told(opened) == ("GONE", one.id, "DRAINING")
    await other.withdraw(queue)


async def test_who_ends_without_a_word_is_told_once_and_again_when_it_is_back(
    address: str, caller: Caller, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "LIVES_S", 1)
    one = of_its_own()
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", CHANGED, role=one.role))
        await settle(opened)
        await one.announce(queue)
        assert await told(opened) == ("APPEARED", one.id, "READY")

        async def is_gone() -> bool:
            await notice(queue)  # beside the API, which looks, too
            return not await living(queue)

        await eventually(is_gone)
        assert await told(opened) == ("GONE", one.id, "READY")
        await notice(queue)
        await one.announce(queue)  # as a process does that was stopped and goes on
        assert await told(opened) == ("APPEARED", one.id, "READY"), "nothing was told twice"


async def test_what_happened_meanwhile_is_told_behind_a_cursor(
    address: str, caller: Caller, queue: Queue
) -> None:
    one = of_its_own()
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", CHANGED, role=one.role))
        await settle(opened)
        await one.announce(queue)
        first: dict[str, Any] = await event(opened, "serviceChanged")
    await one.withdraw(queue)
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", CHANGED, role=one.role, after=first["cursor"]))
        assert await told(opened) == ("GONE", one.id, "READY")
