"""What a pair that may be one is in the schema, what is decided of it, and an identity."""

from __future__ import annotations

import asyncio
import enum
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson
import strawberry

from graph.identity import pairs
from graph.match.explain import as_text, explain
from graph.match.score import Verdict
from graph.queries import identity as queries
from graph.queries.matching import LIST_PROFILES, IdsParams
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import described, documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity
from server.graphql.entities.vocabulary import RelationshipType
from server.graphql.paging import Connection, First, check_first
from server.graphql.permissions import requires
from server.graphql.scalars import Json


@described(
    "How a pair stands.",
    OPEN="It may be one, and nobody decided.",
    DEFERRED="It may be one; somebody put it off.",
    ACCEPTED="The two are one; or, of a person and a mailbox, it is theirs.",
    REJECTED="The two are two; or the mailbox is not theirs.",
    WITHDRAWN="Nothing is decided, and what is known now does not bring it up any more.",
)
class MatchState(enum.StrEnum):
    """How a pair stands."""

    OPEN = "OPEN"
    DEFERRED = "DEFERRED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


@described(
    "What is decided of a pair.",
    ACCEPTED="The two are one; or, of a person and a mailbox, it is theirs.",
    REJECTED="The two are two; or the mailbox is not theirs.",
    DEFERRED="Later.",
)
class MatchVerdict(enum.StrEnum):
    """What is decided of a pair."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    DEFERRED = "DEFERRED"


@strawberry.type(description="One thing that was compared of two entities.")
@requires(Permission.READ_GRAPH)
class MatchFeature:
    """One thing that was compared."""

    name: str = strawberry.field(description="What was compared, such as `body_name`.")
    similarity: float = strawberry.field(description="How alike the two are in it, 0 to 1.")
    left: str = strawberry.field(description="What one has.")
    right: str = strawberry.field(description="What the other has.")
    reason: str = strawberry.field(description="How these are alike, or not, in words.")
    adds: float = strawberry.field(description="What that adds to the log odds of being one.")


@strawberry.type(description="Why two are held to be two, whatever else speaks for one.")
@requires(Permission.READ_GRAPH)
class MatchVeto:
    """Why two are held to be two."""

    field: str = strawberry.field(description="What excludes it.")
    left: str = strawberry.field(description="What one has.")
    right: str = strawberry.field(description="What the other has.")
    reason: str = strawberry.field(description="Why these exclude each other.")


@strawberry.type(description="That somebody, or a threshold, decided of a pair.")
@requires(Permission.READ_GRAPH)
class IdentityDecision:
    """That somebody decided of a pair."""

    id: strawberry.ID = strawberry.field(description="The decision's id.")
    verdict: MatchVerdict = strawberry.field(description="What was decided.")
    by: str = strawberry.field(
        description="Who decided, by e-mail address; `mirage` where a threshold did."
    )
    at: datetime = strawberry.field(description="When.")
    comment: str = strawberry.field(description="What was said about it; may be empty.")
    is_automatic: bool = strawberry.field(description="Whether a threshold decided.")
    score: float = strawberry.field(description="The pair's score at that time.")
    withdrawn_at: datetime | None = strawberry.field(
        description="When it was taken back; null while it stands."
    )
    withdrawn_by: str | None = strawberry.field(
        description="Who took it back; null while it stands."
    )
    withdrawn_comment: str | None = strawberry.field(description="What was said about that.")

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> IdentityDecision:
        """A stored decision as an object of the schema."""
        return cls(
            id=strawberry.ID(stored["id"]),
            verdict=MatchVerdict(stored["verdict"]),
            by=stored["by"],
            at=stored["at"],
            comment=stored["comment"],
            is_automatic=stored["is_automatic"],
            score=stored["score"],
            withdrawn_at=stored.get("withdrawn_at"),
            withdrawn_by=stored.get("withdrawn_by"),
            withdrawn_comment=stored.get("withdrawn_comment"),
        )


@strawberry.type(
    description="What pairs and alike entities have in common: what was compared, and how."
)
@requires(Permission.READ_GRAPH)
class Compared:
    """Two entities as they were judged. Not a type of the schema by itself."""

    judged: strawberry.Private[Verdict]

    @documented()
    def features(self) -> list[MatchFeature]:
        """What was compared, what speaks loudest first. With where the scorer starts, the parts make the score."""
        ordered = sorted(self.judged.parts, key=lambda part: (-abs(part.adds), part.feature))
        return [
            MatchFeature(name=part.feature, adds=part.adds, **part.comparison._asdict())
            for part in ordered
        ]

    @documented()
    def vetoes(self) -> list[MatchVeto]:
        """Why the two are held to be two, whatever speaks for one."""
        return [MatchVeto(**veto._asdict()) for veto in self.judged.vetoes]

    @documented()
    def explanation(self) -> str:
        """What speaks for it and against it as lines of text, with what each adds."""
        return as_text(explain(self.judged))


@strawberry.type(description="Two entities that may be one, and what speaks for it.")
@requires(Permission.READ_GRAPH)
class Match(Compared):
    """Two entities that may be one."""

    id: strawberry.ID = strawberry.field(
        description="The id: it follows from the two entities, so that it is the same pair always."
    )
    kind: str = strawberry.field(description="By which scorer they were compared.")
    state: MatchState = strawberry.field(description="How it stands.")
    score: float = strawberry.field(description="How likely the two are one, 0 to 1.")
    left: Entity = strawberry.field(description="One of the two.")
    right: Entity = strawberry.field(description="The other.")
    raised_at: datetime = strawberry.field(description="When it was brought up.")
    changed_at: datetime = strawberry.field(description="When its score or reasons last changed.")
    states: RelationshipType | None = strawberry.field(  # type: ignore[valid-type]
        description="The relationship that accepting it states, HAS_EMAIL of a person and a mailbox; null where "
        "accepting makes the two one."
    )

    @classmethod
    def of(cls, stored: Mapping[str, Any], left: Entity, right: Entity) -> Match:
        """A stored pair as an object of the schema."""
        return cls(
            id=strawberry.ID(stored["id"]),
            kind=stored["kind"],
            state=MatchState(stored["state"]),
            score=stored["score"],
            left=left,
            right=right,
            raised_at=stored["raised_at"],
            changed_at=stored["changed_at"],
            states=RelationshipType(found) if (found := stored.get("states")) else None,
            judged=pairs.verdict_of(
                stored["kind"], stored["prior"], stored["features"], stored["vetoes"]
            ),
        )

    @documented()
    async def compared(self, info: Info) -> Json:
        """What was compared of the two, `left` and `right`, as `mirage match fit` reads it; null where unknown."""
        context: Context = info.context
        read = partial(_profiles, context)
        left, right = await asyncio.gather(
            *(context.together("profile", each.record.id, read) for each in (self.left, self.right))
        )
        return Json({"left": left, "right": right})

    @documented()
    async def shared(self, info: Info, first: First = 25) -> list[Entity]:
        """What both have a relationship with now."""
        context: Context = info.context
        params = queries.SharedParams(
            org=context.org, readable=context.readable, left=self.left.record.id, right=self.right.record.id,
            limit=check_first(first or 0),
        )  # fmt: skip
        rows = await context.store.fetch(queries.LIST_SHARED.bind(params))
        return [Entity.of(each) for each in await reading.by_ids(context, [row.id for row in rows])]

    @documented()
    async def decision(self, info: Info) -> IdentityDecision | None:
        """What is decided of it; null where nothing stands."""
        context: Context = info.context
        read = partial(_decisions, context, first=1, only_standing=True)
        found = await context.together("decision", str(self.id), read)
        return found[0] if found else None

    @documented()
    async def history(self, info: Info, first: First = 25) -> list[IdentityDecision]:
        """All that was ever decided of it, latest first; taken back or not."""
        context: Context = info.context
        most = check_first(first or 0)
        read = partial(_decisions, context, first=most)
        return await context.together(f"decisions {most}", str(self.id), read) or []


@strawberry.type(description="One page of pairs.")
@requires(Permission.READ_GRAPH)
class MatchConnection(Connection[Match]):
    """One page of pairs."""


@strawberry.type(description="Entities that are held to be one.")
@requires(Permission.READ_GRAPH)
class Identity:
    """Entities that are held to be one."""

    id: strawberry.ID = strawberry.field(
        description="The id: it follows from the first of its members, in the order of ids."
    )
    members: list[Entity] = strawberry.field(
        description="The entities, in the order of their ids; one alone is an identity, too."
    )
    matches: list[Match] = strawberry.field(description="The pairs that join them.")

    @classmethod
    def of(
        cls, org: str, ids: Sequence[str], members: list[Entity], joined_by: Sequence[Match] = ()
    ) -> Identity:
        """An identity of these members, of which the caller may read all."""
        return cls(
            id=strawberry.ID(pairs.identity_id(org, ids)), members=members, matches=list(joined_by)
        )


@strawberry.type(description="An entity that is like another.")
@requires(Permission.READ_GRAPH)
class Similar(Compared):
    """An entity that is like another."""

    entity: Entity = strawberry.field(description="The one that is like the one asked about.")
    score: float = strawberry.field(description="How likely the two are one, 0 to 1.")


async def matches_of(context: Context, rows: Sequence[queries.MatchRow]) -> list[Match]:
    """Pairs with their entities, in the order of the rows."""
    sides = [row.properties[side] for row in rows for side in ("left", "right")]
    found = {record.id: Entity.of(record) for record in await reading.by_ids(context, sides)}
    return [
        Match.of(row.properties, found[row.properties["left"]], found[row.properties["right"]])
        for row in rows
    ]


async def get_matches(context: Context, ids: Sequence[str]) -> dict[str, Match]:
    """The known ones of these pairs, by their ids."""
    params = queries.ManyParams(org=context.org, readable=context.readable, ids=sorted(set(ids)))
    rows = await context.store.fetch(queries.LIST_BY_IDS.bind(params))
    return {found.id: found for found in await matches_of(context, rows)}


async def get_identity(context: Context, entity: str) -> Identity | None:
    """With whom an entity is held to be one."""
    params = queries.ManyParams(org=context.org, readable=context.readable, ids=[entity])
    row = await context.store.fetch_one(queries.FIND_MEMBERS.bind(params))
    if row is None:
        return None
    among = queries.ManyParams(org=context.org, readable=context.readable, ids=row.members)
    rows = await context.store.fetch(queries.LIST_JOINING.bind(among))
    members = await reading.by_ids(context, row.members)
    return Identity.of(
        context.org,
        row.members,
        [Entity.of(record) for record in members],
        await matches_of(context, rows),
    )


async def _decisions(
    context: Context, matches: Sequence[str], *, first: int, only_standing: bool = False
) -> dict[str, list[IdentityDecision]]:
    """What was decided of pairs, by their ids: of each at most `first`, latest first."""
    params = queries.DecisionsParams(
        org=context.org, ids=list(matches), only_standing=only_standing, limit=first
    )
    found: defaultdict[str, list[IdentityDecision]] = defaultdict(list)
    for row in await context.store.fetch(queries.LIST_DECISIONS.bind(params)):
        found[row.match].append(IdentityDecision.of(row.properties))
    return found


async def _profiles(context: Context, ids: Sequence[str]) -> dict[str, Any]:
    """What is compared of entities, by their ids."""
    row = await context.store.fetch_one(LIST_PROFILES.bind(IdsParams(ids=list(ids))))
    return {id_: orjson.loads(text) for id_, _, text in row.profiles} if row else {}
