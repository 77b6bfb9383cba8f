"""Trying collectors over the API, with a real worker of the collector role: who may, on what, and what is told."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from arq.worker import Worker
from pydantic import SecretStr

from collectors._kit.base import Request
from collectors._kit.egress import Asker, Egress
from collectors._kit.pages import Exchange
from collectors._kit.registry import discover
from graph.model.network import DomainName
from graph.store import Store
from graph.writer import Writer
from server.jobs import presence
from server.jobs import queue as queue_names
from server.jobs.presence import Presence
from server.jobs.probing import Probing
from server.jobs.queue import Queue
from server.jobs.worker import Role, _worker
from server.vault.secrets import Secrets
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_modules import offering
from tests.support.egress import opened
from tests.support.facts import answer
from tests.support.keys import MASTERS

TEST = """mutation T($id: ID!, $entity: TestedEntityInput!) { testModule(id: $id, entity: $entity) {
  test { outcome facts { name key target } factCount requests milliseconds error } errors { code message } } }"""
SITE = DomainName(name="site.example")
BY_KEY = {"kind": "DomainName", "key": "SITE.example."}


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes and a queue of this test only."""
    monkeypatch.setattr(presence, "PREFIX", f"mirage:test:{uuid.uuid4()}:")
    monkeypatch.setattr(queue_names, "COLLECTOR_QUEUE", f"mirage:test:{uuid.uuid4()}")


class Counting(Egress):
    """Counts what leaves."""

    asked = 0

    async def fetch(self, request: Request, asker: Asker) -> Exchange:
        """As the parent does."""
        Counting.asked += 1
        return await super().fetch(request, asker)


@asynccontextmanager
async def carrying_out(probing: Probing, redis_url: str) -> AsyncIterator[Worker]:
    """A worker of the collector role that carries trial calls out."""
    settings: Any = SimpleNamespace(redis_url=SecretStr(redis_url))  # all that the worker reads
    role = Role("collector", queue_names.COLLECTOR_QUEUE, None)  # type: ignore[arg-type]
    made = _worker(
        settings, role, {"probe": probing.carry_out}, Presence("collector", (role.queue,))
    )
    running = asyncio.create_task(made.async_run())
    yield made
    running.cancel()
    # What has done its work still notes so: its connection is not taken from under it.
    await asyncio.gather(running, *made.tasks.values(), return_exceptions=True)
    await made.pool.aclose()  # `Worker.close` calls what the client deprecates


@pytest_asyncio.fixture(loop_scope="session")
async def worker(store: Store, queue: Queue, redis_url: str, _apart: None) -> AsyncIterator[Worker]:
    """A worker of the collector role on a lab's names, which says that it offers some collectors."""
    Counting.asked = 0
    async with opened() as lab, offering(queue, "dns.resolve", "dns.axfr", "rdap.domain"):
        egress = Counting(lab.egress.channels, lab.egress.addresses)
        probing = Probing(queue, egress, discover(), Secrets(store, MASTERS))
        async with carrying_out(probing, redis_url) as made:
            yield made


async def tried(caller: Caller, module: str = "dns.resolve", **entity: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await caller.ask(TEST, id=module, entity=entity or BY_KEY))[
        "testModule"
    ]
    return told


async def known(store: Store, org: str, tlp: str = "") -> str:
    async with Writer(store) as writer:
        await writer.write(org, [answer(SITE, 1, SITE, tlp=tlp)])
    return SITE.id_in(org)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("by_id", [True, False])
async def test_a_real_call_is_told(caller: Caller, store: Store, *, by_id: bool) -> None:
    given = {"id": await known(store, caller.org)} if by_id else BY_KEY
    before = await store.read_single("MATCH (n {org: $org}) RETURN count(n)", {"org": caller.org})
    told = await tried(caller, **given)
    assert told["errors"] == []
    test = told["test"]
    assert (test["outcome"], test["error"], test["requests"]) == ("FOUND", None, 2)
    assert {"name": "IPAddress", "key": "192.0.2.1", "target": None} in test["facts"]
    assert {"name": "RESOLVES_TO", "key": SITE.key, "target": "192.0.2.1"} in test["facts"]
    assert test["factCount"] == len(test["facts"])
    count = "MATCH (n {org: $org}) WHERE NOT n:AuditEvent|AuditHead|AuditOpen RETURN count(n)"
    assert await store.read_single(count, {"org": caller.org}) == before


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("module", "entity", "told"),
    [
        ("no.such", BY_KEY, "there is no module 'no.such'"),
        ("tls.expired", BY_KEY, "tls.expired is no collector"),
        ("nmap_xml", BY_KEY, "nmap_xml is no collector"),
        ("dns.resolve", {"id": "unknown"}, "there is no entity unknown"),
        ("dns.resolve", {"kind": "DomainName"}, "either id is right, or kind and key"),
        ("dns.resolve", {"id": "x", **BY_KEY}, "either id is right, or kind and key"),
        ("dns.resolve", {"kind": "IPAddress", "key": "192.0.2.1"}, "right is DomainName"),
        ("dns.resolve", {"kind": "IPAddress", "key": "nonsense"}, "'nonsense' is not"),
        (
            "rdap.domain",
            {"kind": "DomainName", "key": "www.site.example"},
            "right is DomainName with the role Apex",
        ),
        ("whois.domain", BY_KEY, "no living process can carry it out"),
    ],
)
async def test_what_cannot_be_tried_is_told_and_nothing_is_asked(
    caller: Caller, module: str, entity: dict[str, Any], told: str
) -> None:
    refused = await tried(caller, module, **entity)
    assert refused["test"] is None
    assert told in refused["errors"][0]["message"]
    assert Counting.asked == 0


@pytest.mark.usefixtures("worker")
async def test_what_is_disabled_is_not_tried(caller: Caller) -> None:
    await caller.ask(
        'mutation { configureModule(id: "dns.resolve", isEnabled: false) { errors { code } } }'
    )
    refused = await tried(caller)
    assert refused["errors"][0]["code"] == "MODULE_DISABLED"
    assert Counting.asked == 0


@pytest.mark.usefixtures("worker")
async def test_no_third_party_hears_of_what_is_marked(caller: Caller, store: Store) -> None:
    await known(store, caller.org, "RED")
    refused = await tried(caller, "rdap.domain")
    assert "it may be asked about entities up to GREEN" in refused["errors"][0]["message"]
    assert Counting.asked == 0
    assert (await tried(caller))["test"]["facts"]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("module", ["rdap.domain", "dns.resolve"])
async def test_what_is_above_the_clearance_is_tried_like_what_is_not_there(
    make_caller: MakeCaller, store: Store, module: str
) -> None:
    owner = await make_caller()
    limited = await make_caller("OWNER", owner, "GREEN")
    before = await tried(limited, module)
    await known(store, owner.org, "RED")
    assert await tried(limited, module) == before
    assert before["errors"][0]["code"] == "NOT_FOUND"
    assert Counting.asked == 0


@pytest.mark.usefixtures("worker")
async def test_with_a_clearance_what_can_be_read_is_tried(
    make_caller: MakeCaller, store: Store
) -> None:
    owner = await make_caller()
    limited = await make_caller("OWNER", owner, "GREEN")
    await known(store, owner.org, "GREEN")
    assert (await tried(limited))["test"]["facts"]


@pytest.mark.usefixtures("worker")
async def test_an_entity_of_another_organization_is_one_that_is_not_there(
    make_caller: MakeCaller, store: Store
) -> None:
    mine, theirs = await make_caller(), await make_caller()
    foreign = await known(store, theirs.org)
    told = [await tried(mine, id=each) for each in (foreign, "unknown")]
    assert repr(told[0]).replace(foreign, "unknown") == repr(told[1])


@pytest.mark.usefixtures("worker")
async def test_intrusive_collectors_need_their_permission(make_caller: MakeCaller) -> None:
    analyst, lead = await make_caller("ANALYST"), await make_caller("LEAD")
    asked = {"id": "dns.axfr", "entity": BY_KEY}
    refused = (await analyst.post(TEST, asked)).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    assert Counting.asked == 0
    told = (await lead.ask(TEST, **asked))["testModule"]
    assert told["test"] is not None
    viewer = await make_caller("VIEWER")
    refused = (await viewer.post(TEST, {"id": "dns.resolve", "entity": BY_KEY})).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
