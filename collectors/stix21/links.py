"""STIX relationships, sightings and references between objects as relationships of the ontology.

Which type of relationship a STIX verb is, and between what, is read off the declarations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from collectors.stix21.bundle import StixObject
from collectors.stix21.entities import moment
from graph.model.affiliation import Authored
from graph.model.base import Entity, Relationship
from graph.model.intelligence import Report
from graph.model.network import DomainName, IPAddress
from graph.model.registry import relationship_types
from graph.model.resolution import CnameTo, ResolvesTo
from graph.model.threat import ObjectOf, SightedAt

Ends = Mapping[str, Entity]


@cache
def by_verb() -> Mapping[str, tuple[type[Relationship], ...]]:
    """The relationship classes of each STIX verb."""
    found: dict[str, tuple[type[Relationship], ...]] = {}
    for declared in relationship_types().values():
        verb = declared.standard.stix
        if verb:
            found[verb] = (*found.get(verb, ()), declared)
    return found


def relation(verb: str, source: Entity, target: Entity, one: StixObject) -> Relationship | None:
    """The relationship that `verb` is between these two; None where the ontology has none."""
    if verb == "resolves-to":
        return next(resolutions(source, [target]), None)
    for declared in by_verb().get(verb, ()):
        if isinstance(source, declared.sources()) and isinstance(target, declared.targets()):
            said = {
                "summary": one.text("description") or None,
                "valid_from": moment(one, "start_time"),
                "valid_to": moment(one, "stop_time"),
            }
            known = declared.properties()
            return declared(
                source=source,
                target=target,
                **{name: value for name, value in said.items() if name in known},
            )
    return None


def resolutions(source: Entity, targets: list[Entity]) -> Iterator[Relationship]:
    """What a name resolves to: addresses, and names by alias."""
    for target in targets:
        if isinstance(source, DomainName) and isinstance(target, IPAddress):
            rrtype = "AAAA" if target.version == 6 else "A"
            yield ResolvesTo(source=source, target=target, rrtype=rrtype)
        elif isinstance(source, DomainName) and isinstance(target, DomainName):
            yield CnameTo(source=source, target=target)


def report_links(report: Report, one: StixObject, known: Ends) -> Iterator[Relationship]:
    """What a report is about, and whose it is."""
    for reference in one.texts("object_refs"):
        subject = known.get(reference)
        if subject is not None and isinstance(subject, ObjectOf.sources()):
            yield ObjectOf(source=subject, target=report)
    author = known.get(one.text("created_by_ref"))
    if author is not None and isinstance(author, Authored.sources()):
        yield Authored(source=author, target=report)


def sighting(one: StixObject, known: Ends) -> Iterator[Relationship]:
    """Where something was seen."""
    seen = known.get(one.text("sighting_of_ref"))
    for reference in one.texts("where_sighted_refs"):
        place = known.get(reference)
        if isinstance(seen, SightedAt.sources()) and isinstance(place, SightedAt.targets()):
            yield SightedAt(
                source=seen,
                target=place,
                summary=one.text("description") or None,
                valid_from=moment(one, "first_seen"),
                valid_to=moment(one, "last_seen"),
            )
