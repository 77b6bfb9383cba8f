"""Setting and removing secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from collectors._kit.faults import Fault
from collectors._kit.redaction import SHORTEST
from graph.errors import InvalidQuestion
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented, recorded_argument
from server.graphql.modules.now import STANDING, standing
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.graphql.scalars import SecretText
from server.graphql.secrets.types import Secret
from server.jobs.events import Publisher
from server.jobs.turning import published
from server.modules import breaker
from server.modules.catalog import registry
from server.modules.naming import meant
from server.vault.secrets import NewValue, SecretName, Secrets

Source = Annotated[
    str, recorded_argument("The source whose collectors use it, such as the folder's name.")
]
Name = Annotated[str, recorded_argument("Its name, as `collectors { needsSecrets }` lists it.")]


@strawberry.type(description="The secret that was set, or what to mend.")
@framing
class SecretPayload:
    """The secret that was set, or what to mend."""

    secret: Secret | None = strawberry.field(
        description="The secret, without its value; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="Whether there was such a secret, or what to mend.")
@framing
class RemoveSecretPayload:
    """Whether there was such a secret."""

    was_set: bool = strawberry.field(
        description="Whether there was one. It is gone now, either way.", default=False
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.EDIT_SECRETS)
@told(SecretPayload)
async def set_secret(
    info: Info,
    source: Source,
    name: Name,
    value: Annotated[SecretText, strawberry.argument(description="The secret itself.")],
    expires_at: Annotated[
        datetime | None,
        strawberry.argument(description="From when on it is of no use; null for never."),
    ] = None,
) -> SecretPayload:
    """Set a secret, or a new value for one. A collector that needs secrets is asked once all of them are set.

    One that was not let in with the former value, and is not asked for that, is asked again at once.
    """
    context: Context = info.context
    _check_declared(source, name)
    if len(value) < SHORTEST:
        raise InvalidQuestion(
            f"value: a secret of less than {SHORTEST} characters cannot be kept out of what is logged"
        )
    if expires_at is not None and expires_at <= context.now():
        raise InvalidQuestion("expiresAt: a moment that is still to come is right")
    which = SecretName(context.org, source, name)
    change = context.new_id(info, "secret")
    kept = Secrets(context.store, context.keys)
    await kept.set(which, NewValue(value, context.principal.user, change, expires_at))
    await _ask_again(context, source)
    rows = [row for row in await kept.listed(context.org) if row.id == which.id]
    return SecretPayload(secret=Secret.of(rows[0]) if rows else None)


@documented(needs=Permission.EDIT_SECRETS)
@told(RemoveSecretPayload)
async def remove_secret(info: Info, source: Source, name: Name) -> RemoveSecretPayload:
    """Remove a secret. Collectors that need it are not asked any more."""
    context: Context = info.context
    which = SecretName(context.org, source, name)
    was_set = await Secrets(context.store, context.keys).remove(which)
    return RemoveSecretPayload(was_set=was_set)


async def _ask_again(context: Context, source: str) -> None:
    """Ask the collectors of a source again that were not let in."""
    turned_away = [
        name
        for name, health in (await standing(context)).health.items()
        if health.fault is Fault.UNAUTHORIZED
        and (listed := registry().collectors.get(name))
        and listed.source.manifest.id == source
    ]
    for name in turned_away:
        if turn := await breaker.reset(context.store, context.org, name):
            await published(Publisher(context.store, context.queue), context.org, turn)
    context.once.forget(STANDING)


def _check_declared(source: str, name: str) -> None:
    """Refuse what no collector would ever use."""
    declared: dict[str, set[str]] = {}
    for listed in registry().collectors.values():
        if listed.manifest.secrets:
            declared.setdefault(listed.source.manifest.id, set()).update(listed.manifest.secrets)
    if source not in declared:
        known = ", ".join(sorted(declared)) or "none do now"
        raise InvalidQuestion(
            f"source: no collector of {source[:100]!r} needs a secret; these do: {known}"
        )
    if name not in declared[source]:
        hint = meant(name, declared[source], f"it needs {', '.join(sorted(declared[source]))}")
        raise InvalidQuestion(f"name: {source} needs no secret {name[:100]!r}; {hint}")


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [set_secret, remove_secret]
