"""How Neo4j is set up: its memory, its account, its settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from server.embedded import neo4j
from server.embedded.neo4j import (
    ASKED_EVERY_S,
    LOW_MB,
    ROOM_MB,
    Memory,
    Neo4jPlan,
    Neo4jServer,
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


class Disk:
    """A server whose room and whose word on itself are told, at a time that is told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.free_mb, self.asked = 100.0, 10 * LOW_MB, 0
        self.reads_alone = self.has_ended = False
        self.server = Neo4jServer(replace(PLAN, folder=folder))
        monkeypatch.setattr(self.server, "_free_mb", lambda: self.free_mb)
        monkeypatch.setattr(self.server, "_answer", self.answer)
        monkeypatch.setattr(neo4j, "time", SimpleNamespace(monotonic=lambda: self.now))

    def answer(self, statement: str, within_s: float) -> tuple[int, bytes]:
        assert "read_only" in statement
        assert within_s <= 2
        self.asked += 1
        if self.has_ended:
            return 500, b'{"errors":[{"message":"a critical error, and needs to be restarted"}]}'
        return 202, b'{"data":{"values":[["%s"]]}}' % (b"neo4j" if self.reads_alone else b"")

    def is_stuck(self) -> bool:
        self.now += ASKED_EVERY_S + 1
        return self.server.is_stuck()


def test_a_server_with_room_is_not_even_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path, monkeypatch)
    assert not any(disk.is_stuck() for _ in range(5))
    assert disk.asked == 0


def test_a_server_that_ran_out_of_room_is_started_again_once_there_is_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path, monkeypatch)
    disk.free_mb = ROOM_MB + 10
    assert not disk.is_stuck(), "it writes"
    disk.reads_alone, disk.free_mb = True, 0
    assert not disk.is_stuck(), "it would run out of it again"
    disk.free_mb = ROOM_MB - 1
    assert not disk.is_stuck()
    disk.free_mb = 10 * LOW_MB
    assert not disk.server.is_stuck(), "it was asked just now"
    assert disk.is_stuck()
    disk.reads_alone = False
    asked = disk.asked
    assert not disk.is_stuck()
    assert disk.asked == asked


def test_room_that_was_too_little_once_is_not_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path, monkeypatch)
    disk.reads_alone, disk.free_mb = True, 100
    assert not any(disk.is_stuck() for _ in range(3))
    disk.free_mb = 200
    assert disk.is_stuck()


def test_a_database_that_ended_in_the_middle_of_writing_is_started_again_with_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path, monkeypatch)
    disk.has_ended, disk.free_mb = True, 0
    assert not disk.is_stuck()
    disk.free_mb = ROOM_MB
    assert disk.is_stuck()
