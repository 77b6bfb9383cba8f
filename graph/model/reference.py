"""The reference page of the model, docs/reference/model.md, written from its declarations.

`mirage docs` renews it, and a test holds it current.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from graph.model.base import Entity, Property, Relationship, Standard
from graph.model.registry import kinds, relationship_types, relationships_from, relationships_to

_INTRODUCTION = """\
# The model

What Mirage knows about, written from the declarations in `graph/model/`. A **kind** is a label in
the graph and a type in GraphQL; its root field there gives many, `entity(id:)` one. A
**relationship** is a type in the graph and a field on both of its ends in GraphQL. Names of
properties are as stored; GraphQL writes `first_seen` as `firstSeen`.

Every entity also has `id`, `key`, `caption`, when it was seen, its confidence
([how facts lie in Neo4j](../graph-storage.md)), and `aliases`: other spellings of its key.

A property marked *key* is part of the identity; *derived* follows from the key alone and is never
collected; *indexed* is quick to filter by; *searched* is found by full-text search; *union* unites
what several sources say, where other properties hold the most reliable source's value."""


def reference_page() -> str:
    """The page in Markdown: kinds by family, then relationships, each with its properties."""
    return "\n".join((*_lines(), ""))


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    yield from ("", "## Kinds")
    families = groupby(sorted(kinds().values(), key=_family_and_name), key=_family)
    for family, members in families:
        yield from ("", f"### {family.capitalize()}")
        for kind in members:
            yield from _kind_lines(kind)
    yield from ("", "## Relationships")
    for relationship in relationship_types().values():
        yield from _relationship_lines(relationship)


def _kind_lines(kind: type[Entity]) -> Iterator[str]:
    yield from ("", f"#### {kind.__name__}", "", _paragraphs(kind.description()), "")
    facts = [f"root field `{kind.plural}`"]
    if kind.possible_roles:
        facts.append(f"further labels {_code(kind.possible_roles)}")
    if known := _standards(kind.standard):
        facts.append(f"elsewhere {known}")
    yield f"{_sentence('; '.join(facts))}"
    yield from _property_lines(kind.properties())
    for title, links, is_forward in (
        ("Leads to", relationships_from(kind), True),
        ("Reached from", relationships_to(kind), False),
    ):
        if links:
            fields = (f"`{r.forward if is_forward else r.backward}` ({r.type})" for r in links)
            yield from ("", f"{title}: {', '.join(fields)}.")


def _relationship_lines(relationship: type[Relationship]) -> Iterator[str]:
    yield from ("", f"### {relationship.type}", "", _paragraphs(relationship.description()), "")
    sources, targets = (
        ", ".join(k.__name__ for k in ends)
        for ends in (relationship.sources(), relationship.targets())
    )
    yield f"{sources} → {targets}."
    facts = [f"fields `{relationship.forward}` and `{relationship.backward}`"]
    if known := _standards(relationship.standard):
        facts.append(f"elsewhere {known}")
    yield _sentence("; ".join(facts))
    yield from _property_lines(relationship.properties())


def _property_lines(properties: dict[str, Property]) -> Iterator[str]:
    properties = {name: p for name, p in properties.items() if name != "aliases"}
    if not properties:
        return
    yield from ("", "| property | type | meaning | example |", "| --- | --- | --- | --- |")
    for name, declared in properties.items():
        meaning = declared.description
        if marks := _marks(declared):
            meaning = f"{meaning} *{', '.join(marks)}*"
        example = f"`{_cell(_shown(declared.example))}`" if declared.example is not None else ""
        yield f"| `{name}` | {_type(declared)} | {_cell(meaning)} | {example} |"


def _marks(declared: Property) -> list[str]:
    found = {
        "key": declared.is_key,
        "part of the identity": declared.is_qualifier,
        "derived": declared.is_derived,
        "indexed": declared.is_indexed,
        "searched": declared.is_searched,
        "union": declared.merge == "union",
    }
    return [word for word, holds in found.items() if holds]


def _type(declared: Property) -> str:
    words = {"str": "text", "int": "integer", "float": "number", "bool": "yes or no"}
    name = words.get(declared.python_type.__name__, declared.python_type.__name__)
    if declared.choices:
        name = f"one of {_code(declared.choices)}"
    if declared.unit:
        name = f"{name}, {declared.unit}"
    return f"list of {name}" if declared.is_list else name


def _standards(standard: Standard) -> str:
    names = {
        "STIX": standard.stix,
        "OAM": standard.oam,
        "FtM": standard.ftm,
        "ECS": standard.ecs,
    }
    return ", ".join(f"{name} {_code(word.split('|'))}" for name, word in names.items() if word)


def _code(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _shown(example: object) -> str:
    if isinstance(example, list | tuple):
        return ", ".join(map(str, example))
    return str(example).lower() if isinstance(example, bool) else str(example)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _paragraphs(text: str) -> str:
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _family(kind: type[Entity]) -> str:
    return kind.__module__.rpartition(".")[2]


def _family_and_name(kind: type[Entity]) -> tuple[str, str]:
    return _family(kind), kind.__name__
