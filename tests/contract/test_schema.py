"""The printed schema is the file, everything in it is described and guarded, and what is built from it is current."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_specified_scalar_type,
)

from graph.model import registry
from server.graphql.document import Documents
from server.graphql.entities.queries import singular
from server.graphql.permissions import unguarded
from server.graphql.printing import printed_schema
from server.graphql.schema import core_schema
from server.web.explorer import INDEX, pages

ROOT = Path(__file__).parents[2]
GRAPHIQL = ROOT / "server" / "web" / "graphiql"
EXAMPLES = sorted((GRAPHIQL / "src" / "examples").glob("*.graphql"))


def test_the_file_is_the_printed_schema() -> None:
    assert (ROOT / "schema.graphql").read_text("utf-8") == printed_schema(), (
        "the schema has changed: run `mirage schema --write` and review the difference"
    )


def _parts() -> Iterator[tuple[str, str | None]]:
    """Everything that a reader of the schema sees, with its description."""
    for name, kind in core_schema().type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{v}", value.description) for v, value in kind.values.items())
        if isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{name}.{f}", field.description) for f, field in kind.fields.items())
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name})", argument.description


def test_everything_is_described_in_a_sentence() -> None:
    bare = [
        name
        for name, said in _parts()
        if not said or len(said) < 4 or said.rstrip()[-1] not in ".`;)"
    ]
    assert bare == []


def test_every_field_says_which_permission_it_needs() -> None:
    assert unguarded(core_schema()) == []


def test_each_kind_has_its_type_filter_connection_and_roots() -> None:
    schema = core_schema()
    query = schema.query_type
    assert query is not None
    entity = schema.type_map["Entity"]
    for name, kind in registry.kinds().items():
        made = schema.type_map[name]
        assert isinstance(made, GraphQLObjectType)
        assert entity in made.interfaces
        assert {f"{name}Where", f"{name}Connection", f"{name}Edge"} <= schema.type_map.keys()
        assert str(query.fields[kind.plural].type) == f"{name}Connection!"
        assert str(query.fields[singular(kind)].type) == name


def test_a_relationship_is_a_field_on_both_of_its_ends() -> None:
    schema = core_schema()
    for relationship in registry.relationship_types().values():
        name = relationship.__name__
        for kind in relationship.sources():
            found = schema.type_map[kind.__name__].fields[relationship.forward]  # type: ignore[attr-defined]
            assert str(found.type) == f"{name}TargetConnection!"
        for kind in relationship.targets():
            found = schema.type_map[kind.__name__].fields[relationship.backward]  # type: ignore[attr-defined]
            assert str(found.type) == f"{name}SourceConnection!"


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_explorers_examples_can_be_asked(file: Path) -> None:
    prepared = Documents(core_schema()).prepare(file.read_text("utf-8"))
    assert len(prepared.operations) == 1


def test_the_explorer_was_built_from_its_sources() -> None:
    digest = hashlib.sha256()
    names = ["index.html", "package.json", "vite.config.js"]
    names += [str(f.relative_to(GRAPHIQL)) for f in (GRAPHIQL / "src").rglob("*") if f.is_file()]
    for name in sorted(names):
        digest.update(f"{name}\n".encode())
        digest.update((GRAPHIQL / name).read_bytes())
    assert pages()["sources.sha256"].decode().strip() == digest.hexdigest(), (
        "run `npm ci && npm run build` in server/web/graphiql"
    )


def test_the_explorer_is_whole_and_names_no_other_place() -> None:
    page = pages()[INDEX].decode()
    assert "//" not in page.replace("</", "").split("<body>")[0].replace("<!doctype", "")
    assert any(name.startswith("assets/") for name in pages())


def test_the_lock_of_the_explorer_names_no_address() -> None:
    assert "http" not in (GRAPHIQL / "package-lock.json").read_text("utf-8")
