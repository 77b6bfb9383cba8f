"""`mirage key …`: API keys of any user, for whoever operates the installation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.queries.account import (
    FIND_KEY,
    LIST_KEYS,
    FindKeyParams,
    KeyPageParams,
    ListedKeyRow,
)
from graph.store import Store
from server.accounts import keys, users
from server.accounts.acting import Actor
from server.auth.policy import Permission
from server.commands.database import open_database, open_tools
from server.commands.listing import print_one, print_rows
from server.commands.organizations import all_organizations, find
from server.settings import StackSettings

PAGE = 500


@dataclass(frozen=True)
class NewKey:
    """A key as it is asked for: `org` may be empty where the user belongs to one; `days` until it ends."""

    email: str
    org: str
    name: str
    scopes: Sequence[str] | None
    clearance: str | None
    days: int | None


def show(settings: StackSettings, org: str, email: str, *, as_json: bool) -> int:
    """List those of an organization or of all, of a user or of all."""

    async def run() -> list[dict[str, Any]]:
        async with open_database(settings) as store:
            user = (await users.get(store, email)).id if email else None
            orgs = (
                [await find(store, org)]
                if org
                else [each.id async for each in all_organizations(store)]
            )
            return [row for each in orgs for row in await _keys_of(store, each, user)]

    print_rows(asyncio.run(run()), "keys", as_json=as_json)
    return 0


def add(settings: StackSettings, wanted: NewKey, *, as_json: bool) -> int:
    """Make one and print it."""
    ends = datetime.now(UTC) + timedelta(days=wanted.days) if wanted.days else None
    asked = keys.Wanted(wanted.name, _permissions(wanted.scopes), wanted.clearance, ends)

    async def run() -> keys.Made:
        async with open_tools(settings) as tools:
            store = tools.store
            user = await users.get(store, wanted.email)
            org = await find(store, wanted.org) if wanted.org else _only(user.organizations)
            async with tools.acting("key.add", user.id, org) as act:
                made = await keys.create_for(store, Actor.operator(org), user.id, asked)
                act.details["key"] = made.key.id
            return made

    return _print_made(asyncio.run(run()), as_json=as_json)


def revoke(settings: StackSettings, key: str, *, as_json: bool) -> int:
    """End one at once."""

    async def run() -> dict[str, Any]:
        async with open_tools(settings) as tools:
            found = await _find(tools.store, key)
            actor = Actor.operator(found.org)
            async with tools.acting("key.revoke", found.id, found.org):
                await keys.revoke(tools.store, actor, found.id, of_others=True)
            return _row(await _find(tools.store, found.id))

    print_one(asyncio.run(run()), as_json=as_json)
    return 0


def rotate(settings: StackSettings, key: str, overlap_hours: int, *, as_json: bool) -> int:
    """Put a new one in the place of one and print it."""

    async def run() -> keys.Made:
        async with open_tools(settings) as tools:
            found = await _find(tools.store, key)
            overlap, actor = timedelta(hours=overlap_hours), Actor.operator(found.org)
            async with tools.acting("key.rotate", found.id, found.org):
                return await keys.rotate(tools.store, actor, found.id, overlap)

    return _print_made(asyncio.run(run()), as_json=as_json)


async def _keys_of(store: Store, org: str, user: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    behind: tuple[datetime | None, str] = (None, "")
    while True:
        params = KeyPageParams(
            org=org, user=user, behind=behind[0], behind_id=behind[1], limit=PAGE
        )
        rows = await store.fetch(LIST_KEYS.bind(params))
        found += [_row(row) for row in rows]
        if len(rows) < PAGE:
            return found
        behind = rows[-1].created_at, rows[-1].id


async def _find(store: Store, key: str) -> ListedKeyRow:
    """A key by its id or prefix, of any organization. Raises NotFound, Conflict."""
    wanted = key.removeprefix("mk_").partition("_")[0]
    rows = await store.fetch(FIND_KEY.bind(FindKeyParams(org=None, id=wanted, user=None)))
    if not rows:
        raise NotFound(f"there is no key {wanted}; `mirage key list` tells which there are")
    if len(rows) > 1:
        raise Conflict(f"several keys begin with mk_{wanted}; give the id")
    return rows[0]


def _only(organizations: Sequence[Any]) -> str:
    if len(organizations) != 1:
        raise InvalidQuestion("--org: the user does not belong to exactly one; say which")
    return str(organizations[0].id)


def _permissions(scopes: Sequence[str] | None) -> list[Permission] | None:
    """The permissions by these names. Raises InvalidQuestion."""
    if not scopes:
        return None
    unknown = [each for each in scopes if each not in Permission.__members__]
    if unknown:
        known = ", ".join(Permission.__members__)
        raise InvalidQuestion(f"--scope: {unknown[0]} is none of {known}")
    return [Permission(each) for each in scopes]


def _print_made(made: keys.Made, *, as_json: bool) -> int:
    print_one({**_row(made.key), "key": made.text}, as_json=as_json)
    return 0


def _row(found: ListedKeyRow) -> dict[str, Any]:
    """A key as it is shown."""
    return {
        "id": found.id,
        "prefix": found.prefix,
        "name": found.name,
        "user": found.email,
        "organization": found.org,
        "scopes": found.scopes,
        "clearance": found.clearance,
        "expires_at": found.expires_at,
        "revoked_at": found.revoked_at,
        "used_at": found.used_at,
    }
