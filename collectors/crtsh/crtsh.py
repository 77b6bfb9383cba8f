"""ct.crtsh: names and certificates of a domain in certificate transparency.

The search gives names and crt.sh's own numbers, which identify a certificate nowhere else; so the
newest ones are fetched, and only what was fetched becomes a TLSCertificate. That a name is in a
certificate does not say that it exists.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from collectors._kit.base import Collector, HttpRequest, HttpResponse, Request, Response
from collectors._kit.lenient import stated
from collectors._kit.x509 import certificate_facts
from graph.errors import SourceRejected
from graph.model.base import Entity, Fact
from graph.model.network import DomainName

SITE = "https://crt.sh/"
NAMES, CERTIFICATES = "names", "certificates"
Row = Mapping[str, Any]


class CrtSh(Collector):
    """Certificates with a name at or below a domain."""

    id = "ct.crtsh"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One search for the names below the domain, one for the domain itself."""
        for pattern in (f"%.{target.key}", target.key):
            yield HttpRequest(
                f"{SITE}?q={quote(pattern)}&output=json&deduplicate=Y",
                max_bytes=50_000_000,
                accept_statuses=(404,),
                part=NAMES,
            )

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The names of a search and the requests for its certificates, or what one says."""
        if not isinstance(response, HttpResponse):
            raise SourceRejected(f"{self.id}: an HTTP answer is expected")
        if response.status == 404:
            return
        if response.request.part == CERTIFICATES:
            yield from certificate_facts(_der(response))
            return
        rows = _rows(response)
        for name in sorted({name for row in rows for name in _names(row, target.key)}):
            yield from stated(lambda name=name: DomainName(name=name))  # type: ignore[misc]
        for number in _newest(rows)[: int(str(self.options["max_certificates"]))]:
            yield HttpRequest(
                f"{SITE}?d={number}", max_bytes=200_000, accept_statuses=(404,), part=CERTIFICATES
            )


def _rows(response: HttpResponse) -> list[Row]:
    if not response.body.strip():
        return []
    try:
        rows = orjson.loads(response.body)
    except orjson.JSONDecodeError as error:
        cut = ", cut at the limit of its size" if response.is_truncated else ""
        raise SourceRejected(f"crt.sh: the answer is not JSON{cut}: {error}") from error
    if not isinstance(rows, list):
        raise SourceRejected("crt.sh: a list of certificates is expected")
    return [row for row in rows if isinstance(row, dict)]


def _names(row: Row, domain: str) -> Iterator[str]:
    """The names of a row that are at or below the domain. A certificate may hold others' names."""
    texts = f"{row.get('name_value') or ''}\n{row.get('common_name') or ''}"
    for text in texts.splitlines():
        name = text.strip().lower().removeprefix("*.").rstrip(".")
        if name == domain or name.endswith(f".{domain}"):
            yield name


def _newest(rows: list[Row]) -> list[int]:
    """crt.sh's numbers, newest first, one for each serial number of an issuer.

    A certificate and the form of it that was submitted to the logs share issuer and serial number;
    the certificate itself is logged later.
    """
    latest: dict[tuple[str, str], int] = {}
    for row in rows:
        number = row.get("id")
        if isinstance(number, int):
            which = str(row.get("issuer_ca_id")), str(row.get("serial_number") or number)
            latest[which] = max(number, latest.get(which, 0))
    return sorted(latest.values(), reverse=True)


def _der(response: HttpResponse) -> bytes:
    try:
        return ssl.PEM_cert_to_DER_cert(response.body.decode("ascii").strip() + "\n")
    except ValueError as error:
        raise SourceRejected(
            f"{response.request.url}: not a certificate in PEM: {error}"
        ) from error
