"""What the columns of a table mean: which kinds of entity, which properties, which relationships.

A mapping is read from YAML and checked against the model and the table's header before any row
is read, so that a mistake in it is told once and not for each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from collectors._kit.unpacking import FileRefused
from graph.model.base import Declared, Entity
from graph.model.registry import kinds, relationship_types

MAX_CHARS = 100_000


class InvalidMapping(FileRefused):
    """A mapping that cannot be used; the message names the place in it and what would be right."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cell(_Part):
    """Where a value comes from: a column, or one value for all rows."""

    column: str = Field("", description="The column's name; its number from 1 without a header.")
    value: str | int | float | bool | None = Field(None, description="The same for every row.")
    split: str = Field("", description="The text between several values in one cell.")


def _as_cell(raw: object) -> object:
    return {"column": raw} if isinstance(raw, str) else raw


CellOrColumn = Annotated[Cell, BeforeValidator(_as_cell)]


class EntityMapping(_Part):
    """One entity of each row: of a kind, by its key in one cell or by its properties."""

    kind: str = Field(description="The kind, such as DomainName.")
    key: CellOrColumn | None = Field(None, description="The cell that holds the key.")
    properties: Mapping[str, CellOrColumn] = Field(
        default_factory=dict, description="The kind's properties and the cells they come from."
    )


class RelationshipMapping(_Part):
    """One relationship of each row, between two of its entities."""

    type: str = Field(description="The type, such as RESOLVES_TO.")
    source: str = Field(description="The name of the entity it starts from.")
    target: str = Field(description="The name of the entity it leads to.")
    properties: Mapping[str, CellOrColumn] = Field(
        default_factory=dict, description="The relationship's properties and qualifiers."
    )


class TableMapping(_Part):
    """What the columns of a table mean."""

    entities: Mapping[str, EntityMapping] = Field(min_length=1, description="Entities, by name.")
    relationships: tuple[RelationshipMapping, ...] = Field((), description="Relationships.")

    def columns(self) -> set[str]:
        """The columns that are used."""
        return {cell.column for _, cell in _cells(self) if cell.column}


def read_mapping(text: str) -> TableMapping:
    """Read a mapping from YAML and check it against the model. Raises InvalidMapping."""
    if len(text) > MAX_CHARS:
        raise InvalidMapping(f"the mapping has more than {MAX_CHARS:,} characters")
    try:
        # Aliases could make a small text a huge value, and a mapping needs none.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise InvalidMapping("the mapping uses YAML aliases (*name), which are not allowed")
        mapping = TableMapping.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidMapping(f"the mapping is not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "mapping"
        raise InvalidMapping(f"mapping: {place}: {first['msg']}") from error
    for problem in _problems(mapping):
        raise InvalidMapping(f"mapping: {problem}")
    return mapping


def write_mapping(mapping: TableMapping) -> str:
    """`mapping` as YAML, for a person to change."""
    plain = mapping.model_dump(exclude_defaults=True)
    return yaml.safe_dump(_short(plain), sort_keys=False, allow_unicode=True)


def _short(value: Any) -> Any:
    """Cells that are only a column are written as its name."""
    if isinstance(value, dict):
        if set(value) == {"column"}:
            return value["column"]
        return {name: _short(inner) for name, inner in value.items()}
    return [_short(item) for item in value] if isinstance(value, (list, tuple)) else value


def _cells(mapping: TableMapping) -> Iterator[tuple[str, Cell]]:
    for name, entity in mapping.entities.items():
        if entity.key is not None:
            yield f"entities.{name}.key", entity.key
        for prop, cell in entity.properties.items():
            yield f"entities.{name}.properties.{prop}", cell
    for number, link in enumerate(mapping.relationships):
        for prop, cell in link.properties.items():
            yield f"relationships.{number}.properties.{prop}", cell


def _problems(mapping: TableMapping) -> Iterator[str]:
    for place, cell in _cells(mapping):
        if bool(cell.column) == (cell.value is not None):
            yield f"{place}: a column, or a value for all rows, is right"
    for name, entity in mapping.entities.items():
        yield from _entity_problems(f"entities.{name}", entity)
    for number, link in enumerate(mapping.relationships):
        yield from _link_problems(f"relationships.{number}", link, mapping)


def _entity_problems(place: str, entity: EntityMapping) -> Iterator[str]:
    kind = kinds().get(entity.kind)
    if kind is None:
        yield f"{place}.kind: {entity.kind!r} is not a kind; kinds are {', '.join(kinds())}"
        return
    yield from _unknown_properties(place, kind, entity.properties)
    required = [name for name in kind.key_fields() if name not in entity.properties]
    if entity.key is None and required:
        yield f"{place}: key, or the properties {', '.join(required)}, are needed"


def _link_problems(place: str, link: RelationshipMapping, mapping: TableMapping) -> Iterator[str]:
    declared = relationship_types().get(link.type)
    if declared is None:
        known = ", ".join(relationship_types())
        yield f"{place}.type: {link.type!r} is not a type; types are {known}"
        return
    yield from _unknown_properties(place, declared, link.properties)
    for end, allowed in (("source", declared.sources()), ("target", declared.targets())):
        name = getattr(link, end)
        entity = mapping.entities.get(name)
        if entity is None:
            yield f"{place}.{end}: there is no entity {name!r} in the mapping"
        elif not any(issubclass(kinds().get(entity.kind, Entity), kind) for kind in allowed):
            labels = ", ".join(kind.__name__ for kind in allowed)
            yield f"{place}.{end}: {link.type} has {labels} there, not {entity.kind}"


def _unknown_properties(
    place: str, declared: type[Declared], given: Mapping[str, Cell]
) -> Iterator[str]:
    known = [p.name for p in declared.properties().values() if not p.is_derived]
    for name in given:
        if name not in known:
            yield f"{place}.properties: {name!r} is not a property; there are {', '.join(known)}"
