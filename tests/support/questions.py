"""Random valid GraphQL operations over the real schema, for asking the same in two ways.

Walks the schema, so a new kind, field or filter is asked for without being named here. Values come from a pool that the
seeded graph can answer to.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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
)


@dataclass(frozen=True)
class Pool:
    """Values to ask with, by the name of their scalar type; root fields to ask for, and others to mix with them.

    Fields called as in `apart` are not asked for.
    """

    values: dict[str, Sequence[Any]]
    kinds: tuple[str, ...]
    roots: tuple[str, ...]
    others: tuple[str, ...] = ()
    apart: frozenset[str] = frozenset()


@dataclass
class Question:
    """An operation with its variables."""

    text: str
    variables: dict[str, Any]


@dataclass
class Asker:
    """Makes questions from one source of chance."""

    schema: GraphQLSchema
    pool: Pool
    draw: random.Random
    deepest: int = 4
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)

    def question(self) -> Question:
        """A new operation with one or two root fields, and sometimes others beside them."""
        self.variables, self.declared, self.fragments = {}, [], []
        query = self.schema.query_type
        assert query is not None
        roots = self.draw.sample(self.pool.roots, self.draw.choice([1, 1, 2]))
        if self.pool.others and self.draw.random() < 0.4:
            roots += self.draw.sample(self.pool.others, self.draw.choice([1, 2]))
            self.draw.shuffle(roots)
        parts = [self._root(f"r{i}", name, query.fields[name]) for i, name in enumerate(roots)]
        head = f"query Q({', '.join(self.declared)})" if self.declared else "query Q"
        return Question(" ".join([head, "{", *parts, "}", *self.fragments]), self.variables)

    def _root(self, alias: str, name: str, wanted: GraphQLField) -> str:
        """A root field, sometimes asked for a second time, and sometimes in a fragment."""
        head = f"{alias}: {name}{self._arguments(wanted.args)}"
        kind: Any = get_named_type(wanted.type)
        parts = [f"{head}{self._directive()} {{ {self._selection(kind, 1)} }}"]
        if self.draw.random() < 0.15:
            leaves = [
                n for n, each in kind.fields.items() if is_leaf_type(get_named_type(each.type))
            ]
            parts.append(f"{head}{self._directive()} {{ {' '.join(['__typename', *leaves])} }}")
        return " ".join(
            self._enclosed("Query", each) if self.draw.random() < 0.15 else each for each in parts
        )

    # --- selections -------------------------------------------------------------------------------------------

    def _field(self, alias: str, name: str, wanted: GraphQLField, depth: int) -> str:
        shown = f"{alias}: {name}" if alias else name
        text = f"{shown}{self._arguments(wanted.args)}{self._directive()}"
        kind = get_named_type(wanted.type)
        return text if is_leaf_type(kind) else f"{text} {{ {self._selection(kind, depth + 1)} }}"

    def _directive(self) -> str:
        if self.draw.random() > 0.04:
            return ""
        word = self.draw.choice(["include", "skip"])
        if self.draw.random() < 0.5:
            return f" @{word}(if: {self.draw.choice(['true', 'false'])})"
        return f" @{word}(if: {self._variable('Boolean!', self.draw.random() < 0.5)})"

    def _selection(self, kind: Any, depth: int) -> str:
        fields = [self._picked(kind, name, depth) for name in self._names(kind, depth)]
        if self.draw.random() < 0.3:
            fields.append("__typename")
        if isinstance(kind, GraphQLInterfaceType) and depth < self.deepest:
            some = self.draw.sample(self.pool.kinds, self.draw.randint(0, 2))
            fields += [self._fragment(name, depth) for name in some]
        elif self.draw.random() < 0.1 and len(fields) > 1:
            fields.append(self._fragment(kind.name, depth))
        self.draw.shuffle(fields)
        return " ".join(fields or ["__typename"])

    def _names(self, kind: Any, depth: int) -> list[str]:
        possible = [
            name
            for name, each in kind.fields.items()
            if name not in self.pool.apart
            and (is_leaf_type(get_named_type(each.type)) or depth < self.deepest)
        ]
        leaves = [n for n in possible if is_leaf_type(get_named_type(kind.fields[n].type))]
        inner = [n for n in possible if n not in leaves]
        few = self.draw.sample(leaves, min(len(leaves), self.draw.randint(1, 4)))
        return few + self.draw.sample(inner, min(len(inner), self.draw.choice([0, 1, 1, 2])))

    def _picked(self, kind: Any, name: str, depth: int) -> str:
        alias = f"a{self.draw.randint(0, 999_999)}_{name}" if self.draw.random() < 0.25 else ""
        return self._field(alias, name, kind.fields[name], depth)

    def _fragment(self, name: str, depth: int) -> str:
        kind = self.schema.type_map[name]
        assert isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))
        # Aliases of their own keep fragments from asking for one name with two meanings.
        inner = [
            self._field(f"f{self.draw.randint(0, 999_999)}_{each}", each, kind.fields[each], depth)
            for each in self._names(kind, depth)
        ]
        return self._enclosed(name, " ".join(inner) or "__typename")

    def _enclosed(self, name: str, selected: str) -> str:
        """What is selected, in a fragment on the type `name`."""
        selection = f"{{ {selected} }}"
        if self.draw.random() < 0.7:
            return f"... on {name}{self._directive()} {selection}"
        named = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {named} on {name} {selection}")
        return f"...{named}"

    # --- arguments --------------------------------------------------------------------------------------------

    def _arguments(self, defined: dict[str, GraphQLArgument]) -> str:
        given = []
        for name, argument in defined.items():
            if name == "after" or not (is_required_argument(argument) or self.draw.random() < 0.4):
                continue
            given.append(f"{name}: {self._argument(name, argument.type)}")
        return f"({', '.join(given)})" if given else ""

    def _argument(self, name: str, kind: GraphQLInputType) -> str:
        value = self._number(name) if name in ("first", "depth", "k", "maxLength") else None
        if value is None:
            value = self._value(kind, 0)
        if self.draw.random() < 0.4:
            return self._variable(str(kind), value)
        return self._literal(value, kind)

    def _number(self, name: str) -> int:
        return self.draw.choice({"first": [0, 1, 2, 3, 50]}.get(name, [1, 2, 3]))

    def _value(self, kind: GraphQLInputType, depth: int) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, depth)
        if isinstance(kind, GraphQLList):
            return [self._value(kind.of_type, depth) for _ in range(self.draw.randint(0, 2))]
        if isinstance(kind, GraphQLInputObjectType):
            return self._members(kind, depth)
        if isinstance(kind, GraphQLEnumType):
            if kind.name == "EntityKind":
                return self.draw.choice(self.pool.kinds)
            return self.draw.choice(list(kind.values))
        return self.draw.choice(self.pool.values[get_named_type(kind).name])

    def _members(self, kind: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        names = list(kind.fields)
        if depth > 3:
            names = [n for n in names if is_leaf_type(get_named_type(kind.fields[n].type))]
        required = [
            n for n in names if kind.fields[n].type == GraphQLNonNull and n not in kind.fields
        ]
        some = self.draw.sample(names, min(len(names), self.draw.choice([1, 1, 2])))
        return {
            name: None
            if self.draw.random() < 0.05 and not isinstance(kind.fields[name].type, GraphQLNonNull)
            else self._value(kind.fields[name].type, depth + 1)
            for name in dict.fromkeys([*required, *some])
        }

    def _item(self, value: Any, kind: GraphQLInputType) -> str:
        if self.draw.random() < 0.2:
            return self._variable(str(kind), value)
        return self._literal(value, kind)

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self.declared)}"
        self.declared.append(f"${name}: {kind}")
        self.variables[name] = value
        return f"${name}"

    def _literal(self, value: Any, kind: GraphQLInputType) -> str:
        if value is None:
            return "null"
        if isinstance(kind, GraphQLNonNull):
            return self._literal(value, kind.of_type)
        if isinstance(kind, GraphQLList):
            return f"[{', '.join(self._item(each, kind.of_type) for each in value)}]"
        if isinstance(kind, GraphQLInputObjectType):
            members = (f"{n}: {self._literal(v, kind.fields[n].type)}" for n, v in value.items())
            return f"{{{', '.join(members)}}}"
        return str(value) if isinstance(kind, GraphQLEnumType) else json.dumps(value)
