"""One event of BBOT as it stands on its line, in the spellings of the tool's versions.

The data of an event is under `data`, or for objects under `data_json`, or (for log stores) in an
object under `data` whose only key is the type. Nothing is known here of kinds.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from graph.errors import Refused

WANTED = "an event of BBOT"


@dataclass(frozen=True)
class Event:
    """An event: its type, its data as text or object, and the members around them."""

    type: str
    text: str
    data: Mapping[str, Any]
    body: Mapping[str, Any]

    def said(self, *names: str) -> str:
        """The first of the data's members `names` that is text or a number."""
        for name in names:
            value = self.data.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                return str(value).strip()
        return ""

    @property
    def host(self) -> str:
        """The host the event is about."""
        return self.said("host") or str(self.body.get("host") or "")

    @property
    def uuids(self) -> tuple[str, ...]:
        """The names by which other events call this one their parent."""
        return tuple(str(self.body[name]) for name in ("uuid", "id") if self.body.get(name))

    @property
    def parents(self) -> tuple[str, ...]:
        """The names of the event that led to this one; older versions say `source`."""
        names = ("parent_uuid", "parent", "source")
        return tuple(str(self.body[name]) for name in names if self.body.get(name))

    @property
    def tags(self) -> frozenset[str]:
        """The event's tags."""
        tags = self.body.get("tags")
        return frozenset(map(str, tags)) if isinstance(tags, list) else frozenset()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that the event's host resolved to, or the host where it is one."""
        resolved = self.body.get("resolved_hosts")
        found = [self.host, *(resolved if isinstance(resolved, list) else [])]
        return tuple(dict.fromkeys(str(each) for each in found if is_address(each)))

    def records(self, rrtype: str) -> tuple[str, ...]:
        """The DNS records of a type that the event's host was found to have."""
        children = self.body.get("dns_children")
        values = children.get(rrtype) if isinstance(children, dict) else None
        return tuple(map(str, values)) if isinstance(values, list) else ()


def read_event(line: str) -> Event:
    """The event on a line. Raises Refused for a line that holds none."""
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        reason = f"it is not JSON: {error.msg} at column {error.colno}"
        raise Refused(WANTED, line, reason) from error
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        raise Refused(WANTED, line, "a JSON object with a type is right")
    data = body.get("data_json", body.get("data"))
    if isinstance(data, dict) and set(data) == {body["type"]}:
        data = data[body["type"]]
    return Event(
        type=body["type"],
        text=data.strip() if isinstance(data, str) else "",
        data=data if isinstance(data, dict) else {},
        body=body,
    )


def is_address(text: object) -> bool:
    """Whether `text` is an IP address."""
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return True
