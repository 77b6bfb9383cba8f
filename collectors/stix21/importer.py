"""stix21: a STIX 2.1 bundle, in two passes: what the objects are, then how they are connected.

Types without a kind in the ontology (course-of-action, mutex, …) are told in the report by name.
A relationship is marked like itself and its ends, whichever is strictest: who may not know an
object may not learn of it from what it is connected to.
Patterns in other languages than STIX's are kept as they are, without what they are based on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from collectors._kit.importing import Importer, Limits, Record, Rejection, Row
from collectors._kit.unpacking import unpacked
from collectors.stix21.bundle import Bundle, StixObject, read_bundle, strictest
from collectors.stix21.entities import ENTITIES, PLACEHOLDERS
from collectors.stix21.links import relation, report_links, resolutions, sighting
from collectors.stix21.observables import compared
from collectors.stix21.pattern import comparisons
from graph.errors import InvalidFact, Refused
from graph.model.base import Entity, Fact
from graph.model.intelligence import Indicator, Report
from graph.model.threat import BasedOn

LINKS = ("relationship", "sighting")
# Objects that say something about others and are nothing by themselves.
AUXILIARY = ("marking-definition", "observed-data", "extension-definition", "language-content")


class Stix21(Importer):
    """A bundle of STIX 2.1 objects."""

    id = "stix21"
    limits = Limits(max_bytes=100_000_000)  # a bundle is held in memory as a whole

    @classmethod
    def detect(cls, head: bytes, name: str) -> float:
        """By the bundle's id, or an object's, near the beginning."""
        if b'"bundle--' in head or b'"spec_version"' in head:
            return 0.95
        return 0.6 if name.lower().endswith((".stix", ".stix2")) else 0.0

    def read(self, stream: BinaryIO) -> Iterator[Row]:
        """A record for each object, in the file's order."""
        bundle = read_bundle(unpacked(stream, self.limits.max_bytes), self.limits)
        known = _known(bundle)
        marks = {id(entity): bundle.tlp(bundle.latest[i]) for i, entity in known.items()}
        for one in bundle.objects:
            yield from _rows(one, bundle, known, marks)


def _known(bundle: Bundle) -> dict[str, Entity]:
    """The entity of each object that has one; objects that are refused are told when reached."""
    found: dict[str, Entity] = {}
    for identifier, one in bundle.latest.items():
        if one.type in ENTITIES and not _is_withdrawn(one):
            try:
                found[identifier] = ENTITIES[one.type](one)
            except InvalidFact:
                continue
    return found


def _rows(
    one: StixObject, bundle: Bundle, known: dict[str, Entity], marks: dict[int, str]
) -> Iterator[Row]:
    """What one object says; `marks` are the markings of the entities in `known`, by identity."""
    record = Record(one.position, tlp=bundle.tlp(one))
    if one.problem:
        record.refuse(one.problem)
    elif bundle.is_superseded(one):
        record.refuse("the bundle has a later version of the object")
    elif _is_withdrawn(one):
        record.refuse("its author took it back (revoked)", one.text("name"))
    elif one.type in AUXILIARY:
        return
    elif one.type in LINKS:
        _link(record, one, bundle, known)
    elif one.type not in ENTITIES:
        yield Rejection.unmapped(one.position, f"type {one.type}")
    else:
        entity = record.keep(partial(ENTITIES[one.type], one), one.text("name"))
        if entity is not None:
            _connect(record, one, entity, known)
    yield from record.rows(partial(_marking, record.tlp, marks))


def _marking(own: str, marks: dict[int, str], fact: Fact) -> str:
    """The marking of a fact of an object marked `own`."""
    if isinstance(fact, Entity):
        return own
    return strictest([own, *(marks.get(id(end), "") for end in (fact.source, fact.target))])


def _is_withdrawn(one: StixObject) -> bool:
    return one.body.get("revoked") is True and one.type != "indicator"


def _connect(record: Record, one: StixObject, entity: Entity, known: dict[str, Entity]) -> None:
    """What an object itself says about others."""
    if isinstance(entity, Indicator) and entity.pattern_type == "stix":
        _base(record, entity)
    elif isinstance(entity, Report):
        record.facts.extend(report_links(entity, one, known))
    elif one.type == "domain-name":
        targets = [known[ref] for ref in one.texts("resolves_to_refs") if ref in known]
        record.facts.extend(resolutions(entity, targets))


def _base(record: Record, indicator: Indicator) -> None:
    """The values that the indicator's pattern names."""
    try:
        found = comparisons(indicator.pattern or "")
    except Refused as error:
        record.refuse(error)
        return
    for comparison in found:
        for make in compared(comparison):
            value = record.keep(make, ", ".join(comparison.values))
            if value is not None:
                record.facts[-1] = BasedOn(source=indicator, target=value)


def _link(record: Record, one: StixObject, bundle: Bundle, known: dict[str, Entity]) -> None:
    if one.type == "sighting":
        found = list(sighting(one, known))
        record.facts.extend(found)
        if not found:
            record.leave("a sighting of this, or without a place that has one,")
        return
    ends = []
    for name in ("source_ref", "target_ref"):
        reference = one.text(name)
        entity = known.get(reference) or _placeholder(reference)
        if entity is None:
            if reference in bundle.latest:
                record.leave(
                    f"{one.text('relationship_type')!r} with a {bundle.latest[reference].type}"
                )
            else:
                record.refuse(f"its {name} is not in the bundle", reference)
            return
        ends.append(entity)
    verb = one.text("relationship_type")
    link = relation(verb, ends[0], ends[1], one)
    if link is None:
        record.leave(f"{verb!r} from {ends[0].label} to {ends[1].label}")
    else:
        record.facts.append(link)


def _placeholder(reference: str) -> Entity | None:
    make = PLACEHOLDERS.get(reference.partition("--")[0])
    try:
        return make(reference) if make else None
    except InvalidFact:
        return None
