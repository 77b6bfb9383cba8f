"""Input types by which entities and relationships are filtered and ordered, one set per kind.

Within one filter all given conditions hold together; `or` and `not` are written out. What a
condition means, above all for values that are absent, is said here in the descriptions and in
`docs/graphql-api.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache

from strawberry.types.field import StrawberryField

from graph.model.base import Entity as EntityModel
from graph.model.base import Property
from graph.model.base import Relationship as RelationshipModel
from server.graphql.declare import (
    Given,
    Kind,
    add_fields,
    enum_type,
    field,
    input_type,
    list_of,
    nullable,
)
from server.graphql.entities.reads import relationship_reads, to_snake
from server.graphql.entities.vocabulary import EntityKind, OrderDirection
from server.graphql.scalars import Long

SCALAR_OF: dict[type, Kind] = {
    str: str,
    int: Long,
    float: float,
    bool: bool,
    datetime: datetime,
}
"""The GraphQL scalar of a property's Python type."""

_NAME_OF: dict[type, str] = {
    str: "String",
    int: "Int",
    float: "Float",
    bool: "Boolean",
    datetime: "DateTime",
}


def _condition(name: str, kind: Kind, description: str) -> StrawberryField:
    return field(name, nullable(kind), description)


def _equality(kind: Kind) -> list[StrawberryField]:
    return [
        _condition("eq", kind, "Equal to this."),
        _condition("ne", kind, "Known, and not equal to this."),
        _condition("in", list_of(kind), "Equal to one of these; an empty list matches nothing."),
    ]


def _is_null() -> StrawberryField:
    return _condition("is_null", bool, "True: no value is known. False: a value is known.")


def _order_conditions(kind: Kind) -> list[StrawberryField]:
    return [
        _condition("gt", kind, "Greater than, or later than, this."),
        _condition("gte", kind, "At least this."),
        _condition("lt", kind, "Less than, or earlier than, this."),
        _condition("lte", kind, "At most this."),
    ]


StringFilter = input_type(
    "StringFilter",
    (
        "Conditions on a text; capital and small letters differ. A value that is not known meets "
        "none but `isNull: true`."
    ),
    [
        *_equality(str),
        _condition("starts_with", str, "Begins with this."),
        _condition("ends_with", str, "Ends with this."),
        _condition("contains", str, "Has this somewhere."),
        _is_null(),
    ],
)
KindFilter = input_type(
    "EntityKindFilter", "Conditions on an entity's kind.", _equality(EntityKind)
)
BooleanFilter = input_type(
    "BooleanFilter",
    "Conditions on a truth value. What is not known meets none but `isNull: true`.",
    [_condition("eq", bool, "Equal to this."), _is_null()],
)


@cache
def number_filter(of: type) -> type[Given]:
    """The filter on numbers or times of the Python type `of`."""
    kind = SCALAR_OF[of]
    return input_type(
        f"{_NAME_OF[of]}Filter",
        "Conditions on a time. A time that is not known meets none but `isNull: true`."
        if of is datetime
        else "Conditions on a number. A number that is not known meets none but `isNull: true`.",
        [*_equality(kind), *_order_conditions(kind), _is_null()],
    )


@cache
def list_filter(of: type) -> type[Given]:
    """The filter on lists of the Python type `of`."""
    kind = SCALAR_OF[of]
    return input_type(
        f"{_NAME_OF[of]}ListFilter",
        "Conditions on a list. A list of which nothing is known is empty.",
        [
            _condition("has", kind, "This is in the list."),
            _condition("has_any", list_of(kind), "One of these at least is in the list."),
            _condition("is_empty", bool, "True: the list is empty. False: it is not."),
        ],
    )


def filter_of(declared: Property) -> type[Given]:
    """The filter type for a property."""
    if declared.is_list:
        return list_filter(declared.python_type)
    if declared.python_type is str:
        return StringFilter
    if declared.python_type is bool:
        return BooleanFilter
    return number_filter(declared.python_type)


def _own_conditions(model: type[EntityModel | RelationshipModel]) -> Iterator[StrawberryField]:
    """A condition for each declared property; `aliases` is common to all entities."""
    for declared in model.properties().values():
        if declared.name != "aliases":
            yield _condition(declared.name, filter_of(declared), declared.description)


def _fact_conditions() -> list[StrawberryField]:
    """Conditions on what entities and relationships have in common."""
    return [
        _condition("first_seen", number_filter(datetime), "When it was first observed."),
        _condition("last_seen", number_filter(datetime), "When it was last confirmed."),
        _condition("confidence", number_filter(float), "How sure it is, 0 to 1."),
        _condition("tags", list_filter(str), "The labels that analysts gave it."),
    ]


def _entity_conditions() -> list[StrawberryField]:
    return [
        _condition("key", StringFilter, "The canonical key."),
        _condition("caption", StringFilter, "The name a person reads."),
        *_fact_conditions(),
    ]


def _with_logic(made: type[Given]) -> type[Given]:
    add_fields(
        made,
        [
            _condition("and", list_of(made), "All of these; an empty list matches everything."),
            _condition(
                "or", list_of(made), "One of these at least; an empty list matches nothing."
            ),
            _condition(
                "not",
                made,
                "Not this. A condition on a value that is not known is not met, so its `not` is.",
            ),
        ],
    )
    return made


EntityWhere = _with_logic(
    input_type(
        "EntityWhere",
        "Conditions on an entity of any kind; all that are given hold together.",
        [_condition("kind", KindFilter, "Of which kind it is."), *_entity_conditions()],
    )
)


@cache
def where_of(kind: type[EntityModel]) -> type[Given]:
    """The filter type of a kind. Its `has` is added by `add_has` once all kinds have one."""
    name = kind.__name__
    return _with_logic(
        input_type(
            f"{name}Where",
            f"Conditions on a {name}; all that are given hold together.",
            [*_entity_conditions(), *_own_conditions(kind)],
        )
    )


@cache
def edge_where_of(relationship: type[RelationshipModel]) -> type[Given]:
    """The filter type of a relationship type."""
    name = relationship.__name__
    return _with_logic(
        input_type(
            f"{name}Where",
            f"Conditions on a {relationship.type} relationship; all that are given hold together.",
            [*_fact_conditions(), *_own_conditions(relationship)],
        )
    )


def where_of_ends(kinds: tuple[type[EntityModel], ...]) -> type[Given]:
    """The filter type for what lies at an end that may be one of `kinds`."""
    return where_of(kinds[0]) if len(kinds) == 1 else EntityWhere


def add_has(kind: type[EntityModel]) -> None:
    """Give the kind's filter its `has`: conditions on what the entity is related to."""
    name = kind.__name__
    conditions = [
        _condition(
            to_snake(field_name),
            where_of_ends(reads.ends),
            f"{reads.relationship.type} {'leads to' if reads.way == 'OUT' else 'comes from'} "
            "at least one such entity.",
        )
        for field_name, reads in relationship_reads(kind).items()
    ]
    if conditions:
        has = input_type(
            f"{name}Has",
            (
                f"What a {name} is related to, by relationships that hold to entities that hold; "
                f"`{{}}` stands for any. All that are given hold together."
            ),
            conditions,
        )
        add_fields(where_of(kind), [_condition("has", has, "Conditions on related entities.")])


EntityOrderField = enum_type(
    "EntityOrderField",
    "By what entities are ordered; those that are equal follow by their ids.",
    {
        "KEY": "By the canonical key.",
        "FIRST_SEEN": "By when it was first observed.",
        "LAST_SEEN": "By when it was last confirmed.",
        "CONFIDENCE": "By how sure it is.",
    },
)

EntityOrder = input_type(
    "EntityOrder",
    "An order of entities.",
    [
        field("field", EntityOrderField, "The value to order by.", default="KEY"),
        field(
            "direction",
            OrderDirection,
            "Whether the least or the greatest value comes first.",
            default="ASC",
        ),
    ],
)
