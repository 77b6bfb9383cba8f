"""`mirage tune`: a start-up cache for the embedded Neo4j."""

from __future__ import annotations

import time

from server.commands.console import err, out
from server.embedded import aot
from server.embedded.instance import Instance
from server.embedded.stack import Shape, Stack, cache_folder, fetch_jars, missing_jars
from server.settings import StackSettings


def tune(settings: StackSettings) -> int:
    """Make the cache for this machine, unless it is there."""
    instance = Instance.of_user("default", settings.home)
    plan = Stack(instance, settings, Shape(), {"bolt": 0, "http": 0}).neo4j_plan()
    file = aot.cache_file(cache_folder(settings.home), plan.java_options)
    if not file.exists():
        begun = time.monotonic()
        with err.status("starting Neo4j once and keeping what Java learns; this takes a minute"):
            fetch_jars(settings, missing_jars(settings.home), lambda _: None)
            aot.make(plan, file)
        err.print(f"made in {time.monotonic() - begun:.0f} s")
    out.print(f"{file} ({file.stat().st_size >> 20} MB); Neo4j starts with it from now on")
    return 0
