"""Which secrets modules need, in the schema."""

from __future__ import annotations

import strawberry

from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.modules.now import standing
from server.graphql.modules.types import Module
from server.graphql.permissions import requires
from server.modules import catalog
from server.modules.needs import Need, needs


@strawberry.type(
    description="A secret that collectors of a source need, set or not. Its value is never given."
)
@requires(Permission.READ_SERVICES)
class NeededSecret:
    """A secret that collectors of a source need."""

    source: str = strawberry.field(description="The source whose collectors need it.")
    name: str = strawberry.field(description="Its name, as `setSecret` takes it.")
    docs: str = strawberry.field(
        description="Where the source is described, and likely how one gets a key."
    )
    terms: str = strawberry.field(description="Licence and limits of the source.")
    is_set: bool = strawberry.field(
        description="Whether the organization has set it, and it has not expired."
    )
    used_by: list[Module] = strawberry.field(description="The collectors that need it.")
    unlocks: list[Module] = strawberry.field(
        description="The collectors that could be asked if it were set: those that lack no other secret. Empty where "
        "it is set."
    )
    asks_about: list[str] = strawberry.field(
        description="The kinds of entity about which these could be asked: where they would be pivots."
    )
    answers: list[str] = strawberry.field(
        description="The kinds and relationship types that their answers could state."
    )

    @classmethod
    def of(cls, need: Need) -> NeededSecret:
        """A need as an object of the schema."""
        return cls(
            source=need.source,
            name=need.name,
            docs=need.docs,
            terms=need.terms,
            is_set=need.is_set,
            used_by=[Module.of(each) for each in need.used_by],
            unlocks=[Module.of(each) for each in need.unlocks],
            asks_about=list(need.asks_about),
            answers=list(need.answers),
        )


@documented(needs=Permission.READ_SERVICES)
async def needed_secrets(info: Info) -> list[NeededSecret]:
    """The secrets that collectors need, by source and name, and what each would make usable."""
    found = needs(catalog.modules().values(), await standing(info.context))
    return [NeededSecret.of(each) for each in found]
