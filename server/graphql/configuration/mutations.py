"""Setting what counts while Mirage runs, and going back to an earlier version."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import InvalidQuestion
from server.auth.policy import Permission
from server.configuration import document as documents
from server.configuration.declared import Values
from server.configuration.kept import OF_THE_PLATFORM, Change, Configurations
from server.graphql.configuration.queries import Document
from server.graphql.configuration.types import Configuration
from server.graphql.context import Context, Info
from server.graphql.declare import documented, recorded
from server.graphql.findings.rules import WORDS
from server.graphql.modules.now import STANDING
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.graphql.rules.standing import RULES
from server.graphql.scalars import Json
from server.jobs.queue import hint_correlate, hint_or_wait

LONGEST_REASON = 1_000


@strawberry.input(description="What to set while Mirage runs.")
class ConfigureInput:
    """What to set."""

    set: Json | None = recorded(
        'Values by the settings\' names, such as `{"scans.budget.minutes": 120}`.', default=None
    )
    unset: list[str] = recorded(
        "Names of settings that go back to their defaults.", default_factory=list
    )
    reason: str = recorded("Why, for whoever reads the versions.", default="")
    expects: int | None = recorded(
        "The number of the version that this goes from; null whatever that is.", default=None
    )


@strawberry.type(description="The configuration as it is now, or what to mend.")
@framing
class ConfigurationPayload:
    """The configuration as it is now, or what to mend."""

    configuration: Configuration | None = strawberry.field(
        description="The configuration; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


Wanted = Annotated[ConfigureInput, strawberry.argument(description="What to set.")]
To = Annotated[
    int, strawberry.argument(description="The number of the version to go back to; 0: nothing set.")
]
Reason = Annotated[str, strawberry.argument(description="Why, for whoever reads the versions.")]


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(ConfigurationPayload)
async def configure(info: Info, input: Wanted) -> ConfigurationPayload:
    """Set what counts in the organization from now on, in every process, as a new version."""
    return await _set(info, info.context.org, input)


@documented(needs=Permission.MANAGE_PLATFORM)
@told(ConfigurationPayload)
async def configure_platform(info: Info, input: Wanted) -> ConfigurationPayload:
    """Set what counts for all organizations from now on, in every process, as a new version."""
    return await _set(info, OF_THE_PLATFORM, input)


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(ConfigurationPayload)
async def roll_back_configuration(info: Info, to: To, reason: Reason = "") -> ConfigurationPayload:
    """Set for the organization what an earlier version had, as a new version."""
    return await _roll_back(info, info.context.org, to, reason)


@documented(needs=Permission.MANAGE_PLATFORM)
@told(ConfigurationPayload)
async def roll_back_platform_configuration(
    info: Info, to: To, reason: Reason = ""
) -> ConfigurationPayload:
    """Set for all organizations what an earlier version had, as a new version."""
    return await _roll_back(info, OF_THE_PLATFORM, to, reason)


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(ConfigurationPayload)
async def apply_configuration(
    info: Info,
    document: Document,
    plan: Annotated[
        str | None,
        strawberry.argument(
            description="The digest of a plan (`planConfiguration`): it is applied only where that is still the same."
        ),
    ] = None,
    reason: Reason = "",
) -> ConfigurationPayload:
    """Set for the organization what a document says, all of it or nothing.

    Changing rules needs EDIT_RULES, too, and the clearance for all.
    """
    context: Context = info.context
    _check_reason(reason)
    wanted = documents.read_document(document)
    who = context.principal
    applying = documents.Applying(
        who.user, context.new_id(info, "configuration"), reason, plan,
        may_set_rules=Permission.EDIT_RULES in who.permissions and context.readable is None,
    )  # fmt: skip
    done = await documents.apply(context.store, context.org, wanted, applying, context.now())
    for read in (STANDING, RULES, WORDS):
        context.once.forget(read)
    if done.changes_rules:
        await hint_or_wait(hint_correlate(context.queue, context.org), "rules")
    now = await Configurations(context.store).of(context.org)
    return ConfigurationPayload(configuration=Configuration.of(context.org, now))


async def _set(info: Info, org: str, given: ConfigureInput) -> ConfigurationPayload:
    values: object = {} if given.set is None else given.set
    if not isinstance(values, dict):
        raise InvalidQuestion("set: an object of values by the settings' names is right")
    if not values and not given.unset:
        raise InvalidQuestion("set: there is nothing to set; give set, unset or both")
    _check_reason(given.reason)
    change = Change(
        info.context.principal.user, info.context.new_id(info, "configuration"), values, given.unset,
        given.reason, given.expects,
    )  # fmt: skip
    return await _changed(info.context, org, change)


async def _roll_back(info: Info, org: str, to: int, reason: str) -> ConfigurationPayload:
    context: Context = info.context
    _check_reason(reason)
    values: Values = (await Configurations(context.store).version(org, to)).values if to else {}
    change = Change(
        context.principal.user, context.new_id(info, "configuration"), values,
        reason=reason or f"back to version {to}", is_whole=True,
    )  # fmt: skip
    return await _changed(context, org, change)


async def _changed(context: Context, org: str, change: Change) -> ConfigurationPayload:
    kept = await Configurations(context.store).set(org, change)
    return ConfigurationPayload(configuration=Configuration.of(org, kept))


def _check_reason(text: str) -> None:
    if len(text) > LONGEST_REASON:
        raise InvalidQuestion(f"reason: {LONGEST_REASON} characters at most are right")


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        configure,
        configure_platform,
        roll_back_configuration,
        roll_back_platform_configuration,
        apply_configuration,
    ]
