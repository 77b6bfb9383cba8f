"""Collectors that need secrets: asked where all are set, and nothing of a secret in what they leave behind."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import pytest_asyncio

from collectors._kit.base import HttpRequest, HttpResponse, Request
from collectors._kit.dialing import Endpoint
from collectors._kit.egress import Asker, Egress, direct_egress
from collectors._kit.pages import Exchange
from collectors._kit.resolvers import fixed
from graph.queries import job
from graph.store import Store
from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.handing import Means, enabled
from server.jobs.planning import advance
from server.jobs.spec import ScanSpec
from server.vault.secrets import NewValue, SecretName, Secrets
from tests.support import keyed
from tests.support.keys import MASTERS

VALUE = "heron-secret-0123456789"
REGISTRY = keyed.registry()
MANIFESTS = {name: listed.manifest for name, listed in REGISTRY.collectors.items()}
SPEC = ScanSpec(seeds=("a.example",), presets=("passive",))


class Answering(Egress):
    """A source that answers everything at once."""

    async def fetch(self, request: Request, asker: Asker) -> Exchange:  # noqa: ARG002 - the parent's form
        return Exchange(HttpResponse(cast(HttpRequest, request), 200, (), b"[]"), None)


@dataclass
class World:
    """A run of the source's collector in an organization of its own."""

    store: Store
    org: str
    run: str
    secrets: Secrets

    async def set_secret(self, text: str = VALUE, **more: Any) -> None:
        which = SecretName(self.org, keyed.SOURCE, keyed.SECRET)
        await self.secrets.set(which, NewValue(text, "tester", str(uuid.uuid4()), **more))

    async def step(self) -> str:
        done = await advance(self.store, self.run, MANIFESTS)
        assert done is not None
        return done.state

    async def leases(self) -> list[job.LeaseRow]:
        return await self.store.fetch(job.LIST_LEASES.bind(job.RunParams(run=self.run)))

    async def work(self, worker: Collecting | None = None) -> list[str]:
        async def nobody(_: str) -> None:
            return

        async with Writer(self.store) as writer:
            egress = direct_egress(fixed(Endpoint("127.0.0.1", 1)))
            working = worker or Collecting(
                self.store, writer, Answering(egress.channels), REGISTRY, self.secrets, "w", nobody
            )
            return [await working.carry_out(lease.id) for lease in await self.leases()]


@pytest_asyncio.fixture
async def world(store: Store) -> AsyncIterator[World]:
    made = World(store, str(uuid.uuid4()), str(uuid.uuid4()), Secrets(store, MASTERS))
    params = job.UpsertRunParams(
        org=made.org, named=[], scan=str(uuid.uuid4()), run=made.run, name="test",
        spec=SPEC.model_dump_json(), by="tester", at=datetime.now(UTC),
    )  # fmt: skip
    await store.fetch(job.UPSERT_RUN.bind(params))
    yield made


def test_one_is_asked_where_all_its_secrets_are_set() -> None:
    assert enabled(SPEC, MANIFESTS, Means()) == []
    assert enabled(SPEC, MANIFESTS, Means({("stork", "api_key"), ("heron", "other")})) == []
    asked = enabled(SPEC, MANIFESTS, Means({("heron", "api_key"), ("heron", "other")}))
    assert [manifest.id for manifest in asked] == [keyed.COLLECTOR]


async def test_without_the_secret_there_is_no_job(world: World) -> None:
    assert await world.step() == "FINISHED"
    assert await world.leases() == []


async def test_an_expired_secret_is_none(world: World) -> None:
    await world.set_secret(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert await world.step() == "FINISHED"


async def test_what_it_leaves_behind_shows_nothing_of_the_secret(
    world: World, store: Store
) -> None:
    await world.set_secret()
    assert await world.step() == "RUNNING"
    assert await world.work() == ["done"]

    rows = await store.read(
        "MATCH (o:Observation {run: $run}) WHERE o.collector = $collector "
        "RETURN o.part AS part, o.outcome AS outcome, o.reason AS reason ORDER BY part",
        {"run": world.run, "collector": keyed.COLLECTOR},
    )
    assert [(row["part"], row["outcome"]) for row in rows] == [
        ("answers", "FOUND"),
        ("breaks", "ERROR"),
        ("rejects", "ERROR"),
        ("states", "ERROR"),
    ]
    reasons = {row["part"]: row["reason"] for row in rows}
    assert reasons["rejects"] == "the key [redacted] is not known"
    assert reasons["breaks"] == "defect in parse: ValueError({'key': '[redacted]'})"
    assert reasons["states"] == "birds.herons stated a URL that holds one of its secrets"
    found = await store.read(
        "MATCH (n) WHERE n.org = $org AND any(k IN keys(n) WHERE toStringOrNull(n[k]) CONTAINS $value) "
        "RETURN labels(n) AS labels",
        {"org": world.org, "value": VALUE},
    )
    assert found == []


async def test_a_secret_that_is_gone_meanwhile_ends_the_job_with_that_reason(world: World) -> None:
    await world.set_secret()
    await world.step()
    await world.secrets.remove(SecretName(world.org, keyed.SOURCE, keyed.SECRET))
    assert await world.work() == ["failed"]
    [lease] = await world.leases()
    assert lease.reason == "the secret api_key of heron is not set, or has expired"


@pytest.mark.parametrize("place", ["__init__", "marking"])
async def test_code_that_breaks_with_a_secret_in_hand_tells_nothing_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def breaks(*given: Any) -> None:
        raise RuntimeError(f"{VALUE} is what I was given: {given}")

    monkeypatch.setattr(REGISTRY.load(keyed.COLLECTOR), place, breaks)
    await world.set_secret()
    await world.step()
    assert await world.work() == ["failed"]
    [lease] = await world.leases()
    assert "[redacted] is what I was given" in (lease.reason or "")
    assert VALUE not in (lease.reason or "")
