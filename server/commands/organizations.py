"""`mirage org …`: organizations, for whoever operates the installation."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO

from collectors._kit.evidence import NO_ROOM, DirectoryEvidence
from graph.errors import Conflict, NotFound, StorageFull
from graph.queries.hold import HoldRow
from graph.queries.organization import (
    LIST_ORGANIZATIONS,
    OrganizationPageParams,
    OrganizationRow,
)
from graph.store import Store
from server.accounts import holds, organizations, users
from server.accounts.acting import Actor
from server.accounts.export import export as lines_of
from server.accounts.purge import purge as purge_one
from server.accounts.purge import purge_due
from server.accounts.tokens import Links
from server.commands.database import (
    acting,
    evidence_folder,
    link_base,
    open_database,
    open_tools,
)
from server.commands.listing import print_one, print_rows
from server.settings import StackSettings

PAGE = 500

Change = Callable[[Store, str], Awaitable[object]]


def show(settings: StackSettings, *, as_json: bool) -> int:
    """List all of them."""

    async def run() -> list[dict[str, Any]]:
        async with open_database(settings) as store:
            return [_row(each) async for each in all_organizations(store)]

    print_rows(asyncio.run(run()), "organizations", as_json=as_json)
    return 0


def add(settings: StackSettings, name: str, owner: str, *, as_json: bool) -> int:
    """Make one, and its owner where there is no such user."""

    async def run() -> dict[str, Any]:
        async with acting(settings, "organization.add", name) as store:
            made = await users.add(store, owner)
            org = await organizations.create(store, name, owner)
            row = _row(await organizations.get(store, org))
            if made.is_new:
                token = await users.allow_reset(store, owner)
                row["password_link"] = Links(link_base(settings)).password(token)
            return row

    print_one(asyncio.run(run()), as_json=as_json)
    return 0


def rename(settings: StackSettings, org: str, name: str, *, as_json: bool) -> int:
    """Call one something else."""

    async def change(store: Store, found: str) -> None:
        await organizations.rename(store, Actor.operator(found), name)

    return _changed(settings, "organization.rename", org, change, as_json=as_json)


def suspend(settings: StackSettings, org: str, *, as_json: bool) -> int:
    """Close one."""
    change = organizations.suspend
    return _changed(settings, "organization.suspend", org, change, as_json=as_json)


def restore(settings: StackSettings, org: str, *, as_json: bool) -> int:
    """Open one again."""
    change = organizations.restore
    return _changed(settings, "organization.restore", org, change, as_json=as_json)


def delete(settings: StackSettings, org: str, *, as_json: bool) -> int:
    """Close one, and have it removed after the grace period."""

    async def change(store: Store, found: str) -> None:
        name = (await organizations.get(store, found)).name
        await organizations.delete(store, Actor.operator(found), name)

    return _changed(settings, "organization.delete", org, change, as_json=as_json)


def purge(settings: StackSettings, org: str, *, as_json: bool) -> int:
    """Remove one, or all whose grace period is over."""

    async def run() -> list[str]:
        evidence = DirectoryEvidence(evidence_folder(settings))
        async with acting(settings, "organization.purge", org) as store:
            if not org:
                return await purge_due(store, evidence)
            await purge_one(store, evidence, org)
            return [org]

    print_rows([{"id": each} for each in asyncio.run(run())], "removed", as_json=as_json)
    return 0


def hold(settings: StackSettings, org: str, reason: str, *, as_json: bool) -> int:
    """Set a legal hold on one."""

    async def change(store: Store, found: str) -> HoldRow:
        return await holds.place(store, Actor.operator(found), reason, str(uuid.uuid4()))

    return _held(settings, "organization.hold", org, change, as_json=as_json)


def lift(settings: StackSettings, org: str, hold_id: str, reason: str, *, as_json: bool) -> int:
    """Lift a legal hold of one."""

    async def change(store: Store, found: str) -> HoldRow:
        return await holds.lift(store, Actor.operator(found), hold_id, reason)

    return _held(settings, "organization.liftHold", org, change, as_json=as_json)


def _held(
    settings: StackSettings,
    action: str,
    org: str,
    change: Callable[[Store, str], Awaitable[HoldRow]],
    *,
    as_json: bool,
) -> int:
    async def run() -> dict[str, Any]:
        async with open_tools(settings) as tools:
            found = await find(tools.store, org)
            async with tools.acting(action, found, found) as act:
                row = await change(tools.store, found)
                act.details.update({"hold": row.id, "reason": row.lift_reason or row.reason})
            return row.model_dump()

    print_one(asyncio.run(run()), as_json=as_json)
    return 0


def export(settings: StackSettings, org: str, output: Path | None) -> int:
    """Write everything of one; a file is there when it is whole, and only its owner may read it."""

    async def run(target: BinaryIO) -> None:
        async with open_tools(settings) as tools:
            found = await find(tools.store, org)
            async with tools.acting("organization.export", found, found):
                async for line in lines_of(tools.store, found):
                    target.write(line)

    if output is None:
        asyncio.run(run(sys.stdout.buffer))
        return 0
    partial = output.with_name(f"{output.name}.part")
    try:
        partial.touch(mode=0o600)
        with partial.open("wb") as file:
            asyncio.run(run(file))
        partial.replace(output)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise StorageFull(f"no room is left for {output}") from error
    finally:
        partial.unlink(missing_ok=True)
    return 0


async def all_organizations(store: Store) -> AsyncIterator[OrganizationRow]:
    """Every organization, by id."""
    behind = ""
    while True:
        params = OrganizationPageParams(behind=behind, limit=PAGE)
        rows = await store.fetch(LIST_ORGANIZATIONS.bind(params))
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        behind = rows[-1].id


async def find(store: Store, text: str) -> str:
    """The id of the organization with this id or name. Raises NotFound, Conflict where several have the name."""
    found = [each.id async for each in all_organizations(store) if text in (each.id, each.name)]
    if text in found:
        return text
    if not found:
        raise NotFound(f"there is no organization {text}; `mirage org list` tells which there are")
    if len(found) > 1:
        raise Conflict(f"several organizations are called {text}; give the id")
    return found[0]


def _changed(
    settings: StackSettings, action: str, org: str, change: Change, *, as_json: bool
) -> int:
    async def run() -> dict[str, Any]:
        async with open_tools(settings) as tools:
            found = await find(tools.store, org)
            async with tools.acting(action, found, found):
                await change(tools.store, found)
            return _row(await organizations.get(tools.store, found))

    print_one(asyncio.run(run()), as_json=as_json)
    return 0


def _row(found: OrganizationRow) -> dict[str, Any]:
    """An organization as it is shown."""
    purged_after = found.deleted_at + organizations.GRACE if found.deleted_at else None
    return {
        "id": found.id,
        "name": found.name,
        "owner": found.owner,
        "members": found.members,
        "created_at": found.created_at,
        "suspended_at": found.suspended_at,
        "deleted_at": found.deleted_at,
        "purged_after": purged_after,
    }
