"""What may be contacted at all: addresses, hosts and scope. Pure; `egress` asks it each time.

Names are judged by the addresses they have at the moment of connecting, and exactly those addresses
are dialled, so a name that changes its address in between (rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Protocol
from urllib.parse import urlsplit

from graph.errors import NotPermitted, SourceRejected

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")
_ISATAP = (0x5EFE, 0x0200_5EFE)
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z"
)
_NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """CIDR ranges from their texts. Raises ValueError for one that is none."""
    return tuple(ipaddress.ip_network(text) for text in texts)


@dataclass(frozen=True)
class AddressPolicy:
    """Which addresses may be dialled: global unicast ones, and what an operator allows explicitly.

    An IPv6 address that carries an IPv4 address (mapped, compatible, 6to4, Teredo, NAT64, ISATAP)
    is judged by what it carries too, since a gateway would connect there.
    """

    allowed: Sequence[Network] = ()

    def refusal(self, address: str) -> str:
        """Why `address` may not be dialled; empty if it may."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return f"{address!r} is not an address"
        if isinstance(found, IPv6Address) and found.scope_id:
            return f"{address} names a network interface"
        if any(found in net for net in self.allowed if net.version == found.version):
            return ""
        for one in (*carried(found), found):
            if not is_public(one) and not self._is_allowed(one):
                inside = "" if one == found else f" (it carries {one})"
                return f"{address} is not a public address{inside}"
        return ""

    def _is_allowed(self, address: Address) -> bool:
        return any(address in net for net in self.allowed if net.version == address.version)

    def permitted(self, host: str, addresses: Sequence[str]) -> list[str]:
        """Those of `addresses` that may be dialled. Raises NotPermitted where that leaves none."""
        kept = [one for one in addresses if not self.refusal(one)]
        if not kept:
            raise NotPermitted(f"{host}: {self.refusal(addresses[0])}")
        return kept


def is_public(address: Address) -> bool:
    """Whether `address` is a global unicast address."""
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
    )


def carried(address: Address) -> Iterator[Address]:
    """The IPv4 addresses that an IPv6 address carries inside."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    number = int(address)
    if address in _NAT64 or address in _NAT64_LOCAL or address in _COMPATIBLE:
        yield IPv4Address(number & 0xFFFF_FFFF)
    if number >> 32 & 0xFFFF_FFFF in _ISATAP:
        yield IPv4Address(number & 0xFFFF_FFFF)


def address_of(host: str) -> str:
    """The canonical address if `host` is an address literal, else an empty text.

    Raises SourceRejected for what some programs read as an address in disguise (`0x7f.1`,
    `2130706433`, `0177.0.0.1`) and for what is neither an address nor a name.
    """
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    name = bare.lower().removesuffix(".")
    if not _NAME.match(name):
        raise SourceRejected(f"{host!r} is neither an address nor a host name in A-labels")
    if _NUMERIC_LABEL.match(name.rpartition(".")[2]):
        raise SourceRejected(f"{host!r} is an ambiguous spelling of an address")
    return ""


@dataclass(frozen=True)
class Place:
    """Where a URL points: scheme, host (an address or a name, without brackets), port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Place:
        """Read `url`. Raises SourceRejected: another scheme, a user part, a host in disguise."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise SourceRejected(f"{url!r} is not a URL: {error}") from error
        if parts.scheme not in ("http", "https"):
            raise SourceRejected(f"{url!r}: only http and https are asked")
        if parts.username is not None or parts.password is not None:
            raise SourceRejected("a URL with a user part is not asked")
        host = (parts.hostname or "").lower().removesuffix(".")
        return cls(parts.scheme, address_of(host) or host, port or _PORTS[parts.scheme])


_PORTS = {"http": 80, "https": 443}


def host_of(text: str) -> str:
    """The host that a URL, or a host alone, names: an address or a name. Raises SourceRejected."""
    return (
        Place.of(text).host if "://" in text else address_of(text) or text.lower().removesuffix(".")
    )


class Scope(Protocol):
    """What a run may contact, as the conductor decided."""

    async def refusal(self, host: str, port: int | None = None) -> str:
        """Why `host` (a name or an address) may not be contacted, on a port of it; empty if it may."""
        ...

    async def exclusion(self, address: str) -> str:
        """Why `address` may not be contacted, even where a name that may be contacted has it; empty if it may."""
        ...


@dataclass(frozen=True)
class ScopeRules:
    """A scope of names with all below them, and networks. What is excluded wins."""

    names: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    excluded_names: tuple[str, ...] = ()
    excluded_networks: tuple[Network, ...] = ()
    is_open: bool = field(default=False, kw_only=True)  # everything but what is excluded

    async def refusal(self, host: str, port: int | None = None) -> str:  # noqa: ARG002 - of all ports
        """Why `host` may not be contacted; empty if it may."""
        if _covers(host, self.excluded_names, self.excluded_networks):
            return f"{host} is excluded from the scope"
        if self.is_open or _covers(host, self.names, self.networks):
            return ""
        return f"{host} is outside the scope"

    async def exclusion(self, address: str) -> str:
        """Why `address` may not be contacted, whatever name it has; empty if it may."""
        is_excluded = _covers(address, (), self.excluded_networks)
        return f"{address} is excluded from the scope" if is_excluded else ""


EVERYWHERE = ScopeRules(is_open=True)


async def not_excluded(scope: Scope, addresses: Sequence[str]) -> list[str]:
    """Those of `addresses` that a scope does not exclude. Raises NotPermitted where that leaves none."""
    reasons = {each: await scope.exclusion(each) for each in addresses}
    kept = [each for each, reason in reasons.items() if not reason]
    if not kept:
        raise NotPermitted(reasons[addresses[0]])
    return kept


def _covers(host: str, names: Sequence[str], nets: Sequence[Network]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return any(host == name or host.endswith(f".{name}") for name in names)
    return any(address in net for net in nets if net.version == address.version)
