"""Made-up domains with all that scans find of them: names, addresses, services, pages, certificates, papers, people.

The first domains are large, most are small. About two thirds are what was to be scanned; others came along.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bench._kit.commons import Commons
from bench._kit.words import word
from graph.facts import Answer
from graph.model.affiliation import DirectorOf, HasEmail, HasWebsite, LocatedAt, OperatedBy
from graph.model.base import Entity, Fact
from graph.model.certificate import Covers, HasKey, Presents, PublicKey, TLSCertificate
from graph.model.contact import EmailAddress
from graph.model.linkage import HasFingerprint, HasTracker, LinksTo, LoadsFrom, Serves
from graph.model.network import DomainName, IPAddress, Netblock, NetworkService
from graph.model.party import LegalEntity, Person
from graph.model.record import DNSRecord
from graph.model.registration import (
    ContactRecord,
    DomainRegistration,
    Identifies,
    Registrant,
    SponsoredBy,
)
from graph.model.resolution import AllowsSender, CnameTo, DelegatedTo, MailHandledBy, ResolvesTo
from graph.model.routing import Announces, Contains
from graph.model.software import Runs
from graph.model.threat import ExposedIn, ListedIn
from graph.model.web import URL, Fingerprint

WORDS = ("www", "mail", "vpn", "dev", "shop", "api", "intranet", "git", "blog", "db", "cdn", "test")
AUTHORITIES = ("Example Trust", "Open Signers", "Notary Nord", "Ca Ltd")
FIRST_LARGE, LARGEST = 60, 60  # the n-th domain has entities / (60 n) hosts, or a few
STEPS = 6  # days between the first looks at domains


@dataclass
class Domain:
    """One made-up domain: what is answered of it, and what of it a scan came across how many hops away."""

    answers: list[Answer] = field(default_factory=list)
    reached: list[tuple[Entity, int]] = field(default_factory=list)


def domains(commons: Commons, size: int) -> Iterator[Domain]:
    """Domains without end, for about `size` entities in all."""
    number = 0
    while True:
        hosts = max(4 + number % 9, size // (FIRST_LARGE * (number + 1)))
        yield _Making(commons, number, hosts).domain()
        number += 1


class _Making:
    """Makes one domain."""

    def __init__(self, commons: Commons, number: int, hosts: int) -> None:
        self.commons, self.number, self.hosts = commons, number, hosts
        self.chance = random.Random(f"domain {number}")
        label = word(f"company {number}")
        self.apex = DomainName(name=f"{label}.test")
        self.at = commons.at + timedelta(days=number % STEPS)
        # One holder has a quarter of all domains, the others a dozen each.
        self.owner = 0 if number % 4 == 0 else 1 + number // 16
        share = self.chance.random()
        self.hops = 0 if share < 0.65 else 2 if share < 0.9 else None
        self.made = Domain()
        self.addresses: list[IPAddress] = []
        self.certificates: list[TLSCertificate] = []

    def domain(self) -> Domain:
        self._papers()
        self._records()
        self._people()
        names = [self.apex, *self._names()]
        self._certificates(names)
        self._addresses()
        for name in names:
            self._host(name)
        return self.made

    def _tell(
        self,
        about: Entity,
        collector: str,
        facts: list[Fact],
        part: str = "",
        at: datetime | None = None,
    ) -> None:
        self.made.answers.append(self.commons.answer(about, collector, facts, part, at or self.at))

    def _reach(self, entity: Entity, further: int = 0) -> None:
        if self.hops is not None:
            self.made.reached.append((entity, self.hops + further))

    def _papers(self) -> None:
        made = self.commons.now - timedelta(days=self.chance.randint(20, 4_000))
        company = self._company()
        paper = DomainRegistration(
            domain=self.apex.name, registry_id=f"D{self.number}", valid_from=made,
            valid_to=self.commons.now + timedelta(days=self.chance.randint(1, 400)),
            statuses=("clientTransferProhibited",) if self.chance.random() < 0.7 else ("ok",),
            registrant_organization=company.name if self.chance.random() < 0.5 else None,
        )  # fmt: skip
        is_redacted = self.chance.random() < 0.4
        contact = ContactRecord(source="nic", handle=f"C{self.owner}", is_redacted=is_redacted)
        box = EmailAddress(address=f"hostmaster@holder{self.owner}.test")
        facts: list[Fact] = [
            paper,
            contact,
            SponsoredBy(source=paper, target=self.commons.registrars.draw(self.chance)),
            Registrant(source=paper, target=contact),
            Identifies(source=contact, target=company),
            Identifies(source=contact, target=box),
            HasWebsite(source=company, target=self.apex),
        ]
        self._tell(self.apex, "rdap.domain", facts)

    def _company(self) -> LegalEntity:
        return LegalEntity(
            jurisdiction="GB",
            registration_number=str(10_000 + self.owner),
            name=f"Company {self.owner} Ltd",
        )

    def _records(self) -> None:
        apex, draw = self.apex, self.chance.random
        servers: list[Fact] = [
            DelegatedTo(source=apex, target=each)
            for each in self.commons.name_servers.draw(self.chance)
        ]
        self._tell(apex, "dns.records", servers, "NS")
        mail = self.commons.mail_hosts.draw(self.chance)
        self._tell(
            apex,
            "dns.records",
            [MailHandledBy(source=apex, target=each, preference=10) for each in mail],
            "MX",
        )
        spf = DNSRecord(
            owner=apex.name, rrtype="TXT", value=f"v=spf1 include:{mail[0].name} -all", purpose="spf",
            spf_all="pass" if draw() < 0.02 else "fail", spf_lookup_count=self.chance.randint(1, 12),
        )  # fmt: skip
        self._tell(apex, "dns.records", [spf, AllowsSender(source=apex, target=mail[0])], "TXT")
        policy = DNSRecord(
            owner=f"_dmarc.{apex.name}", rrtype="TXT", value="v=DMARC1; p=none", purpose="dmarc",
            dmarc_policy="none" if draw() < 0.3 else "reject",
        )  # fmt: skip
        self._tell(apex, "dns.mailauth", [policy] if draw() < 0.8 else [], "dmarc")

    def _people(self) -> None:
        facts: list[Fact] = []
        for n in range(2 + self.hosts // 20):
            box = EmailAddress(address=f"person{n}@{self.apex.name}")
            facts.append(box)
            if self.chance.random() < 0.3:
                breach = self.commons.breaches.draw(self.chance)
                facts.append(ExposedIn(source=box, target=breach, data_classes=("passwords",)))
        if self.number % 16 == 1:
            who = Person(
                source="companies-house",
                record_id=f"officer-{self.owner}",
                name=f"Ada {self.owner}",
            )
            facts += [
                DirectorOf(source=who, target=self._company()),
                HasEmail(source=who, target=EmailAddress(address=f"person0@{self.apex.name}")),
            ]
        self._tell(self.apex, "import.people", facts)

    def _names(self) -> Iterator[DomainName]:
        for n in range(self.hosts):
            word = f"{WORDS[n % len(WORDS)]}{n // len(WORDS) or ''}"
            middle = f"site{n % 7}." if n % 5 == 4 else ""
            yield DomainName(name=f"{word}.{middle}{self.apex.name}")

    def _certificates(self, names: list[DomainName]) -> None:
        """One for each few names; the domain's authority is nearly always the same."""
        facts: list[Fact] = []
        for first in range(0, len(names), 4):
            covered = names[first : first + 4]
            began = self.commons.now - timedelta(days=self.chance.randint(1, 120))
            rare = self.chance.random() < 0.02
            certificate = TLSCertificate(
                sha256=_digest(f"certificate {self.number} {first}"), names=tuple(n.name for n in covered),
                not_before=began, not_after=began + timedelta(days=397 if rare else 90),
                issuer_organization=AUTHORITIES[(self.number + rare) % len(AUTHORITIES)],
                key_algorithm="rsa", key_size_bits=1024 if self.chance.random() < 0.01 else 2048,
                serial_number=f"{self.number:x}:{first:x}", signature_algorithm="sha256WithRSAEncryption",
            )  # fmt: skip
            key = PublicKey(sha256=_digest(f"key {self.number} {first // 8}"), algorithm="rsa")
            facts += [
                HasKey(source=certificate, target=key),
                *(
                    Covers(source=certificate, target=each, field="san", is_exact=True)
                    for each in covered
                ),
            ]
            self.certificates.append(certificate)
        self._tell(self.apex, "ct.crtsh", facts)

    def _addresses(self) -> None:
        """Some two names to an address, in networks of one's own."""
        count = max(1, self.hosts // 2)
        for n in range(count):
            place = 256 * self.number * 4 + n
            net = f"{60 + (place >> 24)}.{place >> 16 & 255}.{place >> 8 & 255}"
            address = IPAddress(address=f"{net}.{place & 255}")
            block = Netblock(cidr=f"{net}.0/24")
            system = self.commons.systems[(self.number + (n % 50 == 49)) % 60]
            place_of = self.commons.places.draw(self.chance)
            facts: list[Fact] = [
                Contains(source=block, target=address),
                Announces(source=system, target=block),
                OperatedBy(source=address, target=self.commons.hosters.draw(self.chance)),
                LocatedAt(source=address, target=place_of),
            ]
            if self.chance.random() < 0.01:
                facts.append(
                    ListedIn(source=address, target=self.chance.choice(self.commons.lists))
                )
            self.addresses.append(address)
            self._tell(address, "rdap.ip", facts)
            self._ports(address)

    def _ports(self, address: IPAddress) -> None:
        """What answers there: a web server, and seldom what should not."""
        found: dict[int, NetworkService] = {}
        facts: list[Fact] = []
        for _ in range(self.chance.randint(1, 3)):
            software = self.commons.software.draw(self.chance)
            port = self.chance.choice(software.ports)
            release = software.releases.draw(self.chance)
            service = NetworkService(
                transport="tcp", address=address.address, port=port, state="open",
                product_name=software.name, product_version=release.version,
                tls_versions=("TLSv1.0", "TLSv1.2") if self.chance.random() < 0.03 else ("TLSv1.2",),
            )  # fmt: skip
            if port not in found:
                found[port] = service
                facts += [service, Runs(source=service, target=release)]
        self._tell(address, "scan.ports", facts)
        self._reach(address, 1)
        for port, service in found.items():
            self._reach(service, 1)
            if port == 443:
                shown = self.chance.choice(self.certificates)
                self._tell(
                    service,
                    "tls.handshake",
                    [Presents(source=service, target=shown, chain_position=0)],
                )

    def _host(self, name: DomainName) -> None:
        self._reach(name)
        share = self.chance.random()
        if share < 0.08:
            self._tell(name, "dns.resolve", [], "A")
            return
        if share < 0.2:
            alias = DomainName(name=f"c{name.name.replace('.', '-')}.edge.test")
            edge = self.commons.edges.draw(self.chance)
            facts: list[Fact] = [
                CnameTo(source=name, target=alias),
                ResolvesTo(source=alias, target=edge, rrtype="A"),
            ]
        else:
            address = self._place(share)
            facts = [ResolvesTo(source=name, target=address, rrtype="A")]
            if self.chance.random() < 0.6:
                self._page(name, address)
        self._tell(name, "dns.resolve", facts, "A")

    def _place(self, share: float) -> IPAddress:
        """A tenth each of all names are on a content network, with a host of many, and in a cloud."""
        if share < 0.3:
            return self.commons.edges.draw(self.chance)
        if share < 0.4:
            return self.commons.shared_hosts.draw(self.chance)
        if share < 0.5:
            return self.chance.choice(self.commons.clouds)
        return self.chance.choice(self.addresses)

    def _page(self, name: DomainName, address: IPAddress) -> None:
        draw = self.chance.random
        service = NetworkService(
            transport="tcp", address=address.address, port=443, server_name=name.name, state="open"
        )
        page = URL(
            url=f"https://{name.name}/", status=200 if draw() < 0.9 else 404, title="Welcome",
            server="nginx/1.24" if draw() < 0.95 else "lighttpd/1.4", has_password_form=draw() < 0.05,
            missing_policies=("content-security-policy",) if draw() < 0.5 else (),
        )  # fmt: skip
        shown = self.chance.choice(self.certificates)
        home = URL(url=f"https://{self.apex.name}/")
        icon = (
            Fingerprint(method="favicon_mmh3", value=str(1_000_000 + self.owner))
            if draw() < 0.5
            else self.commons.icons.draw(self.chance)
        )
        self._tell(
            service,
            "http.probe",
            [
                service,
                page,
                Serves(source=service, target=page),
                Presents(source=service, target=shown, chain_position=0),
            ],
        )
        facts: list[Fact] = [
            LinksTo(source=page, target=home),
            HasFingerprint(source=page, target=icon),
        ]
        if draw() < 0.4:
            tracker = self.commons.trackers[self.owner % len(self.commons.trackers)]
            facts.append(HasTracker(source=page, target=tracker))
        if draw() < 0.3:
            script = URL(url="https://static.dns0.test/library.js")
            facts.append(LoadsFrom(source=page, target=script))
        self._tell(page, "http.extract", facts)
        self._reach(page, 1)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
