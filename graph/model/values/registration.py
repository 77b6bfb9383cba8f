"""What registries say of names and numbers: handles, states, redactions.

The words that mean "we do not tell" are a list here; a new phrase is a new line.
"""

from __future__ import annotations

import re
from typing import Literal

from graph.errors import Refused
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import KEY_SEPARATOR, plain_letters, text_of

Registry = Literal[
    "afrinic", "apnic", "arin", "lacnic", "ripe", "iana", "idnic", "jpnic", "krnic", "nicbr",
    "nicmx", "twnic",
]  # fmt: skip

_EPP_STATES = (
    "active", "addPeriod", "autoRenewPeriod", "clientDeleteProhibited", "clientHold",
    "clientRenewProhibited", "clientTransferProhibited", "clientUpdateProhibited", "inactive",
    "locked", "ok", "pendingCreate", "pendingDelete", "pendingRenew", "pendingRestore",
    "pendingTransfer", "pendingUpdate", "redemptionPeriod", "renewPeriod",
    "serverDeleteProhibited", "serverHold", "serverRenewProhibited", "serverTransferProhibited",
    "serverUpdateProhibited", "transferPeriod",
)  # fmt: skip
_BY_LETTERS = {state.lower(): state for state in _EPP_STATES}
_REDACTION = re.compile(
    r"redacted|data protected|privacy|whois ?(?:guard|protect)|withheld|not disclosed|non public"
    r"|statutory masking|gdpr|identity protect|hidden upon|contact id generation|domains? by proxy"
    r"|not shown|registration private|see privacyguardian"
)


def epp_status_of(raw: object) -> str:
    """A state in the words of EPP (RFC 5731, 3915), from those, RDAP's, or with a link behind."""
    wanted = "a state of a registration"
    text = text_of(wanted, raw, 300).split(" http")[0].split(" (http")[0]
    letters = re.sub(r"[^a-z]", "", text.lower())
    if not letters:
        raise Refused(wanted, raw, "it has no letter")
    return _BY_LETTERS.get(letters, text.strip())


def registry_handle_of(raw: object) -> str:
    """A registry's handle in upper case."""
    wanted = "a registry's handle"
    text = text_of(wanted, text_of(wanted, raw, 200).upper(), 300)
    if KEY_SEPARATOR in text:
        raise Refused(wanted, raw, f"the character {KEY_SEPARATOR} is not allowed")
    return text


def is_redacted(text: str) -> bool:
    """Whether `text` stands where a registry holds back who it is."""
    return bool(_REDACTION.search(re.sub(r"[\W_]+", " ", plain_letters(text))))


EPP_STATUS = Normaliser("a state of a registration", 1, epp_status_of)
HANDLE = Normaliser("a registry's handle", 1, registry_handle_of)
