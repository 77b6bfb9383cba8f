"""What every declared kind and relationship must keep, so that all that is read off them works."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidFact
from graph.facts import Content, values_of
from graph.model.base import Declared, Entity, Property, Relationship
from graph.model.reference import reference_page
from graph.model.registry import (
    detect,
    kinds,
    make,
    relationship_types,
    relationships_from,
    relationships_to,
)
from tests.support.ontology import example_of, examples, related

PAGE = Path(__file__).parents[2] / "docs/reference/model.md"
ORG = "6f1c3f2e-0a55-5d5e-9b3b-0c6a6f5a7c11"

# Names that the store and the API give to every entity or relationship (docs/graph-storage.md).
TAKEN = frozenset(
    ["id", "org", "key", "caption", "search", "label", "kind", "type", "roles", "first_seen",
     "last_seen", "holds_since", "past", "supports", "doubt", "changed_at", "tags", "tlp",
     "supported_at", "dropped_at", "from", "until", "confidence", "why", "history", "observations",
     "findings", "notes", "identity", "node", "cursor", "org_id"]
)  # fmt: skip

KINDS = tuple(kinds().values())
RELATIONSHIPS = tuple(relationship_types().values())
DECLARED: tuple[type[Declared], ...] = (*KINDS, *RELATIONSHIPS)

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
each_relationship = pytest.mark.parametrize("relationship", RELATIONSHIPS, ids=lambda r: r.type)
each_declared = pytest.mark.parametrize("declared", DECLARED, ids=lambda d: d.__name__)


def camel(name: str) -> str:
    """`first_seen` as GraphQL writes it."""
    return re.sub(r"_([a-z0-9])", lambda m: m[1].upper(), name)


@each_declared
def test_is_described(declared: type[Declared]) -> None:
    own = declared.__doc__ or ""
    bases = [base.__doc__ for base in declared.__mro__[1:]]

    assert own
    assert own not in bases
    assert own[0].isupper()
    assert own.rstrip().endswith(".")


@each_declared
def test_properties_are_described(declared: type[Declared]) -> None:
    for name, p in declared.properties().items():
        assert re.fullmatch(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", name), name
        assert p.description.endswith("."), name
        assert p.description[0].isupper(), name
        assert p.example is not None or name == "aliases", f"{name} has no example"


@each_declared
def test_units_are_said_and_in_the_name(declared: type[Declared]) -> None:
    units = {
        "seconds": "_s", "bytes": "_bytes", "bits": "_bits", "kilometres": "_km", "degrees": "_deg",
    }  # fmt: skip
    for name, p in declared.properties().items():
        ending = units.get(p.unit, "")
        assert name.endswith(ending) or name == "prefix_length", (name, p.unit)
        for unit, suffix in units.items():
            if name.endswith(suffix) and p.python_type in (int, float):
                assert p.unit == unit, name


@each_declared
def test_properties_have_names_of_their_own(declared: type[Declared]) -> None:
    assert not TAKEN & set(declared.properties())


@each_declared
def test_examples_are_allowed_and_canonical(declared: type[Declared]) -> None:
    if issubclass(declared, Entity):
        found: Declared = example_of(declared)
    else:
        assert issubclass(declared, Relationship)
        ends = (declared.sources()[0], declared.targets()[0])
        found = related(declared, *map(example_of, ends))

    for name, given_value in examples(declared).items():
        value = getattr(found, name)
        if not isinstance(value, datetime):
            assert value == given_value, name


@each_declared
def test_derived_properties_show_what_is_derived(declared: type[Declared]) -> None:
    for name, p in declared.properties().items():
        if not p.is_derived:
            continue
        assert issubclass(declared, Entity)
        found = getattr(example_of(declared), name)
        assert found == p.example or found is None or name == "unicode_name", name


def storable(value: object) -> bool:
    """Whether the database can hold `value`."""
    if isinstance(value, tuple):
        return all(map(storable, value))
    if isinstance(value, str):
        return value == value.encode("utf-8", "replace").decode()
    if isinstance(value, int):
        return abs(value) < 2**63
    if isinstance(value, datetime):
        return value.tzinfo is not None and value.microsecond % 1000 == 0
    return isinstance(value, float) and abs(value) < float("inf")


@each_declared
def test_what_cannot_be_stored_is_refused_or_made_storable(declared: type[Declared]) -> None:
    for name, p in declared.properties().items():
        if p.is_derived:
            continue
        for bad in _unstorable(p):
            found = _with(declared, name, (bad,) if p.is_list else bad)
            assert found is None or storable(getattr(found, name)), (name, bad)


def _unstorable(p: Property) -> Iterable[object]:
    by_type: dict[type, tuple[object, ...]] = {
        str: ("a\ud800b", "a\x00b", "x" * 100_000),
        int: (2**63, -(2**63) - 1),
        float: (float("nan"), float("inf")),
        datetime: (
            datetime(2026, 1, 1),  # noqa: DTZ001  a time without zone is the case
            datetime.max.replace(tzinfo=UTC),
            "2026-01-31T12:00:00.123456Z",
        ),
    }
    return by_type.get(p.python_type, ())


def _with(declared: type[Declared], name: str, value: object) -> Declared | None:
    given_values = {**examples(declared), name: value}
    if issubclass(declared, Relationship):
        given_values["source"] = example_of(declared.sources()[0])
        given_values["target"] = example_of(declared.targets()[0])
    try:
        return declared(**given_values)
    except InvalidFact:
        return None


@each_declared
def test_indexed_text_fits_an_index(declared: type[Declared]) -> None:
    for name, p in declared.properties().items():
        if p.python_type is str and (p.is_indexed or p.is_key) and not p.is_derived:
            found = _with(declared, name, "𐍈" * 5_000)
            text = "" if found is None else str(getattr(found, name))
            assert len(text.encode()) <= 8_000, name


@each_kind
def test_key_round_trips(kind: type[Entity]) -> None:
    entity = example_of(kind)
    bare = make(kind.__name__, entity.key)

    assert bare.key == entity.key
    assert bare.id_in(ORG) == entity.id_in(ORG)
    assert kind.from_key(bare.key) == bare
    assert len(entity.key.encode()) <= 8_000


@each_kind
def test_stated_values_give_the_same_entity_again(kind: type[Entity]) -> None:
    entity = example_of(kind)
    key = {name: getattr(entity, name) for name in kind.key_fields()}
    again = kind(**{**key, **values_of(entity)})

    assert again == entity
    assert again.key == entity.key


@each_kind
def test_what_follows_from_the_key_follows_from_it_alone(kind: type[Entity]) -> None:
    entity = example_of(kind)
    bare = make(kind.__name__, entity.key)

    assert bare.derive() == entity.derive()
    assert bare.roles() == entity.roles()
    assert set(entity.roles()) <= set(kind.possible_roles)
    assert Content.of([bare]).relationships.keys() == Content.of([entity]).relationships.keys()


@each_kind
def test_derived_values_cannot_be_given(kind: type[Entity]) -> None:
    entity = example_of(kind)
    nonsense: dict[type, object] = {str: "nonsense", int: 7, bool: True, float: 0.5}
    wrong = {n: nonsense[p.python_type] for n, p in kind.properties().items() if p.is_derived}
    for name, p in kind.properties().items():
        if p.is_derived and p.choices:
            wrong[name] = p.choices[-1]

    assert kind(**examples(kind), **wrong) == entity
    assert set(entity.derive()) == set(wrong)


@each_kind
def test_has_names_everywhere(kind: type[Entity]) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z]+", kind.__name__)
    assert re.fullmatch(r"[a-z]+(?:[A-Z][a-z]+)*", kind.plural)
    assert example_of(kind).caption()


def test_names_of_kinds_are_unique() -> None:
    plurals = [kind.plural for kind in KINDS]
    roles = [role for kind in KINDS for role in kind.possible_roles]
    names = [*kinds(), *roles]

    assert len(set(plurals)) == len(plurals)
    assert len(set(names)) == len(names)
    assert len({cls.__name__ for cls in DECLARED}) == len(DECLARED)
    assert len({r.type for r in RELATIONSHIPS}) == len(RELATIONSHIPS)


@each_kind
def test_no_two_fields_of_a_kind_have_one_name(kind: type[Entity]) -> None:
    fields = [camel(name) for name in (*kind.properties(), *TAKEN - {"node", "cursor"})]
    fields += [r.forward for r in relationships_from(kind)]
    fields += [r.backward for r in relationships_to(kind)]

    assert sorted({f for f in fields if fields.count(f) > 1}) == []


@each_relationship
def test_relationship_is_named(relationship: type[Relationship]) -> None:
    assert re.fullmatch(r"[A-Z]+(?:_[A-Z]+)*", relationship.type)
    assert not relationship.type.startswith("WAS_")
    for field in (relationship.forward, relationship.backward):
        assert re.fullmatch(r"[a-z]+(?:[A-Z][a-z]+)*", field)
    assert relationship.__name__.upper() == relationship.type.replace("_", "")


@each_relationship
def test_relationship_joins_declared_kinds(relationship: type[Relationship]) -> None:
    ids = set()
    pairs = list(product(relationship.sources(), relationship.targets()))
    for source, target in pairs:
        assert source in KINDS
        assert target in KINDS
        fact = related(relationship, example_of(source), example_of(target))
        ids.add(fact.id_in(ORG))

    assert len(ids) == len(pairs)


@each_relationship
def test_only_qualifiers_tell_relationships_apart(relationship: type[Relationship]) -> None:
    ends = tuple(map(example_of, (relationship.sources()[0], relationship.targets()[0])))
    full = related(relationship, *ends)
    qualified = {n: p.example for n, p in relationship.properties().items() if p.is_qualifier}
    bare = relationship(source=ends[0], target=ends[1], **qualified)

    assert full.id_in(ORG) == bare.id_in(ORG)
    assert full.qualifiers().count("¦") == max(0, len(qualified) - 1)


def test_any_seed_names_an_entity_or_is_refused() -> None:
    @settings(max_examples=1_000, deadline=None, derandomize=True)
    @given(text=_seeds())
    def check(text: str) -> None:
        try:
            found = detect(text)
        except InvalidFact:
            return
        assert make(found.label, found.key).key == found.key

    check()


@each_kind
def test_any_key_makes_an_entity_or_is_refused(kind: type[Entity]) -> None:
    start = example_of(kind).key

    @settings(max_examples=100, deadline=None, derandomize=True)
    @given(place=st.integers(0, len(start)), put=st.text(max_size=4), drop=st.integers(0, 3))
    def check(place: int, put: str, drop: int) -> None:
        key = start[:place] + put + start[place + drop :]
        try:
            found = make(kind.__name__, key)
        except InvalidFact:
            return
        assert make(kind.__name__, found.key).key == found.key
        assert "\x1f" not in found.key

    check()


def _seeds() -> st.SearchStrategy[str]:
    keys = [example_of(kind).key for kind in KINDS]
    return st.one_of(
        st.text(), st.sampled_from(keys), st.text("0123456789abcdef.:/-@+ Az", max_size=45)
    )


@pytest.mark.parametrize(
    ("kind_name", "key", "expected"),
    [
        ("DomainName", "www.example.com", "95f39622-ec7c-54fa-937c-969520e776db"),
        ("IPAddress", "192.0.2.7", "eec920b7-55cb-577f-9c71-c532fc5c2fe9"),
        ("NetworkService", "tcp://192.0.2.7:443", "b3662aed-742a-588a-8e41-84601e16ca8c"),
        ("URL", "https://www.example.com/", "9f26b213-d118-5265-b4b9-86e831aceb46"),
        ("AutonomousSystem", "64496", "faa1bee9-935d-5e49-9a07-1f185e1089de"),
        ("LegalEntity", "name:GB:example instruments/ltd", "e67ae359-078a-5fca-a88e-2d3ae5cb978e"),
        ("SoftwareRelease", "a:openbsd:openssh¦9.6p1", "1267f904-cbf9-5c9c-b39a-fea3e1552971"),
    ],
)
def test_ids_never_change(kind_name: str, key: str, expected: str) -> None:
    by_definition = uuid.uuid5(
        uuid.uuid5(uuid.NAMESPACE_URL, "urn:mirage:graph"), f"{ORG}\x1f{kind_name}\x1f{key}"
    )

    assert make(kind_name, key).id_in(ORG) == expected == str(by_definition)


def test_ids_of_relationships_never_change() -> None:
    ends = make("DomainName", "www.example.com"), make("IPAddress", "192.0.2.7")
    given_values: dict[str, Any] = {"source": ends[0], "target": ends[1], "rrtype": "A"}
    found = relationship_types()["RESOLVES_TO"](**given_values)

    assert found.id_in(ORG) == "ce3a56b4-5d2b-528e-842a-e21f8a3791d7"


def test_the_reference_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == reference_page(), "run: ./mirage docs"
