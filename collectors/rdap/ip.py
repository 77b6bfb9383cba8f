"""rdap.ip: which registered block an address or a block lies in, and who holds it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from collectors._kit.base import Collector, Request, Response
from collectors.rdap.answer import text
from collectors.rdap.asking import Network, ask_bootstrap, found, http, next_step, service_of_block
from collectors.rdap.network import contacts_of, registration_of
from graph.errors import SourceRejected
from graph.model.base import Entity, Fact
from graph.model.network import IPAddress, Netblock
from graph.model.registration import HasRegistration
from graph.model.routing import Contains
from graph.model.values.address import netblocks_of_range, space_of

# Documentation ranges are registered like others; all else outside the public Internet is nobody's.
REGISTERED_SPACES = ("global", "documentation")


class RdapIp(Collector):
    """The registration of the block around an address or a block."""

    id = "rdap.ip"

    def plan(self, target: Entity) -> Iterator[Request]:
        """The bootstrap file of the address's version; none for addresses that nobody holds."""
        block = ipaddress.ip_network(target.key)
        if space_of(str(block.network_address)) in REGISTERED_SPACES:
            yield ask_bootstrap(f"ipv{block.version}")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The registered blocks, what of them holds the target, and their registration."""
        block = ipaddress.ip_network(target.key)
        yield from next_step(
            response, lambda bootstrap: service_of_block(bootstrap, block), f"ip/{target.key}"
        )
        rdap = found(response, "ip network")
        if rdap is not None:
            yield from _facts(rdap, http(response).request.url, target, block)


def _facts(rdap: Mapping[str, Any], server: str, target: Entity, asked: Network) -> Iterator[Fact]:
    first, last = text(rdap.get("startAddress")), text(rdap.get("endAddress"))
    if not first or not last:
        raise SourceRejected("the answer has no startAddress and endAddress")
    holding = [b for b in _blocks(first, last, asked.version) if _is_within(asked, b)]
    if not holding:
        raise SourceRejected(f"the answer is about {first} to {last}, not {target.key}")
    registration, people = registration_of(
        rdap, server, first_address=first.partition("/")[0], last_address=last.partition("/")[0]
    )
    block = Netblock(cidr=str(holding[0]), network_name=registration.name)
    yield HasRegistration(source=block, target=registration)
    if isinstance(target, IPAddress | Netblock) and target.key != block.key:
        yield Contains(source=block, target=target)
    yield from contacts_of(registration, people)


def _blocks(first: str, last: str, version: int) -> Iterator[Network]:
    """The blocks of a range. LACNIC writes the whole block where the first address belongs."""
    start = first.partition("/")[0]
    for cidr in netblocks_of_range(f"{start}-{last.partition('/')[0]}"):
        block = ipaddress.ip_network(cidr)
        if block.version == version:
            yield block


def _is_within(inner: Network, outer: Network) -> bool:
    return inner.subnet_of(outer)  # type: ignore[arg-type]  # both are of one version
