"""The Neo4j and Redis that a part measures on: those given by the environment, else embedded ones of its own.

Own ones are those of `mirage up`, with data in a temporary folder that goes at the end.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graph.migrate import migrate
from graph.store import Store
from server.embedded.instance import Instance
from server.embedded.neo4j import USER
from server.embedded.ports import remembered_ports
from server.embedded.process import running
from server.embedded.stack import PORT_NAMES, Shape, Stack, fetch_jars, missing_jars
from server.settings import StackSettings
from server.vault.keys import new_keys, write_keys

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Servers:
    """Where they are, how to log in, and a folder for whatever a part leaves while it runs."""

    neo4j_uri: str
    neo4j_user: str
    neo4j_password: str
    redis_url: str
    master_keys: str = field(repr=False)  # what one process seals another opens
    folder: Path
    is_neo4j_given: bool  # and what is written to it has to be removed again

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of one of our processes that works on these servers; `more` are settings by name."""
        settings = {
            "neo4j_uri": self.neo4j_uri,
            "neo4j_user": self.neo4j_user,
            "neo4j_password": self.neo4j_password,
            "redis_url": self.redis_url,
            "master_keys": self.master_keys,
            "evidence_folder": str(self.folder / "evidence"),
            "log_level": "warning",
            **more,
        }
        own = {f"MIRAGE_{name.upper()}": value for name, value in settings.items()}
        return dict(os.environ) | own | {"PYTHONPATH": str(ROOT)}

    @contextlib.asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """The database, with its schema."""
        async with Store.open(self.neo4j_uri, self.neo4j_user, self.neo4j_password) as store:
            await store.wait_ready()
            await migrate(store)
            yield store


@contextlib.contextmanager
def servers(*, with_redis: bool = True) -> Iterator[Servers]:
    """Both servers for one part; what is started here has stopped at the end."""
    settings = StackSettings()
    redis_url = settings.redis_url.get_secret_value()
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="mirage-bench-")))
        instance = Instance("bench", folder / "stack")
        ports = remembered_ports(instance.ports_file, PORT_NAMES)
        stack = Stack(instance, settings, Shape(with_roles=False), ports)
        if with_redis and not redis_url:
            server = stack.redis()
            opened.enter_context(running(server))
            redis_url = server.url
        user, password = settings.neo4j_user, settings.neo4j_password.get_secret_value()
        if not settings.neo4j_uri:
            fetch_jars(settings, missing_jars(settings.home), lambda _: None)
            neo4j = stack.neo4j()
            opened.enter_context(running(neo4j))
            user, password = USER, neo4j.password
        bolt, is_given = stack.addresses()["bolt"], bool(settings.neo4j_uri)
        # A given database holds signing keys, sealed under the master keys of whoever gives it.
        masters = settings.master_keys.get_secret_value() or write_keys(new_keys())
        yield Servers(bolt, user, password, redis_url, masters, folder, is_given)
