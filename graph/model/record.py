"""DNS records that name no host, such as TXT and CAA: nodes, with what mail policies mean.

Records that name a host or an address are relationships, in `resolution.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from graph.model.base import Entity, Relationship, Standard, prop
from graph.model.network import DomainName
from graph.model.values.digest import SHA256
from graph.model.values.domain import DOMAIN_NAME
from graph.model.values.record import RRTYPE, rdata_digest, rdata_of, rrtype_of
from graph.model.values.text import Count, Line, Moment


class DNSRecord(Entity):
    """A record of a name that is no pointer to a host: TXT, CAA, SOA, TLSA, SVCB and others."""

    plural: ClassVar[str] = "dnsRecords"
    standard: ClassVar[Standard] = Standard(oam="DNSRecordProperty", ecs="dns.answers")

    owner: Annotated[str, DOMAIN_NAME] = prop(
        "The name that publishes it.", key=True, indexed=True, example="_dmarc.example.com"
    )
    rrtype: Annotated[str, RRTYPE] = prop("Its type.", key=True, indexed=True, example="TXT")
    rdata_sha256: Annotated[str, SHA256] = prop(
        "The SHA-256 of its canonical data, which follows from the value.",
        key=True,
        example="04a74f5a35da73cb2af9ffa2ebf90808857d6f71fbaf6c2ba3dbf9a9f28c465d",
    )
    value: str | None = prop(
        "Its data: the joined text of text records, else presentation form; a SOA without its "
        "serial number.",
        searched=True,
        example="v=DMARC1; p=none",
    )
    purpose: (
        Literal[
            "spf", "dmarc", "dkim", "mta_sts", "tls_rpt", "bimi", "verification", "dane", "other"
        ]
        | None
    ) = prop("What a text or TLSA record is for.", indexed=True, example="dmarc")
    dmarc_policy: Literal["none", "quarantine", "reject"] | None = prop(
        "What DMARC asks receivers to do with forged mail.", example="none"
    )
    dmarc_subdomain_policy: Literal["none", "quarantine", "reject"] | None = prop(
        "What it asks for names below.", example="reject"
    )
    dmarc_percent: Count | None = prop(
        "The share of forged mail it asks that for.", unit="percent", example=100
    )
    spf_all: Literal["pass", "neutral", "softfail", "fail"] | None = prop(
        "What SPF says of every other sender: pass lets anybody send.", example="softfail"
    )
    spf_lookup_count: Count | None = prop(
        "How many DNS questions its check takes; more than 10 make it fail.",
        unit="questions",
        example=7,
    )
    spf_address_count: float | None = prop(
        "How many IPv4 addresses may send, its includes counted.", unit="addresses", example=2048.0
    )
    mta_sts_mode: Literal["none", "testing", "enforce"] | None = prop(
        "Whether senders must use TLS, as the domain's MTA-STS policy says.", example="enforce"
    )
    dkim_selector: Line | None = prop("The selector of a DKIM key.", example="s1")
    dkim_key_bits: Count | None = prop("The size of a DKIM key.", unit="bits", example=2048)
    verifies: Line | None = prop(
        "The service that a verification token proves the domain to.", example="google-site"
    )
    valid_from: Moment | None = prop(
        "When a passive source first saw it.", example="2026-01-31T12:00:00Z"
    )
    valid_to: Moment | None = prop(
        "When a passive source last saw it.", example="2026-02-28T12:00:00Z"
    )

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The value in canonical form and its digest, where a value is given."""
        if data.get("value") is None:
            return data
        rrtype = rrtype_of(data.get("rrtype"))
        value = rdata_of(rrtype, data["value"])
        return {**data, "value": value, "rdata_sha256": rdata_digest(rrtype, value)}

    def caption(self) -> str:
        """Type, owner and the start of the value."""
        shown = "" if self.value is None else f": {self.value[:60]}"
        return f"{self.rrtype} of {self.owner}{shown}"

    def implies(self) -> Iterator[Entity | Relationship]:
        """Its owner has it."""
        yield HasRecord(source=DomainName(name=self.owner), target=self)


class HasRecord(Relationship):
    """A name publishes this record."""

    type: ClassVar[str] = "HAS_RECORD"
    forward: ClassVar[str] = "records"
    backward: ClassVar[str] = "recordOf"
    standard: ClassVar[Standard] = Standard(oam="dns_record")

    source: DomainName
    target: DNSRecord
