"""rdap.asn: who holds the number of an autonomous system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from collectors._kit.base import Collector, Request, Response
from collectors.rdap.asking import ask_bootstrap, found, http, next_step, service_of_number
from collectors.rdap.network import contacts_of, registration_of
from graph.errors import SourceRejected
from graph.model.base import Entity, Fact
from graph.model.network import AutonomousSystem
from graph.model.registration import HasRegistration
from graph.model.values.address import number_space_of

REGISTERED_SPACES = ("public", "documentation")


class RdapAsn(Collector):
    """The registration of an autonomous system."""

    id = "rdap.asn"

    def plan(self, target: Entity) -> Iterator[Request]:
        """The bootstrap file of numbers; none for numbers of private use."""
        if number_space_of(int(target.key)) in REGISTERED_SPACES:
            yield ask_bootstrap("asn")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The number with its holder, and the registration."""
        number = int(target.key)
        yield from next_step(
            response, lambda bootstrap: service_of_number(bootstrap, number), f"autnum/{number}"
        )
        rdap = found(response, "autnum")
        if rdap is not None:
            yield from _facts(rdap, http(response).request.url, number)


def _facts(rdap: Mapping[str, Any], server: str, number: int) -> Iterator[Fact]:
    first = _number(rdap.get("startAutnum"), number)
    last = _number(rdap.get("endAutnum"), first)
    if not first <= number <= last:
        raise SourceRejected(f"the answer is about AS{first} to AS{last}, not AS{number}")
    registration, people = registration_of(rdap, server, first_number=first, last_number=last)
    system = AutonomousSystem(
        number=number, name=registration.name, holder=registration.organization
    )
    yield HasRegistration(source=system, target=registration)
    yield from contacts_of(registration, people)


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
