"""Whom the API answers: its names, pages of other sites and proxies it trusts, what one caller may ask and hold."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.types import Scope

from server.graphql.bounds import RoleBounds
from server.graphql.document import hash_of
from server.graphql.library import Library, read_trusted
from server.settings_api import ApiSettings, ExplorerDoor
from server.web.signin import documents

MOST_ADDRESSES = 4_096  # whose spelling is remembered
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True)
class Door:
    """What the settings say of it.

    `hosts` are names without a port, `origins` as browsers send them, `proxies` networks. `hsts_s` is for how many
    seconds browsers are told to come by HTTPS only; 0 tells them nothing. Then what one user may hold open, what each
    key, user, organization and address may ask within a minute (`server.auth.quotas`; nothing named has no limit), and
    what one operation may ask for, the documents that are known by name, and who gets GraphiQL.
    """

    hosts: frozenset[str] = LOOPBACK
    origins: frozenset[str] = frozenset()
    proxies: tuple[str, ...] = ()
    hsts_s: int = 0
    sockets_per_user: int = 10_000
    subscriptions_per_user: int = 10_000
    rates: Mapping[str, int] = field(default_factory=dict)
    bounds: RoleBounds = field(default_factory=RoleBounds)
    library: Library = field(default_factory=Library)
    explorer: ExplorerDoor = "everyone"


def door_of(settings: ApiSettings, own: Sequence[str] = ()) -> Door:
    """The door of an API with these settings: it goes by loopback's names, those it is given, and its own address.

    `own` are documents of our own programs, which are always trusted, as those of our own pages.
    """
    return Door(
        hosts=LOOPBACK | settings.host_names | _listened(settings.api_host),
        origins=settings.origins,
        proxies=tuple(each for network in settings.proxies for each in _spellings(network)),
        hsts_s=settings.api_hsts_s,
        sockets_per_user=settings.api_sockets_per_user,
        subscriptions_per_user=settings.api_subscriptions_per_user,
        rates=settings.rates,
        bounds=RoleBounds(settings.api_bounds),
        library=_library(settings, own),
        explorer=settings.api_graphiql,
    )


def _library(settings: ApiSettings, own: Sequence[str]) -> Library:
    place = settings.api_documents
    ours = {hash_of(text): text for text in (*own, *documents().values())}
    trusted = ours | (read_trusted(place) if place else {})
    return Library(trusted, trusts_only=settings.api_documents_only)


def client_address(scope: Scope) -> str:
    """The address that a request comes from; "" where there is none.

    Behind a trusted proxy it is the client's: `X-Forwarded-For` has been believed by then, and of nobody else.
    """
    client = scope.get("client")
    return _plain(client[0]) if client else ""


@functools.lru_cache(MOST_ADDRESSES)
def _plain(address: str) -> str:
    """An address in its one spelling; the text itself for anything else."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _listened(host: str) -> frozenset[str]:
    """The listened address as a name; an address that stands for all is nobody's name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return frozenset({host.lower()})
    if address.is_unspecified:
        return frozenset()
    return frozenset({f"[{address}]" if address.version == 6 else str(address)})


def _spellings(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[str, ...]:
    """A network as peers spell it: on a socket of both families, IPv4 addresses look like IPv6 ones."""
    if network.version == 6:
        return (str(network),)
    return str(network), f"::ffff:{network.network_address}/{96 + network.prefixlen}"
