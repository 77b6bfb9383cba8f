"""Reads `company.yaml`: who is in the lab, what they run, and what others remember of them.

Only checks and types what the file says; keys, zones, pages and the truth are made of it elsewhere.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

import dns.name
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

COMPANY_FILE = Path(__file__).with_name("company.yaml")
NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
DOCUMENTATION_SYSTEMS = range(64496, 64512)

# libyaml's safe loader where PyYAML was built with it: ten times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Protocol = Literal["http", "https", "smtp", "ssh", "ftp", "redis", "mysql", "dns", "whois"]
Application = Literal[
    "rdap_bootstrap",
    "rdap_names",
    "rdap_numbers",
    "certificate_search",
    "archive",
    "feeds",
    "whois_root",
    "whois_names",
]


class CompanyError(ValueError):
    """The company file says something that cannot be; the message names the file and the place."""


class Part(BaseModel):
    """A piece of the file: frozen, and without words it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Party(Part):
    """A company that owns or runs something."""

    name: str
    handle: str
    country: str
    street: str
    city: str
    postcode: str
    email: str
    phone: str


class System(Part):
    """An autonomous system."""

    name: str
    party: str


class Allocation(Part):
    """A registered address range."""

    name: str
    handle: str
    system: int
    party: str
    country: str
    city: str


class Service(Part):
    """What answers on a port.

    `banner` is the greeting (or version) where the protocol has one. `sites` are the sites of a web
    or whois port; the first one answers to unknown names.
    """

    speaks: Protocol
    sites: tuple[str, ...] = ()
    banner: str = ""
    certificate: str = ""
    max_tls: Literal["1.1", "1.3"] = "1.3"
    transfers: bool = False
    runs: tuple[str, ...] = ()


class Host(Part):
    """A machine: its addresses, the name its reverse zone gives, its open ports."""

    addresses: tuple[Address, ...]
    ptr: str = ""
    services: dict[int, Service] = Field(default_factory=dict)


class CertificatePlan(Part):
    """A certificate to make. `days` are its first and last day, counted from today."""

    names: tuple[str, ...]
    days: tuple[int, int]
    key: str = ""
    issuer: Literal["lab", "self"] = "lab"
    algorithm: Literal["p-256", "rsa-1024"] = "p-256"
    logged: bool = True

    @property
    def is_logged(self) -> bool:
        """Whether certificate search knows it; what no authority signed is in no log."""
        return self.logged and self.issuer == "lab"


class Form(Part):
    """A form of a page."""

    action: str
    password: bool = False


class Page(Part):
    """One path of a site: a redirect, raw text, or HTML made of the other parts."""

    status: int = 200
    type: str = "text/html; charset=utf-8"
    raw: str | None = None
    redirect: str = ""
    title: str = ""
    generator: str = ""
    text: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    trackers: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    form: Form | None = None

    @property
    def is_html(self) -> bool:
        """Whether the page is made of parts (and is no redirect)."""
        return self.raw is None and not self.redirect


class Site(Part):
    """What is served under one name."""

    certificate: str = ""
    plain: Literal["serve", "redirect"] = "serve"
    icon: str = ""
    application: Application | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    runs: tuple[str, ...] = ()
    pages: dict[str, Page] = Field(default_factory=dict)


class ZonePlan(Part):
    """A zone to serve: its records as zone-file text, and how it is signed."""

    records: str
    dnssec: Literal["none", "signed", "expired"] = "none"


class Registration(Part):
    """A registered domain name. `created`, `changed`, `expires` count days from today.

    No `registrant` means that it is withheld; `whois` says that only port 43 knows the name.
    """

    handle: str
    registrar: str
    registrant: str = ""
    created: int
    changed: int
    expires: int
    status: tuple[str, ...]
    whois: bool = False


class Capture(Part):
    """One capture of the web archive; `at` is its 14-digit time stamp."""

    url: str
    at: str = Field(pattern=r"^\d{14}$")
    status: int
    type: str
    size: int


class Feed(Part):
    """A list of addresses, ranges or names, served over HTTPS, or a local file."""

    title: str
    format: Literal["plain", "csv", "hosts", "netset", "misp-warninglist"]
    polarity: Literal["blocks", "known_common"]
    lists: tuple[str, ...]
    local: bool = False


class Company(Part):
    """The whole file. `today` is the day all dates count from."""

    name: str
    about: str
    seeds: tuple[str, ...]
    today: dt.date
    parties: dict[str, Party]
    systems: dict[int, System]
    networks: dict[Network, Allocation]
    hosts: dict[str, Host]
    certificates: dict[str, CertificatePlan]
    sites: dict[str, Site]
    zones: dict[str, ZonePlan]
    registrations: dict[str, Registration]
    archive: tuple[Capture, ...]
    feeds: dict[str, Feed]
    findings: dict[str, tuple[str, ...]]
    later: dict[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        complaints = list(_complaints(self))
        if complaints:
            raise ValueError("; ".join(complaints))
        return self

    def day(self, offset: int) -> dt.datetime:
        """Midnight UTC, `offset` days from today."""
        start = dt.datetime.combine(self.today, dt.time(), dt.UTC)
        return start + dt.timedelta(days=offset)

    def is_own(self, name: str) -> bool:
        """Whether `name` is a seed or lies under one."""
        return any(name == seed or name.endswith(f".{seed}") for seed in self.seeds)

    def endpoints(self) -> Iterator[tuple[Address, int, Service]]:
        """Every open port of every address."""
        for host in self.hosts.values():
            for address in host.addresses:
                for port, service in host.services.items():
                    yield address, port, service

    def allocation_of(self, address: Address) -> tuple[Network, Allocation]:
        """The registered range that holds `address`."""
        return next((net, plan) for net, plan in self.networks.items() if address in net)

    def host_at(self, address: Address) -> Host | None:
        """The machine with `address`."""
        return next((host for host in self.hosts.values() if address in host.addresses), None)


def _complaints(company: Company) -> Iterator[str]:
    yield from _network_complaints(company)
    yield from _reference_complaints(company)


def _network_complaints(company: Company) -> Iterator[str]:
    allowed = [ipaddress.ip_network(cidr) for cidr in NETWORKS]
    for network in company.networks:
        if not any(is_within(network, outer) for outer in allowed):
            yield f"networks: {network} is not in a documentation range ({', '.join(NETWORKS)})"
    for number in company.systems:
        if number not in DOCUMENTATION_SYSTEMS:
            yield f"systems: {number} is not from 64496 to 64511"
    for name, host in company.hosts.items():
        for address in host.addresses:
            if not any(address in network for network in company.networks):
                yield f"hosts.{name}: {address} is in none of `networks`"


def is_within(inner: Network, outer: Network) -> bool:
    """Whether all addresses of `inner` are in `outer`."""
    return inner.version == outer.version and outer.supernet_of(inner)  # type: ignore[arg-type]


def _reference_complaints(company: Company) -> Iterator[str]:
    parties, sites, certificates = company.parties, company.sites, company.certificates
    for where, wanted, known in (
        ("systems", (s.party for s in company.systems.values()), parties),
        ("networks", (n.party for n in company.networks.values()), parties),
        ("networks", (n.system for n in company.networks.values()), company.systems),
        ("registrations", (r.registrar for r in company.registrations.values()), parties),
        (
            "registrations",
            (r.registrant for r in company.registrations.values() if r.registrant),
            parties,
        ),
        ("hosts", (site for _, _, s in company.endpoints() for site in s.sites), sites),
        (
            "hosts",
            (s.certificate for _, _, s in company.endpoints() if s.certificate),
            certificates,
        ),
        ("sites", (s.certificate for s in sites.values() if s.certificate), certificates),
        ("seeds", company.seeds, company.zones),
    ):
        for name in wanted:
            if name not in known:
                yield f"{where}: {name!r} is not declared"
    for address, port, service in company.endpoints():
        for site in service.sites:
            if service.speaks == "https" and not sites[site].certificate:
                yield f"hosts: {address}:{port} serves {site} over TLS, which has no certificate"


def read_company(path: Path = COMPANY_FILE, today: dt.date | None = None) -> Company:
    """The company in `path`, its dates counted from `today`.

    By default that is the day in the file, else the UTC day now.
    """
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - a safe one
        if not isinstance(raw, Mapping):
            raise CompanyError(f"{path}: a mapping is needed at the top")
        day = today or raw.get("today") or dt.datetime.now(dt.UTC).date()
        return Company.model_validate({**raw, "today": day})
    except (yaml.YAMLError, ValidationError) as error:
        raise CompanyError(f"{path}: {error}") from error


def dns_name(name: str) -> dns.name.Name:
    """`name` as an absolute DNS name."""
    return dns.name.from_text(name if name.endswith(".") else f"{name}.")
