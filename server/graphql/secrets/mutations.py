"""Setting and removing secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from collectors._kit.faults import Fault
from collectors._kit.redaction import SHORTEST
from graph.errors import InvalidQuestion, NotFound
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

LONGEST_LABEL = 60

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
    """Set a secret, or a new value for the first of its keys.

    A collector that needs secrets is asked once all of them are set.

    One that was not let in with the former value, and is not asked for that, is asked again at once.
    """
    context: Context = info.context
    _check(context, source, name, value, expires_at)
    which = SecretName(context.org, source, name)
    change = context.new_id(info, "secret")
    kept = Secrets(context.store, context.keys)
    await kept.set(which, NewValue(value, context.principal.user, change, expires_at))
    await _ask_again(context, source)
    return SecretPayload(secret=await _shown(context, which.id))


@documented(needs=Permission.EDIT_SECRETS)
@told(SecretPayload)
async def add_source_key(
    info: Info,
    source: Source,
    name: Name,
    value: Annotated[SecretText, strawberry.argument(description="The key itself.")],
    label: Annotated[
        str, recorded_argument("What people call it; no other key of that name is called so.")
    ],
    expires_at: Annotated[
        datetime | None,
        strawberry.argument(description="From when on it is of no use; null for never."),
    ] = None,
) -> SecretPayload:
    """Add a further key of a secret. Jobs are given the one of which most is left, else the next."""
    context: Context = info.context
    _check(context, source, name, value, expires_at)
    change = context.new_id(info, "secret")
    which = SecretName.further(context.org, source, name, change)
    new = NewValue(value, context.principal.user, change, expires_at, _label(label))
    await Secrets(context.store, context.keys).set(which, new)
    await _ask_again(context, source)
    return SecretPayload(secret=await _shown(context, which.id))


@documented(needs=Permission.EDIT_SECRETS)
@told(SecretPayload)
async def change_source_key(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The key's id.")],
    label: Annotated[
        str | None, recorded_argument("What people call it from now on; null to leave that.")
    ] = None,
    is_enabled: Annotated[
        bool | None,
        strawberry.argument(
            description="Whether it is to be used; null to leave that. One that is enabled is tried again, whatever "
            "its source said."
        ),
    ] = None,
) -> SecretPayload:
    """Call a key otherwise, disable it or enable it. Its value is replaced by a new key, or by `setSecret`."""
    context: Context = info.context
    if label is None and is_enabled is None:
        raise InvalidQuestion("label: there is nothing to change; give label, isEnabled or both")
    called = None if label is None else _label(label)
    kept = Secrets(context.store, context.keys)
    if not await kept.change(context.org, id, called, is_enabled):
        raise NotFound(f"there is no key {id[:100]}; `secrets` lists them")
    shown = await _shown(context, id)
    if is_enabled and shown is not None:
        await _ask_again(context, shown.source)
    context.once.forget(STANDING)
    return SecretPayload(secret=shown)


@documented(needs=Permission.EDIT_SECRETS)
@told(RemoveSecretPayload)
async def remove_source_key(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The key's id.")],
) -> RemoveSecretPayload:
    """Remove one key; others of its name stay."""
    context: Context = info.context
    was_set = await Secrets(context.store, context.keys).remove_keys(context.org, [id])
    context.once.forget(STANDING)
    return RemoveSecretPayload(was_set=was_set)


@documented(needs=Permission.EDIT_SECRETS)
@told(RemoveSecretPayload)
async def remove_secret(info: Info, source: Source, name: Name) -> RemoveSecretPayload:
    """Remove a secret with all of its keys. Collectors that need it are not asked any more."""
    context: Context = info.context
    which = SecretName(context.org, source, name)
    was_set = await Secrets(context.store, context.keys).remove(which)
    return RemoveSecretPayload(was_set=was_set)


def _check(
    context: Context, source: str, name: str, value: str, expires_at: datetime | None
) -> None:
    """Refuse a value that nobody would use, or that cannot be kept secret."""
    _check_declared(source, name)
    if len(value) < SHORTEST:
        raise InvalidQuestion(
            f"value: a secret of less than {SHORTEST} characters cannot be kept out of what is logged"
        )
    if expires_at is not None and expires_at <= context.now():
        raise InvalidQuestion("expiresAt: a moment that is still to come is right")


def _label(given: str) -> str:
    label = " ".join(given.split())
    if not 1 <= len(label) <= LONGEST_LABEL:
        raise InvalidQuestion(f"label: 1 to {LONGEST_LABEL} characters are right")
    return label


async def _shown(context: Context, key: str) -> Secret | None:
    rows = await Secrets(context.store, context.keys).listed(context.org)
    return next((Secret.of(row) for row in rows if row.id == key), None)


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
    return [set_secret, remove_secret, add_source_key, change_source_key, remove_source_key]
