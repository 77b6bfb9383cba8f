"""A WHOIS answer read into a record. There is no grammar, only words and layouts that recur.

A field that the answer does not state in words we know stays empty; nothing is guessed from free
text. Where a field is stated several times the first one in a paragraph about the domain holds,
since contacts have dates of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from collectors.whois import words
from collectors.whois.dates import read_date

COMMENT = re.compile(r"^\s*(?:%|#|>>>|;|NOTICE|TERMS OF USE)")
BRACKETED = re.compile(r"^\s*(?:[a-z]\.\s*)?\[(?P<key>[^\]]{2,40})\]\s*(?P<value>.*)$")
KEYED = re.compile(
    r"^[\s*]*(?P<key>[^\s:\[][^:\[]{0,58}?)[ .\t]*:(?:\s+|$|(?<!\d:)(?=[^\s/:]))(?P<value>.*)$"
)
DOMAIN_LINE = re.compile(r"^Domain (?P<name>\S+) \((?P<status>\w+)\)$")
HOST = re.compile(
    r"^(?:- )?(?P<host>(?=.{4,253}(?:[\s\[(|,]|$))[\w-]+(?:\.[\w-]+)+\.?)(?=[\s\[(|,-]|$)"
)
# What registries put behind a registrar's name: its tag with Nominet, a link to its page.
REGISTRAR_REMARK = re.compile(r"\s*(?:\[Tag = .*\]|\(\s*https?://.*\))$")
UNKNOWN_DATES = ("see at", "n/a", "before")


@dataclass
class Contact:
    """Somebody named in the answer, by role: registrant, admin, tech, billing."""

    name: str = ""
    organization: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    handle: str = ""

    def is_empty(self) -> bool:
        """Whether nothing is known of it."""
        return not (self.name or self.organization or self.email or self.phone)


@dataclass
class WhoisRecord:
    """What one answer states about one domain."""

    domain: str = ""
    registry_id: str = ""
    registrar: str = ""
    registrar_iana_id: str = ""
    registrar_url: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    statuses: list[str] = field(default_factory=list)
    nameservers: list[str] = field(default_factory=list)
    is_signed: bool | None = None
    abuse_email: str = ""
    abuse_phone: str = ""
    referral: str = ""
    contacts: dict[str, Contact] = field(default_factory=dict)

    @property
    def is_substantial(self) -> bool:
        """Whether the answer says more of a registration than a status, which may be `free`."""
        moments = (self.created, self.updated, self.expires)
        words_said = (self.registry_id, self.registrar, self.nameservers, self.contacts)
        return any(moments) or any(words_said)


@dataclass(frozen=True)
class _Line:
    paragraph: int
    key: str  # in lower case; empty for a line without one
    value: str


def read_whois(text: str, domain: str) -> WhoisRecord:
    """Read `text`, an answer about `domain`."""
    record = WhoisRecord()
    reader = _Reader(record)
    for line in _about(list(_lines(text)), domain.lower()):
        reader.take(line)
    record.registrar = REGISTRAR_REMARK.sub("", record.registrar)
    return record


def _lines(text: str) -> Iterator[_Line]:
    paragraph, is_blank = 0, True
    for raw in text.replace("\t", "    ").splitlines():
        if not raw.strip():
            is_blank = True
            continue
        if COMMENT.match(raw):
            continue
        paragraph += is_blank
        is_blank = False
        if found := DOMAIN_LINE.match(raw.strip()):
            yield _Line(paragraph, "domain name", found["name"])
            yield _Line(paragraph, "status", found["status"])
        elif found := BRACKETED.match(raw) or KEYED.match(raw):
            yield _Line(paragraph, _key(found["key"]), found["value"].strip())
        else:
            yield _Line(paragraph, "", raw.strip())


def _key(text: str) -> str:
    return " ".join(text.strip(" .*").lower().split())


def _about(lines: list[_Line], domain: str) -> list[_Line]:
    """The lines about `domain`: without those about others before, or a second answer after."""
    named = [
        (place, line.value.lower().rstrip(".") == domain)
        for place, line in enumerate(lines)
        if line.value and (words.FIELDS.get(line.key) == "domain" or line.key == "server name")
    ]
    mine = [place for place, is_mine in named if is_mine]
    if not mine:
        return lines
    first = mine[0] if named[0][0] < mine[0] else 0
    return lines[first : mine[1]] if len(mine) > 1 else lines[first:]


class _Reader:
    def __init__(self, record: WhoisRecord) -> None:
        self.record = record
        self.section = ""
        self.paragraph = 0
        self.about = "domain"  # what the paragraph describes: domain, contact, registrar, keys
        self.has_domain = False
        self.last = ""  # the field of the line before, for values that go on in the next line

    def take(self, line: _Line) -> None:
        if line.paragraph != self.paragraph:
            self._open_paragraph(line)
        heading = words.HEADINGS.get(line.key or line.value.lower())
        if heading and not (line.key and line.value):
            self.section = heading
            self.about = "contact" if heading in words.CONTACT_SECTIONS else "domain"
            return
        self._phrase(line)
        if line.key:
            self._keyed(line.key, line.value)
        else:
            self._plain(line.value)

    def _open_paragraph(self, line: _Line) -> None:
        self.paragraph, self.last = line.paragraph, ""
        self.about = words.OBJECTS.get(line.key, "domain") if self.has_domain else "domain"
        if line.key in words.FIELDS or line.key in words.OBJECTS:
            self.section = ""

    def _phrase(self, line: _Line) -> None:
        text = f"{line.key}: {line.value}" if line.key else line.value
        for name, form in words.PHRASES:
            if found := form.match(text):
                self._date(name, found[1])

    def _keyed(self, key: str, value: str) -> None:
        name = self.last = words.FIELDS.get(key, "")
        if self.section == "registrar" or self.about == "registrar":
            self._registrar_detail(key, value)
        if not value:
            return
        if name in ("created", "updated", "expires"):
            if self.about == "domain":
                self._date(name, value)
        elif name == "status":
            if self.about == "domain":
                self.record.statuses.extend(_statuses(value))
        elif name == "nameserver":
            self._nameserver(value)
        elif name == "dnssec":
            self._signed(value)
        elif name and not getattr(self.record, name):
            setattr(self.record, name, value)
        self.has_domain = self.has_domain or name == "domain"
        self._contact_detail(key, value)

    def _plain(self, value: str) -> None:
        if self.section == "nameserver" or (not self.section and self.record.nameservers):
            self._nameserver(value)
        elif self.section == "registrar" and not self.record.registrar:
            self.record.registrar = value
        elif self.section == "domain" and not self.record.domain:
            self.record.domain, self.has_domain = value, True
        elif self.section == "created":
            self._date("created", value)
        elif self.section == "status" or self.last == "status":
            self.record.statuses.extend(_statuses(value))
        elif self.section == "registrant" and self.section not in self.record.contacts:
            self.record.contacts[self.section] = Contact(organization=value)

    def _registrar_detail(self, key: str, value: str) -> None:
        if (
            key in words.NAME_KEYS
            and value
            and (not self.record.registrar or not hasattr(self, "_registrar_named"))
        ):
            self.record.registrar = value
            self._registrar_named = True

    def _contact_detail(self, key: str, value: str) -> None:
        role, _, rest = key.removeprefix("registry ").partition(" ")
        role, detail = words.ROLES.get(role, ""), words.DETAILS.get(rest, "")
        if role and not rest:
            detail = "organization"
        elif not role and self.section in ("registrant", "admin", "tech", "billing"):
            role, detail = self.section, words.DETAILS.get(key, "")
        if role and detail:
            contact = self.record.contacts.setdefault(role, Contact())
            if not getattr(contact, detail):
                setattr(contact, detail, value)

    def _date(self, name: str, value: str) -> None:
        if getattr(self.record, name) is None and not value.lower().startswith(UNKNOWN_DATES):
            setattr(self.record, name, read_date(value))

    def _nameserver(self, value: str) -> None:
        if found := HOST.match(value):
            host = found["host"].rstrip(".").lower()
            if host not in self.record.nameservers:
                self.record.nameservers.append(host)

    def _signed(self, value: str) -> None:
        word = value.lower().split()[0].strip(".")
        if word in ("unsigned", "no", "n", "inactive", "none"):
            self.record.is_signed = False
        elif word in ("signed", "signeddelegation", "yes", "y", "active"):
            self.record.is_signed = True


def _statuses(value: str) -> list[str]:
    """The statuses in a value: without the link that explains them, one or several with commas."""
    plain = re.sub(r"\s*\(?https?://\S+", "", value).split(" - ")[0].strip()
    pieces = plain.split(",") if "," in plain else [plain]
    return [" ".join(piece.split()).removeprefix("status : ") for piece in pieces if piece.strip()]
