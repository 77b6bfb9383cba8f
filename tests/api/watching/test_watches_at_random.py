"""Whatever is written, and however many look: what was first, and each change after it, make the answer."""

from __future__ import annotations

import asyncio
import random
import re
import sys
from typing import Any

import pytest
from starlette.applications import Starlette

from graph.facts import Outcome
from graph.model.network import DomainName
from graph.store import Store
from server.jobs.queue import Queue
from tests.api.conftest import Caller
from tests.api.test_events import writing
from tests.support.facts import answer
from tests.support.watched import look, watch_of

NAMES = [DomainName(name=f"name{n}.example") for n in range(5)]
STATES = (None, "resolves", "no_addresses")
ROUNDS = 12
INSIDE = re.compile(r"domainNames\.edges\[(.+)\]\.node\.dnsStatus")


async def write(store: Store, queue: Queue, org: str, draw: random.Random, second: int) -> None:
    """One name comes up, changes or goes."""
    name, state = draw.choice(NAMES), draw.choice((*STATES, "gone"))
    async with writing(store, queue) as writer:
        if state == "gone":
            said = answer(name, second, outcome=Outcome.ABSENT, nonce=str(second))
        else:
            stated = name.model_copy(update={"dns_status": state})
            said = answer(name, second, stated, nonce=str(second))
        await writer.write(org, [said])


def states(watch: dict[str, Any]) -> dict[str, Any]:
    """The names of an answer with their states, and how many it says there are."""
    told = watch["answer"]["domainNames"]
    found = {each["node"]["id"]: each["node"]["dnsStatus"] for each in told["edges"]}
    return {**found, "total": told["totalCount"]}


def apply(known: dict[str, Any], part: dict[str, Any]) -> None:
    """Do to what is known what a part says; what it says was there must have been."""
    assert not part["isCut"]
    before, after = part["before"], part["after"]
    if part["change"] == "ENTERED":
        assert part["id"] not in known
        known[part["id"]] = after["node"]["dnsStatus"]
    elif part["change"] == "LEFT":
        assert known.pop(part["id"]) == before["node"]["dnsStatus"]
    else:
        found = INSIDE.fullmatch(part["path"])
        changed = found[1] if found else "total"
        assert known[changed] == before
        assert before != after
        known[changed] = after


@pytest.mark.timeout(300)
async def test_what_was_first_and_each_change_make_the_answer(
    watching: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    seed = random.randrange(1_000_000)
    sys.stdout.write(f"seed {seed}\n")
    draw = random.Random(seed)
    known = states(await watch_of(watching))
    for second in range(2, 2 + ROUNDS):
        await asyncio.gather(
            write(store, queue, watching.org, draw, second),
            look(app, queue, watching.org, processes=draw.randint(1, 3)),
        )
    await look(app, queue, watching.org, processes=2)
    watch = await watch_of(watching)
    changes = watch["changes"]["nodes"]
    assert len(changes) == watch["changes"]["totalCount"] <= ROUNDS
    for change in reversed(changes):
        assert change["parts"]
        for part in change["parts"]:
            apply(known, part)
    assert known == states(watch)
    holding = """MATCH (n:DomainName) WHERE n.org = $org AND n.holds_since IS NOT NULL
      RETURN collect([n.id, n.dns_status])"""
    there = dict(await store.read_single(holding, {"org": watching.org}))
    assert known == {**there, "total": len(there)}
