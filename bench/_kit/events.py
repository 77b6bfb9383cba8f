"""Our facts as the events that SpiderFoot would have stored of the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench._kit.spiderfoot import Event
from graph.ledger import Ledger, Slot
from graph.model.base import Entity

_ENTITIES = {
    "IPAddress": ("IP_ADDRESS", "sfp_dnsresolve"),
    "EmailAddress": ("EMAILADDR", "sfp_email"),
}
_CRITICAL = 9.0  # by CVSS


def events(ledger: Ledger, now: datetime) -> Iterator[Event]:
    """An event for each entity that SpiderFoot has a type for, and for each thing that is said of one."""
    links: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for link_id, slot in ledger.relationships.items():
        links[_type(slot)].append((link_id, *slot.ends))
    yield from _Events(ledger.entities, links, now)


def _type(slot: Slot) -> str:
    return str(getattr(slot.kind, "type", ""))


@dataclass(frozen=True)
class _Events:
    entities: dict[str, Slot]
    links: dict[str, list[tuple[str, str, str]]]
    now: datetime

    def __iter__(self) -> Iterator[Event]:
        yield from self._things()
        yield from self._hosts()
        yield from self._services()
        yield from self._words()

    def _fact(self, entity_id: str) -> Entity:
        fact = self.entities[entity_id].fact
        assert isinstance(fact, Entity)
        return fact

    def _value(self, entity_id: str, name: str) -> Any:
        return (self.entities[entity_id].values or {}).get(name)

    def _things(self) -> Iterator[Event]:
        resolved = {
            start for kind in ("RESOLVES_TO", "CNAME_TO") for _, start, _ in self.links[kind]
        }
        for entity_id, slot in self.entities.items():
            label = slot.kind.__name__
            if label == "DomainName":
                module = "sfp_dnsraw" if entity_id in resolved else "sfp_crt"
                yield "INTERNET_NAME", self._fact(entity_id).key, module, entity_id, "ROOT"
            elif label in _ENTITIES:
                kind, module = _ENTITIES[label]
                yield kind, self._fact(entity_id).key, module, entity_id, "ROOT"

    def _hosts(self) -> Iterator[Event]:
        for link, page, host in self.links["HOSTED_AT"]:
            if server := self._value(page, "server"):
                yield "WEBSERVER_BANNER", server, "sfp_webserver", link, host
        for link, start, place in self.links["LOCATED_AT"]:
            if self.entities[start].kind.__name__ == "IPAddress":
                yield "COUNTRY_NAME", self._fact(place).key, "sfp_ipinfo", link, start
        names = {paper: name for _, name, paper in self.links["HAS_REGISTRATION"]}
        for link, paper, registrar in self.links["SPONSORED_BY"]:
            if paper in names:
                yield "DOMAIN_REGISTRAR", self._fact(registrar).key, "sfp_whois", link, names[paper]

    def _services(self) -> Iterator[Event]:
        flaws: dict[str, list[str]] = defaultdict(list)
        for _, release, flaw in self.links["HAS_VULNERABILITY"]:
            if (self._value(flaw, "cvss_score") or 0) >= _CRITICAL:
                flaws[release].append(self._fact(flaw).key)
        address_of = {}
        for link, address, service in self.links["HAS_PORT"]:
            address_of[service] = address
            found = self._fact(service)
            data = f"{self._fact(address).key}:{getattr(found, 'port', 0)}"
            yield "TCP_PORT_OPEN", data, "sfp_portscan_tcp", link, address
        for link, service, release in self.links["RUNS"]:
            for number, flaw in enumerate(flaws[release] if service in address_of else ()):
                source = address_of[service]
                yield "VULNERABILITY_CVE_CRITICAL", flaw, "sfp_shodan", f"{link} {number}", source
        for link, service, certificate in self.links["PRESENTS"]:
            until = self._value(certificate, "not_after")
            if service in address_of and until and datetime.fromisoformat(until) < self.now:
                yield "SSL_CERTIFICATE_EXPIRED", until, "sfp_sslcert", link, address_of[service]

    def _words(self) -> Iterator[Event]:
        """What others say: lists and breaches."""
        kinds = {"IPAddress": "MALICIOUS_IPADDR", "DomainName": "MALICIOUS_INTERNET_NAME"}
        for link, start, feed in self.links["LISTED_IN"]:
            kind = kinds.get(self.entities[start].kind.__name__)
            if kind and self._value(feed, "polarity") == "blocks":
                yield kind, self._fact(feed).key, "sfp_blocklistde", link, start
        for link, start, breach in self.links["EXPOSED_IN"]:
            if self.entities[start].kind.__name__ == "EmailAddress":
                yield (
                    "EMAILADDR_COMPROMISED",
                    self._fact(breach).key,
                    "sfp_haveibeenpwned",
                    link,
                    start,
                )
