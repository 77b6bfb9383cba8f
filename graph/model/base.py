"""How a kind of entity or relationship is declared, and what every one of them has.

A declaration is a pydantic model. All that Mirage does with a kind (constraints, writes, GraphQL
type, filters, export, reference page) is read off its class; nothing here knows Neo4j or GraphQL.
"""

from __future__ import annotations

import builtins
import hashlib
import inspect
import types
import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self, Union, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from graph.errors import InvalidFact, Refused
from graph.model.property import MergePolicy, Property, Standard, prop, qualifier, read_property
from graph.model.values.text import KEY_SEPARATOR, LINE

__all__ = [
    "KEY_SEPARATOR",
    "Declared",
    "Entity",
    "Fact",
    "MergePolicy",
    "Property",
    "Relationship",
    "Standard",
    "name_id",
    "prop",
    "qualifier",
]

SEPARATOR = "\x1f"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:mirage:graph")


def name_id(*parts: str) -> str:
    """The name-based UUID (version 5) over `parts` joined with U+001F, as text."""
    digest = bytearray(
        hashlib.sha1(
            NAMESPACE.bytes + SEPARATOR.join(parts).encode(), usedforsecurity=False
        ).digest()[:16]
    )
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Declared(BaseModel):
    """What entities and relationships share: frozen values whose class carries the declaration."""

    # Inputs stay out of pydantic's messages, since a refused URL may hold a password.
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True
    )

    is_abstract: ClassVar[bool] = True

    def __init__(self, **data: Any) -> None:
        """Take the properties by name. Raises Refused for a refused value, else InvalidFact."""
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise _translated(type(self), error) from error

    @classmethod
    def description(cls) -> str:
        """The class docstring, which is the kind's description everywhere."""
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def properties(cls) -> dict[str, Property]:
        """The stored properties by name, as declared; a relationship's ends are not among them."""
        found = cls.__dict__.get("_properties")
        if found is None:
            found = {
                name: read_property(name, info)
                for name, info in cls.model_fields.items()
                if not (issubclass(cls, Relationship) and name in ("source", "target"))
            }
            type.__setattr__(cls, "_properties", found)
        return cast(dict[str, Property], found)


class Entity(Declared):
    """A thing that an investigation is about. Subclasses are the labels of the graph.

    A subclass says its `plural` (the GraphQL root field), its `standard`, and its key: by
    `prop(key=True)` on one or more fields, or by an own `make_key` with its `from_key`.
    """

    plural: ClassVar[str] = ""
    standard: ClassVar[Standard] = Standard()
    possible_roles: ClassVar[tuple[str, ...]] = ()
    # What an analyst may type to name one: a pattern that the whole text matches, and its hint.
    seed_form: ClassVar[str] = ""
    seed_hint: ClassVar[str] = ""
    # Whether a source's spelling of a key of one text is kept as an alias.
    keeps_spellings: ClassVar[bool] = True
    _has_derived: ClassVar[bool] = False
    _has_own_key: ClassVar[bool] = False

    aliases: tuple[Annotated[str, LINE], ...] = prop(
        "Other spellings under which sources gave this value.",
        default=(),
        searched=True,
        merge="union",
    )

    def __init_subclass__(cls, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.is_abstract = abstract
        type.__setattr__(cls, "_has_derived", cls.derive is not Entity.derive)
        type.__setattr__(cls, "_has_own_key", cls.make_key is not Entity.make_key)

    def __init__(self, **data: Any) -> None:
        super().__init__(**self.prepared(data))
        if self._has_derived:
            self.__dict__.update(self.derive())
        if self._has_own_key:
            self.__dict__["key"] = self.make_key()
        name = self._single_text_key() if self.keeps_spellings else ""
        if name and isinstance(raw := data.get(name), str) and raw != getattr(self, name):
            self._keep_spelling(raw, getattr(self, name))

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """What was given, with fields of the key filled that follow from other fields."""
        return data

    def _keep_spelling(self, raw: str, normal: str) -> None:
        """Note a source's spelling where it tells more than case, outer space and a last dot."""
        spelling = LINE(self.spelling(raw))
        if spelling and _fold(spelling) != _fold(normal) and spelling not in self.aliases:
            self.__dict__["aliases"] = (*self.aliases, spelling)

    @classmethod
    def spelling(cls, raw: str) -> str:
        """What of a source's spelling of the key is worth keeping as an alias."""
        return raw

    @classmethod
    def _single_text_key(cls) -> str:
        found = cls.__dict__.get("_text_key")
        if found is None:
            keys = cls.key_fields()
            found = (
                keys[0] if len(keys) == 1 and cls.properties()[keys[0]].python_type is str else ""
            )
            type.__setattr__(cls, "_text_key", found)
        return cast(str, found)

    @property
    def label(self) -> str:
        """The Neo4j label and the GraphQL type's name."""
        return type(self).__name__

    @cached_property
    def key(self) -> str:
        """The canonical key, unique within organization and label."""
        return self.make_key()

    def make_key(self) -> str:
        """Build `key`: by default the key fields joined with `¦`. Raises Refused if it cannot."""
        return KEY_SEPARATOR.join(str(getattr(self, name)) for name in self.key_fields())

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        """The names of the properties declared as key, in order."""
        found = cls.__dict__.get("_key_fields")
        if found is None:
            found = tuple(p.name for p in cls.properties().values() if p.is_key)
            type.__setattr__(cls, "_key_fields", found)
        return cast(tuple[str, ...], found)

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The entity with canonical key `key` and nothing else known."""
        names = cls.key_fields()
        parts = key.split(KEY_SEPARATOR, len(names) - 1) if names else []
        if not parts or len(parts) != len(names):
            raise Refused(
                f"a key of {cls.__name__}", key, f"its form is {KEY_SEPARATOR.join(names)}"
            )
        return cls(**dict(zip(names, parts, strict=True)))

    @classmethod
    def from_seed(cls, text: str) -> Entity:
        """The entity that an analyst's `text`, which has `seed_form`, names. Raises Refused."""
        return cls.from_key(text)

    def derive(self) -> Mapping[str, object]:
        """The values of derived properties: functions of the key alone, so that claims agree."""
        return {}

    def caption(self) -> str:
        """What a person reads as this entity's name. By default the key."""
        return self.key

    def roles(self) -> tuple[str, ...]:
        """Further labels it carries, of `possible_roles`: a function of the key alone."""
        return ()

    def implies(self) -> Iterator[Entity | Relationship]:
        """Facts that follow from the key alone, such as a name's parent; they share its claims."""
        return iter(())

    def id_in(self, org: str) -> str:
        """The id of this entity in the organization with id `org`."""
        return name_id(org, self.label, self.key)


class Relationship(Declared):
    """A directed connection of two entities. Subclasses are the relationship types of the graph.

    A subclass annotates `source` and `target` with an entity class or a union of them, and names
    the GraphQL fields by which its ends see it: `forward` on the source, `backward` on the target.
    """

    type: ClassVar[str] = ""
    forward: ClassVar[str] = ""
    backward: ClassVar[str] = ""
    standard: ClassVar[Standard] = Standard()

    source: Entity
    target: Entity

    def __init_subclass__(cls, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.is_abstract = abstract

    @classmethod
    def sources(cls) -> tuple[builtins.type[Entity], ...]:
        """The kinds this relationship may start from."""
        return _end_kinds(cls, "source")

    @classmethod
    def targets(cls) -> tuple[builtins.type[Entity], ...]:
        """The kinds this relationship may lead to."""
        return _end_kinds(cls, "target")

    def qualifiers(self) -> str:
        """The qualifiers' values joined with `¦`; empty for a type that has none."""
        return KEY_SEPARATOR.join(str(getattr(self, name)) for name in self.qualifier_fields())

    @classmethod
    def qualifier_fields(cls) -> tuple[str, ...]:
        """The names of the properties declared as qualifiers, in order."""
        found = cls.__dict__.get("_qualifier_fields")
        if found is None:
            found = tuple(p.name for p in cls.properties().values() if p.is_qualifier)
            builtins.type.__setattr__(cls, "_qualifier_fields", found)
        return cast(tuple[str, ...], found)

    def id_in(self, org: str) -> str:
        """The id of this relationship in the organization with id `org`."""
        return name_id(
            self.source.id_in(org), type(self).type, self.target.id_in(org), self.qualifiers()
        )


Fact = Entity | Relationship


def _end_kinds(cls: builtins.type[Relationship], end: str) -> tuple[builtins.type[Entity], ...]:
    annotation = cls.model_fields[end].annotation
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(get_args(annotation))
    return (cast(builtins.type[Entity], annotation),)


def _translated(cls: builtins.type[Declared], error: ValidationError) -> InvalidFact:
    """The first refusal among `error`'s, else a sentence for each field at fault."""
    details = error.errors(include_url=False)
    for detail in details:
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, Refused):
            return Refused(cause.wanted, cause.raw, cause.reason)
    lines = (f"{cls.__name__}.{'.'.join(map(str, d['loc']))}: {d['msg']}" for d in details)
    return InvalidFact("; ".join(lines))


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().rstrip(".").casefold()
