"""What a module is in the schema, and what can be asked about an entity."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from collectors._kit.manifest import CollectorManifest
from graph.errors import InvalidQuestion
from graph.queries.module import UsageRow
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.entities.vocabulary import Marking
from server.graphql.modules.now import standing, usage
from server.graphql.modules.vocabulary import ActivityClass, Fault, OriginKind
from server.graphql.paging import First, check_first
from server.graphql.permissions import requires
from server.graphql.rules.standing import rules_of
from server.graphql.scalars import Json
from server.modules import catalog
from server.modules.catalog import ModuleKind
from server.modules.health import WELL, Health, HealthState
from server.modules.settings import Version
from server.modules.standing import Pivot as FoundPivot

MOST_DAYS = 30


@strawberry.type(description="Where a module comes from.")
@requires(Permission.READ_SERVICES)
class ModuleOrigin:
    """Where a module comes from."""

    kind: OriginKind = strawberry.field(description="In which way Mirage found it.")
    distribution: str | None = strawberry.field(
        description="The installed distribution that brings it; null for other ways."
    )
    version: str | None = strawberry.field(
        description="That distribution's version; null for other ways."
    )


@strawberry.type(description="A secret that a module needs, by its name; its value is never given.")
@requires(Permission.READ_SERVICES)
class ModuleSecret:
    """A secret that a module needs."""

    name: str = strawberry.field(description="Its name, as `setSecret` takes it.")
    is_set: bool = strawberry.field(
        description="Whether the organization has set it, and it has not expired."
    )


@strawberry.type(description="Whether a collector works in the organization, and is asked.")
@requires(Permission.READ_SERVICES)
class ModuleHealth:
    """Whether a collector works in the organization."""

    state: HealthState = strawberry.field(description="Whether it is asked.")
    reason: str | None = strawberry.field(
        description="What went wrong last, in words; null where it works. What each job met is on its observations."
    )
    fault: Fault | None = strawberry.field(description="Whose fault that was; null where it works.")
    since: datetime | None = strawberry.field(
        description="Since when it has not worked; null while it is CLOSED."
    )
    until: datetime | None = strawberry.field(
        description="Before when it is not asked; null while it is CLOSED."
    )
    failures: int = strawberry.field(description="How often it failed in a row.")

    @classmethod
    def of(cls, health: Health, now: datetime) -> ModuleHealth:
        """A health as an object of the schema."""
        return cls(
            state=health.state(now),
            reason=health.reason or None,
            fault=health.fault,
            since=health.since,
            until=health.until,
            failures=health.failures,
        )


@strawberry.type(description="How an organization has set a module, once.")
@requires(Permission.READ_SERVICES)
class ModuleSetting:
    """How an organization has set a module, once."""

    version: int = strawberry.field(description="How often it had been set by then.")
    is_enabled: bool = strawberry.field(description="Whether it may be used.")
    options: Json = strawberry.field(
        description="The options that are usual in the organization; a scan's own go before them."
    )
    pinned: int | None = strawberry.field(
        description="The version with which alone it was asked; null for any."
    )
    set_by: strawberry.ID = strawberry.field(description="The id of the user who set it.")
    set_at: datetime = strawberry.field(description="When it was set.")

    @classmethod
    def of(cls, version: Version) -> ModuleSetting:
        """A version as an object of the schema."""
        return cls(
            version=version.number,
            is_enabled=version.is_enabled,
            options=Json(dict(version.options)),
            pinned=version.pinned or None,
            set_by=strawberry.ID(version.by),
            set_at=version.at,
        )


@strawberry.type(description="How lookups of a collector ended, and how long they took.")
@requires(Permission.READ_SCANS)
class ModuleUsage:
    """How lookups of a collector ended."""

    calls: int = strawberry.field(
        description="How often it was asked about an entity in a run, and there is an answer."
    )
    answers: int = strawberry.field(
        description="The answers, one for each part of a call, such as a record type."
    )
    found: int = strawberry.field(description="Answers with facts.")
    absent: int = strawberry.field(description="Answers that there is nothing.")
    errors: int = strawberry.field(description="Without an answer that could be used.")
    skipped: int = strawberry.field(
        description="With nothing to ask, or nothing that may be asked."
    )
    error_rate: float = strawberry.field(
        description="The share of errors among those that were asked, 0 to 1."
    )
    p50_milliseconds: float = strawberry.field(
        description="Half of the answers took no longer; parts of one call are timed together."
    )
    p95_milliseconds: float = strawberry.field(description="95 % of the answers took no longer.")

    @classmethod
    def of(cls, row: UsageRow) -> ModuleUsage:
        """A row as an object of the schema."""
        asked = row.answers - row.skipped
        return cls(
            calls=row.calls,
            answers=row.answers,
            found=row.found,
            absent=row.absent,
            errors=row.errors,
            skipped=row.skipped,
            error_rate=row.errors / asked if asked else 0.0,
            p50_milliseconds=row.p50_ms,
            p95_milliseconds=row.p95_ms,
        )


@strawberry.type(
    description="How long a collector's answers are used again instead of asking anew."
)
@requires(Permission.READ_SERVICES)
class ModuleFreshness:
    """How long a collector's answers are used again instead of asking anew."""

    input: str = strawberry.field(description="The kind of entity that they are about.")
    seconds: int = strawberry.field(description="For how long; 0 for never.")

    @classmethod
    def all_of(cls, manifest: CollectorManifest | None) -> list[ModuleFreshness]:
        """Those of a collector by kind; none of other modules."""
        if manifest is None or manifest.kind != "collector":
            return []
        return [
            cls(input=kind, seconds=int(manifest.fresh_for(kind).total_seconds()))
            for kind in manifest.consumes
        ]


@strawberry.type(
    description="A collector, importer, rule or channel: what finds something out, reads, concludes or tells."
)
@requires(Permission.READ_SERVICES)
class Module:
    """A collector, importer, rule or channel."""

    made_of: strawberry.Private[catalog.Module]
    id: strawberry.ID = strawberry.field(description="Its name, such as `dns.resolve`.")
    kind: ModuleKind = strawberry.field(description="What it does.")
    title: str = strawberry.field(description="What a person reads in a list.")
    summary: str = strawberry.field(description="What it does, in a sentence.")
    version: int = strawberry.field(
        description="Raised when the same answer is understood differently."
    )
    status: str = strawberry.field(
        description="How far it is proven: `experimental`, `tested` or `stable`."
    )
    origin: ModuleOrigin = strawberry.field(description="Where it comes from.")
    source: str | None = strawberry.field(description="Whom it asks; null for a rule.")
    docs: str | None = strawberry.field(
        description="Where its source is described; null for a rule."
    )
    terms: str | None = strawberry.field(
        description="Licence and limits of its source; null for a rule."
    )
    options: Json = strawberry.field(description="What can be set on it, as a JSON Schema.")
    needs_secrets: list[str] = strawberry.field(
        description="Names of the secrets that it needs. Of a channel, each of the organization's channels has its own."
    )
    inputs: list[str] = strawberry.field(description="The kinds of entity it looks at or reads.")
    outputs: list[str] = strawberry.field(
        description="The kinds and relationship types it may state; `Finding` for a rule."
    )
    activity: ActivityClass | None = strawberry.field(
        description="What it does to the target; null for rules and channels, which ask nobody."
    )
    ceiling: Marking | None = strawberry.field(
        description="The strictest marking of entities that it is asked about, or of what a channel tells where the "
        "organization does not say; null for a rule."
    )
    most_requests: int | None = strawberry.field(
        description="What it costs: the most requests for one entity; null for a rule."
    )

    fresh: list[ModuleFreshness] = strawberry.field(
        description="How long its answers are used again where a scan says nothing; empty for importers and rules."
    )

    @documented()
    async def secrets(self, info: Info) -> list[ModuleSecret]:
        """The secrets that it needs, and whether they are set; of a channel, `Channel.secrets` tells."""
        manifest = self.made_of.manifest
        if manifest is None or not manifest.secrets:
            return []
        now = await standing(info.context)
        return [
            ModuleSecret(name=name, is_set=now.has_secret(manifest, name))
            for name in manifest.secrets
        ]

    @documented()
    async def is_enabled(self, info: Info) -> bool:
        """Whether the organization uses it; one that was never set is enabled."""
        if self.kind is ModuleKind.RULE:
            return (await rules_of(info.context))[self.id].is_enabled
        return (await standing(info.context)).setting(self.id).is_enabled

    @documented()
    async def pinned(self, info: Info) -> int | None:
        """The version with which alone the organization has it asked; null for any."""
        return (await standing(info.context)).setting(self.id).pinned or None

    @documented()
    async def live_versions(self, info: Info) -> list[int]:
        """The versions of it that processes have which live now, lowest first; empty for importers and rules."""
        return sorted((await standing(info.context)).versions.get(self.id, ()))

    @documented()
    async def settings(self, info: Info, first: First = 1) -> list[ModuleSetting]:
        """How the organization has set it, latest first, the first one being in force; empty if it never has."""
        most = check_first(1 if first is None else first)
        versions = (await standing(info.context)).setting(self.id).versions
        return [ModuleSetting.of(each) for each in versions[:most]]

    @documented()
    async def health(self, info: Info) -> ModuleHealth | None:
        """Whether it works and is asked; null for importers and rules, which answer to whoever uses them."""
        if self.kind is not ModuleKind.COLLECTOR:
            return None
        health = (await standing(info.context)).health.get(self.id, WELL)
        return ModuleHealth.of(health, info.context.now())

    @documented(needs=Permission.READ_SCANS)
    async def usage(
        self,
        info: Info,
        days: Annotated[
            int,
            strawberry.argument(
                description=f"Runs made in the last so many days, 1 to {MOST_DAYS}."
            ),
        ] = 7,
    ) -> ModuleUsage | None:
        """How its lookups in the organization's runs ended; null for importers and rules, and where there were none."""
        if not 1 <= days <= MOST_DAYS:
            raise InvalidQuestion(f"days: 1 to {MOST_DAYS} are right, not {days}")
        row = (await usage(info.context, days)).get(self.id)
        return ModuleUsage.of(row) if row else None

    @documented()
    async def workers(self, info: Info) -> int:
        """How many processes that live now offer it; for importers, those of the API, which reads files itself."""
        return (await standing(info.context)).offered_by(self.made_of)

    @classmethod
    def of(cls, module: catalog.Module) -> Module:
        """A module of the catalog as an object of the schema."""
        manifest, origin = module.manifest, module.origin
        return cls(
            made_of=module,
            id=strawberry.ID(module.id),
            kind=module.kind,
            title=module.title,
            summary=module.summary,
            version=module.version,
            status=module.status,
            origin=ModuleOrigin(
                kind=OriginKind(origin.kind),
                distribution=origin.distribution or None,
                version=origin.version or None,
            ),
            source=module.source or None,
            docs=module.docs or None,
            terms=module.terms or None,
            options=Json(dict(module.options)),
            needs_secrets=list(module.secrets),
            inputs=list(module.inputs),
            outputs=list(module.outputs),
            activity=ActivityClass(manifest.activity) if manifest else None,
            ceiling=_ceiling(module),
            most_requests=manifest.max_requests if manifest else None,
            fresh=ModuleFreshness.all_of(manifest),
        )


def _ceiling(module: catalog.Module) -> Marking | None:
    if module.channel:
        return Marking(module.channel.ceiling)
    return Marking(module.manifest.highest) if module.manifest else None


@strawberry.type(description="A collector that could be asked about an entity next.")
@requires(Permission.READ_SERVICES)
class Pivot:
    """A collector that could be asked about an entity next."""

    collector: strawberry.ID = strawberry.field(
        description="Its name, as `startScan` takes it among `collectors`."
    )
    title: str = strawberry.field(description="What a person reads in a list.")
    summary: str = strawberry.field(description="What it finds out.")
    activity: ActivityClass = strawberry.field(description="What it does to the target.")
    outputs: list[str] = strawberry.field(
        description="The kinds and relationship types it may state."
    )
    can_be_asked: bool = strawberry.field(
        description="Whether it can be asked now: its secrets are set, a process is there, and the entity's marking "
        "allows it. What the caller may do is not looked at: class P3 needs RUN_INTRUSIVE_SCANS."
    )
    hindrance: str | None = strawberry.field(
        description="Why it cannot be asked now; null where it can."
    )

    @classmethod
    def of(cls, found: FoundPivot) -> Pivot:
        """A pivot as an object of the schema."""
        manifest = found.manifest
        return cls(
            collector=strawberry.ID(manifest.id),
            title=manifest.title,
            summary=manifest.summary,
            activity=ActivityClass(manifest.activity),
            outputs=list(manifest.produces),
            can_be_asked=not found.hindrance,
            hindrance=found.hindrance or None,
        )
