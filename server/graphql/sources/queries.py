"""Asking what can be collected, and which processes are there to do it."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Annotated, Self

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
from server.jobs.presence import Presence, ServiceState, living
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


described(
    "How far a process is.",
    STARTING="It opens what it needs, and takes no work yet.",
    READY="It works.",
    DRAINING="It was asked to end: it takes no further work, and ends what it has in hand.",
)(ServiceState)


@strawberry.type(description="A collector that a process can run.")
@requires(Permission.READ_SERVICES)
class OfferedCollector:
    """A collector that a process can run."""

    id: strawberry.ID = strawberry.field(description="Its name.")
    version: int = strawberry.field(description="Its version there.")


@strawberry.type(description="A running process of Mirage.")
@requires(Permission.READ_SERVICES)
class Service:
    """A running process of Mirage."""

    id: strawberry.ID = strawberry.field(
        description="Its name, which no other process has or had: role, host, process id and a part at random."
    )
    role: str = strawberry.field(
        description="What it does: `api`, `conductor`, `collector`, `correlator` or `courier`."
    )
    host: str = strawberry.field(description="The machine it runs on.")
    version: str = strawberry.field(description="The version of Mirage it runs.")
    schema: int = strawberry.field(
        description="The version of the messages by which it speaks with other processes."
    )
    pid: int = strawberry.field(description="Its process id on its host.")
    state: ServiceState = strawberry.field(description="How far it is.")
    queues: list[str] = strawberry.field(description="The queues it takes jobs from.")
    capabilities: list[str] = strawberry.field(description="The collectors or rules it can run.")
    started_at: datetime = strawberry.field(description="When it started.")
    jobs_running: int = strawberry.field(description="How many jobs it has in hand.")
    jobs_most: int = strawberry.field(
        description="How many jobs it has in hand at most; 0 for the API, which takes none."
    )
    jobs_waiting: int = strawberry.field(
        description="How many jobs waited in its queue when it last announced itself."
    )
    jobs_done: int = strawberry.field(description="How many jobs it has ended since it started.")
    jobs_failed: int = strawberry.field(
        description="How many more jobs ended in an error since it started."
    )
    loop_lag_ms: int = strawberry.field(
        description="By how much it was late when it last announced itself: how busy it is."
    )
    memory_mb: int = strawberry.field(description="How much memory it has, in MiB.")
    collectors: list[OfferedCollector] = strawberry.field(
        description="The collectors it can run, with their versions; empty for those that run none."
    )

    @classmethod
    def of(cls, presence: Presence) -> Self:
        """A process as the schema shows it."""
        alike = (
            "role", "host", "version", "schema", "pid", "state",
            "jobs_running", "jobs_most", "jobs_waiting", "jobs_done", "jobs_failed", "loop_lag_ms", "memory_mb",
        )  # fmt: skip
        return cls(
            **{name: getattr(presence, name) for name in alike},
            id=strawberry.ID(presence.id),
            queues=list(presence.queues),
            capabilities=list(presence.capabilities),
            started_at=datetime.fromtimestamp(presence.started_at, UTC),
            collectors=[
                OfferedCollector(id=strawberry.ID(name), version=version)
                for name, version in sorted(presence.versions.items())
            ],
        )


@documented(needs=Permission.READ_SERVICES)
async def collectors(info: Info) -> list[Collector]:  # noqa: ARG001 - a resolver's form
    """Every collector and importer, in the order of their names; `modules` tells more of each."""
    return [_collector(each) for each in modules().values() if each.manifest]


@documented(needs=Permission.READ_SERVICES)
async def services(
    info: Info,
    role: Annotated[
        str | None, strawberry.argument(description="Only of this role; null for all.")
    ] = None,
    state: Annotated[
        ServiceState | None, strawberry.argument(description="Only those so far; null for all.")
    ] = None,
) -> list[Service]:
    """The processes that run now and said so within the last seconds."""
    return [
        Service.of(each)
        for each in await living(info.context.queue)
        if role in (None, each.role) and state in (None, each.state)
    ]


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


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [collectors, services]
