"""What a configuration is in the schema."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import strawberry

from server.auth.policy import Permission
from server.configuration import declared
from server.configuration.declared import Reach
from server.configuration.document import Plan, written
from server.configuration.kept import (
    Configurations,
    Difference,
    Kept,
    Version,
    differences,
    reach_of,
)
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.paging import First, check_first
from server.graphql.permissions import requires
from server.graphql.scalars import Json


@strawberry.type(description="Something that can be set while Mirage runs.")
@requires(Permission.READ_SERVICES)
class ConfigurationSetting:
    """Something that can be set."""

    name: str = strawberry.field(description="Its place, such as `scans.budget.minutes`.")
    summary: str = strawberry.field(description="What it does.")
    value: Json | None = strawberry.field(description="The value that counts now.")
    default: Json | None = strawberry.field(description="The value where none was set.")
    is_set: bool = strawberry.field(description="Whether somebody has set it.")
    schema: Json = strawberry.field(description="Which values are right, as a JSON Schema.")


@strawberry.type(description="A setting that differs. A value is null where it was or is not set.")
@requires(Permission.READ_SERVICES)
class ConfigurationChange:
    """A setting that differs."""

    name: str = strawberry.field(description="The setting's place.")
    before: Json | None = strawberry.field(description="What was set before.")
    after: Json | None = strawberry.field(description="What is set then.")

    @classmethod
    def all_of(cls, found: Iterable[Difference]) -> list[ConfigurationChange]:
        """Differences as objects of the schema."""
        return [
            cls(name=each.place, before=_json(each.before), after=_json(each.after))
            for each in found
        ]


@strawberry.type(description="A configuration as it was set once.")
@requires(Permission.READ_SERVICES)
class ConfigurationVersion:
    """A configuration as it was set once."""

    number: int = strawberry.field(description="How often it had been set by then.")
    values: Json = strawberry.field(description="All that was set then, by place.")
    set_by: strawberry.ID = strawberry.field(description="The id of the user who set it.")
    set_at: datetime = strawberry.field(description="When it was set.")
    reason: str = strawberry.field(description="Why, as they said; empty where they did not.")
    changes: list[ConfigurationChange] = strawberry.field(
        description="What differs from the version before."
    )

    @classmethod
    def of(cls, version: Version, former: Version | None) -> ConfigurationVersion:
        """A version as an object of the schema; `former` is the one before, None where there was none."""
        before = former.values if former else {}
        return cls(
            number=version.number,
            values=Json(dict(version.values)),
            set_by=strawberry.ID(version.by),
            set_at=version.at,
            reason=version.reason,
            changes=ConfigurationChange.all_of(differences(before, version.values)),
        )


@strawberry.type(description="What is set while Mirage runs, for an organization or the platform.")
@requires(Permission.READ_SERVICES)
class Configuration:
    """What is set while Mirage runs."""

    org: strawberry.Private[str]
    number: int = strawberry.field(
        description="How often it was set: the number of its version; 0 where it never was."
    )
    settings: list[ConfigurationSetting] = strawberry.field(
        description="All that can be set, in the order of the names."
    )

    @classmethod
    def of(cls, org: str, kept: Kept) -> Configuration:
        """A configuration as an object of the schema."""
        reach = reach_of(org)
        values = declared.effective(reach, kept.values)
        settings = [
            ConfigurationSetting(
                name=place,
                summary=each.summary,
                value=_json(values[place]),
                default=_json(each.default),
                is_set=place in kept.values,
                schema=Json(dict(each.schema)),
            )
            for place, each in sorted(declared.declared(reach).items())
        ]
        return cls(org=org, number=kept.number, settings=settings)

    @documented()
    async def versions(
        self,
        info: Info,
        first: First = 20,
        before: Annotated[
            int | None,
            strawberry.argument(description="Only versions of a lower number; null for all."),
        ] = None,
    ) -> list[ConfigurationVersion]:
        """How it was set, latest first; none is ever removed."""
        count = check_first(20 if first is None else first)
        found = await Configurations(info.context.store).versions(self.org, before, count + 1)
        former = [*found, None][1:]
        return [ConfigurationVersion.of(*each) for each in zip(found, former, strict=True)][:count]

    @documented()
    async def document(self, info: Info) -> Json | None:
        """What the organization has set, with its modules, as `applyConfiguration` takes it; null for the platform."""
        if reach_of(self.org) is Reach.PLATFORM:
            return None
        return Json(await written(info.context.store, self.org))


@strawberry.type(description="What a document would change.")
@requires(Permission.READ_SERVICES)
class ConfigurationPlan:
    """What a document would change."""

    digest: str = strawberry.field(
        description="Equal for plans that change the same; `applyConfiguration` can be held to it."
    )
    changes: list[ConfigurationChange] = strawberry.field(
        description="What would change; places in the document."
    )

    @classmethod
    def of(cls, plan: Plan) -> ConfigurationPlan:
        """A plan as an object of the schema."""
        return cls(digest=plan.digest, changes=ConfigurationChange.all_of(plan.changes))


def _json(value: object) -> Json | None:
    return None if value is None else Json(value)
