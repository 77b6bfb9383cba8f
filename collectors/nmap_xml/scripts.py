"""The few scripts of nmap whose output states facts: certificates, host keys, vulnerabilities.

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

from collectors._kit.x509 import certificate_facts
from graph.errors import SourceRejected
from graph.model.base import Fact
from graph.model.certificate import Presents, TLSCertificate
from graph.model.linkage import HasFingerprint
from graph.model.network import NetworkService
from graph.model.software import HasVulnerability, Vulnerability
from graph.model.web import Fingerprint

PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
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
        elif name == "ssl-cert":
            yield from _certificates(script, service)


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


def _certificates(script: Element, service: NetworkService) -> Iterator[Callable[[], Fact]]:
    """The certificate, where the script was asked to print it (nmap -v)."""
    for pem in PEM.findall(script.get("output", "")):
        try:
            der = base64.b64decode("".join(pem.split()), validate=True)
            facts = list(certificate_facts(der))
        except (binascii.Error, SourceRejected):
            continue
        for fact in facts:
            yield partial(_as_it_is, fact)
            if isinstance(fact, TLSCertificate):
                yield partial(Presents, source=service, target=fact, chain_position=0)


def _as_it_is(fact: Fact) -> Fact:
    return fact


def _identified(service: NetworkService, digest: str) -> Fact:
    host_key = Fingerprint(method="ssh_hostkey_sha256", value=digest)
    return HasFingerprint(source=service, target=host_key)
