"""Watches in tests: what is asked about them, and looking at them at once, by processes beside the one that serves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette

from graph.model.network import DomainName
from graph.store import Store
from server.graphql.events import stream
from server.graphql.watches.watcher import Watcher
from server.jobs.queue import Queue
from server.web.watching import make_watcher
from tests.api.conftest import Caller
from tests.api.test_events import writing
from tests.support.facts import answer

DOCUMENT = """query Names($first: Int! = 50) { domainNames(first: $first) {
  totalCount edges { cursor node { id key lastSeen dnsStatus } } } }"""
PARTS = "parts { change path id caption before after isCut }"
ABOUT = f"""id name watch {{ since checkedAt state isTold forgotten failure {{ at reason }} answer
  changes(first: 50) {{ totalCount nodes {{ id at entered left changed {PARTS} }} }} }}"""
SAVE = """mutation S($input: SaveQueryInput!) {
  saveQuery(input: $input) { query { id watch { state } } errors { code message } } }"""
WATCH = f"""mutation W($id: ID!, $told: Boolean) {{
  watchQuery(id: $id, isTold: $told) {{ query {{ {ABOUT} }} errors {{ code message }} }} }}"""
UNWATCH = "mutation U($id: ID!) { unwatchQuery(id: $id) { query { watch { state } } errors { code message } } }"
ONE = f"query O($id: ID!) {{ savedQuery(id: $id) {{ {ABOUT} }} }}"
FOLLOW = f"""subscription F($id: ID!, $after: String) {{
  watchChanged(id: $id, after: $after) {{ cursor at query change {{ id entered left changed {PARTS} }} }} }}"""


async def look(app: Starlette, queue: Queue, org: str, processes: int = 1) -> Sequence[Watcher]:
    """Have processes that have just been started look at all that happened, until an organization has no more."""
    watchers = [make_watcher(app.state.services) for _ in range(processes)]
    place = await stream.latest(queue)
    for each in watchers:
        each.hear(None, place)
    for _ in range(100):
        await asyncio.gather(*(each.round() for each in watchers))
        await asyncio.gather(*(each.settle() for each in watchers))
        if not any(each.is_behind(org) for each in watchers):
            return watchers
        await asyncio.sleep(0.1)
    raise AssertionError("watches are not looked at")


async def saved(caller: Caller, name: str = "names", **given: Any) -> dict[str, Any]:
    input_ = {"name": name, "document": DOCUMENT, **given}
    told: dict[str, Any] = (await caller.ask(SAVE, input=input_))["saveQuery"]
    return told


async def watched(caller: Caller, name: str = "names", **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await caller.ask(WATCH, id=name, **given))["watchQuery"]
    return told


async def watch_of(caller: Caller, name: str = "names") -> dict[str, Any]:
    found: dict[str, Any] = (await caller.ask(ONE, id=name))["savedQuery"]["watch"]
    return found


async def changed(caller: Caller, name: str = "names") -> int:
    """How many changes are kept, once there are any: others look at it."""
    for _ in range(150):
        if total := (await watch_of(caller, name))["changes"]["totalCount"]:
            return int(total)
        await asyncio.sleep(0.2)
    return 0


def keys(watch: dict[str, Any]) -> list[str]:
    return sorted(each["node"]["key"] for each in watch["answer"]["domainNames"]["edges"])


async def find(
    store: Store, queue: Queue, org: str, second: float, *names: str, tlp: str = ""
) -> None:
    """An answer in which these names come up."""
    async with writing(store, queue) as writer:
        found = [DomainName(name=name) for name in names]
        said = answer(found[0], second, *found, nonce=str(second))
        await writer.write(org, [replace(said, tlp=tlp)])
