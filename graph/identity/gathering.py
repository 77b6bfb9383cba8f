"""What is compared of an entity, made of its own values in the graph and those of its neighbours that identify it.

Only facts that are no stricter marked than the entity itself: so whoever may read two entities may read all that makes
them a pair, and nobody else learns that there is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from graph.errors import Refused
from graph.facts import MARKINGS
from graph.match.identifiers import Number
from graph.match.profile import Place, Profile
from graph.model.values.domain import domain_of
from graph.queries.catalog import Bound
from graph.queries.matching import LIST_VALUES, ValuesParams, ValuesRow

KINDS = (
    "Campaign", "EmailAddress", "File", "IntrusionSet", "LegalEntity", "Location", "Malware", "Person",
    "SoftwareProduct", "ThreatActor", "Tool", "UserAccount",
)  # fmt: skip
"""The kinds of which two entities may be one, and mailboxes, which may be somebody's."""
AS_OPEN = {marking: list(MARKINGS[: place + 1]) for place, marking in enumerate(MARKINGS)}
MOST_NEIGHBOURS = 200
FEW_MAILBOXES = 20
"""What names more of them tells nobody's: a list of all the staff, a breach."""
_MOST_OF_A_TYPE = 50

_Neighbours = Mapping[str, list[dict[str, Any]]]
_Own = Mapping[str, Any]


def values_of(org: str, ids: Sequence[str]) -> Bound[ValuesRow]:
    """Asks for what is compared of some entities."""
    params = ValuesParams(
        org=org, ids=list(ids), as_open=AS_OPEN, most=MOST_NEIGHBOURS, few=FEW_MAILBOXES
    )
    return LIST_VALUES.bind(params)


def kind_of(labels: Iterable[str]) -> str:
    """Which of KINDS an entity is; empty where none."""
    return next((label for label in labels if label in KINDS), "")


def profile_of(row: ValuesRow) -> Profile | None:
    """What is compared of an entity; None where it does not hold now, or is of no kind that is compared."""
    kind = kind_of(row.labels)
    if not kind or row.properties is None:
        return None
    near: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in row.neighbours:
        if len(near[each["type"]]) < _MOST_OF_A_TYPE:
            near[each["type"]].append(each)
    make = _MAKERS.get(kind, _threat)
    found: dict[str, Any] = make(row.properties, near)
    if kind == "Person":
        found["sites"] = (*found["sites"], *row.places_of_work)
    return Profile(kind=kind, id=row.id, named_in=tuple(row.named_in), **found)


def to_json(profile: Profile) -> str:
    """A profile as text; the same for equal profiles."""
    known = {name: value for name, value in asdict(profile).items() if value}
    return orjson.dumps(known, default=list, option=orjson.OPT_SORT_KEYS).decode()


def from_json(text: str) -> Profile:
    """The profile that `to_json` made a text of."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in orjson.loads(text).items()
    }
    if numbers := given.get("numbers"):
        given["numbers"] = tuple(Number(*each) for each in numbers)
    if places := given.get("places"):
        given["places"] = tuple(Place(**each) for each in places)
    return Profile(**given)


def _body(own: _Own, near: _Neighbours) -> dict[str, Any]:
    numbers = [
        Number("lei", own["lei"]) if own["lei"] else None,
        Number("wikidata", own["wikidata_id"]) if own["wikidata_id"] else None,
        Number("reg", own["registration_number"], own["jurisdiction"])
        if own["registration_number"] and own["jurisdiction"]
        else None,
    ]
    return {
        "names": _texts(own["name"], *(own["aliases"] or ())),
        "countries": _texts(own["jurisdiction"]),
        "numbers": _numbers(near, numbers),
        "dates": _days(own["valid_from"]),
        "ended": _days(own["valid_to"]),
        "sites": _sites(near, own["website"]),
        **_reached(near),
    }


def _person(own: _Own, near: _Neighbours) -> dict[str, Any]:
    given, family = own["given_name"], own["family_name"]
    whole = own["name"] or " ".join(filter(None, (given, family)))
    works_for = (*near["EMPLOYED_BY"], *near["DIRECTOR_OF"])
    return {
        "names": _texts(whole, *(own["other_names"] or ()), *(own["aliases"] or ())),
        "family_name": family or "",
        "countries": tuple(own["nationalities"] or ()),
        "numbers": _numbers(near),
        "dates": _texts(own["birth_date"]),
        "sites": _sites(near),
        "handles": _texts(*(each["handle"] for each in near["OWNS_ACCOUNT"])),
        "organizations": _texts(*(each["name_fingerprint"] or each["key"] for each in works_for)),
        **_reached(near),
    }


def _account(own: _Own, near: _Neighbours) -> dict[str, Any]:
    registered = near["REGISTERED_WITH"]
    return {
        "names": _texts(own["display_name"]),
        "platform": own["platform"] or "",
        "handles": _texts(own["handle"]),
        "emails": tuple(each["key"] for each in registered if each["is_mailbox"]),
        "phones": tuple(each["key"] for each in registered if not each["is_mailbox"]),
    }


def _mailbox(own: _Own, _: _Neighbours) -> dict[str, Any]:
    return {"emails": (own["key"],)}


def _location(own: _Own, _: _Neighbours) -> dict[str, Any]:
    # Cities and countries have keys of their own; what is compared are postal addresses in words.
    place = _place(own) if str(own["place"]).startswith("addr:") else None
    return {
        "places": (place,) if place else (),
        "countries": _texts(own["country"]) if place else (),
    }


def _product(own: _Own, _: _Neighbours) -> dict[str, Any]:
    return {
        "names": _texts(own["name"], *(own["aliases"] or ()), _spoken(own["product"])),
        "vendor": own["vendor"] or "",
        "part": own["part"] or "",
        "numbers": (Number("cpe", own["cpe"]),) if own["cpe"] else (),
    }


def _file(own: _Own, _: _Neighbours) -> dict[str, Any]:
    digests = (Number(name, own[name]) for name in ("sha256", "sha1", "md5") if own[name])
    return {"numbers": tuple(digests)}


def _threat(own: _Own, near: _Neighbours) -> dict[str, Any]:
    return {
        "names": _texts(own["name"] or own["name_form"], *(own["other_names"] or ())),
        "techniques": tuple(each["key"] for each in near["USES"] if each["is_technique"]),
    }


_MAKERS: dict[str, Callable[[_Own, _Neighbours], dict[str, Any]]] = {
    "LegalEntity": _body,
    "Person": _person,
    "UserAccount": _account,
    "EmailAddress": _mailbox,
    "Location": _location,
    "SoftwareProduct": _product,
    "File": _file,
}


def _reached(near: _Neighbours) -> dict[str, Any]:
    """Where somebody is reached: mail, telephones, addresses."""
    return {
        "emails": _texts(*(each["key"] for each in near["HAS_EMAIL"])),
        "phones": _texts(*(each["key"] for each in near["HAS_PHONE"])),
        "places": tuple(
            place for each in near["LOCATED_AT"] if (place := _place(each)) is not None
        ),
    }


def _place(values: Mapping[str, Any]) -> Place | None:
    street, city = values["street_address"], values["city"]
    text = ", ".join(filter(None, (street, city))) if street else values["name"]
    if not text or not (street or values["postal_code"]):
        return None  # a city or a country: very many are there
    return Place(text, values["postal_code"] or "", values["country"] or "")


def _numbers(near: _Neighbours, own: Iterable[Number | None] = ()) -> tuple[Number, ...]:
    held = (
        Number(each["scheme"], each["value"], each["country"] or "")
        for each in near["HAS_IDENTIFIER"]
    )
    return tuple(dict.fromkeys((*(each for each in own if each is not None), *held)))


def _sites(near: _Neighbours, website: str | None = None) -> tuple[str, ...]:
    return _texts(*(each["key"] for each in near["HAS_WEBSITE"]), _host(website or ""))


def _host(website: str) -> str:
    """The host of a website as a source words it; empty where it names none."""
    address = website.partition("://")[2] or website
    host = address.partition("/")[0].partition(":")[0]
    try:
        return domain_of(host) if host else ""
    except Refused:
        return ""  # whatever stands there, it is no name that two could share


def _days(moment: datetime | None) -> tuple[str, ...]:
    return () if moment is None else (moment.date().isoformat(),)


def _texts(*values: str | None) -> tuple[str, ...]:
    """What is there, each once."""
    return tuple(dict.fromkeys(filter(None, values)))


def _spoken(product: str) -> str:
    """The product's own part of a CPE name, as words."""
    return product.rpartition(":")[2].replace("_", " ")
