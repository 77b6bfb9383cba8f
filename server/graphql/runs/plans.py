"""What a scan would do, asked before it is started."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.errors import Conflict
from graph.queries import job
from server.auth.policy import Permission
from server.configuration.kept import Configurations
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.modules.now import standing
from server.graphql.modules.vocabulary import ActivityClass
from server.graphql.permissions import requires
from server.graphql.runs.asked import StartScanInput, check, require, spec_of
from server.jobs import plan as plans
from server.jobs.handing import Means, Member
from server.jobs.plan import Plan
from server.jobs.reusing import Reuse
from server.jobs.spec import ScanSpec
from server.modules.catalog import registry
from server.modules.settings import disabled
from server.modules.standing import Standing


@strawberry.type(description="A collector that would be asked about some of the seeds.")
@requires(Permission.RUN_SCANS)
class PlannedCollector:
    """A collector that would be asked about some of the seeds."""

    collector: strawberry.ID = strawberry.field(description="The collector's id.")
    title: str = strawberry.field(description="What a person reads in a list.")
    activity: ActivityClass = strawberry.field(description="What it does to the target.")
    seeds: list[str] = strawberry.field(description="What it would be asked about, by key.")
    reused: list[str] = strawberry.field(
        description="About which it would not be asked since it has answered lately, by key."
    )
    hosts: list[str] = strawberry.field(
        description="What it may contact for that: a third party's hosts, or those of the seeds; empty for what only "
        "resolves names."
    )
    secrets: list[str] = strawberry.field(
        description="The secrets that it would use, each as source and name; never their values."
    )
    most_requests: int = strawberry.field(
        description="The most requests that it may make about these seeds."
    )
    key: str | None = strawberry.field(
        description="The label of the key that it would be given now; null where it needs none."
    )
    key_units: int = strawberry.field(
        description="Units of that key's quota that it would cost to be asked about these seeds."
    )
    workers: int = strawberry.field(
        description="How many living processes can carry it out; with none its jobs wait."
    )
    absence: str | None = strawberry.field(
        description="Why there is none, such as a version to which it is pinned; null where there is one."
    )


@strawberry.type(description="What would not be asked, and why.")
@requires(Permission.RUN_SCANS)
class LeftOut:
    """What would not be asked."""

    collector: strawberry.ID | None = strawberry.field(
        description="The collector that would not be asked; null where nobody would be."
    )
    seed: str | None = strawberry.field(
        description="The seed that is left out, by key; null where the collector is not asked about anything."
    )
    reason: str = strawberry.field(description="Why.")


@strawberry.type(
    description="What a run would begin with. What it finds, and asks about next, nobody knows before."
)
@requires(Permission.RUN_SCANS)
class ScanPlan:
    """What a run would begin with."""

    digest: str = strawberry.field(
        description="A word for its content. `startScan(plan)` starts the run only where it is still the same."
    )
    collectors: list[PlannedCollector] = strawberry.field(
        description="The collectors that would be asked at first, by their ids."
    )
    left_out: list[LeftOut] = strawberry.field(
        description="Seeds and collectors that would not be asked, with the first reason for each."
    )
    later: list[strawberry.ID] = strawberry.field(
        description="Collectors that accept none of the seeds, but may be asked of what is found."
    )
    most_requests: int = strawberry.field(
        description="The most requests that would be made about the seeds."
    )

    key_units: int = strawberry.field(
        description="Units of keys that lookups of the seeds would cost in all, of `budget.keyUnits`."
    )

    @classmethod
    def of(cls, found: Plan, now: Standing) -> ScanPlan:
        """A plan as an object of the schema."""
        collectors = [
            PlannedCollector(
                collector=strawberry.ID(each.manifest.id),
                title=each.manifest.title,
                activity=ActivityClass(each.manifest.activity),
                seeds=sorted(seed.entity.key for seed in each.seeds),
                reused=sorted(seed.entity.key for seed in each.reused),
                hosts=list(each.hosts),
                secrets=[f"{each.manifest.source} {name}" for name in each.manifest.secrets],
                most_requests=each.most_requests,
                key=now.keys.get(each.manifest.id),
                key_units=each.units,
                workers=now.workers.get(each.manifest.id, 0),
                absence=now.absence(each.manifest.id) or None,
            )
            for each in found.planned
        ]
        left_out = [
            LeftOut(
                collector=strawberry.ID(each.collector) if each.collector else None,
                seed=each.seed or None,
                reason=each.reason,
            )
            for each in found.left_out
        ]
        return cls(
            digest=found.digest,
            collectors=collectors,
            left_out=left_out,
            later=[strawberry.ID(each) for each in found.later],
            most_requests=sum(each.most_requests for each in found.planned),
            key_units=sum(each.units for each in found.planned),
        )


@documented(needs=Permission.RUN_SCANS)
async def plan_scan(
    info: Info,
    input: Annotated[StartScanInput, strawberry.argument(description="What to scan.")],
) -> ScanPlan:
    """What a run would begin with, if it were started now: who would be asked about which seeds, and who not, and why.

    Nothing is started or asked. Markings of seeds that the caller may not read, and answers about them, are not looked
    at.
    """
    spec = await spec_of(info.context, input)
    require(info, spec)
    await check(info.context, spec)
    found = await planned(info.context, spec)
    return ScanPlan.of(found, await standing(info.context))


async def hold_to(context: Context, spec: ScanSpec, digest: str) -> None:
    """Raise Conflict where the plan of a run of `spec` is not the one with this digest any more."""
    if (await planned(context, spec)).digest != digest:
        raise Conflict(
            "plan: what would be asked has changed since then; `planScan` tells what would be asked now"
        )


async def planned(context: Context, spec: ScanSpec) -> Plan:
    """The plan of a run of `spec` in the caller's organization."""
    now = await standing(context)
    entities = list({entity.id_in(context.org): entity for entity in spec.seed_entities()}.values())
    ids = [entity.id_in(context.org) for entity in entities]
    targets = job.TargetsParams(org=context.org, ids=sorted(ids))
    rows = await context.store.fetch(job.LIST_TARGETS.bind(targets))
    readable = context.readable
    markings = {
        row.id: row.tlp or "" for row in rows if readable is None or (row.tlp or "") in readable
    }
    seeds = [
        Member(each, entity, 0, markings.get(each, ""))
        for each, entity in zip(ids, entities, strict=True)
    ]
    manifests = {name: listed.manifest for name, listed in registry().collectors.items()}
    options = {name: each.options for name, each in now.settings.items()}
    means = Means(now.secrets, disabled(now.settings), now.shut, options)
    never = await Configurations(context.store).never_looked_at(context.org)
    found = plans.plan(spec, seeds, manifests, means, never)
    asked = [each.manifest for each in found.planned]
    reuse = Reuse.of(spec, asked, options, never, context.now())
    known = [seed for seed in seeds if seed.id in markings]  # of others the caller learns nothing
    return found.reusing(await reuse.fresh(context.store, known, found.questions))
