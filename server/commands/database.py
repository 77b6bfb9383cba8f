"""What operators' commands act on: a database, its master keys and its audit.

They are those that settings name, else those of the stack that runs on this machine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from graph.migrate import migrate
from graph.store import Store
from server.audit.events import OPERATOR, PLATFORM
from server.audit.journal import Act, Audit
from server.commands import attach
from server.embedded.instance import Instance
from server.embedded.neo4j import USER
from server.settings import StackSettings
from server.vault.keyring import Keyring, open_keyring


@asynccontextmanager
async def open_database(settings: StackSettings) -> AsyncIterator[Store]:
    """The database, ready. Raises NotFound where no stack runs, StoreUnavailable."""
    uri, user, password = _address(settings)
    async with Store.open(uri, user, password, settings.neo4j_database) as store:
        await store.wait_ready()
        yield store


@dataclass(frozen=True)
class Tools:
    """What a command works with that is told of in the audit, or uses what is sealed."""

    settings: StackSettings
    store: Store
    keys: Keyring
    audit: Audit

    @asynccontextmanager
    async def acting(
        self, action: str, subject: str = "", org: str = PLATFORM
    ) -> AsyncIterator[Act]:
        """Around what an operator does: two rows in the platform's chain, and in that of the organization concerned."""
        async with AsyncExitStack() as stack:
            act = await stack.enter_async_context(self.audit.act(OPERATOR, action, subject))
            if org != PLATFORM:
                actor = replace(OPERATOR, org=org)
                await stack.enter_async_context(self.audit.act(actor, action, subject))
            yield act


@asynccontextmanager
async def open_tools(settings: StackSettings) -> AsyncIterator[Tools]:
    """The database with its schema up to date, keys and audit. Raises NotFound, StoreUnavailable, NoMasterKey."""
    keys = open_keyring(with_key_file(settings))
    async with open_database(settings) as store:
        await migrate(store)
        audit = Audit(store, keys)
        try:
            yield Tools(settings, store, keys, audit)
        finally:
            await audit.aclose()


@asynccontextmanager
async def acting(settings: StackSettings, action: str, subject: str = "") -> AsyncIterator[Store]:
    """The database, around what an operator does with it; it is told in the platform's chain of the audit."""
    async with open_tools(settings) as tools, tools.acting(action, subject):
        yield tools.store


def with_key_file(settings: StackSettings) -> StackSettings:
    """The settings with the key file of the stack on this machine, where none is given."""
    if settings.master_key_file is not None or settings.master_keys.get_secret_value():
        return settings
    return settings.model_copy(update={"master_key_file": _instance(settings).master_key_file})


def evidence_folder(settings: StackSettings) -> Path:
    """Where raw answers lie."""
    if settings.evidence_folder is not None:
        return settings.evidence_folder
    return _instance(settings).evidence_folder


def master_key_file(settings: StackSettings) -> Path:
    """Where the master keys lie."""
    if settings.master_key_file is not None:
        return settings.master_key_file
    return _instance(settings).master_key_file


def link_base(settings: StackSettings) -> str:
    """What links begin with that people open; empty where no address is known."""
    if settings.public_url:
        return settings.public_url
    instance = _instance(settings)
    if not instance.is_locked():
        return ""
    address = urlsplit(attach.running_state(instance).addresses["graphql"])
    return f"{address.scheme}://{address.netloc}"


def _address(settings: StackSettings) -> tuple[str, str, str]:
    if settings.neo4j_uri:
        return (
            settings.neo4j_uri,
            settings.neo4j_user,
            settings.neo4j_password.get_secret_value(),
        )
    instance = attach.running_instance(settings)
    password = (instance.neo4j_folder / "password").read_text(encoding="utf-8").strip()
    return attach.running_state(instance).addresses["bolt"], USER, password


def _instance(settings: StackSettings) -> Instance:
    """The stack that runs, else the one of real use."""
    found = attach.instances(settings)
    return next((instance for instance in found if instance.is_locked()), found[0])
