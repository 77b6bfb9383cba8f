"""Every mutation leaves its two rows in the audit: one before it is carried out, one after, with how it ended.

What the rows tell of the arguments: ids, numbers, truth values and words of enums; texts only where they are declared
to be recorded (`declare.recorded`). So a secret is never in them, whatever it is called.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from inspect import isawaitable
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    default_field_resolver,
    get_named_type,
)

from server.audit.events import PLATFORM
from server.audit.journal import Act
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.declare import RECORDED
from server.graphql.permissions import metadata_of, permission_of

MOST_ITEMS = 20
PLAIN = ("ID", "Int", "Float", "Boolean", "Long", "DateTime")

Told = Mapping[str, Any]


def audit_mutations(schema: GraphQLSchema) -> None:
    """Let each field of `Mutation` leave its rows. What cannot be told is not done.

    They are in the caller's organization's chain; of what needs MANAGE_PLATFORM, in the platform's.
    """
    if schema.mutation_type is not None:
        for name, field in schema.mutation_type.fields.items():
            needs = permission_of(schema.mutation_type, field)
            field.resolve = _around(name, field, is_platforms=needs is Permission.MANAGE_PLATFORM)


def _around(name: str, field: GraphQLField, *, is_platforms: bool) -> Callable[..., Any]:
    resolve = field.resolve or default_field_resolver

    async def audited(source: Any, info: GraphQLResolveInfo, /, **arguments: Any) -> Any:
        context: Context = info.context
        told = told_of(field.args, arguments)
        subject = next(_ids(field.args, arguments), "")
        who = replace(context.caller, org=PLATFORM) if is_platforms else context.caller
        async with context.audit.act(who, name, subject, told) as act:
            payload = resolve(source, info, **arguments)
            if isawaitable(payload):
                payload = await payload
            _tell_end(act, payload)
        return payload

    return audited


def _tell_end(act: Act, payload: Any) -> None:
    """How it ended, by the payload: the first error that the caller should mend, or what was made."""
    errors = getattr(payload, "errors", None) or []
    if errors:
        act.outcome = errors[0].code
    for name, value in vars(payload).items() if hasattr(payload, "__dict__") else ():
        found = getattr(value, "id", None)
        if isinstance(found, str):
            act.details[name] = found
            act.subject = act.subject or found


def told_of(
    declared: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField], given: Told
) -> dict[str, Any]:
    """What a row tells of the given arguments, or fields of an input, by their names."""
    return {
        name: told
        for name, one in declared.items()
        if (told := _told(one, given.get(one.out_name or name))) is not None
    }


def _told(one: GraphQLArgument | GraphQLInputField, value: Any) -> Any:
    if value is None:
        return None
    kind = get_named_type(one.type)
    if isinstance(value, list):
        items = [_told(one, each) for each in value[:MOST_ITEMS]]
        return [each for each in items if each is not None] or None
    if isinstance(kind, GraphQLInputObjectType):
        return told_of(kind.fields, value) or None
    if isinstance(kind, GraphQLEnumType):
        return str(value.name if isinstance(value, enum.Enum) else value)
    if isinstance(kind, GraphQLScalarType) and (kind.name in PLAIN or _is_recorded(one)):
        return value if isinstance(value, (bool, int, float)) else str(value)
    return None


def _is_recorded(one: GraphQLArgument | GraphQLInputField) -> bool:
    metadata = metadata_of(one)
    return all(metadata.get(name) == value for name, value in RECORDED.items())


def _ids(
    declared: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField], given: Told
) -> Iterator[str]:
    """The ids among the arguments, in their order: the first one is what the act is about."""
    for name, one in declared.items():
        value, kind = given.get(one.out_name or name), get_named_type(one.type)
        if isinstance(kind, GraphQLInputObjectType) and isinstance(value, Mapping):
            yield from _ids(kind.fields, value)
        elif kind.name == "ID" and isinstance(value, str):
            yield value
