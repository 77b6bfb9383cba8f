"""RDAP (RFC 9082, RFC 9083): the bootstrap files, the registries of names and of numbers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from lab.company import Allocation, Company, Network, Party, Registration, dns_name, is_within
from lab.web.message import Handler, Request, Response, json_response
from lab.world import World

NAMES_BASE = "https://rdap.nic.example/"
NUMBERS_BASE = "https://rdap.numbers.example/"
RDAP_TYPE = "application/rdap+json"
REGISTERED = "2015-04-01T00:00:00Z"  # of every address range and system number
Json = dict[str, object]


def bootstrap(world: World) -> Handler:
    """IANA's files that say which registry to ask (RFC 9224). `.test` is in none of them."""
    networks = [str(network) for network in world.company.networks]
    systems = [f"{number}-{number}" for number in world.company.systems]
    services: dict[str, list[list[list[str]]]] = {
        "/rdap/dns.json": [[["example"], [NAMES_BASE]]],
        "/rdap/ipv4.json": [[[cidr for cidr in networks if ":" not in cidr], [NUMBERS_BASE]]],
        "/rdap/ipv6.json": [[[cidr for cidr in networks if ":" in cidr], [NUMBERS_BASE]]],
        "/rdap/asn.json": [[systems, [NUMBERS_BASE]]],
    }

    def handle(request: Request) -> Response:
        if request.path not in services:
            return json_response({"error": "not found"}, 404)
        return json_response(
            {
                "version": "1.0",
                "publication": "2026-01-01T00:00:00Z",
                "description": "RDAP bootstrap of the lab",
                "services": services[request.path],
            }
        )

    return handle


def names(world: World) -> Handler:
    """The registry of domain names."""

    def handle(request: Request) -> Response:
        kind, _, value = request.path.strip("/").partition("/")
        name = value.lower().rstrip(".")
        registration = world.company.registrations.get(name)
        if kind != "domain" or registration is None or registration.whois:
            return _not_found()
        return _found(_domain(world, name, registration))

    return handle


def numbers(world: World) -> Handler:
    """The registry of addresses and system numbers."""

    def handle(request: Request) -> Response:
        kind, _, value = request.path.strip("/").partition("/")
        if kind == "autnum" and value.isascii() and value.isdigit():
            return _autnum(world.company, int(value))
        if kind == "ip":
            return _range(world.company, value)
        return _not_found()

    return handle


def entity(key: str, party: Party, roles: Iterable[str]) -> Json:
    """A party as an entity with a jCard (RFC 7095)."""
    address = ["", "", party.street, party.city, "", party.postcode, party.country]
    card = [
        ["version", {}, "text", "4.0"],
        ["fn", {}, "text", party.name],
        ["kind", {}, "text", "org"],
        ["adr", {"cc": party.country}, "text", address],
        ["email", {}, "text", party.email],
        ["tel", {"type": "voice"}, "uri", f"tel:{party.phone}"],
    ]
    return {
        "objectClassName": "entity",
        "handle": party.handle,
        "roles": list(roles),
        "vcardArray": ["vcard", card],
        "remarks": [{"title": "note", "description": [f"{key} of the lab"]}],
    }


def _domain(world: World, name: str, registration: Registration) -> Json:
    company = world.company
    zone = world.zones.get(dns_name(name))
    servers = sorted(server.to_text(True) for server in zone.servers()) if zone else []
    days = {
        "registration": registration.created,
        "last changed": registration.changed,
        "expiration": registration.expires,
    }
    return {
        "objectClassName": "domain",
        "handle": registration.handle,
        "ldhName": name,
        "status": list(registration.status),
        "events": [
            {"eventAction": action, "eventDate": f"{company.day(day):%Y-%m-%dT%H:%M:%SZ}"}
            for action, day in days.items()
        ],
        "entities": [_registrar(company, registration), *_holders(company, registration)],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": s} for s in servers],
        "secureDNS": _secure_dns(world, name),
        "links": [_self(f"{NAMES_BASE}domain/{name}")],
        "port43": "whois.nic.example",
    }


def _registrar(company: Company, registration: Registration) -> Json:
    party = company.parties[registration.registrar]
    abuse = entity(registration.registrar, party, ["abuse"])
    return entity(registration.registrar, party, ["registrar"]) | {
        "publicIds": [{"type": "IANA Registrar ID", "identifier": party.handle}],
        "entities": [abuse | {"handle": f"{party.handle}-ABUSE"}],
    }


def _holders(company: Company, registration: Registration) -> list[Json]:
    if registration.registrant:
        party = company.parties[registration.registrant]
        return [entity(registration.registrant, party, ["registrant", "technical"])]
    hidden = "REDACTED FOR PRIVACY"
    card = [["version", {}, "text", "4.0"], ["fn", {}, "text", hidden]]
    remark = {"title": hidden, "description": ["Some of the data in this object was removed."]}
    return [
        {
            "objectClassName": "entity",
            "handle": hidden,
            "roles": ["registrant"],
            "vcardArray": ["vcard", card],
            "remarks": [remark],
        }
    ]


def _secure_dns(world: World, name: str) -> Json:
    zone = world.zones.get(dns_name(name))
    if zone is None or zone.ds is None:
        return {"delegationSigned": False}
    data = {
        "keyTag": zone.ds.key_tag,
        "algorithm": int(zone.ds.algorithm),
        "digestType": int(zone.ds.digest_type),
        "digest": zone.ds.digest.hex().upper(),
    }
    return {"delegationSigned": True, "dsData": [data]}


def _range(company: Company, text: str) -> Response:
    wanted = _network(text)
    holding = [
        (network, allocation)
        for network, allocation in company.networks.items()
        if wanted is not None and is_within(wanted, network)
    ]
    if not holding:
        return _not_found()
    network, allocation = max(holding, key=lambda pair: pair[0].prefixlen)
    return _found(_network_object(company, network, allocation))


def _network_object(company: Company, network: Network, allocation: Allocation) -> Json:
    prefix = "v4prefix" if network.version == 4 else "v6prefix"
    party = company.parties[allocation.party]
    return {
        "objectClassName": "ip network",
        "handle": allocation.handle,
        "startAddress": str(network.network_address),
        "endAddress": str(network.broadcast_address),
        "ipVersion": f"v{network.version}",
        "name": allocation.name,
        "type": "DIRECT ALLOCATION",
        "country": allocation.country,
        "status": ["active"],
        "cidr0_cidrs": [{prefix: str(network.network_address), "length": network.prefixlen}],
        "arin_originas0_originautnums": [allocation.system],
        "entities": [entity(allocation.party, party, ["registrant", "abuse"])],
        "events": [{"eventAction": "registration", "eventDate": REGISTERED}],
        "links": [_self(f"{NUMBERS_BASE}ip/{network}")],
    }


def _autnum(company: Company, number: int) -> Response:
    system = company.systems.get(number)
    if system is None:
        return _not_found()
    party = company.parties[system.party]
    return _found(
        {
            "objectClassName": "autnum",
            "handle": f"AS{number}",
            "startAutnum": number,
            "endAutnum": number,
            "name": system.name,
            "type": "DIRECT ALLOCATION",
            "country": party.country,
            "status": ["active"],
            "entities": [entity(system.party, party, ["registrant", "abuse"])],
            "events": [{"eventAction": "registration", "eventDate": REGISTERED}],
            "links": [_self(f"{NUMBERS_BASE}autnum/{number}")],
        }
    )


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _self(url: str) -> Json:
    return {"rel": "self", "href": url, "value": url, "type": RDAP_TYPE}


def _found(value: Json) -> Response:
    extensions = ["rdap_level_0", "cidr0", "arin_originas0"]
    notice = {"title": "Terms of Use", "description": ["Made-up data of the Mirage lab."]}
    return json_response(
        {"rdapConformance": extensions, "notices": [notice], **value}, media_type=RDAP_TYPE
    )


def _not_found() -> Response:
    error = {"rdapConformance": ["rdap_level_0"], "errorCode": 404, "title": "Not Found"}
    return json_response({**error, "description": ["No such object."]}, 404, RDAP_TYPE)
