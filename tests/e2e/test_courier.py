"""The courier as a process: what it had in hand when it was killed is sent by the next one, and known by its id."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme

from graph.migrate import migrate
from graph.notices import Happened, leave_notices
from graph.store import Store
from server.modules.catalog import registry
from server.notify.events import ChannelEvent
from server.notify.kept import Channels, Wanted
from server.notify.sweeping import utc_now
from server.vault.secrets import Secrets
from tests.support.keys import MASTERS
from tests.support.loopback import tcp_server
from tests.support.receiving import Receiver
from tests.support.roles import roles
from tests.support.stack import Neo4jAddress
from tests.support.waiting import eventually

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest_asyncio.fixture(loop_scope="session")
async def store(neo4j_server: Neo4jAddress) -> AsyncIterator[Store]:
    async with Store.open(neo4j_server.uri, neo4j_server.user, neo4j_server.password) as opened:
        await opened.wait_ready()
        await migrate(opened)
        yield opened


class Slow(Receiver):
    """Takes what comes and says nothing until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()
        self.begun = False

    async def is_asked(self) -> bool:
        return self.begun

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.begun = True
        await self.may_answer.wait()
        await super().talk(reader, writer)


async def _is_delivered(store: Store, org: str) -> bool:
    return bool((await _delivery(store, org))["state"] == "DELIVERED")


async def _delivery(store: Store, org: str) -> dict[str, Any]:
    found = "MATCH (d:Delivery {org: $org}) RETURN d {.id, .state, .tries}"
    return dict(await store.read_single(found, {"org": org}))


@pytest.mark.timeout(180)
async def test_what_a_killed_courier_was_sending_is_sent_by_the_next(
    store: Store, neo4j_server: Neo4jAddress, redis_url: str, tmp_path: Path
) -> None:
    authority, receiver, org = trustme.CA(), Slow(), str(uuid.uuid4())
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(served)
    settings = {"channel_networks": '["127.0.0.0/8"]', "channel_ca_file": str(tmp_path / "ca.pem")}
    await store.execute(
        "CREATE (:Organization {id: $org, name: 'Test', created_at: datetime()})", {"org": org}
    )
    async with tcp_server(receiver.talk, served) as port:
        wanted = Wanted(
            change="made", name="hooks", options={"url": f"https://127.0.0.1:{port}/"},
            secrets={"signing_secret": SECRET}, events=[ChannelEvent.MODULE_OPENED],
            least_severity="INFO", ceiling="GREEN", is_enabled=True,
        )  # fmt: skip
        channels = Channels(store, Secrets(store, MASTERS))
        await channels.set(org, str(uuid.uuid4()), registry().channel("webhook"), wanted, "ann")
        happened = [
            Happened("module.opened", "dns.resolve", "MEDIUM", details={"reason": "it is away"})
        ]
        await store.transact(lambda tx: leave_notices(tx, org, utc_now(), happened))
        with roles(neo4j_server, redis_url, None, tmp_path) as running:
            first = running.start("courier", **settings)
            await eventually(receiver.is_asked, within_s=60)
            first.send_signal(signal.SIGKILL)
            first.wait()
            held = await _delivery(store, org)
            assert (held["state"], held["tries"]) == ("DUE", 1)
            # What it held is free again once two minutes have passed.
            await store.execute(
                "MATCH (d:Delivery {org: $org}) SET d.due_at = datetime()", {"org": org}
            )
            receiver.may_answer.set()
            running.start("courier", **settings)
            await eventually(lambda: _is_delivered(store, org), within_s=60)

    made = await _delivery(store, org)
    assert made["tries"] == 2
    ids = {headers["webhook-id"] for headers, _ in receiver.came}
    assert ids == {made["id"]}
    assert len(receiver.came) <= 2
    assert (
        json.loads(receiver.came[-1][1])["data"]["title"]
        == "dns.resolve does not work and is not asked"
    )
