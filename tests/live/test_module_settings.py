"""What organizations set of their modules: kept as versions, theirs alone, and what runs go by."""

from __future__ import annotations

import asyncio
import io
import uuid
from typing import Any

import pytest

from collectors._kit.registry import discover
from graph.model.network import DomainName, IPAddress
from graph.queries import job
from graph.store import Store
from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.imports import Offered, import_file
from server.modules.settings import KEPT, Change, ModuleDisabled, Settings
from tests.live.test_planning import World, begun

REGISTRY = discover(with_entry_points=False)
OURS = DomainName(name="ours.example")
ADDRESS = IPAddress(address="192.0.2.1")
BOTH = ("rdap.domain", "dns.records")


def change(is_enabled: bool | None = None, options: Any = None, by: str = "me") -> Change:
    return Change(is_enabled, options, by, str(uuid.uuid4()))


def organization() -> str:
    return str(uuid.uuid4())


def collecting(store: Store, world: World) -> Collecting:
    nothing: Any = None

    async def advance(_: str) -> None:
        await world.step()

    return Collecting(store, nothing, nothing, REGISTRY, nothing, "w", advance)


async def leases(world: World) -> list[job.LeaseRow]:
    return await world.store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))


async def taken(world: World) -> job.TakenRow:
    (lease,) = await leases(world)
    params = job.TakeParams(lease=lease.id, worker="w", at=world.now, held_s=60)
    row = await world.store.fetch_one(job.TAKE_LEASE.bind(params))
    assert row is not None
    return row


async def options_of(store: Store, world: World) -> Any:
    """The options that the one job of a run goes by."""
    return await collecting(store, world).looking._options(await taken(world), world.spec)


async def test_each_setting_is_a_version_of_what_was_given(store: Store) -> None:
    org, settings = organization(), Settings(store)
    assert await settings.of(org) == {}
    await settings.set(org, "tcp.connect", change(options={"ports": [22]}, by="a"))
    await settings.set(org, "tcp.connect", change(is_enabled=False, by="b"))
    await settings.set(org, "dns.records", change(is_enabled=True))
    found = await settings.of(org)
    assert list(found) == ["dns.records", "tcp.connect"]
    made = found["tcp.connect"]
    assert (made.is_enabled, made.options) == (False, {"ports": [22]})
    assert [(v.number, v.by, v.is_enabled, v.options) for v in made.versions] == [
        (2, "b", False, {"ports": [22]}),
        (1, "a", True, {"ports": [22]}),
    ]
    assert made.versions[0].at >= made.versions[1].at
    await settings.set(org, "tcp.connect", change(options={}))
    assert (await settings.of(org))["tcp.connect"].options == {}


async def test_the_same_change_again_is_no_new_version(store: Store) -> None:
    org, settings = organization(), Settings(store)
    again = change(is_enabled=False)
    for _ in range(3):
        await settings.set(org, "dns.records", again)
    assert [v.number for v in (await settings.of(org))["dns.records"].versions] == [1]


async def test_changes_at_once_are_a_version_each(store: Store) -> None:
    org, settings = organization(), Settings(store)
    many = [change(is_enabled=bool(n % 2)) for n in range(8)]
    await asyncio.gather(*(settings.set(org, "dns.records", each) for each in many))
    made = (await settings.of(org))["dns.records"]
    assert [v.number for v in made.versions] == list(range(8, 0, -1))
    assert made.is_enabled is made.versions[0].is_enabled


async def test_old_versions_are_let_go(store: Store) -> None:
    org, settings = organization(), Settings(store)
    for _ in range(KEPT + 2):
        await settings.set(org, "dns.records", change(is_enabled=False))
    made = (await settings.of(org))["dns.records"]
    assert (len(made.versions), made.versions[0].number) == (KEPT, KEPT + 2)


async def test_a_setting_is_of_its_organization_alone(store: Store) -> None:
    mine, theirs, settings = organization(), organization(), Settings(store)
    await settings.set(theirs, "dns.records", change(is_enabled=False))
    assert await settings.of(mine) == {}


async def test_a_disabled_collector_is_handed_nothing(store: Store) -> None:
    world = await begun(store, OURS, collectors=BOTH)
    assert set(await world.jobs()) == set(BOTH)
    await Settings(store).set(world.org, "dns.records", change(is_enabled=False))
    await world.found("rdap.domain", OURS, DomainName(name="www.ours.example"))
    await world.step()
    assert (await world.jobs())["dns.records"] == {OURS.key}, "the job of before, and no other"


async def test_a_job_that_waits_ends_with_the_reason(store: Store) -> None:
    world = await begun(store, OURS, collectors=("dns.records",))
    (lease,) = await leases(world)
    await Settings(store).set(world.org, "dns.records", change(is_enabled=False))
    assert await collecting(store, world).carry_out(lease.id) == "failed"
    state = await store.read_single("MATCH (l:Lease {id: $id}) RETURN l.state", {"id": lease.id})
    assert state == "FAILED"
    step = await world.step()
    assert step.state == "FAILED"
    assert step.reason == (
        "dns.records: it was disabled for the organization before this job began"
    )


async def test_a_job_of_another_organization_goes_on(store: Store) -> None:
    world = await begun(store, OURS, collectors=("dns.records",))
    await Settings(store).set(organization(), "dns.records", change(is_enabled=False))
    assert await options_of(store, world) == {}


@pytest.mark.parametrize(
    ("own", "asked"), [({}, (22,)), ({"tcp.connect": {"ports": [443]}}, (443,))]
)
async def test_options_of_a_scan_go_before_those_of_the_organization(
    store: Store, own: dict[str, Any], asked: tuple[int, ...]
) -> None:
    world = await begun(store, ADDRESS, collectors=("tcp.connect",), options=own, presets=("deep",))
    await Settings(store).set(world.org, "tcp.connect", change(options={"ports": [22]}))
    made = REGISTRY.make("tcp.connect", await options_of(store, world))
    assert made.options["ports"] == asked


async def test_a_disabled_importer_reads_nothing(store: Store) -> None:
    org, settings = organization(), Settings(store)
    await settings.set(org, "indicator_list", change(is_enabled=False))
    offered = Offered(io.BytesIO(b"192.0.2.1\n"), "list.txt", "indicator_list")
    async with Writer(store) as writer:
        with pytest.raises(ModuleDisabled, match="indicator_list is disabled"):
            await import_file(store, writer, REGISTRY, org, offered)
        assert await store.read("MATCH (n:Entity {org: $org}) RETURN n", {"org": org}) == []
        await settings.set(org, "indicator_list", change(is_enabled=True))
        done = await import_file(store, writer, REGISTRY, org, offered)
    assert done.report.facts
