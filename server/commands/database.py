"""The database that operators' commands act on: a given one, else that of the stack that runs on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from graph.store import Store
from server.commands import attach
from server.embedded.instance import Instance
from server.embedded.neo4j import USER
from server.settings import StackSettings


@asynccontextmanager
async def open_database(settings: StackSettings) -> AsyncIterator[Store]:
    """The database, ready. Raises NotFound where no stack runs, StoreUnavailable."""
    uri, user, password = _address(settings)
    async with Store.open(uri, user, password, settings.neo4j_database) as store:
        await store.wait_ready()
        yield store


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
