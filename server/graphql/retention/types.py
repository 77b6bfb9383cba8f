"""Legal holds and what would go for its age, in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graph.queries.hold import HoldRow
from graph.queries.retention import ShareRow
from server.auth.policy import Permission
from server.graphql.permissions import requires
from server.graphql.scalars import Long
from server.retention.planning import NOTHING, PLACE, Due, Plan


@strawberry.type(
    description="A legal hold: while one stands, nothing of the organization is deleted."
)
@requires(Permission.READ_AUDIT)
class LegalHold:
    """A legal hold."""

    id: strawberry.ID = strawberry.field(description="The hold's id.")
    reason: str = strawberry.field(description="Why it was set.")
    set_by: strawberry.ID = strawberry.field(
        description="The id of the user who set it; `operator` for a command."
    )
    set_at: datetime = strawberry.field(description="When it was set.")
    lifted_by: strawberry.ID | None = strawberry.field(
        description="The id of the user who lifted it; null while it stands."
    )
    lifted_at: datetime | None = strawberry.field(
        description="When it was lifted; null while it stands."
    )
    lift_reason: str | None = strawberry.field(
        description="Why it was lifted; null while it stands."
    )

    @classmethod
    def of(cls, row: HoldRow) -> LegalHold:
        """A stored hold as an object of the schema."""
        return cls(
            id=strawberry.ID(row.id),
            reason=row.reason,
            set_by=strawberry.ID(row.set_by),
            set_at=row.set_at,
            lifted_by=strawberry.ID(row.lifted_by) if row.lifted_by else None,
            lifted_at=row.lifted_at,
            lift_reason=row.lift_reason,
        )


@strawberry.type(description="How much there is of something.")
@requires(Permission.EDIT_ORGANIZATION)
class RetentionShare:
    """How much there is of something."""

    count: int = strawberry.field(description="How many.")
    bytes: Long | None = strawberry.field(
        description="How large their files are that nothing younger refers to; null for what lies in the database."
    )
    oldest_at: datetime | None = strawberry.field(
        description="Since when the oldest is over; null where there is none."
    )

    @classmethod
    def of(cls, share: ShareRow) -> RetentionShare:
        """A share as an object of the schema."""
        size = None if share.bytes is None else Long(share.bytes)
        return cls(count=share.total, bytes=size, oldest_at=share.oldest)


@strawberry.type(description="How long something is kept, and what of it is older.")
@requires(Permission.EDIT_ORGANIZATION)
class RetentionPolicy:
    """How long something is kept, and what of it is older."""

    setting: str = strawberry.field(
        description="The organization's setting that says how long, such as `retention.evidence_days`."
    )
    summary: str = strawberry.field(description="What is kept, for people.")
    own: int | None = strawberry.field(
        description="The days that the organization says; null: for ever."
    )
    floor: int | None = strawberry.field(
        description="The days that the platform says at least; null: it says nothing."
    )
    ceiling: int | None = strawberry.field(
        description="The days that the platform says at most; null: it says nothing."
    )
    days: int | None = strawberry.field(description="The days that count; null: for ever.")
    before: datetime | None = strawberry.field(
        description="What was over before this is old enough to go; null where nothing goes."
    )
    goes: RetentionShare = strawberry.field(
        description="What goes within the hour; nothing under legal hold."
    )
    held: RetentionShare = strawberry.field(
        description="What would go if it were not for a legal hold."
    )
    needed: int = strawberry.field(
        description="How many are old enough and stay since something needs them: the last run of a scan, one by whose "
        "answers something is known, a finding with notes."
    )

    @classmethod
    def of(cls, due: Due, *, is_held: bool) -> RetentionPolicy:
        """What is old by a policy as an object of the schema."""
        policy = due.policy
        none = NOTHING.model_copy(update={"bytes": None if due.share.bytes is None else 0})
        goes, held = (none, due.share) if is_held else (due.share, none)
        return cls(
            setting=f"{PLACE}{policy.kind.name}_days",
            summary=policy.kind.summary,
            own=policy.own,
            floor=policy.floor,
            ceiling=policy.ceiling,
            days=policy.days,
            before=due.before,
            goes=RetentionShare.of(goes),
            held=RetentionShare.of(held),
            needed=due.share.needed,
        )


@strawberry.type(description="What would go for its age, by how long it is kept.")
@requires(Permission.EDIT_ORGANIZATION)
class RetentionPlan:
    """What would go for its age."""

    is_held: bool = strawberry.field(
        description="Whether a legal hold stands, so that nothing goes."
    )
    policies: list[RetentionPolicy] = strawberry.field(
        description="How long what is kept, and what of it is older."
    )

    @classmethod
    def of(cls, plan: Plan) -> RetentionPlan:
        """A plan as an object of the schema."""
        is_held = bool(plan.holds)
        found = [RetentionPolicy.of(each, is_held=is_held) for each in plan.due]
        return cls(is_held=is_held, policies=found)
