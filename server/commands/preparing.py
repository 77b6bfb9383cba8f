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
from graph.store import Store
from server.accounts.naming import email_of, name_of
from server.audit.events import OPERATOR
from server.audit.journal import Audit
from server.auth.firstrun import ADDRESS, ensure_owner, renew_owner_key
from server.auth.keys import hash_of
from server.commands.database import acting
from server.embedded.files import write_whole
from server.settings import OwnerSettings, RoleSettings, StackSettings
from server.vault.keyring import key_service, open_keyring
from server.vault.keys import NoMasterKey, new_keys, save_keys
from server.vault.rotation import versions_in_use

OWNER_KEY = "command.ownerKey"


def prepare(key_file: Path | None) -> int:
    """Bring the schema up to date and make the first master key; with a file, see that it holds the owner's key."""
    settings = RoleSettings()
    known = key_file.read_text(encoding="utf-8").strip() if key_file and key_file.exists() else ""
    made = asyncio.run(_prepare(settings, known, wants_key=key_file is not None))
    if key_file and made:
        write_whole(key_file, f"{made}\n", mode=0o600)
    return 0


def owner_key(settings: StackSettings) -> int:
    """Print a key of the owner: the first one, or a further one."""
    sys.stdout.write(f"{asyncio.run(_new_key(settings))}\n")
    return 0


async def _prepare(settings: RoleSettings, known: str, *, wants_key: bool) -> str | None:
    """Migrate, see to the master keys; give a new key if one is wanted and the known one is of no use here."""
    password = settings.neo4j_password.get_secret_value()
    database = settings.neo4j_database
    async with Store.open(settings.neo4j_uri, settings.neo4j_user, password, database) as store:
        await store.wait_ready()
        await migrate(store)
        await ensure_master_key(settings, store)
        if not wants_key or await _is_known(store, known):
            return None
        audit = Audit(store, open_keyring(settings))
        try:
            async with audit.act(OPERATOR, OWNER_KEY):
                return await _owners_key(store, OwnerSettings())
        finally:
            await audit.aclose()


async def ensure_master_key(settings: RoleSettings, store: Store) -> None:
    """Make the key file where it is named and missing, and nothing is sealed yet. Raises NoMasterKey."""
    file = settings.master_key_file
    if file is None or file.exists():
        return
    if used := sorted(await versions_in_use(store)):
        raise NoMasterKey(
            f"{file} is missing, and values are sealed under master keys of version {', '.join(used)}: restore it from "
            "its backup; if it is lost for good: mirage vault rotate --lost"
        )
    save_keys(file, new_keys(), key_service(settings))


async def _new_key(settings: StackSettings) -> str:
    async with acting(settings, OWNER_KEY) as store:
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
