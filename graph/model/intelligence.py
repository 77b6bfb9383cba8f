"""The intelligence family: what analysts and feeds hold to be hostile, and in which reports."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from graph.errors import Refused
from graph.model.base import Entity, Standard, prop
from graph.model.values.digest import SHA256, sha256_of
from graph.model.values.intelligence import (
    INDICATOR_ID,
    MONTH,
    NAME_FORM,
    REPORT,
    STIX_ID,
    TECHNIQUE,
    pattern_form,
)
from graph.model.values.slug import SLUG
from graph.model.values.text import Count, Line, Moment, Text

Percent = Annotated[int, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]


class Indicator(Entity):
    """A pattern that, where it is seen, points to something hostile."""

    plural: ClassVar[str] = "indicators"
    standard: ClassVar[Standard] = Standard(stix="indicator", ecs="threat.indicator")

    stix_id: Annotated[str, INDICATOR_ID] | None = prop(
        "Its id in STIX: the key where known.",
        example="indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
    )
    pattern_sha256: Annotated[str, SHA256] | None = prop(
        "The SHA-256 of its pattern: the key where there is no id.",
        indexed=True,
        example="93bbe6c8d35aa4067c3c1db32d072cb49b3eb8a92e433e534b8b9ca5589a1175",
    )
    pattern: Text | None = prop(
        "What it looks for.", searched=True, example="[domain-name:value = 'evil.example']"
    )
    pattern_type: Line | None = prop("The pattern's language.", example="stix")
    name: Line | None = prop("Its name.", searched=True, example="Command server of Example")
    summary: Text | None = prop(
        "What it means.", searched=True, example="Name of a command server."
    )
    indicator_types: tuple[Line, ...] = prop(
        "What kind of threat it points to.",
        default=(),
        merge="union",
        example=("malicious-activity",),
    )
    stated_confidence: Percent | None = prop("How sure its author is.", unit="percent", example=85)
    is_revoked: bool | None = prop("Whether its author took it back.", example=False)
    valid_from: Moment | None = prop("From when it counts.", example="2026-01-31T12:00:00Z")
    valid_to: Moment | None = prop("Until when it counts.", example="2026-07-31T12:00:00Z")

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The pattern's digest, where there is a pattern."""
        pattern = data.get("pattern")
        if not isinstance(pattern, str) or not pattern.strip():
            return data
        readable = pattern.encode("utf-8", "replace").decode()
        return {**data, "pattern_sha256": sha256_of(pattern_form(readable))}

    def make_key(self) -> str:
        """The STIX id, else the digest of the pattern."""
        key = self.stix_id or self.pattern_sha256
        if not key:
            raise Refused("an indicator", self.name, "a STIX id or a pattern is needed")
        return key

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The indicator that a key names."""
        return cls(stix_id=key) if "--" in key else cls(pattern_sha256=key)

    def caption(self) -> str:
        """Its name, else its pattern, else its key."""
        return self.name or (self.pattern or "")[:80] or self.key


class _Named(Entity, abstract=True):
    """What is known by a name, whose spellings share one form."""

    keeps_spellings: ClassVar[bool] = False  # they are in `name` and `other_names`

    name_form: Annotated[str, NAME_FORM] = prop(
        "The name without case, white space and punctuation.", key=True, example="emotet"
    )
    name: Line | None = prop("The name.", searched=True, example="Emotet")
    other_names: tuple[Line, ...] = prop(
        "Names that sources hold to mean the same.",
        default=(),
        merge="union",
        searched=True,
        example=("Geodo",),
    )
    summary: Text | None = prop(
        "What it is.", searched=True, example="A family of programs that steal logins."
    )
    stix_ids: tuple[Annotated[str, STIX_ID], ...] = prop(
        "Its ids in STIX, one for each source.",
        default=(),
        merge="union",
        example=("malware--31b940d4-6f77-436a-82c9-2c9d2b2b5f5a",),
    )
    first_active_at: Moment | None = prop(
        "When a source first saw it act.", example="2014-06-01T00:00:00Z"
    )
    last_active_at: Moment | None = prop(
        "When a source last saw it act.", example="2026-01-31T00:00:00Z"
    )

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The form of the name, where no form is given."""
        return data if "name_form" in data else {**data, "name_form": data.get("name")}

    def caption(self) -> str:
        """The name, else its form."""
        return self.name or self.name_form


class Malware(_Named):
    """A hostile program, or a family of them."""

    plural: ClassVar[str] = "malwares"
    standard: ClassVar[Standard] = Standard(stix="malware", ecs="threat.software.name")

    is_family: bool | None = prop("Whether a family rather than one program.", example=True)
    malware_types: tuple[Line, ...] = prop(
        "What it does.", default=(), merge="union", example=("trojan",)
    )


class Tool(_Named):
    """A program with a rightful use that attackers use, too."""

    plural: ClassVar[str] = "tools"
    standard: ClassVar[Standard] = Standard(stix="tool", ecs="threat.software.name")

    tool_types: tuple[Line, ...] = prop(
        "What it does.", default=(), merge="union", example=("remote-access",)
    )


class ThreatActor(_Named):
    """People or an organization believed to act with hostile intent."""

    plural: ClassVar[str] = "threatActors"
    standard: ClassVar[Standard] = Standard(stix="threat-actor")

    actor_types: tuple[Line, ...] = prop(
        "What kind of actor.", default=(), merge="union", example=("crime-syndicate",)
    )
    motivations: tuple[Line, ...] = prop(
        "Why they act.", default=(), merge="union", example=("personal-gain",)
    )
    sophistication: Line | None = prop("How able they are held to be.", example="expert")


class IntrusionSet(_Named):
    """Attacks held to be one hand's, by their means and aims."""

    plural: ClassVar[str] = "intrusionSets"
    standard: ClassVar[Standard] = Standard(stix="intrusion-set", ecs="threat.group.name")

    motivations: tuple[Line, ...] = prop(
        "Why they are carried out.", default=(), merge="union", example=("dominance",)
    )
    goals: tuple[Line, ...] = prop(
        "What they are after.", default=(), merge="union", example=("credentials",)
    )


class Campaign(_Named):
    """Attacks over some time with one aim."""

    plural: ClassVar[str] = "campaigns"
    standard: ClassVar[Standard] = Standard(stix="campaign")

    objective: Text | None = prop("The aim.", example="steal payment data")


class AttackPattern(Entity):
    """A way of attacking, such as a technique of ATT&CK."""

    plural: ClassVar[str] = "attackPatterns"
    standard: ClassVar[Standard] = Standard(stix="attack-pattern", ecs="threat.technique.id")
    keeps_spellings: ClassVar[bool] = False  # it is in `name`

    technique: Annotated[str, TECHNIQUE] = prop(
        "Its id in ATT&CK or CAPEC, else name: and its name's form.",
        key=True,
        searched=True,
        example="T1190",
    )
    name: Line | None = prop(
        "Its name.", searched=True, example="Exploit Public-Facing Application"
    )
    summary: Text | None = prop(
        "What it is.",
        searched=True,
        example="Attackers send requests that a public service handles wrongly.",
    )
    tactics: tuple[Line, ...] = prop(
        "What attackers reach by it.", default=(), merge="union", example=("initial-access",)
    )
    stix_ids: tuple[Annotated[str, STIX_ID], ...] = prop(
        "Its ids in STIX, one for each source.",
        default=(),
        merge="union",
        example=("attack-pattern--31b940d4-6f77-436a-82c9-2c9d2b2b5f5a",),
    )

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The name in place of the id, where no id is given."""
        return data if "technique" in data else {**data, "technique": data.get("name")}

    def caption(self) -> str:
        """Id and name."""
        return self.name or self.technique


class Report(Entity):
    """A publication about threats."""

    plural: ClassVar[str] = "reports"
    standard: ClassVar[Standard] = Standard(stix="report")
    keeps_spellings: ClassVar[bool] = False  # that of a URL may hold a password

    reference: Annotated[str, REPORT] = prop(
        "Its id in STIX, else the URL it is at.",
        key=True,
        example="report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3",
    )
    name: Line | None = prop("Its title.", searched=True, example="Attacks on Example Instruments")
    summary: Text | None = prop(
        "What it says.", searched=True, example="Three sites were attacked in one week."
    )
    report_types: tuple[Line, ...] = prop(
        "What it is about.", default=(), merge="union", example=("campaign",)
    )
    published_at: Moment | None = prop(
        "When it came out.", indexed=True, example="2026-01-31T12:00:00Z"
    )

    def caption(self) -> str:
        """Its title, else its reference."""
        return self.name or self.reference


class Feed(Entity):
    """A published list of values: bad ones, good ones, or ones so common that they mean little."""

    plural: ClassVar[str] = "feeds"
    standard: ClassVar[Standard] = Standard(ecs="threat.feed.name")

    slug: Annotated[str, SLUG] = prop("Its short name.", key=True, searched=True, example="drop")
    name: Line | None = prop("Its name.", searched=True, example="Do Not Route Or Peer")
    polarity: Literal["blocks", "allows", "known_common"] | None = prop(
        "What being on it means: bad, good, or too common to mean much.",
        indexed=True,
        example="blocks",
    )
    reliability: Share | None = prop("How far it is to be believed, between 0 and 1.", example=0.9)
    published_tlp: Literal["CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"] | None = prop(
        "With whom its publisher lets it be shared.", example="CLEAR"
    )
    publisher: Line | None = prop("Who publishes it.", example="Example Project")
    upstream: Line | None = prop(
        "The feed it takes its values from: two with one upstream are not independent.",
        indexed=True,
        example="drop",
    )
    categories: tuple[Line, ...] = prop(
        "What its values are accused of.", default=(), merge="union", example=("botnet",)
    )
    homepage: Line | None = prop("Where it is described.", example="https://feeds.example/drop")

    def caption(self) -> str:
        """Its name, else its slug."""
        return self.name or self.slug


class Breach(Entity):
    """A theft of data from one holder that has come to light."""

    plural: ClassVar[str] = "breaches"

    slug: Annotated[str, SLUG] = prop(
        "Its short name.", key=True, searched=True, example="example-shop"
    )
    month: Annotated[str, MONTH] = prop("The month it happened in.", key=True, example="2024-05")
    name: Line | None = prop("Its name.", searched=True, example="Example Shop")
    summary: Text | None = prop(
        "What happened.", searched=True, example="A copy of the customer table was sold."
    )
    breach_type: Literal["breach", "stealer", "paste", "combination"] | None = prop(
        "How the data was got: from a holder, by malware on users' devices, from a paste, or put "
        "together from others.",
        indexed=True,
        example="breach",
    )
    record_count: Count | None = prop("How many accounts it holds.", unit="accounts", example=1200)
    data_classes: tuple[Line, ...] = prop(
        "What was stolen.", default=(), merge="union", example=("passwords",)
    )
    is_verified: bool | None = prop("Whether it was found to be real.", example=True)
    published_at: Moment | None = prop("When it came to light.", example="2024-06-01T00:00:00Z")

    def caption(self) -> str:
        """Its name, else its slug, and the month."""
        return f"{self.name or self.slug} ({self.month})"
