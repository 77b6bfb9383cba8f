"""bbot_ndjson: the events of a BBOT scan, one JSON object a line.

An event's parent is used where it says how two things are connected: what was found on a page is
contained in it or linked from it, and an autonomous system's block holds the address it was asked
for. Chains of discovery as such are not kept; why a fact holds is told by claims.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from collectors._kit.importing import Importer, Record, Row, depth_of
from collectors._kit.unpacking import FileRefused, lines_of, text_of
from collectors.bbot_ndjson.event import Event, read_event
from collectors.bbot_ndjson.facts import FACTS
from graph.errors import Refused
from graph.model.base import Entity
from graph.model.contact import EmailAddress
from graph.model.linkage import ContainsData, LinksTo
from graph.model.network import DomainName, IPAddress, Netblock
from graph.model.routing import Announces, Contains
from graph.model.web import URL

SIGNS = (b'"module_sequence"', b'"scope_distance"', b'"discovery_context"', b'"parent_chain"')
# Events about the scan and not about the world.
SILENT = ("SCAN", "FINISHED")
HOPELESS = 20  # lines without an event, from the beginning
Parents = dict[str, Entity]


class BbotNdjson(Importer):
    """The JSON lines of a BBOT scan."""

    id = "bbot_ndjson"

    @classmethod
    def detect(cls, head: bytes, name: str) -> float:  # noqa: ARG003 - its members tell
        """By members that only BBOT's events have."""
        is_json = head.lstrip().startswith(b"{") and b'"type"' in head
        return 0.95 if is_json and any(sign in head for sign in SIGNS) else 0.0

    def read(self, stream: BinaryIO) -> Iterator[Row]:
        """A record for each line that is not empty. A file without any event is refused."""
        parents: Parents = {}
        events = others = 0
        text = text_of(stream, self.limits.max_bytes, "utf-8")
        for number, line, is_cut in lines_of(text, self.limits.max_row_chars):
            if not line.strip():
                continue
            record = Record(f"line {number}")
            event = self._event(record, line, is_cut)
            if event is None:
                others += 1
            else:
                events += 1
                self._read(record, event, parents)
            if not events and others == HOPELESS:
                break
            yield from record.rows()
        if others and not events:
            raise FileRefused(f"none of the first {others} lines is an event of BBOT")

    def _event(self, record: Record, line: str, is_cut: bool) -> Event | None:
        if is_cut:
            record.refuse(f"longer than {self.limits.max_row_chars:,} characters", line)
            return None
        try:
            return read_event(line)
        except Refused as error:
            record.refuse(error)
            return None

    def _read(self, record: Record, event: Event, parents: Parents) -> None:
        if depth_of(event.body, self.limits.max_depth) > self.limits.max_depth:
            record.refuse(f"it nests deeper than {self.limits.max_depth}")
        elif event.type in FACTS:
            _take(record, event, parents)
        elif event.type not in SILENT:
            record.leave(f"event type {event.type}")


def _take(record: Record, event: Event, parents: Parents) -> None:
    makers = list(FACTS[event.type](event))
    for make in makers:
        record.keep(make, event.text or event.host)
    if not makers:
        record.leave(f"what this {event.type} says")
    entity = next((fact for fact in record.facts if isinstance(fact, Entity)), None)
    parent = next((parents[name] for name in event.parents if name in parents), None)
    if parent is not None and entity is not None:
        _connect(record, parent, entity, event)
    # Only what a later event's connection may start from is remembered.
    if isinstance(entity, URL | IPAddress):
        parents.update(dict.fromkeys(event.uuids, entity))


def _connect(record: Record, parent: Entity, entity: Entity, event: Event) -> None:
    """What it means that `parent` led to `entity`."""
    if isinstance(parent, URL) and parent.key != entity.key:
        if isinstance(entity, URL) and event.type == "URL_UNVERIFIED":
            record.keep(partial(LinksTo, source=parent, target=entity))
        elif isinstance(entity, EmailAddress | DomainName) and entity.key != parent.host:
            record.keep(partial(ContainsData, source=parent, target=entity))
    elif isinstance(parent, IPAddress):
        for fact in list(record.facts):
            if isinstance(fact, Announces) and _holds(fact.target, parent):
                record.keep(partial(Contains, source=fact.target, target=parent))


def _holds(block: Netblock, address: IPAddress) -> bool:
    return ipaddress.ip_address(address.key) in ipaddress.ip_network(block.cidr)
