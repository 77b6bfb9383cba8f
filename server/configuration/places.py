"""Rules of where hosts lie, which nobody can tell from an address alone: read, and asked about what is known. Pure.

country:DE                       addresses in that country (ISO 3166-1)
organization:Example Ltd         addresses, and those in blocks, that this body runs
provider:Example Networks        addresses in a network that this body announces
AS64500                          addresses in the network of that number

Countries and providers are far larger than what anybody looks at: where a scan includes them, they bound it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from graph.errors import MirageError, Refused
from graph.model.network import AutonomousSystem
from graph.model.values.identifier import COUNTRY

COUNTRIES, ORGANIZATIONS, PROVIDERS, SYSTEMS = "countries", "organizations", "providers", "systems"

# What of a place rules name, by how they begin, with what an address lies in.
_KINDS = {
    "country:": (COUNTRIES, "country"),
    "organization:": (ORGANIZATIONS, "organization"),
    "provider:": (PROVIDERS, "provider"),
}
_WORDS = dict(_KINDS.values()) | {SYSTEMS: "autonomous system"}
LONGEST_NAME = 200

Known = Mapping[str, Collection[str]]
"""What is known of where an address lies, by kind: countries, systems, providers, organizations."""

NOWHERE: Known = MappingProxyType({})
"""Nothing is known of where it lies."""


@dataclass(frozen=True)
class Place:
    """A place, by its kind and its name in it. Names of bodies are compared without regard to case and spaces."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{_WORDS[self.kind]} {self.name}"

    @property
    def bounds(self) -> bool:
        """Whether to include it means to leave out what lies elsewhere, and not to add what lies in it."""
        return self.kind in (COUNTRIES, PROVIDERS)


def read_place(text: str) -> Place | None:
    """The place that a rule names; None where it names none. Raises Refused saying what would be right."""
    for start, (kind, word) in _KINDS.items():
        if not text.lower().startswith(start):
            continue
        name = _spaced(text[len(start) :])
        if kind == COUNTRIES:
            try:
                return Place(kind, COUNTRY(name))
            except (MirageError, ValueError) as error:
                raise Refused(
                    "a rule", text, "country:DE is right, a code of ISO 3166-1"
                ) from error
        if not 0 < len(name) <= LONGEST_NAME:
            raise Refused("a rule", text, f"after `{word}:` a name is right, as sources word it")
        return Place(kind, name)
    return None


def place_of(system: AutonomousSystem) -> Place:
    """An autonomous system as a place."""
    return Place(SYSTEMS, system.caption())


def lies_in(places: Iterable[Place], known: Known) -> Place | None:
    """The first of some places in which something is known to lie."""
    for place in places:
        names = {_spaced(name).casefold() for name in known.get(place.kind, ())}
        if place.name.casefold() in names:
            return place
    return None


def exclusion(address: str, places: Iterable[Place], known: Known) -> str:
    """Why an address may not be contacted where these places are excluded; empty if it may.

    What nothing is known about may lie in any of them, so it may not.
    """
    wanted = _in_order(places)
    if place := lies_in(wanted, known):
        return f"{address} is excluded from the scan: it lies in the {place}"
    for kind in dict.fromkeys(place.kind for place in wanted):
        if not known.get(kind):
            return f"{address} is not contacted: its {_WORDS[kind]} is not known, and the scan excludes some"
    return ""


def outside(address: str, places: Iterable[Place], known: Known) -> str:
    """Why an address may not be contacted where only these places are included; empty if it may, or there are none."""
    wanted = _in_order(places)
    if not wanted or lies_in(wanted, known):
        return ""
    return f"{address} is not contacted: it is not known to lie in the {' or the '.join(map(str, wanted))}"


def _in_order(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda each: (each.kind, each.name))


def _spaced(name: str) -> str:
    """A name with single spaces."""
    return " ".join(name.split())
