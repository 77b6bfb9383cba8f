"""Loopback ports for our servers: free, below the ephemeral range, and the same ones next time."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path

from graph.errors import MirageError
from server.embedded.files import write_whole

# Above the well-known services, below the ephemeral range: a client polling a port of that range
# can connect to itself before the server listens. The lab takes lower ones (`lab.port`), since a port
# chosen here may stay silent until much else has started.
LOWEST, HIGHEST = 20_000, 32_000
_TRIES = 200


class NoFreePort(MirageError):
    """No port of our range could be bound."""

    code = "NO_FREE_PORT"


def remembered_ports(file: Path, names: Iterable[str]) -> dict[str, int]:
    """A free port for each name: the one in `file` if it is still free, else a new one.

    `file` is renewed. New ports are none that a neighbouring instance remembers: it may be starting.
    """
    known = known_ports(file)
    others = {port for other in _beside(file) for port in known_ports(other).values()}
    chosen: dict[str, int] = {}
    for name in names:
        port, taken = known.get(name), set(chosen.values())
        is_usable = port is not None and port not in taken and is_free(port)
        chosen[name] = port if port and is_usable else free_port(taken | others)
    if chosen != known:
        write_whole(file, json.dumps(known | chosen, indent=1) + "\n")
    return chosen


def free_port(taken: Iterable[int] = ()) -> int:
    """A port of our range that nobody listens on and that is not in `taken`."""
    excluded = set(taken)
    for port in random.sample(range(LOWEST, HIGHEST), _TRIES):
        if port not in excluded and is_free(port):
            return port
    raise NoFreePort(
        f"none of {_TRIES} tried loopback ports between {LOWEST} and {HIGHEST} is free"
    )


def is_free(port: int) -> bool:
    """Whether `port` can be bound on loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _beside(file: Path) -> list[Path]:
    """The files of the same name in the folders beside the one of `file`."""
    return [other for other in file.parent.parent.glob(f"*/{file.name}") if other != file]


def known_ports(file: Path) -> dict[str, int]:
    """The ports in `file`; none if it is not there or not readable."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return {str(name): int(port) for name, port in found.items()}
