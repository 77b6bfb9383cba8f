"""Inviting people into an organization, and coming in.

Whoever invites learns nothing of the address: it looks the same whether somebody has an account by it or not, and
coming in by a link asks for a name and a password either way.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from graph.errors import Conflict, NotFound
from graph.queries.account import UPSERT_USER, UpsertUserParams
from graph.queries.organization import (
    CLOSE_INVITATION,
    FIND_ACCEPTED,
    FIND_INVITATION,
    FIND_MEMBER_BY_EMAIL,
    GET_INVITATION,
    GET_MEMBERSHIP,
    LINK_MEMBER_TEAMS,
    UPSERT_INVITATION,
    UPSERT_MEMBERSHIP,
    AcceptedParams,
    ByUserParams,
    CloseInvitationParams,
    InvitationRow,
    KeyedParams,
    MembershipParams,
    MemberTeamsParams,
    TokenParams,
    UpsertInvitationParams,
)
from graph.store import Store, Transaction
from server.accounts import lookups
from server.accounts.acting import Actor, lock_open, now, within
from server.accounts.naming import email_of, name_of
from server.accounts.tokens import Links, Mailer, Token, hash_of, make_token
from server.auth.policy import Permission

LIFE = timedelta(days=7)
UNKNOWN = "the invitation is not known, was used or taken back, or has expired; ask for another"

HashPassword = Callable[[str], Awaitable[str]]
"""Makes of a password what is stored. Raises a MirageError for one that is too weak."""


@dataclass(frozen=True)
class Wanted:
    """Whom to invite, as what. `teams` are ids."""

    email: str
    role: str
    clearance: str
    teams: Sequence[str] = ()


@dataclass(frozen=True)
class Invited:
    """An invitation as it was sent. `link` is empty where it went out by mail."""

    invitation: InvitationRow
    link: str


@dataclass(frozen=True)
class Post:
    """How invitations reach people."""

    links: Links = field(default_factory=Links)
    mailer: Mailer | None = None

    async def deliver(self, invitation: InvitationRow, token: Token) -> Invited:
        """Send it by mail, or give the link to hand over. Raises what the mailer raises; it can be sent again."""
        link = self.links.invitation(token)
        if self.mailer is None:
            return Invited(invitation, link)
        subject = f"{invitation.invited_by} invites you to {invitation.org_name}"
        text = (
            f"{invitation.invited_by} invites you to the organization {invitation.org_name} in Mirage.\n\n"
            f"To come in, open this link until {invitation.expires_at:%Y-%m-%d %H:%M} UTC:\n\n{link}\n\n"
            "If you do not know why you were sent this, there is nothing to do: the link ends by itself.\n"
        )
        await self.mailer.send(invitation.email, subject, text)
        return Invited(invitation, "")


async def invite(store: Store, actor: Actor, post: Post, wanted: Wanted) -> Invited:
    """Invite somebody; one who was invited already is invited anew, and the former link ends.

    Raises Refused for an address that is none, NotFound, InvalidQuestion, NotPermitted, Conflict for a member.
    """
    email = email_of(wanted.email)
    token = make_token()

    async def work(tx: Transaction, acting: Actor) -> InvitationRow:
        acting.require(Permission.EDIT_MEMBERS, "inviting")
        await _check_offer(tx, acting, wanted.role, wanted.clearance)
        teams = await lookups.check_teams(tx, acting.org, wanted.teams)
        if await tx.fetch(FIND_MEMBER_BY_EMAIL.bind(KeyedParams(org=acting.org, key=email))):
            raise Conflict(f"{email} belongs to the organization already")
        open_ones = await tx.fetch(GET_INVITATION.bind(KeyedParams(org=acting.org, key=email)))
        known = open_ones[0].id if open_ones else str(uuid.uuid4())
        return await _write(tx, acting, known, replace(wanted, email=email, teams=teams), token)

    return await post.deliver(await within(store, actor, work), token)


async def resend(store: Store, actor: Actor, post: Post, invitation_id: str) -> Invited:
    """Send an invitation once more, with a new link for seven days; the former link ends.

    Raises NotFound; NotPermitted where it offers more than the actor may: the link may end up in their hands.
    """
    token = make_token()

    async def work(tx: Transaction, acting: Actor) -> InvitationRow:
        acting.require(Permission.EDIT_MEMBERS, "inviting")
        found = await lookups.invitation(tx, acting.org, invitation_id)
        await _check_offer(tx, acting, found.role, found.clearance)
        offer = Wanted(found.email, found.role, found.clearance, found.teams)
        return await _write(tx, acting, found.id, offer, token)

    return await post.deliver(await within(store, actor, work), token)


async def revoke(store: Store, actor: Actor, invitation_id: str) -> None:
    """Take an open invitation back. Raises NotFound, NotPermitted."""

    async def work(tx: Transaction, acting: Actor) -> None:
        acting.require(Permission.EDIT_MEMBERS, "taking an invitation back")
        found = await lookups.invitation(tx, acting.org, invitation_id)
        await _close(tx, found, is_accepted=False)

    await within(store, actor, work)


async def join(store: Store, user: str, email: str, token: str, *, is_again: bool = False) -> str:
    """Come in as a user who is signed in; gives the organization's id.

    A request that is carried out again (`is_again`) may have used the token before. Raises NotFound, also for an
    invitation that is somebody else's.
    """

    async def work(tx: Transaction) -> str:
        if is_again:
            asked = AcceptedParams(hash=hash_of(token), email=email)
            if came := await tx.fetch(FIND_ACCEPTED.bind(asked)):
                return came[0].org
        found = await _opened(tx, token)
        if found.email != email:
            raise NotFound(UNKNOWN)
        await _let_in(tx, found, user)
        return found.org

    org, _ = await store.transact(work)
    return org


async def accept(
    store: Store, token: str, name: str, password: str, hash_password: HashPassword
) -> str:
    """Come in by a link alone, with a name and a password; gives the organization's id.

    Whoever has an account by the invited address keeps its name and password, and just belongs to one organization
    more: a link that fell into wrong hands opens no account.

    Raises NotFound, InvalidQuestion, and what `hash_password` raises. The password is looked at first, so that its
    rules can be met without losing the invitation.
    """
    called = name_of(name)
    hashed = await hash_password(password)

    async def work(tx: Transaction) -> str:
        found = await _opened(tx, token)
        made = UpsertUserParams(
            id=str(uuid.uuid4()),
            email=found.email,
            name=called,
            password=hashed,
            is_platform_admin=False,
            now=now(),
        )
        users = await tx.fetch(UPSERT_USER.bind(made))
        await _let_in(tx, found, users[0].id)
        return found.org

    org, _ = await store.transact(work)
    return org


async def _write(
    tx: Transaction, acting: Actor, invitation_id: str, offer: Wanted, token: Token
) -> InvitationRow:
    at = now()
    params = UpsertInvitationParams(
        org=acting.org,
        id=invitation_id,
        email=offer.email,
        role=offer.role,
        clearance=offer.clearance,
        teams=list(offer.teams),
        hash=token.hash,
        invited_by=acting.email,
        now=at,
        expires_at=at + LIFE,
    )
    await tx.fetch(UPSERT_INVITATION.bind(params))
    return await lookups.invitation(tx, acting.org, invitation_id)


async def _check_offer(tx: Transaction, acting: Actor, role: str, clearance: str) -> None:
    allowed = await lookups.permissions_of_role(tx, acting.org, role)
    acting.check_appointment("role", allowed)
    acting.check_clearance("clearance", lookups.clearance_of(clearance))


async def _opened(tx: Transaction, token: str) -> InvitationRow:
    """The invitation that a token opens, with its organization locked. Raises NotFound."""
    asked = FIND_INVITATION.bind(TokenParams(hash=hash_of(token), now=now()))
    if rows := await tx.fetch(asked):
        await lock_open(tx, rows[0].org)
        # It may have been used while this waited for the lock.
        if rows := await tx.fetch(asked):
            return rows[0]
    raise NotFound(UNKNOWN)


async def _let_in(tx: Transaction, found: InvitationRow, user: str) -> None:
    """Make the user a member as invited; one who is a member already stays as they are."""
    is_member = bool(await tx.fetch(GET_MEMBERSHIP.bind(ByUserParams(org=found.org, user=user))))
    if not is_member:
        params = MembershipParams(
            org=found.org,
            user=user,
            id=str(uuid.uuid4()),
            role=found.role,
            clearance=found.clearance,
            now=now(),
        )
        rows = await tx.fetch(UPSERT_MEMBERSHIP.bind(params))
        teams = MemberTeamsParams(org=found.org, id=rows[0].id, teams=found.teams)
        await tx.fetch(LINK_MEMBER_TEAMS.bind(teams))
    await _close(tx, found, is_accepted=True)


async def _close(tx: Transaction, found: InvitationRow, *, is_accepted: bool) -> None:
    params = CloseInvitationParams(org=found.org, id=found.id, now=now(), is_accepted=is_accepted)
    await tx.fetch(CLOSE_INVITATION.bind(params))
