"""How one property of a kind is declared, and what is read off its declaration."""

from __future__ import annotations

import builtins
import types
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import Field
from pydantic.fields import FieldInfo

from graph.errors import InvalidFact

MergePolicy = Literal["best", "union"]


@dataclass(frozen=True)
class Standard:
    """What the same thing is called elsewhere. Empty where a standard has no word for it."""

    stix: str = ""
    oam: str = ""
    ftm: str = ""
    ecs: str = ""


@dataclass(frozen=True)
class Property:
    """One stored property of a kind, as read off its declaration."""

    name: str
    python_type: type
    is_list: bool
    is_required: bool
    description: str
    unit: str
    example: object
    choices: tuple[str, ...]
    is_key: bool
    is_derived: bool
    is_indexed: bool
    is_searched: bool
    is_qualifier: bool
    merge: MergePolicy


def prop(  # noqa: PLR0913  one word for each thing a declaration may say
    description: str,
    *,
    default: object = None,
    example: object = None,
    unit: str = "",
    key: bool = False,
    derived: bool = False,
    indexed: bool = False,
    searched: bool = False,
    merge: MergePolicy = "best",
) -> Any:
    """Declare a property.

    `key` makes it part of the identity (and required); `derived` says that it follows from the key
    alone (`Entity.derive` fills it, whatever was given), so that it belongs to no claim and has no
    history; `indexed` gives it a range index; `searched` puts it into full-text search; `merge`
    says how the values of several claims become one: the best claim's, or the union of all (lists
    only). `unit` is what the number counts.
    """
    extra: dict[str, object] = {
        "unit": unit,
        "key": key,
        "derived": derived,
        "indexed": indexed,
        "searched": searched,
        "merge": merge,
        "qualifier": False,
    }
    start: Any = ... if key else default
    return Field(
        start,
        description=description,
        examples=None if example is None else [example],
        json_schema_extra=cast(Any, extra),
    )


def qualifier(
    description: str, *, example: object = None, unit: str = "", default: object = ""
) -> Any:
    """Declare a relationship's property that is part of its identity, such as a DNS record type.

    `default=...` makes it required.
    """
    extra: dict[str, object] = {"unit": unit, "qualifier": True, "merge": "best"}
    return Field(
        default,
        description=description,
        examples=None if example is None else [example],
        json_schema_extra=cast(Any, extra),
    )


def _extra(info: FieldInfo) -> dict[str, Any]:
    extra = info.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def read_property(name: str, info: FieldInfo) -> Property:
    """What field `info` declares. Raises InvalidFact for a field declared otherwise."""
    extra = _extra(info)
    if "merge" not in extra:
        raise InvalidFact(f"property {name!r} is declared without prop() or qualifier()")
    base, is_list, choices = _read_type(name, info.annotation)
    if extra["merge"] == "union" and not is_list:
        raise InvalidFact(f"property {name!r} merges by union but is not a list")
    return Property(
        name=name,
        python_type=base,
        is_list=is_list,
        is_required=info.is_required(),
        description=info.description or "",
        unit=str(extra.get("unit", "")),
        example=info.examples[0] if info.examples else None,
        choices=choices,
        is_key=bool(extra.get("key")),
        is_derived=bool(extra.get("derived")),
        is_indexed=bool(extra.get("indexed")),
        is_searched=bool(extra.get("searched")),
        is_qualifier=bool(extra.get("qualifier")),
        merge=cast(MergePolicy, extra["merge"]),
    )


def _read_type(name: str, annotation: Any) -> tuple[builtins.type, bool, tuple[str, ...]]:
    """The scalar type, whether it is a list, and the allowed words of `annotation`."""
    if get_origin(annotation) is Annotated:
        return _read_type(name, get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [a for a in get_args(annotation) if a is not type(None)]
        if len(rest) == 1:
            return _read_type(name, rest[0])
    if get_origin(annotation) is tuple:
        base, _, choices = _read_type(name, get_args(annotation)[0])
        return base, True, choices
    if get_origin(annotation) is Literal:
        return str, False, cast(tuple[str, ...], get_args(annotation))
    if annotation in (str, int, float, bool, datetime):
        return cast(builtins.type, annotation), False, ()
    raise InvalidFact(
        f"property {name!r} has type {annotation!r}; "
        "allowed are str, int, float, bool, datetime, and tuples of them"
    )
