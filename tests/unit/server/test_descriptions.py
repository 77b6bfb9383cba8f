"""Descriptions in the schema say more than the name that stands beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import GraphQLInterfaceType, GraphQLObjectType

from server.graphql.schema import core_schema

FILLERS = {"a", "an", "the", "its", "this", "of", "it", "is"}


def fields() -> Iterator[tuple[str, str, str]]:
    for kind in core_schema().type_map.values():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for name, field in kind.fields.items():
                if not kind.name.startswith("__"):
                    yield f"{kind.name}.{name}", name, field.description or ""


def words(text: str) -> list[str]:
    spread = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return [each for each in re.findall(r"[a-z]+", spread.lower()) if each not in FILLERS]


def test_no_field_is_described_by_its_name_alone() -> None:
    assert [
        where for where, name, description in fields() if words(description) == words(name)
    ] == []
