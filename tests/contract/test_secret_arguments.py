"""Whatever takes a secret says so by its type, and nothing gives one back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
)
from graphql import GraphQLSchema as Schema

from server.graphql.scalars import SECRET_TEXT
from server.graphql.schema import core_schema

SECRET = re.compile(
    r"password|passphrase|secret|token|code$|codes$|credential|apikey", re.IGNORECASE
)

# Named so, and no secrets, each with the reason.
NO_SECRETS: dict[str, str] = {}


def _inputs(schema: Schema) -> Iterator[tuple[str, str, str]]:
    """Where, under which name, and of which type something is given."""
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLInputObjectType):
            for field, declared in kind.fields.items():
                yield f"{name}.{field}", field, get_named_type(declared.type).name
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)) and not name.startswith(
            "__"
        ):
            for field, output in kind.fields.items():
                for argument, given in output.args.items():
                    place = f"{name}.{field}({argument})"
                    yield place, argument, get_named_type(given.type).name


def plain_secrets(schema: Schema) -> list[str]:
    """Texts that are named like secrets and would be shown in messages."""
    return [
        place
        for place, name, kind in _inputs(schema)
        if kind == "String" and SECRET.search(name) and place not in NO_SECRETS
    ]


def given_back(schema: Schema) -> list[str]:
    """Fields that would give a secret."""
    return [
        f"{name}.{field}"
        for name, kind in schema.type_map.items()
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))
        for field, declared in kind.fields.items()
        if get_named_type(declared.type).name == SECRET_TEXT
    ]


def test_what_is_named_like_a_secret_has_the_type_of_secrets() -> None:
    assert plain_secrets(core_schema()) == [], "SecretText is right, or a reason in NO_SECRETS"


def test_no_field_gives_a_secret_back() -> None:
    assert given_back(core_schema()) == []


@pytest.mark.parametrize(
    ("text", "plain", "back"),
    [
        ("type Query { a(newPassword: String): Int }", ["Query.a(newPassword)"], []),
        ("input In { token: String! } type Query { a(in: In): Int }", ["In.token"], []),
        ("scalar SecretText type Query { a(code: SecretText): [SecretText!] }", [], ["Query.a"]),
    ],
)
def test_what_looks_for_them_finds_them(text: str, plain: list[str], back: list[str]) -> None:
    schema = build_schema(text)
    assert (plain_secrets(schema), given_back(schema)) == (plain, back)
