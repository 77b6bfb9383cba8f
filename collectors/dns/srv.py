"""dns.srv: on which hosts and ports a domain's services are, by the names such records have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar, cast

from collectors._kit.base import Collector, DnsRequest, DnsResponse, Request, Response
from graph.errors import Refused
from graph.model.base import Entity, Fact
from graph.model.network import DomainName
from graph.model.resolution import SrvTo

# Services that publish such records in the wild, by IANA's names.
SERVICES = (
    "_sip._tcp", "_sip._udp", "_sips._tcp", "_sipfederationtls._tcp", "_h323cs._tcp",
    "_xmpp-client._tcp", "_xmpp-server._tcp", "_matrix._tcp", "_matrix-fed._tcp",
    "_submission._tcp", "_submissions._tcp", "_imap._tcp", "_imaps._tcp", "_pop3._tcp",
    "_pop3s._tcp", "_autodiscover._tcp", "_caldav._tcp", "_caldavs._tcp", "_carddav._tcp",
    "_carddavs._tcp", "_ldap._tcp", "_ldap._tcp.dc._msdcs", "_kerberos._tcp", "_kerberos._udp",
    "_kpasswd._tcp", "_gc._tcp", "_vlmcs._tcp", "_stun._udp", "_turn._udp", "_minecraft._tcp",
    "_mongodb._tcp", "_etcd-server._tcp", "_jabber._tcp", "_ntp._udp", "_ftp._tcp",
)  # fmt: skip


class Srv(Collector):
    """Asks for each known service name below a domain."""

    id: ClassVar[str] = "dns.srv"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One question for each service."""
        for service in SERVICES:
            yield DnsRequest(f"{service}.{target.key}", "SRV", note=service)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The host and port of each record; a lone dot says that there is no such service."""
        answer = cast(DnsResponse, response)
        for record in answer.answers:
            if record.rrtype != "SRV":
                continue
            priority, weight, port, host = record.value.split(" ")
            with suppress(Refused):
                yield SrvTo(
                    source=target,
                    target=DomainName(name=host),
                    service=answer.request.note,
                    port=int(port),
                    priority=int(priority),
                    weight=int(weight),
                )
