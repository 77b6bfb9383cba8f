"""The form of declarations: what is read off them, and what they may not say."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field, create_model

from graph.errors import InvalidFact
from graph.model.base import Entity, Property, name_id, prop
from graph.model.values.text import Count, Key, Line


class _Sample(Entity):
    """A kind for these tests alone."""

    plural: ClassVar[str] = "samples"

    first: Key = prop("First part.", key=True, example="a")
    second: Key = prop("Second part.", key=True, example="b")
    words: tuple[Line, ...] = prop("Words.", default=(), merge="union", example=("x",))
    size_bytes: Annotated[int, Field(ge=0)] | None = prop("Size.", unit="bytes", indexed=True)
    state: Literal["on", "off"] | None = prop("State.", searched=True, example="on")


def declared(**fields: Any) -> type[Entity]:
    """A kind with these fields."""
    return create_model("Declared", __base__=Entity, **fields)


def test_properties_are_read_off_the_declaration() -> None:
    assert _Sample.properties()["state"] == Property(
        name="state",
        python_type=str,
        is_list=False,
        is_required=False,
        description="State.",
        unit="",
        example="on",
        choices=("on", "off"),
        is_key=False,
        is_derived=False,
        is_indexed=False,
        is_searched=True,
        is_qualifier=False,
        merge="best",
    )
    assert [*_Sample.properties()] == ["aliases", "first", "second", "words", "size_bytes", "state"]
    assert _Sample.properties()["words"].is_list
    assert (_Sample.properties()["size_bytes"].unit, _Sample.key_fields()) == (
        "bytes",
        ("first", "second"),
    )
    assert _Sample.description() == "A kind for these tests alone."


def test_a_key_of_several_parts_joins_them() -> None:
    found = _Sample(first=" a ", second="b")

    assert (found.key, found.label, found.caption(), found.aliases) == ("a¦b", "_Sample", "a¦b", ())
    assert found.id_in("o") == name_id("o", "_Sample", "a¦b")
    assert (list(found.implies()), found.roles(), found.derive()) == ([], (), {})


def test_entities_are_values() -> None:
    found = _Sample(first="a", second="b")

    assert found == _Sample(first="a", second="b")
    assert len({found, _Sample(first="a", second="b")}) == 1
    with pytest.raises(ValueError, match="frozen"):
        setattr(found, "first", "c")  # noqa: B010  an assignment would not pass the type check


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ((int, 5), "is declared without prop"),
        ((Line, prop("X.", merge="union")), "merges by union but is not a list"),
        ((bytes, prop("X.")), "allowed are str, int, float, bool, datetime"),
        ((int | str, prop("X.")), "allowed are str, int, float, bool, datetime"),
        ((Count | None, Field(None, json_schema_extra=print)), "is declared without prop"),
    ],
)
def test_a_wrong_declaration_is_told(field: object, message: str) -> None:
    with pytest.raises(InvalidFact, match=message):
        declared(wrong=field).properties()


def test_every_field_at_fault_is_told() -> None:
    wrong: dict[str, Any] = {"first": "a", "second": "b", "size_bytes": -1, "state": "x", "more": 1}
    with pytest.raises(InvalidFact) as error:
        _Sample(**wrong)

    assert str(error.value) == (
        "_Sample.size_bytes: Input should be greater than or equal to 0; "
        "_Sample.state: Input should be 'on' or 'off'; "
        "_Sample.more: Extra inputs are not permitted"
    )
