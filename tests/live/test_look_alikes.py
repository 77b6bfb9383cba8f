"""Names that look like one's own, on a real graph: found whichever of the two comes first, and gone with either."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from graph.correlate.anchors import Touched
from graph.correlate.engine import Engine
from graph.facts import Answer, Outcome
from graph.identity import alikes
from graph.identity.alikes import LookAlikes
from graph.identity.comparing import Resolver
from graph.model.base import Entity
from graph.model.network import DomainName
from graph.model.resolution import MailHandledBy
from graph.store import Store
from server.jobs.events import Publisher, touched_since
from server.jobs.queue import Queue
from server.roles.correlator import Correlating
from tests.support.correlating import NOW, day, findings, write

OWN = DomainName(name="example-instruments.com")
REACH = """
MERGE (run:Run {id: $run}) SET run.org = $org
WITH run MATCH (n:Entity {id: $id})
MERGE (run)-[near:REACHED]->(n) SET near.distance = $distance
"""
KEPT = """
MATCH (other:DomainName {org: $org})-[alike:SIMILAR_TO]->(own)
RETURN other.key AS other, own.key AS own, alike.ways AS ways, alike.score AS score ORDER BY own, other
"""


async def told(
    store: Store, org: str, *names: DomainName, outcome: Outcome = Outcome.FOUND
) -> Touched:
    at = NOW if outcome is Outcome.FOUND else day(1)
    answers = [
        Answer(each, "dns.records", outcome, at, at, (each,) if outcome is Outcome.FOUND else ())
        for each in names
    ]
    return await write(store, org, *answers)


async def reach(store: Store, org: str, entity: Entity, distance: int = 0) -> None:
    """Have a run had it in its scope."""
    given = {"run": f"{org}-run", "org": org, "id": entity.id_in(org), "distance": distance}
    await store.execute(REACH, given)


async def kept(store: Store, org: str) -> list[tuple[str, str]]:
    return [(row["other"], row["own"]) for row in await store.read(KEPT, {"org": org})]


async def test_what_looks_like_ones_own_is_found_and_nothing_else(store: Store) -> None:
    org = str(uuid.uuid4())
    names = [
        DomainName(name=each)
        for each in (
            "example-instrument.com", "example-instruments.net", "exarnple-instruments.com",
            "example-instruments.com.evil.example",
            "www.example-instrument.com", "www.example-instruments.com", "weather.example",
        )
    ]  # fmt: skip
    touched = await told(store, org, OWN, *names)
    await reach(store, org, OWN)

    done = await LookAlikes(store).compare(org, touched, NOW)

    alike = [each.name for each in names[:4]]
    assert await kept(store, org) == sorted((each, OWN.name) for each in alike)
    assert done.found == 4
    rows = await store.read(KEPT, {"org": org})
    assert {row["other"]: row["ways"][0] for row in rows} == {
        "example-instrument.com": "OMISSION",
        "example-instruments.net": "SUFFIX",
        "exarnple-instruments.com": "CONFUSABLE",
        "example-instruments.com.evil.example": "EMBEDDED",
    }


async def test_it_does_not_matter_which_comes_first(store: Store) -> None:
    first, second = (str(uuid.uuid4()) for _ in range(2))
    copy = DomainName(name="example-instrument.com")
    looks = LookAlikes(store)

    await looks.compare(first, await told(store, first, copy), NOW)
    touched = await told(store, first, OWN)
    await reach(store, first, OWN)
    await looks.compare(first, touched, NOW)

    touched = await told(store, second, OWN)
    await reach(store, second, OWN)
    await looks.compare(second, touched, NOW)
    await looks.compare(second, await told(store, second, copy), NOW)

    assert await kept(store, first) == await kept(store, second) == [(copy.name, OWN.name)]


async def test_a_look_that_was_cut_off_is_made_again(store: Store) -> None:
    """Killed between keeping keys and holding others against them: what was touched is looked at again."""
    org = str(uuid.uuid4())
    copy = DomainName(name="example-instrument.com")
    looks = LookAlikes(store)
    await looks.compare(org, await told(store, org, copy), NOW)
    touched = await told(store, org, OWN)
    await reach(store, org, OWN)

    class Cut(Exception):
        pass

    class Dying(LookAlikes):
        async def _search(self, *_: object) -> dict[str, str]:
            raise Cut

    try:
        await Dying(store).compare(org, touched, NOW)
    except Cut:
        assert await kept(store, org) == []
    await looks.compare(org, touched, NOW)
    assert await kept(store, org) == [(copy.name, OWN.name)]


async def test_many_names_of_ones_own_that_are_alike_are_searched_for_together(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = str(uuid.uuid4())
    own = [DomainName(name=f"example-instruments{each}.com") for each in range(6)]
    copy = DomainName(name="example-instrument1.com")
    touched = await told(store, org, *own, copy)
    for each in own:
        await reach(store, org, each)
    read: list[str] = []
    pages = alikes._pages

    def counted(store: Store, org: str) -> AsyncIterator[list[tuple[str, str]]]:
        read.append(org)
        return pages(store, org)

    monkeypatch.setattr(alikes, "_pages", counted)
    monkeypatch.setattr(alikes, "CHUNK", 1)

    only_one = Touched(frozenset({own[0].id_in(org)}))
    await LookAlikes(store).compare(org, only_one, NOW)
    assert len(read) == 2, "once for it, once for all those that it is like"
    wanted = [(copy.name, each.name) for each in own]
    assert await kept(store, org) == wanted

    await LookAlikes(store).compare(org, touched, NOW)
    assert len(read) == 2, "no other name was to be held against any"
    await LookAlikes(store).catch_up(org, NOW)
    assert len(read) == 3, "all once; none of them is new"
    assert await kept(store, org) == wanted


async def test_it_is_gone_with_either_and_when_the_name_is_ones_own(store: Store) -> None:
    org = str(uuid.uuid4())
    names = [
        DomainName(name=each)
        for each in ("example-instrument.com", "example-instruments.net", "example-instruments.org")
    ]
    touched = await told(store, org, OWN, *names)
    await reach(store, org, OWN)
    looks = LookAlikes(store)
    await looks.compare(org, touched, NOW)
    assert len(await kept(store, org)) == 3

    await looks.compare(org, await told(store, org, names[0], outcome=Outcome.ABSENT), day(1))
    assert [other for other, _ in await kept(store, org)] == [names[1].name, names[2].name]

    await reach(store, org, names[1])
    await looks.compare(org, Touched.of({names[1].id_in(org)}), day(1))
    assert await kept(store, org) == [(names[2].name, OWN.name), (names[2].name, names[1].name)]

    await looks.compare(org, await told(store, org, OWN, outcome=Outcome.ABSENT), day(1))
    assert await kept(store, org) == [(names[2].name, names[1].name)]


async def test_rules_look_at_what_changed_and_nothing_is_left_undone(
    store: Store, queue: Queue
) -> None:
    """A finding comes with a look-alike and goes with it, though nothing was stated about its subject then."""
    org = str(uuid.uuid4())
    copy, host = DomainName(name="example-instrument.com"), DomainName(name="mx.quayside.example")
    correlator = Correlating(store, Engine(store), Resolver(store), Publisher(store, queue))

    async def open_now() -> list[tuple[str, str]]:
        await correlator.correlate(org)
        assert (await touched_since(store, org))[1] == []
        found = await findings(store, org)
        rule = "reg.lookalike_mail"
        return [(f["subject_key"], f["state"]) for f in found if f["rule"] == rule]

    mail = MailHandledBy(source=copy, target=host, preference=10)
    await write(store, org, Answer(copy, "dns.records", Outcome.FOUND, NOW, NOW, (copy, mail)))
    assert await open_now() == []

    await told(store, org, OWN)
    await reach(store, org, OWN)
    assert await open_now() == [(copy.name, "OPEN")]

    await told(store, org, OWN, outcome=Outcome.ABSENT)
    assert await open_now() == [(copy.name, "CLOSED")]


async def test_who_dies_after_a_look_leaves_what_changed_to_rules(store: Store) -> None:
    org = str(uuid.uuid4())
    copy = DomainName(name="example-instrument.com")
    looked_at = await told(store, org, OWN, copy)
    await reach(store, org, OWN)
    await store.execute("MATCH (o:Outbox {org: $org}) DELETE o", {"org": org})

    done = await LookAlikes(store).compare(org, looked_at, NOW)

    both = frozenset({OWN.id_in(org), copy.id_in(org)})
    assert done.changed == both
    left, _ = await touched_since(store, org)
    assert left == Touched(frozenset(), {"SIMILAR_TO": both})
    assert (await LookAlikes(store).compare(org, left, NOW)).names == 0


async def test_names_that_are_further_away_are_nobodys_own(store: Store) -> None:
    org = str(uuid.uuid4())
    copy = DomainName(name="example-instrument.com")
    touched = await told(store, org, OWN, copy)
    await reach(store, org, OWN, distance=1)
    await LookAlikes(store).compare(org, touched, NOW)
    assert await kept(store, org) == []


async def test_all_is_looked_at_once_where_ways_have_changed(store: Store) -> None:
    org = str(uuid.uuid4())
    await told(store, org, OWN, DomainName(name="example-instrument.com"))
    await reach(store, org, OWN)
    looks = LookAlikes(store)

    assert (await looks.catch_up(org, NOW)).found == 1
    assert not (await looks.catch_up(org, NOW)).changed


async def test_it_is_gone_within_the_hour_where_a_run_is_removed(store: Store) -> None:
    org = str(uuid.uuid4())
    copy = DomainName(name="example-instrument.com")
    await told(store, org, OWN, copy)
    await reach(store, org, OWN)
    looks = LookAlikes(store)
    await looks.catch_up(org, NOW)
    assert len(await kept(store, org)) == 1

    await store.execute("MATCH (r:Run {id: $run}) DETACH DELETE r", {"run": f"{org}-run"})

    done = await looks.catch_up(org, NOW)
    assert await kept(store, org) == []
    assert done.changed == {OWN.id_in(org), copy.id_in(org)}
