"""Registrations of addresses and AS numbers: what rdap.ip and rdap.asn have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from collectors._kit.lenient import accepted
from collectors.rdap.answer import Party, event, objects, parties, text
from collectors.rdap.contacts import contact_facts
from graph.errors import SourceRejected
from graph.model.base import Fact
from graph.model.registration import NetworkRegistration
from graph.model.values.identifier import COUNTRY
from graph.model.values.registration import Registry

REGISTRIES: tuple[str, ...] = get_args(Registry)
# IANA keeps what it has not handed to a registry, and its bootstrap names every other server.
KEEPER_OF_THE_REST = "iana"


def registration_of(
    rdap: Mapping[str, Any], server: str, **bounds: object
) -> tuple[NetworkRegistration, list[Party]]:
    """The registration that an answer of `server` states, and its parties."""
    handle = text(rdap.get("handle"))
    if not handle:
        raise SourceRejected("the answer has no handle, so the registration cannot be told apart")
    people = list(parties(rdap))
    holder = next((p for p in people if "registrant" in p.roles and not p.is_redacted), None)
    statuses = rdap.get("status")
    registration = NetworkRegistration(
        registry=registry_of(rdap, server),
        handle=handle,
        name=text(rdap.get("name")) or None,
        network_type=text(rdap.get("type")) or None,
        parent_handle=text(rdap.get("parentHandle")) or None,
        organization=(holder.organization or holder.name or None) if holder else None,
        country=accepted(COUNTRY, rdap.get("country")),
        statuses=tuple(map(text, statuses)) if isinstance(statuses, list) else (),
        remarks=_remarks(rdap) or None,
        valid_from=event(rdap, "registration"),
        updated_at=event(rdap, "last changed", "last update"),
        **bounds,
    )
    return registration, people


def contacts_of(registration: NetworkRegistration, people: list[Party]) -> Iterator[Fact]:
    """The contacts of a registration of numbers; their handles belong to its registry."""
    return contact_facts(registration, people, source=registration.registry)


def registry_of(rdap: Mapping[str, Any], server: str) -> str:
    """The registry that keeps an object: named by its WHOIS server, or by the server asked."""
    for host in (text(rdap.get("port43")), server):
        for label in host.lower().replace("/", ".").split("."):
            if label in REGISTRIES:
                return label
            if label == "registro":  # registro.br
                return "nicbr"
    return KEEPER_OF_THE_REST


def _remarks(rdap: Mapping[str, Any]) -> str:
    lines: list[str] = []
    for remark in objects(rdap.get("remarks")):
        said = remark.get("description")
        lines.extend(map(text, said) if isinstance(said, list) else [text(said)])
    return "\n".join(filter(None, lines))
