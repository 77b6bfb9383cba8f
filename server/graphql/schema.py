"""The whole schema, assembled once per process from the ontology and the services' areas."""

from __future__ import annotations

from functools import cache

import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, Undefined
from strawberry.schema.config import StrawberryConfig

from server.graphql.declare import object_type
from server.graphql.entities.queries import root_fields
from server.graphql.entities.types import entity_types
from server.graphql.scalars import SCALARS


@cache
def build() -> strawberry.Schema:
    """The schema as Strawberry knows it."""
    types = entity_types()
    query = object_type("Query", "What can be asked.", root_fields())
    made = strawberry.Schema(
        query=query,
        types=types,
        config=StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS),
    )
    _drop_null_defaults(made._schema)
    return made


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
