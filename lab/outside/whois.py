"""WHOIS texts: the root's referral and the registry's records, in the form most registries use."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab.company import Registration, dns_name
from lab.world import World

REGISTRY_SERVER = "whois.nic.example"
TOP_LEVEL = ("example", "test")
END = (
    ">>> Last update of WHOIS database: {now} <<<\n\n"
    "Made-up data of the Mirage lab. Nobody's rights are affected by it.\n"
)


def root(world: World) -> Callable[[str], str]:
    """What `whois.iana.org` answers: which server knows the names of a top-level domain."""
    registry = world.company.parties["registry"]

    def answer(query: str) -> str:
        top = query.lower().rstrip(".").rpartition(".")[2]
        if top not in TOP_LEVEL:
            return "% IANA WHOIS server\n\n% This query returned 0 objects.\n"
        return (
            "% IANA WHOIS server\n% for more information on IANA, visit http://www.iana.org\n"
            f"% This query returned 1 object\n\nrefer:        {REGISTRY_SERVER}\n\n"
            f"domain:       {top.upper()}\n\norganisation: {registry.name}\n"
            f"address:      {registry.street}\naddress:      {registry.city}\n\n"
            f"whois:        {REGISTRY_SERVER}\n\nstatus:       ACTIVE\nsource:       IANA\n"
        )

    return answer


def names(world: World) -> Callable[[str], str]:
    """What the registry of names answers about a domain."""

    def answer(query: str) -> str:
        name = query.lower().removeprefix("domain ").strip().rstrip(".")
        registration = world.company.registrations.get(name)
        if registration is None:
            body = f'No match for domain "{name.upper()}".\n'
        else:
            body = "".join(f"{line}\n" for line in _record(world, name, registration))
        return body + END.format(now=f"{world.company.day(0):%Y-%m-%dT%H:%M:%SZ}")

    return answer


def _record(world: World, name: str, registration: Registration) -> Iterator[str]:
    company = world.company
    registrar = company.parties[registration.registrar]
    yield f"Domain Name: {name.upper()}"
    yield f"Registry Domain ID: {registration.handle}"
    yield f"Updated Date: {company.day(registration.changed):%Y-%m-%dT%H:%M:%SZ}"
    yield f"Creation Date: {company.day(registration.created):%Y-%m-%dT%H:%M:%SZ}"
    yield f"Registry Expiry Date: {company.day(registration.expires):%Y-%m-%dT%H:%M:%SZ}"
    yield f"Registrar: {registrar.name}"
    yield f"Registrar IANA ID: {registrar.handle}"
    yield f"Registrar Abuse Contact Email: {registrar.email}"
    yield f"Registrar Abuse Contact Phone: {registrar.phone}"
    for status in registration.status:
        code = epp_code(status)
        yield f"Domain Status: {code} https://icann.org/epp#{code}"
    yield from _registrant(world, registration)
    zone = world.zones.get(dns_name(name))
    for server in sorted(zone.servers()) if zone else ():
        yield f"Name Server: {server.to_text(True).upper()}"
    yield f"DNSSEC: {'signedDelegation' if zone and zone.ds else 'unsigned'}"


def _registrant(world: World, registration: Registration) -> Iterator[str]:
    if not registration.registrant:
        yield "Registrant Name: REDACTED FOR PRIVACY"
        yield "Registrant Email: REDACTED FOR PRIVACY"
        return
    party = world.company.parties[registration.registrant]
    yield f"Registry Registrant ID: {party.handle}"
    yield f"Registrant Organization: {party.name}"
    yield f"Registrant Street: {party.street}"
    yield f"Registrant City: {party.city}"
    yield f"Registrant Postal Code: {party.postcode}"
    yield f"Registrant Country: {party.country}"
    yield f"Registrant Phone: {party.phone}"
    yield f"Registrant Email: {party.email}"


def epp_code(status: str) -> str:
    """The EPP code of a status as RDAP words it (RFC 8056): `client hold` is `clientHold`."""
    if status == "active":
        return "ok"
    first, *rest = status.split()
    return first + "".join(word.capitalize() for word in rest)
