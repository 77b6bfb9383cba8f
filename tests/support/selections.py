"""Every field of the schema, as operations that a caller may ask: for tests that must not overlook one.

Walks the schema, so a new kind, field or area is asked for without being named here. A block is a root field with what
is selected below it; blocks are put together into operations within the limits of one.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from server.auth.policy import Permission
from server.graphql.permissions import permission_of

Composite = GraphQLObjectType | GraphQLInterfaceType
Give = Callable[[str, str, GraphQLArgument], str | None]
"""The literal for an argument (type, field, argument), or None for what the walk gives by itself."""

MOST_TOKENS = 1_500
MOST_BLOCKS = 4
NESTED = 5  # items of lists inside others

# Fields of entities that tell which one it is; elsewhere they are all selected.
SHORT = ("__typename", "id", "key", "caption", "holds", "marking")
SCALARS = {"ID": '"x"', "String": '"x"', "Int": "1", "Long": "1", "Float": "0.5", "Boolean": "true",
           "SecretText": '"x"', "DateTime": '"2026-01-01T00:00:00Z"', "JSON": "{}", "Upload": "null"}  # fmt: skip

_TOKEN = re.compile(r"[\w]+|\"[^\"]*\"|[{}():,\[\]]")


@dataclass(frozen=True)
class Block:
    """A root field as asked: its text, and the fields of the schema that it selects, as `Type.field`."""

    text: str
    covers: frozenset[str]

    @property
    def root(self) -> str:
        """The name of the root field."""
        found = re.match(r"\s*(\w+)", self.text)
        assert found is not None
        return found[1]

    @property
    def tokens(self) -> int:
        """About how many tokens it has."""
        return len(_TOKEN.findall(self.text))


@dataclass(frozen=True)
class _Way:
    """How to come to a type: `opened` ends where its fields begin."""

    opened: str
    covers: frozenset[str]

    def to(self, selected: str, covers: Iterable[str]) -> Block:
        """The root field that asks for `selected` there."""
        closing = "}" * (self.opened.count("{") - self.opened.count("}"))
        return Block(f"{self.opened} {selected} {closing}", self.covers | frozenset(covers))


@dataclass
class Walk:
    """What can be asked below one root type of the schema."""

    schema: GraphQLSchema
    root: GraphQLObjectType
    give: Give
    for_platform: bool = False
    _ways: dict[str, _Way] = field(default_factory=dict)

    # --- ways -------------------------------------------------------------------------------------------------

    @cached_property
    def ways(self) -> dict[str, _Way]:
        """The shortest way to each type with fields."""
        found: dict[str, _Way] = {}
        waiting: deque[tuple[Composite, _Way]] = deque([(self.root, _Way("", frozenset()))])
        while waiting:
            kind, way = waiting.popleft()
            for step, inner, covered in self._steps(kind):
                if inner.name not in found:
                    found[inner.name] = _Way(f"{way.opened} {step} {{", way.covers | covered)
                    waiting.append((inner, found[inner.name]))
        return found

    def _steps(self, kind: Composite) -> Iterator[tuple[str, Composite, frozenset[str]]]:
        if isinstance(kind, GraphQLInterfaceType):
            for each in self.schema.get_implementations(kind).objects:
                yield f"... on {each.name}", each, frozenset()
        for name, declared in self.asked(kind):
            inner = get_named_type(declared.type)
            if isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
                yield self.call(kind, name, declared), inner, frozenset([f"{kind.name}.{name}"])

    def asked(self, kind: Composite) -> Iterator[tuple[str, GraphQLField]]:
        """The fields of a type; those of the platform's administrators only if wanted."""
        for name, declared in kind.fields.items():
            needed = permission_of(kind, declared)
            if self.for_platform or needed is not Permission.MANAGE_PLATFORM:
                yield name, declared

    @cached_property
    def fields(self) -> frozenset[str]:
        """All fields that can be asked for, as `Type.field`."""
        kinds = [self.root, *(self.schema.type_map[name] for name in self.ways)]
        return frozenset(f"{k.name}.{name}" for k in kinds for name, _ in self.asked(k))  # type: ignore[arg-type]

    # --- selections -------------------------------------------------------------------------------------------

    def call(self, kind: Composite, name: str, declared: GraphQLField) -> str:
        """A field with its arguments."""
        given = [
            f"{argument_name}: {value}"
            for argument_name, argument in declared.args.items()
            if (value := self._argument(kind, name, argument_name, argument)) is not None
        ]
        return f"{name}({', '.join(given)})" if given else name

    def _argument(
        self, kind: Composite, name: str, argument_name: str, argument: GraphQLArgument
    ) -> str | None:
        own = self.give(f"{kind.name}.{name}", argument_name, argument)
        if own is not None:
            return own
        if argument_name == "first" and kind is not self.root:
            return str(NESTED)
        return literal(argument.type) if is_required_argument(argument) else None

    def selected(self, kind: Composite, name: str, declared: GraphQLField, depth: int) -> Block:
        """A field with what it has below it, `depth` steps further."""
        own = {f"{kind.name}.{name}"}
        call, inner = self.call(kind, name, declared), get_named_type(declared.type)
        if not isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
            return Block(call, frozenset(own))
        below = self.below(inner, depth)
        return Block(f"{call} {{ {below.text} }}", below.covers | own)

    def below(self, kind: Composite, depth: int) -> Block:
        """What is selected of a type: of entities what tells them apart, of others everything."""
        if self._is_entity(kind):
            return Block(" ".join(SHORT), frozenset(f"{kind.name}.{n}" for n in SHORT[1:]))
        parts = [Block("__typename", frozenset())]
        for name, declared in self.asked(kind):
            if is_leaf_type(get_named_type(declared.type)) or depth > 0:
                parts.append(self.selected(kind, name, declared, depth - 1))
        return joined(parts)

    def _is_entity(self, kind: Composite) -> bool:
        return kind.name == "Entity" or any(i.name == "Entity" for i in kind.interfaces)

    # --- blocks -----------------------------------------------------------------------------------------------

    def blocks(self, depth: int = 2) -> Iterator[Block]:
        """Blocks that together select every field, each with what it has below it."""
        for name, declared in self.asked(self.root):
            yield self.selected(self.root, name, declared, depth)
        for kind_name, way in self.ways.items():
            kind = self.schema.type_map[kind_name]
            assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
            parts = [self.selected(kind, name, each, depth - 1) for name, each in self.asked(kind)]
            for some in chunks(parts):
                whole = joined([Block("__typename", frozenset()), *some])
                yield way.to(whole.text, whole.covers)


def joined(blocks: Iterable[Block]) -> Block:
    """Several selections beside each other."""
    parts = list(blocks)
    return Block(" ".join(b.text for b in parts), frozenset().union(*(b.covers for b in parts)))


def chunks(blocks: Iterable[Block], most: int = 500) -> Iterator[list[Block]]:
    """Blocks in groups of about as many tokens."""
    group: list[Block] = []
    tokens = 0
    for block in blocks:
        if group and tokens + block.tokens > most:
            yield group
            group, tokens = [], 0
        group.append(block)
        tokens += block.tokens
    if group:
        yield group


def operations(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks put together as queries, each under an alias of its own."""
    for group in chunks(blocks, MOST_TOKENS):
        for start in range(0, len(group), MOST_BLOCKS):
            some = group[start : start + MOST_BLOCKS]
            aliased = " ".join(f"a{i}: {b.text.strip()}" for i, b in enumerate(some))
            yield Block(f"{{ {aliased} }}", frozenset().union(*(b.covers for b in some)))


def literal(kind: GraphQLInputType, scalars: Mapping[str, str] = SCALARS) -> str:
    """A value of a type: the plainest that is allowed, with these for scalars."""
    if isinstance(kind, GraphQLNonNull):
        return literal(kind.of_type, scalars)
    if isinstance(kind, GraphQLList):
        return f"[{literal(kind.of_type, scalars)}]"
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        required = [(n, f) for n, f in kind.fields.items() if is_required_input_field(f)]
        return "{" + ", ".join(f"{n}: {literal(f.type, scalars)}" for n, f in required) + "}"
    return scalars.get(name := get_named_type(kind).name) or SCALARS[name]
