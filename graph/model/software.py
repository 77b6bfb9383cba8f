"""The software family: products, their releases, and the vulnerabilities that releases have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from graph.model.base import Entity, Relationship, Standard, prop
from graph.model.network import IPAddress, NetworkService
from graph.model.values.software import PRODUCT, VERSION, VULNERABILITY, cpe_of, version_order
from graph.model.values.text import Line, Moment, Text
from graph.model.web import URL

CvssScore = Annotated[float, Field(ge=0, le=10)]
Probability = Annotated[float, Field(ge=0, le=1)]


class SoftwareProduct(Entity):
    """A program, operating system or device type, of any version."""

    plural: ClassVar[str] = "softwareProducts"
    standard: ClassVar[Standard] = Standard(stix="software", oam="Product", ecs="package.name")
    seed_form: ClassVar[str] = r"cpe:.*"
    seed_hint: ClassVar[str] = "a CPE name"

    product: Annotated[str, PRODUCT] = prop(
        "Part, vendor and product of its CPE name, else name: and its folded name.",
        key=True,
        searched=True,
        example="a:openbsd:openssh",
    )
    part: Literal["application", "operating_system", "hardware"] | None = prop(
        "What it is, where its CPE name is known.", derived=True, example="application"
    )
    vendor: str | None = prop(
        "The vendor, as CPE names it.", derived=True, indexed=True, example="openbsd"
    )
    cpe: str | None = prop(
        "The start of its CPE 2.3 name.", derived=True, example="cpe:2.3:a:openbsd:openssh"
    )
    name: Line | None = prop("The name as people write it.", searched=True, example="OpenSSH")
    categories: tuple[Line, ...] = prop(
        "What it is for.", default=(), merge="union", example=("remote access",)
    )

    @classmethod
    def from_seed(cls, text: str) -> Entity:
        """The product that a CPE name names, or the release where it states a version."""
        version = cpe_of(text).version
        return SoftwareRelease(product=text, version=version) if version else cls(product=text)

    def derive(self) -> Mapping[str, object]:
        """What the CPE name tells."""
        if self.product.startswith("name:"):
            return {"part": None, "vendor": None, "cpe": None}
        part, vendor = self.product.split(":")[:2]
        words = {"a": "application", "o": "operating_system", "h": "hardware"}
        return {"part": words[part], "vendor": vendor, "cpe": f"cpe:2.3:{self.product}"}

    def caption(self) -> str:
        """The name, else the key."""
        return self.name or self.product.rpartition(":")[2]


class SoftwareRelease(Entity):
    """One version of a software product."""

    plural: ClassVar[str] = "softwareReleases"
    standard: ClassVar[Standard] = Standard(
        stix="software", oam="ProductRelease", ecs="package.version"
    )

    product: Annotated[str, PRODUCT] = prop(
        "The product, by its key.", key=True, indexed=True, example="a:openbsd:openssh"
    )
    version: Annotated[str, VERSION] = prop(
        "The version as written, without a leading v.", key=True, searched=True, example="9.6p1"
    )
    version_order: str | None = prop(
        "A text that sorts as the product's versions do.",
        derived=True,
        example="5000000000000000009.5000000000000000006.4p.5000000000000000001.3",
    )
    released_at: Moment | None = prop("When it came out.", example="2023-12-18T00:00:00Z")
    supported_until: Moment | None = prop(
        "When its maker ends support.", example="2026-12-31T00:00:00Z"
    )

    def derive(self) -> Mapping[str, object]:
        """The version's place among others."""
        return {"version_order": version_order(self.version)}

    def caption(self) -> str:
        """Product and version."""
        return f"{self.product.rpartition(':')[2]} {self.version}"

    def implies(self) -> Iterator[Entity | Relationship]:
        """It is a release of its product."""
        yield ReleaseOf(source=self, target=SoftwareProduct(product=self.product))


class Vulnerability(Entity):
    """A published weakness of software that an attacker can use."""

    plural: ClassVar[str] = "vulnerabilities"
    standard: ClassVar[Standard] = Standard(
        stix="vulnerability", oam="Vulnerability", ecs="vulnerability.id"
    )
    seed_form: ClassVar[str] = r"(?:CVE|GHSA)-.*"
    seed_hint: ClassVar[str] = "a CVE number"

    identifier: Annotated[str, VULNERABILITY] = prop(
        "The CVE number, else source¦id.", key=True, searched=True, example="CVE-2021-44228"
    )
    summary: Text | None = prop(
        "What it is.", searched=True, example="Remote code runs from a log message."
    )
    severity: Literal["none", "low", "medium", "high", "critical"] | None = prop(
        "How bad its publisher holds it to be.", example="critical"
    )
    cvss_score: CvssScore | None = prop(
        "The base score of CVSS, 0 to 10.", unit="points", example=10.0
    )
    cvss_vector: Line | None = prop(
        "How that score comes about.", example="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"
    )
    epss_probability: Probability | None = prop(
        "How likely it is to be used within 30 days (EPSS), 0 to 1.", example=0.94
    )
    is_known_exploited: bool | None = prop("Whether attackers are known to use it.", example=True)
    known_exploited_since: Moment | None = prop(
        "When it was put on a list of exploited ones.", example="2021-12-10T00:00:00Z"
    )
    weaknesses: tuple[Line, ...] = prop(
        "The kinds of weakness (CWE).", default=(), merge="union", example=("CWE-502",)
    )
    published_at: Moment | None = prop("When it was published.", example="2021-12-10T10:15:00Z")

    def caption(self) -> str:
        """The CVE number, else the source's id."""
        return self.identifier.rpartition("¦")[2]


class ReleaseOf(Relationship):
    """A release is a version of this product."""

    type: ClassVar[str] = "RELEASE_OF"
    forward: ClassVar[str] = "releaseOf"
    backward: ClassVar[str] = "releases"

    source: SoftwareRelease
    target: SoftwareProduct


class Runs(Relationship):
    """A service, a site or a host runs this software."""

    type: ClassVar[str] = "RUNS"
    forward: ClassVar[str] = "runs"
    backward: ClassVar[str] = "runOn"
    standard: ClassVar[Standard] = Standard(oam="product_used")

    source: NetworkService | URL | IPAddress
    target: SoftwareRelease | SoftwareProduct


class HasVulnerability(Relationship):
    """Software, or what runs it, has this vulnerability."""

    type: ClassVar[str] = "HAS_VULNERABILITY"
    forward: ClassVar[str] = "vulnerabilities"
    backward: ClassVar[str] = "affects"
    standard: ClassVar[Standard] = Standard(stix="has")

    source: SoftwareRelease | SoftwareProduct | NetworkService | URL | IPAddress
    target: Vulnerability
