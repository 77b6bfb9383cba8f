"""Places, and what lies at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from graph.model.base import Entity, Standard, prop
from graph.model.values.identifier import COUNTRY, JURISDICTION
from graph.model.values.place import PLACE, Precision
from graph.model.values.text import Count, Line

Degrees = Annotated[float, Field(ge=-180, le=180)]


class Location(Entity):
    """A country, a region, a city, a postal address or a point on the map."""

    plural: ClassVar[str] = "locations"
    standard: ClassVar[Standard] = Standard(
        stix="location", oam="Location", ftm="Address", ecs="geo.name"
    )

    place: Annotated[str, PLACE] = prop(
        "What place it is: country:GB, region:GB-ENG, city:GeoNames id, addr:country:hash of the "
        "address, point:geohash.",
        key=True,
        example="city:2643743",
    )
    precision: Precision | None = prop(
        "How exact it is, from a country to a point.", derived=True, indexed=True, example="city"
    )
    name: Line | None = prop("Its name.", searched=True, example="London")
    country: Annotated[str, COUNTRY] | None = prop(
        "The country (ISO 3166-1).", indexed=True, example="GB"
    )
    region: Annotated[str, JURISDICTION] | None = prop(
        "The region within the country (ISO 3166-2).", example="GB-ENG"
    )
    city: Line | None = prop("The city's name.", searched=True, example="London")
    postal_code: Line | None = prop("The postal code.", example="SW1A 1AA")
    street_address: Line | None = prop(
        "Street and number.", searched=True, example="10 Example Street"
    )
    latitude_deg: Degrees | None = prop(
        "How far north of the equator (WGS 84).", unit="degrees", example=51.5
    )
    longitude_deg: Degrees | None = prop(
        "How far east of Greenwich (WGS 84).", unit="degrees", example=-0.12
    )
    accuracy_radius_km: Count | None = prop(
        "Within what distance the thing located lies.", unit="kilometres", example=50
    )
    time_zone: Line | None = prop("The time zone (IANA).", example="Europe/London")

    def derive(self) -> Mapping[str, object]:
        """What the key tells of the place."""
        return {"precision": self.place.partition(":")[0]}

    def caption(self) -> str:
        """Its name and country, else its key."""
        shown = self.name or self.street_address or self.city
        return ", ".join(filter(None, (shown, self.country))) if shown else self.place
