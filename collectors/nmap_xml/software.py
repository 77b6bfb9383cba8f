"""What software nmap recognized: by CPE name where it gives one, else by the product's name.

A guess among several operating systems is no statement, so only an unequivocal one is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from graph.errors import Refused
from graph.model.base import Fact
from graph.model.network import IPAddress, NetworkService
from graph.model.software import Runs, SoftwareProduct, SoftwareRelease
from graph.model.values.software import cpe_of

VERSION = re.compile(r"[vV]?\d[\w.+~:-]*")


def software_of(service: Element, target: NetworkService) -> Iterator[Callable[[], Fact]]:
    """What the service runs, as facts to be made."""
    product, version = service.get("product", ""), service.get("version", "")
    cpes = [cpe.text or "" for cpe in service.findall("cpe")]
    application = next((cpe for cpe in cpes if cpe.startswith("cpe:/a:")), "")
    if application or product:
        yield lambda: Runs(source=target, target=_release(application, product, version))


def operating_system(host: Element, address: IPAddress) -> Iterator[Fact]:
    """The operating system, where the best matches agree on one CPE name."""
    certain = [c for c in host.iter("osclass") if c.get("accuracy") == "100"]
    names = {cpe.text or "" for element in certain for cpe in element.findall("cpe")}
    if len(names) == 1:
        try:
            yield Runs(source=address, target=_release(names.pop(), "", ""))
        except Refused:
            return


def _release(cpe: str, product: str, version: str) -> SoftwareRelease | SoftwareProduct:
    written = VERSION.match(version)
    number = written[0] if written else ""
    key = product
    if cpe:
        known = cpe_of(cpe)
        key, number = f"{known.part}:{known.vendor}:{known.product}", number or known.version
    if number:
        return SoftwareRelease(product=key, version=number)
    return SoftwareProduct(product=key, name=product or None)
