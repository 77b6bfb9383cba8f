"""Places."""

from __future__ import annotations

import pytest

from graph.errors import Refused
from graph.model.place import Location
from graph.model.values.place import PLACE, address_place, point_place


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("country:gb", "country:GB"),
        ("Country:UK", "country:GB"),
        ("region:gb-eng", "region:GB-ENG"),
        ("city:02643743", "city:2643743"),
        ("point:GCPVJ0D", "point:gcpvj0d"),
        ("addr:gb:" + "0" * 64, "addr:GB:" + "0" * 64),
    ],
)
def test_places(raw: str, expected: str) -> None:
    assert PLACE(raw) == expected


@pytest.mark.parametrize(
    "raw",
    ["London", "country:GBR", "region:GB", "city:0", "point:gcpvj0", "point:gcpvj0a", "addr:GB:x"],
)
def test_refused_places(raw: str) -> None:
    with pytest.raises(Refused):
        PLACE(raw)


def test_addresses_written_differently_are_one_place() -> None:
    first = address_place("GB", "10 Example St., London SW1A 1AA")
    second = address_place("uk", "10, EXAMPLE STREET\tLondon sw1a 1aa".replace("\t", " "))

    assert first == second
    assert first.startswith("addr:GB:")
    assert first != address_place("GB", "11 Example St., London SW1A 1AA")
    with pytest.raises(Refused):
        address_place("GB", "...")


def test_points_are_geohashes() -> None:
    assert point_place(51.5007, -0.1246) == "point:gcpuvpm"
    assert point_place(-90, -180) == "point:0000000"
    assert point_place(90, 180) == "point:zzzzzzz"
    assert point_place(57.64911, 10.40744) == "point:u4pruyd"
    for latitude, longitude in ((91, 0), (0, 181), (float("nan"), 0)):
        with pytest.raises(Refused):
            point_place(latitude, longitude)


def test_a_location_shows_its_name() -> None:
    assert Location(place="city:2643743", name="London", country="gb").caption() == "London, GB"
    assert Location(place="country:GB").caption() == "country:GB"
    assert Location(place="city:2643743").precision == "city"
