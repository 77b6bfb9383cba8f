"""`mirage prepare` and `owner-key`: what a database needs before the roles use it.

Both may be run at any time and by several processes at once.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from graph.migrate import migrate
from graph.queries.account import GET_KEY, KeyParams
from graph.queries.auth_keys import COUNT_SEALED, NoParams
from graph.store import Store
from server.accounts.naming import email_of, name_of
from server.auth.firstrun import ADDRESS, ensure_owner, renew_owner_key
from server.auth.keys import hash_of
from server.commands.database import open_database
from server.embedded.files import write_whole
from server.settings import OwnerSettings, RoleSettings, StackSettings
from server.vault.keys import NoMasterKey, new_keys, save_keys


def prepare(key_file: Path | None) -> int:
    """Bring the schema up to date and see to the master keys; with a file, make sure it holds a key of the owner."""
    known = key_file.read_text(encoding="utf-8").strip() if key_file and key_file.exists() else ""
    settings = RoleSettings()
    masters = settings.master_key_file
    wanted = masters if masters and not masters.exists() else None
    made = asyncio.run(_prepare(settings, known, wanted, wants_key=key_file is not None))
    if key_file and made:
        write_whole(key_file, f"{made}\n", mode=0o600)
    return 0


def owner_key(settings: StackSettings) -> int:
    """Print a key of the owner: the first one, or a further one."""
    sys.stdout.write(f"{asyncio.run(_new_key(settings))}\n")
    return 0


async def _prepare(
    settings: RoleSettings, known: str, wanted: Path | None, *, wants_key: bool
) -> str | None:
    """Migrate, make the `wanted` master keys; give a new key if one is wanted and the known one is of no use here."""
    password = settings.neo4j_password.get_secret_value()
    database = settings.neo4j_database
    async with Store.open(settings.neo4j_uri, settings.neo4j_user, password, database) as store:
        await store.wait_ready()
        await migrate(store)
        if wanted is not None:
            await _make_masters(store, wanted)
        if not wants_key or await _is_known(store, known):
            return None
        return await _owners_key(store, OwnerSettings())


async def _make_masters(store: Store, file: Path) -> None:
    """Make the file with the master keys. Raises NoMasterKey.

    Not where something is sealed already: then the file was lost, and a new one would only hide that.
    """
    row = await store.fetch_one(COUNT_SEALED.bind(NoParams()))
    if row is not None and row.sealed:
        raise NoMasterKey(
            f"the file of the master keys is not there: {file}; restore it from its backup: without it nothing that "
            "is sealed can be opened"
        )
    save_keys(file, new_keys())


async def _new_key(settings: StackSettings) -> str:
    async with open_database(settings) as store:
        await migrate(store)
        return await _owners_key(store, OwnerSettings())


async def _owners_key(store: Store, settings: OwnerSettings) -> str:
    """A key of the owner, who is made now if there is none yet. Raises InvalidQuestion, Refused for their names."""
    email = settings.owner_email
    if email != ADDRESS:
        email = email_of(email)
    organization = name_of(settings.organization, "MIRAGE_ORGANIZATION")
    return await ensure_owner(store, email, organization) or await renew_owner_key(store)


async def _is_known(store: Store, key: str) -> bool:
    asked = KeyParams(hash=hash_of(key), now=datetime.now(UTC))
    return await store.fetch_one(GET_KEY.bind(asked)) is not None
