"""Writes the lab's GeoIP database in the MaxMind DB format 2.0, after its published specification.

Only what the lab needs of it: maps, texts, numbers and arrays, and a tree with 24-bit records.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lab.company import Address, Company, Network

# Readers take the prefixes of a database whose type says ASN for those that are routed.
DATABASE_TYPE: Final = "Lab-City-ASN"
MARKER: Final = b"\xab\xcd\xefMaxMind.com"
SEPARATOR: Final = bytes(16)
BUILT_AT: Final = 1_767_225_600  # 2026-01-01; a constant, so that the file is the same every day
TEXT, MAP, ARRAY = 2, 7, 11
NUMBER = {16: 5, 32: 6, 64: 9}  # type by width in bits
Tree = list[list[int | None]]


@dataclass(frozen=True)
class Number:
    """A number of a stated width; readers insist on the widths of the metadata."""

    value: int
    bits: int


Value = str | int | Number | Mapping[str, "Value"] | list["Value"]


def geo_database(company: Company) -> bytes:
    """The database that says country, city and system of every range of `company`."""
    records = {network: _record(company, network) for network in company.networks}
    return write_database(records, DATABASE_TYPE)


def write_database(records: Mapping[Network, Value], database_type: str) -> bytes:
    """The database that gives each range's record for the addresses in it."""
    tree: Tree = [[None, None]]
    data = b""
    for network, record in records.items():
        _insert(tree, network, len(data))
        data += encode(record)
    nodes = len(tree)
    lines = (_pack(record, nodes) for node in tree for record in node)
    metadata: Value = {
        "binary_format_major_version": Number(2, 16),
        "binary_format_minor_version": Number(0, 16),
        "build_epoch": Number(BUILT_AT, 64),
        "database_type": database_type,
        "description": {"en": "Places of the Mirage lab"},
        "ip_version": Number(6, 16),
        "languages": ["en"],
        "node_count": nodes,
        "record_size": Number(24, 16),
    }
    return b"".join(lines) + SEPARATOR + data + MARKER + encode(metadata)


def encode(value: Value) -> bytes:
    """One value of the data section."""
    if isinstance(value, str):
        body = value.encode()
        return _control(TEXT, len(body)) + body
    if isinstance(value, int):
        value = Number(value, 32)
    if isinstance(value, Number):
        body = value.value.to_bytes((value.value.bit_length() + 7) // 8)
        return _control(NUMBER[value.bits], len(body)) + body
    if isinstance(value, list):
        return _control(ARRAY, len(value)) + b"".join(encode(item) for item in value)
    pairs = (encode(key) + encode(item) for key, item in value.items())
    return _control(MAP, len(value)) + b"".join(pairs)


def _record(company: Company, network: Network) -> Value:
    allocation = company.networks[network]
    system = company.systems[allocation.system]
    return {
        "city": {"names": {"en": allocation.city}},
        "country": {"iso_code": allocation.country},
        "autonomous_system_number": allocation.system,
        "autonomous_system_organization": company.parties[system.party].name,
    }


def _control(kind: int, size: int) -> bytes:
    """The byte (or bytes) before a value: its type and size."""
    if size >= 29 + 256:
        raise ValueError(f"a value of {size} bytes is longer than this writer needs")
    first, rest = (size, b"") if size < 29 else (29, bytes([size - 29]))
    if kind <= 7:
        return bytes([kind << 5 | first]) + rest
    return bytes([first, kind - 7]) + rest


def _insert(tree: Tree, network: Network, offset: int) -> None:
    """Put a leaf for `network` into the tree; a negative record is a leaf, `-1 - offset`."""
    *path, last = _bits(network)
    node = 0
    for bit in path:
        following = tree[node][bit]
        if following is None:
            tree.append([None, None])
            following = tree[node][bit] = len(tree) - 1
        elif following < 0:
            raise ValueError(f"{network} lies within another range; the lab's ranges are disjoint")
        node = following
    tree[node][last] = -1 - offset


def _bits(network: Network) -> Iterable[int]:
    """The path of `network` through the tree, where IPv4 lies under ::/96."""
    first: Address = network.network_address
    above = 96 if network.version == 4 else 0
    number = int(first)
    return [number >> 127 - place & 1 for place in range(above + network.prefixlen)]


def _pack(record: int | None, nodes: int) -> bytes:
    if record is None:
        value = nodes
    elif record >= 0:
        value = record
    else:
        value = nodes + len(SEPARATOR) + (-1 - record)
    return struct.pack(">I", value)[1:]
