"""DNS records that are no edges: their type, and one form of their data.

Names and addresses in records are read by `domain.py` and `address.py`. Signatures are not checked.
"""

from __future__ import annotations

import re

from graph.errors import Refused
from graph.model.values.digest import sha256_of
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import text_of

RRTYPE_WANTED = "a DNS record type"
RDATA_WANTED = "the data of a DNS record"
_TEXT_TYPES = frozenset(("TXT", "SPF"))
_LONGEST = 70_000
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9]{3}|.)", re.DOTALL)


def rrtype_of(raw: object) -> str:
    """A record type's mnemonic in upper case."""
    text = text_of(RRTYPE_WANTED, raw, 20).upper()
    if not re.fullmatch(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*", text):
        raise Refused(RRTYPE_WANTED, raw, "a mnemonic is right, as in TXT or TYPE65")
    return text


def rdata_of(rrtype: str, raw: object) -> str:
    """The data of a record in one form, whichever of its spellings `raw` is.

    Text records (TXT, SPF) become their joined text; it stays quoted where it holds what a line of
    text cannot. Other data is canonical presentation form (RFC 4034); the serial number of a SOA
    counts as 0, since it changes with every edit of a zone.
    """
    if rrtype in _TEXT_TYPES:
        return _joined_text(raw)
    import dns.exception  # noqa: PLC0415  a tenth of a second that most processes never need
    import dns.name  # noqa: PLC0415
    import dns.rdata  # noqa: PLC0415

    text = text_of(RDATA_WANTED, raw, _LONGEST)
    try:
        rdata = dns.rdata.from_text("IN", rrtype, text, origin=dns.name.root)
        if rrtype == "SOA":
            rdata = rdata.replace(serial=0)
        wire = rdata.to_digestable(dns.name.root)
        return dns.rdata.from_wire("IN", rrtype, wire, 0, len(wire)).to_text()
    except (dns.exception.DNSException, ValueError) as error:
        raise Refused(RDATA_WANTED, raw, f"it is no {rrtype} data ({error})") from error


def rdata_digest(rrtype: str, rdata: str) -> str:
    """The SHA-256 that stands for canonical data in a key."""
    return sha256_of(f"{rrtype} {rdata}")


def _joined_text(raw: object) -> str:
    if not isinstance(raw, str):
        return text_of(RDATA_WANTED, raw)
    if not raw.strip().startswith('"'):
        data = raw.encode("utf-8", "surrogatepass")
    else:
        parts = [quoted or bare for quoted, bare in _QUOTED.findall(raw.strip())]
        data = b"".join(_unescaped(raw, part) for part in parts)
    if len(data) > _LONGEST:
        raise Refused(RDATA_WANTED, raw, f"it is longer than {_LONGEST} bytes")
    return _as_text(data)


def _unescaped(raw: str, part: str) -> bytes:
    def byte(match: re.Match[str]) -> str:
        code = match[1]
        if not code.isdigit() or len(code) < 3:
            return code
        if int(code) > 255:
            raise Refused(RDATA_WANTED, raw, f"the escape \\{code} is beyond 255")
        return chr(int(code))

    chunks: list[bytes] = []
    end = 0
    for match in _ESCAPE.finditer(part):
        chunks.append(part[end : match.start()].encode("utf-8", "surrogatepass"))
        found = byte(match)
        is_code = len(match[1]) == 3
        chunks.append(
            found.encode("latin-1") if is_code else found.encode("utf-8", "surrogatepass")
        )
        end = match.end()
    chunks.append(part[end:].encode("utf-8", "surrogatepass"))
    return b"".join(chunks)


def _as_text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and text.strip() == text and text and not text.startswith('"'):
        return text
    escaped = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03}" for b in data)
    return f'"{escaped}"'


RRTYPE = Normaliser(RRTYPE_WANTED, 1, rrtype_of)
