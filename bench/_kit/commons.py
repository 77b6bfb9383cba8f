"""What made-up domains have in common: registrars, name servers, content networks, software, lists, places.

Few are used by most and many by few, as in the world: one registrar has most domains, one address of a content network
thousands of names.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Generic, TypeVar

from graph.facts import Answer, Outcome
from graph.model.affiliation import DirectorOf, OperatedBy
from graph.model.base import Entity, Fact
from graph.model.certificate import Presents, TLSCertificate
from graph.model.intelligence import Breach, Feed, Indicator, IntrusionSet, Malware
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock, NetworkService
from graph.model.party import LegalEntity, Person
from graph.model.place import Location
from graph.model.resolution import ResolvesTo
from graph.model.routing import Announces, Contains
from graph.model.software import HasVulnerability, SoftwareRelease, Vulnerability
from graph.model.threat import Exploits, Indicates, ListedIn, Uses
from graph.model.web import Fingerprint, TrackingIdentifier

T = TypeVar("T")

COUNTRIES = ("DE", "US", "GB", "FR", "NL", "IE", "SE", "PL", "ES", "IT", "JP", "SG", "BR", "CA")
PRODUCTS = (
    ("nginx", "a:f5:nginx", (80, 443, 8080)),
    ("Apache httpd", "a:apache:http_server", (80, 443)),
    ("OpenSSH", "a:openbsd:openssh", (22,)),
    ("Microsoft-IIS", "a:microsoft:internet_information_services", (80, 443)),
    ("Postfix", "a:postfix:postfix", (25, 587)),
    ("Exim", "a:exim:exim", (25,)),
    ("MySQL", "a:oracle:mysql", (3306,)),
    ("PostgreSQL", "a:postgresql:postgresql", (5432,)),
    ("Redis", "a:redis:redis", (6379,)),
    ("Elasticsearch", "a:elastic:elasticsearch", (9200,)),
    ("Microsoft Terminal Services", "o:microsoft:windows_server", (3389,)),
    ("Jenkins", "a:jenkins:jenkins", (8080,)),
)


class Skewed(Generic[T]):
    """Draws from a list: the first most often, each further one as much less as its place is further."""

    def __init__(self, values: Sequence[T]) -> None:
        self._values = values
        self._sums = list(itertools.accumulate(1 / (n + 1) for n in range(len(values))))

    def draw(self, chance: random.Random) -> T:
        """One of them."""
        return chance.choices(self._values, cum_weights=self._sums)[0]


@dataclass(frozen=True)
class Software:
    """A product as a service tells of it, its releases, the newest drawn most often, and its usual ports."""

    name: str
    releases: Skewed[SoftwareRelease]
    ports: tuple[int, ...]


class Commons:
    """All of it, and the answers that tell of it."""

    def __init__(self, now: datetime, size: int) -> None:
        self.now = now
        self._chance = random.Random("commons")
        self.at = now - timedelta(days=30)
        self._facts: list[tuple[Entity, list[Fact]]] = []
        self.places = Skewed([Location(place=f"country:{c}", country=c) for c in COUNTRIES])
        self.registrars = Skewed([self._body("US", f"R{n}", f"Registrar {n}") for n in range(24)])
        self.hosters = Skewed([self._body("DE", f"H{n}", f"Hosting {n} GmbH") for n in range(40)])
        self.name_servers = Skewed([self._servers(n) for n in range(40)])
        self.mail_hosts = Skewed([self._pair("mx", f"mail{n}.test") for n in range(30)])
        self.systems = [AutonomousSystem(number=65_000 + n, name=f"NET-{n}") for n in range(60)]
        self.lists = [
            Feed(slug=f"list{n}", name=f"List {n}", polarity="blocks", upstream=f"up{n}")
            for n in range(4)
        ]
        self.breaches = Skewed(
            [
                Breach(
                    slug=f"shop{n}", month=f"20{20 + n % 7}-0{1 + n % 9}", name=f"Shop {n}",
                    breach_type="stealer" if n % 9 == 4 else "breach", published_at=now - timedelta(days=60 * n + 5),
                )
                for n in range(30)
            ]
        )  # fmt: skip
        self.trackers = [
            TrackingIdentifier(vendor="google_analytics", tracking_id=f"G-{n:06}COMM")
            for n in range(max(4, size // 4_000))
        ]
        self.icons = Skewed(
            [Fingerprint(method="favicon_mmh3", value=str(7_000 + n)) for n in range(50)]
        )
        self.software = Skewed([self._software(n, *each) for n, each in enumerate(PRODUCTS)])
        self.edges = Skewed(self._network("cdn", 44, 24))
        self.shared_hosts = Skewed(self._network("", 45, max(8, size // 1_500)))
        self.clouds = self._network("cloud", 46, max(8, size // 400))
        self._groups()
        self._nominee()

    def answers(self) -> Iterator[Answer]:
        """What is told of it."""
        for about, facts in self._facts:
            yield self.answer(about, "import.commons", facts)

    def answer(
        self,
        about: Entity,
        collector: str,
        facts: Sequence[Fact] = (),
        part: str = "",
        at: datetime | None = None,
    ) -> Answer:
        """An answer with facts, or that there was nothing."""
        outcome, when = (Outcome.FOUND if facts else Outcome.ABSENT), at or self.at
        return Answer(about, collector, outcome, when, when, tuple(facts), part=part)

    def _body(self, country: str, number: str, name: str) -> LegalEntity:
        return LegalEntity(jurisdiction=country, registration_number=number, name=name)

    def _pair(self, label: str, domain: str) -> tuple[DomainName, DomainName]:
        return DomainName(name=f"{label}1.{domain}"), DomainName(name=f"{label}2.{domain}")

    def _servers(self, number: int) -> tuple[DomainName, DomainName]:
        """A pair of name servers, every fourth in one network."""
        pair = self._pair("ns", f"dns{number}.test")
        for n, server in enumerate(pair):
            net = number if number % 4 == 0 else number + 100 * n
            address = IPAddress(address=f"47.1.{net}.{53 + n}")
            self._facts.append((server, [ResolvesTo(source=server, target=address, rrtype="A")]))
        return pair

    def _software(self, place: int, name: str, product: str, ports: tuple[int, ...]) -> Software:
        releases = []
        for n in range(12):
            ended = self.now - timedelta(days=400 * n - 900)
            release = SoftwareRelease(
                product=product, version=f"{3 - n // 5}.{30 - 2 * n}.{n}", supported_until=ended
            )
            facts: list[Fact] = [release]
            facts += (
                HasVulnerability(source=release, target=self._flaw(place, each))
                for each in range(self._chance.randint(0, 2 * n))
            )
            self._facts.append((release, facts))
            releases.append(release)
        return Software(name, Skewed(releases), ports)

    def _flaw(self, product: int, number: int) -> Vulnerability:
        chance = random.Random(f"{product} {number}")
        return Vulnerability(
            identifier=f"CVE-2024-{10_000 + 100 * product + number}",
            cvss_score=round(chance.uniform(3, 10), 1),
            epss_probability=round(chance.random() ** 3, 3),
            is_known_exploited=chance.random() < 0.04,
        )

    def _network(self, known_as: str, first: int, count: int) -> list[IPAddress]:
        """Addresses of somebody who serves many, in networks of their own."""
        found = [IPAddress(address=f"{first}.{n >> 8}.{n & 255}.9") for n in range(count)]
        feed = Feed(slug=f"{known_as}-ranges", polarity="known_common", categories=(known_as,))
        for n, address in enumerate(found):
            block = Netblock(cidr=f"{first}.{n >> 8}.{n & 255}.0/24")
            facts: list[Fact] = [
                Contains(source=block, target=address),
                Announces(source=self.systems[first - 44], target=block),
                OperatedBy(source=address, target=self.hosters.draw(self._chance)),
            ]
            if known_as:
                facts += [feed, ListedIn(source=address, target=feed)]
            service = NetworkService(transport="tcp", address=address.address, port=443)
            shown = TLSCertificate(
                sha256=sha256(address.key.encode()).hexdigest(), names=("*.edge.test",)
            )
            facts.append(Presents(source=service, target=shown, chain_position=0))
            self._facts.append((address, facts))
        return found

    def _groups(self) -> None:
        """Attackers, their programs, and signs that point to them."""
        for n in range(8):
            group = IntrusionSet(name=f"Moon {n}", last_active_at=self.now - timedelta(days=90 * n))
            program = Malware(name=f"Moonrat {n}")
            flaw = Vulnerability(identifier=f"CVE-2024-{10_000 + 100 * n}")
            facts: list[Fact] = [
                group,
                Uses(source=group, target=program),
                Exploits(source=group, target=flaw),
            ]
            for each in range(6):
                pattern = f"[domain-name:value = 'bad{each}.moon{n}.test']"
                sign = Indicator(pattern=pattern, stated_confidence=80)
                facts += [sign, Indicates(source=sign, target=group)]
            self._facts.append((group, facts))

    def _nominee(self) -> None:
        """Somebody who is a director wherever one is needed."""
        who = Person(source="companies-house", record_id="nominee", name="Nell Nominee")
        posts = [self._body("GB", f"N{n}", f"Letterbox {n} Ltd") for n in range(70)]
        self._facts.append((who, [who, *(DirectorOf(source=who, target=each) for each in posts)]))
