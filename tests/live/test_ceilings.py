"""What is marked is not handed to whoever should not hear of it; what comes of asking about it is as confidential."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from collectors._kit.registry import discover
from graph.facts import Answer, Outcome
from graph.model.network import DomainName
from graph.model.resolution import MailHandledBy
from graph.queries import job
from graph.store import Store
from graph.writer import Writer
from server.graphql.runs.types import Run
from server.jobs.looking import Looking, _as_marked
from server.jobs.scope import Scope
from tests.live.test_planning import World, begun
from tests.support.facts import answer

OURS, MAIL = DomainName(name="ours.example"), DomainName(name="theirs.example")
REGISTRY = discover(with_entry_points=False)
ASKED = ("rdap.domain", "dns.records", "rep.feeds")


def marked(name: DomainName, tlp: str, second: float = 1) -> Answer:
    """Somebody tells of a name in confidence."""
    return answer(name, second, name, collector=f"import:{tlp}", tlp=tlp)


async def run_of(world: World) -> dict[str, object]:
    rows = await world.store.read("MATCH (r:Run {id: $run}) RETURN properties(r) AS r", {"run": world.run})  # fmt: skip
    found: dict[str, object] = rows[0]["r"]
    return found


async def marking(world: World, name: DomainName) -> str | None:
    found: str | None = await world.store.read_single(
        "MATCH (n:Entity {id: $id}) RETURN n.tlp", {"id": name.id_in(world.org)}
    )
    return found


@pytest.mark.parametrize(
    ("tlp", "handed"),
    [
        ("CLEAR", {"rdap.domain", "dns.records", "rep.feeds"}),
        ("GREEN", {"rdap.domain", "dns.records", "rep.feeds"}),
        ("AMBER", {"dns.records", "rep.feeds"}),
        ("RED", {"dns.records", "rep.feeds"}),
    ],
)
async def test_third_parties_do_not_hear_of_what_is_not_for_the_community(
    store: Store, tlp: str, handed: set[str]
) -> None:
    world = await begun(store, OURS, collectors=ASKED, known=[marked(OURS, tlp)])
    assert set(await world.jobs()) == handed
    stored = await run_of(world)
    kept = sorted(set(ASKED) - handed)
    assert stored["kept_from"] == kept
    shown = Run.of(stored)
    assert shown.reason == (
        f"entities marked above their ceilings were not handed to {kept[0]}" if kept else None
    )


async def test_what_a_run_comes_across_is_kept_back_and_said_once(store: Store) -> None:
    # What says more of the name than that it exists stays confidential, whoever else mentions the name.
    told = DomainName(name=MAIL.name, dns_status="resolves")
    world = await begun(store, OURS, collectors=ASKED[:2], known=[marked(told, "AMBER")])
    assert (await run_of(world))["kept_from"] == []
    found = MailHandledBy(source=OURS, target=MAIL, preference=10)
    await world.found("dns.records", OURS, found)
    await world.step()
    assert await world.jobs() == {
        "dns.records": {OURS.key, MAIL.key},
        "rdap.domain": {OURS.key},
    }
    await world.end("dns.records")
    await world.end("rdap.domain")
    step = await world.step()
    assert (step.state, step.reason) == ("FINISHED", "")
    assert (await run_of(world))["kept_from"] == ["rdap.domain"]


async def test_who_scans_in_confidence_tells_nobody_of_the_seed(store: Store) -> None:
    world = await begun(store, OURS, collectors=ASKED[:1], known=[marked(OURS, "RED")])
    assert await marking(world, OURS) == "RED"
    other = await begun(store, OURS, collectors=ASKED[:1])
    assert await marking(other, OURS) is None


def test_an_answer_is_at_least_as_confidential_as_what_was_asked_about() -> None:
    now = datetime.now(UTC)
    said = Answer(OURS, "dns.records", Outcome.FOUND, now, now, (OURS,), tlp="GREEN")
    place = (OURS.label, OURS.key)
    assert _as_marked(said, {place: "RED"}).tlp == "RED"
    assert _as_marked(said, {place: ""}) is said
    assert _as_marked(said, {}) is said


async def test_what_came_to_be_marked_since_is_left_out(store: Store) -> None:
    world = await begun(store, OURS, MAIL, collectors=ASKED[:2])
    async with Writer(store) as writer:
        await writer.write(world.org, [marked(OURS, "RED", 2)])
    await store.execute("MATCH (n:Entity {id: $id}) SET n.tlp = 'RED'", {"id": OURS.id_in(world.org)})  # fmt: skip
    nothing: Any = None
    looking = Looking(store, nothing, nothing, REGISTRY, nothing)
    found = {}
    for lease in await store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run))):
        taking = job.TakeParams(lease=lease.id, worker="w", at=world.now, held_s=60)
        taken = await store.fetch_one(job.TAKE_LEASE.bind(taking))
        assert taken is not None
        manifest = REGISTRY.get(lease.collector).manifest
        targets = await looking._targets(taken, manifest, Scope.of(world.spec))
        found[lease.collector] = {(entity.key, tlp) for entity, tlp in targets}
    assert found == {
        "rdap.domain": {(MAIL.key, "")},
        "dns.records": {(OURS.key, "RED"), (MAIL.key, "")},
    }
