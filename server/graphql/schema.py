"""The whole schema, assembled once per process from the ontology and the services' areas.

Nothing is listed here: an area is a folder with `queries.py`, `mutations.py` or `subscriptions.py`, each of which may
have a function `fields()`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, Undefined
from strawberry.schema.config import StrawberryConfig
from strawberry.types.field import StrawberryField

from server.graphql.acts import audit_mutations
from server.graphql.declare import object_type
from server.graphql.entities.types import entity_types
from server.graphql.permissions import unguarded
from server.graphql.scalars import SCALARS
from server.memory import undisturbed


@cache
def build() -> strawberry.Schema:
    """The schema as Strawberry knows it."""
    with undisturbed():
        return _build()


def _build() -> strawberry.Schema:
    types = entity_types()
    made = strawberry.Schema(
        query=object_type("Query", "What can be asked.", list(_fields("queries"))),
        mutation=object_type("Mutation", "What can be done.", list(_fields("mutations"))),
        subscription=object_type(
            "Subscription", "What can be followed as it happens.", list(_fields("subscriptions"))
        ),
        types=types,
        config=StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS),
    )
    _drop_null_defaults(made._schema)
    if fields := unguarded(made._schema):
        raise TypeError(f"nobody said which permission these need: {', '.join(fields)}")
    audit_mutations(made._schema)
    return made


def _fields(module: str) -> Iterator[StrawberryField]:
    """The root fields that the areas' modules of this name give."""
    for folder in sorted(Path(__file__).parent.iterdir()):
        if (folder / f"{module}.py").is_file():
            area = importlib.import_module(f"{__package__}.{folder.name}.{module}")
            yield from area.fields()


def _drop_null_defaults(schema: GraphQLSchema) -> None:
    """Take out the `= null` that Python needs on arguments that may be left out."""
    for kind in schema.type_map.values():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for field in kind.fields.values():
                for argument in field.args.values():
                    if argument.default_value is None:
                        argument.default_value = Undefined


def core_schema() -> GraphQLSchema:
    """The schema as graphql-core knows it: what documents are validated and executed against."""
    return build()._schema
