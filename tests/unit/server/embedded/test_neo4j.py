"""How Neo4j is set up: its memory, its account, its settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.embedded.neo4j import (
    Memory,
    Neo4jPlan,
    account_line,
    machine_memory_mb,
    settings_of,
    steady_java_options,
)

PLAN = Neo4jPlan(
    folder=Path("/data/neo4j"),
    class_path=(),
    bolt_port=21001,
    http_port=21002,
    memory=Memory(heap_mb=700, page_cache_mb=300),
    java_options=(),
)


@pytest.mark.parametrize(
    ("total_mb", "heap_mb", "page_cache_mb"),
    [(2_000, 512, 128), (16_000, 1_000, 1_000), (256_000, 4_096, 8_192)],
)
def test_memory_follows_the_machine(total_mb: int, heap_mb: int, page_cache_mb: int) -> None:
    assert Memory.for_machine(total_mb) == Memory(heap_mb, page_cache_mb)


@pytest.mark.parametrize(
    ("heap_mb", "collector"), [(512, "-XX:+UseSerialGC"), (768, "-XX:+UseG1GC")]
)
def test_a_large_heap_gets_a_collector_of_short_pauses(heap_mb: int, collector: str) -> None:
    assert steady_java_options(Memory(heap_mb, 128))[0] == collector


def test_this_machine_has_memory() -> None:
    assert machine_memory_mb() > 256


def test_the_account_is_as_the_tool_of_neo4j_writes_it() -> None:
    salt = bytes.fromhex("80349d14a3e06922563c04c07aaffbeeb03cd8111582c3b3c150595db8eb790b")

    # Written by `neo4j-admin dbms set-initial-password` of 2026.08.1 with this salt.
    assert account_line("neo4j", "secretpw", salt) == (
        "neo4j:SHA-256,5de1e239a627b83f8352e0dca739ef3d47ed74ab6da5f0b6ae381b4c36a22063,"
        "80349d14a3e06922563c04c07aaffbeeb03cd8111582c3b3c150595db8eb790b,1024:"
    )


def test_everything_listens_on_loopback_and_is_advertised_where_it_listens() -> None:
    settings = settings_of(PLAN)

    assert settings["server.default_listen_address"] == "127.0.0.1"
    for connector, port in (("bolt", 21001), ("http", 21002)):
        assert settings[f"server.{connector}.listen_address"] == f"127.0.0.1:{port}"
        assert settings[f"server.{connector}.advertised_address"] == f"127.0.0.1:{port}"
    assert settings["server.https.enabled"] == "false"


def test_a_server_that_hangs_is_noticed_in_five_seconds() -> None:
    """The server tells the driver how long to wait: its interval times the probes, for every request."""
    settings = settings_of(PLAN)

    assert settings["server.bolt.connection_keep_alive_for_requests"] == "ALL"
    interval = int(settings["server.bolt.connection_keep_alive"].removesuffix("s"))
    assert interval * int(settings["server.bolt.connection_keep_alive_probes"]) == 5
    compose = Path("docker-compose.yml").read_text()
    for name in ("", "_probes", "_for_requests", "_streaming_scheduling_interval"):
        variable = f"connection_keep_alive{name}".replace("_", "__")
        wanted = settings[f"server.bolt.connection_keep_alive{name}"]
        assert f"NEO4J_server_bolt_{variable}: {wanted}" in compose.replace('"', "")


def test_nothing_is_told_to_anybody() -> None:
    settings = settings_of(PLAN)

    for name in (
        "dbms.usage_report.enabled",
        "client.allow_telemetry",
        "dbms.fleet_manager.enabled",
        "server.fleet_discovery.enabled",
        "db.logs.query.parameter_logging_enabled",
    ):
        assert settings[name] == "false"


def test_browser_may_reach_neo4j_and_nobody_else() -> None:
    policy = settings_of(PLAN)["dbms.security.http_static_content_security_policy_header"]

    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert directives["default-src"] == "'self'"
    own = {"'self'", "'none'", "'unsafe-inline'", "data:", "blob:"}
    others = {word for name, text in directives.items() for word in text.split() if word not in own}
    hosts = ("127.0.0.1:21001", "localhost:21001")
    assert others == {f"{way}://{host}" for way in ("ws", "http") for host in hosts}
    assert directives["connect-src"].startswith("'self' ws://127.0.0.1:21001 ")
