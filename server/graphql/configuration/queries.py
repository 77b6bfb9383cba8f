"""Asking what is set while Mirage runs, and what a document would change of it."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.configuration import document as documents
from server.configuration.kept import OF_THE_PLATFORM, Configurations
from server.graphql.configuration.types import Configuration, ConfigurationPlan
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.scalars import Json

Document = Annotated[
    Json,
    strawberry.argument(
        description="`{mirage: 1, settings: {…}, modules: {…}, rules: {…}}`. A part that is there is all of it; one "
        "that is not is left as it is."
    ),
]


@documented(needs=Permission.READ_SERVICES)
async def configuration(info: Info) -> Configuration:
    """What the organization has set, and what it can set."""
    context = info.context
    return Configuration.of(context.org, await Configurations(context.store).of(context.org))


@documented(needs=Permission.MANAGE_PLATFORM)
async def platform_configuration(info: Info) -> Configuration:
    """What is set for all organizations."""
    kept = await Configurations(info.context.store).of(OF_THE_PLATFORM)
    return Configuration.of(OF_THE_PLATFORM, kept)


@documented(needs=Permission.EDIT_ORGANIZATION)
async def plan_configuration(info: Info, document: Document) -> ConfigurationPlan:
    """What applying a document to the organization would change now. Nothing is changed."""
    context = info.context
    wanted = documents.read_document(document)
    return ConfigurationPlan.of(
        await documents.plan(context.store, context.org, wanted, context.now())
    )


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [configuration, platform_configuration, plan_configuration]
