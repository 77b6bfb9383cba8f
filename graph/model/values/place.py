"""Places: one key for countries, regions, cities, addresses and points.

Nothing is geocoded: a city needs its GeoNames id, and an address is compared by its words alone.
"""

from __future__ import annotations

import re
from typing import Literal

from graph.errors import Refused
from graph.model.values.digest import sha256_of
from graph.model.values.identifier import country_of, jurisdiction_of
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import plain_letters, text_of

WANTED = "a place"
Precision = Literal["country", "region", "city", "addr", "point"]
_BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"
_POINT_LENGTH = 7  # a geohash of seven characters is a square of about 150 metres
_ABBREVIATIONS = {
    "av": "avenue", "ave": "avenue", "bd": "boulevard", "blvd": "boulevard", "bldg": "building",
    "ctr": "center", "centre": "center", "dr": "drive", "fl": "floor", "hwy": "highway",
    "ln": "lane", "pl": "place", "pkwy": "parkway", "rd": "road", "sq": "square", "st": "street",
    "ste": "suite", "str": "strasse", "n": "north", "s": "south", "e": "east", "w": "west",
}  # fmt: skip


def place_of(raw: object) -> str:
    """`country:GB`, `region:GB-ENG`, `city:2643743`, `addr:GB:<sha256>` or `point:gcpvj0d`."""
    text = text_of(WANTED, raw, 200)
    precision, _, value = text.partition(":")
    precision = precision.lower()
    if precision == "country":
        return f"country:{country_of(value)}"
    if precision == "region" and "-" in value:
        return f"region:{jurisdiction_of(value)}"
    if precision == "city" and re.fullmatch(r"0*[1-9][0-9]{0,11}", value):
        return f"city:{int(value)}"
    if precision == "addr" and re.fullmatch(r"[A-Za-z]{2}:[0-9a-f]{64}", value):
        return f"addr:{country_of(value[:2])}:{value[3:]}"
    if precision == "point" and re.fullmatch(rf"[{_BASE32}]{{{_POINT_LENGTH}}}", value.lower()):
        return f"point:{value.lower()}"
    forms = "country:GB, region:GB-ENG, city:GeoNames id, addr:GB:sha256, point:geohash of 7"
    raise Refused(WANTED, raw, f"its forms are {forms}")


def address_place(country: str, address: str) -> str:
    """The place of a postal address: its country and the hash of its words, written out."""
    words = re.findall(r"[^\W_]+", plain_letters(text_of("a postal address", address, 1_000)))
    if not words:
        raise Refused("a postal address", address, "it has no letter or digit")
    full = " ".join(map(written_out, words))
    return f"addr:{country_of(country)}:{sha256_of(full)}"


def written_out(word: str) -> str:
    """A word of an address, in plain letters, in full: st is street."""
    return _ABBREVIATIONS.get(word, word)


def point_place(latitude: float, longitude: float) -> str:
    """The place of a point in degrees (WGS 84), about 150 metres wide."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        reason = "latitude lies within -90 to 90 and longitude within -180 to 180"
        raise Refused("a point", (latitude, longitude), reason)
    bounds = [[-180.0, 180.0], [-90.0, 90.0]]
    bits = 0
    for step in range(_POINT_LENGTH * 5):
        low, high = bounds[step % 2]
        middle = (low + high) / 2
        is_above = (longitude, latitude)[step % 2] >= middle
        bounds[step % 2][0 if is_above else 1] = middle
        bits = bits * 2 + is_above
    digits = [_BASE32[bits >> shift & 31] for shift in range((_POINT_LENGTH - 1) * 5, -1, -5)]
    return f"point:{''.join(digits)}"


PLACE = Normaliser(WANTED, 1, place_of)
