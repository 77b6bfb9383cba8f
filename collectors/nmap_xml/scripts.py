"""The few scripts of nmap whose output is a statement of fact: host keys, vulnerabilities.

Output of other scripts is prose for people and is left alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator
from functools import partial
from xml.etree.ElementTree import Element

from graph.model.base import Fact
from graph.model.linkage import HasFingerprint
from graph.model.network import NetworkService
from graph.model.software import HasVulnerability, Vulnerability
from graph.model.web import Fingerprint

CVE = re.compile(r"CVE-\d{4}-\d{4,10}")
VULNERABLE = ("vulners", "vulscan")


def service_scripts(port: Element, service: NetworkService) -> Iterator[Callable[[], Fact]]:
    """What the scripts run against a port state, as facts to be made."""
    for script in port.findall("script"):
        name = script.get("id", "")
        if name in VULNERABLE:
            yield from _vulnerabilities(script, service)
        elif name == "ssh-hostkey":
            yield from _host_keys(script, service)


def _vulnerabilities(script: Element, service: NetworkService) -> Iterator[Callable[[], Fact]]:
    for cve in sorted(set(CVE.findall(script.get("output", "")))):
        yield partial(_vulnerable, service, cve)


def _host_keys(script: Element, service: NetworkService) -> Iterator[Callable[[], Fact]]:
    """The SHA-256 of each host key, as SSH clients show it."""
    for element in script.iter("elem"):
        if element.get("key") != "key":
            continue
        try:
            key = base64.b64decode(element.text or "", validate=True)
        except binascii.Error:
            continue
        digest = hashlib.sha256(key).hexdigest()
        yield partial(_identified, service, digest)


def _vulnerable(service: NetworkService, cve: str) -> Fact:
    return HasVulnerability(source=service, target=Vulnerability(identifier=cve))


def _identified(service: NetworkService, digest: str) -> Fact:
    host_key = Fingerprint(method="ssh_hostkey_sha256", value=digest)
    return HasFingerprint(source=service, target=host_key)
