"""What the settings say of the API's door, and whose address a request has."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from server.settings_api import ApiSettings
from server.web.door import LOOPBACK, client_address, door_of

NEEDED: dict[str, Any] = {
    "neo4j_uri": "bolt://127.0.0.1:1",
    "neo4j_password": "x",
    "redis_url": "redis://127.0.0.1:1/0",
    "evidence_folder": "/nowhere",
}


def settings(**given: Any) -> ApiSettings:
    return ApiSettings(**NEEDED, **given)


@pytest.mark.parametrize(
    ("listened", "named"),
    [
        ("127.0.0.1", set()),
        ("192.0.2.5", {"192.0.2.5"}),
        ("2001:db8::5", {"[2001:db8::5]"}),
        ("Mirage.example", {"mirage.example"}),
        ("0.0.0.0", set()),
        ("::", set()),
    ],
)
def test_it_goes_by_loopbacks_names_and_its_own_address(listened: str, named: set[str]) -> None:
    assert door_of(settings(api_host=listened)).hosts == LOOPBACK | named


def test_without_settings_nobody_else_is_trusted() -> None:
    door = door_of(settings())
    assert (door.hosts, door.origins, door.proxies, door.hsts_s) == (LOOPBACK, frozenset(), (), 0)


def test_the_settings_are_lists() -> None:
    door = door_of(
        settings(
            api_hosts="Mirage.example, api.example ,",
            api_origins=" https://UI.example ,http://[::1]:3000,app://console",
            api_proxies="10.0.0.0/8, 192.0.2.1,2001:db8::/32",
            api_hsts_s=60,
        )
    )
    assert door.hosts == LOOPBACK | {"mirage.example", "api.example"}
    assert door.origins == {"https://ui.example", "http://[::1]:3000", "app://console"}
    assert door.proxies == (
        "10.0.0.0/8",
        "::ffff:10.0.0.0/104",
        "192.0.2.1/32",
        "::ffff:192.0.2.1/128",
        "2001:db8::/32",
    )
    assert door.hsts_s == 60


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "ui.example",
        "https://ui.example/",
        "https://*.example",
        "https://a b",
        "https://",
    ],
)
def test_what_is_no_origin_does_not_start(origin: str) -> None:
    with pytest.raises(ValidationError, match="is no origin"):
        settings(api_origins=f"https://ui.example,{origin}")


@pytest.mark.parametrize("network", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.0/33"])
def test_what_is_no_network_does_not_start(network: str) -> None:
    with pytest.raises(ValidationError, match="api_proxies"):
        settings(api_proxies=f"10.0.0.0/8,{network}")


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("192.0.2.1", 80), "192.0.2.1"),
        (("::ffff:192.0.2.1", 80), "192.0.2.1"),
        (("2001:DB8:0:0::1", 80), "2001:db8::1"),
        (("somewhere", 0), "somewhere"),
        (None, ""),
    ],
)
def test_an_address_is_spelled_in_one_way(client: tuple[str, int] | None, address: str) -> None:
    assert client_address({"type": "http", "client": client}) == address
