"""The network family: names, addresses, blocks, autonomous systems, services, and what joins them.

What the DNS says of names is in `resolution.py`, routing in `routing.py`, registries' words in
`registration.py`. Nothing here asks the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, Self

from graph.errors import Refused
from graph.model.base import Entity, Relationship, Standard, prop
from graph.model.values.address import (
    AS_NUMBER,
    IP_ADDRESS,
    NETBLOCK,
    PORT,
    TRANSPORT,
    AddressSpace,
    NumberSpace,
    Service,
    number_space_of,
    parsed_netblock,
    parsed_service,
    service_key,
    space_of,
)
from graph.model.values.domain import (
    DOMAIN_NAME,
    Section,
    is_known_suffix,
    registration_of,
    unicode_form,
)
from graph.model.values.text import Line, Text


class DomainName(Entity):
    """A name in the Domain Name System, from a registrable domain down to one host.

    It carries the label Apex where it is registrable: directly under a public suffix.
    """

    plural: ClassVar[str] = "domainNames"
    standard: ClassVar[Standard] = Standard(
        stix="domain-name", oam="FQDN", ecs="dns.question.name", ftm=""
    )
    possible_roles: ClassVar[tuple[str, ...]] = ("Apex",)
    seed_form: ClassVar[str] = r"[^\s/@:]*\.[^\s/@:.]*[^\W0-9_][^\s/@:.]*\.?"
    seed_hint: ClassVar[str] = "a domain name"

    name: Annotated[str, DOMAIN_NAME] = prop(
        "The name in ASCII form (A-labels), lower case, without a last dot.",
        key=True,
        searched=True,
        example="www.example.com",
    )
    unicode_name: str | None = prop(
        "The name as people read it, where its ASCII form hides other scripts.",
        derived=True,
        searched=True,
        example="www.bücher.example",
    )
    is_registrable: bool | None = prop(
        "Whether the name is registered as such: one label below a public suffix.",
        derived=True,
        example=False,
    )
    registrable_domain: str | None = prop(
        "The registrable name at or above this one; absent for a public suffix such as com.",
        derived=True,
        indexed=True,
        example="example.com",
    )
    public_suffix: str | None = prop(
        "The public suffix that the registrable name is under.", derived=True, example="com"
    )
    suffix_section: Section | None = prop(
        "Who keeps the suffix: icann (a registry), private (a company that hands out names below "
        "its own), or unlisted (a reserved or internal suffix).",
        derived=True,
        example="icann",
    )
    dns_status: Literal["resolves", "no_addresses", "nonexistent"] | None = prop(
        "What the DNS says of the name: it has addresses, it exists without, it does not exist.",
        example="resolves",
    )
    has_wildcard: bool | None = prop(
        "Whether any name directly below this one resolves, so that found names prove little.",
        example=False,
    )
    dnssec: Literal["signed", "unsigned", "broken"] | None = prop(
        "Whether the zone is signed and its signatures hold.", example="signed"
    )
    has_null_mx: bool | None = prop(
        "Whether it publishes that it takes no mail at all (a null MX record).", example=False
    )
    unclaimed_at: Line | None = prop(
        "The provider that the name points at and that says nobody claims it there.",
        example="github-pages",
    )

    @classmethod
    def spelling(cls, raw: str) -> str:
        """The spelling without the mark of a wildcard, which is about other names."""
        return raw.strip().removeprefix("*.")

    @classmethod
    def from_seed(cls, text: str) -> Entity:
        """The name, if its top-level domain exists or is reserved for internal use or tests."""
        found = cls(name=text)
        if not is_known_suffix(found.name):
            raise Refused("a domain name", text, "there is no such top-level domain")
        return found

    def derive(self) -> Mapping[str, object]:
        """What the Public Suffix List says of the name."""
        found = registration_of(self.name)
        shown = unicode_form(self.name)
        return {
            "unicode_name": shown if shown != self.name else None,
            "is_registrable": found.registrable == self.name,
            "registrable_domain": found.registrable or None,
            "public_suffix": found.suffix,
            "suffix_section": found.section,
        }

    def roles(self) -> tuple[str, ...]:
        """Apex for a registrable name."""
        return ("Apex",) if self.is_registrable else ()

    def implies(self) -> Iterator[Entity | Relationship]:
        """Every name is under its parent, up to the registrable one."""
        if self.registrable_domain and not self.is_registrable:
            yield SubdomainOf(source=self, target=_named(self.name.partition(".")[2]))


@lru_cache(maxsize=4096)
def _named(name: str) -> DomainName:
    """The name alone. Thousands of names have the same parent, and telling its suffix takes a while."""
    return DomainName(name=name)


class IPAddress(Entity):
    """An address of the Internet Protocol, version 4 or 6.

    It carries the label NonGlobalIP where it cannot be reached across the Internet;
    `address_space` says why.
    """

    plural: ClassVar[str] = "ipAddresses"
    standard: ClassVar[Standard] = Standard(stix="ipv4-addr|ipv6-addr", oam="IPAddress", ecs="ip")
    possible_roles: ClassVar[tuple[str, ...]] = ("NonGlobalIP",)
    seed_form: ClassVar[str] = r"[0-9.]+|\[?[0-9a-f:.]*:[0-9a-f:.]*(?:%\w+)?\]?"
    seed_hint: ClassVar[str] = "an IP address"

    address: Annotated[str, IP_ADDRESS] = prop(
        "The address in its shortest form (RFC 5952 for version 6).",
        key=True,
        searched=True,
        example="192.0.2.7",
    )
    version: int | None = prop("The version of IP: 4 or 6.", derived=True, example=4)
    is_global: bool | None = prop(
        "Whether the address is one of the public Internet.", derived=True, example=False
    )
    address_space: AddressSpace | None = prop(
        "What IANA set the address's range aside for; global is the public Internet, private an "
        "organization's own network.",
        derived=True,
        example="documentation",
    )

    def derive(self) -> Mapping[str, object]:
        """What IANA's registries say of the address."""
        space = space_of(self.address)
        return {
            "version": 6 if ":" in self.address else 4,
            "is_global": space == "global",
            "address_space": space,
        }

    def roles(self) -> tuple[str, ...]:
        """NonGlobalIP for an address outside the public Internet."""
        return () if self.is_global else ("NonGlobalIP",)


class Netblock(Entity):
    """A block of adjacent addresses, as registries assign it and routers announce it."""

    plural: ClassVar[str] = "netblocks"
    standard: ClassVar[Standard] = Standard(oam="Netblock", ecs="network.cidr")
    seed_form: ClassVar[str] = r"[0-9a-f:.]+/[0-9.]+|[0-9.]+\s*-\s*[0-9.]+"
    seed_hint: ClassVar[str] = "a block of addresses (192.0.2.0/24)"

    cidr: Annotated[str, NETBLOCK] = prop(
        "The block's first address and prefix length.",
        key=True,
        searched=True,
        example="192.0.2.0/24",
    )
    version: int | None = prop("The version of IP: 4 or 6.", derived=True, example=4)
    prefix_length: int | None = prop(
        "How many leading bits all its addresses share.", derived=True, unit="bits", example=24
    )
    first_address: str | None = prop(
        "The first address of the block.", derived=True, example="192.0.2.0"
    )
    last_address: str | None = prop(
        "The last address of the block.", derived=True, example="192.0.2.255"
    )
    network_name: Line | None = prop(
        "The name a registry or its holder gave the block.", searched=True, example="EXAMPLE-NET"
    )

    def derive(self) -> Mapping[str, object]:
        """The block's bounds."""
        block = parsed_netblock(self.cidr)
        return {
            "version": block.version,
            "prefix_length": block.prefixlen,
            "first_address": str(block.network_address),
            "last_address": str(block.broadcast_address),
        }


class AutonomousSystem(Entity):
    """A network under one routing policy, known to other networks by its number."""

    plural: ClassVar[str] = "autonomousSystems"
    standard: ClassVar[Standard] = Standard(
        stix="autonomous-system", oam="AutonomousSystem", ecs="as.number"
    )
    seed_form: ClassVar[str] = r"AS[N ]?\s*[0-9.]+"
    seed_hint: ClassVar[str] = "an AS number (AS64500)"

    number: Annotated[int, AS_NUMBER] = prop("The number.", key=True, example=64496)
    number_space: NumberSpace | None = prop(
        "What IANA set the number aside for; public numbers are seen in Internet routing.",
        derived=True,
        example="documentation",
    )
    name: Line | None = prop(
        "The short name its registry lists.", searched=True, example="EXAMPLE-AS"
    )
    holder: Line | None = prop(
        "Who holds it, as the registry or a routing source words it.",
        searched=True,
        example="Example Networks Ltd",
    )

    def derive(self) -> Mapping[str, object]:
        """The number's space."""
        return {"number_space": number_space_of(self.number)}

    def caption(self) -> str:
        """The number as people write it."""
        return f"AS{self.number}"


class NetworkService(Entity):
    """What answers on a port of an address; with a TLS server name, its view under that name."""

    plural: ClassVar[str] = "networkServices"
    standard: ClassVar[Standard] = Standard(oam="Service", ecs="service.address")
    seed_form: ClassVar[str] = r"(?:tcp|udp|sctp)://.*"
    seed_hint: ClassVar[str] = "a service (tcp://192.0.2.7:443)"

    transport: Annotated[str, TRANSPORT] = prop(
        "The transport protocol: tcp, udp or sctp.", key=True, example="tcp"
    )
    address: Annotated[str, IP_ADDRESS] = prop("Where it answers.", key=True, example="192.0.2.7")
    port: Annotated[int, PORT] = prop("The port.", key=True, indexed=True, example=443)
    server_name: Annotated[str, DOMAIN_NAME] | None = prop(
        "The TLS server name under which it was looked at, where its answer depends on it; part "
        "of the key.",
        example="www.example.com",
    )
    state: Literal["open", "open_or_filtered"] | None = prop(
        "Whether it was seen to answer, or only did not refuse.", example="open"
    )
    service_name: Line | None = prop(
        "The protocol it speaks, in IANA's words.", indexed=True, example="https"
    )
    banner: Text | None = prop(
        "The first thing it says, without what differs at each connection.",
        searched=True,
        example="SSH-2.0-OpenSSH_9.6",
    )
    product_name: Line | None = prop(
        "The software it says it is, as it words it.", searched=True, example="OpenSSH"
    )
    product_version: Line | None = prop("The version it says.", example="9.6p1")
    authentication: Literal["none", "required"] | None = prop(
        "Whether it served a harmless request without a login.", example="required"
    )
    is_tls: bool | None = prop("Whether it speaks TLS from the first byte.", example=True)
    offers_starttls: bool | None = prop("Whether it offers to change to TLS.", example=True)
    tls_versions: tuple[Line, ...] = prop(
        "The TLS versions it was seen to accept.",
        default=(),
        merge="union",
        example=("TLSv1.2", "TLSv1.3"),
    )
    tls_ciphers: tuple[Line, ...] = prop(
        "The cipher suites it was seen to choose.",
        default=(),
        merge="union",
        example=("TLS_AES_256_GCM_SHA384",),
    )
    alpn_protocols: tuple[Line, ...] = prop(
        "The application protocols it was seen to choose within TLS.",
        default=(),
        merge="union",
        example=("h2",),
    )
    operating_system: Line | None = prop(
        "The operating system it says it runs on, as it words it.", example="Ubuntu Linux"
    )

    def make_key(self) -> str:
        """`tcp://192.0.2.7:443`, with `#sni=` for the view of one server name."""
        return service_key(Service(self.transport, self.address, self.port, self.server_name or ""))

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The service that a key names."""
        found = parsed_service(key)
        return cls(
            transport=found.transport,
            address=found.address,
            port=found.port,
            server_name=found.server_name or None,
        )

    def implies(self) -> Iterator[Entity | Relationship]:
        """Its address has the port."""
        yield HasPort(source=IPAddress(address=self.address), target=self)


class SubdomainOf(Relationship):
    """A name is directly below another."""

    type: ClassVar[str] = "SUBDOMAIN_OF"
    forward: ClassVar[str] = "subdomainOf"
    backward: ClassVar[str] = "subdomains"
    standard: ClassVar[Standard] = Standard(oam="node")

    source: DomainName
    target: DomainName


class HasPort(Relationship):
    """An address, or a name, has a service on one of its ports."""

    type: ClassVar[str] = "HAS_PORT"
    forward: ClassVar[str] = "services"
    backward: ClassVar[str] = "serviceOf"
    standard: ClassVar[Standard] = Standard(oam="port")

    source: IPAddress | DomainName
    target: NetworkService
