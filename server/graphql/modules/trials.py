"""A trial call of a collector: what may be tried, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import strawberry

from collectors._kit.manifest import CollectorManifest
from graph.errors import InvalidQuestion, NotFound, StoreUnavailable
from graph.model.base import Entity
from graph.model.registry import make
from graph.queries import job
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.declare import recorded
from server.graphql.entities import reading
from server.graphql.entities.vocabulary import EntityKind, ObservedOutcome
from server.graphql.modules.now import standing
from server.graphql.modules.vocabulary import Fault
from server.graphql.permissions import requires
from server.jobs import probing
from server.jobs.probing import MOST_FACTS, Question
from server.modules.catalog import Module, ModuleKind
from server.modules.settings import ModuleDisabled
from server.modules.standing import hindrance
from server.vault.secrets import Secrets


@strawberry.input(description="An entity: by its id, or by kind and key, known or not.")
class TestedEntityInput:
    """An entity to try a collector on."""

    id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of a known entity; then neither kind nor key is given."
    )
    kind: EntityKind | None = strawberry.field(default=None, description="Of which kind it is.")  # type: ignore[valid-type]
    key: str | None = recorded("The key; the spelling is normalised.", default=None)


@strawberry.type(description="A fact that a collector would state. It is not in the graph.")
@requires(Permission.READ_GRAPH)
class TestedFact:
    """A fact that a collector would state."""

    name: str = strawberry.field(
        description="The kind of an entity, or the type of a relationship."
    )
    key: str = strawberry.field(
        description="The entity's key; of a relationship, that of its start."
    )
    target: str | None = strawberry.field(
        description="The key of a relationship's far end; null for an entity."
    )


@strawberry.type(description="What came of a trial call. Nothing of it is kept.")
@requires(Permission.READ_GRAPH)
class ModuleTest:
    """What came of a trial call."""

    outcome: ObservedOutcome = strawberry.field(
        description="How it ended: FOUND where any part of it found something."
    )
    facts: list[TestedFact] = strawberry.field(
        description=f"What it would state and the caller may read, entities first; at most {MOST_FACTS}."
    )
    fact_count: int = strawberry.field(description="How many facts it would state in all.")
    requests: int = strawberry.field(description="How many requests it made, retries aside.")
    milliseconds: int = strawberry.field(description="How long it took.")
    error: str | None = strawberry.field(
        description="What went wrong or was not allowed, in words: of the first part without an answer; null where all "
        "have one."
    )
    fault: Fault | None = strawberry.field(
        description="Whose fault it is that an answer is missing: UNAUTHORIZED where the source does not accept the "
        "key. Null where none is missing, and where it is nobody's fault."
    )

    key_works: bool | None = strawberry.field(
        description="Whether the source took the key that it was shown; null where nothing was shown to it, or it said "
        "nothing of it."
    )

    @classmethod
    def of(cls, told: probing.Told, context: Context, *, is_keyed: bool) -> ModuleTest:
        """What was told about an entity that the caller may read, as far as they may read that, too."""
        shown = [each for each in told.facts if each.tlp in context.principal.readable]
        return cls(
            outcome=ObservedOutcome(told.outcome),
            facts=[TestedFact(name=f.name, key=f.key, target=f.target) for f in shown],
            fact_count=told.count,
            requests=told.requests,
            milliseconds=told.milliseconds,
            error=told.error or None,
            fault=told.fault,
            key_works=_works(told) if is_keyed else None,
        )


def _works(told: probing.Told) -> bool | None:
    """What a trial tells of the key."""
    if told.fault in (Fault.UNAUTHORIZED, Fault.RATE_LIMITED):
        return False
    return True if told.outcome.is_answer else None


async def tried(
    context: Context,
    module: Module,
    given: TestedEntityInput,
    probe: str,
    key: str | None = None,
) -> ModuleTest:
    """Try a collector on an entity, with any of its source's keys or with the one that is given.

    Raises InvalidQuestion where it cannot be tried on that, ModuleDisabled, NotFound, NotPermitted, StoreUnavailable
    where no process took the call in time.
    """
    manifest = module.manifest
    if module.kind is not ModuleKind.COLLECTOR or manifest is None:
        raise InvalidQuestion(f"id: {module.id} is no collector; only collectors can be tried")
    if manifest.activity == "P3":
        await context.require(Permission.RUN_INTRUSIVE_SCANS, f"testModule of {module.id}")
    entity = await _entity(context, given)
    if not manifest.accepts(entity):
        needed = f" with the role {' or '.join(manifest.needs)}" if manifest.needs else ""
        raise InvalidQuestion(
            f"entity: {module.id} does not look at {entity.label} {entity.key[:100]}; right is "
            f"{' or '.join(manifest.consumes)}{needed}"
        )
    now = await standing(context)
    if not now.setting(module.id).is_enabled:
        raise ModuleDisabled(f"id: {module.id} is disabled in this organization")
    tlp = await _marking(context, entity)
    if key is not None:
        now = replace(now, secrets=now.secrets | {await _named(context, manifest, key)})
    # What does not work may be tried: so a person sees whether it does again.
    if reason := hindrance(manifest, tlp, replace(now, shut={})):
        raise InvalidQuestion(f"id: {module.id} cannot be asked: {reason}")
    question = Question(
        org=context.org, collector=module.id, kind=entity.label, key=entity.key, with_key=key or ""
    )
    told = await probing.ask(
        context.queue, context.keys, probe, question, now.setting(module.id).pinned
    )
    if told is None:
        raise StoreUnavailable("no process took the call in time; they may be busy: try again")
    return ModuleTest.of(told, context, is_keyed=bool(manifest.secrets))


async def _named(context: Context, manifest: CollectorManifest, key: str) -> tuple[str, str]:
    """Which secret a key is of. Raises InvalidQuestion where the collector has no use for it."""
    for row in await Secrets(context.store, context.keys).listed(context.org):
        if row.id == key and row.source == manifest.source and row.name in manifest.secrets:
            return row.source, row.name
    raise InvalidQuestion(f"key: {manifest.id} has no key {key[:100]}; `secrets` lists them")


async def _entity(context: Context, given: TestedEntityInput) -> Entity:
    kind: Any = given.kind
    if given.id is not None and kind is None and given.key is None:
        record = await reading.by_id(context, given.id)
        if record is None:
            raise NotFound(f"there is no entity {given.id}")
        return make(record.kind, record.key)
    if given.id is None and kind is not None and given.key is not None:
        return make(kind.value, given.key)
    raise InvalidQuestion("entity: either id is right, or kind and key")


async def _marking(context: Context, entity: Entity) -> str:
    """The marking of what is known of it: no source may hear of what is above its ceiling.

    Whoever is not cleared for everything tries a collector on what they can read: that a name is refused, or that
    nothing is told of it, would else tell them that others know it. Raises NotFound, for hidden and unknown alike.
    """
    params = job.TargetsParams(org=context.org, ids=[entity.id_in(context.org)])
    rows = await context.store.fetch(job.LIST_TARGETS.bind(params))
    tlp = next((row.tlp for row in rows if row.tlp), "")
    if context.readable is not None and not (rows and tlp in context.readable):
        raise NotFound(
            f"entity: there is no {entity.label} {entity.key[:100]}; with the clearance "
            f"{context.principal.clearance} a module is tried on what is known"
        )
    return tlp
