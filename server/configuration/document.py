"""An organization's configuration as one document, for those who keep it in a file.

    mirage: 1
    settings: {scans: {budget: {minutes: 120}, exclude: [orrery.example]}}
    modules: {dns.records: {enabled: false, options: {}}, tcp.connect: {pinned: 2}}
    rules: {tls.expiring: {parameters: {notice: P60D}}}

A part that is there is all of it: what it does not name goes back to what it was before anybody set it. A part that is
not there is left as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from collectors._kit.manifest import CollectorManifest
from graph.correlate.keeping import Change as RuleChange
from graph.correlate.keeping import Decide, Keeper, State
from graph.correlate.keeping import set_within as set_rule_within
from graph.errors import Conflict, InvalidQuestion, NotPermitted
from graph.queries import module as module_queries
from graph.queries.catalog import Bound
from graph.queries.rule import LIST_SETTINGS, OrgParams, SettingRow
from graph.store import Store, Transaction
from server.configuration import ruling
from server.configuration.declared import Reach, Values, checked, flat, nested
from server.configuration.kept import (
    Change,
    Configurations,
    Difference,
    differences,
    lock,
    set_within,
)
from server.modules import catalog
from server.modules.naming import meant
from server.modules.settings import UNSET, Setting, Settings, check_options, read, set_params
from server.modules.settings import Change as ModuleChange

FORMAT = 1
PARTS = ("mirage", "settings", "modules", ruling.PART)
_OF_A_MODULE = ("enabled", "options", "pinned")


@dataclass(frozen=True)
class Wanted:
    """What a document says; None for a part that it does not have."""

    settings: Values | None = None
    modules: Mapping[str, Setting] | None = None
    rules: ruling.States | None = None


@dataclass(frozen=True)
class Applying:
    """Who applies a document, and why. `digest` is that of the plan that was seen; None whatever would change.

    `name` is equal for the same application made again.
    """

    by: str
    name: str
    reason: str = ""
    digest: str | None = None
    may_set_rules: bool = False


@dataclass(frozen=True)
class Plan:
    """What a document would change, and from which version of the settings."""

    number: int
    changes: tuple[Difference, ...]

    @property
    def changes_rules(self) -> bool:
        """Whether any rule would be set."""
        return any(each.place.startswith(f"{ruling.PART}.") for each in self.changes)

    @property
    def digest(self) -> str:
        """Equal for plans that change the same in the same way."""
        told = [[each.place, each.before, each.after] for each in self.changes]
        return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


async def written(store: Store, org: str) -> dict[str, Any]:
    """The document of an organization as it is set now."""
    values = (await Configurations(store).of(org)).values
    modules = await Settings(store).of(org)
    rules = ruling.states(await store.fetch(_rules_of(org)))
    return {
        "mirage": FORMAT,
        "settings": nested(values),
        "modules": {name: _told(each) for name, each in modules.items() if not _is_usual(each)},
        "rules": {name: ruling.told(each) for name, each in rules.items()},
    }


def read_document(given: object) -> Wanted:
    """What a document says.

    Raises InvalidQuestion, InvalidOption or InvalidRule naming the place, and NotFound for a module.
    """
    if not isinstance(given, dict):
        raise InvalidQuestion(
            "document: an object with `mirage: 1`, `settings`, `modules` and `rules` is right"
        )
    for part in given:
        if part not in PARTS:
            raise InvalidQuestion(
                f"{str(part)[:100]}: {meant(str(part), PARTS, 'there is no such part')}"
            )
    if given.get("mirage") != FORMAT:
        raise InvalidQuestion(f"mirage: {FORMAT} is right, for the form of the document")
    settings = given.get("settings")
    return Wanted(
        None
        if settings is None
        else checked(Reach.ORGANIZATION, flat(Reach.ORGANIZATION, settings)),
        None if given.get("modules") is None else dict(_modules(given["modules"])),
        None if given.get("rules") is None else ruling.read_part(given["rules"]),
    )


def _modules(given: object) -> Iterator[tuple[str, Setting]]:
    if not isinstance(given, dict):
        raise InvalidQuestion("modules: an object of modules by their ids is right")
    for name, said in given.items():
        place = f"modules.{str(name)[:100]}"
        manifest = catalog.get(str(name)).manifest
        if manifest is None:
            raise InvalidQuestion(
                f"{place}: it is no collector or importer, which can be set here; rules can under `rules`"
            )
        if not isinstance(said, dict) or not set(said) <= set(_OF_A_MODULE):
            raise InvalidQuestion(f"{place}: an object of {', '.join(_OF_A_MODULE)} is right")
        is_enabled = said.get("enabled", True)
        if not isinstance(is_enabled, bool):
            raise InvalidQuestion(f"{place}.enabled: true or false is right")
        options = check_options(manifest, said.get("options", {}))
        yield str(name), Setting(is_enabled, options, pinned=_pinned(place, manifest, said))


def _pinned(place: str, manifest: CollectorManifest, said: Mapping[str, object]) -> int:
    """The version to which a module is pinned; 0 for any."""
    pinned = said.get("pinned")
    if pinned is None:
        return 0
    if manifest.kind != "collector":
        raise InvalidQuestion(f"{place}.pinned: only collectors can be pinned")
    if not isinstance(pinned, int) or isinstance(pinned, bool) or pinned < 1:
        raise InvalidQuestion(f"{place}.pinned: a version from 1 on is right")
    return pinned


async def plan(store: Store, org: str, wanted: Wanted, now: datetime) -> Plan:
    """What applying a document would change now. Raises InvalidQuestion for a rule that the database cannot plan."""
    kept = await Configurations(store).of(org)
    modules = await Settings(store).of(org)
    rules = ruling.states(await store.fetch(_rules_of(org)))
    await ruling.check_texts(store, org, ruling.changed(rules, wanted.rules), now)
    return Plan(kept.number, tuple(_changes(kept.values, modules, rules, wanted)))


async def apply(store: Store, org: str, wanted: Wanted, applying: Applying, now: datetime) -> Plan:
    """Change what a document says, all of it or nothing; what was changed.

    Raises Conflict where the plan is not the one that was seen, unless there is nothing left to change; NotPermitted
    where rules would be changed by whom they may not be.
    """
    await plan(store, org, wanted, now)  # what cannot be planned is not kept
    keeper = Keeper(store, org, now)
    planned, _ = await store.transact(lambda tx: _apply(tx, keeper, wanted, applying))
    return planned


async def _apply(tx: Transaction, keeper: Keeper, wanted: Wanted, applying: Applying) -> Plan:
    org = keeper.org
    kept = await lock(tx, org)  # whoever applies another document waits
    params = module_queries.OrgParams(org=org)
    modules = read(await tx.fetch(module_queries.LIST_SETTINGS.bind(params)))
    rules = ruling.states(await tx.fetch(_rules_of(org)))
    planned = Plan(kept.number, tuple(_changes(kept.values, modules, rules, wanted)))
    if not planned.changes:
        return planned  # also where it was applied before, and only the answer did not arrive
    if applying.digest not in (None, planned.digest):
        raise Conflict(
            "plan: what would be changed is not what it was then; `planConfiguration` tells what would be changed now"
        )
    if planned.changes_rules and not applying.may_set_rules:
        raise NotPermitted("rules: changing them needs EDIT_RULES, and the clearance for all")
    if wanted.settings is not None:
        whole = Change(
            applying.by, applying.name, wanted.settings, reason=applying.reason, is_whole=True
        )
        await set_within(tx, org, whole)
    for name, (_, after) in _modules_changed(modules, wanted).items():
        change = ModuleChange(
            after.is_enabled, after.options, applying.by, applying.name, after.pinned
        )
        await tx.fetch(module_queries.UPSERT_SETTING.bind(set_params(org, name, change)))
    await _set_rules(tx, keeper, ruling.changed(rules, wanted.rules), applying)
    return planned


async def _set_rules(
    tx: Transaction,
    keeper: Keeper,
    changes: Mapping[str, tuple[State, State]],
    applying: Applying,
) -> None:
    """Set rules, those that go first: there is a most number of them."""
    change = RuleChange(applying.by, applying.name, applying.reason)
    for name, (_, after) in sorted(changes.items(), key=lambda each: each[1][1].text is not None):
        await set_rule_within(tx, keeper, name, change, _always(after))


def _always(after: State) -> Decide:
    return lambda _: after


def _rules_of(org: str) -> Bound[SettingRow]:
    return LIST_SETTINGS.bind(OrgParams(org=org))


def _changes(
    settings: Values, modules: Mapping[str, Setting], rules: ruling.States, wanted: Wanted
) -> Iterator[Difference]:
    if wanted.settings is not None:
        for each in differences(settings, wanted.settings):
            yield Difference(f"settings.{each.place}", each.before, each.after)
    for name, (old, new) in _modules_changed(modules, wanted).items():
        for part in _OF_A_MODULE:
            before, after = _told(old).get(part), _told(new).get(part)
            if before != after:
                yield Difference(f"modules.{name}.{part}", before, after)
    yield from ruling.differences(ruling.changed(rules, wanted.rules))


def _modules_changed(
    now: Mapping[str, Setting], wanted: Wanted
) -> dict[str, tuple[Setting, Setting]]:
    """How each module that would change is set now, and would be."""
    if wanted.modules is None:
        return {}
    both = {
        name: (now.get(name, UNSET), wanted.modules.get(name, UNSET))
        for name in sorted({*now, *wanted.modules})
    }
    return {name: (old, new) for name, (old, new) in both.items() if _told(old) != _told(new)}


def _told(setting: Setting) -> dict[str, Any]:
    pin = {"pinned": setting.pinned} if setting.pinned else {}
    return {"enabled": setting.is_enabled, "options": dict(setting.options), **pin}


def _is_usual(setting: Setting) -> bool:
    return _told(setting) == _told(UNSET)
