"""Whatever can be asked of collected entities is compiled: no field of theirs sends a root field to the resolvers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)

from graph.model import registry
from server.graphql.compiled import Compiler
from server.graphql.compiled.roots import is_read
from server.graphql.schema import core_schema

# Fields that no statement can give, each with its reason. The list may only shrink.
_BY_MANIFESTS = "follows from manifests and from which processes live, which are not in the graph"
RESOLVED: dict[str, str] = {
    **{f"{kind}.availablePivots": _BY_MANIFESTS for kind in ("Entity", *registry.kinds())},
    **{
        f"Pivot.{name}": _BY_MANIFESTS
        for name in ("activity", "canBeAsked", "collector", "hindrance")
    },
    **{f"Pivot.{name}": _BY_MANIFESTS for name in ("outputs", "summary", "title")},
}

VALUES = {"ID": '"x"', "String": '"x"', "DateTime": '"2026-01-01T00:00:00Z"', "Int": "1"}
AT = 'at: "2026-01-02T00:00:00Z"'

Composite = GraphQLObjectType | GraphQLInterfaceType


@dataclass(frozen=True)
class Way:
    """How to come from a root field to a type: `opened` ends where the type's fields begin."""

    opened: str

    @property
    def has_moments(self) -> bool:
        """Whether its root field can be asked about a moment."""
        return "(@" in self.opened

    def asking(self, selected: str, *, is_past: bool) -> str:
        """The operation that asks for `selected` there, now or at a moment."""
        opened = self.opened.replace("(@)", f"({AT})" if is_past else "", 1)
        opened = opened.replace("(@, ", f"({AT}, " if is_past else "(", 1)
        return f"{{ {opened} {selected} {'}' * opened.count('{')} }}"


def _arguments(defined: dict[str, GraphQLArgument], head: str = "") -> str:
    given = [head] if head else []
    for name, argument in defined.items():
        if is_required_argument(argument):
            given.append(f"{name}: {VALUES[get_named_type(argument.type).name]}")
    return f"({', '.join(given)})" if given else ""


def _roots() -> Iterator[tuple[str, GraphQLField]]:
    query = core_schema().query_type
    assert query is not None
    return ((name, field) for name, field in query.fields.items() if is_read(name))


def _steps(kind: Composite) -> Iterator[tuple[str, GraphQLNamedType]]:
    """What leads one step further from a type: its fields and, of an interface, its kinds."""
    if isinstance(kind, GraphQLInterfaceType):
        for each in core_schema().get_implementations(kind).objects:
            yield f"... on {each.name}", each
    for name, field in kind.fields.items():
        yield f"{name}{_arguments(field.args)}", get_named_type(field.type)


@cache
def ways() -> dict[str, Way]:
    """The shortest way to each type with fields that lies below a root field that reads collected entities."""
    found: dict[str, Way] = {}
    waiting: deque[tuple[Composite, Way]] = deque()

    def come_to(kind: GraphQLNamedType, way: Way) -> None:
        assert not isinstance(kind, GraphQLUnionType), "a union has no fields to walk"
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and kind.name not in found:
            found[kind.name] = way
            waiting.append((kind, way))

    for name, field in sorted(_roots(), key=lambda root: "at" not in root[1].args):
        moment = "@" if "at" in field.args else ""
        come_to(get_named_type(field.type), Way(f"{name}{_arguments(field.args, moment)} {{"))
    while waiting:
        kind, way = waiting.popleft()
        for step, inner in _steps(kind):
            come_to(inner, Way(f"{way.opened} {step} {{"))
    return found


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    return Compiler(core_schema())


def is_compiled(compiler: Compiler, text: str) -> bool:
    """Whether an operation needs no resolver."""
    document = parse(text)
    assert validate(compiler.schema, document) == [], text
    operation = compiler.operation(document, text)
    plans = compiler.plans(operation, {}) if operation else None
    return plans is not None and plans.rest is None


def _asked(name: str, field: GraphQLField) -> str:
    inner = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{name}{_arguments(field.args)}{inner}"


@pytest.mark.parametrize("kind_name", sorted(ways()))
def test_each_field_below_a_read_is_part_of_its_statement(
    kind_name: str, compiler: Compiler
) -> None:
    kind, way = core_schema().type_map[kind_name], ways()[kind_name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    moments = (False, True) if way.has_moments else (False,)
    left = {
        f"{kind_name}.{name}"
        for name, field in kind.fields.items()
        for is_past in moments
        if not is_compiled(compiler, way.asking(_asked(name, field), is_past=is_past))
    }
    assert left == {name for name in RESOLVED if name.startswith(f"{kind_name}.")}


def test_each_root_field_on_entities_is_a_statement_of_its_own(compiler: Compiler) -> None:
    texts = [f"{{ {_asked(name, field)} }}" for name, field in _roots()]
    assert [text for text in texts if not is_compiled(compiler, text)] == []


def test_the_walk_comes_to_every_kind_and_relationship() -> None:
    connections = {
        f"{each.__name__}{end}"
        for each in registry.relationship_types().values()
        for end in ("TargetEdge", "SourceEdge", "TargetConnection", "SourceConnection")
    }
    others = {
        "Entity",
        "Link",
        "Finding",
        "Note",
        "Reason",
        "Observation",
        "Path",
        "Subgraph",
        "DiffItem",
    }
    assert set(registry.kinds()) | connections | others <= set(ways())
    assert all(
        name in core_schema().type_map for name in {each.partition(".")[0] for each in RESOLVED}
    )
