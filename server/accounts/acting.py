"""Who changes something in an organization, and how such changes come one after another.

Every change takes the organization's lock first, then looks again at what the actor may do, then at what there is: so
two who change each other at the same time do it one after the other, and what was lost in between counts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from graph.errors import Conflict, NotFound, NotPermitted
from graph.facts import MARKINGS
from graph.queries.organization import (
    GET_MEMBERSHIP,
    LOCK_ORGANIZATION,
    ByUserParams,
    LockedRow,
    MemberRow,
    OrgParams,
)
from graph.store import Store, Transaction
from server.auth.policy import APPOINTABLE, Permission, Principal, granted, lowest

T = TypeVar("T")

MOST = MARKINGS[-1]


@dataclass(frozen=True)
class Actor:
    """Who acts in an organization. An operator at the command line is no user and may do everything."""

    org: str
    user: str
    email: str
    permissions: frozenset[Permission]
    clearance: str

    @classmethod
    def of(cls, principal: Principal) -> Actor:
        """Somebody who asks the API."""
        return cls(
            principal.org,
            principal.user,
            principal.email,
            principal.permissions,
            principal.clearance,
        )

    @classmethod
    def operator(cls, org: str) -> Actor:
        """Whoever operates the installation, in any organization."""
        return cls(org, "", "operator", frozenset(Permission), MOST)

    @property
    def is_operator(self) -> bool:
        """Whether it is an operator rather than a user."""
        return not self.user

    def require(self, permission: Permission, what: str) -> None:
        """Raise NotPermitted, naming `what` was asked for, unless the actor may do it."""
        if permission not in self.permissions:
            raise NotPermitted(f"{what} needs the permission {permission}")

    def check_grant(
        self, what: str, permissions: Iterable[Permission], held: Iterable[Permission] = ()
    ) -> None:
        """Raise NotPermitted where `what` gives a permission that neither the actor has nor its holder had."""
        beyond = sorted(frozenset(permissions) - frozenset(held) - self.permissions)
        if beyond:
            raise NotPermitted(
                f"{what}: nobody gives what they do not have, and you do not have {', '.join(beyond)}"
            )

    def check_appointment(
        self, what: str, permissions: Iterable[Permission], held: Iterable[Permission] = ()
    ) -> None:
        """Raise NotPermitted where `what` gives somebody else what the actor neither has nor may appoint to."""
        may_appoint = Permission.APPOINT_MEMBERS in self.permissions
        self.check_grant(what, permissions, {*held, *(APPOINTABLE if may_appoint else ())})

    def check_clearance(self, what: str, clearance: str, held: str = MARKINGS[0]) -> None:
        """Raise NotPermitted where `what` raises a clearance beyond the actor's own."""
        if MARKINGS.index(clearance) > max(map(MARKINGS.index, (self.clearance, held))):
            raise NotPermitted(
                f"{what}: nobody gives a clearance beyond their own, and yours is {self.clearance}"
            )


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def grants_of(member: MemberRow) -> frozenset[Permission]:
    """What a member's role allows."""
    return granted(member.role, member.own, None)


async def within(
    store: Store, actor: Actor, work: Callable[[Transaction, Actor], Awaitable[T]]
) -> T:
    """Do `work` in one transaction under the organization's lock, with what the actor may do at that moment.

    Raises NotFound where the organization is closed, NotPermitted where the actor does not belong to it any more, and
    what `work` raises.
    """

    async def run(tx: Transaction) -> T:
        await lock_open(tx, actor.org)
        return await work(tx, await _as_of_now(tx, actor))

    done, _ = await store.transact(run)
    return done


async def lock(tx: Transaction, org: str) -> LockedRow:
    """Take an organization's lock until the transaction ends. Raises NotFound."""
    rows = await tx.fetch(LOCK_ORGANIZATION.bind(OrgParams(org=org)))
    if not rows:
        raise NotFound(f"there is no organization {org}")
    return rows[0]


async def lock_open(tx: Transaction, org: str) -> LockedRow:
    """As `lock`, for an organization that people may enter. Raises NotFound, Conflict for one that is suspended."""
    found = await lock(tx, org)
    if found.deleted_at is not None:
        raise NotFound(f"there is no organization {org}")
    if found.suspended_at is not None:
        raise Conflict("the organization is suspended; its members can be changed when it is not")
    return found


async def _as_of_now(tx: Transaction, actor: Actor) -> Actor:
    if actor.is_operator:
        return actor
    rows = await tx.fetch(GET_MEMBERSHIP.bind(ByUserParams(org=actor.org, user=actor.user)))
    if not rows or rows[0].suspended_at is not None or rows[0].is_user_suspended:
        raise NotPermitted("you do not belong to the organization any more")
    member = rows[0]
    still = grants_of(member) | {Permission.MANAGE_PLATFORM}
    return replace(
        actor,
        permissions=actor.permissions & still,
        clearance=lowest(actor.clearance, member.clearance),
    )
