"""Rules of where hosts lie: as they are written, and asked about what is known."""

from __future__ import annotations

import pytest

from graph.errors import Refused
from server.configuration.places import Known, Place, exclusion
from server.configuration.rules import Rules, named_by, read_rule

A = "192.0.2.9"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("country:de", Place("countries", "DE")),
        ("Country: DE", Place("countries", "DE")),
        ("organization:Example  Ltd ", Place("organizations", "Example Ltd")),
        ("provider:Example Networks", Place("providers", "Example Networks")),
    ],
)
def test_a_place_is_named_by_how_its_rule_begins(text: str, place: Place) -> None:
    assert read_rule(text) == place
    assert named_by(place) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("country:Germania", "country:DE is right"),
        ("country:", "country:DE is right"),
        ("organization:", "after `organization:` a name is right"),
        ("provider:" + "x" * 201, "after `provider:` a name is right"),
    ],
)
def test_what_names_no_place_is_refused_with_what_would(text: str, wanted: str) -> None:
    with pytest.raises(Refused, match=wanted):
        read_rule(text)


@pytest.mark.parametrize(
    ("rules", "known", "told"),
    [
        (["country:DE"], {"countries": ["FR", "DE"]}, "it lies in the country DE"),
        (["country:DE"], {"countries": ["FR"]}, ""),
        (["AS64500"], {"systems": ["AS64500"]}, "it lies in the autonomous system AS64500"),
        (["AS64500"], {"systems": ["AS645001"]}, ""),
        (
            ["organization:example ltd"],
            {"organizations": ["Example  LTD"]},
            "it lies in the organization example ltd",
        ),
        (["organization:Example"], {"organizations": ["Example Ltd"]}, ""),
        (["provider:X"], {"organizations": ["X"]}, "its provider is not known"),
        (["country:DE", "AS64500"], {"countries": ["FR"]}, "its autonomous system is not known"),
        (["orrery.example", "port:25"], {}, ""),
    ],
)
def test_an_address_is_left_out_for_where_it_lies_or_where_that_is_not_known(
    rules: list[str], known: Known, told: str
) -> None:
    found = exclusion(A, Rules.of(read_rule(rule) for rule in rules).places, known)
    assert told in found
    assert bool(told) == bool(found)
