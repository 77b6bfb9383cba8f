"""`mirage audit`, `mirage secret` and `mirage vault`: looking after what is kept, and what is kept secret."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

import typer

from graph.errors import Conflict, InvalidQuestion
from server.audit.verifying import Verdict, verify
from server.commands import documents
from server.commands.answers import endpoint
from server.commands.console import err, out
from server.commands.database import Tools, open_database, open_tools, with_key_file
from server.commands.listing import print_one, print_rows
from server.settings import StackSettings
from server.vault.envelope import MasterKeys
from server.vault.keyring import LOOK_EVERY_S, key_service
from server.vault.keys import NoMasterKey, load_keys, new_keys, save_keys, with_new, without
from server.vault.rotation import Resealed, reseal, versions_in_use

NOTICED_S = LOOK_EVERY_S + 2


def verify_audit(settings: StackSettings, org: str | None, *, as_json: bool) -> int:
    """Look at every chain, or at one; exit code 1 if one is broken."""
    found = asyncio.run(_verify(settings, org))
    if as_json:
        out.print_json(json.dumps([asdict(each) for each in found]))
    else:
        for each in found:
            out.print(_told(each), markup=False)
    if org is not None and not found:
        err.print(f"there is no chain of {org!r}")
    return 1 if any(each.problem for each in found) else 0


async def _verify(settings: StackSettings, org: str | None) -> list[Verdict]:
    async with open_tools(settings) as tools, tools.acting("audit.verify", org or ""):
        return await verify(tools.store, tools.keys, org)


def _told(verdict: Verdict) -> str:
    name = verdict.org or "platform"
    if verdict.problem:
        return f"{name}: BROKEN: {verdict.problem}"
    return f"{name}: {verdict.rows} rows, whole; the last is {verdict.last} ({verdict.hash})"


def set_secret(settings: StackSettings, source: str, name: str, expires_at: str | None) -> int:
    """Set a secret to what is typed, or comes on the standard input: arguments are seen by everybody on a machine."""
    where = endpoint(settings)
    value = typed(f"{source} {name}")
    variables = {"source": source, "name": name, "value": value, "expiresAt": expires_at}
    payload = where.change(documents.SET_SECRET, variables)
    out.print(f"{source} {name} is set (version {payload['secret']['version']})")
    return 0


def typed(what: str) -> str:
    """What is typed without being shown, or comes on the standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True, err=True))
    return sys.stdin.read().rstrip("\r\n")


def list_needed(settings: StackSettings, *, as_json: bool) -> int:
    """List the secrets that collectors need, and which of them each would make usable."""
    found = endpoint(settings).ask(documents.NEEDED_SECRETS)["neededSecrets"]
    if as_json:
        print_one({"needed": found}, as_json=True)
        return 0
    rows = [
        {
            "source": each["source"],
            "name": each["name"],
            "set": each["isSet"],
            "used_by": _named(each["usedBy"]),
            "would_unlock": _named(each["unlocks"]),
            "asks_about": each["asksAbout"],
            "answers": each["answers"],
            "docs": each["docs"],
        }
        for each in found
    ]
    print_rows(rows, "needed secrets", as_json=False)
    return 0


def _named(modules: list[dict[str, str]]) -> list[str]:
    return [f"{each['id']} ({each['activity']})" for each in modules]


def remove_secret(settings: StackSettings, source: str, name: str) -> int:
    """Remove a secret; exit code 1 if there was none."""
    given = {"source": source, "name": name}
    payload = endpoint(settings).change(documents.REMOVE_SECRET, given)
    out.print(
        f"{source} {name} is removed" if payload["wasSet"] else f"{source} {name} was not set"
    )
    return 0 if payload["wasSet"] else 1


def rotate(settings: StackSettings, *, is_lost: bool) -> int:
    """Make a new master key and put everything that is sealed under it; exit code 1 if something could not be."""
    settings = with_key_file(settings)
    if is_lost:
        asyncio.run(_begin_anew(settings))
    told = asyncio.run(_rotate(settings, makes_new=not is_lost))
    for label, count in sorted((+told.done).items()):
        out.print(f"{count} of {label} are under the new key now")
    for problem in told.broken:
        out.print(f"not done: {problem}", markup=False)
    return 1 if told.broken else 0


def drop(settings: StackSettings, version: str) -> int:
    """Take an old master key out of the file; refused while something is sealed under it."""
    settings = with_key_file(settings)
    asyncio.run(_drop(settings, version))
    out.print(f"the master key of version {version} is gone from {settings.master_key_file}")
    return 0


async def _begin_anew(settings: StackSettings) -> None:
    """A key file with a new key, where the old one is lost: what is sealed under older ones stays closed."""
    file = _file_of(settings)
    if file.exists():
        raise Conflict(f"{file} is there; without --lost it is used, and what it seals stays open")
    async with open_database(settings) as store:
        used = await versions_in_use(store)
    numbers = [int(each) for each in used if each.isdecimal()]
    save_keys(file, new_keys(str(max(numbers, default=0) + 1)), key_service(settings))


async def _rotate(settings: StackSettings, *, makes_new: bool) -> Resealed:
    async with open_tools(settings) as tools:
        before = tools.keys.current
        async with tools.acting("vault.rotate") as act:
            act.details["from"] = before
            keys = _renew(settings, tools) if makes_new else tools.keys.now()
            act.details["to"] = keys.current
            told = await reseal(tools.store, keys)
            if makes_new:
                err.print(
                    f"waiting {NOTICED_S:.0f} s, until every process has noticed the new key …"
                )
                await asyncio.sleep(NOTICED_S)
                again = await reseal(tools.store, keys)
                again.done.update(told.done)
                told = again
    _tell_versions(keys, told)
    return told


def _renew(settings: StackSettings, tools: Tools) -> MasterKeys:
    """A new key in the file; where keys come from the environment, it is for the operator to add one there."""
    if settings.master_key_file is None:
        return tools.keys.now()
    service = key_service(settings)
    keys = with_new(load_keys(settings.master_key_file, service))
    save_keys(settings.master_key_file, keys, service)
    return keys


def _tell_versions(keys: MasterKeys, told: Resealed) -> None:
    for version in sorted({*keys.keys, *told.in_use}):
        count = told.in_use[version]
        if version == keys.current:
            out.print(f"master key {version}: current, seals {count}")
        elif count:
            here = "" if version in keys.keys else ", and is not here"
            out.print(f"master key {version}: still needed, seals {count}{here}")
        else:
            out.print(f"master key {version}: nothing uses it; mirage vault drop {version}")


async def _drop(settings: StackSettings, version: str) -> None:
    file, service = _file_of(settings), key_service(settings)
    async with open_tools(settings) as tools:
        keys = load_keys(file, service)
        if version not in keys.keys:
            raise InvalidQuestion(
                f"there is no master key of version {version}: {', '.join(sorted(keys.keys))}"
            )
        if version == keys.current:
            raise Conflict(f"{version} is the current master key; rotate first")
        if used := (await versions_in_use(tools.store))[version]:
            raise Conflict(f"{used} values are sealed under {version}; rotate first")
        async with tools.acting("vault.drop", version):
            save_keys(file, without(keys, version), service)


def _file_of(settings: StackSettings) -> Path:
    if settings.master_key_file is None:
        raise NoMasterKey("the master keys are in no file of ours: change MIRAGE_MASTER_KEYS")
    return settings.master_key_file
