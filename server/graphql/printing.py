"""The schema as text: the file `schema.graphql`, which is the contract with callers."""

from __future__ import annotations

from graphql import lexicographic_sort_schema, print_schema

from server.graphql.schema import core_schema


def printed_schema() -> str:
    """The schema in GraphQL's definition language, sorted so that differences stay small."""
    return f"{print_schema(lexicographic_sort_schema(core_schema()))}\n"
