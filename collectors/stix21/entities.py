"""STIX domain objects as entities: indicators, malware, actors, techniques, reports, identities.

Objects that the standard identifies by id but the ontology by name take their id along in
`stix_ids`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from collectors._kit.lenient import accepted
from collectors.stix21.bundle import StixObject
from collectors.stix21.observables import OBSERVABLES
from graph.errors import Refused
from graph.model.base import Entity
from graph.model.intelligence import (
    AttackPattern,
    Campaign,
    Indicator,
    IntrusionSet,
    Malware,
    Report,
    ThreatActor,
    Tool,
)
from graph.model.party import LegalEntity, Person
from graph.model.place import Location
from graph.model.software import Vulnerability
from graph.model.values.text import MOMENT

TECHNIQUE_SOURCES = ("mitre", "capec")
BODIES = ("organization", "group", "class", "system")
SOURCE = "stix"


def moment(one: StixObject, name: str) -> datetime | None:
    """A member that is a time, or None."""
    return accepted(MOMENT, one.body.get(name))


def _named(one: StixObject, **more: Any) -> dict[str, Any]:
    names = (*one.texts("aliases"), *one.texts("x_mitre_aliases"))
    return {
        "name": one.text("name"),
        "other_names": tuple(name for name in names if name != one.text("name")),
        "summary": one.text("description") or None,
        "stix_ids": (one.id,),
        "first_active_at": moment(one, "first_seen"),
        "last_active_at": moment(one, "last_seen"),
        **more,
    }


def _indicator(one: StixObject) -> Indicator:
    confidence = one.body.get("confidence")
    return Indicator(
        stix_id=one.id,
        pattern=one.text("pattern") or None,
        pattern_type=one.text("pattern_type") or "stix",
        name=one.text("name") or None,
        summary=one.text("description") or None,
        indicator_types=one.texts("indicator_types"),
        stated_confidence=confidence if confidence in range(101) else None,
        is_revoked=True if one.body.get("revoked") is True else None,
        valid_from=moment(one, "valid_from"),
        valid_to=moment(one, "valid_until"),
    )


def _malware(one: StixObject) -> Malware:
    family = one.body.get("is_family")
    return Malware(
        **_named(
            one,
            is_family=family if isinstance(family, bool) else None,
            malware_types=one.texts("malware_types"),
        )
    )


def _actor(one: StixObject) -> ThreatActor:
    return ThreatActor(
        **_named(
            one,
            actor_types=one.texts("threat_actor_types"),
            motivations=_motivations(one),
            sophistication=one.text("sophistication") or None,
        )
    )


def _motivations(one: StixObject) -> tuple[str, ...]:
    primary = one.text("primary_motivation")
    return (*((primary,) if primary else ()), *one.texts("secondary_motivations"))


def _attack_pattern(one: StixObject) -> AttackPattern:
    return AttackPattern(
        technique=_external_id(one, TECHNIQUE_SOURCES) or one.text("name"),
        name=one.text("name") or None,
        summary=one.text("description") or None,
        tactics=tuple(
            str(phase.get("phase_name", "")) for phase in one.tables("kill_chain_phases")
        ),
        stix_ids=(one.id,),
    )


def _external_id(one: StixObject, sources: tuple[str, ...]) -> str:
    for reference in one.tables("external_references"):
        if str(reference.get("source_name", "")).lower().startswith(sources):
            return str(reference.get("external_id") or "")
    return ""


def _report(one: StixObject) -> Report:
    return Report(
        reference=one.id,
        name=one.text("name") or None,
        summary=one.text("description") or None,
        report_types=one.texts("report_types"),
        published_at=moment(one, "published"),
    )


def _identity(one: StixObject) -> LegalEntity | Person:
    if one.text("identity_class") == "individual":
        return Person(source=SOURCE, record_id=one.id, name=one.text("name") or None)
    if one.text("identity_class") not in (*BODIES, "", "unspecified", "unknown"):
        raise Refused("an identity", one.text("identity_class"), "it is of an unknown class")
    return LegalEntity(name=one.text("name"), sectors=one.texts("sectors"))


def _location(one: StixObject) -> Location:
    country = one.text("country")
    if not country:
        raise Refused("a location", one.text("name"), "a country (ISO 3166-1) is needed")
    return Location(place=f"country:{country}", country=country, name=one.text("name") or None)


def _vulnerability(one: StixObject) -> Vulnerability:
    return Vulnerability(
        identifier=_external_id(one, ("cve",)) or one.text("name"),
        summary=one.text("description") or None,
    )


ENTITIES: Mapping[str, Callable[[StixObject], Entity]] = {
    **OBSERVABLES,
    "indicator": _indicator,
    "malware": _malware,
    "tool": lambda one: Tool(**_named(one, tool_types=one.texts("tool_types"))),
    "threat-actor": _actor,
    "intrusion-set": lambda one: IntrusionSet(
        **_named(one, motivations=_motivations(one), goals=one.texts("goals"))
    ),
    "campaign": lambda one: Campaign(**_named(one, objective=one.text("objective") or None)),
    "attack-pattern": _attack_pattern,
    "report": _report,
    "identity": _identity,
    "location": _location,
    "vulnerability": _vulnerability,
}

# Objects outside the bundle that their id alone identifies: they stand in until they are imported.
PLACEHOLDERS: Mapping[str, Callable[[str], Entity]] = {
    "indicator": lambda identifier: Indicator(stix_id=identifier),
    "report": lambda identifier: Report(reference=identifier),
}
