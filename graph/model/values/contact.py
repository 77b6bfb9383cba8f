"""Ways to reach somebody: mail addresses, telephone numbers, handles on platforms.

Whether anybody is there is not asked. Phone numbers follow the numbering plans that the library
phonenumbers ships.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import NamedTuple

from graph.errors import Refused
from graph.model.values.domain import domain_of
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import KEY_SEPARATOR, fold_case, text_of

EMAIL_WANTED = "an email address"
PHONE_WANTED = "a telephone number"
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
# Names that RFC 2142 and common use give to functions rather than people.
ROLE_MAILBOXES = frozenset(
    [
        "abuse",
        "admin",
        "administrator",
        "billing",
        "contact",
        "dns",
        "dnsadmin",
        "help",
        "helpdesk",
        "hostmaster",
        "hr",
        "info",
        "it",
        "jobs",
        "legal",
        "mail",
        "marketing",
        "noc",
        "no-reply",
        "noreply",
        "office",
        "postmaster",
        "press",
        "privacy",
        "root",
        "sales",
        "security",
        "service",
        "support",
        "sysadmin",
        "tech",
        "webmaster",
    ]
)


class MailProvider(NamedTuple):
    """Which differences in local parts a provider ignores."""

    domain: str
    ignored: str  # characters that make no difference
    tag: str  # what begins a tag; empty where there are none


_GMAIL = MailProvider("gmail.com", ".", "+")
_PROTON = MailProvider("proton.me", "._-", "+")
_PROVIDERS = {
    "gmail.com": _GMAIL,
    "googlemail.com": _GMAIL,
    "proton.me": _PROTON,
    "protonmail.com": _PROTON,
    "pm.me": _PROTON,
    **{d: MailProvider("icloud.com", "", "+") for d in ("icloud.com", "me.com", "mac.com")},
    **{d: MailProvider(d, "", "+") for d in ("outlook.com", "hotmail.com", "live.com", "msn.com")},
    **{d: MailProvider(d, "", "+") for d in ("fastmail.com", "fastmail.fm", "hey.com")},
    **{d: MailProvider(d, "", "-") for d in ("yahoo.com", "yahoo.co.uk", "yahoo.de", "ymail.com")},
}


class PhoneFacts(NamedTuple):
    """What a number itself tells: its country (ISO 3166-1, empty for none) and the kind of line."""

    country: str
    line: str


def email_of(raw: object) -> str:
    """`local@domain`: the local part without case, the domain in ASCII."""
    text = text_of(EMAIL_WANTED, raw, 400)
    if text[:7].lower() == "mailto:":
        text = text[7:]
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    local, at, domain = text.rpartition("@")
    if not at or not domain:
        raise Refused(EMAIL_WANTED, raw, "a mailbox, @ and a domain are right")
    local = fold_case(local)
    if not _LOCAL.fullmatch(local) or KEY_SEPARATOR in local:
        raise Refused(EMAIL_WANTED, raw, "its mailbox holds what needs quoting, or misplaced dots")
    if len(local.encode()) > 64:
        raise Refused(EMAIL_WANTED, raw, "its mailbox is longer than 64 bytes")
    name = domain_of(domain, EMAIL_WANTED)
    if "." not in name or domain.strip().startswith("*"):
        raise Refused(EMAIL_WANTED, raw, "its domain is not one of the public DNS")
    return f"{local}@{name}"


def provider_form(email: str) -> str:
    """A canonical address with what its provider ignores left out: for comparing, never a key."""
    local, _, domain = email.rpartition("@")
    provider = _PROVIDERS.get(domain)
    if provider is None:
        return email
    head = local.partition(provider.tag)[0] if provider.tag else local
    bare = "".join(c for c in head if c not in provider.ignored)
    return f"{bare}@{provider.domain}" if bare else email


def phone_of(raw: object, region: str | None = None) -> str:
    """The E.164 form of a number that is valid in its numbering plan.

    `region` (ISO 3166-1) is the country a number without + is dialled in.
    """
    import phonenumbers  # noqa: PLC0415  its plans take a tenth of a second to load

    text = text_of(PHONE_WANTED, raw, 100)
    text = unicodedata.normalize("NFKC", text).removeprefix("tel:")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        reason = "+, the country's code and the number are right, as in +442079460018"
        raise Refused(PHONE_WANTED, raw, reason) from error
    if not phonenumbers.is_valid_number(number):
        raise Refused(PHONE_WANTED, raw, "no numbering plan has such a number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_facts(number: str) -> PhoneFacts:
    """What canonical number `number` tells of itself."""
    import phonenumbers  # noqa: PLC0415  as above

    parsed = phonenumbers.parse(number)
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(parsed))
    return PhoneFacts(phonenumbers.region_code_for_number(parsed) or "", str(kind).lower())


def handle_of(raw: object, wanted: str = "a handle") -> str:
    """A handle without case, compatibility spellings and a leading @."""
    text = fold_case(unicodedata.normalize("NFKC", text_of(wanted, raw, 200)))
    text = text_of(wanted, fold_case(unicodedata.normalize("NFKC", text))).lstrip("@")
    if not text or re.search(rf"\s|{KEY_SEPARATOR}", text) or text.startswith("id:"):
        raise Refused(wanted, raw, "a name without white space is right")
    return text


EMAIL = Normaliser(EMAIL_WANTED, 1, email_of)
PHONE = Normaliser(PHONE_WANTED, 1, phone_of)
HANDLE = Normaliser("a handle", 1, handle_of)
USERNAME = Normaliser("a user name", 1, partial(handle_of, wanted="a user name"))
