"""Addresses of the Internet: IP addresses, blocks of them, autonomous systems and services.

Which ranges are for the public Internet comes from a table of IANA's special-purpose registries in
this file, not from the interpreter's version. Nothing is looked up.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from bisect import bisect_right
from functools import cache
from typing import Literal, NamedTuple

from graph.errors import Refused
from graph.model.values.domain import domain_of
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import integer_of, text_of

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
AddressSpace = Literal[
    "global", "private", "shared", "loopback", "link_local", "documentation", "benchmarking",
    "multicast", "translation", "protocol", "unspecified", "reserved",
]  # fmt: skip
NumberSpace = Literal["public", "private", "documentation", "reserved"]
TRANSPORTS = ("tcp", "udp", "sctp")

IP_WANTED = "an IP address"
BLOCK_WANTED = "a block of addresses"
SERVICE_WANTED = "a network service"
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_SERVICE = re.compile(r"([a-z]+)://(\[[^\]]+\]|[^:\[\]#]+):([0-9]{1,5})(?:#sni=(.+))?")

# IANA's IPv4 and IPv6 Special-Purpose Address Registries, multicast space and IPv6 address space;
# the narrowest range wins.
_SPACES: tuple[tuple[str, AddressSpace], ...] = (
    ("0.0.0.0/8", "reserved"),
    ("0.0.0.0/32", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link_local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol"),
    ("192.0.0.9/32", "global"),
    ("192.0.0.10/32", "global"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "translation"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/3", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("64:ff9b::/96", "translation"),
    ("64:ff9b:1::/48", "translation"),
    ("100::/64", "reserved"),
    ("2001::/23", "protocol"),
    ("2001::/32", "translation"),
    ("2001:1::1/128", "global"),
    ("2001:1::2/128", "global"),
    ("2001:1::3/128", "global"),
    ("2001:2::/48", "benchmarking"),
    ("2001:3::/32", "global"),
    ("2001:4:112::/48", "global"),
    ("2001:20::/28", "global"),
    ("2001:30::/28", "global"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "translation"),
    ("3fff::/20", "documentation"),
    ("4000::/2", "reserved"),
    ("8000::/1", "reserved"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link_local"),
    ("ff00::/8", "multicast"),
)


class Service(NamedTuple):
    """The parts of a service's key; `server_name` is empty but for the view of one name."""

    transport: str
    address: str
    port: int
    server_name: str


def parsed_ip(raw: object) -> Address:
    """The address `raw` writes: IPv4-mapped IPv6 as IPv4, without zone. Raises Refused."""
    if isinstance(raw, ipaddress.IPv4Address | ipaddress.IPv6Address):
        found: Address = raw
    else:
        text = text_of(IP_WANTED, raw, 100)
        if text.startswith("[") and text.endswith("]"):
            text = text[1:-1]
        try:
            found = ipaddress.ip_address(text)
        except ValueError as error:
            raise Refused(IP_WANTED, raw, _why_no_ip(text)) from error
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return found.ipv4_mapped
        if found.scope_id is not None:
            return ipaddress.IPv6Address(int(found))
    return found


def ip_of(raw: object) -> str:
    """The canonical text of an IP address (RFC 5952 for version 6)."""
    return str(parsed_ip(raw))


def space_of(address: str) -> AddressSpace:
    """What IANA set the range of canonical `address` aside for; global is the public Internet."""
    version, family = (6, socket.AF_INET6) if ":" in address else (4, socket.AF_INET)
    starts, spaces = _space_table(version)
    return spaces[bisect_right(starts, int.from_bytes(socket.inet_pton(family, address))) - 1]


def parsed_netblock(raw: object) -> Network:
    """The block `raw` writes, host bits cleared. A range is taken where it is exactly one block."""
    if isinstance(raw, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return _unmapped(raw)
    text = text_of(BLOCK_WANTED, raw, 100)
    if "-" in text:
        blocks = netblocks_of_range(text)
        if len(blocks) != 1:
            reason = (
                f"it is a range of {len(blocks)} blocks ({', '.join(blocks[:3])}...); give each"
            )
            raise Refused(BLOCK_WANTED, raw, reason)
        text = blocks[0]
    head, slash, length = text.partition("/")
    if slash and not (length.isascii() and length.isdigit()) and "." not in length:
        raise Refused(BLOCK_WANTED, raw, "after the slash a prefix length or a netmask is right")
    try:
        return _unmapped(
            ipaddress.ip_network(f"{head.partition('%')[0]}{slash}{length}", strict=False)
        )
    except ValueError as error:
        reason = "an address, a slash and a prefix length are right, as in 192.0.2.0/24"
        raise Refused(BLOCK_WANTED, raw, reason) from error


def netblock_of(raw: object) -> str:
    """The canonical CIDR text of a block of addresses."""
    return str(parsed_netblock(raw))


def netblocks_of_range(raw: object) -> tuple[str, ...]:
    """The fewest blocks that hold exactly the range `first-last`, in order. Raises Refused."""
    wanted = "a range of addresses"
    first_text, dash, last_text = text_of(wanted, raw, 200).partition("-")
    if not dash:
        raise Refused(wanted, raw, "two addresses with a hyphen between them are right")
    first, last = parsed_ip(first_text), parsed_ip(last_text)
    if first.version != last.version:
        raise Refused(wanted, raw, "its ends are of different versions of IP")
    if int(first) > int(last):
        raise Refused(wanted, raw, "its end lies before its start")
    return tuple(map(str, ipaddress.summarize_address_range(first, last)))


def asn_of(raw: object) -> int:
    """The number of an autonomous system, from `64500`, `AS64500` or `AS1.10`."""
    wanted = "an autonomous system number"
    if isinstance(raw, int):
        number = integer_of(wanted, raw) if not isinstance(raw, bool) else 0
    else:
        text = text_of(wanted, raw, 40).upper().removeprefix("ASN").removeprefix("AS").strip()
        high, dot, low = text.partition(".")
        number = integer_of(wanted, high)
        if dot:
            if number > 65535 or (below := integer_of(wanted, low)) > 65535:
                raise Refused(wanted, raw, "both halves of the dotted form end at 65535")
            number = number * 65536 + below
    if not 1 <= number <= 2**32 - 1:
        raise Refused(wanted, raw, f"it lies outside 1 to {2**32 - 1}")
    return number


def number_space_of(number: int) -> NumberSpace:
    """What IANA set the AS number aside for (RFC 5398, 6793, 6996, 7300, 7607)."""
    if 64496 <= number <= 64511 or 65536 <= number <= 65551:
        return "documentation"
    if 64512 <= number <= 65534 or 4200000000 <= number <= 4294967294:
        return "private"
    if number in (0, 23456, 65535, 4294967295) or 65552 <= number <= 131071:
        return "reserved"
    return "public"


def port_of(raw: object) -> int:
    """A port from 1 to 65535."""
    port = integer_of("a port", raw)
    if not 1 <= port <= 65535:
        raise Refused("a port", raw, "it lies outside 1 to 65535")
    return port


def transport_of(raw: object) -> str:
    """One of the transports that have ports, in lower case."""
    text = text_of("a transport", raw, 20).lower()
    if text not in TRANSPORTS:
        raise Refused("a transport", raw, f"{', '.join(TRANSPORTS)} are known")
    return text


def service_key(service: Service) -> str:
    """`tcp://192.0.2.7:443`, with version 6 in brackets, and `#sni=` for one name's view."""
    host = f"[{service.address}]" if ":" in service.address else service.address
    view = f"#sni={service.server_name}" if service.server_name else ""
    return f"{service.transport}://{host}:{service.port}{view}"


def parsed_service(raw: object) -> Service:
    """The parts of a service's key. Raises Refused."""
    match = _SERVICE.fullmatch(text_of(SERVICE_WANTED, raw, 400).lower())
    if match is None:
        raise Refused(
            SERVICE_WANTED, raw, "its form is tcp://192.0.2.7:443 or tcp://[2001:db8::1]:443"
        )
    transport, host, port, name = match.groups()
    return Service(
        transport_of(transport), ip_of(host), port_of(port), domain_of(name) if name else ""
    )


def _unmapped(network: Network) -> Network:
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        start = network.network_address.ipv4_mapped
        return ipaddress.IPv4Network((int(start or 0), network.prefixlen - 96))
    return network


def _why_no_ip(text: str) -> str:
    if re.fullmatch(r"[0-9.]+", text):
        if re.search(r"(?:^|\.)0[0-9]", text):
            return "a number with a leading zero is octal to some programs and decimal to others"
        return "four numbers from 0 to 255 with dots between them are right"
    return "neither IP version 4 nor 6 is written like this"


@cache
def _space_table(version: int) -> tuple[list[int], list[AddressSpace]]:
    """Starts of ranges in order, and the space from each start on."""
    networks = [(ipaddress.ip_network(n), s) for n, s in _SPACES]
    networks = [(n, s) for n, s in networks if n.version == version]
    bounds = {0}
    for network, _ in networks:
        bounds.update((int(network.network_address), int(network.broadcast_address) + 1))
    starts = sorted(b for b in bounds if b < 2 ** (32 if version == 4 else 128))

    def space_at(start: int) -> AddressSpace:
        around = [
            (n.prefixlen, s)
            for n, s in networks
            if int(n.network_address) <= start <= int(n.broadcast_address)
        ]
        return max(around)[1] if around else "global"

    return starts, [space_at(start) for start in starts]


IP_ADDRESS = Normaliser(IP_WANTED, 1, ip_of)
NETBLOCK = Normaliser(BLOCK_WANTED, 1, netblock_of)
AS_NUMBER = Normaliser("an autonomous system number", 1, asn_of)
PORT = Normaliser("a port", 1, port_of)
TRANSPORT = Normaliser("a transport", 1, transport_of)
