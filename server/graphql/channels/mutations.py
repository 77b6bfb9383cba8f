"""Making, changing, deleting and trying channels, and sending once more what was given up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import InvalidQuestion
from server.auth.policy import Permission
from server.graphql.channels.queries import kept_by
from server.graphql.channels.trials import sent_again, tried
from server.graphql.channels.types import Channel, Delivery
from server.graphql.context import Context, Info
from server.graphql.declare import documented, recorded
from server.graphql.entities.vocabulary import Marking
from server.graphql.findings.types import Severity
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.graphql.scalars import Json, SecretText
from server.modules.catalog import registry
from server.modules.naming import meant
from server.notify.events import ChannelEvent
from server.notify.kept import Wanted

_CEILING = "Not above one's own clearance."


@strawberry.input(description="A secret of a channel, by its name.")
class ChannelSecretInput:
    """A secret of a channel."""

    name: str = recorded("Its name, as `Module.needsSecrets` lists it.")
    value: SecretText = strawberry.field(description="The secret itself.")


@strawberry.input(description="A channel as it is to be.")
class ChannelInput:
    """A channel as it is to be."""

    module: strawberry.ID = strawberry.field(
        description="The module over which it tells, such as `webhook`."
    )
    name: str = recorded("What people call it; no other channel of the organization is called so.")
    events: list[ChannelEvent] = strawberry.field(description="What it tells of.")
    options: Json | None = strawberry.field(
        default=None,
        description="The options of its module, as an object; null where it needs none.",
    )
    secrets: list[ChannelSecretInput] | None = strawberry.field(
        default=None,
        description="The secrets that its module needs; they need EDIT_SECRETS.",
    )
    least_severity: Severity = strawberry.field(
        default=Severity.INFO,
        description="Of findings, it tells of those that matter as much or more.",
    )
    ceiling: Marking | None = strawberry.field(
        default=None,
        description=f"The strictest marking of what goes over it; null for the module's own. {_CEILING}",
    )
    is_enabled: bool = strawberry.field(default=True, description="Whether it tells of anything.")


@strawberry.input(description="What to change of a channel; null leaves it as it is.")
class ChannelChangeInput:
    """What to change of a channel."""

    name: str | None = recorded("What people call it.", default=None)
    events: list[ChannelEvent] | None = strawberry.field(
        default=None, description="What it tells of."
    )
    options: Json | None = strawberry.field(
        default=None, description="All options of its module, as an object."
    )
    secrets: list[ChannelSecretInput] | None = strawberry.field(
        default=None,
        description="Secrets to set anew, the others stay; they need EDIT_SECRETS.",
    )
    least_severity: Severity | None = strawberry.field(
        default=None, description="Of findings, it tells of those that matter as much or more."
    )
    ceiling: Marking | None = strawberry.field(
        default=None, description=f"The strictest marking of what goes over it. {_CEILING}"
    )
    is_enabled: bool | None = strawberry.field(
        default=None, description="Whether it tells of anything."
    )


ChannelId = Annotated[strawberry.ID, strawberry.argument(description="The channel's id.")]


@strawberry.type(description="The channel as it is now, or what to mend.")
@framing
class ChannelPayload:
    """The channel as it is now, or what to mend."""

    channel: Channel | None = strawberry.field(
        description="The channel; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="What to mend; nothing where the channel is gone.")
@framing
class DeleteChannelPayload:
    """What to mend."""

    errors: list[UserError] = errors_field()


@strawberry.type(description="The delivery as it stands now, or what to mend.")
@framing
class DeliveryPayload:
    """The delivery as it stands now, or what to mend."""

    delivery: Delivery | None = strawberry.field(
        description="The delivery; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(ChannelPayload)
async def create_channel(
    info: Info,
    input: Annotated[ChannelInput, strawberry.argument(description="The channel.")],
) -> ChannelPayload:
    """Make a channel over which the organization is told of what happens.

    It needs READ_FINDINGS where it tells of findings, READ_SCANS where of runs, READ_GRAPH where of patterns or
    queries.
    """
    context: Context = info.context
    known = registry().channels
    listed = known.get(input.module)
    if listed is None:
        hint = meant(input.module, known, f"there are {', '.join(known)}")
        raise InvalidQuestion(f"module: there is no channel module {input.module[:100]!r}; {hint}")
    ceiling = input.ceiling.value if input.ceiling else listed.manifest.ceiling
    await _check(context, input.events, ceiling)
    wanted = Wanted(
        change=context.new_id(info, "change"),
        name=input.name,
        options=_object({} if input.options is None else input.options),
        secrets=await _secrets(context, input.secrets or ()),
        events=input.events,
        least_severity=input.least_severity.value,
        ceiling=ceiling,
        is_enabled=input.is_enabled,
    )
    made = await kept_by(context).set(
        context.org, context.new_id(info, "channel"), listed, wanted, context.principal.user
    )
    return ChannelPayload(channel=Channel.of(made))


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(ChannelPayload)
async def update_channel(
    info: Info,
    id: ChannelId,
    input: Annotated[ChannelChangeInput, strawberry.argument(description="What to change.")],
) -> ChannelPayload:
    """Change a channel. It needs what making it as it then is would need."""
    context: Context = info.context
    before = await kept_by(context).get(context.org, id)
    listed = registry().channel(before.module)
    ceiling = input.ceiling.value if input.ceiling else before.ceiling
    events = input.events
    if events is None:
        events = [each for each in ChannelEvent if each.value in before.events]
    await _check(context, events, ceiling)
    wanted = Wanted(
        change=context.new_id(info, "change"),
        name=input.name,
        options=None if input.options is None else _object(input.options),
        secrets=await _secrets(context, input.secrets or ()),
        events=input.events,
        least_severity=input.least_severity.value if input.least_severity else None,
        ceiling=input.ceiling.value if input.ceiling else None,
        is_enabled=input.is_enabled,
    )
    made = await kept_by(context).set(context.org, id, listed, wanted, context.principal.user)
    return ChannelPayload(channel=Channel.of(made))


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(DeleteChannelPayload, is_done_when_gone=True)
async def delete_channel(info: Info, id: ChannelId) -> DeleteChannelPayload:
    """Delete a channel with its secrets and all its deliveries; what is not sent yet is not sent any more."""
    context: Context = info.context
    await kept_by(context).delete(context.org, id)
    return DeleteChannelPayload()


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(DeliveryPayload)
async def test_channel(info: Info, id: ChannelId) -> DeliveryPayload:
    """Send a notice that tells of nothing over a channel, also one that is disabled, and say what came of it.

    It is tried once. Where no courier takes it within 25 seconds, it is told as DUE, and sent later.
    """
    context: Context = info.context
    kept = await kept_by(context).get(context.org, id)
    made = await tried(context, kept, context.new_id(info, "delivery"))
    return DeliveryPayload(delivery=made)


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(DeliveryPayload)
async def replay_delivery(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The delivery's id.")],
) -> DeliveryPayload:
    """Have a delivery that was given up sent once more, for another day."""
    return DeliveryPayload(delivery=await sent_again(info.context, id))


async def _check(context: Context, events: Sequence[ChannelEvent], ceiling: str) -> None:
    """Let nobody have told, to anybody, what they may not read. Raises NotPermitted, InvalidQuestion."""
    if not events:
        raise InvalidQuestion("events: at least one is right; to hear of none, disable the channel")
    if any(each.is_of_finding for each in events):
        await context.require(Permission.READ_FINDINGS, "a channel that tells of findings")
    if any(each.is_of_run for each in events):
        await context.require(Permission.READ_SCANS, "a channel that tells of runs")
    if any(each.is_of_watch for each in events):
        await context.require(Permission.READ_GRAPH, "a channel that tells of patterns or queries")
    context.principal.require_clearance(ceiling, "ceiling")


async def _secrets(context: Context, given: Iterable[ChannelSecretInput]) -> dict[str, str]:
    secrets = {each.name: str(each.value) for each in given}
    if secrets:
        await context.require(Permission.EDIT_SECRETS, "setting secrets of a channel")
    return secrets


def _object(given: object) -> dict[str, object]:
    if not isinstance(given, dict):
        raise InvalidQuestion("options: an object of options by their names is right")
    return given


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [create_channel, update_channel, delete_channel, test_channel, replay_delivery]
