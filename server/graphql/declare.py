"""Makes Strawberry types from data instead of from class bodies.

A type per kind of the ontology cannot be written by hand. Building Strawberry's own definitions
directly keeps a schema of a thousand types within a fraction of a second; nothing here knows the
ontology.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import (
    StrawberryList,
    StrawberryObjectDefinition,
    StrawberryOptional,
    StrawberryType,
)
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from server.auth.policy import Permission
from server.graphql.permissions import METADATA, requires

if TYPE_CHECKING:
    from strawberry.types import Info

Kind = StrawberryType | type
"""What stands as a GraphQL type in Strawberry: a class, or a wrapper (list, nullable) around one."""

RECORDED: Mapping[object, object] = {"recorded": True}

E = TypeVar("E", bound=enum.Enum)

Read = Callable[[Any], object]
Resolve = Callable[[Any, "Info[Any, Any]", Mapping[str, Any]], object]


class DeclaredField(StrawberryField):
    """A field made from data.

    `reads` says what it stands for in the graph; the compiler goes by it.
    """

    reads: object = None
    read: Read | None = None
    resolve: Resolve | None = None

    @property
    def is_basic_field(self) -> bool:
        """Whether the value needs neither arguments nor the request."""
        return self.resolve is None

    def get_result(
        self, source: Any, info: Info[Any, Any] | None, args: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        """The field's value on `source`."""
        if self.resolve is not None and info is not None:
            return self.resolve(source, info, kwargs)
        if self.read is not None:
            return self.read(source)
        return super().get_result(source, info, args, kwargs)


def nullable(of: Kind) -> StrawberryOptional:
    """`of`, or null."""
    return StrawberryOptional(of)


def list_of(of: Kind) -> StrawberryList:
    """A list of `of`, none of them null."""
    return StrawberryList(of)


def argument(
    name: str, kind: Kind, description: str, default: object = strawberry.UNSET
) -> StrawberryArgument:
    """An argument by its name in snake_case. Without a default a nullable one may be left out."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(kind),
        default=default,
        description=description,
    )


def field(
    name: str,
    kind: Kind,
    description: str,
    *,
    graphql_name: str | None = None,
    arguments: Iterable[StrawberryArgument] = (),
    read: Read | None = None,
    resolve: Resolve | None = None,
    reads: object = None,
    default: object = dataclasses.MISSING,
    needs: Permission | None = None,
    is_subscription: bool = False,
) -> DeclaredField:
    """An output or input field by its name in snake_case.

    `read` takes it from the source alone, `resolve` also knows the request and the arguments;
    without either it is the source's attribute of that name. `default` is for input fields.
    """
    made = DeclaredField(
        python_name=name,
        graphql_name=graphql_name or to_camel_case(name),
        type_annotation=StrawberryAnnotation(kind),
        description=description,
        default=default,
        metadata={METADATA: needs} if needs else None,
        is_subscription=is_subscription,
    )
    made.arguments = list(arguments)
    made.reads, made.read, made.resolve = reads, read, resolve
    return made


def object_type(
    name: str,
    description: str,
    fields: Sequence[StrawberryField],
    *,
    base: type = object,
    needs: Permission | None = None,
) -> type:
    """An object type.

    With a `base` that is a Strawberry interface it implements that, its fields first.
    """
    made = type(name, (base,), {"__doc__": description})
    if needs:
        requires(needs)(made)
    interface = getattr(base, "__strawberry_definition__", None)
    inherited: list[StrawberryField] = list(interface.fields) if interface else []
    _define(made, name, description, [*inherited, *fields], [interface] if interface else [])
    return made


class Given:
    """The fields of an input type that a caller gave, by their names in snake_case."""

    def __init__(self, **given: Any) -> None:
        self.given: dict[str, Any] = given

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.given})"


def input_type(name: str, description: str, fields: Sequence[StrawberryField]) -> type[Given]:
    """An input type; what arrives is a `Given`."""
    made = type(name, (Given,), {"__doc__": description})
    _define(made, name, description, fields, [], is_input=True)
    return made


def add_fields(made: type, fields: Iterable[StrawberryField]) -> None:
    """Add fields to a type made here: those that refer to types made after it."""
    made.__strawberry_definition__.fields.extend(fields)  # type: ignore[attr-defined]


def documented(
    *, name: str | None = None, graphql_type: Any = None, needs: Permission | None = None
) -> Callable[..., Any]:
    """Make a method, or a function, a field whose description is its docstring."""

    def decorate(resolver: Callable[..., Any]) -> Any:
        return strawberry.field(
            resolver=resolver,
            name=name,
            description=inspect.getdoc(resolver),
            graphql_type=graphql_type,
            metadata={METADATA: needs} if needs else None,
        )

    return decorate


def described(
    description: str, *, name: str | None = None, **values: str
) -> Callable[[type[E]], type[E]]:
    """Make an enum class a GraphQL enum, with a description for it and for each of its values."""

    def decorate(made: type[E]) -> type[E]:
        strawberry.enum(made, name=name, description=description)
        definition: StrawberryEnumDefinition = made.__strawberry_definition__  # type: ignore[attr-defined]
        for value in definition.values:
            value.description = values[value.name]
        return made

    return decorate


def recorded(description: str, **more: Any) -> Any:
    """A text of an input type that the audit shows: without this it shows ids, numbers and words of ours only."""
    return strawberry.field(description=description, metadata=RECORDED, **more)


def recorded_argument(description: str) -> Any:
    """A text argument that the audit shows."""
    return strawberry.argument(description=description, metadata=RECORDED)


def enum_type(name: str, description: str, values: Mapping[str, str]) -> type[enum.Enum]:
    """An enum whose values are their own names, from names to descriptions."""
    made = enum.StrEnum(name, {word: word for word in values})  # type: ignore[misc]
    return described(description, **values)(made)


def _define(
    made: type,
    name: str,
    description: str,
    fields: Sequence[StrawberryField],
    interfaces: list[StrawberryObjectDefinition],
    *,
    is_input: bool = False,
) -> None:
    made.__strawberry_definition__ = StrawberryObjectDefinition(  # type: ignore[attr-defined]
        name=name,
        is_input=is_input,
        is_interface=False,
        origin=made,
        description=description,
        interfaces=interfaces,
        extend=False,
        directives=[],
        is_type_of=None,
        resolve_type=None,
        fields=list(fields),
    )
