"""What organizations and the platform set while Mirage runs: versions, changes at once, and what runs make of it."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.model.network import DomainName
from graph.queries import job
from graph.store import Store
from server.configuration import document
from server.configuration.document import Applying, Wanted, read_document
from server.configuration.kept import (
    OF_THE_PLATFORM,
    Change,
    Configurations,
    Difference,
    Kept,
    differences,
)
from server.jobs.scope import Scope
from server.modules.settings import Settings
from tests.live.test_module_settings import collecting, taken
from tests.live.test_planning import begun
from tests.support.correlating import NOW

OURS, SHOP, BELOW = (DomainName(name=name) for name in ("ours.example", "shop.example", "a.shop.example"))  # fmt: skip
MINUTES = "scans.budget.minutes"


def change(**given: Any) -> Change:
    return Change("me", str(uuid.uuid4()), **given)


def organization() -> str:
    return str(uuid.uuid4())


async def test_each_change_is_a_version_and_one_of_nothing_is_none(store: Store) -> None:
    org, kept = organization(), Configurations(store)
    assert await kept.of(org) == Kept()
    assert await kept.versions(org, None, 10) == []
    first = change(values={MINUTES: 5, "scans.exclude": ["shop.example"]}, reason="short")
    assert (await kept.set(org, first)).number == 1
    assert (await kept.set(org, first)).number == 1, "the same change again"
    assert (await kept.set(org, change(values={MINUTES: 5}))).number == 1, "changes nothing"
    assert (await kept.set(org, change(values={MINUTES: 7}, expects=1))).number == 2
    assert (await kept.set(org, change(unset=[MINUTES]))).number == 3
    assert await kept.of(org) == Kept(3, {"scans.exclude": ["shop.example"]})
    third, second, one = await kept.versions(org, None, 10)
    assert [each.number for each in (third, second, one)] == [3, 2, 1]
    assert (one.by, one.reason, one.values[MINUTES]) == ("me", "short", 5)
    assert differences(second.values, third.values) == [Difference(MINUTES, 7, None)]
    assert [each.number for each in await kept.versions(org, 3, 1)] == [2]
    assert await kept.version(org, 1) == one
    with pytest.raises(NotFound, match="there is no version 4"):
        await kept.version(org, 4)


async def test_a_change_from_another_version_is_refused(store: Store) -> None:
    org, kept = organization(), Configurations(store)
    await kept.set(org, change(values={MINUTES: 5}))
    with pytest.raises(Conflict, match="version 0 was meant to be changed, and 1 is there now"):
        await kept.set(org, change(values={MINUTES: 6}, expects=0))
    with pytest.raises(InvalidQuestion, match=r"is scans\.budget\.minutes meant\?"):
        await kept.set(org, change(unset=["scans.budget.minute"]))
    assert await kept.of(org) == Kept(1, {MINUTES: 5})


async def test_of_many_at_once_none_is_lost(store: Store) -> None:
    org, kept = organization(), Configurations(store)
    changes = [change(values={MINUTES: minutes}) for minutes in range(1, 9)]
    await asyncio.gather(*(kept.set(org, each) for each in changes))
    told = await kept.versions(org, None, 20)
    assert [each.number for each in told] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert {each.values[MINUTES] for each in told} == set(range(1, 9))
    assert (await kept.of(org)).values == told[0].values


async def test_what_is_excluded_is_looked_at_no_more_from_then_on(store: Store) -> None:
    world = await begun(store, OURS, SHOP, BELOW, collectors=("dns.records",))
    looking, lease = collecting(store, world).looking, await taken(world)
    manifest = looking.registry.get("dns.records").manifest

    async def asked() -> set[str]:
        never = await Configurations(store).never_looked_at(world.org)
        found = await looking._targets(lease, manifest, Scope.of(world.spec, never))
        return {entity.key for entity, _ in found}

    assert await asked() == {"ours.example", "shop.example", "a.shop.example"}
    await Configurations(store).set(world.org, change(values={"scans.exclude": ["shop.example"]}))
    assert await asked() == {"ours.example"}
    assert await Configurations(store).never_looked_at(organization()) == ()


async def test_a_run_does_not_begin_with_what_is_excluded(store: Store) -> None:
    org = organization()
    await Configurations(store).set(org, change(values={"scans.exclude": ["shop.example"]}))
    world = await begun(store, OURS, SHOP, BELOW, collectors=("dns.records",), org=org)
    leases = await store.fetch(job.LIST_LEASES.bind(job.RunParams(run=world.run)))
    assert [lease.entities for lease in leases] == [[OURS.id_in(org)]]


async def test_the_platform_excludes_for_all(store: Store) -> None:
    kept, name = Configurations(store), f"{uuid.uuid4()}.example"
    before = await kept.of(OF_THE_PLATFORM)
    await kept.set(OF_THE_PLATFORM, change(values={"scans.exclude": [name]}))
    try:
        assert await kept.never_looked_at(organization()) == (name,)
        with pytest.raises(InvalidQuestion, match=r"scans\.budget\.minutes: there is no such"):
            await kept.set(OF_THE_PLATFORM, change(values={MINUTES: 5}))
    finally:
        await kept.set(OF_THE_PLATFORM, change(values=before.values, is_whole=True))


DOCUMENT = {
    "mirage": 1,
    "settings": {"scans": {"budget": {"minutes": 9}}},
    "modules": {
        "tcp.connect": {"options": {"ports": [22]}, "pinned": 2},
        "dns.records": {"enabled": False},
    },
}


async def test_a_document_is_what_is_set_and_applying_it_again_changes_nothing(
    store: Store,
) -> None:
    org, wanted = organization(), read_document(DOCUMENT)
    assert await document.written(store, org) == {
        "mirage": 1,
        "settings": {},
        "modules": {},
        "rules": {},
    }
    planned = await document.plan(store, org, wanted, NOW)
    assert planned.changes == (
        Difference("settings.scans.budget.minutes", None, 9),
        Difference("modules.dns.records.enabled", True, False),
        Difference("modules.tcp.connect.options", {}, {"ports": [22]}),
        Difference("modules.tcp.connect.pinned", None, 2),
    )
    assert await document.plan(store, org, wanted, NOW) == planned, "planning changes nothing"
    done = await document.apply(store, org, wanted, applying(digest=planned.digest), NOW)
    assert done == planned
    told = await document.written(store, org)
    assert told["settings"] == DOCUMENT["settings"]
    assert told["modules"] == {
        "dns.records": {"enabled": False, "options": {}},
        "tcp.connect": {"enabled": True, "options": {"ports": [22]}, "pinned": 2},
    }
    assert (await document.plan(store, org, read_document(told), NOW)).changes == ()
    other = read_document({"mirage": 1, "settings": {}})
    with pytest.raises(Conflict, match="what would be changed is not what it was"):
        await document.apply(store, org, other, applying(planned.digest), NOW)
    await document.apply(store, org, read_document({"mirage": 1, "modules": {}}), applying(), NOW)
    told = await document.written(store, org)
    assert told == {"mirage": 1, "settings": DOCUMENT["settings"], "modules": {}, "rules": {}}
    left = (await Settings(store).of(org))["tcp.connect"]
    assert (left.options, left.pinned) == ({}, 0)


def applying(digest: str | None = None) -> Applying:
    return Applying("me", str(uuid.uuid4()), digest=digest)


async def test_a_document_is_applied_whole_or_not_at_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = organization()

    def broken(*_: object) -> Any:
        raise RuntimeError("the process ends")

    monkeypatch.setattr(document, "set_params", broken)
    with pytest.raises(RuntimeError):
        await document.apply(store, org, read_document(DOCUMENT), applying(), NOW)
    assert await Configurations(store).of(org) == Kept()


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (5, "document: an object"),
        ({}, "mirage: 1 is right"),
        ({"mirage": 2}, "mirage: 1 is right"),
        ({"mirage": 1, "setting": {}}, "setting: is settings meant"),
        ({"mirage": 1, "settings": {"scans": {"budget": {"minutes": 0}}}}, r"scans\.budget\.minutes: "),
        ({"mirage": 1, "modules": []}, "modules: an object"),
        ({"mirage": 1, "modules": {"dns.record": {}}}, "there is no module 'dns.record'"),
        ({"mirage": 1, "modules": {"tls.expired": {}}}, "rules can under `rules`"),
        ({"mirage": 1, "modules": {"dns.records": {"on": True}}}, "an object of enabled, options, pinned"),
        ({"mirage": 1, "modules": {"dns.records": {"pinned": 0}}}, r"dns\.records\.pinned: a version from 1"),
        ({"mirage": 1, "modules": {"dns.records": {"pinned": "2"}}}, "a version from 1"),
        ({"mirage": 1, "modules": {"nmap_xml": {"pinned": 1}}}, "only collectors can be pinned"),
        ({"mirage": 1, "modules": {"dns.records": {"enabled": "no"}}}, "true or false"),
        ({"mirage": 1, "modules": {"tcp.connect": {"options": {"prots": []}}}}, "is ports meant"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_document_is_named(written: Any, says: str) -> None:
    with pytest.raises((InvalidQuestion, NotFound), match=says):
        read_document(written)


def test_a_part_that_is_not_there_is_left_as_it_is() -> None:
    assert read_document({"mirage": 1}) == Wanted(None, None)
