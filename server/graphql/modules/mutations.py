"""Setting modules for an organization, and trying collectors."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import InvalidQuestion
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.modules.now import STANDING
from server.graphql.modules.trials import ModuleTest, TestedEntityInput, tried
from server.graphql.modules.types import Module
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.graphql.scalars import Json
from server.jobs.events import Publisher
from server.jobs.turning import published
from server.modules import breaker, catalog
from server.modules.catalog import ModuleKind
from server.modules.settings import Change, Settings, check_options


@strawberry.type(description="The module as it is set now, or what to mend.")
@framing
class ModulePayload:
    """The module as it is set now, or what to mend."""

    module: Module | None = strawberry.field(
        description="The module; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(ModulePayload)
async def configure_module(
    info: Info,
    id: Annotated[
        strawberry.ID, strawberry.argument(description="The collector's or importer's id.")
    ],
    is_enabled: Annotated[
        bool | None,
        strawberry.argument(description="Whether it may be used; null to leave that as it is."),
    ] = None,
    options: Annotated[
        Json | None,
        strawberry.argument(
            description="All options that are usual in the organization, as an object; `{}` for those of the manifest, "
            "null to leave them as they are."
        ),
    ] = None,
) -> ModulePayload:
    """Set a collector or importer for the organization. Runs go by it at once, also those that are under way."""
    context: Context = info.context
    found = catalog.get(id)
    if found.manifest is None:
        raise InvalidQuestion(
            f"id: {found.id} is a {found.kind.lower()}; collectors and importers can be set, and rules by `setRule`"
        )
    if is_enabled is None and options is None:
        raise InvalidQuestion("isEnabled: there is nothing to set; give isEnabled, options or both")
    checked = None if options is None else check_options(found.manifest, options)
    change = Change(is_enabled, checked, context.principal.user, context.new_id(info, "setting"))
    await Settings(context.store).set(context.org, found.id, change)
    context.once.forget(STANDING)
    return ModulePayload(module=Module.of(found))


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(ModulePayload)
async def pin_module(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The collector's id.")],
    version: Annotated[
        int | None,
        strawberry.argument(
            description="The version, as `Module.version` and `liveVersions` tell it; null to have any asked again."
        ),
    ] = None,
) -> ModulePayload:
    """Have a collector asked in one version alone, also in runs that are under way.

    Where no process that lives has it, its jobs wait, and plans and runs say so.
    """
    context: Context = info.context
    found = catalog.get(id)
    if found.kind is not ModuleKind.COLLECTOR:
        raise InvalidQuestion(f"id: {found.id} is no collector; only collectors can be pinned")
    if version is not None and version < 1:
        raise InvalidQuestion("version: a version from 1 on is right")
    by, name = context.principal.user, context.new_id(info, "setting")
    await Settings(context.store).set(
        context.org, found.id, Change(None, None, by, name, pinned=version or 0)
    )
    context.once.forget(STANDING)
    return ModulePayload(module=Module.of(found))


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(ModulePayload)
async def reset_module(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The collector's id.")],
) -> ModulePayload:
    """Have a collector that was found not to work asked again at once, and count its failures anew."""
    context: Context = info.context
    found = catalog.get(id)
    if found.kind is not ModuleKind.COLLECTOR:
        raise InvalidQuestion(f"id: {found.id} is no collector; only collectors can be reset")
    if turn := await breaker.reset(context.store, context.org, found.id):
        await published(Publisher(context.store, context.queue), context.org, turn)
    context.once.forget(STANDING)
    return ModulePayload(module=Module.of(found))


@strawberry.type(description="What came of a trial call, or what to mend.")
@framing
class TestModulePayload:
    """What came of a trial call, or what to mend."""

    test: ModuleTest | None = strawberry.field(
        description="What came of it; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.RUN_SCANS)
@told(TestModulePayload)
async def test_module(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The collector's id.")],
    entity: Annotated[TestedEntityInput, strawberry.argument(description="What to ask it about.")],
    key: Annotated[
        strawberry.ID | None,
        strawberry.argument(
            description="The only key of its source to ask with, whatever is known of it; null for those that a job "
            "would be given. What the source says of it is kept: one that it takes is used again."
        ),
    ] = None,  # noqa: PT028 - no test of ours
) -> TestModulePayload:
    """Ask a collector about one entity, outside any scan, for at most 30 seconds; nothing is written to the graph.

    What a scan of this entity alone may contact may be contacted. Collectors of class P3 need RUN_INTRUSIVE_SCANS.
    """
    context: Context = info.context
    found = catalog.get(id)
    if key is not None:
        await context.require(Permission.EDIT_SECRETS, "testModule with a key")
    return TestModulePayload(
        test=await tried(context, found, entity, context.new_id(info, "probe"), key)
    )


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [configure_module, pin_module, reset_module, test_module]
