"""What text records mean: for what a name publishes them, and what mail policies say.

Pure functions of the joined text. Nothing is looked up; the tree of an SPF record is `spf`'s.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

_VERIFICATION = re.compile(
    r"(?P<service>[a-z0-9][a-z0-9.-]*?)[-_](?:domain[-_])?verification(?:[-_]code)?\s*[=:]\s*\S+",
    re.IGNORECASE,
)
# Tokens whose services chose other words.
_TOKENS = {
    "ms=ms": "microsoft-365",
    "docusign=": "docusign",
    "zoomverify=": "zoom",
    "have-i-been-pwned-verification=": "have-i-been-pwned",
    "amazonses:": "amazon-ses",
    "mailru-verification:": "mailru",
    "_globalsign-domain-verification=": "globalsign",
}
_STARTS = {
    "v=spf1": "spf",
    "v=dmarc1": "dmarc",
    "v=dkim1": "dkim",
    "v=stsv1": "mta_sts",
    "v=tlsrptv1": "tls_rpt",
    "v=bimi1": "bimi",
}
_POLICIES = frozenset({"none", "quarantine", "reject"})
_MODES = frozenset({"none", "testing", "enforce"})


def purpose_of(text: str) -> str:
    """What a text record is for: a mail policy, a verification, or `other`."""
    start = re.split(r"[;\s]", text.strip().lower(), maxsplit=1)[0]
    if start in _STARTS:
        return _STARTS[start]
    return "verification" if verified_service(text) else "other"


def verified_service(text: str) -> str:
    """The service that a verification token proves a domain to; empty for another text."""
    low = text.strip().lower()
    for start, service in _TOKENS.items():
        if low.startswith(start):
            return service
    match = _VERIFICATION.match(low)
    return match["service"].strip("_") if match else ""


def meaning_of(text: str) -> dict[str, Any]:
    """The properties of a DNSRecord that follow from its text."""
    purpose = purpose_of(text)
    found: dict[str, Any] = {"purpose": purpose}
    if purpose == "dmarc":
        found |= _dmarc(tags_of(text))
    elif purpose == "dkim":
        found |= {"dkim_key_bits": dkim_key_bits(tags_of(text))}
    elif purpose == "verification":
        found |= {"verifies": verified_service(text)}
    return found


def tags_of(text: str) -> dict[str, str]:
    """The `tag=value` pairs of a policy, names in lower case; the first of a name counts."""
    found: dict[str, str] = {}
    for pair in text.split(";"):
        name, equals, value = pair.partition("=")
        if equals:
            found.setdefault(name.strip().lower(), value.strip())
    return found


def dkim_key_bits(tags: Mapping[str, str]) -> int | None:
    """The size of a DKIM key; None for one that is revoked or cannot be read."""
    if tags.get("k", "rsa").lower() == "ed25519":
        return 256
    try:
        key = load_der_public_key(base64.b64decode(re.sub(r"\s", "", tags.get("p", ""))))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None


def mta_sts_mode(policy: str) -> str | None:
    """The mode of an MTA-STS policy file (RFC 8461); None where it states none."""
    for line in policy.splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "mode" and value.strip().lower() in _MODES:
            return value.strip().lower()
    return None


def _dmarc(tags: Mapping[str, str]) -> dict[str, Any]:
    policy, below = tags.get("p", "").lower(), tags.get("sp", "").lower()
    percent = tags.get("pct", "")
    return {
        "dmarc_policy": policy if policy in _POLICIES else None,
        "dmarc_subdomain_policy": below if below in _POLICIES else None,
        "dmarc_percent": int(percent) if percent.isdecimal() and int(percent) <= 100 else None,
    }
