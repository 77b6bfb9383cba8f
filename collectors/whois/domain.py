"""whois.domain: a domain's registration as the registry's WHOIS server words it.

Asks IANA which server knows the top-level domain, then that server (RFC 3912). The registrar's own
server, to which thin registries refer, is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from collectors._kit.base import Collector, Request, Response, TcpRequest, TcpResponse
from collectors._kit.faults import NotCovered
from collectors._kit.lenient import accepted, all_accepted
from collectors.whois import words
from collectors.whois.contacts import contact_facts
from collectors.whois.record import WhoisRecord, read_whois
from graph.errors import SourceRejected, SourceUnavailable
from graph.model.base import Entity, Fact
from graph.model.registration import DomainRegistration
from graph.model.values.domain import DOMAIN_NAME
from graph.model.values.identifier import COUNTRY
from graph.model.values.registration import EPP_STATUS, is_redacted
from graph.model.values.text import KEY_TEXT

ROOT_SERVER = "whois.iana.org"
PORT = 43
REFERRAL = "referral"
# Servers that want more than the name: without it they answer in prose, or with similar names.
QUESTIONS = {
    "whois.denic.de": "-T dn,ace {name}",
    "whois.jprs.jp": "{name}/e",
    "whois.verisign-grs.com": "domain {name}",
    "whois.punktum.dk": "--charset=utf-8 {name}",
}


class WhoisDomain(Collector):
    """The registration of a domain, by WHOIS."""

    id = "whois.domain"

    def plan(self, target: Entity) -> Iterator[Request]:
        """Ask IANA for the server of the top-level domain."""
        yield _ask(ROOT_SERVER, target.key.rpartition(".")[2], REFERRAL)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The server to ask, then what it says; nothing for a name that is free."""
        if not isinstance(response, TcpResponse):
            raise SourceRejected(f"{self.id}: a TCP answer is expected")
        server = response.request.host
        if not response.is_open:
            raise SourceUnavailable(f"{server} does not answer on port {PORT}")
        text = _decoded(response.data)
        if response.request.note == REFERRAL:
            yield _ask(_referral(text, target.key), target.key, "")
            return
        record = _read(text, target.key, server)
        if record is not None:
            yield from _facts(record, target.key)


def _ask(server: str, name: str, note: str) -> TcpRequest:
    question = QUESTIONS.get(server, "{name}").format(name=name)
    return TcpRequest(
        server,
        PORT,
        send=f"{question}\r\n".encode(),
        max_bytes=256_000,
        wait_s=10,
        to_end=True,
        note=note,
    )


def _referral(text: str, name: str) -> str:
    """The server that IANA's answer names."""
    server = accepted(DOMAIN_NAME, read_whois(text, "").referral)
    if server is None or "." not in server:
        raise NotCovered(f"{ROOT_SERVER} names no server for .{name.rpartition('.')[2]}")
    return server


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _read(text: str, domain: str, server: str) -> WhoisRecord | None:
    """The record in an answer; None where it says that there is none.

    What says so is looked for only where no record is found: terms of use speak of names that do
    not exist, and of limits exceeded, in answers that have one.
    """
    record = read_whois(text, domain)
    if not record.is_substantial:
        if words.ABSENT.search(text):
            return None
        if words.REFUSED.search(text):
            raise SourceUnavailable(f"{server} refuses now: {text.strip()[:200]}")
        if not record.statuses:
            raise SourceRejected(f"{server}: no registration can be read from the answer")
    named = accepted(DOMAIN_NAME, record.domain)
    if named is not None and named != domain:
        raise SourceRejected(f"{server} answers about {named}, not {domain}")
    return record


def _facts(record: WhoisRecord, domain: str) -> Iterator[Fact]:
    holder = record.contacts.get("registrant")
    said = [value for contact in record.contacts.values() for value in vars(contact).values()]
    iana_id = record.registrar_iana_id
    registration = DomainRegistration(
        domain=domain,
        registry_id=accepted(KEY_TEXT, record.registry_id),
        valid_from=record.created,
        valid_to=record.expires,
        updated_at=record.updated,
        statuses=all_accepted(EPP_STATUS, record.statuses),
        name_servers=sorted(all_accepted(DOMAIN_NAME, record.nameservers)),
        is_dnssec_signed=record.is_signed,
        registrar=record.registrar or None,
        registrar_iana_id=int(iana_id) if iana_id.isascii() and iana_id.isdigit() else None,
        registrant_name=_shown(holder.name) if holder else None,
        registrant_organization=_shown(holder.organization) if holder else None,
        registrant_country=accepted(COUNTRY, holder.country) if holder else None,
        is_redacted=any(map(is_redacted, filter(None, said))) if said else None,
    )
    yield registration
    yield from contact_facts(registration, record, source=domain.rpartition(".")[2])


def _shown(value: str) -> str | None:
    return None if not value or is_redacted(value) else value
