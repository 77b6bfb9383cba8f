"""dns.mailauth: who may send mail in a domain's name, and what receivers are asked to do.

Each policy is a part of its own. The SPF tree is walked record by record, the walk's state in the
requests' notes, so that the number of senders is known at its end. Only usual DKIM selectors can
be asked for: selectors are not listed anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar, cast

from collectors._kit.base import (
    Collector,
    DnsRequest,
    DnsResponse,
    HttpRequest,
    HttpResponse,
    Request,
    Response,
)
from collectors.dns.records import text_fact
from collectors.dns.spf import Walk, block_of, is_plain_name, is_spf, terms_of
from collectors.dns.text import mta_sts_mode, purpose_of
from graph.errors import Refused
from graph.model.base import Entity, Fact
from graph.model.network import DomainName, Netblock
from graph.model.record import DNSRecord
from graph.model.resolution import AllowsSender

POLICIES = {
    "dmarc": "_dmarc",
    "mta_sts": "_mta-sts",
    "tls_rpt": "_smtp._tls",
    "bimi": "default._bimi",
}


class MailAuth(Collector):
    """Asks for the mail policies of a registrable name."""

    id: ClassVar[str] = "dns.mailauth"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One question for each policy, and one for each selector."""
        yield DnsRequest(target.key, "TXT", part="spf")
        for part, label in POLICIES.items():
            yield DnsRequest(f"{label}.{target.key}", "TXT", part=part)
        for selector in cast(tuple[str, ...], self.options["selectors"]):
            name = f"{selector}._domainkey.{target.key}"
            yield DnsRequest(name, "TXT", part="dkim", note=selector)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """What the records of one part state."""
        if isinstance(response, HttpResponse):
            yield from _policy_file(response, target)
            return
        answer = cast(DnsResponse, response)
        part = answer.request.part
        if part == "spf":
            yield from _spf(answer)
            return
        for text in _texts(answer):
            if purpose_of(text) == part:
                yield from _policy(answer, text, target)


def _policy(answer: DnsResponse, text: str, target: Entity) -> Iterator[Fact | Request]:
    owner, part = answer.request.name, answer.request.part
    # An alias may lead to the record (DKIM keys are often held by a sender); it is the owner's all
    # the same.
    more = {"dkim_selector": answer.request.note} if part == "dkim" else {}
    yield text_fact(owner, text, **more)
    if part == "mta_sts":
        url = f"https://mta-sts.{target.key}/.well-known/mta-sts.txt"
        yield HttpRequest(
            url, max_bytes=64_000, accept_statuses=(404, 410), part="mta_sts_file", note=text
        )


def _policy_file(response: HttpResponse, target: Entity) -> Iterator[Fact | Request]:
    mode = mta_sts_mode(response.body.decode("utf-8", "replace"))
    if response.status == 200 and mode:
        yield text_fact(f"_mta-sts.{target.key}", response.request.note, mta_sts_mode=mode)


def _spf(answer: DnsResponse) -> Iterator[Fact | Request]:
    """One record of the tree, then the question for the next, or the sum at the end."""
    owner, note = answer.request.name, answer.request.note
    text = next((text for text in _texts(answer) if is_spf(text)), "")
    if note:
        walk = Walk.from_note(note)
        if answer.rcode == "NXDOMAIN":
            yield DomainName(name=owner, dns_status="nonexistent")
    elif text:
        walk = Walk(text, seen=(owner,))
    else:
        return
    yield from _senders(owner, text)
    name, walk = walk.reading(text).next_name()
    if name:
        yield DnsRequest(name, "TXT", note=walk.to_note())
        return
    yield text_fact(
        walk.seen[0],
        walk.text,
        spf_all=next((t.qualifier for t in terms_of(walk.text) if t.word == "all"), None),
        spf_lookup_count=walk.lookups,
        spf_address_count=walk.address_count(),
    )


def _senders(owner: str, text: str) -> Iterator[Fact]:
    """The blocks and names that one record lets send."""
    for term in terms_of(text):
        with suppress(Refused):
            if term.word in ("ip4", "ip6") and block_of(term.value):
                block = Netblock(cidr=block_of(term.value))
                yield _allows(owner, block, term.word)
            elif term.word in ("include", "redirect", "a", "mx") and is_plain_name(term.value):
                host = term.value.partition("/")[0]
                yield _allows(owner, DomainName(name=host), term.word)


def _allows(owner: str, target: DomainName | Netblock, word: str) -> AllowsSender:
    return AllowsSender(source=DomainName(name=owner), target=target, mechanisms=(word,))


def _texts(answer: DnsResponse) -> Iterator[str]:
    """The joined text of each record that can be read as one."""
    for record in answer.answers:
        if record.rrtype == "TXT":
            with suppress(Refused):
                read = DNSRecord(owner=answer.request.name, rrtype="TXT", value=record.value)
                yield read.value or ""
