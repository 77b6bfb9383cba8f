"""Values in the types they are stored in, and names that a kind cannot have for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from pydantic import create_model

from graph.errors import InvalidFact
from graph.model.base import Entity, prop
from graph.model.values.text import Key, Line, Moment
from graph.upsert.facts import complete_values, native_values, stored_properties

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class _Sample(Entity):
    """A kind for these tests alone."""

    plural: ClassVar[str] = "samples"

    code: Key = prop("Its code.", key=True, example="a")
    title: Line | None = prop("Its title.", example="A")
    begun: Moment | None = prop("When it began.", example="2026-01-01T00:00:00Z")
    renewed: tuple[Moment, ...] = prop("When it was renewed.", default=(), example=())


def test_moments_travel_as_text_and_are_stored_as_moments() -> None:
    stated = {
        "title": "2026-01-01T00:00:00Z",
        "begun": "2026-01-01T00:00:00Z",
        "renewed": ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"],
    }
    assert native_values(_Sample, stated) == {
        "title": "2026-01-01T00:00:00Z",
        "begun": NEW_YEAR,
        "renewed": [NEW_YEAR, NEW_YEAR],
    }
    assert native_values(_Sample, {"begun": NEW_YEAR}) == {"begun": NEW_YEAR}


def test_what_is_not_stated_is_removed() -> None:
    assert complete_values(_Sample, {"title": "B"}) == {
        "aliases": None,
        "title": "B",
        "begun": None,
        "renewed": None,
    }


@pytest.mark.parametrize("name", ["first_seen", "from", "tags", "tlp"])
def test_no_kind_has_a_property_of_a_name_that_every_fact_uses(name: str) -> None:
    field: Any = (Line | None, prop("Something of its own.", example="x"))
    kind = create_model("Declared", __base__=Entity, **{name: field})
    with pytest.raises(InvalidFact, match=rf"Declared\.{name}: every fact has a property of this"):
        stored_properties(kind)
