"""Addresses, blocks, AS numbers and services."""

from __future__ import annotations

import ipaddress

import pytest

from graph.errors import Refused
from graph.model.values.address import (
    AS_NUMBER,
    IP_ADDRESS,
    NETBLOCK,
    PORT,
    TRANSPORT,
    Service,
    netblocks_of_range,
    number_space_of,
    parsed_service,
    service_key,
    space_of,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:0207", "192.0.2.7"),
        ("2001:DB8:0:0::1%eth0", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),  # RFC 5952: one group is not shortened
        ("[2001:db8::1]", "2001:db8::1"),
        (" 192.0.2.7 ", "192.0.2.7"),
        (ipaddress.ip_address("192.0.2.7"), "192.0.2.7"),
        (ipaddress.ip_address("fe80::1%eth0"), "fe80::1"),
    ],
)
def test_addresses(raw: object, expected: str) -> None:
    assert IP_ADDRESS(raw) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (
            "010.0.0.1",
            "a number with a leading zero is octal to some programs and decimal to others",
        ),
        ("256.0.0.1", "four numbers from 0 to 255 with dots between them are right"),
        ("127.1", "four numbers from 0 to 255 with dots between them are right"),
        ("2130706433", "four numbers from 0 to 255 with dots between them are right"),
        ("192.0.2.7/32", "neither IP version 4 nor 6 is written like this"),
        ("1::2::3", "neither IP version 4 nor 6 is written like this"),
        (2130706433, "it is a value of type int, not text"),
    ],
)
def test_refused_addresses(raw: object, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        IP_ADDRESS(raw)

    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("address", "space"),
    [
        ("8.8.8.8", "global"),
        ("10.1.2.3", "private"),
        ("172.31.255.255", "private"),
        ("172.32.0.0", "global"),
        ("192.168.0.1", "private"),
        ("100.64.0.1", "shared"),
        ("100.128.0.0", "global"),
        ("127.0.0.1", "loopback"),
        ("169.254.1.1", "link_local"),
        ("192.0.0.8", "protocol"),
        ("192.0.0.9", "global"),
        ("203.0.113.4", "documentation"),
        ("198.18.0.1", "benchmarking"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("64:ff9b::808:808", "translation"),
        ("2001::1", "translation"),
        ("2001:4860:4860::8888", "global"),
        ("2001:db8::1", "documentation"),
        ("2002:c000:204::1", "translation"),
        ("2606:4700::1", "global"),
        ("3fff::1", "documentation"),
        ("4000::1", "reserved"),
        ("fd00::1", "private"),
        ("fe80::1", "link_local"),
        ("ff02::1", "multicast"),
    ],
)
def test_what_addresses_are_set_aside_for(address: str, space: str) -> None:
    assert space_of(address) == space


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.77/24", "192.0.2.0/24"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("192.0.2.0-192.0.2.255", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        (ipaddress.ip_network("192.0.2.0/24"), "192.0.2.0/24"),
    ],
)
def test_blocks(raw: object, expected: str) -> None:
    assert NETBLOCK(raw) == expected


@pytest.mark.parametrize("raw", ["192.0.2.0/33", "192.0.2.0/x", "192.0.2/24", "/24", "a-b", None])
def test_refused_blocks(raw: object) -> None:
    with pytest.raises(Refused):
        NETBLOCK(raw)


def test_a_range_of_several_blocks_is_no_block() -> None:
    with pytest.raises(Refused, match="it is a range of 3 blocks"):
        NETBLOCK("192.0.2.0-192.0.2.130")


def test_ranges_become_the_fewest_blocks() -> None:
    assert netblocks_of_range("192.0.2.0-192.0.2.130") == (
        "192.0.2.0/25",
        "192.0.2.128/31",
        "192.0.2.130/32",
    )
    assert netblocks_of_range("2001:db8:: - 2001:db8::1") == ("2001:db8::/127",)
    assert netblocks_of_range("192.0.2.7-192.0.2.7") == ("192.0.2.7/32",)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("192.0.2.9-192.0.2.1", "its end lies before its start"),
        ("192.0.2.9-2001:db8::1", "its ends are of different versions of IP"),
        ("192.0.2.9", "two addresses with a hyphen between them are right"),
    ],
)
def test_refused_ranges(raw: str, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        netblocks_of_range(raw)

    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("AS1.10", 65546),
        ("as64500", 64500),
        ("ASN 7", 7),
        (64500, 64500),
        ("4294967295", 2**32 - 1),
    ],
)
def test_as_numbers(raw: object, expected: int) -> None:
    assert AS_NUMBER(raw) == expected


@pytest.mark.parametrize("raw", ["AS0", "AS4294967296", "AS1.65536", "AS65536.1", True, "ASX", -1])
def test_refused_as_numbers(raw: object) -> None:
    with pytest.raises(Refused):
        AS_NUMBER(raw)


@pytest.mark.parametrize(
    ("number", "space"),
    [
        (15169, "public"),
        (23456, "reserved"),
        (64496, "documentation"),
        (64512, "private"),
        (65535, "reserved"),
        (65546, "documentation"),
        (70000, "reserved"),
        (131072, "public"),
        (4200000000, "private"),
        (4294967295, "reserved"),
    ],
)
def test_what_as_numbers_are_set_aside_for(number: int, space: str) -> None:
    assert number_space_of(number) == space


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("tcp://192.0.2.7:443", Service("tcp", "192.0.2.7", 443, "")),
        ("UDP://[2001:DB8::1]:53", Service("udp", "2001:db8::1", 53, "")),
        ("tcp://192.0.2.7:443#sni=WWW.example", Service("tcp", "192.0.2.7", 443, "www.example")),
    ],
)
def test_services(raw: str, expected: Service) -> None:
    assert parsed_service(raw) == expected
    assert parsed_service(service_key(expected)) == expected


@pytest.mark.parametrize(
    "raw", ["tcp://192.0.2.7", "tcp://192.0.2.7:0", "ip://192.0.2.7:1", "tcp://host:1", "", None]
)
def test_refused_services(raw: object) -> None:
    with pytest.raises(Refused):
        parsed_service(raw)


def test_ports_and_transports() -> None:
    assert PORT("0443") == 443
    assert TRANSPORT(" TCP ") == "tcp"
    for raw in (0, 65536, "x", True, "-1", 1.5):
        with pytest.raises(Refused):
            PORT(raw)
    with pytest.raises(Refused):
        TRANSPORT("icmp")
