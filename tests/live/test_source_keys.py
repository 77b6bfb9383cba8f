"""Several keys of a source: which one is asked with, what is counted, and what follows where a source refuses one."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
import pytest_asyncio
from arq.connections import ArqRedis

from collectors._kit.faults import Fault
from graph.facts import Outcome
from graph.queries import job
from graph.queries.vault import SecretRow
from graph.store import Store
from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.planning import advance
from server.jobs.probing import Probing, Question, Told
from server.jobs.spec import Budget, ScanSpec
from server.jobs.step import Step
from server.vault.envelope import SealBroken
from server.vault.keychain import Keychain, Spender, open_keychain
from server.vault.keystate import KeyState, state
from server.vault.secrets import NewValue, SecretName, Secrets
from tests.support import metered
from tests.support.keys import MASTERS
from tests.support.loopback import page

REGISTRY = metered.registry()
MANIFESTS = {name: listed.manifest for name, listed in REGISTRY.collectors.items()}
MANIFEST = MANIFESTS[metered.COLLECTOR]
OK = page(b"yes")
SEEDS = ("a.example", "b.example", "c.example", "d.example")


@dataclass
class World:
    """An organization with keys of the source, and a run of its collector."""

    store: Store
    org: str
    secrets: Secrets
    source: metered.Source
    run: str = ""

    async def add(self, label: str, says: bytes = OK) -> str:
        """A key that the source answers so; its value is its label with a tail."""
        name = SecretName.further(self.org, metered.SOURCE, metered.SECRET, str(uuid.uuid4()))
        value = f"{label}-0123456789"
        await self.secrets.set(name, NewValue(value, "tester", str(uuid.uuid4()), label=label))
        self.source.says[value] = says
        return name.id

    async def begin(self, *seeds: str, **budget: int) -> None:
        spec = ScanSpec(seeds=seeds or SEEDS, presets=("passive",), budget=Budget(**budget))
        self.run = str(uuid.uuid4())
        params = job.UpsertRunParams(
            org=self.org, named=[], scan=str(uuid.uuid4()), run=self.run, name="test",
            spec=spec.model_dump_json(), by="tester", at=datetime.now(UTC),
        )  # fmt: skip
        await self.store.fetch(job.UPSERT_RUN.bind(params))

    async def step(self) -> Step:
        done = await advance(self.store, self.run, MANIFESTS)
        assert done is not None
        return done

    async def work(self) -> list[str]:
        """Carry out what is ready, as a worker would."""

        async def nobody(_: str) -> None:
            return

        leases = await self.store.fetch(job.LIST_LEASES.bind(job.RunParams(run=self.run)))
        async with Writer(self.store) as writer:
            worker = Collecting(
                self.store, writer, self.source.egress, REGISTRY, self.secrets, "w", nobody
            )
            return [await worker.carry_out(each.id) for each in leases if each.state == "READY"]

    async def keys(self) -> dict[str, SecretRow]:
        return {row.label: row for row in await self.secrets.listed(self.org)}

    async def states(self) -> dict[str, KeyState]:
        now = datetime.now(UTC)
        return {n: state(row, MANIFEST.quota, now) for n, row in (await self.keys()).items()}

    async def outcomes(self) -> dict[str, int]:
        rows = await self.store.read(
            "MATCH (o:Observation {run: $run}) WHERE o.collector = $collector "
            "RETURN o.outcome AS outcome, count(*) AS n",
            {"run": self.run, "collector": metered.COLLECTOR},
        )
        return {row["outcome"]: row["n"] for row in rows}

    def shown(self) -> dict[str, int]:
        return {key.partition("-")[0]: n for key, n in self.source.shown.items()}

    async def trial(self, key: str) -> Told:
        """What a trial call with one key tells."""
        probing = Probing(cast(ArqRedis, None), self.source.egress, REGISTRY, self.secrets)
        asked = Question(
            org=self.org, collector=metered.COLLECTOR, kind="DomainName", key="t.example", with_key=key
        )  # fmt: skip
        return await probing._asked(asked)

    async def chain(self, spender: Spender | None = None) -> Keychain:
        made = await open_keychain(self.secrets, self.org, MANIFEST, spender)
        assert made is not None
        return made


@pytest_asyncio.fixture
async def world(store: Store) -> AsyncIterator[World]:
    async with metered.serving() as source:
        yield World(store, str(uuid.uuid4()), Secrets(store, MASTERS), source)


async def test_a_refused_key_is_set_aside_and_the_same_job_goes_on_with_the_next(
    world: World,
) -> None:
    await world.add("alpha", page(status="401 Unauthorized"))
    await world.add("beta")
    await world.begin("a.example", "b.example")
    await world.step()
    assert await world.work() == ["done"]

    assert await world.outcomes() == {"FOUND": 2}
    assert await world.states() == {"alpha": KeyState.REFUSED, "beta": KeyState.READY}
    rows = await world.keys()
    assert rows["alpha"].trouble == "site.example answered with HTTP status 401"
    assert (rows["alpha"].used_day, rows["beta"].used_day) == (0, 2)
    assert world.shown()["beta"] == 2

    await world.begin("e.example")
    await world.step()
    before = world.shown()["alpha"]
    assert await world.work() == ["done"]
    assert world.shown()["alpha"] == before, "it is not shown again before it is changed"


@pytest.mark.parametrize(
    ("says", "rests_s"),
    [
        (page(b"", "Retry-After: 900", status="429 Too Many Requests"), 900),
        (page(b"daily quota exceeded", status="403 Forbidden"), 60),
        (page(b"", status="402 Payment Required"), 60),
        (page(b"", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1800", status="429 No"), 1800),
    ],
)
async def test_a_spent_key_rests_until_the_moment_it_was_told(
    world: World, says: bytes, rests_s: int
) -> None:
    await world.add("alpha", says)
    await world.add("beta")
    await world.begin()
    await world.step()
    began = datetime.now(UTC)
    assert await world.work() == ["done"]

    assert await world.outcomes() == {"FOUND": 4}
    assert await world.states() == {"alpha": KeyState.RESTING, "beta": KeyState.READY}
    until = (await world.keys())["alpha"].rests_until
    assert until is not None
    assert timedelta() <= until - began - timedelta(seconds=rests_s) < timedelta(seconds=10)


async def test_where_all_keys_rest_the_job_waits_and_the_run_says_why(world: World) -> None:
    await world.add("alpha", page(b"", "Retry-After: 90000", status="402 Payment Required"))
    await world.begin()
    await world.step()
    assert await world.work() == ["continued"]
    assert await world.outcomes() == {}

    ended = await world.step()
    assert (ended.state, ended.jobs_open) == ("FINISHED", 0)
    told = ended.left_out[metered.COLLECTOR]
    assert told.startswith(
        "no key of egret can be used: 1 resting since the source wants that; one"
    )


async def test_where_all_keys_are_refused_the_source_s_word_is_the_answer(world: World) -> None:
    await world.add("alpha", page(status="401 Unauthorized"))
    await world.add("beta", page(status="403 Forbidden"))
    await world.begin("a.example")
    await world.step()
    assert await world.work() == ["done"]
    assert await world.outcomes() == {"ERROR": 1}

    await world.begin("b.example")
    ended = await world.step()
    assert (ended.state, ended.jobs_open) == ("FINISHED", 0)
    said = "no key of egret can be used: 2 refused by the source until it is changed"
    assert ended.left_out == {metered.COLLECTOR: said}


async def test_a_new_value_or_enabling_has_it_used_again(world: World) -> None:
    key = await world.add("alpha", page(status="401 Unauthorized"))
    await world.begin("a.example")
    await world.step()
    await world.work()
    assert await world.states() == {"alpha": KeyState.REFUSED}
    assert await world.secrets.change(world.org, key, None, is_enabled=True)
    assert await world.states() == {"alpha": KeyState.READY}


async def test_jobs_are_given_the_key_that_has_most_left(world: World) -> None:
    for label in ("alpha", "beta", "gamma"):
        await world.add(label)
    lent = [(await (await world.chain()).lend("IPAddress")).values["api_key"] for _ in range(6)]
    labels = [each.partition("-")[0] for each in lent]
    assert labels == ["alpha", "beta", "gamma"] * 2
    same = await world.chain()
    first = await same.lend("DomainName")
    assert first.values["api_key"].startswith("alpha")


async def test_no_unit_of_a_quota_or_of_a_run_s_budget_is_lent_twice(world: World) -> None:
    await world.add("alpha")
    await world.add("beta")
    chains = [await world.chain(Spender("run-" + world.org, 7)) for _ in range(6)]
    lent = await asyncio.gather(
        *(c.lend("DomainName") for c in chains for _ in range(2)), return_exceptions=True
    )
    refused = [str(each) for each in lent if isinstance(each, Exception)]
    assert (len(lent) - len(refused), set(refused)) == (7, {"the budget of 7 key units is spent"})

    more = [await world.chain() for _ in range(4)]
    rest = await asyncio.gather(
        *(c.lend("DomainName") for c in more for _ in range(2)), return_exceptions=True
    )
    rows = await world.keys()
    assert [rows[n].used_day for n in ("alpha", "beta")] == [5, 5]
    assert sum(isinstance(each, Exception) for each in rest) == 5
    assert await world.states() == {"alpha": KeyState.SPENT, "beta": KeyState.SPENT}


async def test_a_run_stops_asking_what_costs_units_once_they_are_spent(world: World) -> None:
    await world.add("alpha")
    await world.add("beta")
    await world.begin(key_units=3)
    await world.step()
    assert await world.work() == ["continued"]
    ended = await world.step()
    assert ended.state == "FINISHED"
    assert ended.left_out == {metered.COLLECTOR: "the budget of 3 key units is spent"}
    assert await world.outcomes() == {"FOUND": 3}
    assert world.shown() == {"alpha": 3}


async def test_what_was_answered_before_a_worker_died_stays_counted(world: World) -> None:
    await world.add("alpha")
    await (await world.chain(Spender("dead-" + world.org, 10))).lend("DomainName")
    assert (await world.keys())["alpha"].used_day == 1


async def test_two_secrets_of_the_same_label_go_together_and_a_lone_one_with_all(
    world: World,
) -> None:
    manifest = MANIFEST.model_copy(update={"secrets": ("api_key", "account")})
    for label in ("alpha", "beta"):
        await world.add(label)
    account = SecretName(world.org, metered.SOURCE, "account")
    await world.secrets.set(account, NewValue("the-account", "tester", "1"))
    chain = await open_keychain(world.secrets, world.org, manifest)
    assert chain is not None
    assert [each.label for each in chain.sets] == ["alpha", "beta"]
    lent = await chain.lend("DomainName")
    assert lent.values == {"api_key": "alpha-0123456789", "account": "the-account"}


async def test_a_trial_tells_of_one_key_whatever_is_known_of_it_and_brings_it_back(
    world: World,
) -> None:
    key = await world.add("alpha", page(status="401 Unauthorized"))
    await world.add("beta")
    await world.begin("a.example")
    await world.step()
    await world.work()
    assert (await world.states())["alpha"] is KeyState.REFUSED
    refused = await world.trial(key)
    assert (refused.outcome, refused.fault) == (Outcome.ERROR, Fault.UNAUTHORIZED)

    world.source.says["alpha-0123456789"] = OK
    assert await world.secrets.change(world.org, key, None, is_enabled=False)
    assert (await world.trial(key)).outcome is Outcome.FOUND, "disabled ones can be tried, too"
    await world.secrets.change(world.org, key, "alpha", is_enabled=None)
    rows = await world.keys()
    assert (rows["alpha"].refused_at, rows["alpha"].trouble) == (None, None)
    assert world.shown()["beta"] == 1, "no other key was shown for it"


async def test_a_further_key_that_is_moved_to_another_does_not_open(world: World) -> None:
    one, two = await world.add("alpha"), await world.add("beta")
    await world.store.execute(
        "MATCH (a:Secret {id: $one}), (b:Secret {id: $two}) SET b.sealed = a.sealed",
        {"one": one, "two": two},
    )
    with pytest.raises(SealBroken):
        await world.chain()
