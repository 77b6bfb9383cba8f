"""Modules over the API: what there is, and what can be asked about an entity."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from graph.model.network import DomainName
from graph.store import Store
from graph.writer import Writer
from server.jobs import presence
from server.jobs.presence import Presence, living
from server.jobs.queue import Queue
from server.modules import catalog
from server.vault.secrets import NewValue, SecretName, Secrets
from tests.api.conftest import Caller, Command, MakeCaller
from tests.support import keyed
from tests.support.facts import answer
from tests.support.keys import MASTERS
from tests.support.waiting import eventually

LIST = """query M($kind: ModuleKind, $first: Int, $after: String) {
  modules(kind: $kind, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id kind } } }"""
ONE = """query M($id: ID!) { module(id: $id) {
  id kind title summary version status origin { kind distribution version } source docs terms options inputs outputs
  activity ceiling mostRequests secrets { name isSet } workers } }"""
PIVOTS = """query P($key: String!) { domainName(key: $key) {
  key availablePivots { collector activity canBeAsked hindrance } } }"""
APEX = DomainName(name="pivots.example")


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of this test only: others may run beside it on the same Redis."""
    monkeypatch.setattr(presence, "PREFIX", f"mirage:test:{uuid.uuid4()}:")


@pytest.fixture
def _keyed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Beside all others, a source that needs a secret."""
    own = catalog.registry()
    more = keyed.registry()
    both = replace(own, collectors={**own.collectors, **more.collectors})
    monkeypatch.setattr(catalog, "registry", lambda: both)
    catalog.modules.cache_clear()
    yield
    catalog.modules.cache_clear()


@asynccontextmanager
async def offering(
    queue: Queue, *modules: str, role: str = "collector", **more: Any
) -> AsyncIterator[None]:
    """A process that says it can carry these out."""
    process = Presence(role, capabilities=modules, host=uuid.uuid4().hex, **more)
    task = asyncio.create_task(process.announce_forever(queue))

    async def is_listed() -> bool:
        return process in await living(queue)

    await eventually(is_listed)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await process.withdraw(queue)


async def pivots(caller: Caller, key: str = APEX.key) -> dict[str, dict[str, Any]]:
    found = (await caller.ask(PIVOTS, key=key))["domainName"]["availablePivots"]
    return {each.pop("collector"): each for each in found}


async def known(store: Store, org: str, tlp: str = "") -> None:
    async with Writer(store) as writer:
        await writer.write(org, [answer(APEX, 1, APEX, tlp=tlp)])


async def test_all_are_listed_page_by_page_in_the_order_of_their_names(caller: Caller) -> None:
    found: list[str] = []
    after = None
    while True:
        page = (await caller.ask(LIST, first=20, after=after))["modules"]
        found += [each["id"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == list(catalog.modules())
    assert page["totalCount"] == len(found)


@pytest.mark.parametrize("kind", ["COLLECTOR", "IMPORTER", "RULE"])
async def test_those_of_one_kind_are_told_apart(caller: Caller, kind: str) -> None:
    page = (await caller.ask(LIST, kind=kind, first=500))["modules"]
    assert {each["kind"] for each in page["nodes"]} == {kind}
    expected = [name for name, each in catalog.modules().items() if each.kind == kind]
    assert [each["id"] for each in page["nodes"]] == expected


async def test_a_collector_tells_what_it_is_and_costs(caller: Caller, queue: Queue) -> None:
    async with offering(queue, "rdap.domain"), offering(queue, "rdap.domain", "dns.resolve"):
        made = (await caller.ask(ONE, id="rdap.domain"))["module"]
    assert made["origin"] == {"kind": "BUILT_IN", "distribution": None, "version": None}
    assert (made["kind"], made["activity"], made["ceiling"]) == ("COLLECTOR", "P0", "GREEN")
    assert made["inputs"] == ["DomainName"]
    assert "DomainRegistration" in made["outputs"]
    assert made["mostRequests"] == catalog.get("rdap.domain").manifest.max_requests  # type: ignore[union-attr]
    assert made["options"]["additionalProperties"] is False
    assert (made["secrets"], made["workers"]) == ([], 2)
    assert made["terms"]


async def test_a_rule_and_an_importer_tell_what_they_are(caller: Caller, queue: Queue) -> None:
    async with (
        offering(queue, "tls.expired", role="correlator"),
        offering(queue, role="api"),
    ):
        rule = (await caller.ask(ONE, id="tls.expired"))["module"]
        importer = (await caller.ask(ONE, id="nmap_xml"))["module"]
    assert (rule["kind"], rule["outputs"], rule["workers"]) == ("RULE", ["Finding"], 1)
    assert [rule[n] for n in ("activity", "ceiling", "mostRequests", "terms", "source")] == [
        None
    ] * 5
    assert (importer["kind"], importer["workers"]) == ("IMPORTER", 1)


async def test_there_is_no_module_of_another_name(caller: Caller) -> None:
    assert (await caller.ask(ONE, id="no.such"))["module"] is None


@pytest.mark.usefixtures("_keyed")
async def test_a_secret_is_told_by_its_name_and_whether_it_is_set(
    make_caller: MakeCaller, store: Store
) -> None:
    mine, theirs = await make_caller(), await make_caller()
    await Secrets(store, MASTERS).set(
        SecretName(mine.org, keyed.SOURCE, keyed.SECRET), NewValue("heron-0123", "me", "one")
    )
    told = {
        caller.org: (await caller.ask(ONE, id=keyed.COLLECTOR))["module"]["secrets"]
        for caller in (mine, theirs)
    }
    assert told == {
        mine.org: [{"name": keyed.SECRET, "isSet": True}],
        theirs.org: [{"name": keyed.SECRET, "isSet": False}],
    }


@pytest.mark.usefixtures("_keyed")
async def test_what_a_secret_would_make_usable_is_told(
    make_caller: MakeCaller, store: Store, mirage: Command, caller: Caller
) -> None:
    theirs = await make_caller()
    asked = """{ neededSecrets {
      source name isSet docs usedBy { id } unlocks { id activity workers } asksAbout answers } }"""
    (needed,) = (await caller.ask(asked))["neededSecrets"]
    unlocked = [{"id": keyed.COLLECTOR, "activity": "P0", "workers": 0}]
    assert (needed["isSet"], needed["unlocks"]) == (False, unlocked)
    assert (needed["source"], needed["name"]) == (keyed.SOURCE, keyed.SECRET)
    would = (needed["asksAbout"], needed["answers"])
    assert would == (["DomainName"], ["DomainName", "ON_HOST", "URL"])
    (shown,) = (await mirage("secret", "needed", "--json"))["needed"]
    assert (shown["docs"], shown["unlocks"]) == (
        "https://heron.example/docs",
        [{"id": keyed.COLLECTOR, "activity": "P0"}],
    )
    await Secrets(store, MASTERS).set(
        SecretName(caller.org, keyed.SOURCE, keyed.SECRET), NewValue("heron-0123", "me", "one")
    )
    (needed,) = (await caller.ask(asked))["neededSecrets"]
    assert (needed["isSet"], needed["unlocks"], needed["answers"]) == (True, [], [])
    assert needed["usedBy"] == [{"id": keyed.COLLECTOR}]
    (row,) = (await mirage("secret", "needed")).splitlines()[1:]
    assert row.split()[:5] == ["heron", "api_key", "yes", keyed.COLLECTOR, "(P0)"]
    assert not (await theirs.ask(asked))["neededSecrets"][0]["isSet"]


async def test_an_analyst_sees_what_can_be_asked_next(
    caller: Caller, store: Store, queue: Queue
) -> None:
    await known(store, caller.org)
    async with offering(queue, "dns.resolve", "rdap.domain"):
        found = await pivots(caller)
    assert found["rdap.domain"] == {"activity": "P0", "canBeAsked": True, "hindrance": None}
    assert found["dns.resolve"]["canBeAsked"]
    assert found["whois.domain"]["hindrance"] == "no living process can carry it out"
    assert "tcp.connect" not in found
    assert list(found) == sorted(found)


async def test_what_is_in_confidence_is_not_for_third_parties(
    caller: Caller, store: Store, queue: Queue
) -> None:
    await known(store, caller.org, "RED")
    async with offering(queue, "dns.resolve", "rdap.domain"):
        found = await pivots(caller)
    assert found["dns.resolve"]["canBeAsked"]
    assert not found["rdap.domain"]["canBeAsked"]
    assert "marked RED" in found["rdap.domain"]["hindrance"]


async def test_many_entities_ask_for_the_processes_once(
    caller: Caller, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [DomainName(name=f"{n}.many.example") for n in range(5)]
    async with Writer(store) as writer:
        await writer.write(caller.org, [answer(each, 1, each) for each in names])
    reads = []
    real = Secrets.listed

    async def counted(self: Secrets, org: str) -> Any:
        reads.append(org)
        return await real(self, org)

    monkeypatch.setattr(Secrets, "listed", counted)
    asked = "{ domainNames(first: 10) { nodes { availablePivots { collector } } } }"
    nodes = (await caller.ask(asked))["domainNames"]["nodes"]
    assert len(nodes) >= 5
    assert all(each["availablePivots"] for each in nodes)
    assert reads == [caller.org]


async def test_who_may_read_the_graph_but_no_services_sees_no_pivots(
    make_caller: MakeCaller,
) -> None:
    auditor = await make_caller("AUDITOR")
    refused = (await auditor.post(PIVOTS, {"key": APEX.key})).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    ingest = await make_caller("INGEST")
    refused = (await ingest.post(LIST)).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
