"""Entities that a run finds again nearer than before: what it looks at does not follow from which job ended first."""

from __future__ import annotations

import pytest

from graph.facts import Answer, Outcome
from graph.model.base import Entity, Fact
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import CnameTo, MailHandledBy, ResolvesTo
from graph.queries import job
from graph.store import Store
from graph.writer import Writer
from tests.live.test_planning import World, begun

OURS, MAIL, ALIAS, BEYOND = (
    DomainName(name=f"{name}.example") for name in ("ours", "mail", "alias", "beyond")
)
AT = IPAddress(address="203.0.113.9")
COLLECTORS = ("dns.records", "dns.resolve", "dns.mailauth", "http.probe")
SCOPE = {"max_distance": 2, "contact_distance": 1}

# Two ways to ALIAS: by way of MAIL it is two hops away, by the seed's own records one.
LONG = ("dns.records", MailHandledBy(source=OURS, target=MAIL, preference=10))
SHORT = ("dns.mailauth", MailHandledBy(source=OURS, target=ALIAS, preference=20))
FURTHER: dict[Entity, Fact] = {
    MAIL: CnameTo(source=MAIL, target=ALIAS),
    ALIAS: CnameTo(source=ALIAS, target=BEYOND),
    BEYOND: ResolvesTo(source=BEYOND, target=AT, rrtype="A"),
}


async def resolve_all(world: World) -> None:
    """Answer what dns.resolve is asked, until nothing is left to ask."""
    while (await world.step()).hints:
        leases = await world.store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))
        asked = {
            about for each in leases if each.collector == "dns.resolve" for about in each.entities
        }
        if not asked:
            return
        now = world.now
        said = [
            Answer(source, "dns.resolve", Outcome.FOUND, now, now, (fact,), run=world.run)
            for source, fact in FURTHER.items()
            if source.id_in(world.org) in asked
        ]
        async with Writer(world.store) as writer:
            await writer.write(world.org, said)
        await world.end("dns.resolve")


@pytest.mark.parametrize("order", [(LONG, SHORT), (SHORT, LONG)])
async def test_the_same_is_looked_at_whichever_way_is_found_first(
    store: Store, order: tuple[tuple[str, Fact], ...]
) -> None:
    world = await begun(store, OURS, collectors=COLLECTORS, presets=("deep",), scope=SCOPE)
    await world.end("dns.resolve")
    for collector, fact in order:
        await world.found(collector, OURS, fact)
        await resolve_all(world)
    jobs = await world.jobs()
    assert jobs["http.probe"] == {OURS.key, MAIL.key, ALIAS.key}
    assert jobs["dns.resolve"] == {OURS.key, MAIL.key, ALIAS.key, BEYOND.key}
    ids = [each.id_in(world.org) for each in (MAIL, ALIAS, BEYOND, AT)]
    rows = await store.fetch(job.LIST_DISTANCES.bind(job.DistancesParams(run=world.run, ids=ids)))
    assert {row.key: row.distance for row in rows} == {MAIL.key: 1, ALIAS.key: 1, BEYOND.key: 2}
