"""`mirage tune`: a start-up cache for the embedded Neo4j."""

from __future__ import annotations

import asyncio
import time

from graph.migrate import migrate
from graph.queries.catalog import every_file
from graph.store import Store
from server.commands.console import err, out
from server.embedded import aot
from server.embedded.instance import Instance
from server.embedded.neo4j import USER, Neo4jServer
from server.embedded.stack import Shape, Stack, cache_folder, fetch_jars, missing_jars
from server.settings import StackSettings


def tune(settings: StackSettings) -> int:
    """Make the cache for this machine, unless it is there."""
    instance = Instance.of_user("default", settings.home)
    plan = Stack(instance, settings, Shape(), {"bolt": 0, "http": 0}).neo4j_plan()
    file = aot.cache_file(cache_folder(settings.home), plan.java_options)
    if not file.exists():
        begun = time.monotonic()
        with err.status(
            "giving a Neo4j work and keeping what Java learns; this takes a minute or two"
        ):
            fetch_jars(settings, missing_jars(settings.home), lambda _: None)
            aot.make(plan, file, lambda server: asyncio.run(_give_work(server)))
        err.print(f"made in {time.monotonic() - begun:.0f} s")
    out.print(f"{file} ({file.stat().st_size >> 20} MB); Neo4j starts with it from now on")
    return 0


async def _give_work(server: Neo4jServer) -> None:
    """What a new installation begins with: its schema, and planning what is asked for the first time."""
    async with Store.open(server.plan.uri, USER, server.password) as store:
        await migrate(store)
        for file in every_file():
            await store.explain(file.text, dict.fromkeys(file.parameters))
