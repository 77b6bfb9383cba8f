"""Takes free loopback ports. Nothing of the lab ever binds to any other address."""

from __future__ import annotations

import secrets
import socket

LOOPBACK = "127.0.0.1"
# Below the range that Linux uses for outgoing connections, and apart from the ports that a stack has
# chosen for processes which start after the lab (`server.embedded.ports`).
LOWEST, HIGHEST = 10_000, 19_999
ATTEMPTS = 100


def take_port(*, with_udp: bool = False) -> tuple[socket.socket, socket.socket | None]:
    """A TCP socket at a free port of loopback and, if wanted, a UDP socket at the same one."""
    for _ in range(ATTEMPTS):
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST + 1)
        tcp = _bound(socket.SOCK_STREAM, port)
        if tcp is None:
            continue
        if not with_udp:
            return tcp, None
        udp = _bound(socket.SOCK_DGRAM, port)
        if udp is not None:
            return tcp, udp
        tcp.close()
    raise OSError(f"no free port on {LOOPBACK} in {ATTEMPTS} attempts from {LOWEST} to {HIGHEST}")


def endpoint(taken: socket.socket) -> str:
    """Where a taken port is, as `127.0.0.1:port`."""
    host, port = taken.getsockname()
    return f"{host}:{port}"


def _bound(kind: socket.SocketKind, port: int) -> socket.socket | None:
    taken = socket.socket(socket.AF_INET, kind)
    taken.setblocking(False)
    try:
        taken.bind((LOOPBACK, port))
    except OSError:
        taken.close()
        return None
    return taken
