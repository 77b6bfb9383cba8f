"""nmap_xml: a scan's hosts with their open ports, one record a host.

The form is nmap's (https://nmap.org/book/nmap-dtd.html), of all versions since 4. Hosts that were
down and ports that were not open say nothing that lasts, so they are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO
from xml.etree.ElementTree import Element

from collectors._kit.importing import Importer, Record, Row
from collectors._kit.unpacking import unpacked
from collectors._kit.xml_stream import xml_records
from collectors.nmap_xml.scripts import service_scripts
from collectors.nmap_xml.software import operating_system, software_of
from graph.model.base import Fact
from graph.model.network import DomainName, IPAddress, NetworkService
from graph.model.resolution import PointsTo, ResolvesTo

ROOT = "nmaprun"
OPEN = {"open": "open", "open|filtered": "open_or_filtered"}


class NmapXml(Importer):
    """The XML output of nmap."""

    id = "nmap_xml"

    @classmethod
    def detect(cls, head: bytes, name: str) -> float:  # noqa: ARG003 - the root element tells
        """By the root element."""
        return 1.0 if b"<nmaprun" in head else 0.0

    def read(self, stream: BinaryIO) -> Iterator[Row]:
        """A record for each host that was up."""
        content = unpacked(stream, self.limits.max_bytes)
        for line, host in xml_records(content, ROOT, frozenset({"host"}), self.limits.max_depth):
            if _attribute(host, "status", "state") != "down":
                yield from _host(f"line {line}", host).rows()


def _host(position: str, host: Element) -> Record:
    record = Record(position)
    addresses = []
    for element in host.findall("address"):
        text = element.get("addr", "")
        if element.get("addrtype") in ("ipv4", "ipv6"):
            address = record.keep(partial(IPAddress, address=text), text)
            if address is not None:
                addresses.append(address)
    if not addresses:
        if not record.rejections:
            record.refuse("the host has no IP address")
        return record
    for element in host.findall("hostnames/hostname"):
        _name(record, element, addresses)
    for port in host.findall("ports/port"):
        _port(record, port, addresses[0])
    record.facts.extend(operating_system(host, addresses[0]))
    return record


def _name(record: Record, element: Element, addresses: list[IPAddress]) -> None:
    """A reverse name points from the address; a name the user asked for leads to it."""
    text = element.get("name", "")
    if "." not in text.strip("."):
        record.refuse("a name without a dot means something on the scanner's network only", text)
        return
    relate = _points_to if element.get("type") == "PTR" else _resolves_to
    for address in addresses:
        record.keep(partial(relate, text, address), text)


def _points_to(name: str, address: IPAddress) -> Fact:
    return PointsTo(source=address, target=DomainName(name=name))


def _resolves_to(name: str, address: IPAddress) -> Fact:
    rrtype = "AAAA" if address.version == 6 else "A"
    return ResolvesTo(source=DomainName(name=name), target=address, rrtype=rrtype)


def _port(record: Record, port: Element, address: IPAddress) -> None:
    state = OPEN.get(_attribute(port, "state", "state"))
    if state is None:
        return
    found = port.find("service")
    said = found if found is not None and found.get("method") == "probed" else Element("service")
    where = f"{port.get('protocol')}/{port.get('portid')}"
    service = record.keep(
        lambda: NetworkService(
            transport=port.get("protocol"),
            address=address.address,
            port=port.get("portid"),
            state=state,
            service_name=said.get("name") or None,
            is_tls=True if said.get("tunnel") == "ssl" else None,
            product_name=said.get("product") or None,
            product_version=said.get("version") or None,
            operating_system=said.get("ostype") or None,
            banner=_banner(port),
        ),
        where,
    )
    if service is None:
        return
    for make in (*software_of(said, service), *service_scripts(port, service)):
        record.keep(make, where)


def _banner(port: Element) -> str | None:
    for script in port.findall("script"):
        if script.get("id") == "banner":
            return script.get("output") or None
    return None


def _attribute(element: Element, child: str, name: str) -> str:
    found = element.find(child)
    return "" if found is None else found.get(name, "")
