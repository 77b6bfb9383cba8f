"""Certificate search as crt.sh does it: JSON rows by name, and the certificate by its number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cryptography import x509

from lab.certificates import Issued, pem_of
from lab.web.message import Handler, Request, Response, json_response, text_response
from lab.world import World

ISSUING_NUMBER = 7001


def search(world: World) -> Handler:
    """What crt.sh answers: `?q=…&output=json` (`%` stands for anything), `?d=NUMBER` for PEM."""
    issued = world.certificates.issued
    logged = [issued[name] for name, plan in world.company.certificates.items() if plan.is_logged]
    by_number = {number_of(certificate): certificate for certificate in logged}

    def handle(request: Request) -> Response:
        asked = request.parameters()
        if request.path != "/":
            return text_response("Not Found\n", 404)
        if "d" in asked:
            found = by_number.get(asked["d"])
            if found is None:
                return text_response("Certificate not found\n", 404)
            return text_response(pem_of(found.leaf), media_type="application/pkix-cert")
        pattern = asked.get("q") or asked.get("identity") or asked.get("Identity") or ""
        if asked.get("output") != "json" or not pattern:
            return text_response("<title>crt.sh | Certificate Search</title>", 200, "text/html")
        fresh_only = asked.get("exclude") == "expired"
        rows = [
            row
            for certificate in logged
            if not (fresh_only and certificate.leaf.not_valid_after_utc < world.company.day(0))
            for row in _rows(certificate, _like(pattern))
        ]
        return json_response(sorted(rows, key=lambda row: str(row["id"])))

    return handle


def number_of(certificate: Issued) -> str:
    """The number crt.sh gives a certificate."""
    return str(1_000_000_000 + int(certificate.sha256[:7], 16))


def _like(pattern: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in pattern.lower().split("%"))
    return re.compile(".*".join(parts))


def _rows(certificate: Issued, pattern: re.Pattern[str]) -> Iterator[dict[str, object]]:
    """The certificate's row with the names that match, if one does."""
    names = [name for name in certificate.names if pattern.fullmatch(name)]
    if not names:
        return
    leaf = certificate.leaf
    common = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    yield {
        "issuer_ca_id": ISSUING_NUMBER,
        "issuer_name": ", ".join(attribute.rfc4514_string() for attribute in leaf.issuer),
        "common_name": common,
        "name_value": "\n".join(names),
        "id": int(number_of(certificate)),
        "entry_timestamp": f"{leaf.not_valid_before_utc:%Y-%m-%dT%H:%M:%S}.107",
        "not_before": f"{leaf.not_valid_before_utc:%Y-%m-%dT%H:%M:%S}",
        "not_after": f"{leaf.not_valid_after_utc:%Y-%m-%dT%H:%M:%S}",
        "serial_number": f"{leaf.serial_number:032x}",
        "result_count": len(names) + 1,
    }
