"""Asking what can be collected, and which processes are there to do it."""

from __future__ import annotations

import enum
from datetime import UTC, datetime

import strawberry
from strawberry.types.field import StrawberryField

from collectors._kit.options import OptionSpec
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import described, documented
from server.graphql.entities.vocabulary import Marking
from server.graphql.modules.now import processes
from server.graphql.modules.vocabulary import ActivityClass
from server.graphql.permissions import requires
from server.graphql.scalars import Json
from server.jobs.presence import Presence, living
from server.modules.catalog import Module, modules


@described(
    "Whether a collector looks at entities, or reads files.",
    COLLECTOR="It looks at entities.",
    IMPORTER="It reads a file that a person hands in.",
)
class CollectorKind(enum.StrEnum):
    """Whether a collector looks at entities, or reads files."""

    COLLECTOR = "collector"
    IMPORTER = "importer"


@strawberry.type(description="Something that can be set on a collector.")
@requires(Permission.READ_SERVICES)
class CollectorOption:
    """Something that can be set on a collector."""

    name: str = strawberry.field(
        description="The name under which it is set in a scan's `options`."
    )
    type: str = strawberry.field(description="What kind of value it takes.")
    summary: str = strawberry.field(description="What it does.")
    default: Json | None = strawberry.field(description="The value where none is given.")
    choices: Json = strawberry.field(description="The allowed values; empty where any will do.")


@strawberry.type(description="A collector or importer: where facts come from.")
@requires(Permission.READ_SERVICES)
class Collector:
    """A collector or importer."""

    id: strawberry.ID = strawberry.field(description="Its name, such as `dns.resolve`.")
    title: str = strawberry.field(description="What a person reads in a list.")
    summary: str = strawberry.field(description="What it finds out.")
    kind: CollectorKind = strawberry.field(
        description="Whether it looks at entities, or reads files."
    )
    source: str = strawberry.field(description="The source it asks.")
    terms: str = strawberry.field(description="Licence and limits of the source.")
    docs: str = strawberry.field(description="Where the source is described.")
    activity: ActivityClass = strawberry.field(description="What it does to the target.")
    ceiling: Marking = strawberry.field(
        description="The strictest marking of entities that it is asked about; a run leaves it out for others."
    )
    consumes: list[str] = strawberry.field(description="The kinds of entity it looks at.")
    produces: list[str] = strawberry.field(
        description="The kinds and relationship types it may state."
    )
    needs_secrets: list[str] = strawberry.field(description="Names of the secrets it needs.")
    options: list[CollectorOption] = strawberry.field(description="What can be set.")
    reliability: float = strawberry.field(description="How far its answers are believed, 0 to 1.")
    version: int = strawberry.field(
        description="Raised when the same answer is understood differently."
    )
    status: str = strawberry.field(
        description="How far it is proven: `experimental`, `tested` or `stable`."
    )

    @documented()
    async def is_available(self, info: Info) -> bool:
        """Whether a process runs now that can carry it out. Importers run in the API itself."""
        if self.kind is CollectorKind.IMPORTER:
            return True
        return any(self.id in each.capabilities for each in await processes(info.context))


@strawberry.type(description="A running process of Mirage.")
@requires(Permission.READ_SERVICES)
class Service:
    """A running process of Mirage."""

    id: strawberry.ID = strawberry.field(description="Its name: role, host and process id.")
    role: str = strawberry.field(
        description="What it does: `api`, `conductor`, `collector`, `correlator` or `courier`."
    )
    host: str = strawberry.field(description="The machine it runs on.")
    version: str = strawberry.field(description="The version of Mirage it runs.")
    queues: list[str] = strawberry.field(description="The queues it takes jobs from.")
    capabilities: list[str] = strawberry.field(description="The collectors or rules it can run.")
    started_at: datetime = strawberry.field(description="When it started.")
    jobs_running: int = strawberry.field(description="How many jobs it has in hand.")
    jobs_done: int = strawberry.field(description="How many jobs it has ended since it started.")


@documented(needs=Permission.READ_SERVICES)
async def collectors(info: Info) -> list[Collector]:  # noqa: ARG001 - a resolver's form
    """Every collector and importer, in the order of their names; `modules` tells more of each."""
    return [_collector(each) for each in modules().values() if each.manifest]


@documented(needs=Permission.READ_SERVICES)
async def services(info: Info) -> list[Service]:
    """The processes that run now and said so within the last seconds."""
    return [_service(each) for each in await living(info.context.queue)]


def _collector(module: Module) -> Collector:
    manifest = module.manifest
    assert manifest is not None  # noqa: S101 - rules are no collectors
    return Collector(
        id=strawberry.ID(module.id),
        title=module.title,
        summary=module.summary,
        kind=CollectorKind(manifest.kind),
        source=module.source,
        terms=module.terms,
        docs=module.docs,
        activity=ActivityClass(manifest.activity),
        ceiling=Marking(manifest.highest),
        consumes=list(module.inputs),
        produces=list(module.outputs),
        needs_secrets=list(module.secrets),
        options=[_option(name, spec) for name, spec in manifest.options.items()],
        reliability=manifest.reliability,
        version=module.version,
        status=module.status,
    )


def _option(name: str, spec: OptionSpec) -> CollectorOption:
    return CollectorOption(
        name=name,
        type=spec.type,
        summary=spec.summary,
        default=spec.default,
        choices=Json(list(spec.choices)),
    )


def _service(presence: Presence) -> Service:
    return Service(
        id=strawberry.ID(presence.id),
        role=presence.role,
        host=presence.host,
        version=presence.version,
        queues=list(presence.queues),
        capabilities=list(presence.capabilities),
        started_at=datetime.fromtimestamp(presence.started_at, UTC),
        jobs_running=presence.jobs_running,
        jobs_done=presence.jobs_done,
    )


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [collectors, services]
