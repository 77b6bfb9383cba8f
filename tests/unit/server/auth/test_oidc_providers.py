"""The setting of the sign-in providers: what is taken, and what is refused without repeating a secret."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from server.auth.oidc.fetch import is_allowed
from server.auth.oidc.flow import local_path
from server.auth.oidc.providers import Provider, providers_of
from server.auth.oidc.refusals import InvalidProviders, OidcRefused

PAGE = Path(__file__).parents[4] / "docs" / "oidc.md"
GOOD: dict[str, Any] = {
    "name": "corp",
    "title": "Corp",
    "issuer": "https://login.corp.example/",
    "client_id": "mirage",
    "client_secret": "well-hidden",
}
RULE = {"organization": "o", "role": "VIEWER"}


def read(*providers: dict[str, Any]) -> tuple[Provider, ...]:
    return providers_of(SecretStr(json.dumps(providers)))


def test_nothing_given_is_no_provider() -> None:
    assert providers_of(SecretStr("")) == ()
    assert providers_of(SecretStr("[]")) == ()


def test_a_provider_is_read_as_it_is_written() -> None:
    (found,) = read(GOOD)

    assert found.issuer == "https://login.corp.example/", "to the last slash"
    assert found.scopes == ("openid", "email", "profile")
    assert not found.auto_provision
    assert "well-hidden" not in repr(found)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown member": ({"isuer": "x"}, "isuer"),
    "an issuer by http": ({"issuer": "http://login.corp.example"}, "issuer"),
    "an issuer with a query": ({"issuer": "https://login.corp.example/?a"}, "issuer"),
    "an issuer with a name": ({"issuer": "https://a@login.corp.example/"}, "issuer"),
    "no openid": ({"scopes": ["email"]}, "openid"),
    "a name for paths": ({"name": "../x"}, "name"),
    "a domain with an at": ({"allowed_domains": ["@corp.example"]}, "allowed_domains.0"),
    "accounts for every address": ({"auto_provision": True}, "allowed_domains"),
    "roles for everybody": ({"roles": [RULE]}, "allowed_domains"),
    "a claim without a value": ({"roles": [RULE | {"claim": "groups"}]}, "roles.0"),
    "no such clearance": ({"roles": [RULE | {"clearance": "PINK"}]}, "clearance"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_without_the_secret(name: str) -> None:
    changes, place = BAD[name]
    with pytest.raises(InvalidProviders) as refused:
        read(GOOD | changes)

    assert place in str(refused.value)
    assert "well-hidden" not in f"{refused.value}{refused.value.__cause__}"


@pytest.mark.parametrize("text", ["{", "{}", '"well-hidden"', '[{"client_secret": "well-hidden"}]'])
def test_a_text_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidProviders) as refused:
        providers_of(SecretStr(text))

    assert "well-hidden" not in str(refused.value)


@pytest.mark.parametrize(
    "other", [GOOD | {"issuer": "https://b.example"}, GOOD | {"name": "other"}]
)
def test_each_name_and_issuer_stands_once(other: dict[str, Any]) -> None:
    with pytest.raises(InvalidProviders, match="two have the"):
        read(GOOD, other)


def test_every_recipe_of_the_page_is_a_setting() -> None:
    recipes = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    found = [each for text in recipes for each in read(json.loads(text))]

    assert {each.name for each in found} >= {
        "entra", "google", "okta", "keycloak", "auth0", "gitlab", "authentik",
    }  # fmt: skip


ADDRESSES = {
    "https://idp.example/token": (True, True),
    "http://idp.example/token": (False, False),
    "http://127.0.0.1:9/token": (False, True),
    "https://idp.example/t#a": (False, False),
    "https://a@idp.example/t": (False, False),
    "ftp://127.0.0.1/": (False, False),
    "": (False, False),
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_provider_may_name_only_safe_addresses(url: str) -> None:
    far, near = ADDRESSES[url]

    assert is_allowed(url, "https://idp.example") == far, "no way from the net to loopback"
    assert is_allowed(url, "http://127.0.0.1:9") == near
    assert not is_allowed(7, "https://idp.example")


@pytest.mark.parametrize("path", ["/graphiql/", "/a?b=c&d=%2f%2fx", "/", "/a/..//b"])
def test_a_local_path_is_one_to_return_to(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path", ["//x", "/\\x", "x", "/\n", "/ä", "/a b", "/" + "a" * 1001, "/\x7f"]
)
def test_another_path_is_none(path: str) -> None:
    with pytest.raises(OidcRefused):
        local_path(path)
