"""`mirage user …`: users, for whoever operates the installation."""

from __future__ import annotations

import asyncio
from typing import Any

from graph.queries.account import LIST_USERS, UserPageParams, UserRow
from server.accounts import users
from server.accounts.tokens import Links
from server.commands.database import acting, link_base, open_database
from server.commands.listing import print_one, print_rows
from server.settings import StackSettings

PAGE = 500


def show(settings: StackSettings, *, as_json: bool) -> int:
    """List all of them."""

    async def run() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        behind = ""
        async with open_database(settings) as store:
            while True:
                params = UserPageParams(behind=behind, limit=PAGE)
                rows = await store.fetch(LIST_USERS.bind(params))
                found += [_row(row) for row in rows]
                if len(rows) < PAGE:
                    return found
                behind = rows[-1].email

    print_rows(asyncio.run(run()), "users", as_json=as_json)
    return 0


def add(
    settings: StackSettings, email: str, name: str | None, *, is_platform_admin: bool, as_json: bool
) -> int:
    """Make one; a new one gets a link to set a password."""

    async def run() -> dict[str, Any]:
        async with acting(settings, "user.add", email) as store:
            made = await users.add(store, email, name, is_platform_admin=is_platform_admin)
            row = _row(await users.get(store, email)) | {"is_new": made.is_new}
            if made.is_new:
                token = await users.allow_reset(store, email)
                row["password_link"] = Links(link_base(settings)).password(token)
            return row

    print_one(asyncio.run(run()), as_json=as_json)
    return 0


def suspend(settings: StackSettings, email: str, *, is_suspended: bool, as_json: bool) -> int:
    """Keep one out, or end that."""

    async def run() -> dict[str, Any]:
        action = "user.suspend" if is_suspended else "user.restore"
        async with acting(settings, action, email) as store:
            return _row(await users.suspend(store, email, is_suspended=is_suspended))

    print_one(asyncio.run(run()), as_json=as_json)
    return 0


def reset(settings: StackSettings, email: str, *, as_json: bool) -> int:
    """Print a link to set a password."""

    async def run() -> str:
        async with acting(settings, "user.passwd", email) as store:
            token = await users.allow_reset(store, email)
            return Links(link_base(settings)).password(token)

    print_one({"password_link": asyncio.run(run())}, as_json=as_json)
    return 0


def _row(found: UserRow) -> dict[str, Any]:
    """A user as it is shown."""
    return {
        "email": found.email,
        "name": found.name,
        "organizations": [f"{each.name} ({each.role})" for each in found.organizations],
        "is_platform_admin": found.is_platform_admin,
        "created_at": found.created_at,
        "suspended_at": found.suspended_at,
    }
