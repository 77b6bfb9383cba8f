"""Changing who belongs to the organization: invitations, members, and members' keys."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from server.accounts import invitations, keys, members
from server.accounts.invitations import Invited
from server.auth.policy import Permission
from server.graphql.account.mutations import DonePayload, KeyId
from server.graphql.context import Info
from server.graphql.declare import documented, recorded
from server.graphql.entities.vocabulary import Marking
from server.graphql.organization.types import Invitation, Member, get_member
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing


@strawberry.input(description="Whom to invite, and as what.")
class InviteMemberInput:
    """Whom to invite, and as what."""

    email: str = recorded("The e-mail address.")
    role: str = recorded(
        "The role: a usual one but OWNER, or one of the organization's own. You offer only what you have."
    )
    clearance: Marking = strawberry.field(
        default=Marking.CLEAR, description="The strictest marking to be read, up to your own."
    )
    teams: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Teams to be on, by their ids."
    )


@strawberry.input(description="What is to be different about a member; what is null stays.")
class ChangeMemberInput:
    """What is to be different about a member."""

    id: strawberry.ID = strawberry.field(description="The member's id.")
    role: str | None = recorded(
        "The role. Beyond what you may do yourself it gives what a LEAD may, with APPOINT_MEMBERS.",
        default=None,
    )
    clearance: Marking | None = strawberry.field(
        default=None, description="The strictest marking to be read. Raised up to your own."
    )
    teams: list[strawberry.ID] | None = strawberry.field(
        default=None, description="All teams to be on, by their ids."
    )


@strawberry.type(description="The invitation that was sent, or what to mend.")
@framing
class InvitationPayload:
    """The invitation that was sent, or what to mend."""

    invitation: Invitation | None = strawberry.field(
        description="The invitation; null where there are errors.", default=None
    )
    link: str | None = strawberry.field(
        description="What to hand over to whom it is for, where no mail is sent; null where one was. It is shown this "
        "once, works once and for seven days.",
        default=None,
    )
    errors: list[UserError] = errors_field()

    @classmethod
    def of(cls, sent: Invited) -> InvitationPayload:
        """An invitation as it was sent."""
        return cls(invitation=Invitation.of(sent.invitation), link=sent.link or None)


@strawberry.type(description="The member as they are now, or what to mend.")
@framing
class MemberPayload:
    """The member as they are now, or what to mend."""

    member: Member | None = strawberry.field(
        description="The member; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


InvitationId = Annotated[strawberry.ID, strawberry.argument(description="The invitation's id.")]
MemberId = Annotated[strawberry.ID, strawberry.argument(description="The member's id.")]


@documented(needs=Permission.EDIT_MEMBERS)
@told(InvitationPayload)
async def invite_member(
    info: Info,
    input: Annotated[InviteMemberInput, strawberry.argument(description="Whom, and as what.")],
) -> InvitationPayload:
    """Invite somebody by e-mail. Whether they have an account already is not told.

    Inviting the same address again changes the invitation, and ends the former link.
    """
    context = info.context
    wanted = invitations.Wanted(input.email, input.role, input.clearance.value, input.teams)
    sent = await invitations.invite(context.store, context.actor, context.post, wanted)
    return InvitationPayload.of(sent)


@documented(needs=Permission.EDIT_MEMBERS)
@told(InvitationPayload)
async def resend_invitation(info: Info, id: InvitationId) -> InvitationPayload:
    """Send an invitation once more, with a new link for seven days; the former one ends."""
    context = info.context
    sent = await invitations.resend(context.store, context.actor, context.post, id)
    return InvitationPayload.of(sent)


@documented(needs=Permission.EDIT_MEMBERS)
@told(DonePayload, is_done_when_gone=True)
async def revoke_invitation(info: Info, id: InvitationId) -> DonePayload:
    """Take an open invitation back."""
    await invitations.revoke(info.context.store, info.context.actor, id)
    return DonePayload()


@documented(needs=Permission.EDIT_MEMBERS)
@told(MemberPayload)
async def change_member(
    info: Info,
    input: Annotated[ChangeMemberInput, strawberry.argument(description="Whom, and what.")],
) -> MemberPayload:
    """Give a member another role, clearance or teams. The OWNER's role and clearance stay."""
    wanted = members.MemberChange(
        input.role, input.clearance.value if input.clearance else None, input.teams
    )
    await members.change(info.context.store, info.context.actor, input.id, wanted)
    return MemberPayload(member=await get_member(info.context, input.id))


@documented(needs=Permission.EDIT_MEMBERS)
@told(MemberPayload)
async def suspend_member(info: Info, id: MemberId) -> MemberPayload:
    """Keep a member out of this organization until restored. The OWNER cannot be suspended."""
    await members.suspend(info.context.store, info.context.actor, id, is_suspended=True)
    return MemberPayload(member=await get_member(info.context, id))


@documented(needs=Permission.EDIT_MEMBERS)
@told(MemberPayload)
async def restore_member(info: Info, id: MemberId) -> MemberPayload:
    """Let a suspended member in again, as they were."""
    await members.suspend(info.context.store, info.context.actor, id, is_suspended=False)
    return MemberPayload(member=await get_member(info.context, id))


@documented(needs=Permission.EDIT_MEMBERS)
@told(DonePayload, is_done_when_gone=True)
async def remove_member(info: Info, id: MemberId) -> DonePayload:
    """Take a member out of the organization: their keys for it end. The OWNER cannot be removed."""
    await members.remove(info.context.store, info.context.actor, id)
    return DonePayload()


@documented(needs=Permission.EDIT_MEMBERS)
@told(DonePayload)
async def revoke_member_key(info: Info, id: KeyId) -> DonePayload:
    """End an API key of any member."""
    await keys.revoke(info.context.store, info.context.actor, id, of_others=True)
    info.context.gate.forget(id)
    return DonePayload()


def fields() -> list[StrawberryField]:
    """The root fields of this part."""
    return [
        invite_member, resend_invitation, revoke_invitation,
        change_member, suspend_member, restore_member, remove_member, revoke_member_key,
    ]  # fmt: skip
