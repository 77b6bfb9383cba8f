"""rdap.domain: who a domain is registered with and for, in what state, until when.

Asks the registry of the top-level domain only, not the registrar that it may refer to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from collectors._kit.base import Collector, Request, Response
from collectors._kit.lenient import accepted, all_accepted, stated
from collectors.rdap.answer import Party, event, objects, parties, text
from collectors.rdap.asking import ask_bootstrap, found, next_step, service_of_name
from collectors.rdap.contacts import contact_facts
from graph.errors import SourceRejected
from graph.model.base import Entity, Fact
from graph.model.party import LegalEntity
from graph.model.registration import DomainRegistration, SponsoredBy
from graph.model.values.domain import DOMAIN_NAME
from graph.model.values.registration import EPP_STATUS
from graph.model.values.text import KEY_TEXT


class RdapDomain(Collector):
    """The registration of a domain."""

    id = "rdap.domain"

    def plan(self, target: Entity) -> Iterator[Request]:  # noqa: ARG002 - one file for all names
        """The bootstrap file of top-level domains."""
        yield ask_bootstrap("dns")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The registration with its registrar and contacts; nothing for a name that is free."""
        yield from next_step(
            response,
            lambda bootstrap: service_of_name(bootstrap, target.key),
            f"domain/{target.key}",
        )
        rdap = found(response, "domain")
        if rdap is None:
            return
        name = accepted(DOMAIN_NAME, rdap.get("ldhName"))
        if name != target.key:
            raise SourceRejected(f"the answer is about {name}, not {target.key}")
        yield from _facts(rdap, target.key)


def _facts(rdap: Mapping[str, Any], domain: str) -> Iterator[Fact]:
    people = list(parties(rdap))
    registration = _registration(rdap, domain, people)
    yield registration
    registrar = _with_role(people, "registrar")
    if registrar is not None and (name := registrar.name or registrar.organization):
        yield from stated(
            lambda: SponsoredBy(
                source=registration,
                target=LegalEntity(name=name, registrar_iana_id=registrar.iana_id),
            )
        )
    yield from contact_facts(registration, people, source=domain.rpartition(".")[2])


def _registration(rdap: Mapping[str, Any], domain: str, people: list[Party]) -> DomainRegistration:
    registrar = _with_role(people, "registrar")
    holder = _with_role(people, "registrant")
    statuses = rdap.get("status")
    secure = rdap.get("secureDNS")
    signed = secure.get("delegationSigned") if isinstance(secure, dict) else None
    return DomainRegistration(
        domain=domain,
        registry_id=_own_id(rdap, domain),
        valid_from=event(rdap, "registration"),
        valid_to=event(rdap, "expiration"),
        updated_at=event(rdap, "last changed", "last update"),
        statuses=all_accepted(EPP_STATUS, statuses if isinstance(statuses, list) else ()),
        name_servers=sorted(
            all_accepted(
                DOMAIN_NAME,
                (text(server.get("ldhName")) for server in objects(rdap.get("nameservers"))),
            )
        ),
        is_dnssec_signed=signed if isinstance(signed, bool) else None,
        registrar=(registrar.name or registrar.organization or None) if registrar else None,
        registrar_iana_id=registrar.iana_id if registrar else None,
        registrant_name=(holder.name or None) if holder else None,
        registrant_organization=(holder.organization or None) if holder else None,
        registrant_country=(holder.country or None) if holder else None,
        is_redacted=any(party.is_held_back for party in people) if people else None,
    )


def _own_id(rdap: Mapping[str, Any], domain: str) -> str | None:
    """The registry's id; some give the name itself, which a later registration would share."""
    found = accepted(KEY_TEXT, rdap.get("handle"))
    return None if found is None or found.lower() == domain else found


def _with_role(people: list[Party], role: str) -> Party | None:
    return next((party for party in people if role in party.roles), None)
