"""RDAP objects (RFC 9083) read into plain records: events, entities and their jCards (RFC 7095).

Registries leave members out, null or of the wrong kind; what is not as the standard has it is
passed over, member by member. What a registry holds back is marked and its words are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collectors._kit.lenient import accepted
from graph.model.values.identifier import COUNTRY
from graph.model.values.registration import is_redacted

MAX_NESTING = 4


@dataclass(frozen=True)
class Party:
    """An entity of an answer: who it is and in which roles."""

    roles: tuple[str, ...]
    handle: str = ""
    iana_id: int | None = None
    name: str = ""
    organization: str = ""
    sort: str = ""  # individual, org or group
    email: str = ""
    phone: str = ""
    address: str = ""
    country: str = ""
    is_held_back: bool = False  # in part at least
    updated_at: datetime | None = None

    @property
    def is_redacted(self) -> bool:
        """Whether so much is held back that nothing says who it is."""
        return self.is_held_back and not any((self.name, self.organization, self.email))

    @property
    def is_nobody(self) -> bool:
        """Whether nothing tells this party from others."""
        return not any((self.handle, self.name, self.organization, self.email, self.phone))


def text(value: object) -> str:
    """`value` if it is text, else an empty text."""
    return value.strip() if isinstance(value, str) else ""


def objects(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; nothing for what is no list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def event(rdap: Mapping[str, Any], *actions: str) -> datetime | None:
    """When the first of `actions` that is told of happened. Times without a zone are UTC."""
    dates = {
        text(one.get("eventAction")): text(one.get("eventDate"))
        for one in objects(rdap.get("events"))
    }
    for action in actions:
        try:
            moment = datetime.fromisoformat(dates.get(action, ""))
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def parties(rdap: Mapping[str, Any], nesting: int = 0) -> Iterator[Party]:
    """Every entity of an object, those inside entities after them."""
    for entity in objects(rdap.get("entities")):
        yield _party(entity)
        if nesting < MAX_NESTING:
            yield from parties(entity, nesting + 1)


def _party(entity: Mapping[str, Any]) -> Party:
    card = _card(entity.get("vcardArray"))
    roles = entity.get("roles")
    said = {
        "handle": text(entity.get("handle")),
        "name": _value(card, "fn"),
        "organization": _value(card, "org"),
        "email": _value(card, "email").removeprefix("mailto:"),
        "phone": _phone(card),
        "address": _address(card),
        "country": _country(card),
    }
    hidden = {name for name, value in said.items() if value and is_redacted(value)}
    remarks = " ".join(text(remark.get("title")) for remark in objects(entity.get("remarks")))
    return Party(
        roles=tuple(map(text, roles)) if isinstance(roles, list) else (),
        iana_id=_iana_id(entity),
        sort=_value(card, "kind"),
        is_held_back=bool(hidden) or is_redacted(remarks),
        updated_at=event(entity, "last changed", "last update"),
        **{name: "" if name in hidden else value for name, value in said.items()},
    )


def _card(value: object) -> list[list[Any]]:
    """The properties of a jCard: name, parameters, type, value, and further values."""
    if not (isinstance(value, list) and len(value) > 1 and isinstance(value[1], list)):
        return []
    return [line for line in value[1] if isinstance(line, list) and len(line) >= 4]


def _value(card: list[list[Any]], name: str) -> str:
    for line in card:
        if line[0] == name:
            value = line[3][0] if isinstance(line[3], list) and line[3] else line[3]
            if found := text(value):
                return found
    return ""


def _phone(card: list[list[Any]]) -> str:
    for line in card:
        sorts = line[1].get("type", "") if isinstance(line[1], dict) else ""
        if line[0] == "tel" and "fax" not in sorts:
            return text(line[3]).removeprefix("tel:").partition(";")[0]
    return ""


def _address_line(card: list[list[Any]]) -> list[Any]:
    return next((line for line in card if line[0] == "adr"), [])


def _address(card: list[list[Any]]) -> str:
    """The postal address in one line: the label as written, else the parts that are given."""
    line = _address_line(card)
    if not line:
        return ""
    label = text(line[1].get("label")) if isinstance(line[1], dict) else ""
    parts = line[3] if isinstance(line[3], list) else []
    given: list[str] = []
    for part in parts[:-1]:
        given.extend(map(text, part) if isinstance(part, list) else [text(part)])
    return ", ".join((label or "\n".join(filter(None, given))).splitlines())


def _country(card: list[list[Any]]) -> str:
    """The country's code: the parameter `cc`, else the last part where it is written as a code."""
    line = _address_line(card)
    if not line:
        return ""
    code = text(line[1].get("cc")) if isinstance(line[1], dict) else ""
    last = text(line[3][-1]) if isinstance(line[3], list) and line[3] else ""
    return accepted(COUNTRY, code or last) or ""


def _iana_id(entity: Mapping[str, Any]) -> int | None:
    for public in objects(entity.get("publicIds")):
        number = str(public.get("identifier", ""))
        if "iana" in text(public.get("type")).lower() and number.isascii() and number.isdigit():
            return int(number)
    return None
