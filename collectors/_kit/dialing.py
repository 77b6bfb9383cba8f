"""Opening connections: directly, or through the lab's table of routes that knows nothing else.

A dialer says where a connection to an address really goes; it does not decide whether it may
(`policy` does), except that a routed dialer has no way out of its table.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from collectors._kit.policy import Network, networks
from graph.errors import NotPermitted

Transport = Literal["tcp", "udp"]


@dataclass(frozen=True)
class Endpoint:
    """An address and a port."""

    address: str
    port: int

    @classmethod
    def of(cls, text: str, default_port: int = 53) -> Endpoint:
        """Read `127.0.0.1:53`, `[::1]:53`, `::1` or `127.0.0.1`; what follows a `/` is ignored."""
        bare = text.partition("/")[0].strip()
        host, port = bare, ""
        if bare.startswith("["):
            host, _, port = bare[1:].partition("]")
            port = port.removeprefix(":")
        elif bare.count(":") == 1:
            host, _, port = bare.partition(":")
        return cls(str(ipaddress.ip_address(host)), int(port) if port else default_port)

    def __str__(self) -> str:
        return (
            f"[{self.address}]:{self.port}"
            if ":" in self.address
            else f"{self.address}:{self.port}"
        )


class Dialer(Protocol):
    """Says where a connection to `address` and `port` goes."""

    def route(self, address: str, port: int, transport: Transport) -> Endpoint:
        """The endpoint to connect to. Raises NotPermitted or ConnectionRefusedError."""
        ...


class DirectDialer:
    """Connects to the address itself."""

    def route(self, address: str, port: int, transport: Transport) -> Endpoint:  # noqa: ARG002
        """The address itself."""
        return Endpoint(address, port)


@dataclass(frozen=True)
class RoutedDialer:
    """Connects only where the lab's table says, and refuses every other address.

    Inside `networks` a port without a route is closed, as it would be on a real host.
    """

    routes: Mapping[tuple[str, int, str], Endpoint]
    networks: Sequence[Network]

    def route(self, address: str, port: int, transport: Transport) -> Endpoint:
        """The loopback endpoint that stands for the address."""
        found = self.routes.get((address, port, transport))
        if found is not None:
            return found
        where = ipaddress.ip_address(address)
        if not any(where in net for net in self.networks if net.version == where.version):
            raise NotPermitted(f"{address} does not exist in the lab")
        raise ConnectionRefusedError(f"{address} has no open port {port}/{transport}")


@dataclass(frozen=True)
class LabState:
    """What the lab's state file (docs/lab.md) says to whoever dials into it."""

    routes: Mapping[tuple[str, int, str], Endpoint]
    resolvers: tuple[Endpoint, ...]
    ca_file: Path
    networks: tuple[Network, ...]
    files: Mapping[str, Path] = field(default_factory=dict)
    seeds: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> LabState:
        """Read the state file `path`. Raises ValueError or KeyError for one of another form."""
        raw = json.loads(path.read_text("utf-8"))
        if raw["version"] != 1:
            raise ValueError(
                f"{path}: version {raw['version']!r} of the lab's state; 1 is understood"
            )
        return cls(
            routes={_route_key(text): _loopback(to) for text, to in raw["routes"].items()},
            resolvers=tuple(_loopback(text) for text in raw["resolvers"]),
            ca_file=Path(raw["ca_file"]),
            networks=networks(raw["networks"]),
            files={name: Path(place) for name, place in raw.get("files", {}).items()},
            seeds=tuple(raw.get("seeds", ())),
        )

    def dialer(self) -> RoutedDialer:
        """The dialer that reaches the lab and nothing else."""
        return RoutedDialer(self.routes, self.networks)


async def connect_stream(
    endpoint: Endpoint,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A TCP connection to `endpoint`. Raises OSError."""
    return await asyncio.open_connection(endpoint.address, endpoint.port)


async def connect_datagram(endpoint: Endpoint) -> socket.socket:
    """A UDP socket that sends to `endpoint` and hears nobody else. The caller closes it."""
    family = socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        await asyncio.get_running_loop().sock_connect(made, (endpoint.address, endpoint.port))
    except BaseException:
        made.close()
        raise
    return made


def _route_key(text: str) -> tuple[str, int, str]:
    place, _, transport = text.rpartition("/")
    endpoint = Endpoint.of(place)
    return endpoint.address, endpoint.port, transport


def _loopback(text: str) -> Endpoint:
    endpoint = Endpoint.of(text)
    if not ipaddress.ip_address(endpoint.address).is_loopback:
        raise ValueError(f"{text}: a lab endpoint must be on loopback")
    return endpoint
